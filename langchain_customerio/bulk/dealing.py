"""From the checked records of a block to runs: what goes out in one lane, as it will stand in a batch."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from langchain_customerio.bulk.batching import Run
from langchain_customerio.bulk.lanes import MERGES
from langchain_customerio.bulk.records import BLANK

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from langchain_customerio.bulk.examples import Note
    from langchain_customerio.bulk.readers.base import BadRecord
    from langchain_customerio.bulk.validate import Checked


@dataclass(frozen=True, slots=True)
class Dealt:
    """What becomes of the records of a block.

    Attributes:
        runs: The records of each lane; those that merge, and those that do not, alternate.
        bad: What is wrong with those that are not sent, by their place.
        notes: What is to be said of records that are sent all the same, by their place.
        blank: How many there are that nobody counts.
    """

    runs: list[Run]
    bad: dict[int, BadRecord] = field(default_factory=dict)
    notes: dict[int, tuple[Note, ...]] = field(default_factory=dict)
    blank: int = 0


def dealt(checked: Checked, lanes: int) -> Dealt:
    """Divide the records of a block among the lanes.

    Args:
        checked: What became of them.
        lanes: How many lanes there are.
    """
    items, bad = checked.items, checked.bad
    blank = {at for at, each in bad.items() if each.reason == BLANK}
    places = [at for at in range(len(items)) if at not in blank] if blank else range(len(items))
    if lanes > 1:
        runs = [*_by_lane(places, checked, lanes)]
    else:
        runs = [Run.of(0, places, [items[at] for at in places] if blank else items)] if places else []
    return Dealt(runs, {at: each for at, each in bad.items() if at not in blank}, checked.notes, len(blank))


def _by_lane(places: Sequence[int], checked: Checked, lanes: int) -> Iterator[Run]:
    items, found, sections = checked.items, checked.lanes, [(False, places)]
    if MERGES in found:  # one that is refused merges nobody
        grouped = groupby(places, key=lambda at: found[at] == MERGES and at not in checked.bad)
        sections = [(merges, [*section]) for merges, section in grouped]
    for merges, section in sections:
        own: list[list[int]] = [[] for _ in range(lanes + 1)]
        for at in section:
            own[found[at]].append(at)
        own[0] = sorted(own[0] + own.pop())  # `MERGES` counts from the end
        for lane, dealt_to in enumerate(own):
            if dealt_to:
                yield Run.of(lane, dealt_to, [items[at] for at in dealt_to], merges=merges)
