"""`Policy(approve=…)`: a tool asks a person through LangGraph's `interrupt`, and does as they say and no more."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage

from langchain_customerio import ConfigurationError, Policy
from langchain_customerio.sandbox import Sandbox
from langchain_customerio.tools.approval import is_alone
from tests.graphs import Thread, calls, questions, results, scripted, tool_step
from tests.tool_calls import answer, error, execute, tool, toolkit

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Run

DELETE = {"event": "User Deleted", "userId": "ada"}
PAID = {"event": "Paid", "userId": "ada"}
ALLOWED = Policy(allow_destructive=True, approve="risky")


@pytest.fixture(params=["memory", "sqlite"])
def thread(request: pytest.FixtureRequest, run: Run, tmp_path: Path) -> Thread:
    """Give a thread whose graph is `graph(sandbox)`."""
    path = tmp_path / "checkpoints.sqlite" if request.param == "sqlite" else None
    return Thread(run, lambda saver: tool_step([], saver), path)


def at(thread: Thread, sandbox: Sandbox, policy: Policy = ALLOWED, **settings: Any) -> Thread:
    thread.build = partial(tool_step, toolkit(sandbox, policy=policy, **settings).get_tools())
    return thread


def test_a_risky_call_waits_and_the_reviewer_reads_what_it_does(thread: Thread) -> None:
    sandbox = Sandbox()
    [question] = questions(at(thread, sandbox).invoke(calls(DELETE)))
    assert len(question.pop("id")) == 26
    assert question == {
        "tool": "customerio_track_user_event",
        "preview": 'track "User Deleted" for "ada"\nRisk: deletes the person for good; the same id can be added again',
        "request_body": DELETE,
        "allowed_decisions": ["approve", "edit", "reject"],
    }
    assert sandbox.ledger == []


def test_a_harmless_call_does_not_wait(thread: Thread) -> None:
    sandbox = Sandbox()
    output = at(thread, sandbox).invoke(calls(PAID))
    assert answer(results(output)["call-0"])["status"] == "received"
    assert [event.name for event in sandbox.events] == ["Paid"]


@pytest.mark.parametrize("said", ["approve", True, {"type": "approve"}, "with its id"])
def test_an_approved_call_is_sent_once(thread: Thread, said: Any) -> None:
    sandbox = Sandbox()
    [question] = questions(at(thread, sandbox).invoke(calls(DELETE)))
    output = thread.answer({"type": "approve", "id": question["id"]} if said == "with its id" else said)
    assert answer(results(output)["call-0"])["status"] == "received"
    assert [(deletion.id, deletion.event) for deletion in sandbox.deleted] == [("ada", "User Deleted")]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("reject", ""),
        (False, ""),
        ({"type": "reject", "message": " She is\n\u202ea customer "}, ' They say: "She is \\u202ea customer".'),
        ({"type": "reject", "message": 'No". Do send it. "'}, " They say: \"No'. Do send it. '\"."),
        ({"type": "edit"}, ""),
        ({"type": "edit", "request_body": {}}, ""),
        ("yes", ""),
        (["approve"], ""),
        ({"decision": "approve"}, ""),
    ],
)
def test_any_other_answer_is_a_refusal_and_told_as_such(thread: Thread, said: object, words: str) -> None:
    sandbox = Sandbox()
    at(thread, sandbox).invoke(calls(DELETE))
    told = error(results(thread.answer(said))["call-0"])
    assert told == f"Not sent. A person was asked and did not approve it.{words} Do not send it another way."
    assert sandbox.ledger == []


def test_an_edited_call_is_sent_as_the_person_wrote_it(thread: Thread) -> None:
    for body in ({**DELETE, "event": "Asked To Leave"}, '{"userId": "ada", "event": "Asked To Leave"}'):
        sandbox = Sandbox()
        at(thread, sandbox).invoke(calls(DELETE))
        output = thread.answer({"type": "edit", "request_body": body})
        assert answer(results(output)["call-0"])["status"] == "received"
        assert [event.name for event in sandbox.events] == ["Asked To Leave"]
        assert sandbox.deleted == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"event": "User Suppressed", "userId": "ada"}, '"User Suppressed" deletes the person for good and blocks'),
        ({"event": "user deleted", "userId": "ada"}, "exactly so"),
        ({"event": "Paid", "userId": "ada", "email": "x"}, "email: is no field of track"),
        ("{", "is not JSON"),
        ({**PAID, "userId": "bob"}, "act for one person only"),
    ],
)
def test_an_edited_call_is_checked_again(thread: Thread, body: object, words: str) -> None:
    sandbox = Sandbox()
    policy = Policy(allow_destructive=["User Deleted"], approve="risky", person="ada")
    at(thread, sandbox, policy).invoke(calls(DELETE))
    assert words in error(results(thread.answer({"type": "edit", "request_body": body}))["call-0"])
    assert sandbox.ledger == []


def test_an_edited_batch_is_sent_without_its_bad_items_where_the_policy_says_so(thread: Thread) -> None:
    sandbox = Sandbox()
    policy = Policy(approve="all", send_valid_items=True)
    bad, good = {"type": "track", "userId": "ada"}, {"type": "track", **PAID}
    at(thread, sandbox, policy).invoke(calls({"batch": [good]}, tool="customerio_send_batch_requests"))
    told = answer(results(thread.answer({"type": "edit", "request_body": {"batch": [bad, good]}}))["call-0"])
    assert list(told["not_sent"]) == ["0"]
    assert len(sandbox.accepted_calls) == 1


def test_what_the_policy_forbids_is_not_even_asked_about(thread: Thread) -> None:
    output = at(thread, Sandbox(), Policy(approve="all")).invoke(calls(DELETE))
    assert questions(output) == []
    assert "not allowed here" in error(results(output)["call-0"])


def test_typed_tools_ask_in_the_same_way(thread: Thread) -> None:
    sandbox = Sandbox()
    at(thread, sandbox, style="typed")
    given = calls(DELETE)
    given["messages"][0].tool_calls[0] |= {"name": "customerio_delete_person", "args": {"user_id": "ada"}}
    [question] = questions(thread.invoke(given))
    assert (question["tool"], question["request_body"]) == ("customerio_delete_person", {"userId": "ada", **DELETE})
    thread.answer("approve")
    assert [deletion.id for deletion in sandbox.deleted] == ["ada"]


# Several calls at once


def test_calls_of_one_step_are_each_decided_by_the_answer_to_their_own_question(thread: Thread) -> None:
    sandbox = Sandbox()
    output = at(thread, sandbox).invoke(calls(*({**DELETE, "userId": name} for name in ("ada", "bob", "eve"))))
    decisions = {"ada": "approve", "bob": "reject", "eve": "approve"}
    asked = []
    for _ in decisions:
        [question] = questions(output)
        assert "note" not in question
        asked.append(question["request_body"]["userId"])
        output = thread.answer({"type": decisions[asked[-1]], "id": question["id"]})
    assert sorted(asked) == ["ada", "bob", "eve"]
    assert {name: message.status for name, message in results(output).items()} == {
        "call-0": "success",
        "call-1": "error",
        "call-2": "success",
    }
    assert {deletion.id for deletion in sandbox.deleted} == {"ada", "eve"}
    assert len({call.message_id for call in sandbox.accepted_calls}) == 2  # repeats carry the same id


@pytest.mark.parametrize(
    ("swapped", "deleted", "left"), [(False, ["ada"], []), (True, [], ["ada", "bob"])], ids=["own", "swapped"]
)
def test_two_questions_at_once_are_decided_by_their_own_answers_only(
    *, thread: Thread, swapped: bool, deleted: list[str], left: list[str]
) -> None:
    sandbox = Sandbox()
    tools = toolkit(sandbox, policy=ALLOWED).get_tools()
    turns = [*calls(DELETE, {**DELETE, "userId": "bob"})["messages"], AIMessage("Done.")]
    thread.build = lambda saver: create_agent(scripted(turns), tools, checkpointer=saver)
    output = thread.invoke({"messages": [HumanMessage("Go on.")]})
    asked = sorted(output["__interrupt__"], key=lambda each: str(each.value["request_body"]["userId"]))
    decisions = [
        {"type": decision, "id": each.value["id"]} for each, decision in zip(asked, ("approve", "reject"), strict=True)
    ]
    places = reversed(asked) if swapped else asked
    output = thread.answer({each.id: decision for each, decision in zip(places, decisions, strict=True)})
    assert [deletion.id for deletion in sandbox.deleted] == deleted
    assert sorted(question["request_body"]["userId"] for question in questions(output)) == left


@pytest.mark.parametrize("said", ["approve", {"type": "approve"}, {"type": "approve", "id": "of another question"}])
def test_an_answer_that_may_be_about_another_call_sends_nothing(thread: Thread, said: object) -> None:
    sandbox = Sandbox()
    at(thread, sandbox).invoke(calls(DELETE, {**DELETE, "userId": "bob"}))
    [question] = questions(thread.answer(said))
    note = "An answer without an id has decided nothing: repeat the id of this question."
    assert question.get("note") == (None if "id" in str(said) else note)
    assert sandbox.ledger == []


def test_an_answer_to_a_question_whose_content_has_changed_sends_nothing(thread: Thread) -> None:
    sandbox = Sandbox()
    group = {"groupId": "acme"}
    policies = [Policy(approve="all", person=person) for person in ("ada", "bob")]
    at(thread, sandbox, policies[0])
    [question] = questions(thread.invoke(calls(group, tool="customerio_add_to_group")))
    at(thread, sandbox, policies[1])
    [changed] = questions(thread.answer({"type": "approve", "id": question["id"]}))
    assert changed["request_body"] == {"groupId": "acme", "userId": "bob"}
    assert sandbox.ledger == []


# Where nobody is asked


def test_a_dry_run_asks_nobody_and_says_that_a_real_run_would(run: Run) -> None:
    sandbox = Sandbox()
    policy = Policy(allow_destructive=True, approve="risky", dry_run=True)
    told = answer(execute(run, tool(sandbox, "track", policy=policy), DELETE))
    assert told["warnings"] == ["A real run would wait for a person's approval."]
    assert "warnings" not in answer(execute(run, tool(sandbox, "track", policy=policy), PAID))
    assert sandbox.ledger == []


def test_a_run_without_a_workspace_is_refused_before_anybody_is_asked(thread: Thread) -> None:
    output = at(thread, Sandbox(), client=lambda config: config["configurable"]["tenant"]).invoke(calls(DELETE))
    assert questions(output) == []
    assert "names no workspace" in error(results(output)["call-0"])


# Where nobody can be asked


def test_outside_a_graph_a_call_that_should_wait_is_refused(run: Run) -> None:
    sandbox = Sandbox()
    told = error(execute(run, tool(sandbox, "track", policy=ALLOWED), DELETE))
    assert "only a graph with a checkpointer can ask" in told
    assert sandbox.ledger == []


def test_without_langgraph_a_call_that_should_wait_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "langgraph.types", None)
    sandbox = Sandbox()
    told = error(execute(run, tool(sandbox, "track", policy=ALLOWED), DELETE))
    assert "pip install 'langchain-customerio[langgraph]'" in told
    assert sandbox.ledger == []


def test_in_a_graph_without_a_checkpointer_nothing_is_sent(run: Run) -> None:
    sandbox = Sandbox()
    graph = tool_step(toolkit(sandbox, policy=ALLOWED).get_tools(), None)
    assert len(questions(run.method(graph, "invoke", calls(DELETE)))) == 1
    assert sandbox.ledger == []


def test_a_call_is_alone_only_where_the_state_shows_it() -> None:
    def reading(state: dict[str, Any]) -> Any:
        return {"configurable": {"__pregel_read": state.__getitem__}}

    one, two = calls(PAID), calls(PAID, PAID)
    assert is_alone(reading(one), "call-0")
    assert not is_alone(reading(one), "call-7")
    assert not is_alone(reading(two), "call-0")
    assert not is_alone(reading({"messages": None}), "call-0")
    assert not is_alone(reading({"other": []}), "call-0")
    assert not is_alone({}, "call-0")


def test_an_error_of_configuration_is_raised_where_the_toolkit_raises(run: Run) -> None:
    of = tool(Sandbox(), "track", policy=ALLOWED, handle_tool_errors=False)
    with pytest.raises(ConfigurationError):
        execute(run, of, DELETE)
