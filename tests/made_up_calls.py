"""Calls as nobody would make them up by hand: right, nearly right and wrong, in all that a rule may look at.

They are drawn from small pools, so that names, values, events and shapes meet in ever new combinations.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from pydantic.alias_generators import to_snake

from langchain_customerio.api.calls import SINGLE_CALLS
from langchain_customerio.api.consent import PREFERENCES, preference_key
from langchain_customerio.api.semantic_events import ACTING_EVENTS, REDIRECTING_PROPERTIES
from tests.benchmarks.shapes import SHAPES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

IDS: Final = ("ada", "Ada", "ADA", "u-7", "u 7", "acme", "é", "ada@example.com", "8c1f2a9e-5b1c-4b2e", "null", "x")
ODD_IDS: Final[tuple[Any, ...]] = (
    "",
    " ",
    " u7",
    "u7\n",
    "a  b",
    "cio_0a1b",
    "CIO_1",
    "x" * 100,
    "x" * 101,
    "x" * 151,
    "é" * 51,
    "é" * 76,
    "a\u00a0b",
    "\ud800",
    "\x1c",
    7,
    0,
    -1,
    2**63,
    2**64,
    2**64 - 1,
    1.0,
    True,
    None,
    [],
    {},
)
EVENTS: Final = ("Order Completed", "Signed Up", "order completed", "x", "é", "event")
ODD_EVENTS: Final[tuple[Any, ...]] = (
    *ACTING_EVENTS,
    "user deleted",
    "User Deletd",
    "Device deleted",
    "Email Opened",
    "Email Bounced",
    "Application Opened",
    "Application Installed",
    "Order Refunded",
    " Order",
    "Order  Completed",
    "x" * 100,
    "x" * 101,
    "é" * 51,
    *ODD_IDS,
)
TIMES: Final = ("2026-11-20T10:11:12Z", "2026-11-20T10:11:12.123+02:00", "2020-02-29T00:00:00-23:59")
ODD_TIMES: Final = (
    "2026-11-20T10:11:12",
    "2026-11-20 10:11:12",
    "2026-11-20 10:11:12Z",
    "2026-11-20t10:11:12Z",
    "20261120T101112Z",
    "2026-W47-5T10:00Z",
    "2026-11-20",
    "2026-13-20T10:11:12Z",
    "2026-11-20T1",
    "2026-11-20T10:11:12z",
    "2026-11-20T10:11:12\u221201:00",
    "2026-11-20_10:11:12Z",
    "2026-11-20T24:00:00Z",
    "2\u0660\u0662\u0660-11-20T10:11:12Z",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59",
    "0001-01-01T00:00:00+05:00",
    "1700000000",
    *((datetime.now(UTC) + timedelta(hours=hours)).isoformat() for hours in (-1, 1, 23, 25, 1_000)),
    (datetime.now(UTC) + timedelta(hours=25)).isoformat()[:19],
)
NAMES: Final = ("plan", "email", "created_at", "address", "total", "Name", "first name", "x", "x" * 30)
ODD_NAMES: Final = (
    PREFERENCES,
    f" {PREFERENCES}",
    preference_key("topics", "topic_1"),
    preference_key("topics", "topic_1").upper(),
    f"{PREFERENCES}.topics",
    "unsubscribed",
    "Unsubscribed ",
    "un\u200bsubscribed",
    "id",
    "cio_id",
    "user_id",
    "phone",
    "objectTypeId",
    "object_type_id",
    "relationshipAttributes",
    "relationship_attributes",
    "cio_relationships",
    "objectId",
    "email_id",
    "deliveryId",
    "metric",
    *REDIRECTING_PROPERTIES,
    "Recipient",
    "ü",
    "",
    " ",
    "street",
    "address.street",
    "sent time",
    "x" * 100,
    "x" * 101,
    "x" * 150,
    "x" * 151,
    "é" * 76,
    "\ud800",
    "traits",
    "type",
)
ODD_TEXTS: Final = (
    "true",
    "yes",
    "1",
    "0",
    "ios",
    "iOS",
    "browser",
    "fax",
    "10.0.0.1",
    "8.8.8.8",
    "8.8.8.08",
    "2001:4860:4860::8888",
    "x" * 24,
    "x" * 25,
    "x" * 250,
    "x" * 1_000,
    "x" * 1_001,
    "é" * 501,
    "a" * 250 + "é" * 400,
    '{"a": 1}',
    '"context":{',
    "with \\ and \" and '",
    "{[" * 40,
)
NUMBERS: Final = (
    0,
    1,
    -1,
    7,
    2.5,
    -0.0,
    1e300,
    10**12 - 1,
    10**12,
    1_700_000_000_000,
    10**13 - 1,
    10**13,
    -(10**12),
    2**53 + 1,
    2**63,
    2**64 - 1,
    1e12,
    1.7e12,
)
WRONG: Final = (2**64, -(2**63) - 1, float("nan"), float("inf"), b"bytes", (1, 2), {1: 2}, datetime.now(UTC))
ADDRESSES: Final = (
    "8.8.8.8",
    "8.8.8.8 ",
    "93.184.216.34",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "192.0.0.9",
    "203.0.113.7",
    "224.0.0.1",
    "255.255.255.255",
    "1.2.3",
    "01.2.3.4",
    "256.1.1.1",
    "٨.8.8.8",
    "2001:4860:4860::8888",
    "2001:db8::1",
    "::1",
    "::ffff:10.0.0.1",
    "fe80::1%eth0",
    "nowhere",
    "",
)


def some(random: Random, usual: Sequence[Any], odd: Sequence[Any], share: float = 0.15) -> Any:
    """Return something usual, or now and then something odd."""
    return random.choice(odd if random.random() < share else usual)


def leaf(random: Random, *, wrong: bool = False) -> Any:
    """Return a value that is neither an object nor a list."""
    dice = random.random()
    if dice < 0.45:
        return random.choice(
            ("pro", "", "x", "7", "é", "Main Street 7", "a text of more than 30 characters", *ODD_TEXTS)
        )
    if dice < 0.6:
        return random.choice((*TIMES, *ODD_TIMES))
    if dice < 0.8:
        return random.choice(NUMBERS)
    return random.choice((True, False, None, *(WRONG if wrong else ())))


def value(random: Random, depth: int = 0, *, wrong: bool = False) -> Any:
    """Return any value, also an object or a list."""
    dice = random.random()
    if dice < 0.75 or depth > 3:
        return leaf(random, wrong=wrong)
    if dice < 0.9:
        return {name(random): value(random, depth + 1, wrong=wrong) for _ in range(random.randrange(4))}
    if dice < 0.98:
        return [value(random, depth + 1, wrong=wrong) for _ in range(random.randrange(4))]
    return nested(random.choice((5, 30, 59, 60, 61, 63, 64, 65, 70)))


def nested(depth: int) -> Any:
    """Return lists and objects in each other."""
    found: Any = 1
    for step in range(depth):
        found = [found] if step % 2 else {"x": found}
    return found


def name(random: Random) -> str:
    """Return the name of a trait or a property."""
    if random.random() < 0.05:
        return f"name {random.randrange(10**6)}"
    if random.random() < 0.05:
        return random.choice(("recipient", "relationshipAttributes", "objectId", "email_id", "unsubscribed"))
    found: str = some(random, NAMES, ODD_NAMES, 0.2)
    return found


def free(random: Random, *, wrong: bool = False) -> Any:
    """Return traits or properties."""
    if random.random() < 0.03:
        return random.choice((None, "text", '{"plan": "pro"}', [], 7, {f"t{number}": 1 for number in range(301)}))
    return {name(random): value(random, wrong=wrong) for _ in range(random.randrange(5))}


def context(random: Random, *, wrong: bool = False) -> Any:
    """Return a context."""
    if random.random() < 0.05:
        return free(random, wrong=wrong)
    parts: dict[str, Any] = {
        "ip": some(random, ADDRESSES, (7, None, *ODD_TEXTS)),
        "locale": some(random, ("en-GB",), (7, None, "")),
        "active": some(random, (True, False), (1, "true", None)),
        "channel": some(random, ("server", "browser"), ("fax", 1, None)),
        "userAgent": "Mozilla/5.0 (X11; Linux x86_64)",
        "user_agent": "Mozilla",
        "page": {random.choice(("url", "title", "colour", "keywords")): some(random, ("/", ""), (7, None, ["a"], [7]))},
        "device": {
            random.choice(("token", "type", "id", "model")): some(random, ("ios", "t" * 64, "t1"), ("iOS", 1, None))
            for _ in range(random.randrange(4))
        },
        "screen": {"width": 1920, "height": some(random, (1080,), (10**12, None, {}))},
        "library": {"name": "theirs"},
        "location": value(random),
        "traits": random.choice(({"plan": "pro"}, [{"unsubscribed": True}], {"email": "a@b.c"}, "x")),
        "groupId": "acme",
        "external_ids": ["a"],
    }
    return {part: parts[part] for part in random.sample(list(parts), random.randrange(4))}


def moment(random: Random, *, wrong: bool = False) -> Any:
    """Return a time of a call."""
    return some(random, TIMES, (*ODD_TIMES, *ODD_IDS, *((datetime.now(UTC),) if wrong else ())), 0.1)


def destinations(random: Random) -> Any:
    """Return integrations."""
    names = random.choices(("All", "Mixpanel", "x"), k=random.randrange(3))
    return {each: some(random, (True, False), ("true", 1, None)) for each in names}


def identifier(random: Random) -> Any:
    """Return an id or a name."""
    return some(random, IDS, ODD_IDS, 0.1)


def made_up(random: Random, *, wrong: bool = False) -> dict[str, Any]:
    """Return a call, or nearly one.

    Args:
        random: Where chance comes from.
        wrong: Whether there may be values that JSON does not have.
    """
    kind = random.choice(list(SINGLE_CALLS))
    fields = dict(SINGLE_CALLS[kind].wire_names())
    makers: dict[str, Any] = {
        "context": partial(context, wrong=wrong),
        **dict.fromkeys(("traits", "properties"), partial(free, wrong=wrong)),
        **dict.fromkeys(("timestamp", "originalTimestamp", "sentAt"), partial(moment, wrong=wrong)),
        "integrations": destinations,
        "event": partial(some, usual=EVENTS, odd=ODD_EVENTS, share=0.3),
    }
    likely = {"userId", "event", "groupId", "previousId", "traits", "properties"}
    call: dict[str, Any] = {"type": kind}
    for wire in fields.values():
        if random.random() < (0.9 if wire in likely else 0.25):
            spelt = to_snake(wire) if random.random() < 0.05 else wire
            call[spelt] = makers.get(wire, identifier)(random)
    for field in [*call][1:]:
        if random.random() < 0.03:
            call[field] = None
    if random.random() < 0.05:
        call[random.choice(("colour", "user_id", "event", "traits", "type"))] = random.choice(("x", 7, None, "track"))
    return dict(random.sample(list(call.items()), len(call))) if random.random() < 0.1 else call


def shaped(random: Random) -> dict[str, Any]:
    """Return a call of a shape that people have, as it is or with a few things changed, at any depth."""
    event = SHAPES[random.choice(list(SHAPES))](random, random.randrange(10**6))
    for _ in range(random.choice((0, 1, 1, 2))):
        _change(random, event)
    return event


def _change(random: Random, event: dict[str, Any]) -> None:
    """Change one thing: a value, a name, or what is there."""
    places = [event, *(found for found in _inside(event) if isinstance(found, dict))]
    place = random.choice(places)
    names = list(place) or ["x"]
    chosen = random.choice(names)
    match random.randrange(6):
        case 0:
            place[chosen] = value(random)
        case 1:
            place[name(random)] = value(random)
        case 2:
            place.pop(chosen, None)
        case 3:
            place[random.choice((to_snake(chosen), chosen.upper(), chosen.lower(), f"{chosen} "))] = place.get(chosen)
        case 4:
            place[chosen] = str(place.get(chosen)).swapcase()
        case _:  # two ids that are one, or nearly
            event[random.choice(("userId", "anonymousId", "previousId", "groupId"))] = random.choice(
                (event.get("userId"), str(event.get("userId")).upper(), "x", None)
            )


def _inside(found: Any) -> list[Any]:
    """Return all objects in an object, however deep."""
    parts = list(found.values()) if isinstance(found, dict) else found if isinstance(found, list) else []
    return [*parts, *(each for part in parts for each in _inside(part))]


def stored(random: Random) -> dict[str, Any]:
    """Return a call in the envelope of a platform that stores events, or an event of PostHog."""
    if random.random() < 0.2:
        return _of_posthog(random)
    call = made_up(random) if random.random() < 0.5 else shaped(random)
    envelope: dict[str, Any] = {
        "receivedAt": random.choice(TIMES),
        "originalTimestamp": some(random, TIMES, ODD_TIMES),
        "sentAt": some(random, TIMES, ODD_TIMES),
        "version": some(random, (2, "1"), (None, {})),
        "_metadata": {"bundled": ["Segment.io"]},
        "projectId": "p",
        "writeKey": "w",
        "channel": some(random, ("client", "server", "mobile", "web"), ("sources", 7, None, "Browser")),
        "rudderId": "r",
        "request_ip": some(random, ADDRESSES, ("",)),
    }
    for field in random.sample(list(envelope), random.randrange(1, 6)):
        call[field] = envelope[field]
    if random.random() < 0.2:
        call["integrations"] = {"All": True, "Amplitude": random.choice(({"session_id": 7}, None, "x"))}
    if random.random() < 0.1:
        call[random.choice(("userId", "anonymousId"))] = ""
    return call


def _of_posthog(random: Random) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "$current_url": "https://shop.example/",
        "$ip": random.choice(ADDRESSES),
        "$device_id": some(random, IDS, ODD_IDS),
        "$is_identified": random.choice((True, False)),
        "$set": free(random),
        "$group_key": identifier(random),
        "$screen_name": identifier(random),
        "title": identifier(random),
        name(random): value(random),
    }
    return {
        "uuid": identifier(random),
        "event": some(random, ("$pageview", "$identify", "$groupidentify", "$screen", *EVENTS), ODD_EVENTS),
        "distinct_id": identifier(random),
        "properties": {each: properties[each] for each in random.sample(list(properties), random.randrange(5))},
        "person_properties": free(random),
        "timestamp": moment(random),
        "created_at": random.choice(TIMES),
    }


def written(random: Random, call: dict[str, Any]) -> bytes:
    """Return a call as a line of JSON, in one of the ways in which people write it."""
    compact = (",", ":") if random.random() < 0.5 else None
    text = json.dumps(call, separators=compact, ensure_ascii=random.random() < 0.3)
    end = "\r" if random.random() < 0.1 else ""
    return (text + end).encode(errors="surrogatepass")
