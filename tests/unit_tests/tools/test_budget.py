"""`Policy(max_writes=…)`: how many calls a run may make, over tools, batches, replays and threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from langchain_customerio import PipelinesClient, Policy, TrackUserEvent
from langchain_customerio.errors import PolicyError
from langchain_customerio.sandbox import Sandbox
from langchain_customerio.tools.budget import spend
from tests.far_end import FarEnd
from tests.tool_calls import answer, error, tool_call, toolkit

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from langchain_core.tools import BaseTool

    from langchain_customerio import CustomerioPipelinesToolkit
    from tests.conftest import Run

PAID = {"userId": "ada", "event": "Paid"}
THREAD: RunnableConfig = {"configurable": {"thread_id": "t1"}}


def named(of: CustomerioPipelinesToolkit, name: str) -> BaseTool:
    [found] = [tool for tool in of.get_tools() if name in tool.name]
    return found


def track(run: Run, of: BaseTool, call_id: str, body: Any = PAID, config: RunnableConfig | None = THREAD) -> Any:
    """Call the track tool, or another one, and return the message."""
    return run.invoke(of, tool_call(of, {"mode": "execute", "request_body": body}, call_id), config)


def test_the_tools_of_a_toolkit_spend_from_one_budget(run: Run) -> None:
    sandbox = Sandbox()
    kit = toolkit(sandbox, policy=Policy(max_writes=3))
    events, people, batches = (named(kit, name) for name in ("track", "identify", "batch"))
    assert answer(track(run, events, "c1"))["status"] == "received"
    assert answer(track(run, people, "c2", {"userId": "ada"}))["status"] == "received"
    two = {"batch": [{"type": "track", **PAID}, {"type": "track", **PAID}]}
    refused = error(track(run, batches, "c3", two))
    assert (
        "may make 3 calls, has made 2, and this would be 2 more: 1 still fits. Only a human operator can raise"
        in refused
    )
    assert answer(track(run, named(kit, "track"), "c4"))["status"] == "received"
    assert "has made 3" in error(track(run, events, "c5"))
    assert len(sandbox.accepted_calls) == 3


def test_a_replayed_call_counts_once_and_another_run_counts_for_itself(run: Run) -> None:
    sandbox = Sandbox()
    events = named(toolkit(sandbox, policy=Policy(max_writes=1)), "track")
    for _ in range(3):
        assert answer(track(run, events, "c1"))["status"] == "received"
    assert sandbox.counts["duplicates"] == 2
    assert "has made 1" in error(track(run, events, "c2"))
    assert answer(track(run, events, "c2", config={"configurable": {"thread_id": "t2"}}))["status"] == "received"


def test_an_id_of_the_models_own_does_not_make_many_writes_one(run: Run) -> None:
    sandbox = Sandbox()
    kit = toolkit(sandbox, policy=Policy(max_writes=2))
    same = {**PAID, "messageId": "one-and-the-same"}
    three = {"batch": [{"type": "track", **same}] * 3}
    assert "this would be 3 more" in error(track(run, named(kit, "batch"), "c1", three))
    for call_id in ("c2", "c3"):
        assert answer(track(run, named(kit, "track"), call_id, same))["message_id"] == "one-and-the-same"
    assert "has made 2" in error(track(run, named(kit, "track"), "c4", same))
    assert len(sandbox.accepted_calls) == 2


@pytest.mark.parametrize("config", [None, {"configurable": {}}, {"metadata": {"langgraph_checkpoint_ns": "tools:1"}}])
def test_without_threads_the_limit_is_that_of_the_workspace(run: Run, config: RunnableConfig | None) -> None:
    sandbox = Sandbox()
    events = named(toolkit(sandbox, policy=Policy(max_writes=2)), "track")
    assert answer(track(run, events, "c1", config=config))["status"] == "received"
    elsewhere: RunnableConfig = {"metadata": {"langgraph_checkpoint_ns": "tools:2"}}
    assert answer(track(run, events, "c1", config=elsewhere))["status"] == "received"
    assert "has made 2" in error(track(run, events, "c2", config=config))


def test_what_could_not_be_sent_is_no_write(run: Run) -> None:
    sandbox = Sandbox()
    kit = toolkit(sandbox, policy=Policy(max_writes=1))
    large = {**PAID, "properties": {"note": "x" * 40_000}}
    assert "takes at most 32,000" in error(track(run, named(kit, "track"), "c1", large))
    assert "Policy" not in error(track(run, named(kit, "track"), "c2", {"event": "Paid"}))
    assert answer(track(run, named(kit, "track"), "c3"))["status"] == "received"


def test_a_dry_run_reaches_the_limit_where_a_real_run_would(run: Run) -> None:
    sandbox = Sandbox()
    events = named(toolkit(sandbox, policy=Policy(max_writes=1, dry_run=True)), "track")
    assert answer(track(run, events, "c1"))["status"] == "dry_run"
    assert "has made 1" in error(track(run, events, "c2"))
    assert sandbox.ledger == []


def test_two_workspaces_with_the_same_thread_id_count_for_themselves(run: Run) -> None:
    policy, statuses = Policy(max_writes=1), []
    for key in ("key-of-the-first-tenant", "key-of-the-second-tenant"):
        events = named(toolkit(Sandbox(), client=Sandbox().client(api_key=key), policy=policy), "track")
        statuses += [track(run, events, call_id).status for call_id in ("c1", "c2")]
    assert statuses == ["success", "error", "success", "error"]


def test_tools_built_one_by_one_with_clients_of_their_own_spend_from_one_budget(run: Run) -> None:
    sandbox, policy = Sandbox(), Policy(max_writes=2)
    alone = [TrackUserEvent(client=sandbox.client(), policy=policy) for _ in range(2)]
    anew = TrackUserEvent(client=lambda _: sandbox.client(), policy=policy)
    tools = [*alone, anew, anew]
    assert [track(run, tool, f"c{number}").status for number, tool in enumerate(tools)] == [
        *("success", "success", "error", "error")
    ]


def test_a_transport_of_a_clients_own_is_no_other_workspace(run: Run) -> None:
    def client(_: object) -> PipelinesClient:
        far = FarEnd()
        return far.client(f"a-key-of-{run.mode}-calls", base_url="https://far.invalid/v1")

    tool = TrackUserEvent(client=client, policy=Policy(max_writes=1))
    assert [track(run, tool, call_id).status for call_id in ("c1", "c2")] == ["success", "error"]


def test_calls_in_many_threads_at_once_do_not_exceed_the_limit() -> None:
    sandbox = Sandbox()
    events = named(toolkit(sandbox, policy=Policy(max_writes=10)), "track")
    calls = [tool_call(events, {"mode": "execute", "request_body": PAID}, f"c{i}") for i in range(40)]
    with ThreadPoolExecutor(16) as pool:
        statuses = [message.status for message in pool.map(lambda call: events.invoke(call, THREAD), calls)]
    assert statuses.count("success") == len(sandbox.accepted_calls) == 10


# The count itself


def test_a_spending_that_is_refused_counts_nothing() -> None:
    run = ("a workspace", object())
    with pytest.raises(PolicyError) as caught:
        spend(run, "abc", most=2)
    assert caught.value.rule == "max_writes"
    spend(run, "ab", most=2)
    spend(run, "ba", most=2)


def test_no_run_is_forgotten_however_many_others_there_are() -> None:
    workspace = object()
    spend((workspace, "first"), "a", most=1)
    for number in range(10_005):
        spend((workspace, str(number)), "a", most=1)
    with pytest.raises(PolicyError, match="has made 1, and this would be 1 more: 0 still fit"):
        spend((workspace, "first"), "b", most=1)
