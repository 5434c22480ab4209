"""The readable side of a sandbox."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import threading

    from langchain_customerio.sandbox.faults import Fault, FaultQueue
    from langchain_customerio.sandbox.http import JsonObject
    from langchain_customerio.sandbox.ledger import CallRecord, Entry, Ledger
    from langchain_customerio.sandbox.models import (
        AnonymousProfile,
        ContentMetric,
        Deletion,
        DeliveryMetric,
        Device,
        Event,
        Object,
        Person,
        Relationship,
    )
    from langchain_customerio.sandbox.workspace import Workspace

_ROWS_SHOWN: Final = 50
_CELL_SHOWN: Final = 200
_DEPTH_SHOWN: Final = 100


class Views:
    """The reading half of a sandbox: the ledger, the workspace, and both as plain JSON."""

    _lock: threading.RLock
    _faults: FaultQueue
    _ledger: Ledger
    _workspace: Workspace

    # What arrived

    @property
    def ledger(self) -> list[Entry]:
        """Every request with its outcome."""
        return self._ledger.entries

    @property
    def requests(self) -> list[object]:
        """The body of every request, as JSON; None for one that is not JSON."""
        return [entry.json for entry in self.ledger]

    @property
    def accepted_calls(self) -> list[CallRecord]:
        """Every call that was stored, in order, batch items one by one; `.call` is its JSON."""
        return [call for entry in self.ledger for call in entry.calls if call.outcome == "accepted"]

    @property
    def counts(self) -> dict[str, int]:
        """Counters: `requests`, `bytes`, `calls`, and by outcome, endpoint and type, such as `accepted.identify`.

        Three tell what came again: `duplicates` are calls whose `messageId` was stored before, `conflicts` are those
        of the stored ones that say something else than the first with that id, and `contents` counts the stored calls
        that differ in more than the id. Of calls that are all different, each came under one id where `contents` is
        `calls.accepted` less `duplicates`, and `conflicts` is 0. They rest on 64-bit hashes.
        """
        return dict(self._ledger.counts)

    @property
    def duplicates(self) -> dict[str, int]:
        """Message ids that were stored more than once, and how often; with `record=False` see `counts`."""
        return self._ledger.duplicates

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Faults that are still waiting to fire."""
        return self._faults.pending

    # The workspace

    @property
    def people(self) -> dict[str, Person]:
        """People by `userId`."""
        return self._workspace.people

    @property
    def anonymous(self) -> dict[str, AnonymousProfile]:
        """Anonymous profiles by `anonymousId`, as long as they belong to nobody."""
        return self._workspace.anonymous

    @property
    def objects(self) -> dict[tuple[str, str], Object]:
        """Objects by object type and id."""
        return self._workspace.objects

    @property
    def relationships(self) -> dict[tuple[str, str, str], Relationship]:
        """Relationships by user id, object type and object id."""
        return self._workspace.relationships

    @property
    def devices(self) -> dict[tuple[str, str], Device]:
        """Devices by user id and token."""
        return self._workspace.devices

    @property
    def events(self) -> list[Event]:
        """Tracked events, pages and screens, in order of arrival."""
        return self._workspace.events

    @property
    def suppressed(self) -> set[str]:
        """Identifiers that are blocked."""
        return self._workspace.suppressed

    @property
    def aliases(self) -> dict[str, str]:
        """The `userId` by the `previousId` that was merged into it."""
        return self._workspace.aliases

    @property
    def deleted(self) -> list[Deletion]:
        """What semantic events asked to remove, found or not, in order."""
        return self._workspace.deleted

    @property
    def delivery_metrics(self) -> list[DeliveryMetric]:
        """What `Report Delivery Event` reported."""
        return self._workspace.delivery_metrics

    @property
    def content_metrics(self) -> list[ContentMetric]:
        """What `Report Content Event` reported."""
        return self._workspace.content_metrics

    # To look at

    def summary(self) -> JsonObject:
        """The whole state as plain JSON: every table of the workspace, and the counters."""
        with self._lock:
            return {
                "people": _plain(self.people),
                "anonymous": _plain(self.anonymous),
                "objects": _plain(list(self.objects.values())),
                "relationships": _plain(list(self.relationships.values())),
                "devices": _plain(list(self.devices.values())),
                "events": _plain(self.events),
                "suppressed": _plain(self.suppressed),
                "aliases": dict(self.aliases),
                "deleted": _plain(self.deleted),
                "delivery_metrics": _plain(self.delivery_metrics),
                "content_metrics": _plain(self.content_metrics),
                "duplicates": self.duplicates,
                "counts": self.counts,
            }

    def tables(self) -> dict[str, list[JsonObject]]:
        """Rows of plain JSON for people, objects, relationships, devices, events and ledger: for printing."""
        with self._lock:
            return {
                "people": [_person(person) for person in self.people.values()],
                "objects": _rows(self.objects.values(), "type_id", "id", "traits"),
                "relationships": _rows(self.relationships.values(), "user_id", "type_id", "object_id", "attributes"),
                "devices": _rows(self.devices.values(), "user_id", "type", "token"),
                "events": [_event(event) for event in self.events],
                "ledger": [_entry(entry) for entry in self.ledger],
            }

    def _repr_html_(self) -> str:
        return _html(self.tables())


def _plain(value: object, depth: int = 0) -> Any:  # noqa: ANN401 - JSON of any shape
    """Turn records into plain JSON: times as ISO 8601, sets sorted, what is nested 100 deep as `"…"`."""
    if depth > _DEPTH_SHOWN:
        return "…"
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name), depth + 1) for field in fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {_name(key): _plain(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, set):
        return sorted(value)
    return [_plain(inner, depth + 1) for inner in value] if isinstance(value, list) else value


def _name(key: str | tuple[str, ...]) -> str:
    return key if isinstance(key, str) else "/".join(key)


def _html(rows_by_name: Mapping[str, list[JsonObject]]) -> str:
    """Draw tables as HTML, every text in them escaped, the first 50 rows of each."""
    drawn = [_table(name, rows) for name, rows in rows_by_name.items() if rows]
    return "".join(drawn) or "<p>Nothing has arrived yet.</p>"


def _rows(records: Iterable[object], *columns: str) -> list[JsonObject]:
    return [{name: _plain(getattr(record, name)) for name in columns} for record in records]


def _person(person: Person) -> JsonObject:
    return {
        "id": person.id,
        "traits": _plain(person.traits),
        "anonymous_ids": list(person.anonymous_ids),
        "unsubscribed": person.is_unsubscribed,
    }


def _event(event: Event) -> JsonObject:
    return {
        "kind": event.kind,
        "name": event.name,
        "who": event.user_id or event.anonymous_id or event.group_id,
        "properties": _plain(event.properties),
        "timestamp": _plain(event.timestamp),
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
