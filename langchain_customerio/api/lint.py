"""What the API accepts and Customer.io then reads otherwise than meant: warnings, never refusals.

Each warning names the field and a code; none repeats a value.

Source: Customer.io documentation: Pipelines API (Identify, Group, Subscription preferences, Semantic events), Track API
(limits).
"""

from __future__ import annotations

import ipaddress
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import orjson

from langchain_customerio.api.calls import Batch, Call, Common, Group, Identify, Track
from langchain_customerio.api.consent import preference_problem
from langchain_customerio.errors import Problem
from langchain_customerio.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST_ID_BYTES: Final = 150
MOST_NAME_BYTES: Final = 100
MOST_TRAIT_NAME_BYTES: Final = 150
MOST_TRAIT_BYTES: Final = 1_000
MOST_TRAITS: Final = 300

_FUTURE: Final = timedelta(days=1)
PLAIN_ID_PATTERN: Final = r"(?!cio_)[\w.:|/+-]{1,100}"
PLAIN_ID: Final = re.compile(PLAIN_ID_PATTERN, re.ASCII).fullmatch
"""Matches ids and names of which there is nothing to say."""

MILLISECONDS: Final = range(10**12, 10**13)
LOCAL_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?")
MOST_LOCAL_TIME: Final = 29
_TIMES: Final = {"timestamp": "timestamp", "original_timestamp": "originalTimestamp", "sent_at": "sentAt"}
_NAMES: Final = ("event", "name", "category")
_CONSENT_WORDS: Final = frozenset({"true", "false", "1", "0"})
_ABOUT_BOTH: Final = frozenset({"relationshipattributes", "relationship_attributes"})
_ABOUT_E_MAIL: Final = frozenset(
    {
        "Email Bounced",
        "Email Delivered",
        "Email Opened",
        "Email Link Clicked",
        "Email Marked as Spam",
        "Email Unsubscribed",
    }
)
_ABOUT_APPLICATIONS: Final = frozenset({"Application Installed", "Application Opened", "Application Uninstalled"})
_ADDS_A_DEVICE: Final = "Device Created or Updated"
_ABOUT_DEVICES: Final = frozenset({_ADDS_A_DEVICE, "Device Deleted"})


def lint(call: Call, now: datetime | None = None) -> list[Problem]:
    """Return the warnings for a call, those of a batch item with its place.

    >>> [str(warning) for warning in lint(Identify(user_id="ada", traits={"unsubscribed": "yes"}))]
    ['traits.unsubscribed: anything but true, 1 and their text means subscribed; send true or false']
    """
    now = now or datetime.now(UTC)
    if isinstance(call, Batch):
        own = [warning.at("batch", i) for i, item in enumerate(call) for warning in _warnings(item, now)]
        return [*_context(call.context or {}, ""), *own, *_repeats(call)]
    return list(_warnings(call, now)) if isinstance(call, Common) else []


def _warnings(call: Common, now: datetime) -> Iterator[Problem]:
    values = call.__dict__
    yield from _ids(call)
    yield from _names(values)
    if isinstance(call, Track):
        yield from _event(call.event, call.properties or {})
    if call.integrations and "All" in call.integrations and not any(call.integrations.values()):
        yield Problem("all_off", ("integrations",))
    for name, wire in _TIMES.items():
        if values[name] is not None:
            yield from _time(wire, values[name], now)
    if isinstance(call, Identify | Group) and call.traits:
        judge = _trait_of_a_person if isinstance(call, Identify) else _trait_of_a_group
        for name, value in call.traits.items():
            yield from judge(name, value)
        yield from _traits(call.traits)
    for holder in ("traits", "properties"):
        for name, value in (values.get(holder) or {}).items():
            if code := _of_value(name, value):
                yield Problem(code, (holder, shown(name)))
    yield from _context(call.context or {}, call.event if isinstance(call, Track) else "")


def _ids(call: Common) -> Iterator[Problem]:
    for name, wire in call.wire_names():
        value = call.__dict__[name]
        if value is None or not wire.endswith("Id") or wire == "messageId" or PLAIN_ID(value):
            continue
        if _size(value) > MOST_ID_BYTES:
            yield Problem("id_long", (wire,), {"most": MOST_ID_BYTES})
        if wire == "anonymousId" and "@" in value:
            yield Problem("id_is_address", (wire,))
        if wire == "userId" and value.startswith("cio_"):
            yield Problem("id_is_vendor", (wire,))


def _names(values: Mapping[str, Any]) -> Iterator[Problem]:
    for field in _NAMES:
        name = values.get(field)
        if name is None or PLAIN_ID(name):
            continue
        if _size(name) > MOST_NAME_BYTES:
            yield Problem("name_long", (field,), {"most": MOST_NAME_BYTES})
        if name != " ".join(name.split()):
            yield Problem("name_spaced", (field,))


def _repeats(batch: Batch) -> Iterator[Problem]:
    """Warn of items with the id of an earlier one: the same id stands for the same call, sent again."""
    seen: set[str | None] = set()
    for i, item in enumerate(batch):
        if item.message_id is not None and item.message_id in seen:
            yield Problem("id_repeated", ("batch", i, "messageId"))
        seen.add(item.message_id)


def _event(name: str, properties: Mapping[str, Any]) -> Iterator[Problem]:
    """Warn of an event that needs something which is not there, or may do more than being recorded."""
    if name in _ABOUT_E_MAIL and not properties.get("email_id"):
        yield Problem("email_event", ("properties", "email_id"), {"event": f'"{name}"'})
    if name in _ABOUT_APPLICATIONS:
        yield Problem("application_event", ("event",))


def _time(field: str, value: str, now: datetime) -> Iterator[Problem]:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        yield Problem("no_time_zone", (field,))
        moment = moment.replace(tzinfo=UTC)
    if moment - now > _FUTURE:
        yield Problem("future", (field,))


def _trait_of_a_person(name: str, value: object) -> Iterator[Problem]:
    """Warn of a trait of a person that is read otherwise than its name suggests."""
    folded = name.strip().lower()
    if value is None:
        yield Problem("null_clears", _trait(name))
    elif name == "unsubscribed":
        if str(value).lower() not in _CONSENT_WORDS:
            yield Problem("unsubscribed_text", _trait(name))
    elif (problem := preference_problem(name, value)) is not None:
        yield problem
    elif folded == "unsubscribed":
        yield Problem("unsubscribed_misspelt", _trait(name))
    elif folded == "cio_relationships":
        yield Problem("relationships_elsewhere", _trait(name))
    elif folded in _ABOUT_BOTH:
        yield Problem("relationship_on_person", _trait(name))


def _trait(name: str) -> tuple[str, ...]:
    return ("traits", shown(name))


def _trait_of_a_group(name: str, value: object) -> Iterator[Problem]:
    """Warn of a trait of a group that was meant for its relation to a person."""
    if value is None:
        yield Problem("null_clears", _trait(name))
    if name != "relationshipAttributes" and name.strip().lower() in _ABOUT_BOTH:
        yield Problem("relationship_misspelt", _trait(name))


def _traits(traits: dict[str, Any]) -> Iterator[Problem]:
    if len(traits) > MOST_TRAITS:
        yield Problem("too_many_traits", ("traits",), {"most": MOST_TRAITS})
    for name, value in traits.items():
        if _size(name) > MOST_TRAIT_NAME_BYTES:
            yield Problem("trait_name_long", ("traits",), {"most": MOST_TRAIT_NAME_BYTES})
        if _size(value) > MOST_TRAIT_BYTES:
            yield Problem("trait_long", _trait(name), {"most": MOST_TRAIT_BYTES})


def _of_value(name: str, value: object) -> str:
    """Return the code of the warning for a trait or a property; empty for none."""
    if isinstance(value, int):
        is_time = value in MILLISECONDS and shown(name).lower().endswith(("at", "time", "date", "timestamp"))
        return "milliseconds" if is_time else ""
    is_local = isinstance(value, str) and len(value) <= MOST_LOCAL_TIME and LOCAL_TIME.fullmatch(value)
    return "local_time" if is_local else ""


def _context(context: Mapping[str, Any], event: str) -> Iterator[Problem]:
    """Warn of an address that locates nobody, and of a device that looks as if it were registered."""
    if isinstance(address := context.get("ip"), str):
        yield from _address(address)
    device = context.get("device")
    if isinstance(device, dict) and "token" in device and event not in _ABOUT_DEVICES:
        yield Problem("device_not_registered", ("context", "device", "token"), {"event": f'"{_ADDS_A_DEVICE}"'})


def _address(value: str) -> Iterator[Problem]:
    path, kind = ("context", "ip"), kind_of_ip(value)
    if kind is None:
        yield Problem("not_an_address", path)
    elif kind:
        yield Problem("not_public", path, {"kind": kind})


def kind_of_ip(value: str) -> str | None:
    """Return what kind of address a text is, as `kind_of_address` does; None where it is not an address."""
    if _PUBLIC(value):
        return ""
    try:
        return kind_of_address(ipaddress.ip_address(value))
    except ValueError:
        return None


# Addresses of IPv4 whose first number stands before public ones alone: most there are, told in a tenth of the time.
_NUMBER: Final = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
PUBLIC_PATTERN: Final = rf"(?!(?:0|10|100|127|169|172|192|198|203|22[4-9]|2[345]\d)\.){_NUMBER}(?:\.{_NUMBER}){{3}}"
_PUBLIC: Final = re.compile(PUBLIC_PATTERN, re.ASCII).fullmatch

_DOCUMENTATION: Final = tuple(
    map(ipaddress.ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"))
)
_SHARED: Final = ipaddress.ip_network("100.64.0.0/10")


def kind_of_address(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """Return what an address is that locates nobody; empty for a public one.

    Source: IANA special-purpose address registries (RFC 6890).

    >>> kind_of_address(ipaddress.ip_address("203.0.113.7")), kind_of_address(ipaddress.ip_address("8.8.8.8"))
    ('documentation', '')
    """
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return kind_of_address(address.ipv4_mapped)
    kinds = {
        "loopback": address.is_loopback,
        "unspecified": address.is_unspecified,
        "link-local": address.is_link_local,
        "multicast": address.is_multicast,
        "documentation": any(address in network for network in _DOCUMENTATION),
        "shared": address in _SHARED,
        "reserved": address.is_reserved,
        "private": not address.is_global,
    }
    return next((kind for kind, holds in kinds.items() if holds), "")


def _size(value: object) -> int:
    return len(value.encode() if isinstance(value, str) else orjson.dumps(value))
