"""The state as plain JSON, as rows and in a notebook."""

from __future__ import annotations

import json

from tests.unit_tests.sandbox.driver import AT, identify, make, post, track


def test_summary_is_plain_json_however_deep_the_data() -> None:
    sandbox = make()
    deep = json.loads("[" * 200 + "]" * 200)
    identify(sandbox, deep=deep, shallow=[[1]])
    traits = json.loads(json.dumps(sandbox.summary()))["people"]["ada"]["traits"]
    assert traits["shallow"] == [[1]]
    assert json.dumps(traits["deep"], ensure_ascii=False).count("…") == 1


def test_tables_show_what_people_look_at() -> None:
    sandbox = make()
    identify(sandbox, plan="pro", unsubscribed="true")
    post(sandbox, "/group", {"userId": "ada", "groupId": "acme", "traits": {"name": "Acme"}})
    phone = {"device": {"token": "t1", "type": "ios"}}
    track(sandbox, "Device Created or Updated", userId="ada", context=phone)
    track(sandbox, "E", anonymousId="a1", properties={"a": 1})
    sandbox.handle("POST", "/nowhere", {}, b"")
    tables = sandbox.tables()
    ledger = tables.pop("ledger")
    assert tables == {
        "people": [
            {"id": "ada", "traits": {"plan": "pro", "unsubscribed": "true"}, "anonymous_ids": [], "unsubscribed": True}
        ],
        "objects": [{"type_id": "1", "id": "acme", "traits": {"name": "Acme"}}],
        "relationships": [{"user_id": "ada", "type_id": "1", "object_id": "acme", "attributes": {}}],
        "devices": [{"user_id": "ada", "type": "ios", "token": "t1"}],
        "events": [
            {
                "kind": "track",
                "name": "E",
                "who": "a1",
                "properties": {"a": 1},
                "timestamp": AT.isoformat(),
            }
        ],
    }
    assert [(row["number"], row["endpoint"], row["outcome"]) for row in ledger] == [
        (1, "/identify", "accepted"),
        (2, "/group", "accepted"),
        (3, "/track", "accepted"),
        (4, "/track", "accepted"),
        (5, "/nowhere", "rejected"),
    ]


def test_the_notebook_view_escapes_and_shortens() -> None:
    sandbox = make()
    for number in range(51):
        track(sandbox, "<script>alert(1)</script>", userId=f"user-{number}", properties={"long": "x" * 500})
    html = sandbox._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "x" * 201 not in html
    assert "<h4>events: 51 (first 50)</h4>" in html
    assert "<h4>objects" not in html


def test_the_notebook_view_of_an_empty_sandbox_says_so() -> None:
    assert make()._repr_html_() == "<p>Nothing has arrived yet.</p>"


def test_repr_says_how_much_is_in_it() -> None:
    sandbox = make()
    track(sandbox, "E", userId="ada")
    assert repr(sandbox) == "<Sandbox: 1 people, 0 objects, 1 events, 1 requests>"
