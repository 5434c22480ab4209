"""What each call does to people, objects and the event log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from langchain_customerio.sandbox import Event, Person
from tests.unit_tests.sandbox.driver import AT, identify, make, post, state, track


def test_identify_creates_a_person_with_traits() -> None:
    sandbox = make()
    identify(sandbox, plan="pro", address={"city": "Łódź"})
    assert sandbox.people == {
        "ada": Person("ada", {"plan": "pro", "address": {"city": "Łódź"}}, created_at=AT, updated_at=AT)
    }


def test_a_trait_replaces_its_former_value_whole_and_leaves_the_others() -> None:
    sandbox = make()
    identify(sandbox, plan="pro", address={"city": "Paris", "zip": "1"})
    identify(sandbox, address={"city": "Rome"})
    assert sandbox.people["ada"].traits == {"plan": "pro", "address": {"city": "Rome"}}


@pytest.mark.parametrize(("switch", "left"), [("remove", {"b": 1}), ("keep", {"a": None, "b": 1})])
def test_a_null_trait_is_removed_or_kept_as_the_switch_says(switch: str, left: dict[str, object]) -> None:
    sandbox = make(null_traits=switch)
    identify(sandbox, a=1, b=1)
    identify(sandbox, a=None)
    assert sandbox.people["ada"].traits == left


def test_an_e_mail_as_user_id_sets_the_trait_and_finds_the_person() -> None:
    sandbox = make()
    identify(sandbox, "ada@example.com", plan="pro")
    identify(sandbox, "bob", email="bob@example.com")
    identify(sandbox, "bob@example.com", plan="free")
    assert state(sandbox) == {
        "people": {
            "ada@example.com": {"id": "ada@example.com", "traits": {"email": "ada@example.com", "plan": "pro"}},
            "bob": {"id": "bob", "traits": {"email": "bob@example.com", "plan": "free"}},
        }
    }


def test_a_changed_e_mail_no_longer_finds_the_person() -> None:
    sandbox = make()
    identify(sandbox, email="old@example.com")
    identify(sandbox, email="new@example.com")
    identify(sandbox, "old@example.com")
    assert list(sandbox.people) == ["ada", "old@example.com"]


def test_an_e_mail_trait_that_is_none_never_finds_anybody() -> None:
    sandbox = make()
    identify(sandbox, email="bob")
    identify(sandbox, "bob")
    identify(sandbox, "cleo", email=5)
    assert list(sandbox.people) == ["ada", "bob", "cleo"]
    assert sandbox.people["cleo"].email is None


def test_identify_with_nothing_but_an_e_mail_trait_is_a_person_in_permissive_mode() -> None:
    sandbox = make()
    post(sandbox, "/identify", {"userId": "", "traits": {"email": "ada@example.com", "plan": "pro"}})
    assert sandbox.people["ada@example.com"].traits == {"email": "ada@example.com", "plan": "pro"}


@pytest.mark.parametrize(("allowed", "status"), [(False, 400), (True, 200)])
def test_identify_with_nothing_but_an_e_mail_trait_is_a_switch_in_strict_mode(*, allowed: bool, status: int) -> None:
    sandbox = make(strict_email_identify=allowed)
    answered, _ = post(sandbox, "/identify", {"traits": {"email": "ada@example.com"}}, strict=True)
    assert (answered, list(sandbox.people)) == (status, ["ada@example.com"] if allowed else [])


def test_dotted_preferences_merge_and_the_whole_object_replaces() -> None:
    sandbox = make()
    identify(sandbox, cio_subscription_preferences={"topics": {"topic_1": True}})
    identify(sandbox, "ada", **{"cio_subscription_preferences.topics.topic_2": False, "other.key": 1})
    assert sandbox.people["ada"].traits == {
        "cio_subscription_preferences": {"topics": {"topic_1": True, "topic_2": False}},
        "other.key": 1,
    }
    identify(sandbox, cio_subscription_preferences={"channels": {"sms": False}})
    assert sandbox.people["ada"].traits["cio_subscription_preferences"] == {"channels": {"sms": False}}


def test_dotted_preferences_leave_earlier_ledger_entries_as_they_came() -> None:
    sandbox = make()
    identify(sandbox, cio_subscription_preferences={"topics": {"topic_1": True}})
    identify(sandbox, "ada", **{"cio_subscription_preferences.topics.topic_1": False})
    sent = sandbox.accepted_calls[0].call["traits"]
    assert sent == {"cio_subscription_preferences": {"topics": {"topic_1": True}}}


@pytest.mark.parametrize("value", [True, "true", "TRUE", 1, "1"])
def test_these_values_unsubscribe(value: object) -> None:
    assert Person("ada", {"unsubscribed": value}).is_unsubscribed


@pytest.mark.parametrize("value", [False, "yes", "no", 0, 2, "", None, [], {}])
def test_no_other_value_unsubscribes(value: object) -> None:
    assert not Person("ada", {"unsubscribed": value}).is_unsubscribed


def test_anonymous_calls_make_a_profile_with_traits_events_and_relationships() -> None:
    sandbox = make()
    post(sandbox, "/identify", {"anonymousId": "a1", "traits": {"plan": "pro"}})
    track(sandbox, "Looked", anonymousId="a1")
    post(sandbox, "/group", {"anonymousId": "a1", "groupId": "acme"})
    event = {"kind": "track", "name": "Looked", "anonymous_id": "a1"}
    assert state(sandbox) == {
        "anonymous": {"a1": {"id": "a1", "traits": {"plan": "pro"}, "events": [event]}},
        "objects": [{"type_id": "1", "id": "acme"}],
        "events": [event],
    }
    assert sandbox.anonymous["a1"].relationships == {("1", "acme"): {}}


def test_a_call_with_both_ids_merges_the_anonymous_profile_into_the_person() -> None:
    sandbox = make()
    post(sandbox, "/identify", {"anonymousId": "a1", "traits": {"plan": "free", "seen": 1}})
    track(sandbox, "Looked", anonymousId="a1")
    roles = {"relationshipAttributes": {"role": "guest"}}
    post(sandbox, "/group", {"anonymousId": "a1", "groupId": "acme", "traits": roles})
    post(sandbox, "/identify", {"userId": "ada", "anonymousId": "a1", "traits": {"plan": "pro"}})
    assert state(sandbox) == {
        "people": {"ada": {"id": "ada", "traits": {"plan": "pro", "seen": 1}, "anonymous_ids": ["a1"]}},
        "objects": [{"type_id": "1", "id": "acme"}],
        "relationships": [{"user_id": "ada", "type_id": "1", "object_id": "acme", "attributes": {"role": "guest"}}],
        "events": [{"kind": "track", "name": "Looked", "user_id": "ada", "anonymous_id": "a1"}],
    }


def test_merging_twice_names_the_anonymous_id_once() -> None:
    sandbox = make()
    for _ in range(2):
        post(sandbox, "/identify", {"userId": "ada", "anonymousId": "a1"})
    assert sandbox.people["ada"].anonymous_ids == ["a1"]


@pytest.mark.parametrize(("switch", "user_id"), [("person", "ada"), ("anonymous", None)])
def test_whose_later_anonymous_calls_are_is_a_switch(switch: str, user_id: str | None) -> None:
    sandbox = make(anonymous_after_merge=switch)
    post(sandbox, "/identify", {"userId": "ada", "anonymousId": "a1"})
    track(sandbox, "Looked", anonymousId="a1")
    assert sandbox.events[0].user_id == user_id
    assert bool(sandbox.anonymous) == (user_id is None)


@pytest.mark.parametrize("switch", [True, False])
def test_whether_an_event_creates_its_person_is_a_switch(*, switch: bool) -> None:
    sandbox = make(events_create_people=switch)
    track(sandbox, "Looked", userId="ada", anonymousId="a1")
    assert (list(sandbox.people), sandbox.events[0].user_id) == (["ada"] if switch else [], "ada")


def test_alias_moves_everything_of_the_previous_person() -> None:
    sandbox = make()
    post(sandbox, "/identify", {"userId": "old", "anonymousId": "a1", "traits": {"plan": "free", "seen": 1}})
    identify(sandbox, "ada", plan="pro")
    post(sandbox, "/group", {"userId": "old", "groupId": "acme"})
    device = {"device": {"token": "t1", "type": "ios"}}
    track(sandbox, "Device Created or Updated", userId="old", context=device)
    track(sandbox, "Looked", userId="old")
    track(sandbox, "Waved", userId="bob")
    assert post(sandbox, "/alias", {"previousId": "old", "userId": "ada"}) == (200, {})
    assert state(sandbox) == {
        "people": {
            "ada": {
                "id": "ada",
                "traits": {"plan": "pro", "seen": 1},
                "anonymous_ids": ["a1"],
                "previous_ids": ["old"],
            },
            "bob": {"id": "bob"},
        },
        "objects": [{"type_id": "1", "id": "acme"}],
        "relationships": [{"user_id": "ada", "type_id": "1", "object_id": "acme"}],
        "devices": [{"user_id": "ada", "token": "t1", "type": "ios"}],
        "events": [
            {"kind": "track", "name": "Looked", "user_id": "ada"},
            {"kind": "track", "name": "Waved", "user_id": "bob"},
        ],
        "aliases": {"old": "ada"},
    }


def test_alias_merges_an_anonymous_profile_too() -> None:
    sandbox = make()
    track(sandbox, "Looked", anonymousId="a1")
    post(sandbox, "/alias", {"previousId": "a1", "userId": "ada"})
    assert state(sandbox) == {
        "people": {"ada": {"id": "ada", "anonymous_ids": ["a1"]}},
        "events": [{"kind": "track", "name": "Looked", "user_id": "ada", "anonymous_id": "a1"}],
        "aliases": {"a1": "ada"},
    }


@pytest.mark.parametrize("previous", ["nobody", "ada", "ada@example.com"])
def test_alias_of_nobody_or_of_oneself_is_noted_and_moves_nothing(previous: str) -> None:
    sandbox = make()
    identify(sandbox, email="ada@example.com")
    post(sandbox, "/alias", {"previousId": previous, "userId": "ada"})
    assert state(sandbox) == {
        "people": {"ada": {"id": "ada", "traits": {"email": "ada@example.com"}}},
        "aliases": {previous: "ada"},
    }


def test_alias_can_be_switched_to_a_note() -> None:
    sandbox = make(alias_effect="record")
    identify(sandbox, "old")
    post(sandbox, "/alias", {"previousId": "old", "userId": "ada"})
    assert state(sandbox) == {"people": {"old": {"id": "old"}}, "aliases": {"old": "ada"}}


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
