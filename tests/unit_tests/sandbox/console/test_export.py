"""The export: what `load` takes, and what makes the same workspace again."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING

from langchain_customerio.bulk import load
from langchain_customerio.sandbox.console.export import json_lines
from langchain_customerio.sandbox.rows import Search
from tests.unit_tests.sandbox.driver import AT, identify, make, post, state

if TYPE_CHECKING:
    from pathlib import Path

    from langchain_customerio.sandbox import Sandbox
    from langchain_customerio.sandbox.app import App
    from langchain_customerio.sandbox.http import JsonObject


def exported(sandbox: App, **params: str) -> bytes:
    async def read() -> bytes:
        return b"".join([part async for part in json_lines(sandbox, Search.read(params, sandbox.identifiers_of))])

    return asyncio.run(read())


def busy() -> Sandbox:
    now = AT
    sandbox = make(clock=lambda: now)
    identify(sandbox, "ada", email="ada@example.com", plan="pro", note="Łódź\n\u2028")
    now += timedelta(seconds=5)
    post(sandbox, "/track", {"userId": "ada", "event": "Paid", "properties": {"n": 1}, "extra": 1, "messageId": "m1"})
    post(sandbox, "/track", {"userId": "ada"})
    post(sandbox, "/batch", {"batch": [{"type": "track", "userId": "bob", "event": "E"}, {"type": "nothing"}]})
    post(sandbox, "/group", {"userId": "ada", "groupId": "acme", "traits": {"name": "Acme"}})
    post(sandbox, "/page", {"anonymousId": "v1", "name": "Home", "timestamp": "2026-01-01T00:00:00Z"})
    return sandbox


def test_a_line_is_a_stored_call_with_its_time_and_without_what_the_api_ignored() -> None:
    lines = [json.loads(line) for line in exported(busy()).splitlines()]
    assert [line["type"] for line in lines] == ["identify", "track", "track", "group", "page"]
    assert lines[1] == {
        "type": "track",
        "userId": "ada",
        "event": "Paid",
        "properties": {"n": 1},
        "messageId": "m1",
        "timestamp": (AT + timedelta(seconds=5)).isoformat(),
    }
    assert lines[4]["timestamp"] == "2026-01-01T00:00:00Z"


def test_an_export_holds_what_the_filters_show() -> None:
    sandbox = busy()
    assert [json.loads(line)["event"] for line in exported(sandbox, type="track").splitlines()] == ["Paid", "E"]
    assert len(exported(sandbox, person="bob").splitlines()) == 1
    assert exported(sandbox, outcome="dropped") == b""
    assert exported(make()) == b""


def test_load_makes_the_same_workspace_out_of_an_export(tmp_path: Path) -> None:
    sandbox, path = busy(), tmp_path / "calls.jsonl"
    path.write_bytes(exported(sandbox))
    again = make()
    with again.client() as client:
        assert load(client, path).delivered == 5
    assert again.reasons == {}
    assert contents(again) == contents(sandbox)
    assert [event.timestamp for event in again.events] == [event.timestamp for event in sandbox.events]


def contents(sandbox: Sandbox) -> JsonObject:
    """Return what a workspace holds, but for what a client adds to each call."""
    found = state(sandbox)
    for event in (*found["events"], *found["anonymous"]["v1"]["events"]):
        for added in ("message_id", "context"):
            event.pop(added, None)
    return found
