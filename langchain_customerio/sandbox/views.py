"""What one can look at in a sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langchain_customerio.sandbox import display

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


class Views:
    """The reading half of a sandbox: the ledger, the workspace, and both as plain JSON."""

    _lock: threading.RLock
    _faults: FaultQueue
    _ledger: Ledger
    _workspace: Workspace

    # What arrived

    @property
    def ledger(self) -> list[Entry]:
        """Every request, and what became of it."""
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
        """Faults that have not fired as often as they should."""
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
            return display.summary(self)

    def tables(self) -> dict[str, list[JsonObject]]:
        """Rows of plain JSON for people, objects, relationships, devices, events and ledger: for printing."""
        with self._lock:
            return display.tables(self)

    def _repr_html_(self) -> str:
        return display.html(self.tables())
