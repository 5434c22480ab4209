"""The checkpoint file: what a load has settled, so that a later one continues there."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Annotated, Final, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from langchain_customerio.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from langchain_customerio.bulk.batching import Span

_SYNC_SECONDS: Final = 1.0


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


class State(BaseModel):
    """What a checkpoint file holds; none of it is data of a call.

    Attributes:
        version: Of this format.
        source: Name of the source.
        fingerprint: What the source was; None where nothing told.
        identity: What message ids are made from.
        strict: Whether the API was asked to validate all that was delivered.
        lanes: The settled records of each lane.
        delivered: How many records have been delivered, in all runs.
        refused: How many have been refused without being written down.
        dead_lettered: How many have been refused and written to the dead-letter file.
        dead_letter: That file, and its length.
        complete: Whether there is nothing left.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    source: str
    fingerprint: str | None
    identity: str
    strict: bool = False
    lanes: Annotated[list[list[Run]], Field(min_length=1)]
    delivered: int = 0
    refused: int = 0
    dead_lettered: int = 0
    dead_letter: tuple[str, int] | None = None
    complete: bool = False


class Checkpoint:
    """A checkpoint file.

    Each write replaces the file as a whole, so that a process that is killed leaves the old one or the new one. It
    is forced onto the disk at most once a second, since a failing power supply is rare and a batch is not.

    Args:
        path: The file.
        clock: Gives the time in seconds.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Touch nothing yet."""
        self.path = path
        self._clock = clock
        self._synced = clock()

    def read(self) -> State | None:
        """Return what the file holds, or None where there is none.

        Raises:
            ConfigurationError: If it is no checkpoint.
        """
        try:
            return State.model_validate_json(self.path.read_bytes())
        except FileNotFoundError:
            return None
        except ValidationError:
            raise ConfigurationError(
                f"{self.path} is no checkpoint, or a damaged one. Without it, the source is loaded from its beginning,"
                " with the same messageIds if the source has not changed."
            ) from None

    def write(self, state: State, *, last: bool = False) -> None:
        """Replace what the file holds.

        Args:
            state: What it shall hold.
            last: Whether nothing follows, so that it has to be on the disk.
        """
        now = self._clock()
        new = self.path.with_name(f"{self.path.name}.new")
        with new.open("wb", buffering=0) as file:
            file.write(orjson.dumps(state.model_dump()))
            if last or now - self._synced >= _SYNC_SECONDS:
                os.fsync(file.fileno())
                self._synced = now
        new.replace(self.path)
