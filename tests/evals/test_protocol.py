"""Each mistake in a command is answered by the field that is wrong, and costs nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.evals.protocol import HOW, Session
from tests.evals.tasks import TASKS

CALL = {
    "do": "call",
    "tool": "customerio_identify_person_and_assign_traits",
    "arguments": {
        "mode": "execute",
        "enable_strict_validation": "1",
        "request_body": '{"userId": "ada", "traits": {"plan": "pro"}}',
    },
}
FINISH = {"do": "finish", "answer": "Ada is on the pro plan.\nDONE"}


def new_session() -> Session:
    return Session(TASKS["upgrade"], "two_mode")


def answer(command: object, session: Session | None = None) -> dict[str, Any]:
    return (session or new_session()).answer(command if isinstance(command, str) else json.dumps(command))


@pytest.mark.parametrize(
    ("command", "field", "says"),
    [
        ("", "", "the line is blank"),
        ("  \n", "", "the line is blank"),
        ("please", "", "the line is not JSON"),
        ("[" * 100_000, "", "the line is not JSON"),
        ([], "", "a command is a JSON object, not a list"),
        ("null", "", "a command is a JSON object, not null"),
        ('"tools"', "", "a command is a JSON object, not text"),
        ({}, "do", "do: is missing; it takes tools, call, finish or hello"),
        ({"do": "dance"}, "do", 'do: takes tools, call, finish or hello, not "dance"'),
        ({"do": ["call"]}, "do", "do: takes tools, call, finish or hello, not a list"),
        ({"do": "call", "arguments": {}}, "tool", "tool: is missing; call needs text there"),
        ({"do": "call", "tool": 1, "arguments": {}}, "tool", "tool: takes text, not a number"),
        ({"do": "call", "tool": "t"}, "arguments", "arguments: is missing; call needs a JSON object there; send {}"),
        (
            {"do": "call", "tool": "t", "arguments": "{}"},
            "arguments",
            "arguments: is text; send the JSON object itself",
        ),
        ({"do": "call", "tool": "t", "arguments": []}, "arguments", "arguments: takes a JSON object, not a list"),
        ({"do": "call", "tool": "t", "arguments": None}, "arguments", "arguments: takes a JSON object, not null"),
        ({**CALL, "mode": "execute"}, "mode", "mode: is not a field of call, which takes tool or arguments"),
        ({"do": "tools", "style": "typed"}, "style", "style: is not a field of tools, which takes no other field"),
        ({"do": "finish"}, "answer", "answer: is missing; finish needs text there"),
        ({"do": "finish", "answer": True}, "answer", "answer: takes text, not true or false"),
        ({**FINISH, "tokens": 7}, "tokens", "tokens: takes a JSON object, not a number"),
        ({**FINISH, "tokens": {"read": "7"}}, "tokens.read", "tokens takes read and written, both whole numbers"),
        ({**FINISH, "tokens": {"spent": 7}}, "tokens.spent", "tokens takes read and written, both whole numbers"),
        ({"do": "hello"}, "agent", "agent: is missing; hello needs text there"),
        ({"do": "hello", "agent": "a", "version": 2.5}, "version", "version: takes text, not a number"),
    ],
)
def test_a_mistake_is_answered_by_its_field(command: object, field: str, says: str) -> None:
    session = new_session()
    found = answer(command, session)
    assert found.keys() == {"problem", "field"}
    assert found["field"] == field
    assert says in found["problem"]
    assert session.recording is None
    answer(CALL, session)
    assert answer(FINISH, session) == {"passed": True, "verdict": "DONE", "complaints": [], "calls": 1, "errors": 0}


def test_the_first_line_says_what_to_do_and_how_and_gives_no_name_away() -> None:
    welcome = new_session().welcome()
    assert welcome.keys() == {"instructions", "prompt", "how"}
    assert (welcome["prompt"], welcome["how"]) == (TASKS["upgrade"].prompt, HOW)
    assert new_session().welcome(with_tools=True)["tools"] == answer({"do": "tools"})["tools"]


def test_the_tools_are_given_with_their_schemas() -> None:
    tools = answer({"do": "tools"})["tools"]
    assert len(tools) == 7
    assert tools[0].keys() == {"name", "description", "parameters"}
    assert tools[0]["parameters"]["required"] == ["mode"]


def test_a_call_is_answered_as_an_agent_would_read_it() -> None:
    found = answer(CALL)
    assert (json.loads(found["content"])["status"], found["error"]) == ("accepted", False)
    assert answer({"do": "call", "tool": "customerio_send_email", "arguments": {}})["error"] is True


def test_the_verdict_counts_calls_and_errors() -> None:
    session = new_session()
    answer(CALL, session)
    answer({"do": "call", "tool": "customerio_send_email", "arguments": {}}, session)
    verdict = answer({"do": "finish", "answer": "NOT DONE: no"}, session)
    assert (verdict["passed"], verdict["verdict"], verdict["calls"], verdict["errors"]) == (False, "NOT DONE", 2, 1)
    assert [text.partition(":")[0] for text in verdict["complaints"]] == ["claim"]


def test_who_is_working_and_what_it_cost_stand_in_the_recording() -> None:
    session = new_session()
    assert answer({"do": "hello", "agent": "my-agent", "version": "2.1"}, session) == {
        "agent": "my-agent",
        "version": "2.1",
    }
    answer({**FINISH, "tokens": {"read": 900, "written": 40}}, session)
    recording = session.recording
    assert recording
    assert (recording.agent, recording.version) == ("my-agent", "2.1")
    assert (recording.tokens.read, recording.tokens.written, recording.tokens.counted_by) == (900, 40, "agent")


def test_an_agent_that_says_nothing_of_itself_is_unknown_and_its_tokens_are_counted() -> None:
    session = new_session()
    answer(FINISH, session)
    recording = session.recording
    assert recording
    assert (recording.agent, recording.tokens.counted_by) == ("unknown", "o200k")
    assert recording.tokens.read > 1_000
