"""The readable side of a sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langchain_customerio.sandbox.matching import Pattern, assert_count
from langchain_customerio.sandbox.render import html_tables, plain, rich_tables
from langchain_customerio.sandbox.rows import Search, rows_of

if TYPE_CHECKING:
    import threading
    from collections import Counter
    from collections.abc import Iterable

    from rich.console import Group

    from langchain_customerio.sandbox.faults import Fault, FaultQueue, Waiting
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
    from langchain_customerio.sandbox.render import Shown
    from langchain_customerio.sandbox.timeline import Timeline
    from langchain_customerio.sandbox.workspace import Workspace


class Views:
    """The reading half of a sandbox: the ledger, the workspace, and both as plain JSON."""

    lock: threading.RLock
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
        return self.calls()

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
    def labels(self) -> dict[str, int]:
        """Calls by `accepted`, `duplicate`, `dropped`, `rejected` and `faulted`: each counts once.

        A request of which no call could be read counts as one call.
        """
        return dict(self._ledger.labels)

    @property
    def seconds(self) -> dict[int, Counter[str]]:
        """The same for each second of arrival (Unix time), for the last 3,600 seconds in which something arrived."""
        return self._ledger.seconds

    @property
    def run(self) -> str:
        """Tells what was recorded since the last `reset` from what was recorded before."""
        return self._ledger.run

    @property
    def waiting(self) -> tuple[Waiting, ...]:
        """The queue of faults, with what is left of each."""
        return tuple(self._faults.waiting)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Faults that are still waiting to fire."""
        return tuple(waiting.fault for waiting in self._faults.waiting)

    @property
    def reasons(self) -> dict[tuple[str, str], int]:
        """Why calls were not stored, and how often: `{("dropped", "the API key is unknown"): 2}`.

        The outcome is `dropped`, `rejected` or `faulted`, or `ignored` for a top-level key that was left out. Kept
        with `record=False`, too. Beyond 1,000 different ones the reason is `other reasons`.
        """
        return dict(self._ledger.reasons)

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

    def find(self, identifier: str) -> Person | None:
        """The person with this id, e-mail address, merged anonymous id or merged previous id."""
        with self.lock:
            return self._workspace.resolve(identifier)

    def identifiers_of(self, identifier: str) -> set[str]:
        """Every identifier of the person that one of them names: id, e-mail address, anonymous and previous ids."""
        with self.lock:
            person = self.find(identifier)
            if person is None:
                return {identifier}
            email = {person.email} if person.email else set[str]()
            return {identifier, person.id, *person.anonymous_ids, *person.previous_ids} | email

    # To test with

    def calls(
        self, kind: str | None = None, /, *, outcome: str | None = "accepted", **fields: object
    ) -> list[CallRecord]:
        """Find calls, batch items among them.

        Example:
            >>> from langchain_customerio import Track
            >>> from langchain_customerio.sandbox import Sandbox
            >>> sandbox = Sandbox()
            >>> with sandbox.client() as client:
            ...     receipt = client.send(Track(user_id="ada", event="Order Completed", properties={"total": 20}))
            >>> len(sandbox.calls("track", user_id="ada", properties={"total": 20}))
            1

        Args:
            kind: `identify`, `track`, `page`, `screen`, `group` or `alias`; any by default.
            outcome: `accepted` (stored), `dropped` or `rejected`; None for any.
            **fields: Top-level fields of the call, as `user_id` or `userId`. An object matches one that has at least
                these keys with these values.

        Returns:
            The calls in order of arrival; `.call` is the JSON. Empty with `record=False`.
        """
        return Pattern(kind, outcome, fields).of(self.ledger)

    def assert_called(
        self,
        kind: str | None = None,
        /,
        *,
        times: int | None = None,
        outcome: str | None = "accepted",
        **fields: object,
    ) -> list[CallRecord]:
        """Check that a call arrived, and return what `calls` finds.

        Args:
            kind: As in `calls`.
            times: Exactly how many calls match; at least one by default.
            outcome: As in `calls`.
            **fields: As in `calls`.

        Raises:
            AssertionError: Another number of calls matches. The text shows the nearest ones and how they differ.
        """
        __tracebackhide__ = True
        pattern = Pattern(kind, outcome, fields)
        found = pattern.of(self.ledger)
        assert_count(found, times, pattern, self.ledger)
        return found

    # To look at

    def summary(self) -> JsonObject:
        """The whole state as plain JSON: every table of the workspace, and the counters."""
        with self.lock:
            return {
                "people": plain(self.people),
                "anonymous": plain(self.anonymous),
                "objects": plain(list(self.objects.values())),
                "relationships": plain(list(self.relationships.values())),
                "devices": plain(list(self.devices.values())),
                "events": plain(self.events),
                "suppressed": plain(self.suppressed),
                "aliases": dict(self.aliases),
                "deleted": plain(self.deleted),
                "delivery_metrics": plain(self.delivery_metrics),
                "content_metrics": plain(self.content_metrics),
                "duplicates": self.duplicates,
                "counts": self.counts,
            }

    def tables(self) -> dict[str, list[JsonObject]]:
        """Rows of plain JSON for people, objects, relationships, devices, events and ledger: for printing."""
        with self.lock:
            tables: list[tuple[str, Iterable[Shown]]] = [
                ("people", self.people.values()),
                ("objects", self.objects.values()),
                ("relationships", self.relationships.values()),
                ("devices", self.devices.values()),
                ("events", self.events),
                ("ledger", self.ledger),
            ]
            return {name: [record.row() for record in records] for name, records in tables}

    def timeline(self, person: Person | str) -> Timeline:
        """Draw what happened to a person: every call that names them, by name, time and outcome.

        Args:
            person: The person, or any of their identifiers.

        Returns:
            A matplotlib figure; a notebook shows it, and `savefig("ada.svg")` writes it to a file.

        Raises:
            ModuleNotFoundError: The extra `notebook` is not installed.
        """
        try:
            from langchain_customerio.sandbox.timeline import timeline  # noqa: PLC0415 - needs an extra
        except ModuleNotFoundError as error:
            message = "timeline() needs an extra: pip install 'langchain-customerio[notebook]'"
            raise ModuleNotFoundError(message, name=error.name) from error
        identifier = person if isinstance(person, str) else person.id
        search = Search(person=frozenset(self.identifiers_of(identifier)))
        rows = [row for entry in self.ledger for row in rows_of(entry) if search.admits(row)]
        return timeline(f"What happened to {identifier}", rows)

    def __rich__(self) -> Group:
        """Draw `tables` in a terminal, for `rich.print`."""
        return rich_tables(self.tables())

    def _repr_html_(self) -> str:
        return html_tables(self.tables())
