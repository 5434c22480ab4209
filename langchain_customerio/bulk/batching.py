"""From the bytes of calls to the bodies of batches: in order, as full as the API takes them, without copying twice."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate, count
from operator import add
from pickle import PickleBuffer
from typing import TYPE_CHECKING, Final

from langchain_customerio.api.batching import HEAD, MOST_BATCH_BYTES, tail

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MOST_REFUSED: Final = 1_000
_MOST_REFUSED_BYTES: Final = 500_000


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that is not sent.

    Attributes:
        index: Its place in the source, from 0.
        reason: Why.
        entry: Its line for the dead-letter file.
        place: The load that it is of, and its position in it.
        code: A stable name for the reason.
        call: What the record is, such as `track`, where it is a call.
        message_id: The id that it would have.
    """

    index: int
    reason: str
    entry: bytes = b""
    place: tuple[str, int] = ("", 0)
    code: str = ""
    call: str | None = None
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the source, of one lane of it.

    Attributes:
        lane: Number of the lane.
        start: Index of the first record.
        end: Index after the last record.
        offset: Where in the file the record at `end` begins, if that is known.
    """

    lane: int
    start: int
    end: int
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """What is posted at once, and which part of the source it settles.

    Attributes:
        span: The part of the source.
        body: The body of the batch, empty where there is nothing to send.
        ends: Where each item ends in the body.
        indexes: Where each item comes from.
        refused: What that part of the source had beside the items.
    """

    span: Span
    body: bytes = b""
    ends: Sequence[int] = ()
    indexes: Sequence[int] = ()
    refused: tuple[Refused, ...] = ()

    @property
    def records(self) -> int:
        """How many records it accounts for."""
        return len(self.ends) + len(self.refused)

    def item(self, position: int) -> bytes:
        """Return the bytes of one item."""
        return self.body[self._begin(position) : self.ends[position]]

    def part(self, first: int, last: int) -> BatchRequest:
        """Return the part with the items from `first` up to `last`, and all that lies between their places."""
        if first == 0 and last == len(self.ends):
            return self
        span = self.span
        start = span.start if first == 0 else self.indexes[first]
        whole = last == len(self.ends)
        end = span.end if whole else self.indexes[last]
        begin = self._begin(first)
        return BatchRequest(
            span=Span(span.lane, start, end, span.offset if whole else None),
            body=HEAD + self.body[begin : self.ends[last - 1]] + self.body[self.ends[-1] :],
            ends=[end - begin + len(HEAD) for end in self.ends[first:last]],
            indexes=self.indexes[first:last],
            refused=tuple(each for each in self.refused if start <= each.index < end),
        )

    def unsent(self) -> BatchRequest:
        """Return what it has beside its items."""
        return BatchRequest(self.span, refused=self.refused)

    def _begin(self, position: int) -> int:
        return self.ends[position - 1] + 1 if position else len(HEAD)


@dataclass(frozen=True, slots=True)
class Run:
    """Records of one lane of a block, in order.

    Attributes:
        lane: Number of the lane.
        places: Their places in the block.
        text: Their items with a comma after each but the last; the item of a record that is not one is empty.
        ends: Where each item ends in the text.
        merges: Whether all that went before has to arrive before them, and they before all that follows.
    """

    lane: int
    places: Sequence[int]
    text: bytes
    ends: Sequence[int]
    merges: bool = False

    @classmethod
    def of(cls, lane: int, places: Sequence[int], items: Sequence[bytes], *, merges: bool = False) -> Run:
        """Put items side by side."""
        ends = array("Q", map(add, accumulate(map(len, items)), count()))
        return cls(lane, places, b",".join(items), ends, merges)

    def __reduce__(self) -> tuple[type[Run], tuple[object, ...]]:
        """Let the text travel beside the rest."""
        return Run, (self.lane, self.places, PickleBuffer(self.text), self.ends, self.merges)

    def begin(self, at: int) -> int:
        """Return where an item begins in the text."""
        return self.ends[at - 1] + 1 if at else 0

    def items(self) -> Iterator[tuple[int, bytes]]:
        """Give each item with its place in the block."""
        for at, place in enumerate(self.places):
            yield place, self.text[self.begin(at) : self.ends[at]]


class Packer:
    """Packs the items of one lane, in order.

    Args:
        lane: Number of the lane.
        start: Index of the first record of the source that has not been settled.
        most_items: The largest number of items in a batch, or None.
        most_bytes: The largest body.

    Attributes:
        lane: As given.
        start: Index of the first record that no request covers yet.
    """

    def __init__(
        self, lane: int = 0, start: int = 0, *, most_items: int | None = None, most_bytes: int = MOST_BATCH_BYTES
    ) -> None:
        """Start empty."""
        self._tail = tail()
        self._room = most_bytes - len(HEAD) - len(self._tail)
        self._most_items = most_items or most_bytes
        self.lane = lane
        self.start = start
        self._empty()

    def _empty(self) -> None:
        self._parts: list[bytes | memoryview] = []
        self._ends = array("Q")
        self._indexes = array("Q")
        self._refused: list[Refused] = []
        self._used = -1  # no comma before the first
        self._refused_bytes = 0

    @property
    def waiting(self) -> int:
        """How many records wait to be sent, or to be reported."""
        return len(self._indexes) + len(self._refused)

    def extend(self, run: Run, start: int, stop: int, first: int) -> int:
        """Take as many items of a run as fit, and return how many.

        Args:
            run: Items of this lane.
            start: The first one to take.
            stop: The one after the last.
            first: Index of the first record of the block that the run is of.
        """
        begin = run.begin(start)
        end = bisect_right(run.ends, begin + self._room - self._used - 1, start, stop)
        end = min(end, start + self._most_items - len(self._indexes))
        if end > start:
            size = run.ends[end - 1] - begin
            self._parts += (b",", memoryview(run.text)[begin : begin + size])
            moved = len(HEAD) + self._used + 1 - begin
            self._ends.extend(map(moved.__add__, run.ends[start:end]))
            self._indexes.extend(map(first.__add__, run.places[start:end]))
            self._used += size + 1
        return end - start

    def refuse(self, refused: Refused) -> None:
        """Take a record that will not be sent."""
        self._refused.append(refused)
        self._refused_bytes += len(refused.entry)

    @property
    def has_refused_enough(self) -> bool:
        """Whether the records that will not be sent are too many to keep them any longer."""
        return len(self._refused) >= _MOST_REFUSED or self._refused_bytes >= _MOST_REFUSED_BYTES

    def take(self, end: int, offset: int | None) -> BatchRequest:
        """Return all that waits as a request that settles the source up to `end`."""
        request = BatchRequest(
            span=Span(self.lane, self.start, end, offset),
            body=b"".join((HEAD, *self._parts[1:], self._tail)) if self._parts else b"",
            ends=self._ends,
            indexes=self._indexes,
            refused=tuple(self._refused),
        )
        self.start = end
        self._empty()
        return request
