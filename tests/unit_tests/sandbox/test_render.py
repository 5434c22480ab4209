"""Records as tables: in a terminal, in a notebook, and as JSON however deep."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from inline_snapshot import snapshot
from rich.console import Console

from langchain_customerio.sandbox import Person
from langchain_customerio.sandbox.render import to_json
from tests.unit_tests.sandbox.driver import AT, identify, make, post, track
from tests.unit_tests.sandbox.test_ledger import too_deep

if TYPE_CHECKING:
    from langchain_customerio.sandbox import Sandbox

NASTY = "<script>alert(1)</script>[bold]\x1b[31m\u202e&amp;"


def printed(thing: Any) -> str:
    console = Console(width=100, file=io.StringIO())
    with console.capture() as captured:
        console.print(thing)
    return captured.get()


def full() -> Sandbox:
    sandbox = make()
    identify(sandbox, plan="pro", address={"city": "Łódź", "zip": None}, tags=["a", 1])
    post(sandbox, "/group", {"userId": "ada", "groupId": "acme", "traits": {"name": "Acme"}})
    track(sandbox, "Paid", userId="ada", properties={"total": 20})
    return sandbox


def test_a_person_is_a_table_in_a_terminal() -> None:
    assert printed(full().people["ada"]) == snapshot("""\
Person                                             \n\
┏━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
┃ field               ┃ value                     ┃
┡━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━━┩
│ id                  │ ada                       │
│ traits.plan         │ pro                       │
│ traits.address.city │ Łódź                      │
│ traits.tags         │ ['a', 1]                  │
│ created_at          │ 2026-11-24T12:00:00+00:00 │
│ updated_at          │ 2026-11-24T12:00:00+00:00 │
└─────────────────────┴───────────────────────────┘
""")


def test_a_sandbox_is_its_tables_in_a_terminal() -> None:
    shown = printed(full())
    assert [line.strip() for line in shown.splitlines() if ": " in line and "│" not in line] == [
        "people: 1",
        "objects: 1",
        "relationships: 1",
        "events: 1",
        "ledger: 3",
    ]
    assert printed(make()).strip() == "Nothing has arrived yet."


def test_every_record_has_both_views() -> None:
    sandbox = full()
    for record in (*sandbox.people.values(), *sandbox.events, *sandbox.objects.values()):
        assert type(record).__name__ in printed(record)
        assert f"<h4>{type(record).__name__}</h4><table" in record._repr_html_()


def test_people_events_and_the_rest_are_tables_of_a_row_each() -> None:
    sandbox = full()
    post(sandbox, "/identify", {"anonymousId": "v1"})
    track(sandbox, "User Deleted", userId="nobody")
    track(sandbox, "Report Delivery Event", userId="ada", properties={"deliveryId": "d1", "metric": "opened"})
    track(sandbox, "Report Content Event", userId="ada", properties={"actionType": "viewed_content"})
    track(sandbox, "Device Created or Updated", userId="ada", context={"device": {"token": "t1", "type": "ios"}})
    shown: dict[str, Any] = {
        "people: 1": sandbox.people,
        "anonymous: 1": sandbox.anonymous,
        "objects: 1": sandbox.objects,
        "relationships: 1": sandbox.relationships,
        "devices: 1": sandbox.devices,
        "events: 1": sandbox.events,
        "deleted: 1": sandbox.deleted,
        "delivery_metrics: 1": sandbox.delivery_metrics,
        "content_metrics: 1": sandbox.content_metrics,
        "ledger: 8": sandbox.ledger,
        "calls: 8": sandbox.calls(),
    }
    for title, records in shown.items():
        assert printed(records).startswith(title)
        assert records._repr_html_().startswith(f"<h4>{title}</h4>")
    empty: Any = make().events
    assert printed(empty).strip() == empty._repr_html_()[3:-4] == "Nothing has arrived yet."


@pytest.mark.parametrize("field", ["id", "traits"])
def test_nothing_that_is_shown_is_markup_or_drives_the_terminal(field: str) -> None:
    person = Person(NASTY) if field == "id" else Person("ada", {NASTY: NASTY})
    for shown in (person._repr_html_(), printed(person)):
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert r"\x1b[31m" in shown
    assert "<script>" not in person._repr_html_()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;[bold]" in person._repr_html_()
    assert "[bold]" in printed(person).replace("\n", "")


def test_the_notebook_view_has_no_colours_of_its_own_so_that_it_suits_a_dark_page() -> None:
    html = full()._repr_html_()
    assert not re.search(r"#[0-9a-f]{3,6}|rgb\(|black|white", html)
    assert "currentColor" in html
    assert "<style" not in html


def test_a_sandbox_works_without_rich_which_only_a_drawing_needs() -> None:
    script = "import sys; sys.modules['rich'] = None; from langchain_customerio.sandbox import *; print(Sandbox())"
    answer = subprocess.run([sys.executable, "-I", "-c", script], check=True, capture_output=True, text=True)
    assert answer.stdout.startswith("<Sandbox: 0 people")


def test_json_is_written_however_deep() -> None:
    assert to_json({"a": [1, "é"]}) == '{"a": [1, "é"]}'
    assert json.loads(to_json(too_deep())) is not None
    assert AT.isoformat() in printed(full().people["ada"])
