"""What a single call takes, corrects and refuses."""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError
from pydantic.alias_generators import to_snake

from langchain_customerio import Alias, Batch, Group, Identify, Page, Screen, Track
from langchain_customerio.api.calls import SINGLE_CALLS
from tests.cases import Case, each_case, each_single_case
from tests.reading import parsed, refused

if TYPE_CHECKING:
    from langchain_customerio.api.calls import Call
    from langchain_customerio.errors import Problem

Json = dict[str, Any]


ADA: Json = {"userId": "ada", "event": "Signed Up"}


@each_case
def test_every_documented_field_is_taken_and_goes_on_the_wire_as_it_came(case: Case) -> None:
    for body in case.bodies:
        corrections: list[Problem] = []
        assert case.call.parse(body, corrections).wire() == body
        assert corrections == []


@each_case
def test_python_names_and_wire_names_mean_the_same(case: Case) -> None:
    in_python = {to_snake(name): value for name, value in case.complete.items()}
    corrections: list[Problem] = []
    call = case.call.parse(in_python, corrections)
    assert call == case.call.parse(case.complete) == case.call(**in_python)
    renamed = {f"{name}: given as {to_snake(name)}" for name in case.complete if to_snake(name) != name}
    assert {str(correction) for correction in corrections} == renamed


@each_case
def test_a_call_is_read_from_itself_and_cannot_be_changed(case: Case) -> None:
    call = case.call.parse(case.minimal)
    assert case.call.parse(call) is call
    with pytest.raises(ValidationError, match="frozen"):
        call.context = {"ip": "1.1.1.1"}  # type: ignore[attr-defined] # what is tried here


@pytest.mark.parametrize(
    ("call", "body"),
    [
        (Identify, {"userId": "ada", "anonymousId": "visitor-7"}),
        (Identify, {"anonymousId": "visitor-7"}),
        (Identify, {"userId": "ada@example.com"}),
        (Identify, {"userId": "ada", "context": {"ip": "8.8.8.8"}}),
        (Identify, {"userId": "ada", "traits": {"anything": {"goes": [1, "a", None]}}}),
        (Track, {"groupId": "acme", "event": "Renewed"}),
        (Track, {"userId": "ada", "event": "E", "context": {"device": {"token": "t"}, "mine": 1}}),
        (Page, {"userId": "ada"}),
        (Screen, {"anonymousId": "visitor-7", "properties": {"n": 1}}),
        (Group, {"groupId": "acme", "userId": "ada"}),
        (Group, {"groupId": "acme", "anonymousId": "visitor-7", "traits": {"relationshipAttributes": {"role": "x"}}}),
        (Alias, {"previousId": "visitor-7", "userId": "ada", "integrations": {"All": True}}),
    ],
)
def test_an_ordinary_call_passes_though_the_vendors_schema_refuses_some(call: type[Call], body: Json) -> None:
    assert call.parse(body).wire() == body


WHO = {
    "identify": ("userId", "anonymousId"),
    "track": ("userId", "anonymousId", "groupId"),
    "page": ("userId", "anonymousId"),
    "screen": ("userId", "anonymousId"),
}


@pytest.mark.parametrize("kind", WHO)
def test_somebody_must_be_named(kind: str) -> None:
    call, body = SINGLE_CALLS[kind], {"event": "E"} if kind == "track" else {}
    for name in WHO[kind]:
        assert call.parse({**body, name: "a"}).wire() == {**body, name: "a"}
        assert refused(call, {**body, name: " \t"}) == [f"{name}: is empty: leave it out, or give a value"]
    says = f"one of {', '.join(WHO[kind])} is required"
    assert refused(call, body) == [says]
    assert refused(call, {**body, WHO[kind][0]: None}) == [says]


@pytest.mark.parametrize(
    ("call", "body", "missing"),
    [
        (Track, {"userId": "ada"}, ["event"]),
        (Group, {"userId": "ada"}, ["groupId"]),
        (Alias, {"userId": "ada"}, ["previousId"]),
        (Alias, {}, ["previousId", "userId"]),
    ],
)
def test_what_a_call_cannot_do_without_is_required(call: type[Call], body: Json, missing: list[str]) -> None:
    assert refused(call, body) == [f"{name}: is required" for name in missing]


@pytest.mark.parametrize("body", [[], [1], 5, 2.5, "x", "", None, True, b"{}", object()])
@each_case
def test_only_an_object_is_a_body(case: Case, body: object) -> None:
    (problem,) = refused(case.call, body)
    of_a_batch, of_others = "is a list: put it under batch", "is a list, not an object: send several calls in a batch"
    of_a_list = of_a_batch if case.call is Batch else of_others
    assert problem.startswith(of_a_list if isinstance(body, list) else "A call is a JSON object, found ")


@each_single_case
def test_a_right_type_is_dropped_and_a_wrong_one_refused(case: Case) -> None:
    kind = case.call.kind
    assert case.call.parse({"type": kind, **case.minimal}).wire() == case.minimal
    for wrong in ("trac", kind.title(), None, [kind]):
        (problem,) = refused(case.call, {"type": wrong, **case.minimal})
        assert problem == f'type: is not "{kind}": leave it out, or use the tool for that call'


@pytest.mark.parametrize("holder", ["traits", "properties"])
def test_null_inside_traits_and_properties_is_data_and_stays(holder: str) -> None:
    call: type[Call] = Identify if holder == "traits" else Page
    body = {"userId": "ada", holder: {"a": None, "b": [None], "c": {"d": None}}}
    assert call.parse(body).wire() == body


def test_null_for_a_field_means_that_it_was_left_out() -> None:
    body = {**dict.fromkeys(("anonymousId", "properties", "context", "integrations", "messageId", "timestamp")), **ADA}
    assert Track.parse(body).wire() == ADA
    assert Track.parse({**ADA, "context": {"ip": None, "device": None, "mine": None}}).wire()["context"] == {
        "mine": None
    }


@pytest.mark.parametrize(("given", "sent"), [(7, "7"), (0, "0"), (-3, "-3"), (2**64 - 1, str(2**64 - 1))])
def test_a_number_as_id_is_sent_as_a_string(given: int, sent: str) -> None:
    assert parsed(Identify, userId=given) == ({"userId": sent}, ["userId: number sent as string"])


@pytest.mark.parametrize("given", [True, 1.0, [], {}, b"ada"])
def test_an_id_is_a_string(given: object) -> None:
    (problem,) = refused(Identify, {"userId": given})
    assert problem.startswith("userId: needs a string, found ")


class Plan(StrEnum):
    PRO = "pro"


class Money(float):
    """A number of another library."""


def test_what_python_has_for_json_becomes_json() -> None:
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    traits: Json = {
        "at": noon,
        "local": noon.astimezone(timezone(timedelta(hours=2))),
        "day": date(2026, 11, 23),
        "pair": (1, (2,)),
        "plan": Plan.PRO,
        "ordered": OrderedDict(a=OrderedDict(b=1)),
        "price": Money(2.5),
        Plan.PRO: True,
        "zażółć": "🙂",
    }
    assert Identify(user_id="ada", traits=traits).wire()["traits"] == {
        "at": "2026-11-23T12:00:00Z",
        "local": "2026-11-23T14:00:00+02:00",
        "day": "2026-11-23",
        "pair": [1, [2]],
        "plan": "pro",
        "ordered": {"a": {"b": 1}},
        "price": 2.5,
        "pro": True,
        "zażółć": "🙂",
    }


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("2026-11-23T10:00:00Z", "2026-11-23T10:00:00Z"),
        ("2026-11-23T10:00:00.123+01:00", "2026-11-23T10:00:00.123+01:00"),
        ("2026-11-23 10:00", "2026-11-23 10:00"),
        ("20261123T100000Z", "20261123T100000Z"),
        ("2026-11-23", "2026-11-23"),
        (datetime(2026, 11, 23, 10, tzinfo=UTC), "2026-11-23T10:00:00Z"),
        (datetime(2026, 11, 23, 10, tzinfo=timezone(timedelta(hours=-5))), "2026-11-23T10:00:00-05:00"),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(seconds=30))), "0001-01-01T00:00:00+00:00:30"),
    ],
)
def test_a_time_is_iso_8601_or_an_aware_datetime(given: str | datetime, sent: str) -> None:
    for name in ("timestamp", "originalTimestamp", "sentAt"):
        assert parsed(Track, **ADA, **{name: given}) == ({**ADA, name: sent}, [])


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (1_764_000_000, "string such as 2026-11-23T10:00:00Z, found a number"),
        (1_764_000_000_000, "string such as 2026-11-23T10:00:00Z, found a number"),
        (1_764_000_000.5, "string such as 2026-11-23T10:00:00Z, found a number"),
        (date(2026, 11, 23), "string such as 2026-11-23T10:00:00Z, found date"),
        ("1764000000", "such as 2026-11-23T10:00:00Z, found digits"),
        ("1764000000000", "such as 2026-11-23T10:00:00Z, found digits"),
        ("20261123", "such as 2026-11-23T10:00:00Z, found digits"),
        ("yesterday", "such as 2026-11-23T10:00:00Z, found other text"),
        ("", "such as 2026-11-23T10:00:00Z, found other text"),
        ("2026-13-01", "such as 2026-11-23T10:00:00Z, found other text"),
        ("2026-11-23\ud80010:00:00", "such as 2026-11-23T10:00:00Z, found other text"),
        ("2026-11-23\n10:00:00", "such as 2026-11-23T10:00:00Z, found other text"),
        ("2026-11-23T10:00:00Z\n", "such as 2026-11-23T10:00:00Z, found other text"),
    ],
)
def test_any_other_time_is_refused_with_a_hint(given: object, found: str) -> None:
    (problem,) = refused(Track, {**ADA, "timestamp": given})
    words = "needs ISO 8601"
    assert problem == f"timestamp: {words} {found.removeprefix('string ')}"


def test_a_datetime_without_a_zone_is_refused_wherever_it_stands() -> None:
    naive = datetime(2026, 11, 23, 10)  # noqa: DTZ001 - this is the mistake
    says = "is a datetime without a time zone: add one, for example datetime.now(UTC)"
    assert refused(Track, {**ADA, "sent_at": naive}) == [f"sentAt: {says}"]
    assert refused(Track, {**ADA, "properties": {"a": [naive]}}) == [f"properties.a[0]: {says}"]


def test_a_call_shares_nothing_with_the_body_that_it_was_read_from() -> None:
    body: Json = {"userId": "ada", "traits": {"list": [1]}, "context": {"mine": {"a": 1}}}
    call = Identify.parse(body)
    body["traits"]["list"].append(2)
    body["context"]["mine"]["a"] = 2
    assert call.wire() == {"userId": "ada", "traits": {"list": [1]}, "context": {"mine": {"a": 1}}}
