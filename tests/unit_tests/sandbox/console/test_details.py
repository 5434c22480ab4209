"""What the page is told of calls, people and objects."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from langchain_customerio.sandbox.console import details
from tests.unit_tests.sandbox.driver import AT, identify, make, post, track

if TYPE_CHECKING:
    from langchain_customerio.sandbox import Sandbox

BASE = "http://127.0.0.1:1/v1"
NOON = AT.timestamp()


def workspace() -> Sandbox:
    """A person with a past, a visitor, somebody who was suppressed, and two objects."""
    sandbox = make()
    track(sandbox, "Looked", anonymousId="v1")
    preferences = {"topics": {"topic_1": True}}
    traits = {"email": "ada@example.com", "n": 12345678901234567, "cio_subscription_preferences": preferences}
    post(sandbox, "/identify", {"userId": "ada", "anonymousId": "v1", "traits": traits})
    membership = {"name": "Acme", "relationshipAttributes": {"role": "owner"}}
    post(sandbox, "/group", {"userId": "ada", "groupId": "acme", "traits": membership})
    post(sandbox, "/group", {"groupId": "globex", "traits": {"objectTypeId": "2", "name": 7}})
    track(sandbox, "Device Created or Updated", userId="ada", context={"device": {"token": "t1", "type": "ios"}})
    post(sandbox, "/alias", {"previousId": "old", "userId": "ada"})
    identify(sandbox, "bob", unsubscribed=True)
    track(sandbox, "User Suppressed", userId="bob")
    track(sandbox, "Looked", anonymousId="v2")
    return sandbox


def test_a_call_comes_with_its_request_its_answer_and_code() -> None:
    sandbox = make()
    post(sandbox, "/batch", {"batch": [{"type": "identify", "userId": "ada"}, {"type": "track", "x": 2**70}]})
    found: Any = details.call(sandbox, 1, 1, BASE)
    assert (found["row"]["label"], found["reason"], found["calls"], found["message_id"]) == (
        "dropped",
        "event is required; userId or anonymousId or groupId is required",
        2,
        None,
    )
    assert found["ignored"] == ["x"]
    assert str(2**70) in found["call"]
    assert json.loads(found["request"]["body"])["batch"][0] == {"type": "identify", "userId": "ada"}
    assert found["request"]["key"].startswith("Basic sha256:")
    assert found["answer"] == {"headers": {"content-type": "application/json"}, "body": "{}"}
    assert found["snippets"].keys() == {"python", "tool", "curl"}


def test_a_call_that_is_not_there_is_none() -> None:
    sandbox = make()
    track(sandbox, "E", userId="ada")
    assert [details.call(sandbox, *place, BASE) for place in ((0, 0), (2, 0), (1, 1), (1, -1), (-1, 0))] == [None] * 5


def test_a_body_is_shown_as_it_can_be_and_not_without_bound() -> None:
    sandbox = make()
    bodies = [b"", b"{no json", b"\xff", b'{"a":1}', gzip.compress(b'{"a":1}'), b'"' + b"x" * 400_000 + b'"']
    for body in bodies:
        encoding = {"content-encoding": "gzip"} if body.startswith(b"\x1f") else {}
        post(sandbox, "/batch", body, headers=encoding)
    shown = [details.call(sandbox, number, 0, BASE) for number in range(1, len(bodies) + 1)]
    texts = [found and found["request"]["body"] for found in shown]
    assert texts[:5] == ["", "{no json", None, '{\n  "a": 1\n}', '{\n  "a": 1\n}']
    assert len(str(texts[5])) == 200_000
    assert all(found and found["call"] is None and found["message_id"] is None for found in shown)


def test_a_client_that_got_no_answer_is_shown_as_such() -> None:
    sandbox = make()
    sandbox.fail(reset="after")
    with pytest.raises(ConnectionResetError):
        post(sandbox, "/track", {"userId": "ada", "event": "E"})
    found: Any = details.call(sandbox, 1, 0, BASE)
    assert (found["row"]["status"], found["answer"], found["row"]["label"]) == (
        None,
        {"headers": {}, "body": ""},
        "accepted",
    )


def test_everybody_is_listed_and_a_search_narrows_it() -> None:
    sandbox = workspace()
    assert [row["id"] for row in details.people(sandbox, ())["rows"]] == ["ada", "v2"]
    (ada,) = details.people(sandbox, ("example", "ada"))["rows"]
    assert ada == {
        "id": "ada",
        "email": "ada@example.com",
        "kind": "person",
        "traits": 3,
        "unsubscribed": False,
        "suppressed": False,
        "at": NOON,
    }
    assert details.people(sandbox, ("v2",))["rows"][0]["kind"] == "anonymous"
    assert details.people(sandbox, ("nobody",)) == {"total": 0, "rows": []}


def test_a_long_list_is_cut_and_counted() -> None:
    sandbox = make()
    for number in range(501):
        identify(sandbox, f"user-{number}")
        post(sandbox, "/group", {"groupId": f"group-{number}"})
        post(sandbox, "/group", {"groupId": "everybody", "userId": f"user-{number}"})
        track(sandbox, "User Suppressed", userId=f"gone-{number}")
        post(sandbox, "/alias", {"previousId": f"old-{number}", "userId": f"user-{number}"})
        post(sandbox, "/identify", {"userId": f"user-{number}", "anonymousId": f"visitor-{number}"})
    people, objects = details.people(sandbox, ()), details.objects(sandbox, ())
    assert (people["total"], len(people["rows"])) == (501, 500)
    assert (objects["total"], len(objects["rows"])) == (502, 500)
    found: Any = details.one_object(sandbox, "1", "everybody")
    assert (found["members"], len(found["members_listed"])) == (501, 500)
    identifiers = details.identifiers(sandbox)
    for name in ("suppressed", "deleted", "aliases", "merged"):
        assert (identifiers["totals"][name], len(identifiers[name])) == (501, 500), name


def test_a_person_comes_with_all_that_belongs_to_them_under_any_identifier() -> None:
    sandbox = workspace()
    found = details.person(sandbox, "ada")
    assert found == {
        "id": "ada",
        "kind": "person",
        "email": "ada@example.com",
        "identifiers": ["ada", "ada@example.com", "v1"],
        "anonymous_ids": ["v1"],
        "previous_ids": [],
        "created_at": NOON,
        "updated_at": NOON,
        "traits": [
            {"name": "email", "value": "ada@example.com", "text": True},
            {"name": "n", "value": "12345678901234567", "text": False},
        ],
        "unsubscribed": False,
        "preferences": [{"name": "topics.topic_1", "value": "true", "text": False}],
        "suppressed": [],
        "aliases": [["old", "ada"]],
        "devices": [
            {
                "user_id": "ada",
                "token": "t1",
                "type": "ios",
                "attributes": {},
                "app": None,
                "updated_at": AT.isoformat(),
            }
        ],
        "groups": [
            {
                "type_id": "1",
                "id": "acme",
                "name": "Acme",
                "attributes": [{"name": "role", "value": "owner", "text": True}],
            }
        ],
        "deletions": [],
    }
    assert details.person(sandbox, "v1") == details.person(sandbox, "ada@example.com")
    assert details.person(sandbox, "v1")["id"] == "ada"


def test_a_visitor_and_somebody_who_is_gone_are_shown_too() -> None:
    sandbox = workspace()
    assert details.person(sandbox, "v2")["kind"] == "anonymous"
    gone = details.person(sandbox, "bob")
    assert (gone["kind"], gone["suppressed"], gone["traits"]) == ("unknown", ["bob"], [])
    assert [(each["event"], each["found"]) for each in gone["deletions"]] == [("User Suppressed", True)]
    identify(sandbox, "cleo", unsubscribed=True, empty={}, list=[1], note="")
    cleo = details.person(sandbox, "cleo")
    assert cleo["unsubscribed"]
    assert [(each["name"], each["value"]) for each in cleo["traits"]] == [
        ("unsubscribed", "true"),
        ("empty", "{}"),
        ("list", "[\n  1\n]"),
        ("note", ""),
    ]


def test_an_object_comes_with_its_members() -> None:
    sandbox = workspace()
    assert details.objects(sandbox, ()) == {
        "total": 2,
        "rows": [
            {"type_id": "2", "id": "globex", "name": None, "members": 0},
            {"type_id": "1", "id": "acme", "name": "Acme", "members": 1},
        ],
    }
    assert details.objects(sandbox, ("acme",))["total"] == 1
    found: Any = details.one_object(sandbox, "1", "acme")
    assert found["members"] == 1
    assert found["members_listed"] == [
        {"id": "ada", "attributes": [{"name": "role", "value": "owner", "text": True}]},
    ]
    assert found["traits"] == [{"name": "name", "value": "Acme", "text": True}]
    assert details.one_object(sandbox, "2", "acme") is None


def test_a_group_without_its_object_has_no_name() -> None:
    sandbox = workspace()
    del sandbox.objects["1", "acme"]
    assert details.person(sandbox, "ada")["groups"][0]["name"] is None


def test_identifiers_tell_who_is_suppressed_deleted_and_merged() -> None:
    found = details.identifiers(workspace())
    assert (found["suppressed"], found["aliases"]) == (["bob"], [["old", "ada"]])
    assert [each["id"] for each in found["deleted"]] == ["bob"]
    assert found["merged"] == [{"id": "ada", "anonymous_ids": ["v1"], "previous_ids": []}]
    assert found["totals"] == {"suppressed": 1, "deleted": 1, "aliases": 1, "merged": 1}


def test_integers_that_a_browser_would_round_keep_their_digits() -> None:
    sandbox = make()
    identify(sandbox, n=2**70)
    (field,) = details.person(sandbox, "ada")["traits"]
    assert field == {"name": "n", "value": str(2**70), "text": False}
