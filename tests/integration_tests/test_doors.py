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


def arrived(*events: str) -> Callable[[Sandbox], bool]:
    """Return a look at a workspace for these events and nothing else."""
    return lambda sandbox: [call.call.get("event") for call in sandbox.accepted_calls] == list(events)


def nothing(sandbox: Sandbox) -> bool:
    """Return whether no call was sent at all; a command may have tried the key with a request that has none."""
    return [call for entry in sandbox.ledger for call in entry.calls] == []


@dataclass(frozen=True)
class Promise:
    """What every door promises.

    Attributes:
        name: The promise, as SECURITY.md words it.
        texts: The calls that try it.
        says: A pattern of what is reported.
        policy: The policy of the door.
        arrives: What must have arrived, by a look at the workspace; nothing at all by default.
        hides: What must not be reported.
        times: How often all of it is done.
        needs_text: Whether it is about reading JSON text.
        needs_sending: Whether it is about what was sent.
        other_reasons: Why it does not concern a door, by the door's name.
    """

    name: str
    texts: tuple[str, ...]
    says: str
    policy: Policy = field(default_factory=Policy)
    arrives: Callable[[Sandbox], bool] = nothing
    hides: str = "\x1b"
    times: int = 1
    needs_text: bool = False
    needs_sending: bool = False
    other_reasons: dict[str, str] = field(default_factory=dict)


COLUMNS = dict.fromkeys(
    ("load, with a map", "load, CSV", "load, Arrow"), "an unknown column is left out, and named in the report"
)
TOOLS_ALONE = {"client": "a client refuses a policy with this field, which it could not keep"}

PROMISES = (
    # ---- what is read
    Promise(
        "a key that stands twice is refused",
        ('{"type": "track", "userId": "ada", "event": "Paid", "properties": {"plan": "pro", "plan": "free"}}',),
        'the key .{0,3}"plan.{0,3}" twice',
        needs_text=True,
    ),
    Promise(
        "an integer beyond 64 bits is refused, never rounded",
        ('{"type": "track", "userId": "ada", "event": "Paid", "properties": {"n": 12345678901234567890123}}',),
        "beyond 64 bits",
        needs_text=True,
    ),
    Promise(
        "a decimal that loses digits is refused, never rounded",
        ('{"type": "track", "userId": "ada", "event": "Paid", "properties": {"n": 1234567890123456.123456789}}',),
        "more digits than a JSON number keeps",
        needs_text=True,
    ),
    Promise(
        "a number that is none is refused",
        ('{"type": "track", "userId": "ada", "event": "Paid", "properties": {"n": NaN}}',),
        "NaN",
        needs_text=True,
    ),
    Promise(
        "a text that is nested too deep is refused",
        (f'{{"type": "track", "userId": "ada", "event": "Paid", "properties": {{"a": {"[" * 90}{"]" * 90}}}}}',),
        "deep|nested",
        needs_text=True,
    ),
    Promise(
        "a call over 32,000 bytes is refused with its largest part",
        (track(properties={"transcript": "x" * 40_000}),),
        r"properties\.transcript",
    ),
    Promise(
        "an unknown field is refused with its place",
        (json.dumps({"type": "identify", "userId": "ada", "plan": "pro"}),),
        r"traits\.plan",
        other_reasons=COLUMNS,
    ),
    # ---- what is sent
    Promise(
        "the API key as data is refused",
        (identify(note="a key: " + KEY),),
        "contains the API key",
        other_reasons={"command preview": "has no client and no key"},
    ),
    Promise(
        "an irreversible event is refused by default",
        (track(event="User Deleted"),),
        'User Deleted.{0,3}" deletes the person for good',
    ),
    Promise(
        "an irreversible event in disguise is refused",
        (track(event="Us\u0435r\u200b deleted "),),
        "User Deleted",
    ),
    Promise(
        "a misspelt acting event is refused with the right name",
        (track(event="device_deleted"),),
        'exactly .{0,3}"Device Deleted|Use customerio_remove_device',
    ),
    Promise(
        "a redirected message is refused by default",
        (track(properties={"reply-to": "eve@example.com"}),),
        "redirects a message",
        hides="eve@example.com",
    ),
    Promise(
        "an object of all preferences is refused by default",
        (identify(cio_subscription_preferences={"topics": {"topic_1": False}}),),
        "replace every preference",
    ),
    Promise(
        "a preference that does not exist is refused with the right form",
        (identify(**{"cio_subscription_preferences.channels.text": False}),),
        "is not a preference",
    ),
    # ---- what a policy forbids
    Promise(
        "an alias is refused under allow_alias=False",
        (json.dumps({"type": "alias", "userId": "ada", "previousId": "bob"}),),
        "merging ids is not allowed|no such tool",
        Policy(allow_alias=False),
    ),
    Promise(
        "two ids in one call are a merge, and are refused with it",
        (track(anonymousId="visitor-of-bob"),),
        "merging ids is not allowed",
        Policy(allow_alias=False),
    ),
    Promise(
        "a change of address is refused under allow_contact_changes=False",
        (identify(**{"e-mail": "eve@example.com"}),),
        "changes how the person is reached",
        Policy(allow_contact_changes=False),
        hides="eve@example.com",
    ),
    Promise(
        "the registration of a device is refused under allow_contact_changes=False",
        (track(event="Device Created or Updated", context={"device": {"token": "eve", "type": "ios"}}),),
        "changes how the person is reached|no such tool",
        Policy(allow_contact_changes=False),
    ),
    Promise(
        "a change of consent is refused under allow_consent=False",
        (identify(unsubscribed=True),),
        "consent",
        Policy(allow_consent=False),
    ),
    Promise(
        "a list of traits compares without what nobody sees",
        (identify(**{"em\u3164ail\ufe0f\x00": "eve@example.com"}),),
        "may not be set here",
        Policy(traits=["!email"]),
        hides="eve@example.com",
    ),
    Promise(
        "a list of events compares without what nobody sees",
        (track(event="Order\u034f refunded\x00"),),
        "may not be tracked|not allowed|is not",
        Policy(events=["!Order Refunded"]),
    ),
    Promise(
        "a slip of an allowed event is refused with the name that was meant",
        (track(event="Order Complete"),),
        "did you mean .{0,3}Order Completed",
        Policy(events=["Order Completed"]),
    ),
    Promise(
        "tools for one person name nobody else",
        (json.dumps({"type": "track", "userId": "bob", "event": "Paid"}),),
        "act for one person only",
        Policy(person="ada"),
    ),
    Promise(
        "no more is sent than max_writes allows",
        (track(event="One"), track(event="Two"), track(event="Three")),
        "max_writes|at most|of one process|would make|limit",
        Policy(max_writes=2),
        arrives=lambda sandbox: len(sandbox.accepted_calls) in {0, 2},
        needs_sending=True,
        other_reasons=TOOLS_ALONE | {"command send": "makes one call in its life"},
    ),
    Promise(
        "a call that a person must approve is never sent unasked",
        (track(event="User Deleted"),),
        "approv|Use customerio_delete_person",
        Policy(allow_destructive=True, approve="risky"),
    ),
    Promise(
        "a dry run sends nothing",
        (track(),),
        "dry_run|[Nn]othing was sent|dry_run; only tools",
        Policy(dry_run=True),
        needs_sending=True,
        other_reasons=TOOLS_ALONE,
    ),
    # ---- what is told
    Promise(
        "what the policy leaves out of receipts is not told",
        (identify(note="of-ada-alone"),),
        "(?i)accepted|delivered|redacted",
        Policy(redact=True),
        arrives=lambda sandbox: len(sandbox.accepted_calls) <= 1,
        hides="of-ada-alone",
        other_reasons=TOOLS_ALONE,
    ),
    Promise(
        "an id of the caller's own is left out of receipts like any value",
        (track(messageId="eve@example.com"),),
        "(?i)accepted|delivered|redacted",
        Policy(redact=True),
        arrives=lambda sandbox: len(sandbox.accepted_calls) <= 1,
        hides="eve@example.com",
        other_reasons=TOOLS_ALONE,
    ),
    Promise(
        "an id is shown in short, and without what drives a terminal",
        (track(messageId="m" * 5_000 + "\x9b31m"),),
        "(?i)accepted|delivered",
        arrives=lambda sandbox: len(sandbox.accepted_calls) == 1,
        hides="m" * 200,
        needs_sending=True,
        other_reasons={"client": "a receipt is data for a program, and has the ids as they were sent"},
    ),
    Promise(
        "an API key as a name is not repeated",
        (json.dumps({"type": "identify", "userId": "ada", "traits": {}, KEY: 1}),),
        r"\[key\]",
        other_reasons=COLUMNS,
    ),
    Promise(
        "an e-mail address as a key is not repeated",
        (json.dumps({"type": "identify", "userId": "ada", "traits": {}, "eve@example.com": 1}),),
        r"\[e-mail\]",
        hides="eve@example.com",
        other_reasons=COLUMNS,
    ),
    Promise(
        "no control sequence reaches a reader",
        (json.dumps({"type": "identify", "userId": "ada", "traits": {}, "x\x1b[31m": 1}),),
        r"x\\+x1b|x\\+u001b",
        other_reasons=COLUMNS,
    ),
    # ---- what has arrived
    Promise(
        "what was accepted has arrived",
        (track(),),
        "(?i)accepted|delivered",
        arrives=arrived("Paid"),
        needs_sending=True,
    ),
    Promise(
        "a call that is made again has the same id",
        (track(),),
        "(?i)accepted|delivered|already",
        arrives=lambda sandbox: len({call.message_id for call in sandbox.accepted_calls}) == 1,
        times=2,
        needs_sending=True,
        other_reasons={
            "client": "each send is a call of its own, unless a `run_key` or a `message_id` says otherwise",
            "load, dead letters again": "what was delivered has left the file",
            "command send": "each is a call of its own, unless --message-id says otherwise",
            "MCP": "a server that starts again knows of no earlier call",
            "command mcp": "a server that starts again knows of no earlier call",
        },
    ),
)


# What is tried every day through a door that starts a process; the rest has all night.
DAILY = {
    "a key that stands twice is refused",
    "an irreversible event is refused by default",
    "a change of address is refused under allow_contact_changes=False",
    "what was accepted has arrived",
}


def reason(promise: Promise, door: Door) -> str:
    """Return why a promise does not concern a door; empty where it does."""
    if promise.needs_text and not door.takes_text:
        return "takes calls and not text"
    if promise.needs_sending and not door.sends:
        return "sends nothing, and tells what it would send"
    return promise.other_reasons.get(door.name, "")


CELLS = [
    pytest.param(
        promise,
        door,
        id=f"{door.name}: {promise.name}",
        marks=[pytest.mark.slow if promise.name in DAILY else pytest.mark.nightly] if door.is_process else [],
    )
    for promise in PROMISES
    for door in DOORS
    if not reason(promise, door)
]


@pytest.mark.parametrize(("promise", "door"), CELLS)
def test_the_door_keeps_the_promise(
    promise: Promise, door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = Sandbox({KEY})
    desk = Desk(sandbox, promise.policy, tmp_path, monkeypatch)
    reported = "\n".join(door.send(desk, *promise.texts) for _ in range(promise.times))
    assert re.search(promise.says, reported), reported
    assert promise.arrives(sandbox), sandbox.ledger
    assert promise.hides not in reported
    assert not {"\x1b", "\x9b", "\u202e"} & set(reported)
    assert KEY not in reported


def test_every_reason_is_one() -> None:
    names = {door.name for door in DOORS}
    for promise in PROMISES:
        assert set(promise.other_reasons) <= names
        assert all(len(why.split()) > 3 for why in promise.other_reasons.values())


def table() -> str:
    """Return the table as SECURITY.md shows it: a cell is a tick, or a dash with a number of a reason below."""
    reasons: dict[str, int] = {}
    lines = ["| promise | " + " | ".join(door.name for door in DOORS) + " |", "|---" * (len(DOORS) + 1) + "|"]
    for promise in PROMISES:
        whys = [reason(promise, door) for door in DOORS]
        cells = (f"- ({reasons.setdefault(why, len(reasons) + 1)})" if why else "✓" for why in whys)
        lines.append(f"| {promise.name} | " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", *(f"{number}. {why}" for why, number in reasons.items())])


def test_the_table_on_the_security_page_is_this_one() -> None:
    assert table() in (ROOT / "SECURITY.md").read_text(encoding="utf-8"), table()
