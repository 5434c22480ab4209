"""From blocks of checked records to requests: packed in order, one block at a time."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

import orjson

from langchain_customerio.bulk.batching import Packer
from langchain_customerio.bulk.checkpoint import Settled
from langchain_customerio.bulk.lanes import MERGES
from langchain_customerio.bulk.readers.base import BadRecord
from langchain_customerio.bulk.records import BLANK
from langchain_customerio.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from langchain_customerio.bulk.batching import BatchRequest
    from langchain_customerio.bulk.examples import Note
    from langchain_customerio.bulk.readers.base import Block
    from langchain_customerio.bulk.tracker import Tracker
    from langchain_customerio.bulk.validate import Checked

_MOST_LAG: Final = 10_000


class Preparer:
    """Turns the records of a source into requests.

    Where `None` stands between requests, what follows must not be sent before all that went before has arrived.

    Args:
        tracker: Knows what an earlier load has settled, which is passed over, and counts what is read. People are
            divided among its lanes, and the order within a lane is kept.
        most_items: The largest number of items in a batch, or None.
        most_writes: The largest number of calls, or None.
    """

    def __init__(self, tracker: Tracker, *, most_items: int | None = None, most_writes: int | None = None) -> None:
        """Continue where the earlier load ended."""
        self._tracker = tracker
        self._settled = Settled(tracker.state.lanes)
        self._lanes = len(tracker.state.lanes)
        starts = [self._settled.lane_start(lane)[0] for lane in range(self._lanes)]
        self._packers = [Packer(lane, start, most_items=most_items) for lane, start in enumerate(starts)]
        self._most_writes = most_writes
        self._written = 0
        self._end: tuple[int, int | None] = (0, None)
        self._merging = False

    def feed(self, block: Block, checked: Checked) -> Iterator[BatchRequest | None]:
        """Take a block, and what became of its records, and give the requests that it fills."""
        said: dict[tuple[Note, ...], list[int]] = {}
        for at in sorted(checked.notes):
            said.setdefault(checked.notes[at], []).append(at)
        for notes, places_of in said.items():
            self._tracker.notes.count(notes, block.position(block.first + places_of[0]), times=len(places_of))
        places = self._to_send(block, checked)
        if checked.lanes:
            yield from self._deal(places, checked, block)
        else:
            yield from self._pack(self._packers[0], places, checked, block)
        self._end = block.first + len(block.records), block.end
        if self._lanes > 1:
            yield from self._catch_up()

    def finish(self) -> Iterator[BatchRequest]:
        """Give what is left at the end of the source."""
        for packer in self._packers:
            if packer.start < self._end[0]:
                yield packer.take(*self._end)

    def _to_send(self, block: Block, checked: Checked) -> Sequence[int]:
        """Return the places of the records that count: those that are not blank and not settled."""
        places: Sequence[int] = range(len(block.records))
        if blank := {at for at, bad in checked.bad.items() if bad.reason == BLANK}:
            self._tracker.blank += len(blank)
            places = [at for at in places if at not in blank]
        if not self._settled.is_beyond(block.first):
            lanes = checked.lanes or [0] * len(block.records)
            places = [at for at in places if not self._settled.has(max(0, lanes[at]), block.first + at)]
        if self._most_writes is not None:
            self._spend([at for at in places if at not in checked.bad], self._most_writes, checked)
        return places

    def _spend(self, places: list[int], most: int, checked: Checked) -> None:
        """Count the calls that will be sent, and refuse those that would be too many."""
        for at in places[max(0, most - self._written) :]:
            problem = Problem("enough_written", (), {"most": most})
            checked.bad[at] = BadRecord(problem, call=orjson.loads(checked.items[at]))
        self._written += len(places)

    def _deal(self, places: Sequence[int], checked: Checked, block: Block) -> Iterator[BatchRequest | None]:
        """Divide records among the lanes. All before an alias arrives before it, and it before all that follows."""
        found = lanes = checked.lanes
        sections: Iterable[tuple[bool, Iterable[int]]] = [(False, places)] if places else []
        if MERGES in found:  # one that is refused merges nobody
            sections = groupby(places, key=lambda at: found[at] == MERGES and at not in checked.bad)
            lanes = [max(0, lane) for lane in found]
        for merging, section in sections:
            dealt: list[list[int]] = [[] for _ in self._packers]
            for at in section:
                dealt[lanes[at]].append(at)
            if merging != self._merging:
                self._merging = merging
                index = block.first + min(own[0] for own in dealt if own)
                yield from (packer.take(index, block.offset(index)) for packer in self._packers if packer.waiting)
                yield None
            for packer, own in zip(self._packers, dealt, strict=True):
                if own:
                    yield from self._pack(packer, own, checked, block)

    def _pack(self, packer: Packer, places: Sequence[int], checked: Checked, block: Block) -> Iterator[BatchRequest]:
        """Pack records, and put aside those that will not be sent."""
        start = 0
        stops = [stop for stop, at in enumerate(places) if at in checked.bad] if checked.bad else []
        for stop in (*stops, len(places)):
            yield from self._extend(packer, places[start:stop], checked, block)
            if stop < len(places):
                yield from self._refuse(packer, block.first + places[stop], checked.bad[places[stop]], block)
            start = stop + 1

    def _extend(self, packer: Packer, run: Sequence[int], checked: Checked, block: Block) -> Iterator[BatchRequest]:
        """Pack items as tight as the API takes them."""
        items: Sequence[bytes] = checked.items if len(run) == len(checked.items) else [checked.items[at] for at in run]
        indexes: Sequence[int] = range(block.first + run[0], block.first + run[-1] + 1) if run else ()
        if len(indexes) > len(run):
            indexes = [block.first + at for at in run]
        while items:
            taken = packer.extend(items, indexes)
            self._tracker.read += taken
            items, indexes = items[taken:], indexes[taken:]
            if items:
                yield packer.take(indexes[0], block.offset(indexes[0]))

    def _refuse(self, packer: Packer, index: int, bad: BadRecord, block: Block) -> Iterator[BatchRequest]:
        packer.refuse(self._tracker.refused(index, bad))
        self._tracker.read += 1
        if packer.has_refused_enough:
            yield packer.take(index + 1, block.offset(index + 1))

    def _catch_up(self) -> Iterator[BatchRequest]:
        """Let lanes in which nobody is waiting settle what they have no part in, or a resumed load reads it again."""
        for packer in self._packers:
            if not packer.waiting and self._end[0] - packer.start >= _MOST_LAG:
                yield packer.take(*self._end)
