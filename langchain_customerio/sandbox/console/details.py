"""What the page shows of one call, one person or one object, and the lists that lead there.

Values of the workspace go out as JSON text: a browser would round integers beyond 53 bits.
"""

from __future__ import annotations

from collections import Counter
from heapq import nlargest
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from langchain_customerio.sandbox.console.snippets import snippets
from langchain_customerio.sandbox.http import UnreadableError, parse
from langchain_customerio.sandbox.models import Person
from langchain_customerio.sandbox.render import plain, to_json
from langchain_customerio.sandbox.rows import rows_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from langchain_customerio.sandbox.app import App
    from langchain_customerio.sandbox.http import JsonObject
    from langchain_customerio.sandbox.ledger import Entry
    from langchain_customerio.sandbox.models import AnonymousProfile, Object, Relationship

_LISTED: Final = 500
"""Most people or objects in a list; a search finds the others."""
_TEXT: Final = 200_000
"""Most characters of a body."""
_PREFERENCES: Final = "cio_subscription_preferences"


def call(app: App, number: int, index: int, base_url: str) -> JsonObject | None:
    """Give one call with its request and answer; None when there is no such call."""
    entries = app.ledger
    rows = rows_of(entries[number - 1]) if 0 < number <= len(entries) else []
    if not 0 <= index < len(rows):
        return None
    row = rows[index]
    entry = row.entry
    return {
        "row": row.json(),
        "reason": row.reason,
        "ignored": list(row.call.ignored_keys) if row.call else [],
        "message_id": row.call.message_id if row.call else None,
        "calls": len(entry.calls),
        "call": _text(row.body)[:_TEXT] if row.call else None,
        "request": {
            "method": entry.method,
            "path": entry.path,
            "headers": entry.headers,
            "key": entry.key,
            "bytes": len(entry.body),
            "body": _body(entry),
        },
        "answer": {
            "headers": entry.answer_headers,
            "body": entry.answer.decode("utf-8", "replace")[:_TEXT],
        },
        "snippets": snippets(row, base_url),
    }


def people(app: App, words: tuple[str, ...]) -> JsonObject:
    """Give the people and anonymous profiles that a search finds, those that changed last first."""
    with app.lock:
        everybody: Iterable[Person | AnonymousProfile] = chain(app.people.values(), app.anonymous.values())
        found = [each for each in everybody if _has(each, words)]
        newest = nlargest(_LISTED, found, key=lambda each: _changed_at(each) or 0)
        return {"total": len(found), "rows": [_person_row(app, each) for each in newest]}


def person(app: App, identifier: str) -> JsonObject:
    """Give all that the workspace holds of whoever an identifier names, also when that is nothing."""
    with app.lock:
        known, anonymous = app.find(identifier), app.anonymous.get(identifier)
        names = app.identifiers_of(identifier)
        profile = known or anonymous
        traits = profile.traits if profile else {}
        return {
            "id": known.id if known else identifier,
            "kind": "person" if known else "anonymous" if anonymous else "unknown",
            "email": known.email if known else None,
            "identifiers": sorted(names),
            "anonymous_ids": list(known.anonymous_ids) if known else [],
            "previous_ids": list(known.previous_ids) if known else [],
            "created_at": _seconds(profile.created_at if profile else None),
            "updated_at": _seconds(known.updated_at if known else None),
            "traits": list(_fields({name: value for name, value in traits.items() if name != _PREFERENCES})),
            "unsubscribed": bool(known and known.is_unsubscribed),
            "preferences": list(_fields(traits.get(_PREFERENCES))),
            "suppressed": sorted(names & app.suppressed),
            "aliases": [[old, new] for old, new in app.aliases.items() if not names.isdisjoint((old, new))],
            "devices": [plain(each) for each in app.devices.values() if each.user_id in names],
            "groups": [_membership(app, each) for each in app.relationships.values() if each.user_id in names],
            "deletions": [plain(each) for each in app.deleted if not names.isdisjoint((each.id, each.user_id or ""))],
        }


def objects(app: App, words: tuple[str, ...]) -> JsonObject:
    """Give the objects that a search finds, the newest first."""
    with app.lock:
        members = Counter(each[1:] for each in app.relationships)
        found = [each for each in reversed(app.objects.values()) if _has(each, words)]
        newest = found[:_LISTED]
        return {
            "total": len(found),
            "rows": [_object_row(each, members[each.type_id, each.id]) for each in newest],
        }


def one_object(app: App, type_id: str, object_id: str) -> JsonObject | None:
    """Give an object with its members; None when there is no such object."""
    with app.lock:
        found = app.objects.get((type_id, object_id))
        if found is None:
            return None
        members = [each for key, each in app.relationships.items() if key[1:] == (type_id, object_id)]
        return _object_row(found, len(members)) | {
            "created_at": _seconds(found.created_at),
            "traits": list(_fields(found.traits)),
            "members_listed": [
                {"id": each.user_id, "attributes": list(_fields(each.attributes))} for each in members[:_LISTED]
            ],
        }


def identifiers(app: App) -> JsonObject:
    """Give what was suppressed, deleted and merged: of each kind the newest, and how many there are."""
    with app.lock:
        merged = [each for each in reversed(app.people.values()) if each.anonymous_ids or each.previous_ids]
        return {
            "totals": {
                "suppressed": len(app.suppressed),
                "deleted": len(app.deleted),
                "aliases": len(app.aliases),
                "merged": len(merged),
            },
            "suppressed": sorted(app.suppressed)[:_LISTED],
            "deleted": [plain(each) for each in islice(reversed(app.deleted), _LISTED)],
            "aliases": [[old, new] for old, new in islice(reversed(app.aliases.items()), _LISTED)],
            "merged": [
                {"id": each.id, "anonymous_ids": list(each.anonymous_ids), "previous_ids": list(each.previous_ids)}
                for each in merged[:_LISTED]
            ],
        }


def _person_row(app: App, found: Person | AnonymousProfile) -> JsonObject:
    known = found if isinstance(found, Person) else None
    return {
        "id": found.id,
        "email": known.email if known else None,
        "kind": "person" if known else "anonymous",
        "traits": len(found.traits),
        "unsubscribed": bool(known and known.is_unsubscribed),
        "suppressed": found.id in app.suppressed,
        "at": _changed_at(found),
    }


def _changed_at(found: Person | AnonymousProfile) -> float | None:
    return _seconds(found.updated_at if isinstance(found, Person) else found.created_at)


def _object_row(found: Object, members: int) -> JsonObject:
    return {"type_id": found.type_id, "id": found.id, "name": _name(found), "members": members}


def _membership(app: App, found: Relationship) -> JsonObject:
    name = _name(app.objects.get((found.type_id, found.object_id)))
    attributes = list(_fields(found.attributes))
    return {"type_id": found.type_id, "id": found.object_id, "name": name, "attributes": attributes}


def _name(found: Object | None) -> str | None:
    name = found.traits.get("name") if found else None
    return name if isinstance(name, str) else None


def _has(record: Person | AnonymousProfile | Object, words: Iterable[str]) -> bool:
    if not words:
        return True
    text = f"{record.id}\n{to_json(record.traits)}".casefold()
    return all(word in text for word in words)


def _fields(value: object, above: str = "") -> Iterator[JsonObject]:
    """Give every value inside an object with its path: text as it is, anything else as JSON."""
    if isinstance(value, dict) and (value or not above):
        for name, inner in value.items():
            yield from _fields(inner, f"{above}.{name}" if above else name)
    elif above:
        is_text = isinstance(value, str)
        yield {"name": above, "value": value if is_text else _text(value), "text": is_text}


def _body(entry: Entry) -> str | None:
    """The body of a request: indented if it is JSON, as it is if it is other text, None if it is not text."""
    text = entry.text
    try:
        return text and _text(parse(text.encode()))[:_TEXT]
    except UnreadableError:
        return text and text[:_TEXT]


def _text(value: object) -> str:
    return to_json(value, indent=2)


def _seconds(time: datetime | None) -> float | None:
    return time.timestamp() if time else None
