"""The twenty commonest mistakes of models, and what they read about each: enough to get it right the next time.

A mistake with one obvious meaning is corrected, and the answer says so; any other is refused, in at most 45 words and
without repeating a value. `pytest --inline-snapshot=fix` writes a new wording down.
"""

# ruff: noqa: E501 - what a model reads stands here as it is

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from inline_snapshot import snapshot

from langchain_customerio.api.calls import CALLS
from langchain_customerio.api.semantic_events import ACTING_EVENTS
from langchain_customerio.sandbox import Sandbox
from tests.cases import BATCH, GROUP, IDENTIFY, SCREEN, TRACK, Case
from tests.tool_calls import answer, error, message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Run

MOST_WORDS = 45
NO_SECRETS = {*CALLS, *ACTING_EVENTS}
"""Values that our own words use too: the types of calls, and the events that act."""


def texts_in(value: object) -> Iterator[str]:
    """Yield every text of a body that stands as a value, and every number as it is written."""
    if isinstance(value, dict):
        value = [*value.values()]
    if isinstance(value, list):
        for inner in value:
            yield from texts_in(inner)
    elif value:
        yield str(value)


def refused(run: Run, case: Case, body: object, **arguments: Any) -> str:
    """Return what the model reads about a call that was not sent."""
    sandbox = Sandbox()
    of = case.make_tool(client=sandbox.client())
    text = error(message(run, of, **{"mode": "execute", "request_body": body, **arguments}))
    assert sandbox.ledger == []
    assert len(text.split()) <= MOST_WORDS
    assert not [value for value in texts_in(body) if value in text and value not in NO_SECRETS]
    return text


def corrected(run: Run, case: Case, body: object, arrived: dict[str, Any]) -> list[str]:
    """Return what the model and the receipt say was corrected in a call that arrived as it was meant."""
    sandbox = Sandbox()
    read = message(run, case.make_tool(client=sandbox.client()), mode="execute", request_body=body)
    [sent] = sandbox.accepted_calls
    extra = {"type", "messageId", "context"}
    assert {name: value for name, value in sent.call.items() if name not in extra} == arrived
    corrections: list[str] = answer(read)["corrections"]
    assert tuple(corrections) == read.artifact.corrections
    return corrections


ADA = {"userId": "ada", "traits": {"plan": "pro"}}


def test_1_a_trait_at_the_top_level(run: Run) -> None:
    assert refused(run, IDENTIFY, {"userId": "ada", "email": "ada@example.com", "plan": "gold"}) == snapshot(
        "Not sent. email: is not a field of identify: use traits.email; plan: is not a field of identify: use traits.plan."
    )


def test_2_snake_case(run: Run) -> None:
    assert corrected(
        run,
        TRACK,
        {"user_id": "ada", "anonymous_id": "visitor-7", "event": "Signed Up"},
        {"userId": "ada", "anonymousId": "visitor-7", "event": "Signed Up"},
    ) == snapshot(["userId: given as user_id", "anonymousId: given as anonymous_id"])


def test_3_a_missing_id(run: Run) -> None:
    assert refused(run, TRACK, {"event": "Signed Up"}) == snapshot(
        "Not sent. One of userId, anonymousId, groupId is required."
    )
    assert refused(run, GROUP, {"userId": "ada"}) == snapshot("Not sent. groupId: is required.")


def test_4_an_event_without_a_name(run: Run) -> None:
    assert refused(run, TRACK, {"userId": "ada", "properties": {"total": 123}}) == snapshot(
        "Not sent. event: is required."
    )
    assert refused(run, TRACK, {"userId": "ada", "name": "Signed Up"}) == snapshot(
        "Not sent. event: is required; name: is not a field of track: use event."
    )


def test_5_a_user_id_that_is_a_number(run: Run) -> None:
    assert corrected(run, IDENTIFY, {"userId": 12345}, {"userId": "12345"}) == snapshot(
        ["userId: number sent as string"]
    )


def test_6_a_timestamp_in_milliseconds(run: Run) -> None:
    assert refused(run, TRACK, {**TRACK.minimal, "timestamp": 1763891200000}) == snapshot(
        "Not sent. timestamp: needs ISO 8601 such as 2026-11-23T10:00:00Z, found a number."
    )
    assert refused(run, TRACK, {**TRACK.minimal, "timestamp": "1763891200000"}) == snapshot(
        "Not sent. timestamp: needs ISO 8601 such as 2026-11-23T10:00:00Z, found digits."
    )


def test_7_a_batch_item_without_a_type(run: Run) -> None:
    assert refused(run, BATCH, {"batch": [{"type": "identify", "userId": "ada"}, TRACK.minimal]}) == snapshot(
        'Not sent. batch[1]: needs "type": one of identify, track, page, screen, group, alias.'
    )
    assert refused(run, BATCH, {"batch": [{"type": "event", "userId": "ada"}]}) == snapshot(
        'Not sent. batch[0]: needs "type": one of identify, track, page, screen, group, alias.'
    )


def test_8_a_body_that_is_a_list(run: Run) -> None:
    assert refused(run, TRACK, [TRACK.minimal]) == snapshot(
        "Not sent. The body is a list, not an object: send several calls in a batch."
    )
    assert corrected(
        run, BATCH, json.dumps([{"type": "track", "userId": "ada", "event": "E"}]), {"userId": "ada", "event": "E"}
    ) == snapshot(['request_body: list put under "batch"'])


def test_9_a_mode_that_is_misspelt(run: Run) -> None:
    assert refused(run, TRACK, TRACK.minimal, mode="get_schema") == snapshot(
        "Not sent. mode: needs get_request_schema or execute, found other text."
    )
    assert refused(run, TRACK, TRACK.minimal, mode="send") == snapshot(
        "Not sent. mode: needs get_request_schema or execute, found other text."
    )


def test_10_the_schema_mode_with_a_body(run: Run) -> None:
    sandbox = Sandbox()
    of = SCREEN.make_tool(client=sandbox.client())
    read = answer(message(run, of, mode="get_request_schema", request_body=json.dumps(SCREEN.minimal)))
    assert sandbox.ledger == []
    assert "request_body_schema" in read
    assert read["note"] == snapshot('request_body was not sent and does not name a part; mode "execute" sends it')


def test_11_the_strict_flag_as_a_word(run: Run) -> None:
    for word in ("yes", "strict", "enabled"):
        sandbox = Sandbox()
        of = TRACK.make_tool(client=sandbox.client())
        arguments = {"mode": "execute", "request_body": TRACK.minimal, "enable_strict_validation": word}
        read = answer(message(run, of, **arguments))
        assert (read["status"], sandbox.ledger[0].strict) == ("received", False)
        assert read["warnings"] == snapshot(
            ['enable_strict_validation: not recognised, so it was not validated; send "1"']
        )


def test_12_an_e_mail_as_anonymous_id(run: Run) -> None:
    sandbox = Sandbox()
    body = {"anonymousId": "ada@example.com", "event": "Signed Up"}
    read = answer(message(run, TRACK.make_tool(client=sandbox.client()), mode="execute", request_body=body))
    assert (list(sandbox.anonymous), sandbox.people) == (["ada@example.com"], {})
    assert read["warnings"] == snapshot(["anonymousId: looks like an e-mail address; a known person goes in userId"])


def test_13_empty_strings(run: Run) -> None:
    assert refused(run, TRACK, {"userId": "", "event": "Signed Up"}) == snapshot(
        "Not sent. userId: is empty: leave it out, or give a value."
    )
    assert refused(run, TRACK, {"userId": "ada", "event": "", "timestamp": ""}) == snapshot(
        "Not sent. timestamp: needs ISO 8601 such as 2026-11-23T10:00:00Z, found other text; event: is empty: give a value."
    )


def test_14_the_wrong_tool_for_the_event(run: Run) -> None:
    assert refused(run, TRACK, {"userId": "ada", "event": "User Deleted"}) == snapshot(
        'Not sent. event: "User Deleted" deletes the person for good; the same id can be added again. That is not allowed here. Only a human operator can change that: report it instead of trying another way.'
    )
    assert refused(run, TRACK, {"userId": "ada", "event": "device_deleted"}) == snapshot(
        'Not sent. event: is not a reserved name, so it would only be recorded. Send exactly "Device Deleted": it removes a device of the person.'
    )
    assert refused(run, TRACK, {"userId": "ada", "event": "Relationship Deleted"}) == snapshot(
        'Not sent. properties.objectId: is required for "Relationship Deleted", which removes the person from the object; both stay.'
    )
    assert refused(run, TRACK, {"type": "page", "userId": "ada", "name": "Pricing"}) == snapshot(
        'Not sent. type: is not "track": leave it out, or use the tool for that call.'
    )
    assert refused(run, IDENTIFY, {"userId": "ada", "groupId": "acme"}) == snapshot(
        "Not sent. groupId: is not a field of identify: it belongs to group calls."
    )


def test_15_an_object_type_that_is_a_number(run: Run) -> None:
    assert corrected(
        run,
        GROUP,
        {"groupId": "acme", "traits": {"objectTypeId": 2}},
        {"groupId": "acme", "traits": {"objectTypeId": "2"}},
    ) == snapshot(["traits.objectTypeId: number sent as string"])
    assert corrected(
        run,
        GROUP,
        {"groupId": "acme", "traits": {"object_type_id": 2}},
        {"groupId": "acme", "traits": {"objectTypeId": "2"}},
    ) == snapshot(["traits.objectTypeId: given as traits.object_type_id", "traits.objectTypeId: number sent as string"])
    assert refused(run, GROUP, {"groupId": "acme", "traits": {"objectTypeId": "company"}}) == snapshot(
        'Not sent. traits.objectTypeId: needs the id of an object type, a string of digits such as "1".'
    )
    assert refused(run, GROUP, {"groupId": "acme", "objectTypeId": "2"}) == snapshot(
        "Not sent. objectTypeId: is not a field of group: use traits.objectTypeId."
    )


def test_16_traits_as_a_json_string(run: Run) -> None:
    assert corrected(run, IDENTIFY, {"userId": "ada", "traits": '{"plan": "pro"}'}, ADA) == snapshot(
        ["traits: JSON string sent as object"]
    )
    assert refused(run, IDENTIFY, {"userId": "ada", "traits": "plan: pro"}) == snapshot(
        "Not sent. traits: needs an object, found a string."
    )


def test_17_comments_and_trailing_commas(run: Run) -> None:
    for text in (
        '{"userId": "ada", "traits": {"plan": "pro",},}',
        '{"userId": "ada", // who\n "traits": {"plan": "pro"}}',
        '{"userId": "ada", /* who */ "traits": {"plan": "pro"},}',
    ):
        assert corrected(run, IDENTIFY, text, ADA) == snapshot(["request_body: trailing comma or comment removed"])


def test_18_single_quotes(run: Run) -> None:
    assert corrected(run, IDENTIFY, "{'userId': 'ada', 'traits': {'plan': 'pro'}}", ADA) == snapshot(
        ["request_body: Python literal read as JSON"]
    )


def test_19_python_literals(run: Run) -> None:
    assert corrected(
        run,
        IDENTIFY,
        "{'userId': 'ada', 'traits': {'vip': True, 'plan': None}}",
        {"userId": "ada", "traits": {"vip": True, "plan": None}},
    ) == snapshot(["request_body: Python literal read as JSON"])
    assert corrected(
        run,
        IDENTIFY,
        '{"userId": "ada", "traits": {"vip": False}}',
        {"userId": "ada", "traits": {"vip": False}},
    ) == snapshot(["request_body: Python literal read as JSON"])


def test_20_a_fenced_block(run: Run) -> None:
    assert corrected(run, IDENTIFY, f"```json\n{json.dumps(ADA, indent=2)}\n```", ADA) == snapshot(
        ["request_body: code fence removed"]
    )
    assert corrected(run, IDENTIFY, f"```\n{json.dumps(ADA)}\n```", ADA) == snapshot(
        ["request_body: code fence removed"]
    )


def test_several_mistakes_at_once_are_listed_together_the_most_important_first(run: Run) -> None:
    body = {"email": "ada@example.com", "timestamp": 1763891200000, "properties": [], "userId": ["ada"]}
    assert refused(run, TRACK, body) == snapshot(
        "Not sent. event: is required; timestamp: needs ISO 8601 such as 2026-11-23T10:00:00Z, found a number; userId: needs a string, found a list; properties: needs an object, found a list; email: is not a field of track: use userId."
    )


def test_more_mistakes_than_fit_are_counted(run: Run) -> None:
    body = {f"unknown_field_number_{i}": "a-value" for i in range(40)}
    assert refused(run, IDENTIFY, {"userId": "ada", **body}) == snapshot(
        "Not sent. unknown_field_number_0: is not a field of identify: use traits.unknown_field_number_0; unknown_field_number_1: is not a field of identify: use traits.unknown_field_number_1; unknown_field_number_2: is not a field of identify: use traits.unknown_field_number_2; unknown_field_number_3: is not a field of identify: use traits.unknown_field_number_3; and 36 more like these."
    )


def test_a_body_that_was_cut_short_is_refused_with_the_place(run: Run) -> None:
    assert refused(run, IDENTIFY, '{"userId": "ada", "traits": {"email": "ada@exam') == snapshot(
        "Not sent. request_body: is not JSON: unterminated string starting at line 1, column 39. Send one complete JSON object."
    )
