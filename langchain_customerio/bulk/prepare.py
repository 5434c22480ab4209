"""From blocks of checked records to requests: packed in order, one block at a time."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Final

import orjson

from langchain_customerio.bulk.batching import Packer
from langchain_customerio.bulk.checkpoint import Settled
from langchain_customerio.bulk.readers.base import BadRecord
from langchain_customerio.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from langchain_customerio.bulk.batching import BatchRequest, Run
    from langchain_customerio.bulk.dealing import Dealt
    from langchain_customerio.bulk.examples import Note
    from langchain_customerio.bulk.readers.base import Block
    from langchain_customerio.bulk.tracker import Tracker

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

    def feed(self, block: Block, dealt: Dealt) -> Iterator[BatchRequest | None]:
        """Take a block, and what became of its records, and give the requests that it fills."""
        self._count(block, dealt)
        settled = self._settled_of(block, dealt)
        if self._most_writes is not None:
            self._spend(dealt, settled, self._most_writes)
        for merges, runs in groupby(dealt.runs, key=attrgetter("merges")):
            of_section = [run for run in runs if not settled.issuperset(run.places)]
            if merges != self._merging and of_section:
                yield from self._wait_for_all(block, of_section)
            for run in of_section:
                yield from self._pack(run, dealt, settled, block)
        self._end = block.first + len(block.records), block.end
        if self._lanes > 1:
            yield from self._catch_up()

    def finish(self) -> Iterator[BatchRequest]:
        """Give what is left at the end of the source."""
        for packer in self._packers:
            if packer.start < self._end[0]:
                yield packer.take(*self._end)

    def _count(self, block: Block, dealt: Dealt) -> None:
        """Count what is to be said of records, and those that are none."""
        self._tracker.blank += dealt.blank
        said: dict[tuple[Note, ...], list[int]] = {}
        for at in sorted(dealt.notes):
            said.setdefault(dealt.notes[at], []).append(at)
        for notes, places in said.items():
            self._tracker.notes.count(notes, block.position(block.first + places[0]), times=len(places))

    def _settled_of(self, block: Block, dealt: Dealt) -> set[int]:
        """Return the places of the records that an earlier load has settled."""
        has, first = self._settled.has, block.first
        if self._settled.is_beyond(first):
            return set()
        return {at for run in dealt.runs for at in run.places if has(run.lane, first + at)}

    def _spend(self, dealt: Dealt, settled: set[int], most: int) -> None:
        """Count the calls that will be sent, and refuse those that would be too many."""
        items = dict(item for run in dealt.runs for item in run.items())
        places = sorted(items.keys() - settled - dealt.bad.keys())
        for at in places[max(0, most - self._written) :]:
            dealt.bad[at] = BadRecord(Problem("enough_written", (), {"most": most}), call=orjson.loads(items[at]))
        self._written += len(places)

    def _wait_for_all(self, block: Block, runs: Iterable[Run]) -> Iterator[BatchRequest | None]:
        """Let all that went before arrive before what merges people, and that before all that follows."""
        self._merging = not self._merging
        index = block.first + min(run.places[0] for run in runs)
        yield from (packer.take(index, block.offset(index)) for packer in self._packers if packer.waiting)
        yield None

    def _pack(self, run: Run, dealt: Dealt, settled: set[int], block: Block) -> Iterator[BatchRequest]:
        """Pack a run, and put aside the records that will not be sent."""
        apart = dealt.bad.keys() | settled
        start = 0
        stops = [stop for stop, at in enumerate(run.places) if at in apart] if apart else []
        for stop in (*stops, len(run.places)):
            yield from self._extend(run, start, stop, block)
            if stop < len(run.places) and (at := run.places[stop]) not in settled:
                yield from self._refuse(run.lane, block.first + at, dealt.bad[at], block)
            start = stop + 1

    def _extend(self, run: Run, start: int, stop: int, block: Block) -> Iterator[BatchRequest]:
        """Pack items as tight as the API takes them."""
        packer = self._packers[run.lane]
        while start < stop:
            taken = packer.extend(run, start, stop, block.first)
            self._tracker.read += taken
            start += taken
            if start < stop:
                index = block.first + run.places[start]
                yield packer.take(index, block.offset(index))

    def _refuse(self, lane: int, index: int, bad: BadRecord, block: Block) -> Iterator[BatchRequest]:
        packer = self._packers[lane]
        packer.refuse(self._tracker.refused(index, bad))
        self._tracker.read += 1
        if packer.has_refused_enough:
            yield packer.take(index + 1, block.offset(index + 1))

    def _catch_up(self) -> Iterator[BatchRequest]:
        """Let lanes in which nobody is waiting settle what they have no part in, or a resumed load reads it again."""
        for packer in self._packers:
            if not packer.waiting and self._end[0] - packer.start >= _MOST_LAG:
                yield packer.take(*self._end)
