"""What a model is shown when it asks what a body looks like."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from langchain_customerio import Alias, Batch, Group, Identify, InvalidRequestError, Page, Screen, Track
from langchain_customerio.api.schemas import describe
from tests import strategies
from tests.cases import ALIAS, CONTEXT, Case, as_item, each_case, each_single_case
from tests.unit_tests.api.test_validation import call_or_refusal

if TYPE_CHECKING:
    from langchain_customerio.api.calls import Call

# From the vendor's reference, one line for each call; what the server sets is left out.
COMMON = "integrations messageId timestamp originalTimestamp sentAt context"
FIELDS = {
    Identify: "userId anonymousId traits.email traits.createdAt traits.unsubscribed"
    " traits.cio_subscription_preferences",
    Track: "userId anonymousId groupId event properties",
    Page: "userId anonymousId name category properties.category properties.url properties.title properties.referrer"
    " properties.path properties.search",
    Screen: "userId anonymousId name category properties",
    Group: "groupId userId anonymousId traits.objectTypeId traits.relationshipAttributes",
    Alias: "previousId userId",
}
CONTEXT_PARTS = {
    "active": "",
    "ip": "",
    "locale": "",
    "userAgent": "",
    "channel": "",
    "campaign": "name source medium term content",
    "page": "name path referrer search title url keywords",
    "app": "name version build namespace",
    "device": "id advertisingId manufacturer model name type version token",
    "network": "bluetooth carrier cellular wifi",
    "os": "name version",
    "library": "name version",
    "location": "",
    "timezone": "",
}


@cache
def schema_of(call: type[Call]) -> Draft202012Validator:
    schema = describe(call)["request_body_schema"]
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@each_case
def test_the_answer_has_a_schema_an_example_and_what_to_do_next(case: Case) -> None:
    answer = describe(case.call)
    assert set(answer) == {"request_body_schema", "example", "instructions"}
    assert "mode execute" in answer["instructions"]
    assert case.call.parse(answer["example"]).wire() == answer["example"]
    assert json.loads(json.dumps(answer)) == answer


@each_case
def test_every_example_and_every_body_of_the_cases_is_valid_by_the_schema(case: Case) -> None:
    schema = schema_of(case.call)
    for body in case.bodies:
        schema.validate(body)


@each_single_case
def test_every_body_is_valid_as_an_item_of_a_batch(case: Case) -> None:
    schema = schema_of(Batch)
    for body in case.bodies:
        schema.validate({"batch": [as_item(case, body)], "context": CONTEXT})


@each_single_case
def test_what_a_call_refuses_the_schema_refuses_too(case: Case) -> None:
    single, batch = schema_of(case.call), schema_of(Batch)
    unknown = {**case.minimal, "zzz": 1}
    wrong = [unknown, {**case.minimal, "context": 5}]
    for name in case.minimal:  # none of these has two that stand for each other
        wrong.append({key: value for key, value in case.minimal.items() if key != name})
        wrong.append({**case.minimal, name: [5]})
    for body in wrong:
        assert isinstance(call_or_refusal(case, body), InvalidRequestError)
        assert not batch.is_valid({"batch": [as_item(case, body)]})
        # What is shown of alias is its two ids; the instructions name the rest.
        assert single.is_valid(body) is (case is ALIAS and len(body) > len(case.minimal))
    assert not batch.is_valid({"batch": [{**case.minimal, "type": "batch"}]})


@pytest.mark.parametrize("body", [{}, {"batch": []}, {"batch": {}}, {"batch": [{}]}, {"batch": [5]}])
def test_the_schema_of_a_batch_refuses_what_is_no_list_of_calls(body: dict[str, Any]) -> None:
    assert not schema_of(Batch).is_valid(body)
    assert not schema_of(Batch).is_valid({**Batch.example, "zzz": 1})


ADVISED = {path.partition(".")[2] for fields in FIELDS.values() for path in fields.split() if "." in path}


def without_advice(wire: dict[str, Any]) -> dict[str, Any]:
    """Return a call without the traits and properties whose types the schema advises: any JSON is taken there."""
    if "batch" in wire:
        return {**wire, "batch": [without_advice(item) for item in wire["batch"]]}
    found = dict(wire)
    for holder in wire.keys() & {"traits", "properties"}:
        found[holder] = {name: value for name, value in wire[holder].items() if name not in ADVISED}
    return found


@each_case
@given(data=st.data())
def test_whatever_a_call_takes_is_valid_by_the_schema(case: Case, data: st.DataObject) -> None:
    read = call_or_refusal(case, data.draw(strategies.near(case)))
    if not isinstance(read, InvalidRequestError):
        schema_of(case.call).validate(without_advice(read.wire()))


@each_single_case
def test_every_documented_field_is_shown(case: Case) -> None:
    answer = describe(case.call)
    for path in f"{FIELDS[case.call]} {COMMON}".split():
        shown: Any = answer["request_body_schema"]
        for name in path.split("."):
            shown = shown.get("properties", {}).get(name)
            if shown is None:
                break
        assert shown is not None or (case is ALIAS and path in answer["instructions"])


@each_single_case
def test_every_documented_part_of_the_context_is_named_and_shown_in_detail_when_asked(case: Case) -> None:
    shown = describe(case.call)["request_body_schema"]["properties"].get("context")
    assert shown == (None if case is ALIAS else {"type": "object", "description": f"Parts: {', '.join(CONTEXT_PARTS)}"})
    detail = describe(case.call, "context")["part_schema"]
    Draft202012Validator.check_schema(detail)
    Draft202012Validator(detail).validate(CONTEXT)
    for name, inner in CONTEXT_PARTS.items():
        assert " ".join(detail["properties"][name].get("properties", {})) == inner
        assert describe(case.call, f"context.{name}")["part_schema"] == detail["properties"][name]
    assert not Draft202012Validator(detail).is_valid({"device": {"type": "windows"}})


def test_a_part_is_described_by_itself() -> None:
    assert describe(Page, "context.device.type") == {
        "part": "context.device.type",
        "part_schema": {"enum": ["android", "ios"], "type": "string"},
    }
    for path in ("context.os", "context/os", ".context.os.", "context..os"):
        assert list(describe(Page, path)["part_schema"]["properties"]) == ["name", "version"]
    assert describe(Page, ".") == describe(Page)


def test_a_batch_describes_its_calls_by_name() -> None:
    assert describe(Batch, "track")["request_body_schema"] == describe(Track)["request_body_schema"]
    assert describe(Batch, "track")["example"] == Track.example
    assert describe(Batch, "track.context.app")["part_schema"] == describe(Track, "context.app")["part_schema"]
    assert describe(Batch, "context.app")["part_schema"] == describe(Track, "context.app")["part_schema"]
    assert describe(Batch)["request_body_schema"]["required"] == ["batch"]


@pytest.mark.parametrize(
    ("call", "part", "says"),
    [
        (Track, "nope", 'track: has no part "nope"; it has '),
        (Track, "track", 'track: has no part "track"; it has '),
        (Track, "user_id", 'track: has no part "user_id"; did you mean "userId"?'),
        (Track, "context.nope", 'context: has no part "nope"; it has active, ip, locale, '),
        (Track, "properties.x", 'properties: has no part "x"; it is free JSON'),
        (Track, "context.app.name.x", 'context.app.name: has no part "x"; it is free JSON'),
        (Batch, "page.nope", 'page: has no part "nope"; it has '),
        (Alias, "x" * 500, f'alias: has no part "{"x" * 79}…"; it has '),
        (Alias, '{"userId": "ada"}', "alias: has no part "),
    ],
)
def test_a_part_that_is_none_is_refused_with_those_that_there_are(call: type[Call], part: str, says: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        describe(call, part)
    assert str(caught.value.problems[0]).startswith(says)
    assert len(str(caught.value).split()) <= 45


@each_case
def test_what_a_program_does_to_an_answer_changes_no_other(case: Case) -> None:
    before = json.dumps([describe(case.call), describe(case.call, "context")])
    for answer in (describe(case.call), describe(case.call, "context")):
        for part in answer.values():
            if isinstance(part, dict):
                part.clear()
    assert json.dumps([describe(case.call), describe(case.call, "context")]) == before


@each_case
def test_an_answer_is_small_and_stands_alone(case: Case) -> None:
    answer = json.dumps(describe(case.call))
    assert len(answer) < 4_000
    for noise in ("$ref", "$defs", '"title": "', '"default":', '"null"'):
        assert noise not in json.dumps(describe(case.call)["request_body_schema"])
        assert noise not in json.dumps(describe(case.call, "context"))
