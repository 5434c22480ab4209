"""The record of every request: what arrived, what was answered, the outcome and the reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal
from uuid import uuid4

from typing_extensions import override

from langchain_customerio.sandbox.http import JsonObject, UnreadableError, compact, parse, unpack
from langchain_customerio.sandbox.render import RecordList, Shown

if TYPE_CHECKING:
    from datetime import datetime

Outcome = Literal["accepted", "dropped", "rejected", "faulted"]

_SECONDS: Final = 3_600
"""How many seconds with requests in them are remembered."""
_REASONS: Final = 1_000
"""How many different reasons are counted; a reason can hold a name that a caller chose."""
_OTHER_REASONS: Final = "other reasons"


@dataclass(frozen=True, slots=True)
class CallRecord(Shown):
    """One call, sent alone or in a batch, and its outcome.

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

    plural = "calls"
    columns = ("type", "outcome", "reason", "message_id", "call")

    type: str | None
    message_id: str | None
    outcome: Outcome
    reason: str | None
    duplicate: bool
    index: int
    ignored_keys: tuple[str, ...]
    call: JsonObject = field(repr=False)

    @property
    def label(self) -> str:
        """The outcome, or `duplicate` for a call that was stored again."""
        return "duplicate" if self.duplicate and self.outcome == "accepted" else self.outcome


@dataclass(frozen=True, slots=True)
class Entry(Shown):
    """One request and its answer.

    Attributes:
        number: From 1, in order of arrival.
        at: Time of arrival.
        endpoint: `/track` and the like; None for a path that the API does not have.
        method: As sent.
        path: As sent.
        headers: Names in lower case; the authorization is left out.
        key: Scheme and fingerprint of the API key, or None without a key.
        body: The exact bytes on the wire; empty when there were more than the sandbox reads.
        strict: Whether `X-Strict-Mode` was exactly `1`.
        status: What the client was answered; None when it got no answer.
        outcome: `accepted` (at least one call was stored, or there was nothing to store), `dropped` (nothing
            was stored although the answer was 200), `rejected` (nothing was stored and the answer said so) or
            `faulted` (an injected fault kept the request from being processed).
        reason: Why anything was not stored, or None.
        fault: The injected fault that hit this request, in words, or None. A request can be accepted and
            still meet one: the answer was lost.
        answer_headers: Of the answer; empty when the client got none.
        answer: The body of the answer; empty when the client got none.
        calls: The calls in it, each with its outcome; empty when the request was refused as a whole.
    """

    plural = "ledger"

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
    answer_headers: dict[str, str] = field(repr=False)
    answer: bytes = field(repr=False)
    calls: tuple[CallRecord, ...]

    @override
    def row(self) -> JsonObject:
        """Give it as a row of plain JSON in a table of several."""
        return {
            "number": self.number,
            "endpoint": self.endpoint or self.path,
            "strict": self.strict,
            "status": self.status,
            "outcome": self.outcome,
            "calls": len(self.calls),
            "duplicates": sum(call.duplicate for call in self.calls),
            "reason": self.reason or self.fault,
        }

    @property
    def text(self) -> str | None:
        """The body as text, decompressed; None when it is not text."""
        try:
            return unpack(self.headers, self.body).decode()
        except ValueError:
            return None

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

    Attributes:
        run: Tells this ledger from the one before a reset.
        entries: In order of arrival; the number of an entry is its place, counted from 1.
        counts: See `Views.counts`.
        reasons: See `Views.reasons`.
        labels: Calls by label; a request of which no call could be read counts as one.
        seconds: The same for each second of arrival (Unix time), newest last; at most 3,600 of them.
    """

    def __init__(self, *, record: bool) -> None:
        """Start empty."""
        self.run = uuid4().hex[:8]
        self.entries: list[Entry] = RecordList()
        self.counts: Counter[str] = Counter()
        self.reasons: Counter[tuple[str, str]] = Counter()
        self.labels: Counter[str] = Counter()
        self.seconds: dict[int, Counter[str]] = {}
        self._record = record
        self._seen: Counter[str] = Counter()
        self._ids: set[int] = set()
        self._contents: set[int] = set()
        self._pairs: set[int] = set()

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
        self._contents.add(content)
        self.counts["contents"] = len(self._contents)
        if message_id is None:
            return
        pair = hash((message_id, content))
        if hash(message_id) in self._ids and pair not in self._pairs:
            self.counts["conflicts"] += 1
        self._ids.add(hash(message_id))
        self._pairs.add(pair)
        if self._record:
            self._seen[message_id] += 1

    def write(self, entry: Entry) -> None:
        """Count a request, and keep it unless only counting."""
        counts = self.counts
        counts.update(("requests", f"requests.{entry.outcome}", f"endpoint.{entry.endpoint or 'unknown'}"))
        counts["bytes"] += len(entry.body)
        labels = [call.label for call in entry.calls] or [entry.outcome]
        self.labels.update(labels)
        self._second(entry.at).update(labels)
        if not entry.calls:
            self._explain(entry.outcome, entry.reason)
        for call in entry.calls:
            self._explain(call.outcome, call.reason)
            for key in call.ignored_keys:
                self._explain("ignored", f"{key} is not a field of {call.type}")
            counts["calls"] += 1
            counts[f"calls.{call.outcome}"] += 1
            if call.outcome == "accepted":
                counts[f"accepted.{call.type}"] += 1
            if call.duplicate:
                counts["duplicates"] += 1
        if self._record:
            self.entries.append(entry)

    def _second(self, at: datetime) -> Counter[str]:
        second = int(at.timestamp())
        if second not in self.seconds:
            self.seconds[second] = Counter()
            if len(self.seconds) > _SECONDS:
                del self.seconds[next(iter(self.seconds))]
        return self.seconds[second]

    def _explain(self, outcome: str, reason: str | None) -> None:
        if reason:
            known = (outcome, reason) in self.reasons or len(self.reasons) < _REASONS
            self.reasons[outcome, reason if known else _OTHER_REASONS] += 1


def _content(call: JsonObject) -> int:
    """Return a hash of what a call says beside its id; calls nested too deeply to be written are all alike."""
    try:
        return hash(compact({name: value for name, value in call.items() if name != "messageId"}))
    except RecursionError:
        return 0
