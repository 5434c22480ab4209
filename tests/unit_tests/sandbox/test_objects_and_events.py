"""What group, track, page and screen leave behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from langchain_customerio.sandbox import Event
from tests.unit_tests.sandbox.driver import AT, make, post, state, track


@pytest.mark.parametrize("name", ["objectTypeId", "object_type_id"])
def test_group_makes_an_object_of_its_type_and_relates_the_person(name: str) -> None:
    sandbox = make()
    traits = {name: "2", "name": "Acme", "relationshipAttributes": {"role": "owner"}}
    post(sandbox, "/group", {"userId": "ada", "groupId": "acme", "traits": traits})
    assert state(sandbox) == {
        "people": {"ada": {"id": "ada"}},
        "objects": [{"type_id": "2", "id": "acme", "traits": {"name": "Acme"}}],
        "relationships": [{"user_id": "ada", "type_id": "2", "object_id": "acme", "attributes": {"role": "owner"}}],
    }
    assert list(sandbox.objects) == [("2", "acme")]
    assert list(sandbox.relationships) == [("ada", "2", "acme")]


def test_group_merges_traits_and_relationship_attributes() -> None:
    sandbox = make()
    for traits in ({"a": 1, "relationshipAttributes": {"x": 1}}, {"b": 2, "relationshipAttributes": {"y": 2}}):
        post(sandbox, "/group", {"userId": "ada", "groupId": "acme", "traits": traits})
    assert sandbox.objects["1", "acme"].traits == {"a": 1, "b": 2}
    assert sandbox.relationships["ada", "1", "acme"].attributes == {"x": 1, "y": 2}


def test_group_without_a_person_is_an_object_alone() -> None:
    sandbox = make()
    post(sandbox, "/group", {"groupId": "acme"})
    assert state(sandbox) == {"objects": [{"type_id": "1", "id": "acme"}]}


@pytest.mark.parametrize("kind", ["track", "page", "screen"])
def test_an_event_keeps_everything_that_was_sent(kind: str) -> None:
    sandbox = make()
    name = {"event": "Signed Up"} if kind == "track" else {"name": "Home", "category": "Docs"}
    call = {
        "userId": "ada",
        "properties": {"a": [1]},
        "context": {"ip": "192.0.2.1"},
        "integrations": {"All": False},
        "timestamp": "2026-11-01T10:00:00+01:00",
        "messageId": "m1",
    }
    post(sandbox, f"/{kind}", call | name)
    assert sandbox.events == [
        Event(
            kind=kind,  # type: ignore[arg-type] # the parameter is one of the three
            name="Signed Up" if kind == "track" else "Home",
            user_id="ada",
            anonymous_id=None,
            group_id=None,
            properties={"a": [1]},
            context={"ip": "192.0.2.1"},
            timestamp=datetime(2026, 11, 1, 10, tzinfo=timezone(timedelta(hours=1))),
            message_id="m1",
            category=None if kind == "track" else "Docs",
            integrations={"All": False},
        )
    ]


def test_an_event_without_a_time_happened_on_arrival() -> None:
    sandbox = make()
    track(sandbox, "Signed Up", userId="ada")
    assert sandbox.events[0].timestamp == AT


def test_a_time_without_a_zone_is_taken_as_utc() -> None:
    sandbox = make()
    track(sandbox, "Signed Up", userId="ada", timestamp="2026-11-01T10:00:00")
    assert sandbox.events[0].timestamp == datetime(2026, 11, 1, 10, tzinfo=UTC)


def test_null_fields_count_as_absent() -> None:
    sandbox = make()
    nulls = dict.fromkeys(("anonymousId", "properties", "context", "integrations", "timestamp", "messageId"))
    track(sandbox, "Signed Up", userId="ada", **nulls)
    assert state(sandbox) == {
        "people": {"ada": {"id": "ada"}},
        "events": [{"kind": "track", "name": "Signed Up", "user_id": "ada"}],
    }


@pytest.mark.parametrize(("allowed", "outcome"), [(True, "accepted"), (False, "dropped")])
def test_an_event_of_a_group_alone_is_a_switch(*, allowed: bool, outcome: str) -> None:
    sandbox = make(group_only_track=allowed)
    track(sandbox, "Renewed", groupId="acme")
    assert sandbox.ledger[0].outcome == outcome
    assert [event.group_id for event in sandbox.events] == (["acme"] if allowed else [])
