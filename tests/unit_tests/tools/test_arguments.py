"""The arguments of the two-mode tools: what models really send, and what becomes of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from langchain_customerio.sandbox import Sandbox
from langchain_customerio.text import shown
from tests.cases import PAGE, TRACK, Case, each_case
from tests.tool_calls import answer, error, execute, message, tool, toolkit

if TYPE_CHECKING:
    from tests.conftest import Run

BODY = json.dumps(TRACK.minimal)
FLAGS = ("enable_strict_validation", "enable_strict_mode")


def headers_of(run: Run, case: Case, arguments: dict[str, Any], **settings: Any) -> dict[str, str]:
    """Return the headers of the one request that a call with these arguments makes."""
    sandbox = Sandbox()
    of = case.make_tool(client=sandbox.client(), **settings)
    answer(execute(run, of, json.dumps(case.minimal), **arguments))
    [entry] = sandbox.ledger
    return entry.headers


# The strict flag


@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize("value", ["1", "True", "true", " TRUE ", True, 1], ids=repr)
@each_case
def test_every_way_to_say_yes_puts_exactly_1_on_the_wire(run: Run, case: Case, flag: str, value: object) -> None:
    assert headers_of(run, case, {flag: value})["x-strict-mode"] == "1"


@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize("value", ["", "0", "false", "False", False, 0, None, "none", "no", "off", "null"], ids=repr)
@each_case
def test_every_way_to_say_no_puts_no_header_on_the_wire(run: Run, case: Case, flag: str, value: object) -> None:
    assert "x-strict-mode" not in headers_of(run, case, {flag: value})


@each_case
def test_no_flag_puts_no_header_on_the_wire(run: Run, case: Case) -> None:
    assert "x-strict-mode" not in headers_of(run, case, {})


@pytest.mark.parametrize("value", ["yes", "strict", "2", 2, 1.0, ["1"], {"on": True}, "1 1"], ids=repr)
@pytest.mark.parametrize("flag", FLAGS)
def test_any_other_value_is_permissive_and_the_model_is_told_what_to_send(run: Run, flag: str, value: object) -> None:
    sandbox = Sandbox()
    told = answer(execute(run, TRACK.make_tool(client=sandbox.client()), BODY, **{flag: value}))
    assert told["status"] == "received"
    assert told["warnings"] == ['enable_strict_validation: not recognised, so it was not validated; send "1"']
    assert "x-strict-mode" not in sandbox.ledger[0].headers


@pytest.mark.parametrize("value", ["", "0", False, "yes"], ids=repr)
@each_case
def test_a_strict_toolkit_is_strict_whatever_the_model_asks_for(run: Run, case: Case, value: object) -> None:
    assert headers_of(run, case, {case.strict_flag: value}, strict=True)["x-strict-mode"] == "1"


@pytest.mark.parametrize("case", [TRACK, PAGE], ids=["track", "page"])
def test_of_two_spellings_the_tool_s_own_one_counts(run: Run, case: Case) -> None:
    other = next(flag for flag in FLAGS if flag != case.strict_flag)
    assert "x-strict-mode" not in headers_of(run, case, {other: "1", case.strict_flag: "0"})
    assert headers_of(run, case, {case.strict_flag: "1", other: "0"})["x-strict-mode"] == "1"


# The mode


@pytest.mark.parametrize("spelling", ["execute", "EXECUTE", " Execute\n"])
def test_the_case_of_the_mode_makes_no_difference(run: Run, spelling: str) -> None:
    sandbox = Sandbox()
    assert answer(message(run, tool(sandbox, "track"), mode=spelling, request_body=BODY))["status"] == "received"


@pytest.mark.parametrize("spelling", ["get-request-schema", "Get Request Schema", "GET_REQUEST_SCHEMA"])
def test_dashes_and_spaces_in_the_mode_are_read_as_underscores(run: Run, spelling: str) -> None:
    assert "request_body_schema" in answer(message(run, TRACK.make_tool(), mode=spelling))


@pytest.mark.parametrize(
    ("mode", "found"),
    [
        ("run", "other text"),
        ("", "other text"),
        ("get_schema", "other text"),
        (None, "null"),
        (1, "a number"),
        (True, "a boolean"),
        (["execute"], "a list"),
        ({"mode": "execute"}, "an object"),
    ],
    ids=repr,
)
def test_another_mode_is_refused_with_the_two_that_there_are(run: Run, mode: object, found: str) -> None:
    sandbox = Sandbox()
    assert error(message(run, tool(sandbox, "track"), mode=mode, request_body=BODY)) == (
        f"Not sent. mode: needs get_request_schema or execute, found {found}."
    )
    assert sandbox.ledger == []


def test_a_missing_mode_is_refused(run: Run) -> None:
    sandbox = Sandbox()
    assert error(message(run, tool(sandbox, "track"), request_body=BODY)) == "Not sent. mode: is required."
    assert sandbox.ledger == []


# The body


ONCE = json.dumps(TRACK.minimal, indent=1)


@pytest.mark.parametrize(
    ("body", "corrections"),
    [
        (TRACK.minimal, []),
        (ONCE, []),
        (f"\n {ONCE}\n", []),
        (json.dumps(ONCE), ["request_body: JSON within a string unwrapped"]),
        (f"```json\n{ONCE}\n```", ["request_body: code fence removed"]),
        (f"```\n{ONCE}```", ["request_body: code fence removed"]),
        (
            json.dumps(f"```json\n{ONCE}\n```"),
            ["request_body: JSON within a string unwrapped", "request_body: code fence removed"],
        ),
    ],
    ids=["object", "text", "with space", "encoded twice", "fenced", "fenced, no language", "fenced and encoded twice"],
)
def test_a_body_arrives_whichever_way_it_was_written(run: Run, body: object, corrections: list[str]) -> None:
    sandbox = Sandbox()
    read = execute(run, tool(sandbox, "track"), body)
    assert answer(read).get("corrections", []) == corrections
    assert read.artifact.corrections == tuple(corrections)
    [event] = sandbox.events
    assert (event.user_id, event.name) == (TRACK.minimal["userId"], TRACK.minimal["event"])


def test_more_corrections_than_a_model_needs_are_counted(run: Run) -> None:
    body = {"user_id": 1, "anonymous_id": 2, "group_id": 3, "event": 4, "message_id": 5, "properties": "{}"}
    read = execute(run, tool(Sandbox(), "track"), body)
    assert len(read.artifact.corrections) > 5
    told = answer(read)["corrections"]
    assert told[:5] == list(read.artifact.corrections[:5])
    assert told[5:] == [f"and {len(read.artifact.corrections) - 5} more"]


# What is no argument


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("userId", "fields of the call go inside request_body"),
        ("event", "fields of the call go inside request_body"),
        ("requestBody", "use request_body"),
        ("request_boby", "use request_body"),
        ("x" * 100, "fields of the call go inside request_body"),
        ("x\ud800\n\u202e", "fields of the call go inside request_body"),
    ],
    ids=ascii,
)
def test_what_is_no_argument_is_refused_because_it_would_be_lost(run: Run, name: str, advice: str) -> None:
    sandbox = Sandbox()
    text = error(execute(run, tool(sandbox, "track"), BODY, **{name: "a-value"}))
    assert text == f"Not sent. {shown(name)} is not an argument: {advice}."
    assert sandbox.ledger == []


@each_case
def test_a_bare_string_is_refused_with_the_names_of_the_arguments(run: Run, case: Case) -> None:
    sandbox = Sandbox()
    of = case.make_tool(client=sandbox.client())
    assert run.invoke(of, "Ada signed up") == (
        f"Not sent. {of.name} takes named arguments, not text: mode, {case.strict_flag}, request_body."
    )
    assert sandbox.ledger == []


def test_no_arguments_at_all_are_refused(run: Run) -> None:
    sandbox = Sandbox()
    for of in toolkit(sandbox).get_tools():
        assert error(message(run, of)) == "Not sent. mode: is required."
    assert sandbox.ledger == []
