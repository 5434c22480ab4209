"""Workflows without a model: what a node or a task sends again after a crash arrives under the id that it had."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from langgraph.types import Send

from langchain_customerio import PipelinesClient, Track, run_key
from langchain_customerio.sandbox import Sandbox
from tests.conftest import STRICT_PYTHON
from tests.paths import ROOT
from tests.workflow_process import THREAD, State, graph

if TYPE_CHECKING:
    from pathlib import Path

    from langchain_core.runnables import RunnableConfig


def workflow(*arguments: str) -> int:
    command = [*STRICT_PYTHON, "-m", "tests.workflow_process", *arguments]
    return subprocess.run(command, cwd=ROOT, check=False, timeout=60).returncode


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["graph", "tasks"])
def test_what_is_sent_again_after_a_crash_has_the_id_that_it_had(kind: str, tmp_path: Path) -> None:
    sandbox = Sandbox()
    database = str(tmp_path / "runs.sqlite")
    with sandbox.serve() as server:
        assert workflow(kind, "start", database, server.base_url) == 9
        before = [call.message_id for call in sandbox.accepted_calls]
        assert workflow(kind, "resume", database, server.base_url) == 0
    after = [call.message_id for call in sandbox.accepted_calls]
    assert before[-1] in sandbox.duplicates
    assert set(sandbox.duplicates) <= set(before), "LangGraph may not have written down the step before, either"
    assert set(sandbox.duplicates.values()) == {2}
    assert len(set(after)) == 2, "two steps, each with an id of its own"


def test_a_node_that_langgraph_tries_again_sends_the_same_id() -> None:
    sandbox = Sandbox()
    sandbox.fail(status=503, applied=True, times=5)
    with sandbox.client() as client:
        graph(client, InMemorySaver(), crash=False).invoke({"paid": 1}, THREAD)
    [message_id] = sandbox.duplicates
    assert {event.message_id for event in sandbox.events} == {message_id}


def keys_of(invocations: list[RunnableConfig]) -> list[str]:
    """Return the keys of all nodes that run in several invocations of one graph."""
    keys: list[str] = []

    def note(state: State, config: RunnableConfig) -> dict[str, int]:
        keys.append(run_key(config))
        return {}

    inner = StateGraph(State)
    inner.add_node("inner", note)
    inner.add_edge(START, "inner")
    outer = StateGraph(State)
    outer.add_node("fan", note)
    outer.add_node("sub", inner.compile())
    outer.add_edge(START, "sub")
    outer.add_conditional_edges("sub", lambda state: [Send("fan", state), Send("fan", state)], ["fan"])
    app = outer.compile(checkpointer=InMemorySaver())
    for config in invocations:
        app.invoke({"paid": 0}, config)
    return keys


def test_every_branch_every_run_and_every_thread_has_a_key_of_its_own() -> None:
    threads: list[RunnableConfig] = [{"configurable": {"thread_id": thread}} for thread in ("a", "a", "b")]
    keys = keys_of(threads)
    assert len(keys) == 9
    assert len(set(keys)) == 9


def test_a_webhook_that_is_delivered_twice_is_one_event() -> None:
    sandbox = Sandbox(deduplicate=True)

    def handle(client: PipelinesClient, delivery: str, body: dict[str, Any]) -> None:
        client.send(Track(user_id=body["customer"], event="Invoice Paid", properties=body), idempotency_key=delivery)

    with sandbox.client() as client:
        for _ in range(2):
            handle(client, "evt_17", {"customer": "ada", "total": 20})
        handle(client, "evt_18", {"customer": "ada", "total": 20})
    assert [event.name for event in sandbox.events] == ["Invoice Paid"] * 2


def test_the_key_is_made_without_langgraph() -> None:
    script = (
        "import sys; from langchain_customerio import PipelinesClient, run_key;"
        "run_key({'metadata': {'langgraph_checkpoint_ns': 'a:1'}});"
        "print([name for name in sys.modules if name.startswith(('langgraph', 'langchain_core'))])"
    )
    process = subprocess.run([sys.executable, "-I", "-c", script], check=True, capture_output=True, text=True)
    assert process.stdout == "[]\n"
