"""From blocks of records to requests: checked, named, encoded and packed, in order, one block at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast
from zlib import crc32

from langchain_customerio.bulk.batching import Packer
from langchain_customerio.bulk.checkpoint import Settled
from langchain_customerio.bulk.readers.base import BadRecord

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_customerio.bulk.batching import BatchRequest
    from langchain_customerio.bulk.readers.base import Block
    from langchain_customerio.bulk.tracker import Tracker
    from langchain_customerio.bulk.validate import Checker

_MOST_LAG: Final = 10_000


class Preparer:
    """Turns the records of a source into requests.

    Where `None` stands between requests, what follows must not be sent before all that went before has arrived.

    Args:
        checker: Reads and checks each record.
        tracker: Knows what an earlier load has settled, which is passed over, and counts what is read. People are
            divided among its lanes, and the order within a lane is kept.
        most_items: The largest number of items in a batch, or None.
    """

    def __init__(self, checker: Checker, tracker: Tracker, *, most_items: int | None = None) -> None:
        """Continue where the earlier load ended."""
        self._checker = checker
        self._tracker = tracker
        self._settled = Settled(tracker.state.lanes)
        self._lanes = len(tracker.state.lanes)
        starts = [self._settled.lane_start(lane)[0] for lane in range(self._lanes)]
        self._packers = [Packer(lane, start, most_items=most_items) for lane, start in enumerate(starts)]
        self._end: tuple[int, int | None] = (0, None)
        self._merging = False

    def feed(self, block: Block) -> Iterator[BatchRequest | None]:
        """Take a block, and give the requests that it fills."""
        self._checker.tick()
        at, end = block.first, block.first + len(block.records)
        quick: list[bytes | None] = []
        if self._checker.is_quick and self._lanes == 1 and self._settled.is_beyond(at):
            quick = list(map(self._checker.quick, block.records, block.numbers or range(at, end)))
        while at < end:
            run = _until_none(quick, at - block.first)
            yield from self._run(run, at, block)
            at += len(run)
            if at < end:
                yield from self._one(at, block)
                at += 1
        self._end = end, block.end
        if self._lanes > 1:
            yield from self._catch_up()

    def _run(self, items: list[bytes], index: int, block: Block) -> Iterator[BatchRequest]:
        """Pack items that need no closer look."""
        packer = self._packers[0]
        while items:
            taken = packer.extend(items, index)
            self._tracker.read += taken
            items, index = items[taken:], index + taken
            if items:
                yield packer.take(index, block.offset(index))

    def _one(self, index: int, block: Block) -> Iterator[BatchRequest | None]:
        """Look at a record, and pack it or put it aside."""
        record = block.records[index - block.first]
        if self._lanes == 1 and self._settled.has(0, index):
            return
        self._tracker.notes.position = index + 1
        try:
            call = self._checker.check(record)
            item = self._checker.encode(call, block.number(index))
        except BadRecord as bad:
            yield from self._refuse(bad, record, index, block)
            return
        packer = self._packers[self._lane(call)]
        if self._lanes > 1:
            if self._settled.has(packer.lane, index):
                return
            yield from self._keep_merges_apart(call, index, block)
        if (spent := self._checker.spend(call)) is not None:
            yield from self._refuse(spent, record, index, block)
            return
        if not packer.add(item, index):
            yield packer.take(index, block.offset(index))
            packer.add(item, index)
        self._tracker.read += 1

    def finish(self) -> Iterator[BatchRequest]:
        """Give what is left at the end of the source."""
        for packer in self._packers:
            if packer.start < self._end[0]:
                yield packer.take(*self._end)

    def _refuse(self, bad: BadRecord, record: object, index: int, block: Block) -> Iterator[BatchRequest]:
        """Put a record aside; a blank line is none."""
        if isinstance(record, bytes | str) and not record.strip():
            self._tracker.blank += 1
            return
        packer = self._packers[self._lane(bad.call)]
        if self._lanes > 1 and self._settled.has(packer.lane, index):
            return
        packer.refuse(self._tracker.refused(index, bad))
        self._tracker.read += 1
        if packer.has_refused_enough:
            yield packer.take(index + 1, block.offset(index + 1))

    def _lane(self, call: object) -> int:
        """Return the lane of whom or what a call is about, also if it is refused: a later run may judge otherwise."""
        if not isinstance(call, dict) or call.get("type") == "alias":
            return 0
        about = call.get("userId") or call.get("anonymousId") or call.get("groupId")
        return crc32(str(about).encode(errors="replace")) % self._lanes

    def _keep_merges_apart(self, call: dict[str, Any], index: int, block: Block) -> Iterator[BatchRequest | None]:
        """Let all that went before an alias arrive first, and the alias before all that follows: it has two people."""
        if self._merging != (call["type"] == "alias"):
            self._merging = not self._merging
            for packer in self._packers:
                if packer.waiting:
                    yield packer.take(index, block.offset(index))
            yield None

    def _catch_up(self) -> Iterator[BatchRequest]:
        """Let lanes in which nobody is waiting settle what they have no part in, or a resumed load reads it again."""
        for packer in self._packers:
            if not packer.waiting and self._end[0] - packer.start >= _MOST_LAG:
                yield packer.take(*self._end)


def _until_none(items: list[bytes | None], start: int) -> list[bytes]:
    """Return the items from a place up to the first None."""
    try:
        end = items.index(None, start)
    except ValueError:
        end = len(items)
    return cast("list[bytes]", items[start:end])
