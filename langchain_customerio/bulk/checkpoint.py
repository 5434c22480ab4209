"""The checkpoint file: what a load has settled, so that a later one continues there."""

from __future__ import annotations

import errno
import os
import re
import time
from typing import TYPE_CHECKING, Annotated, Final, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from langchain_customerio.bulk.private_files import (
    lock,
    new_beside,
    open_private,
    read_whole,
    remove_left_beside,
    same_file,
    write_whole,
)
from langchain_customerio.errors import ConfigurationError, Problem

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
        process: Who has written it.
        source: Name of the source.
        fingerprint: What the source was; None where nothing told.
        identity: What message ids are made from.
        options: A digest of each option that decides ids, lanes or what a record becomes.
        strict: Whether the API was asked to validate all that was delivered.
        lanes: The settled records of each lane.
        delivered: How many records have been delivered, in all runs.
        refused: How many have been refused without being written down.
        dead_lettered: How many have been refused and written to the dead-letter file.
        complete: Whether there is nothing left.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[2] = 2
    process: int = 0
    source: str
    fingerprint: str | None
    identity: str
    options: dict[str, str] = {}
    strict: bool = False
    lanes: Annotated[list[list[Run]], Field(min_length=1)]
    delivered: int = 0
    refused: int = 0
    dead_lettered: int = 0
    complete: bool = False


class Checkpoint:
    """A checkpoint file, locked from the moment it is read or written until it is released.

    Each write replaces the file as a whole, so that a process that is killed leaves the old one or the new one. It is
    forced onto the disk at most once a second, which takes some fifty times as long as the rest: what a failing power
    supply loses of it is sent again, under the same ids.

    Args:
        path: The file.
        clock: Gives the time in seconds.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Touch nothing yet."""
        self.path = path
        self._clock = clock
        self._synced = clock()
        self._held: int | None = None

    def read(self) -> State | None:
        """Lock the file and return what it holds, or None where there is none.

        Raises:
            ConfigurationError: If another load uses it, or if it is not a checkpoint.
        """
        try:
            descriptor = open_private(self.path, os.O_RDONLY)
        except FileNotFoundError:
            return None
        content = read_whole(descriptor)
        if not lock(descriptor):
            os.close(descriptor)
            raise self._in_use(content)
        if not same_file(descriptor, self.path):  # whoever had it has replaced it, and then let go of it
            os.close(descriptor)
            return self.read()
        self._hold(descriptor)
        remove_left_beside(self.path)
        try:
            return State.model_validate_json(content)
        except ValidationError:
            self.release()
            problem = Problem("not_a_checkpoint", (), {"file": self.path})
            raise ConfigurationError(problem=problem) from None

    def write(self, state: State, *, last: bool = False) -> None:
        """Replace what the file holds.

        Args:
            state: What it shall hold.
            last: Whether nothing follows, so that it has to be on the disk.

        Raises:
            ConfigurationError: If another load has taken the file.
            OSError: If it cannot be written, or does not hold what was written.
        """
        data = orjson.dumps(state.model_copy(update={"process": os.getpid()}).model_dump())
        descriptor, new = new_beside(self.path)
        try:
            self._fill(descriptor, data, last=last)
            self._put_in_place(new)
        except BaseException:
            os.close(descriptor)
            new.unlink(missing_ok=True)
            raise
        self._hold(descriptor)

    def _fill(self, descriptor: int, data: bytes, *, last: bool) -> None:
        write_whole(descriptor, data)
        now = self._clock()
        if last or now - self._synced >= _SYNC_SECONDS:
            os.fsync(descriptor)
            self._synced = now
        if read_whole(descriptor) != data:
            raise OSError(errno.EIO, "does not hold what was written to it", str(self.path))
        lock(descriptor)

    def _put_in_place(self, new: Path) -> None:
        """Put a new file where the old one was; where there was none, there must be none now."""
        if self._held is not None and same_file(self._held, self.path):
            new.replace(self.path)
            return
        try:
            os.link(new, self.path)
        except FileExistsError:
            raise self._in_use(self.path.read_bytes()) from None
        except OSError:  # a file system without links
            new.replace(self.path)
        new.unlink(missing_ok=True)

    def _hold(self, descriptor: int) -> None:
        self.release()
        self._held = descriptor

    def release(self) -> None:
        """Let another load have the file."""
        if self._held is not None:
            os.close(self._held)
            self._held = None

    def _in_use(self, content: bytes) -> ConfigurationError:
        found = re.search(rb'"process":(\d+)', content)
        who = f"process {found[1].decode()}" if found is not None else "another process"
        return ConfigurationError(problem=Problem("in_use", (), {"file": self.path, "who": who}))
