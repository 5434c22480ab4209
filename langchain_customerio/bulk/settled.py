"""Which parts of a source are settled: delivered, or refused for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_customerio.bulk.batching import Span

Run = tuple[int, int, int | None]
"""The indexes from the first up to the second, and the offset in the file after them where it is known."""


class Settled:
    """The settled records of each lane, as runs; there are hardly more runs than requests in flight.

    Args:
        lanes: The runs of each lane, as they were when an earlier load ended.

    >>> from langchain_customerio.bulk.batching import Span
    >>> settled = Settled([[]])
    >>> settled.add(Span(0, 5, 9)), settled.add(Span(0, 0, 5, 310)), settled.start
    (None, None, (9, None))
    """

    def __init__(self, lanes: Sequence[Sequence[Run]]) -> None:
        """Begin there."""
        self.runs: list[list[Run]] = [[(start, end, offset) for start, end, offset in runs] for runs in lanes]

    def add(self, span: Span) -> None:
        """Settle one more part, with whatever of it was settled before."""
        touching = [run for run in self.runs[span.lane] if run[0] <= span.end and run[1] >= span.start]
        last = max([*touching, (span.start, span.end, span.offset)], key=lambda run: (run[1], run[2] is not None))
        first = min([span.start, *(run[0] for run in touching)])
        others = [run for run in self.runs[span.lane] if run not in touching]
        self.runs[span.lane] = sorted([*others, (first, *last[1:])], key=lambda run: run[0])

    def has(self, lane: int, index: int) -> bool:
        """Return whether a record is settled."""
        return any(start <= index < end for start, end, _ in self.runs[lane])

    def lane_start(self, lane: int) -> tuple[int, int | None]:
        """Return the index of a lane's first record that is not settled, and its offset in the file if known."""
        runs = self.runs[lane]
        return runs[0][1:] if runs and runs[0][0] == 0 else (0, 0)

    @property
    def start(self) -> tuple[int, int | None]:
        """The same for all lanes together: where to begin to read."""
        return min((self.lane_start(lane) for lane in range(len(self.runs))), key=lambda start: start[0])

    def is_beyond(self, index: int) -> bool:
        """Return whether nothing is settled from here on."""
        return all(not runs or runs[-1][1] <= index for runs in self.runs)
