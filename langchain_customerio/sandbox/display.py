"""The sandbox's state as plain JSON, as rows and as HTML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from langchain_customerio.sandbox.http import JsonObject
    from langchain_customerio.sandbox.ledger import Entry
    from langchain_customerio.sandbox.models import Event, Person
    from langchain_customerio.sandbox.views import Views

_ROWS_SHOWN: Final = 50
_CELL_SHOWN: Final = 200
_DEPTH_SHOWN: Final = 100


def plain(value: object, depth: int = 0) -> Any:  # noqa: ANN401 - JSON of any shape
    """Turn records into plain JSON: times as ISO 8601, sets sorted, what is nested 100 deep as `"…"`."""
    if depth > _DEPTH_SHOWN:
        return "…"
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name), depth + 1) for field in fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {_name(key): plain(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, set):
        return sorted(value)
    return [plain(inner, depth + 1) for inner in value] if isinstance(value, list) else value


def _name(key: str | tuple[str, ...]) -> str:
    return key if isinstance(key, str) else "/".join(key)


def summary(sandbox: Views) -> JsonObject:
    """The whole state of the workspace, the duplicates and the counters, as plain JSON."""
    return {
        "people": plain(sandbox.people),
        "anonymous": plain(sandbox.anonymous),
        "objects": plain(list(sandbox.objects.values())),
        "relationships": plain(list(sandbox.relationships.values())),
        "devices": plain(list(sandbox.devices.values())),
        "events": plain(sandbox.events),
        "suppressed": plain(sandbox.suppressed),
        "aliases": dict(sandbox.aliases),
        "deleted": plain(sandbox.deleted),
        "delivery_metrics": plain(sandbox.delivery_metrics),
        "content_metrics": plain(sandbox.content_metrics),
        "duplicates": sandbox.duplicates,
        "counts": sandbox.counts,
    }


def tables(sandbox: Views) -> dict[str, list[JsonObject]]:
    """The parts that people look at, a few columns each."""
    return {
        "people": [_person(person) for person in sandbox.people.values()],
        "objects": _rows(sandbox.objects.values(), "type_id", "id", "traits"),
        "relationships": _rows(sandbox.relationships.values(), "user_id", "type_id", "object_id", "attributes"),
        "devices": _rows(sandbox.devices.values(), "user_id", "type", "token"),
        "events": [_event(event) for event in sandbox.events],
        "ledger": [_entry(entry) for entry in sandbox.ledger],
    }


def html(rows_by_name: Mapping[str, list[JsonObject]]) -> str:
    """Draw tables as HTML, every text in them escaped, the first 50 rows of each."""
    drawn = [_table(name, rows) for name, rows in rows_by_name.items() if rows]
    return "".join(drawn) or "<p>Nothing has arrived yet.</p>"


def _rows(records: Iterable[object], *columns: str) -> list[JsonObject]:
    return [{name: plain(getattr(record, name)) for name in columns} for record in records]


def _person(person: Person) -> JsonObject:
    return {
        "id": person.id,
        "traits": plain(person.traits),
        "anonymous_ids": list(person.anonymous_ids),
        "unsubscribed": person.is_unsubscribed,
    }


def _event(event: Event) -> JsonObject:
    return {
        "kind": event.kind,
        "name": event.name,
        "who": event.user_id or event.anonymous_id or event.group_id,
        "properties": plain(event.properties),
        "timestamp": plain(event.timestamp),
    }


def _entry(entry: Entry) -> JsonObject:
    return {
        "number": entry.number,
        "endpoint": entry.endpoint or entry.path,
        "strict": entry.strict,
        "status": entry.status,
        "outcome": entry.outcome,
        "calls": len(entry.calls),
        "duplicates": sum(call.duplicate for call in entry.calls),
        "reason": entry.reason or entry.fault,
    }


def _table(name: str, rows: list[JsonObject]) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in rows[0])
    body = "".join(
        f"<tr>{''.join(f'<td>{_cell(value)}</td>' for value in row.values())}</tr>" for row in rows[:_ROWS_SHOWN]
    )
    more = f" (first {_ROWS_SHOWN})" if len(rows) > _ROWS_SHOWN else ""
    title = f"<h4>{escape(name)}: {len(rows)}{more}</h4>"
    return f"{title}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return escape(text if len(text) <= _CELL_SHOWN else f"{text[: _CELL_SHOWN - 1]}…")
