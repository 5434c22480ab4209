"""The two-mode tools: what a model may ask for, what arrives, and what it is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from langchain_customerio import (
    AuthenticationError,
    InvalidRequestError,
    Policy,
    Receipt,
    ServerError,
    ToolMode,
    TrackUserEvent,
)
from langchain_customerio.api.schemas import describe
from langchain_customerio.api.semantic_events import ACTING_EVENTS
from langchain_customerio.sandbox import Sandbox
from tests.cases import ALIAS, BATCH, CASES, SINGLE_CASES, TRACK, Case, each_case, each_single_case
from tests.tool_calls import NO_PAUSE, answer, error, execute, message, tool, tool_call

if TYPE_CHECKING:
    from langchain_core.messages import ToolMessage

    from tests.conftest import Run

KEY = "a-key-that-nobody-may-read"
BODY = json.dumps(TRACK.minimal)


def shown(run: Run, case: Case, part: str = "") -> Any:
    """Return the answer to `get_request_schema`, of a tool without a client."""
    arguments: dict[str, Any] = {"mode": "get_request_schema"} | ({"request_body": part} if part else {})
    return answer(message(run, case.make_tool(), **arguments))


def the_track_tool(sandbox: Sandbox, **settings: Any) -> TrackUserEvent:
    return TrackUserEvent(client=sandbox.client(api_key=KEY, retry=NO_PAUSE), **settings)


# The schema mode


@each_case
def test_the_schema_needs_no_key_and_sends_nothing(run: Run, case: Case) -> None:
    found = run.invoke(case.make_tool(), {"mode": "get_request_schema"})
    assert found == {**describe(case.call)}
    assert found == shown(run, case)


@each_case
def test_a_schema_sends_nothing_with_a_key_either(run: Run, case: Case) -> None:
    sandbox = Sandbox()
    of = case.make_tool(client=sandbox.client())
    answer(message(run, of, mode="get_request_schema", request_body=json.dumps(case.minimal)))
    assert sandbox.ledger == []


@each_case
def test_a_schema_is_json_schema_and_takes_its_own_example_and_every_body(run: Run, case: Case) -> None:
    found = shown(run, case)
    Draft202012Validator.check_schema(found["request_body_schema"])
    validator = Draft202012Validator(found["request_body_schema"])
    for body in (found["example"], *case.bodies):
        validator.validate(body)


@each_case
def test_a_schema_refuses_what_names_nobody(run: Run, case: Case) -> None:
    validator = Draft202012Validator(shown(run, case)["request_body_schema"])
    assert not validator.is_valid({})
    nobody: dict[str, Any] = {"batch": [{"type": "track"}]} if case is BATCH else {"context": {}}
    assert not validator.is_valid(nobody)


@pytest.mark.parametrize("case", [case for case in CASES if case is not ALIAS], ids=lambda case: case.call.kind)
def test_a_schema_refuses_a_field_that_the_api_would_drop(run: Run, case: Case) -> None:
    validator = Draft202012Validator(shown(run, case)["request_body_schema"])
    assert not validator.is_valid({**case.minimal, "email": "ada@example.com"})


@each_single_case
def test_an_item_of_the_batch_schema_is_refused_as_it_would_be_alone(run: Run, case: Case) -> None:
    validator = Draft202012Validator(shown(run, BATCH)["request_body_schema"])
    item = {"type": case.call.kind, **case.complete}
    assert validator.is_valid({"batch": [item]})
    assert not validator.is_valid({"batch": [{**item, "email": "ada@example.com"}]})
    assert not validator.is_valid({"batch": [case.complete]})


def fields_below(schema: dict[str, Any], path: str = "") -> set[str]:
    """Return the path of every field that a schema spells out."""
    found = set()
    for name, inner in schema.get("properties", {}).items():
        found |= {f"{path}{name}"} | fields_below(inner, f"{path}{name}.")
    return found


def paths_of(body: dict[str, Any], path: str = "") -> set[str]:
    """Return the path of every key of a body."""
    found = set()
    for name, value in body.items():
        found |= {f"{path}{name}"} | (paths_of(value, f"{path}{name}.") if isinstance(value, dict) else set())
    return found


UNDOCUMENTED = (
    *("context.anything", "context.campaign.id", "context.location.", "integrations.", "traits.nickname"),
    *("traits.scores", "traits.name", "traits.relationshipAttributes.", "traits.cio_subscription_preferences."),
    *("properties.total", "properties.coupon", "properties.items", "properties.variant", "properties.tab"),
)
"""What the complete bodies of the cases hold as free data."""


@each_single_case
def test_every_documented_field_is_shown_or_can_be_asked_for_by_its_name(run: Run, case: Case) -> None:
    found = shown(run, case)
    text = json.dumps(found)
    reached = fields_below(found["request_body_schema"])
    for name in [name for name in case.complete if name in text]:
        part = shown(run, case, name)
        assert part["part"] == name
        reached |= {name, *(f"{name}.{below}" for below in fields_below(part["part_schema"]))}
    documented = {path for path in paths_of(case.complete) if not path.startswith(UNDOCUMENTED)}
    assert documented <= reached


@each_single_case
def test_the_batch_shows_the_parts_of_every_call_by_its_name(run: Run, case: Case) -> None:
    kind = case.call.kind
    alone = {key: value for key, value in shown(run, case).items() if key != "instructions"}
    assert {key: value for key, value in shown(run, BATCH, kind).items() if key != "instructions"} == alone
    assert (
        shown(run, BATCH, f"{kind}.context.device")["part_schema"] == shown(run, case, "context.device")["part_schema"]
    )


@pytest.mark.parametrize("spelling", ["context.device", '"context.device"', " context/device ", "'context.device'"])
def test_a_part_is_found_however_it_is_quoted(run: Run, spelling: str) -> None:
    assert shown(run, TRACK, spelling)["part_schema"]["properties"]["type"] == {
        "enum": ["android", "ios"],
        "type": "string",
    }


@pytest.mark.parametrize(("case", "part"), [(TRACK, "event"), (BATCH, "track.event")])
def test_the_part_event_lists_the_names_that_act_and_what_they_need(run: Run, case: Case, part: str) -> None:
    events = shown(run, case, part)["acting_events"]
    assert events["Relationship Deleted"] == (
        "removes the person from the object; both stay; needs userId, properties.objectId"
        ' (and properties.objectTypeId unless "1")'
    )
    assert events["Device Deleted"] == (
        'removes a device of the person; needs userId, context.device.token, context.device.type ("ios" or "android")'
    )


@pytest.mark.parametrize(("case", "part"), [(TRACK, "event"), (BATCH, "track.event")])
def test_what_is_not_allowed_stands_first_with_who_can_allow_it(run: Run, case: Case, part: str) -> None:
    found = shown(run, case, part)
    assert list(found) == ["part", "part_schema", "not_allowed_here", "acting_events"]
    assert found["not_allowed_here"] == (
        "User Deleted, User Suppressed, Object Deleted; only an operator can allow them"
    )
    assert not {"User Deleted", "User Suppressed", "Object Deleted"} & found["acting_events"].keys()


DELETES = ACTING_EVENTS["User Deleted"].effect


@pytest.mark.parametrize(("case", "prefix"), [(TRACK, ""), (BATCH, "track.")])
@pytest.mark.parametrize(
    ("event", "told"),
    [
        (
            "Device Deleted",
            (
                "Device Deleted removes a device of the person; needs userId, context.device.token, context.device.type"
                ' ("ios" or "android")'
            ),
        ),
        (
            "User Deleted",
            f"Not allowed here; only an operator can allow it. User Deleted {DELETES}; needs userId",
        ),
    ],
)
def test_one_event_is_answered_alone(run: Run, case: Case, prefix: str, event: str, told: str) -> None:
    assert shown(run, case, f"{prefix}event.{event}") == {"part": f"{prefix}event.{event}", "event": told}


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ("event.device deleted", '"device deleted" does not act; did you mean "Device Deleted"?'),
        ("event.Order Paid", '"Order Paid" does not act; it is recorded, with any properties'),
        ("device", 'track: has no part "device"; did you mean "context.device"?'),
        ("Context", 'track: has no part "Context"; did you mean "context"?'),
        ("context.devise", 'context: has no part "devise"; did you mean "device"?'),
        ("properties.total", 'properties: has no part "total"; it is free JSON'),
    ],
)
def test_a_part_that_there_is_not_is_answered_with_the_nearest(run: Run, part: str, told: str) -> None:
    assert shown(run, TRACK, part) == {"note": f"{told}. Without request_body, you get the whole schema"}


def test_an_event_that_the_policy_allows_is_not_called_forbidden(run: Run) -> None:
    of = TrackUserEvent(policy=Policy(allow_destructive=["User Deleted"]))
    events = answer(message(run, of, mode="get_request_schema", request_body="event"))["acting_events"]
    assert events["User Deleted"].endswith("needs userId")
    assert "User Suppressed" not in events


@pytest.mark.parametrize(
    "body", [TRACK.minimal, BODY, "what does it look like?", ["a"]], ids=["object", "json", "words", "list"]
)
def test_a_body_in_schema_mode_is_not_sent_and_the_model_is_told(run: Run, body: object) -> None:
    sandbox = Sandbox()
    read = message(run, the_track_tool(sandbox), mode="get_request_schema", request_body=body)
    assert answer(read) == {
        **describe(TRACK.call),
        "note": 'request_body was not sent and does not name a part; mode "execute" sends it',
    }
    assert sandbox.ledger == []


def test_a_part_that_there_is_not_is_answered_with_the_parts_that_there_are(run: Run) -> None:
    read = message(run, TRACK.make_tool(), mode="get_request_schema", request_body="context.devise")
    note = answer(read)["note"]
    assert (
        note == 'context: has no part "devise"; did you mean "device"?. Without request_body, you get the whole schema'
    )
    read = message(run, TRACK.make_tool(), mode="get_request_schema", request_body="context.x")
    assert answer(read)["note"].startswith('context: has no part "x"; it has active, ip, locale, userAgent, ')


def test_changing_an_answer_does_not_change_the_next_one(run: Run) -> None:
    of = TRACK.make_tool()
    first = run.invoke(of, {"mode": "get_request_schema"})
    first["request_body_schema"]["properties"].clear()
    first["example"].clear()
    part = run.invoke(of, {"mode": "get_request_schema", "request_body": "context"})
    part["part_schema"]["properties"].clear()
    assert run.invoke(of, {"mode": "get_request_schema"})["example"] == TRACK.call.example
    assert shown(run, TRACK)["request_body_schema"]["properties"].keys() == TRACK.complete.keys()
    assert shown(run, TRACK, "context")["part_schema"]["properties"]


def test_the_schema_agrees_with_the_policy(run: Run) -> None:
    policy = Policy(person="ada", calls=["batch", "identify", "track", "alias"])
    for case in (TRACK, BATCH):
        of = case.make_tool(policy=policy)
        text = str(message(run, of, mode="get_request_schema").content)
        assert "userId" not in text
        assert "anonymousId" not in text
    found = answer(message(run, BATCH.make_tool(policy=policy), mode="get_request_schema"))
    items = found["request_body_schema"]["properties"]["batch"]["items"]["anyOf"]
    assert [each["properties"]["type"]["const"] for each in items] == ["identify", "track"]


# The execute mode


@each_case
@pytest.mark.parametrize("as_text", [True, False], ids=["text", "object"])
def test_a_complete_body_arrives_unchanged(run: Run, case: Case, as_text: bool) -> None:  # noqa: FBT001 - a parameter
    sandbox = Sandbox(strict_check_extra=True)
    body = json.dumps(case.complete) if as_text else case.complete
    policy = Policy(allow_preference_replacement=True)
    answer(execute(run, case.make_tool(client=sandbox.client(), strict=True, policy=policy), body))
    [entry] = sandbox.ledger
    assert (entry.endpoint, entry.method, entry.json) == (case.endpoint, "POST", case.complete)


@each_case
def test_the_shortest_body_arrives_with_an_id_and_the_name_of_this_library(run: Run, case: Case) -> None:
    sandbox = Sandbox()
    told = answer(execute(run, case.make_tool(client=sandbox.client()), json.dumps(case.minimal)))
    body: Any = sandbox.requests[0]
    assert body["context"]["library"]["name"] == "langchain-customerio"
    first = body["batch"][0] if case is BATCH else body
    assert told.get("message_id", first["messageId"]) == first["messageId"]
    assert told.get("items", 1) == 1
    rest = {key: value for key, value in first.items() if key not in {"messageId", "context"}}
    assert rest == (case.minimal["batch"][0] if case is BATCH else case.minimal)


@each_case
@pytest.mark.parametrize("strict", [True, False], ids=["strict", "permissive"])
def test_a_model_reads_the_status_the_id_and_the_api_s_own_answer(run: Run, case: Case, strict: bool) -> None:  # noqa: FBT001 - a parameter
    sandbox = Sandbox()
    read = execute(run, case.make_tool(client=sandbox.client()), case.minimal, **{case.strict_flag: "1" * strict})
    assert answer(read) == {
        "status": "accepted" if strict else "received",
        **({"items": 1} if case is BATCH else {"message_id": sandbox.accepted_calls[0].message_id}),
        "http_status": 200,
        "response_json": {},
        "note": "validated" if strict else "not validated, so unproven: report it as unconfirmed",
    }


def test_the_answer_is_the_same_for_plain_arguments_and_for_a_tool_call(run: Run) -> None:
    of = the_track_tool(Sandbox(), policy=Policy(dry_run=True))
    arguments = {"mode": "execute", "request_body": json.dumps({**TRACK.minimal, "messageId": "m1"})}
    plain = run.invoke(of, arguments)
    assert plain["status"] == "dry_run"
    assert plain == json.loads(run.invoke(of, tool_call(of, arguments)).content)


def test_a_permissive_answer_to_a_wrong_key_is_not_called_accepted(run: Run) -> None:
    sandbox = Sandbox(keys={"another"})
    assert answer(execute(run, the_track_tool(sandbox), BODY))["status"] == "received"
    assert (sandbox.ledger[0].outcome, sandbox.events) == ("dropped", [])


def test_the_artifact_is_the_receipt_and_holds_no_key(run: Run) -> None:
    sandbox = Sandbox()
    receipt = execute(run, the_track_tool(sandbox), BODY, enable_strict_validation="1").artifact
    assert isinstance(receipt, Receipt)
    [entry] = sandbox.ledger
    assert (receipt.status, receipt.call, receipt.strict) == ("accepted", "track", True)
    assert receipt.message_ids == (entry.calls[0].message_id,)
    assert [(sent.size, sent.attempts, sent.http_status) for sent in receipt.requests] == [(len(entry.body), 1, 200)]
    assert KEY not in receipt.model_dump_json()


def test_a_tool_shows_its_key_nowhere(run: Run) -> None:
    of = the_track_tool(Sandbox(), policy=Policy(dry_run=True))
    read = execute(run, of, BODY)
    for text in (repr(of), str(of), str(of.model_dump()), repr(read), read.artifact.model_dump_json()):
        assert KEY not in text


def test_a_dry_run_shows_the_request_and_sends_nothing(run: Run) -> None:
    sandbox = Sandbox()
    read = execute(run, the_track_tool(sandbox, policy=Policy(dry_run=True)), BODY, enable_strict_validation="1")
    told = answer(read)
    assert told == {
        "status": "dry_run",
        "note": "trial set-up: nothing was sent, and you cannot change that",
        "request_body": TRACK.minimal,
    }
    [request] = read.artifact.previews
    assert request.url == "https://sandbox.invalid/v1/track"
    assert request.headers["X-Strict-Mode"] == "1"
    assert "Authorization" not in request.headers
    assert request.body == {**TRACK.minimal, "messageId": read.artifact.message_id, "context": request.body["context"]}
    assert (read.artifact.status, sandbox.ledger) == ("dry_run", [])


def test_execute_without_a_body_names_the_mode_that_shows_one(run: Run) -> None:
    sandbox = Sandbox()
    of = the_track_tool(sandbox)
    nothing: tuple[object, ...] = ("", {}, None)
    for body in nothing:
        assert error(execute(run, of, body)) == (
            'Not sent. request_body: is required to execute; mode "get_request_schema" shows its fields.'
        )
    assert error(message(run, of, mode="execute")) == error(execute(run, of, ""))
    assert sandbox.ledger == []


# What goes wrong on the way


def ids(sandbox: Sandbox) -> list[Any]:
    return [body["messageId"] for body in sandbox.requests if isinstance(body, dict)]


def test_two_bad_answers_are_followed_by_a_third_request_with_the_same_id(run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=503, times=2)
    read = execute(run, the_track_tool(sandbox), BODY)
    assert ids(sandbox) == [answer(read)["message_id"]] * 3
    assert [entry.status for entry in sandbox.ledger] == [503, 503, 200]
    assert (read.artifact.attempts, len(sandbox.events)) == (3, 1)


def test_a_time_out_after_the_request_was_received_is_repeated_with_the_same_id(run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(timeout="after")
    read = execute(run, the_track_tool(sandbox), BODY)
    assert ids(sandbox) == [answer(read)["message_id"]] * 2
    assert sandbox.duplicates == {answer(read)["message_id"]: 2}


def test_a_wrong_key_is_sent_once_and_named_as_the_cause(run: Run) -> None:
    sandbox = Sandbox(keys={"another"})
    text = error(execute(run, the_track_tool(sandbox), BODY, enable_strict_validation="1"))
    assert text.startswith("sandbox.invalid answered 401 to track after 1 attempt")
    assert text.endswith("Nothing was stored. The key or the region is wrong: a person must correct it.")
    assert [entry.status for entry in sandbox.ledger] == [401]


def test_after_the_last_attempt_the_model_reads_whether_it_may_have_arrived_and_how_to_repeat_it(run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(hangup="after", times=None)
    text = error(execute(run, the_track_tool(sandbox), BODY))
    assert ids(sandbox) == [ids(sandbox)[0]] * 3
    assert text.startswith(
        "No answer to track from sandbox.invalid after 3 attempts (RemoteProtocolError). It may have been stored."
        " Report it as unconfirmed, or repeat it once now with "
    )
    assert f'"{ids(sandbox)[0]}"' in text
    assert text.endswith(", by which Customer.io can recognise it.")


def test_the_api_s_own_words_reach_the_model_without_the_key(run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=400, body=json.dumps({"meta": {"errors": [f"bad event, key {KEY}"]}}))
    assert error(execute(run, the_track_tool(sandbox), BODY, enable_strict_validation="1")) == (
        'sandbox.invalid answered 400 to track after 1 attempt; the server says: "bad event, key [key]". Nothing was'
        " stored. If that names a fault in the call, correct it; otherwise report the refusal."
    )


# Errors as text, or raised


def test_a_refusal_is_raised_as_our_own_class_where_the_application_wants_that(run: Run) -> None:
    sandbox = Sandbox(keys={"another"})
    of = tool(sandbox, "track", handle_tool_errors=False, client=sandbox.client(api_key=KEY, retry=NO_PAUSE))
    with pytest.raises(InvalidRequestError) as refused:
        execute(run, of, "{}")
    assert [problem.field for problem in refused.value.problems] == ["event"]
    with pytest.raises(AuthenticationError) as wrong_key:
        execute(run, of, BODY, enable_strict_validation="1")
    assert (wrong_key.value.status, wrong_key.value.attempts, wrong_key.value.may_have_arrived) == (401, 1, False)
    sandbox.fail(status=503, times=None)
    with pytest.raises(ServerError) as down:
        execute(run, of, BODY)
    assert (down.value.attempts, len(down.value.message_ids)) == (3, 1)


class OwnBugError(Exception):
    """Stands for a mistake in somebody's code."""


@pytest.mark.parametrize("handled", [True, False])
def test_a_bug_is_no_text_for_the_model(run: Run, handled: bool) -> None:  # noqa: FBT001 - a parameter
    def buggy(_: object) -> Any:
        raise OwnBugError

    of = tool(Sandbox(), "track", client=buggy, handle_tool_errors=handled)
    with pytest.raises(OwnBugError):
        execute(run, of, BODY)


def test_a_refusal_has_no_artifact_and_is_short(run: Run) -> None:
    def words(read: ToolMessage) -> int:
        return len(error(read).split())

    for case in SINGLE_CASES:
        body: dict[str, Any] = {name: [] for name in case.complete}
        assert words(execute(run, case.make_tool(client=Sandbox().client()), body)) <= 60


def test_the_modes_are_the_words_on_the_wire() -> None:
    assert [*ToolMode] == ["get_request_schema", "execute"]
    assert TRACK.make_tool().args["mode"]["enum"] == ["get_request_schema", "execute"]
    assert {type(word) for word in TRACK.make_tool().args["mode"]["enum"]} == {str}


def test_a_tool_runs_without_a_config_too() -> None:
    sandbox = Sandbox()
    made = tool(sandbox, "track")
    answered = made.run({"mode": "execute", "request_body": json.dumps(TRACK.minimal)})
    assert [call.message_id for call in sandbox.accepted_calls] == [answered["message_id"]]
