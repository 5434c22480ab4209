"""Every door keeps every promise: a table of doors and promises in which each cell is a test or a reason.

The table in SECURITY.md is this one.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from langchain_customerio import Policy
from langchain_customerio.sandbox import Sandbox
from tests.doors import DOORS, Desk, Door
from tests.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEY = "pk_us_0123456789abcdef"


def track(**fields: Any) -> str:
    return json.dumps({"type": "track", "userId": "ada", "event": "Paid", **fields})


def identify(**traits: Any) -> str:
    return json.dumps({"type": "identify", "userId": "ada", "traits": traits})


@dataclass(frozen=True)
class Promise:
    """What every door promises.

    Attributes:
        name: The promise, as SECURITY.md words it.
        text: A call that tries it.
        says: A pattern of what is reported.
        policy: The policy of the door.
        arrives: What must have arrived, by a look at the workspace; nothing at all by default.
        needs_text: Whether it is about reading JSON text.
        needs_policy: Whether it is about a policy that the command line has no option for.
        other_reasons: Why it does not concern a door, by the door's name.
    """

    name: str
    text: str
    says: str
    policy: Policy = field(default_factory=Policy)
    arrives: Callable[[Sandbox], bool] = lambda sandbox: sandbox.accepted_calls == []
    needs_text: bool = False
    needs_policy: bool = False
    other_reasons: dict[str, str] = field(default_factory=dict)


CSV_CELL = {"load, CSV": "in CSV a cell that is not an object is text, and stays it"}

PROMISES = (
    Promise(
        "a key that stands twice is refused",
        '{"type": "track", "userId": "ada", "event": "Paid", "properties": {"plan": "pro", "plan": "free"}}',
        'the key "plan" twice',
        needs_text=True,
    ),
    Promise(
        "an integer beyond 64 bits is refused, never rounded",
        '{"type": "track", "userId": "ada", "event": "Paid", "properties": {"n": 12345678901234567890123}}',
        "beyond 64 bits",
        needs_text=True,
    ),
    Promise(
        "a decimal that loses digits is refused, never rounded",
        '{"type": "track", "userId": "ada", "event": "Paid", "properties": {"n": 1234567890123456.123456789}}',
        "more digits than a JSON number keeps",
        needs_text=True,
    ),
    Promise(
        "the API key as data is refused",
        identify(note="a key: " + KEY),
        "contains the API key",
    ),
    Promise(
        "a call over 32,000 bytes is refused with its largest part",
        track(properties={"transcript": "x" * 40_000}),
        r"properties\.transcript",
    ),
    Promise(
        "an irreversible event is refused by default",
        track(event="User Deleted"),
        'User Deleted" deletes the person for good',
    ),
    Promise(
        "an irreversible event in disguise is refused",
        track(event="Us\u0435r\u200b deleted "),
        "User Deleted",
    ),
    Promise(
        "a misspelt acting event is refused with the right name",
        track(event="device_deleted"),
        'exactly "Device Deleted"',
    ),
    Promise(
        "a redirected message is refused by default",
        track(properties={"reply-to": "eve@example.com"}),
        "redirects a message",
    ),
    Promise(
        "an object of all preferences is refused by default",
        identify(cio_subscription_preferences={"topics": {"topic_1": False}}),
        "replace every preference",
    ),
    Promise(
        "a preference that does not exist is refused with the right form",
        identify(**{"cio_subscription_preferences.channels.text": False}),
        "is not a preference",
    ),
    Promise(
        "an unknown field is refused with its place",
        json.dumps({"type": "identify", "userId": "ada", "plan": "pro"}),
        r"traits\.plan",
        other_reasons={
            "load, with a map": "an unknown column is left out, and named in the report",
            "load, CSV": "an unknown column is left out, and named in the report",
        },
    ),
    Promise(
        "a merge is refused under allow_alias=False, two ids in one call too",
        track(anonymousId="visitor-of-bob"),
        "merging ids is not allowed",
        Policy(allow_alias=False),
        needs_policy=True,
    ),
    Promise(
        "a change of address is refused under allow_contact_changes=False",
        identify(**{"e-mail": "eve@example.com"}),
        "changes how the person is reached",
        Policy(allow_contact_changes=False),
        needs_policy=True,
    ),
    Promise(
        "a list of names compares without what nobody sees",
        identify(emㅤail️="eve@example.com"),
        "may not be set here",
        Policy(traits=["!email"]),
        needs_policy=True,
    ),
    Promise(
        "tools for one person name nobody else",
        json.dumps({"type": "track", "userId": "bob", "event": "Paid"}),
        "act for one person only",
        Policy(person="ada"),
        needs_policy=True,
    ),
    Promise(
        "a call that a person must approve is never sent unasked",
        track(event="User Deleted"),
        "approv",
        Policy(allow_destructive=True, approve="risky"),
        needs_policy=True,
        other_reasons={"client": "a program asks `Policy.needs_approval` itself; the client has nobody to ask"},
    ),
    Promise(
        "a dry run sends nothing",
        track(),
        "dry_run|dry run|[Nn]othing was sent|would",
        Policy(dry_run=True),
        needs_policy=True,
        other_reasons={"client": "a program calls `client.preview` instead"},
    ),
    Promise(
        "an e-mail address as a key is not repeated",
        json.dumps({"type": "identify", "userId": "ada", "traits": {}, "eve@example.com": 1}),
        r"\[e-mail\]",
        other_reasons={
            "load, with a map": "an unknown column is left out, and named in the report",
            "load, CSV": "an unknown column is left out, and named in the report",
        },
    ),
    Promise(
        "no control sequence reaches a reader",
        json.dumps({"type": "identify", "userId": "ada", "traits": {}, "x\x1b[31m": 1}),
        r"x\\+x1b|x\\+u001b",
        other_reasons={
            "load, with a map": "an unknown column is left out, and named in the report",
            "load, CSV": "an unknown column is left out, and named in the report",
        },
    ),
    Promise(
        "what was accepted has arrived, once, with one id",
        track(),
        "(?i)accepted|delivered",
        arrives=lambda sandbox: [call.call["event"] for call in sandbox.accepted_calls] == ["Paid"],
    ),
)


def reason(promise: Promise, door: Door) -> str:
    """Return why a promise does not concern a door; empty where it does."""
    if promise.needs_text and not door.takes_text:
        return "takes calls and not text"
    if promise.needs_policy and not door.takes_policy:
        return "takes a policy from a file: its own tests"
    return promise.other_reasons.get(door.name, "")


CELLS = [(promise, door) for promise in PROMISES for door in DOORS]


@pytest.mark.parametrize(("promise", "door"), CELLS, ids=[f"{door.name}: {promise.name}" for promise, door in CELLS])
def test_the_door_keeps_the_promise(
    promise: Promise, door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if why := reason(promise, door):
        assert len(why) > 10
        return
    sandbox = Sandbox({KEY})
    reported = door.send(Desk(sandbox, promise.policy, tmp_path, monkeypatch), promise.text)
    assert re.search(promise.says, reported), reported
    assert promise.arrives(sandbox), sandbox.ledger
    assert "\x1b" not in reported
    assert KEY not in reported


def table() -> str:
    """Return the table as SECURITY.md shows it: a cell is a tick, or a dash with a reason below."""
    lines = ["| promise | " + " | ".join(door.name for door in DOORS) + " |", "|---" * (len(DOORS) + 1) + "|"]
    for promise in PROMISES:
        cells = ("-" if reason(promise, door) else "✓" for door in DOORS)
        lines.append(f"| {promise.name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def test_the_table_on_the_security_page_is_this_one() -> None:
    assert table() in (ROOT / "SECURITY.md").read_text(encoding="utf-8"), table()
