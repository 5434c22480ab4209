"""At least once, with a stable id: whatever makes a graph repeat a tool call, Customer.io can recognise the repeat."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import ToolRetryMiddleware
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.graph import START, MessagesState, StateGraph

from langchain_customerio import Policy, RetryPolicy, ServerError
from langchain_customerio.sandbox import Sandbox
from tests.conftest import STRICT_PYTHON
from tests.graphs import Thread, apart, calls, questions, react, results, scripted, tool_step
from tests.paths import ROOT
from tests.tool_calls import NO_PAUSE, answer, tool_call, toolkit

if TYPE_CHECKING:
    from pathlib import Path

    from langgraph.checkpoint.base import BaseCheckpointSaver

    from tests.conftest import Run

PAID = {"event": "Paid", "userId": "ada"}
DELETE = {"event": "User Deleted", "userId": "ada"}
TWO = {"batch": [{"type": "track", **PAID}, {"type": "track", **PAID}]}
BATCHES = "customerio_send_batch_requests"


@pytest.fixture(params=["memory", "sqlite"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    return tmp_path / "checkpoints.sqlite" if request.param == "sqlite" else None


def ids(sandbox: Sandbox) -> list[list[str | None]]:
    """Return the message ids of every request that was stored."""
    return [[call.message_id for call in entry.calls] for entry in sandbox.ledger if entry.calls]


def sent(run: Run, given: dict[str, Any], *, thread: str | None = "thread-1") -> list[str | None]:
    """Return the message ids of one step of a graph."""
    sandbox = Sandbox()
    if thread is None:
        run.method(tool_step(toolkit(sandbox).get_tools(), None), "invoke", given)
    else:
        Thread(run, partial(tool_step, toolkit(sandbox).get_tools()), id=thread).invoke(given)
    [found] = ids(sandbox)
    return found


# What the id is made of


def test_the_id_belongs_to_thread_tool_call_and_content(run: Run) -> None:
    [first] = sent(run, calls(PAID))
    assert sent(run, calls(PAID)) == [first]
    assert sent(run, calls(dict(reversed(PAID.items())))) == [first]
    for other in (
        sent(run, calls(PAID), thread="thread-2"),
        sent(run, calls({**PAID, "event": "Refunded"})),
        sent(run, calls({**PAID, "timestamp": "2026-11-23T10:00:00Z"})),
        sent(run, {"messages": [call_with_id("call-7")]}),
        sent(run, calls(PAID), thread=None),
    ):
        assert len(other) == 1
        assert other != [first]


def call_with_id(call_id: str) -> AIMessage:
    [message] = calls(PAID)["messages"]
    made = {**message.tool_calls[0], "id": call_id}
    return AIMessage("", tool_calls=[made])


def test_equal_items_of_a_batch_are_told_apart_and_stay_so(run: Run) -> None:
    first = sent(run, calls(TWO, tool=BATCHES))
    assert len(set(first)) == 2
    assert sent(run, calls(TWO, tool=BATCHES)) == first


def test_an_id_of_the_callers_own_is_kept(run: Run) -> None:
    assert sent(run, calls({**PAID, "messageId": "my-own"})) == ["my-own"]


def test_a_thread_may_be_numbered_from_zero(run: Run) -> None:
    sandbox = Sandbox()
    graph = tool_step(toolkit(sandbox).get_tools(), None)
    for _ in range(2):
        run.method(graph, "invoke", calls(PAID), {"configurable": {"thread_id": 0}})
    [first, second] = ids(sandbox)
    assert first == second


def test_outside_a_graph_every_call_has_an_id_of_its_own(run: Run) -> None:
    sandbox = Sandbox()
    [of] = toolkit(sandbox, tools=("track",)).get_tools()
    arguments = {"mode": "execute", "request_body": PAID}
    for _ in range(2):
        run.invoke(of, tool_call(of, arguments))
        run.invoke(of, arguments)
    assert len({str(found) for found in ids(sandbox)}) == 4


# What repeats a call


def test_a_repeated_request_has_the_id_of_the_first(run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=503, applied=True, times=2)
    Thread(run, partial(tool_step, toolkit(sandbox).get_tools())).invoke(calls(PAID))
    [[first], *others] = ids(sandbox)
    assert others == [[first]] * 2
    assert sandbox.duplicates == {first: 3}


def test_a_call_repeated_by_middleware_has_the_id_of_the_first(run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=503, applied=True, times=2)
    client = sandbox.client(retry=RetryPolicy(attempts=1))
    tools = toolkit(sandbox, client=client, handle_tool_errors=False).get_tools()
    middleware: list[Any] = [ToolRetryMiddleware(retry_on=(ServerError,), initial_delay=0, jitter=False)]

    def build(saver: BaseCheckpointSaver[Any]) -> Any:
        turns = [*calls(PAID)["messages"], AIMessage("Done.")]
        return create_agent(scripted(turns), tools, middleware=middleware, checkpointer=saver)

    output = Thread(run, build).invoke({"messages": [HumanMessage("Go on.")]})
    assert answer(results(output)["call-1-1"])["status"] == "received"
    [[first], *others] = ids(sandbox)
    assert others == [[first]] * 2


def test_a_step_that_goes_on_after_a_question_repeats_no_other_call(run: Run, path: Path | None) -> None:
    sandbox = Sandbox()
    policy = Policy(allow_destructive=True, approve="risky")
    thread = Thread(run, partial(apart, toolkit(sandbox, policy=policy).get_tools()), path)
    [question] = questions(thread.invoke(calls(PAID, DELETE)))
    before = ids(sandbox)
    assert len(before) == 1
    thread.answer({"type": "approve", "id": question["id"]})
    assert sandbox.duplicates == {}
    assert len(ids(sandbox)) == 2
    assert [deletion.id for deletion in sandbox.deleted] == ["ada"]


@pytest.mark.parametrize(("body", "tool"), [(PAID, "customerio_track_user_event"), (TWO, BATCHES)])
def test_a_replay_from_an_earlier_checkpoint_sends_the_same_ids(
    run: Run, path: Path | None, body: dict[str, Any], tool: str
) -> None:
    sandbox = Sandbox()
    turns = [*calls(body, tool=tool)["messages"], AIMessage("Done.")]
    thread = Thread(run, partial(react, toolkit(sandbox).get_tools(), turns), path)
    thread.invoke({"messages": [HumanMessage("Go on.")]})
    [before] = [state for state in thread.history() if state.next == ("tools",)]
    thread.invoke(None, checkpoint_id=before.config["configurable"]["checkpoint_id"])
    [first, second] = ids(sandbox)
    assert first == second


def test_a_graph_within_a_graph_repeats_with_the_same_id(run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=503, applied=True, times=3)
    client = sandbox.client(retry=NO_PAUSE)

    def build(saver: BaseCheckpointSaver[Any]) -> Any:
        outer = StateGraph(MessagesState)
        outer.add_node("inner", tool_step(toolkit(sandbox, client=client, handle_tool_errors=False).get_tools(), None))
        outer.add_edge(START, "inner")
        return outer.compile(checkpointer=saver)

    thread = Thread(run, build)
    with pytest.raises(ServerError):
        thread.invoke(calls(PAID))
    thread.invoke(None)
    [[first], *others] = ids(sandbox)
    assert others == [[first]] * 3


# A process that dies


def test_a_process_killed_between_the_request_and_its_checkpoint_sends_one_id_and_no_other(tmp_path: Path) -> None:
    arrived = Event()

    def clock() -> datetime:
        arrived.set()
        return datetime.now(UTC)

    sandbox = Sandbox(clock=clock)
    sandbox.fail(timeout="after")  # stored, and never answered
    with sandbox.serve() as api:
        arguments = [str(tmp_path / "checkpoints.sqlite"), api.base_url]
        killed = agent("start", *arguments)
        assert arrived.wait(60)
        assert sandbox.summary()["counts"]["calls.accepted"] == 1  # waits until the request is dealt with
        killed.kill()
        assert killed.communicate()[0] == ""
        assert killed.returncode < 0
        resumed = agent("resume", *arguments)
        said = resumed.communicate()[0]
    assert resumed.returncode == 0
    [[first], second] = ids(sandbox)
    assert second == [first]
    assert f'"message_id": "{first}"' in said
    assert sandbox.duplicates == {first: 2}
    assert [[call.duplicate for call in entry.calls] for entry in sandbox.ledger] == [[False], [True]]


def agent(*arguments: str) -> subprocess.Popen[str]:
    command = [*STRICT_PYTHON, "-m", "tests.agent_process", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
