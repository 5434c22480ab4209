"""Track calls that act instead of being recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from langchain_customerio.sandbox import ContentMetric, Deletion, DeliveryMetric, Device
from tests.unit_tests.sandbox.driver import AT, bearer, identify, make, post, state, track

if TYPE_CHECKING:
    from langchain_customerio.sandbox import Sandbox

PHONE = {"device": {"token": "t1", "type": "ios"}, "app": {"namespace": "com.example"}}
ACME = {"objectId": "acme"}


@pytest.fixture
def sandbox() -> Sandbox:
    """Hold Ada, who belongs to Acme and has a phone, and Bob, who belongs to Acme."""
    sandbox = make()
    post(sandbox, "/identify", {"userId": "ada", "anonymousId": "a1", "traits": {"email": "ada@example.com"}})
    for user_id in ("ada", "bob"):
        post(sandbox, "/group", {"userId": user_id, "groupId": "acme"})
    track(sandbox, "Device Created or Updated", userId="ada", context=PHONE, properties={"os": "17"})
    return sandbox


@pytest.mark.parametrize("user_id", ["ada", "ada@example.com"])
def test_user_deleted_removes_the_person_by_id_or_e_mail_with_all_that_hangs_on_it(
    sandbox: Sandbox, user_id: str
) -> None:
    track(sandbox, "User Deleted", userId=user_id)
    assert state(sandbox) == {
        "people": {"bob": {"id": "bob"}},
        "objects": [{"type_id": "1", "id": "acme"}],
        "relationships": [{"user_id": "bob", "type_id": "1", "object_id": "acme"}],
        "deleted": [{"kind": "person", "event": "User Deleted", "id": user_id, "found": True, "user_id": "ada"}],
    }


def test_a_deleted_person_can_be_added_again_as_somebody_new(sandbox: Sandbox) -> None:
    track(sandbox, "User Deleted", userId="ada")
    identify(sandbox, "ada", plan="pro")
    track(sandbox, "Looked", anonymousId="a1")
    assert (sandbox.people["ada"].traits, sandbox.events[0].user_id) == ({"plan": "pro"}, None)


def test_deleting_nobody_is_noted_as_such(sandbox: Sandbox) -> None:
    track(sandbox, "User Deleted", userId="nobody")
    assert sandbox.deleted == [Deletion("person", "User Deleted", "nobody", found=False, at=AT)]
    assert list(sandbox.people) == ["ada", "bob"]


def test_user_suppressed_deletes_and_blocks_the_identifier(sandbox: Sandbox) -> None:
    track(sandbox, "User Suppressed", userId="ada")
    identify(sandbox, "ada", plan="pro")
    post(sandbox, "/alias", {"previousId": "ada", "userId": "bob"})
    post(sandbox, "/alias", {"previousId": "bob", "userId": "ada"})
    assert (list(sandbox.people), sandbox.suppressed, sandbox.aliases) == (["bob"], {"ada"}, {})
    assert [(entry.status, entry.outcome, entry.reason) for entry in sandbox.ledger[-3:]] == [
        (200, "dropped", "the identifier is suppressed")
    ] * 3


def test_a_suppressed_person_is_dropped_after_a_strict_200_too(sandbox: Sandbox) -> None:
    track(sandbox, "User Suppressed", userId="ada")
    assert post(sandbox, "/identify", {"userId": "ada"}, strict=True) == (200, {})
    assert sandbox.ledger[-1].outcome == "dropped"


def test_user_unsuppressed_frees_the_identifier_and_restores_nothing(sandbox: Sandbox) -> None:
    track(sandbox, "User Suppressed", userId="ada")
    track(sandbox, "User Unsuppressed", userId="ada")
    assert (sandbox.suppressed, "ada" in sandbox.people) == (set(), False)
    identify(sandbox, "ada")
    assert "ada" in sandbox.people


@pytest.mark.parametrize("properties", [ACME, ACME | {"objectTypeId": "1"}, ACME | {"objectTypeId": 1}])
def test_object_deleted_removes_the_object_and_its_relationships(sandbox: Sandbox, properties: dict[str, Any]) -> None:
    post(sandbox, "/group", {"userId": "ada", "groupId": "acme", "traits": {"objectTypeId": "2"}})
    track(sandbox, "Object Deleted", anonymousId="anything", properties=properties)
    assert (list(sandbox.objects), list(sandbox.relationships)) == ([("2", "acme")], [("ada", "2", "acme")])
    assert sandbox.deleted == [
        Deletion("object", "Object Deleted", "acme", found=True, type_id="1", at=AT),
    ]
    assert sandbox.anonymous == {}


@pytest.mark.parametrize("user_id", ["ada", "ada@example.com"])
def test_relationship_deleted_takes_the_person_out_and_keeps_the_profile(sandbox: Sandbox, user_id: str) -> None:
    track(sandbox, "Relationship Deleted", userId=user_id, properties=ACME)
    assert list(sandbox.relationships) == [("bob", "1", "acme")]
    assert list(sandbox.people) == ["ada", "bob"]
    assert sandbox.deleted == [
        Deletion("relationship", "Relationship Deleted", "acme", found=True, type_id="1", user_id="ada", at=AT)
    ]


def test_a_device_is_added_and_updated(sandbox: Sandbox) -> None:
    update = {"device": {"token": "t1", "type": "android"}}
    track(sandbox, "Device Created or Updated", userId="ada", context=update, properties={"lang": "de"})
    assert sandbox.devices == {
        ("ada", "t1"): Device("ada", "t1", "android", {"os": "17", "lang": "de"}, "com.example", AT)
    }


def test_device_deleted_removes_the_device(sandbox: Sandbox) -> None:
    track(sandbox, "Device Deleted", userId="ada@example.com", context=PHONE)
    assert sandbox.devices == {}
    assert sandbox.deleted == [
        Deletion("device", "Device Deleted", "t1", found=True, user_id="ada", at=AT),
    ]


@pytest.mark.parametrize(
    ("event", "fields"),
    [
        ("Relationship Deleted", {"properties": ACME}),
        ("Device Deleted", {"context": PHONE}),
    ],
)
def test_removing_what_a_stranger_has_is_noted_as_not_found(
    sandbox: Sandbox, event: str, fields: dict[str, Any]
) -> None:
    track(sandbox, event, userId="nobody", **fields)
    assert [(deletion.found, deletion.user_id) for deletion in sandbox.deleted] == [(False, "nobody")]


def test_message_metrics_are_kept_apart_from_events(sandbox: Sandbox) -> None:
    sent = {"deliveryId": "d1", "metric": "opened", "recipient": "ada@example.com"}
    track(sandbox, "Report Delivery Event", userId="ada", properties=sent)
    seen = {"actionType": "viewed_content", "contentId": 5}
    track(sandbox, "Report Content Event", userId="ada", properties=seen)
    assert sandbox.delivery_metrics == [DeliveryMetric("d1", "opened", sent, AT)]
    assert sandbox.content_metrics == [ContentMetric("viewed_content", seen, "ada", AT)]
    assert sandbox.events == []


@pytest.mark.parametrize(
    ("event", "fields"),
    [
        ("User Deleted", {"anonymousId": "a2"}),
        ("User Suppressed", {"anonymousId": "a2"}),
        ("User Unsuppressed", {"anonymousId": "a2"}),
        ("Object Deleted", {"userId": "ada"}),
        ("Object Deleted", {"userId": "ada", "properties": {"objectId": ""}}),
        ("Object Deleted", {"userId": "ada", "properties": {"objectId": True}}),
        ("Relationship Deleted", {"userId": "ada"}),
        ("Relationship Deleted", {"anonymousId": "a2", "properties": ACME}),
        ("Device Created or Updated", {"userId": "ada", "properties": {"device": {"token": "t2"}}}),
        ("Device Created or Updated", {"userId": "ada", "context": {"device": {"token": "t2"}}}),
        ("Device Created or Updated", {"userId": "ada", "context": {"device": {"token": "t2", "type": []}}}),
        ("Device Created or Updated", {"anonymousId": "a2", "context": PHONE}),
        ("Device Deleted", {"anonymousId": "a2", "context": PHONE}),
        ("Report Delivery Event", {"userId": "ada", "properties": {"metric": "opened"}}),
        ("Report Delivery Event", {"userId": "ada", "properties": {"deliveryId": "d1", "metric": []}}),
        ("Report Content Event", {"userId": "ada", "properties": {"actionType": "seen"}}),
        ("user deleted", {"userId": "ada"}),
        ("User Deleted ", {"userId": "ada"}),
        ("Delete Person", {"userId": "ada"}),
        ("Group Deleted", {"userId": "ada", "properties": ACME}),
    ],
)
def test_without_its_payload_or_exact_name_it_is_an_event_like_any_other(
    sandbox: Sandbox, event: str, fields: dict[str, Any]
) -> None:
    before = state(sandbox)
    track(sandbox, event, **fields)
    after = state(sandbox)
    assert [recorded["name"] for recorded in after.pop("events")] == [event]
    after.pop("anonymous", None)
    assert after == before


def test_the_same_events_act_inside_a_batch_with_its_context_as_default(sandbox: Sandbox) -> None:
    items = [
        {"type": "track", "event": "Device Deleted", "userId": "ada"},
        {"type": "track", "event": "User Deleted", "userId": "bob"},
    ]
    post(sandbox, "/batch", {"batch": items, "context": PHONE})
    assert (list(sandbox.devices), list(sandbox.people)) == ([], ["ada"])


def test_an_event_that_lacks_what_it_needs_can_be_dropped_instead_of_recorded(sandbox: Sandbox) -> None:
    sandbox.incomplete_events = "drop"
    before = state(sandbox)
    track(sandbox, "Relationship Deleted", userId="ada")
    assert (sandbox.ledger[-1].outcome, sandbox.ledger[-1].reason) == (
        "dropped",
        "the event lacks the fields that it needs to act",
    )
    assert state(sandbox) == before
    track(sandbox, "Relationship Deleted", userId="ada", properties=ACME)
    track(sandbox, "Looked", userId="ada")
    assert [entry.outcome for entry in sandbox.ledger[-2:]] == ["accepted", "accepted"]
    assert [(event.name, event.user_id) for event in sandbox.events] == [("Looked", "ada")]


@pytest.mark.parametrize("deletes", [True, False])
@pytest.mark.parametrize("event", ["User Deleted", "User Suppressed"])
def test_whether_a_public_key_deletes_people_is_a_switch(event: str, *, deletes: bool) -> None:
    body = {"event": event, "userId": "ada"}
    for key, gone in (("pk_us_1", deletes), ("sk_us_1", True)):
        sandbox = make(public_key_deletes=deletes)
        identify(sandbox)
        assert post(sandbox, "/track", body, strict=True, headers=bearer(key)) == (200, {})
        assert post(sandbox, "/identify", {"userId": "bob", "event": ["ignored"]}, headers=bearer(key)) == (200, {})
        assert list(sandbox.people) == (["bob"] if gone else ["ada", "bob"])
        reason = None if gone else "a public key may not delete people"
        assert (sandbox.ledger[1].outcome, sandbox.ledger[1].reason) == ("accepted" if gone else "dropped", reason)
