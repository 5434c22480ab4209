"""What the API accepts and Customer.io then reads otherwise than meant: warnings, never refusals.

Each warning names the field and says what will happen or what to do; none repeats a value.

Source: Customer.io documentation: Pipelines API (Identify), Track API (limits).
"""

from __future__ import annotations

import ipaddress
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from langchain_customerio.api.calls import Batch, Call, Common, Group, Identify, Track
from langchain_customerio.api.traps import traps_of_a_group, traps_of_a_person, traps_of_an_event
from langchain_customerio.api.validation import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_ID_BYTES = 150
MOST_EVENT_NAME_BYTES = 100
MOST_TRAIT_NAME_BYTES = 150
MOST_TRAIT_BYTES = 1_000
MOST_TRAITS = 300

_FUTURE = timedelta(days=1)
_MILLISECONDS = range(10**12, 10**13)
_LOCAL_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?")
_MOST_NAME = 60
_MOST_TIME = 29
_TIMES = {"timestamp": "timestamp", "original_timestamp": "originalTimestamp", "sent_at": "sentAt"}


def lint(call: Call, now: datetime | None = None) -> list[str]:
    """Return the warnings for a call, those of a batch item with its place.

    >>> lint(Identify(user_id="ada", traits={"unsubscribed": "yes"}))
    ['traits.unsubscribed: anything but true, 1 and their text means subscribed; send true or false']
    """
    now = now or datetime.now(UTC)
    if isinstance(call, Batch):
        own = [f"batch[{i}].{warning}" for i, item in enumerate(call) for warning in _warnings(item, now)]
        return [*_address((call.context or {}).get("ip")), *own, *_repeats(call)]
    return list(_warnings(call, now)) if isinstance(call, Common) else []


def _warnings(call: Common, now: datetime) -> Iterator[str]:
    values = call.__dict__
    yield from _ids(call)
    if isinstance(call, Track):
        yield from _event(call.event)
        yield from traps_of_an_event(call.event, call.properties or {})
    if call.integrations and "All" in call.integrations and not any(call.integrations.values()):
        yield "integrations: turns every destination off"
    for name, wire in _TIMES.items():
        if values[name] is not None:
            yield from _time(wire, values[name], now)
    if isinstance(call, Identify | Group) and call.traits:
        traps = traps_of_a_person if isinstance(call, Identify) else traps_of_a_group
        for name, value in call.traits.items():
            yield from traps(name, value)
        yield from _traits(call.traits)
    for holder in ("traits", "properties"):
        for name, value in (values.get(holder) or {}).items():
            yield from _value(f"{holder}.{name}", value)
    yield from _address((call.context or {}).get("ip"))


def _ids(call: Common) -> Iterator[str]:
    for name, wire in call.wire_names():
        value = call.__dict__[name]
        if value is None or not wire.endswith("Id") or wire == "messageId":
            continue
        if _size(value) > MOST_ID_BYTES:
            yield f"{wire}: over {MOST_ID_BYTES} bytes; the workspace may not keep it"
        if wire == "anonymousId" and "@" in value:
            yield "anonymousId: looks like an e-mail; a known person goes in userId"
        if wire == "userId" and value.startswith("cio_"):
            yield "userId: begins with cio_, so it is read as Customer.io's own id"


def _repeats(batch: Batch) -> Iterator[str]:
    """Warn of items with the id of an earlier one: the same id stands for the same call, sent again."""
    seen: set[str | None] = set()
    for i, item in enumerate(batch):
        if item.message_id is not None and item.message_id in seen:
            yield f"batch[{i}].messageId: is that of an earlier item, so it may be dropped as a repeat"
        seen.add(item.message_id)


def _event(name: str) -> Iterator[str]:
    if _size(name) > MOST_EVENT_NAME_BYTES:
        yield f"event: over {MOST_EVENT_NAME_BYTES} bytes; the workspace may not keep it"
    if name != " ".join(name.split()):
        yield "event: odd white space makes it another event than the one without"


def _time(field: str, value: str, now: datetime) -> Iterator[str]:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        yield f"{field}: has no time zone; add Z or an offset"
        moment = moment.replace(tzinfo=UTC)
    if moment - now > _FUTURE:
        yield f"{field}: lies in the future"


def _traits(traits: dict[str, Any]) -> Iterator[str]:
    if len(traits) > MOST_TRAITS:
        yield f"traits: more than {MOST_TRAITS}; the workspace may not keep them all"
    for name, value in traits.items():
        if _size(name) > MOST_TRAIT_NAME_BYTES:
            yield f"traits: a name over {MOST_TRAIT_NAME_BYTES} bytes; the workspace may not keep it"
        if _size(value) > MOST_TRAIT_BYTES:
            yield f"traits.{shown(name, _MOST_NAME)}: over {MOST_TRAIT_BYTES} bytes; the workspace may not keep it"


def _value(path: str, value: object) -> Iterator[str]:
    if isinstance(value, int) and value in _MILLISECONDS and path.lower().endswith(("at", "time", "date", "timestamp")):
        yield f"{shown(path, _MOST_NAME)}: looks like milliseconds; dates are seconds or ISO 8601"
    elif isinstance(value, str) and len(value) <= _MOST_TIME and _LOCAL_TIME.fullmatch(value):
        yield f"{shown(path, _MOST_NAME)}: looks like a time without a zone; add Z or an offset"


def _address(value: object) -> Iterator[str]:
    if not isinstance(value, str):
        return
    try:
        public = ipaddress.ip_address(value).is_global
    except ValueError:
        yield "context.ip: is not an IP address"
        return
    if not public:
        yield "context.ip: is a private address and would misplace the person; leave it out"


def _size(value: object) -> int:
    return len(value.encode() if isinstance(value, str) else orjson.dumps(value))
