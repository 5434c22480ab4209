"""LangChain's `HumanInTheLoopMiddleware` around the tools: it asks about risky calls, the tools have the last word."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware
from langchain_core.messages import AIMessage, HumanMessage

from langchain_customerio import CustomerioPipelinesToolkit, Policy
from langchain_customerio.sandbox import Sandbox
from tests.graphs import Thread, questions, results, scripted
from tests.tool_calls import answer, error, toolkit

if TYPE_CHECKING:
    from pathlib import Path

    from langgraph.checkpoint.base import BaseCheckpointSaver

    from tests.conftest import Run

TRACK = "customerio_track_user_event"
DELETE = {"event": "User Deleted", "userId": "ada"}
PAID = {"event": "Paid", "userId": "ada"}
ALLOWED = Policy(allow_destructive=True)


def execute(body: object) -> dict[str, Any]:
    return {"mode": "execute", "request_body": body}


@pytest.mark.parametrize("style", ["two_mode", "typed"])
def test_every_tool_has_an_entry_that_the_middleware_takes(style: str) -> None:
    of = toolkit(Sandbox(), policy=ALLOWED, style=style)
    middleware = HumanInTheLoopMiddleware(of.interrupt_on())
    assert list(middleware.interrupt_on) == [tool.name for tool in of.get_tools()]


def agent(of: CustomerioPipelinesToolkit, made: list[dict[str, Any]], saver: BaseCheckpointSaver[Any]) -> Any:
    middleware: list[Any] = [HumanInTheLoopMiddleware(of.interrupt_on())]
    turns = [AIMessage("", tool_calls=made), AIMessage("Done.")]
    return create_agent(scripted(turns), of.get_tools(), middleware=middleware, checkpointer=saver)


@pytest.fixture(params=["memory", "sqlite"])
def thread(request: pytest.FixtureRequest, run: Run, tmp_path: Path) -> Thread:
    path = tmp_path / "checkpoints.sqlite" if request.param == "sqlite" else None
    return Thread(run, partial(agent, toolkit(Sandbox()), []), path)


def ask(thread: Thread, sandbox: Sandbox, *bodies: dict[str, Any], policy: Policy = ALLOWED) -> Any:
    made = [{"name": TRACK, "args": execute(body), "id": f"call-1-{i}"} for i, body in enumerate(bodies, 1)]
    thread.build = partial(agent, toolkit(sandbox, policy=policy), made)
    return thread.invoke({"messages": [HumanMessage("Go on.")]})


def test_the_middleware_asks_about_the_risky_call_only_and_shows_the_preview(thread: Thread) -> None:
    sandbox = Sandbox()
    [question] = questions(ask(thread, sandbox, PAID, DELETE))
    [request] = question["action_requests"]
    workspace, rest = request["description"].split("\n", 1)
    assert workspace.startswith("Workspace: https://sandbox.invalid/v1 (key ")
    assert rest == (
        'track "User Deleted" for "ada"\nRisk: event: deletes the person for good; the same id can be added again\n\n'
        'track: {\n  "userId": "ada",\n  "event": "User Deleted"\n}'
    )
    output = thread.answer({"decisions": [{"type": "approve"}]})
    assert {name: answer(message)["status"] for name, message in results(output).items()} == {
        "call-1-1": "received",
        "call-1-2": "received",
    }
    assert [deletion.id for deletion in sandbox.deleted] == ["ada"]


def test_a_rejected_call_is_not_sent(thread: Thread) -> None:
    sandbox = Sandbox()
    ask(thread, sandbox, DELETE)
    output = thread.answer({"decisions": [{"type": "reject", "message": "She stays."}]})
    assert "She stays." in error(results(output)["call-1-1"])
    assert sandbox.ledger == []


def test_an_edited_call_is_sent_and_one_that_the_policy_forbids_is_not(thread: Thread) -> None:
    sandbox = Sandbox()
    ask(thread, sandbox, DELETE, DELETE)
    edits = [PAID, {**DELETE, "event": "User Suppressed"}]
    policy = Policy(allow_destructive="User Deleted")
    thread.build = partial(agent, toolkit(sandbox, policy=policy), [])
    decisions = [{"type": "edit", "edited_action": {"name": TRACK, "args": execute(body)}} for body in edits]
    found = results(thread.answer({"decisions": decisions}))
    assert "not allowed here" in error(found["call-1-2"])
    assert [event.name for event in sandbox.events] == ["Paid"]
    assert sandbox.deleted == []


def test_an_edit_that_changes_the_tool_meets_the_policy_there(thread: Thread) -> None:
    sandbox = Sandbox()
    ask(thread, sandbox, DELETE, policy=Policy(allow_destructive=True, allow_alias=False))
    alias = {"batch": [{"type": "alias", "previousId": "bob", "userId": "ada"}]}
    edited = {"name": "customerio_send_batch_requests", "args": execute(alias)}
    output = thread.answer({"decisions": [{"type": "edit", "edited_action": edited}]})
    assert "merging ids is not allowed here" in error(results(output)["call-1-1"])
    assert sandbox.ledger == []
