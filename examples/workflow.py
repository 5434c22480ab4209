"""A workflow without a model: a node that may run again sends the same, so that the event is counted once.

    python examples/workflow.py

The order's event leaves, the process "crashes" before the node ends, LangGraph's own RetryPolicy runs the node again,
and later a webhook delivers the same order twice. It runs offline, against a sandbox in memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from langchain_core.runnables import RunnableConfig  # noqa: TC002 - LangGraph reads the annotation
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import RetryPolicy

from langchain_customerio import Track, run_key
from langchain_customerio.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

SANDBOX = Sandbox()
CLIENT = SANDBOX.client()


class Order(TypedDict):
    """What the workflow knows."""

    customer: str
    total: float


def crashes() -> Iterator[bool]:
    """Crash once: after the event has left, and before the node has ended."""
    yield True
    while True:
        yield False


CRASH = crashes()


def record(state: Order, config: RunnableConfig) -> None:
    """Record the order: the key names this node in this run, so that a second run of it gives the same messageId."""
    event = Track(user_id=state["customer"], event="Order Completed", properties={"total": state["total"]})
    receipt = CLIENT.send(event, strict=True, idempotency_key=run_key(config))
    print(f"  sent with messageId {receipt.message_id}")
    if next(CRASH):
        raise ConnectionError("the process ends here")


def workflow() -> None:
    """Run the graph: its one node runs twice."""
    builder = StateGraph(Order)
    builder.add_node("record", record, retry_policy=RetryPolicy(initial_interval=0.01, jitter=False))
    builder.add_edge(START, "record")
    builder.add_edge("record", END)
    graph = builder.compile(checkpointer=InMemorySaver())
    print("A node that crashes and runs again:")
    graph.invoke({"customer": "ada", "total": 20.0}, {"configurable": {"thread_id": "order-17"}})


def on_webhook(delivery_id: str, order: Order) -> None:
    """Handle a webhook, which its sender repeats until it is answered: the delivery is the key."""
    event = Track(user_id=order["customer"], event="Order Shipped", properties={"total": order["total"]})
    receipt = CLIENT.send(event, strict=True, idempotency_key=delivery_id)
    print(f"  sent with messageId {receipt.message_id}")


def main() -> None:
    workflow()
    print("A webhook that is delivered twice:")
    for _ in range(2):
        on_webhook("delivery-4711", {"customer": "ada", "total": 20.0})
    calls = [(event.name, event.message_id) for event in SANDBOX.events]
    ids = {message_id for _, message_id in calls}
    assert (len(SANDBOX.ledger), len(ids)) == (4, 2), calls
    print("\n✓ Four requests left, and they hold two events: each was sent again under its own id.")


if __name__ == "__main__":
    main()
