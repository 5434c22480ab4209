"""The record of every request: what came, what was answered, what became of it, and why."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from langchain_customerio.sandbox.http import JsonObject, UnreadableError, compact, parse, unpack

if TYPE_CHECKING:
    from datetime import datetime

Outcome = Literal["accepted", "dropped", "rejected", "faulted"]


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call, alone or out of a batch, and what became of it.

    Attributes:
        type: `identify`, `track`, `page`, `screen`, `group` or `alias`; None when a batch item names no such
            call.
        message_id: As sent; None without one.
        outcome: `accepted` (stored), `dropped` (lost although the answer was 200) or `rejected` (the answer
            said so).
        reason: Why it was not stored, or None.
        duplicate: Whether a call with this `messageId` was stored before.
        index: Its place in the batch, from 0; 0 for a single call.
        ignored_keys: Top-level keys that the API does not know, and drops without a word.
        call: The call as sent, with its `type` and with the batch's defaults filled in.
    """

    type: str | None
    message_id: str | None
    outcome: Outcome
    reason: str | None
    duplicate: bool
    index: int
    ignored_keys: tuple[str, ...]
    call: JsonObject = field(repr=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """One request, as the sandbox saw and answered it.

    Attributes:
        number: From 1, in order of arrival.
        at: Time of arrival.
        endpoint: `/track` and the like; None for a path that the API does not have.
        method: As sent.
        path: As sent.
        headers: Names in lower case; the authorization is left out.
        key: Scheme and fingerprint of the API key, or None without a key.
        body: The exact bytes on the wire.
        strict: Whether `X-Strict-Mode` was exactly `1`.
        status: What the client was answered; None when it got no answer.
        outcome: `accepted` (at least one call was stored, or there was nothing to store), `dropped` (nothing
            was stored although the answer was 200), `rejected` (nothing was stored and the answer said so) or
            `faulted` (an injected fault kept the request from being processed).
        reason: Why anything was not stored, or None.
        fault: The injected fault that this request met, in words, or None. A request can be accepted and
            still meet one: the answer was lost.
        calls: What became of each call in it; empty when the request was refused as a whole.
    """

    number: int
    at: datetime
    endpoint: str | None
    method: str
    path: str
    headers: dict[str, str] = field(repr=False)
    key: str | None
    body: bytes = field(repr=False)
    strict: bool
    status: int | None
    outcome: Outcome
    reason: str | None
    fault: str | None
    calls: tuple[CallRecord, ...]

    @property
    def json(self) -> object:
        """The body as JSON, decompressed and parsed afresh; None when it is not JSON."""
        try:
            return parse(unpack(self.headers, self.body))
        except UnreadableError:
            return None


class Ledger:
    """Entries, counters and the message ids seen so far.

    With `record=False` only counters and 64-bit hashes of message ids and contents are kept.
    """

    def __init__(self, *, record: bool) -> None:
        """Start empty."""
        self.entries: list[Entry] = []
        self.counts: Counter[str] = Counter()
        self._record = record
        self._seen: Counter[str] = Counter()
        self._ids = _HashSet()
        self._contents = _HashSet()
        self._pairs = _HashSet()

    @property
    def duplicates(self) -> dict[str, int]:
        """Message ids that were stored more than once, and how often; always empty with `record=False`."""
        return {message_id: times for message_id, times in self._seen.items() if times > 1}

    def has_seen(self, message_id: str | None) -> bool:
        """Whether a call with this id was stored before."""
        return message_id is not None and hash(message_id) in self._ids

    def see(self, message_id: str | None, call: JsonObject) -> None:
        """Remember that a call was stored: its id, what it says beside the id, and that the two belong together."""
        content = _content(call)
        self.counts["contents"] += self._contents.add(content)
        if message_id is None:
            return
        new = self._ids.add(hash(message_id))
        if self._pairs.add(hash((message_id, content))) and not new:
            self.counts["conflicts"] += 1
        if self._record:
            self._seen[message_id] += 1

    def write(self, entry: Entry) -> None:
        """Count a request, and keep it unless only counting."""
        counts = self.counts
        counts.update(("requests", f"requests.{entry.outcome}", f"endpoint.{entry.endpoint or 'unknown'}"))
        counts["bytes"] += len(entry.body)
        for call in entry.calls:
            counts["calls"] += 1
            counts[f"calls.{call.outcome}"] += 1
            if call.outcome == "accepted":
                counts[f"accepted.{call.type}"] += 1
            if call.duplicate:
                counts["duplicates"] += 1
        if self._record:
            self.entries.append(entry)


def _content(call: JsonObject) -> int:
    """Return a hash of what a call says beside its id; calls nested too deeply to be written are all alike."""
    try:
        return hash(compact({name: value for name, value in call.items() if name != "messageId"}))
    except RecursionError:
        return 0


class _HashSet:
    """A set of 64-bit hashes in a flat array, 12 to 24 bytes each: a fifth of what a set takes."""

    _MASK: Final = (1 << 64) - 1

    def __init__(self, slots: int = 1 << 12) -> None:
        self._table = array("Q", bytes(8 * slots))
        self._used = 0

    def __contains__(self, value: int) -> bool:
        return self._table[self._slot(value)] != 0

    def add(self, value: int) -> bool:
        """Return whether it is new."""
        slot = self._slot(value)
        if self._table[slot]:
            return False
        self._table[slot] = self._stored(value)
        self._used += 1
        if self._used * 3 > len(self._table) * 2:
            self._grow()
        return True

    def _stored(self, value: int) -> int:
        return value & self._MASK or 1

    def _slot(self, value: int) -> int:
        """Where the value stands, or the free slot where it would."""
        table, stored = self._table, self._stored(value)
        slot, last = stored % len(table), len(table) - 1
        while (found := table[slot]) and found != stored:
            slot = (slot + 1) & last
        return slot

    def _grow(self) -> None:
        old = self._table
        self._table = array("Q", bytes(16 * len(old)))
        for stored in old:
            if stored:
                self._table[self._slot(stored)] = stored
