"""Events of the shapes that people have, made up by a generator with a seed; no two are alike."""

from __future__ import annotations

import csv
import json
from random import Random
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Event = dict[str, Any]

_AGENTS: Final = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{}.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0",
)
_CITIES: Final = ("Berlin", "Lisbon", "Toronto", "Osaka", "Nairobi", "São Paulo")


def _time(random: Random) -> str:
    hour, minute, second = random.randrange(24), random.randrange(60), random.randrange(60)
    return f"2026-11-{random.randrange(1, 27):02}T{hour:02}:{minute:02}:{second:02}Z"


def _user(random: Random) -> str:
    return f"user-{random.randrange(10**7):07}"


def _address(random: Random) -> str:
    return (
        f"{random.choice((8, 23, 52, 91, 138))}.{random.randrange(256)}.{random.randrange(256)}.{random.randrange(256)}"
    )


def plain(random: Random, number: int) -> Event:
    """An order, as in the vendor's own examples: 280 bytes with Python's spaces."""
    return {
        "type": "track",
        "userId": _user(random),
        "event": "Order Completed",
        "timestamp": _time(random),
        "properties": {
            "order": f"order-{number:08}",
            "total": random.randrange(100_000) / 2,
            "currency": "EUR",
            "items": random.randrange(1, 10),
            "first": random.random() < 0.5,
            "coupon": "AUTUMN-2026",
            "channel": "web",
            "note": f"thank you {random.randrange(10**4)}",
        },
    }


def _with(random: Random, number: int, **more: Any) -> Event:
    return {**plain(random, number), **more}


def person(random: Random, number: int) -> Event:
    """A person with an e-mail, a date and an address with parts."""
    return {
        "type": "identify",
        "userId": _user(random),
        "timestamp": _time(random),
        "traits": {
            "email": f"ada.{number}@example.com",
            "name": f"Ada Lovelace {number}",
            "created_at": _time(random),
            "logins": random.randrange(10_000),
            "score": random.randrange(1000) / 8,
            "vip": random.random() < 0.1,
            "address": {
                "street": f"Main Street {random.randrange(500)}",
                "city": random.choice(_CITIES),
                "zip": f"{random.randrange(10**5):05}",
            },
        },
    }


def products(random: Random, number: int) -> Event:
    """An order with its products in a list."""
    event = plain(random, number)
    event["properties"]["products"] = [
        {
            "product_id": f"p-{random.randrange(10**6)}",
            "name": f"Mug {random.randrange(100)}",
            "price": random.randrange(10_000) / 100,
            "quantity": random.randrange(1, 5),
        }
        for _ in range(random.randrange(1, 5))
    ]
    return event


def same_address(random: Random, number: int) -> Event:
    """An order that comes from the one server of the shop."""
    return _with(random, number, context={"ip": "8.8.8.8"})


def new_address(random: Random, number: int) -> Event:
    """An order with the customer's address."""
    return _with(random, number, context={"ip": _address(random)})


def browser(random: Random, number: int) -> Event:
    """A page view with all that a browser says."""
    path = f"/products/{random.randrange(10**5)}"
    search = f"?utm_source=google&utm_campaign={random.randrange(1000)}"
    page = {
        "path": path,
        "referrer": "https://www.google.com/",
        "search": search,
        "title": f"Product {number} - Example",
        "url": f"https://example.com{path}{search}",
    }
    return {
        "type": "page",
        "userId": _user(random),
        "anonymousId": f"{random.getrandbits(128):032x}",
        "name": "Product",
        "timestamp": _time(random).replace("Z", f".{random.randrange(1000):03}Z"),
        "properties": dict(page),
        "context": {
            "ip": _address(random),
            "locale": random.choice(("en-US", "de-DE", "pt-BR")),
            "timezone": "Europe/Berlin",
            "userAgent": random.choice(_AGENTS).format(random.randrange(100, 140)),
            "page": page,
            "campaign": {"name": f"autumn {random.randrange(50)}", "source": "google", "medium": "cpc", "term": "mug"},
            "screen": {"width": 1920, "height": 1080, "density": random.choice((1, 1.5, 2))},
            "library": {"name": "analytics.js", "version": "2.11.1"},
        },
    }


def mobile(random: Random, number: int) -> Event:
    """A screen view with all that a phone says."""
    return {
        "type": "screen",
        "userId": _user(random),
        "anonymousId": f"{random.getrandbits(128):032x}",
        "name": "Basket",
        "messageId": f"{random.getrandbits(128):032x}",
        "timestamp": _time(random),
        "sentAt": _time(random),
        "properties": {"items": random.randrange(10), "total": random.randrange(10_000) / 100},
        "context": {
            "app": {
                "name": "Shop",
                "version": f"5.{random.randrange(30)}",
                "build": "1042",
                "namespace": "com.example",
            },
            "device": {
                "id": f"{random.getrandbits(64):016x}",
                "manufacturer": "Apple",
                "model": "iPhone17,1",
                "name": "iPhone",
                "type": "ios",
                "token": f"{random.getrandbits(256):064x}",
            },
            "network": {"cellular": True, "wifi": random.random() < 0.5, "bluetooth": False, "carrier": "Example"},
            "os": {"name": "iOS", "version": "18.1"},
            "locale": "en-GB",
            "timezone": "Europe/London",
        },
    }


def integrations(random: Random, number: int) -> Event:
    """An order that names its destinations."""
    return _with(random, number, integrations={"All": True})


def snake_case(random: Random, number: int) -> Event:
    """An order with the names that Python and SQL use, which are corrected."""
    event = plain(random, number)
    return {"type": "track", "user_id": event.pop("userId"), "message_id": f"{random.getrandbits(96):x}", **event}


def number_as_id(random: Random, number: int) -> Event:
    """An order of a customer who has a number, which is corrected."""
    return _with(random, number, userId=random.randrange(10**7))


def warned(random: Random, number: int) -> Event:
    """An order with a time that has no zone, which is warned of."""
    event = plain(random, number)
    event["properties"]["shipped_at"] = _time(random).removesuffix("Z")
    return event


def alias(random: Random, number: int) -> Event:
    """A visitor who becomes known."""
    return {
        "type": "alias",
        "previousId": f"{random.getrandbits(128):032x}",
        "userId": f"user-{number:08}",
        "timestamp": _time(random),
    }


def group(random: Random, number: int) -> Event:
    """A company, and a person in it."""
    return {
        "type": "group",
        "groupId": f"company-{number:06}",
        "userId": _user(random),
        "timestamp": _time(random),
        "traits": {
            "objectTypeId": "1",
            "name": f"Company {number}",
            "employees": random.randrange(10_000),
            "relationshipAttributes": {"role": random.choice(("admin", "member")), "since": _time(random)},
        },
    }


def new_names(random: Random, number: int) -> Event:
    """An order with a property of a name that no other has."""
    event = plain(random, number)
    event["properties"][f"answer_{random.getrandbits(48):x}"] = random.randrange(100)
    return event


def nulls(random: Random, number: int) -> Event:
    """An order as a database writes it: what is not there is null."""
    event = plain(random, number)
    event["properties"]["refunded_at"] = None
    return {**event, "anonymousId": None}


def escaped(random: Random, number: int) -> Event:
    """An order with text that Python's `json` escapes."""
    event = plain(random, number)
    event["properties"]["city"] = "São Paulo, Butantã"
    return event


SHAPES: Final[dict[str, Callable[[Random, int], Event]]] = {
    "plain track": plain,
    "identify with e-mail, date and address": person,
    "nested products": products,
    "the same `context.ip`": same_address,
    "a new `context.ip` each": new_address,
    "a browser's full context": browser,
    "a phone's full context": mobile,
    "`integrations`": integrations,
    "snake_case": snake_case,
    "a number as `userId`": number_as_id,
    "a warning each": warned,
    "alias": alias,
    "group with a relation": group,
    "ever new names": new_names,
    "nulls": nulls,
    "escaped text": escaped,
}


def events(shape: str, number: int, seed: int = 7) -> Iterator[Event]:
    """Yield so many events of a shape, the same for the same seed."""
    random, make = Random(seed), SHAPES[shape]  # noqa: S311 - the same events in every run
    return (make(random, i) for i in range(number))


def write_jsonl(path: Path, shape: str, number: int) -> None:
    """Write events as JSON Lines, with the spaces and the escapes of Python's `json`."""
    with path.open("w") as file:
        file.writelines(json.dumps(event) + "\n" for event in events(shape, number))


COLUMNS: Final = {
    "userId": "customer",
    "event": "what",
    "timestamp": "ordered_at",
    **{f"properties.{name}": name for name in ("order", "total", "currency", "items", "first", "coupon", "note")},
}
"""Field to column of a table of plain events."""


def rows(number: int) -> Iterator[Event]:
    """Yield plain events as rows of a table."""
    for event in events("plain track", number):
        values = {**event, **{f"properties.{name}": value for name, value in event["properties"].items()}}
        yield {column: values[field] for field, column in COLUMNS.items()}


def write_csv(path: Path, number: int) -> None:
    """Write plain events as a table in a CSV file."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(COLUMNS.values()))
        writer.writeheader()
        writer.writerows(rows(number))


def write_parquet(path: Path, number: int) -> None:
    """Write plain events as a table in a Parquet file."""
    import pyarrow as pa  # noqa: PLC0415 - slow to import
    import pyarrow.parquet  # noqa: PLC0415 - as above

    pyarrow.parquet.write_table(pa.Table.from_pylist(list(rows(number))), path)
