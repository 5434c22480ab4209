"""Checking the records of a source: in this process, or in several beside it.

Another process gets blocks of records, and gives back what became of them; blocks come back in the order in which they
were read. What a record becomes follows from the record alone, so that it does not matter who checks it. The client
and its key stay here.
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
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

import orjson

from langchain_customerio.bulk.readers.base import BadRecord, Block
from langchain_customerio.errors import ConfigurationError, Problem
from langchain_customerio.text import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future
    from multiprocessing.process import BaseProcess

    from langchain_customerio.bulk.validate import Checked, Checker
    from langchain_customerio.client.client import PipelinesClient

Check: TypeAlias = "Callable[[Block], Checked]"

_AHEAD: Final = 2
"""How many blocks each process has: one that it checks, and one that waits."""


class Checking:
    """Checks blocks of records.

    Args:
        checker: What checks a record.
        client: Who sends: its key is not data.
        lanes: How many lanes there are.
        processes: How many processes check; with one, it is this one.

    Raises:
        ConfigurationError: If the policy cannot be given to another process.
    """

    def __init__(self, checker: Checker, client: PipelinesClient, lanes: int = 1, processes: int = 1) -> None:
        """Start no process yet."""
        self._client = client
        self._check: Check = partial(checker.items, lanes=lanes)
        self._others = _Others(self._check, processes) if processes > 1 else None

    def checked(self, blocks: Iterator[Block]) -> Iterator[tuple[Block, Checked]]:
        """Give each block with what becomes of its records.

        Raises:
            ConfigurationError: If another process has died.
        """
        found = ((block, self._check(block)) for block in blocks) if self._others is None else self._others.all(blocks)
        for block, checked in found:
            self._refuse_the_key(checked)
            yield block, checked

    def _refuse_the_key(self, checked: Checked) -> None:
        """Refuse the records with the client's key as data; nearly always there is none: look at all at once."""
        if not self._client.holds_key(b"\n".join(checked.items)):
            return
        for at, item in enumerate(checked.items):
            if self._client.holds_key(item):
                checked.bad[at] = BadRecord(Problem("holds_key"), call=orjson.loads(item))

    def close(self) -> None:
        """End the other processes, when what they are at is done."""
        if self._others is not None:
            self._others.close()


class _Others:
    """Processes that check blocks.

    Args:
        check: What checks a block.
        processes: How many processes.
    """

    def __init__(self, check: Check, processes: int) -> None:
        self._check_here = check
        self._count = processes
        try:
            self._packed = pickle.dumps(check)
        except Exception as error:  # noqa: BLE001 - whatever a policy of somebody else raises
            raise _cannot_travel(error) from None
        self._pool: ProcessPoolExecutor | None = None

    def all(self, blocks: Iterator[Block]) -> Iterator[tuple[Block, Checked]]:
        """Check blocks a few ahead, and give them in order; a source that fails does so after what it gave before."""
        # A copy of this process would have its locks and none of its threads, and so it is not copied.
        spawn = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(self._count, spawn, _begin, (self._packed,))
        waiting: deque[tuple[Block, Future[bytes | None] | None]] = deque()
        failed: BaseException | None = None
        more = True
        while more or waiting:
            if not more or len(waiting) >= _AHEAD * self._count:
                yield self._taken(*waiting.popleft())
                continue
            try:
                block = next(blocks, None)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - of the source, whatever it is
                failed, block = error, None
            more = block is not None
            if block is not None:
                waiting.append((block, self._handed_over(self._pool, block)))
        if failed is not None:
            raise failed

    def _handed_over(self, pool: ProcessPoolExecutor, block: Block) -> Future[bytes | None] | None:
        """Give a block to another process; one with records that cannot travel stays here."""
        try:
            data = pickle.dumps(Block(block.first, block.records, numbers=block.numbers), pickle.HIGHEST_PROTOCOL)
        except Exception:  # noqa: BLE001 - whatever the objects of a caller raise
            return None
        with self._explained():
            return pool.submit(_checked, data)

    def _taken(self, block: Block, future: Future[bytes | None] | None) -> tuple[Block, Checked]:
        if future is not None:
            with self._explained():
                data = future.result()
            if data is not None:
                return block, pickle.loads(data)  # noqa: S301 - of our own process
        return block, self._check_here(block)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except BrokenProcessPool:
            raise ConfigurationError(problem=Problem("process_died", (), {"count": self._count})) from None
        except ImportError as error:
            raise _cannot_travel(error) from None

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


def _cannot_travel(error: Exception) -> ConfigurationError:
    return ConfigurationError(problem=Problem("cannot_travel", (), {"why": shown(str(error))}))


# ---- in the other processes


class _Here:
    """What such a process has.

    Attributes:
        check: What checks a block, or why there is nothing.
    """

    check: Check | ImportError


def _begin(packed: bytes) -> None:
    """Get ready to check; whoever asks this process to stop asks the one that it works for too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_after, args=(multiprocessing.parent_process(),), daemon=True).start()
    try:
        _Here.check = pickle.loads(packed)  # noqa: S301 - of our own process
    except Exception as error:  # noqa: BLE001 - a class that only the other process has, whatever that raises
        _Here.check = ImportError(str(error))


def _end_after(other: BaseProcess | None, end: Callable[[int], object] = os._exit) -> None:
    """End when the process that this one works for is killed: nobody would ask for anything any more."""
    if other is not None:
        other.join()
        end(1)


def _checked(data: bytes) -> bytes | None:
    """Return what becomes of the records of a block, or None where this cannot be said here.

    Raises:
        ImportError: If this process has not got what checks them.
    """
    if isinstance(_Here.check, ImportError):
        raise _Here.check
    try:
        return pickle.dumps(_Here.check(pickle.loads(data)), pickle.HIGHEST_PROTOCOL)  # noqa: S301 - of our own process
    except Exception:  # noqa: BLE001 - what goes wrong here goes wrong there again, where it is seen
        return None
