"""Processes that check the records of a source beside the one that reads and sends.

Another process gets blocks of records, and gives back what became of them; blocks come back in the order in which they
were read. What a record becomes follows from the record alone, so that it does not matter who checks it.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from ctypes import c_char
from dataclasses import replace
from itertools import accumulate, cycle, pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from langchain_customerio.bulk.readers.base import Block
from langchain_customerio.bulk.readers.text_lines import TextLines
from langchain_customerio.errors import ConfigurationError, Problem
from langchain_customerio.text import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future
    from ctypes import Array
    from multiprocessing.process import BaseProcess

    from langchain_customerio.bulk.dealing import Dealt

Check: TypeAlias = "Callable[[Block], Dealt]"
Parcel: TypeAlias = "tuple[bytes, list[int]]"
"""A pickle, and the sizes of the texts that belong to it."""

_AHEAD: Final = 2
"""How many parcels each process has: one of blocks that it checks, and one that waits."""

_ENOUGH: Final = 3 << 17  # bytes of the blocks in a parcel: each costs some 0.3 ms besides
_ROOM: Final = 1 << 20  # bytes of what becomes of them: nearly always more than enough


class Memory:
    """Memory that processes share, in rooms of one size: through it, texts travel at the price of copying them.

    Args:
        shared: The memory.
    """

    def __init__(self, shared: Array[c_char]) -> None:
        """Look at all of it."""
        self._view = memoryview(shared).cast("B")

    def put(self, room: int, value: object) -> Parcel:
        """Pickle a value; its texts are in a room, where there is enough of it."""
        buffers: list[pickle.PickleBuffer] = []
        data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL, buffer_callback=buffers.append)
        texts = [buffer.raw() for buffer in buffers]
        sizes = [*map(len, texts)]
        if sum(sizes) > _ROOM:
            return pickle.dumps(value, pickle.HIGHEST_PROTOCOL), []
        for text, (begin, end) in zip(texts, _places(room, sizes), strict=True):
            self._view[begin:end] = text
        return data, sizes

    def take(self, room: int, parcel: Parcel) -> Any:  # noqa: ANN401 - what was put there
        """Return the value, after which the room is free."""
        data, sizes = parcel
        return pickle.loads(data, buffers=[bytes(self._view[begin:end]) for begin, end in _places(room, sizes)])  # noqa: S301 - of our own processes


def _places(room: int, sizes: list[int]) -> Iterator[tuple[int, int]]:
    return pairwise(accumulate(sizes, initial=room * _ROOM))


class _Asked(NamedTuple):
    """Blocks that have been handed over, or that have to be checked here."""

    blocks: list[Block]
    room: int
    answer: Future[Parcel | None] | None


class Processes:
    """Processes that check blocks.

    Args:
        check: What checks a block.
        count: How many processes.

    Raises:
        ConfigurationError: If what checks cannot be given to another process.
    """

    def __init__(self, check: Check, count: int) -> None:
        """Start none yet."""
        self._check_here = check
        self._count = count
        try:
            self._packed = pickle.dumps(check)
        except Exception as error:  # noqa: BLE001 - whatever a policy of somebody else raises
            raise _cannot_travel(error) from None
        self._pool: ProcessPoolExecutor | None = None

    def all(self, blocks: Iterator[Block]) -> Iterator[tuple[Block, Dealt]]:
        """Check blocks a few ahead, and give them in order; a source that fails does so after what it gave before.

        Raises:
            ConfigurationError: If one of the processes has died, or cannot check.
        """
        # A copy of this process would have its locks and none of its threads, and so it is not copied.
        spawn = multiprocessing.get_context("spawn")
        most = _AHEAD * self._count
        shared = spawn.RawArray(c_char, most * _ROOM)
        self._pool = ProcessPoolExecutor(self._count, spawn, _begin, (self._packed, shared))
        memory, rooms, waiting = Memory(shared), cycle(range(most)), deque[_Asked]()
        failed: BaseException | None = None
        for some in _several(blocks):
            if isinstance(some, BaseException):
                failed = some
                break
            if len(waiting) == most:
                yield from self._taken(waiting.popleft(), memory)
            waiting.append(self._asked(self._pool, memory, next(rooms), some))
        while waiting:
            yield from self._taken(waiting.popleft(), memory)
        if failed is not None:
            raise failed

    def _asked(self, pool: ProcessPoolExecutor, memory: Memory, room: int, blocks: list[Block]) -> _Asked:
        """Give blocks to another process; those with records that cannot travel stay here."""
        try:
            parcel = memory.put(room, [Block(each.first, each.records, numbers=each.numbers) for each in blocks])
        except Exception:  # noqa: BLE001 - whatever the objects of a caller raise
            return _Asked(blocks, room, None)
        with self._explained():
            return _Asked(blocks, room, pool.submit(_checked, room, parcel))

    def _taken(self, asked: _Asked, memory: Memory) -> Iterator[tuple[Block, Dealt]]:
        """Give blocks with what became of their records."""
        parcel = None
        if asked.answer is not None:
            with self._explained():
                parcel = asked.answer.result()
        found = map(self._check_here, asked.blocks) if parcel is None else memory.take(asked.room, parcel)
        return zip(asked.blocks, found, strict=True)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except BrokenProcessPool:
            raise ConfigurationError(problem=Problem("process_died", (), {"count": self._count})) from None
        except ImportError as error:
            raise _cannot_travel(error) from None

    def close(self) -> None:
        """End them, when what they are at is done."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


def _several(blocks: Iterator[Block]) -> Iterator[list[Block] | BaseException]:
    """Give as many blocks at once as are worth a parcel; where the source fails, what it raises after what it gave."""
    some, size, failed = list[Block](), 0, list[BaseException]()
    try:
        for block in blocks:
            lines = TextLines.of(block.records)
            some.append(replace(block, records=lines))
            size += len(lines.text) if isinstance(lines, TextLines) else _ENOUGH
            if size >= _ENOUGH:
                yield some
                some, size = [], 0
    except (Exception, SystemExit) as error:  # noqa: BLE001 - of the source, whatever it is
        failed.append(error)
    if some:
        yield some
    yield from failed


def _cannot_travel(error: Exception) -> ConfigurationError:
    return ConfigurationError(problem=Problem("cannot_travel", (), {"why": shown(str(error))}))


# ---- in the other processes


class _Here:
    """What such a process has.

    Attributes:
        check: What checks a block, or why there is nothing.
        memory: What it shares with the one that it works for.
    """

    check: Check | ImportError
    memory: Memory


def _begin(packed: bytes, shared: Array[c_char]) -> None:
    """Get ready to check; whoever asks this process to stop asks the one that it works for too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_after, args=(multiprocessing.parent_process(),), daemon=True).start()
    _Here.memory = Memory(shared)
    try:
        _Here.check = pickle.loads(packed)  # noqa: S301 - of our own process
    except Exception as error:  # noqa: BLE001 - a class that only the other process has, whatever that raises
        _Here.check = ImportError(str(error))


def _end_after(other: BaseProcess | None, end: Callable[[int], object] = os._exit) -> None:
    """End when the process that this one works for is killed: nobody would ask for anything any more."""
    if other is not None:
        other.join()
        end(1)


def _checked(room: int, parcel: Parcel) -> Parcel | None:
    """Return what becomes of the records of blocks, or None where this cannot be said here.

    Raises:
        ImportError: If this process has not got what checks them.
    """
    if isinstance(_Here.check, ImportError):
        raise _Here.check
    try:
        return _Here.memory.put(room, [*map(_Here.check, _Here.memory.take(room, parcel))])
    except Exception:  # noqa: BLE001 - what goes wrong here goes wrong there again, where it is seen
        return None
