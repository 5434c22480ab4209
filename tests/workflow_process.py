"""A workflow in a process of its own, to crash: `python -m tests.workflow_process graph|tasks start|resume DB URL`.

Each step sends one event that has an id of its own. The first process ends after it has sent, before LangGraph has kept
anything of the step.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, TypedDict

from langchain_core.runnables import RunnableConfig  # noqa: TC002 - LangGraph reads the annotation
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.func import entrypoint, task
from langgraph.graph import END, START, StateGraph
from langgraph.types import RetryPolicy

from langchain_customerio import CustomerioError, PipelinesClient, Track, run_key

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver

THREAD: RunnableConfig = {"configurable": {"thread_id": "order-17"}}


class State(TypedDict):
    """What the workflow knows."""

    paid: int


def order_paid(client: PipelinesClient, config: RunnableConfig, *, crash: bool) -> str:
    """Send the event of this step; then crash, where it is asked for."""
    receipt = client.send(Track(user_id="ada", event="Paid"), strict=True, idempotency_key=run_key(config))
    if crash:
        os._exit(9)
    return receipt.message_id


def graph(client: PipelinesClient, saver: BaseCheckpointSaver[str], *, crash: bool) -> Any:
    """Return a graph of one node that runs twice."""

    def pay(state: State, config: RunnableConfig) -> dict[str, int]:
        order_paid(client, config, crash=crash)
        return {"paid": state["paid"] + 1}

    built = StateGraph(State)
    retry = RetryPolicy(
        retry_on=lambda error: isinstance(error, CustomerioError) and error.retryable, initial_interval=0
    )
    built.add_node("pay", pay, retry_policy=retry)
    built.add_edge(START, "pay")
    built.add_conditional_edges("pay", lambda state: END if state["paid"] >= 2 else "pay")
    return built.compile(checkpointer=saver)


def tasks(client: PipelinesClient, saver: BaseCheckpointSaver[str], *, crash: bool) -> Any:
    """Return an entrypoint with two tasks."""

    @task
    def pay(number: int, *, config: RunnableConfig) -> str:
        return order_paid(client, config, crash=crash and bool(number))

    @entrypoint(checkpointer=saver)
    def flow(given: dict[str, int]) -> list[str]:
        return [pay(number).result() for number in range(2 + given["paid"])]  # type: ignore[call-arg] # LangGraph gives it

    return flow


def main(kind: str, action: str, database: str, base_url: str) -> None:
    """Begin a run and crash, or go on with it where its last checkpoint is."""
    make = {"graph": graph, "tasks": tasks}[kind]
    with PipelinesClient("a-key", base_url=base_url) as client, SqliteSaver.from_conn_string(database) as saver:
        app = make(client, saver, crash=action == "start")
        app.invoke({"paid": 0} if action == "start" else None, THREAD, durability="sync")


if __name__ == "__main__":
    main(*sys.argv[1:])
