"""Driving a load: one thread reads and prepares, others send; an event loop only waits for them."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager, suppress
from contextvars import copy_context
from queue import Empty, Queue, SimpleQueue
from typing import TYPE_CHECKING, Final

from langchain_customerio.bulk.interrupts import INTERRUPTS, StopAsked
from langchain_customerio.bulk.readers.arrow import Table
from langchain_customerio.bulk.readers.iterables import AsyncRecords, Records
from langchain_customerio.errors import ConfigurationError, Problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from langchain_customerio.bulk.batching import BatchRequest
    from langchain_customerio.bulk.dealing import Dealt
    from langchain_customerio.bulk.job import Job
    from langchain_customerio.bulk.readers.base import Block, Reader
    from langchain_customerio.client.client import PipelinesClient
    from langchain_customerio.client.exchange import Exchange

_AHEAD: Final = 2
"""How many requests wait for a worker: enough to keep all busy, and no more in memory."""

_BEAT: Final = 0.2  # seconds


class Driver:
    """Drives a load until the source ends, something fails or somebody asks to stop.

    Args:
        job: The load.
    """

    def __init__(self, job: Job) -> None:
        """Start nothing yet."""
        self._job = job
        shared: Queue[BatchRequest | None] = Queue(_AHEAD)
        self._queues = [Queue(_AHEAD) if job.is_ordered else shared for _ in range(job.workers)]  # one for each lane
        self._preparing = threading.Lock()
        self._reading_here = False
        self._workers: list[threading.Thread] = []

    def run(self) -> None:
        """Read in this thread, so that a signal can break that off: a source may never give anything again.

        Raises:
            ConfigurationError: If the source is asynchronous.
        """
        reader = self._job.reader
        if isinstance(reader, AsyncRecords):
            raise ConfigurationError("The source is asynchronous: await aload(…) instead.")
        with INTERRUPTS.stopping(self._asked):
            try:
                self._start()
                self._feed(self._interruptible(whole(reader, self._job.start)))
                self._finish()
            except BaseException:  # a second signal
                self._abandon()
                raise

    async def arun(self) -> None:
        """Read in a thread that nobody has to wait for.

        A task that is cancelled in here finishes what is in flight; when it is cancelled again, it does not.
        """
        with INTERRUPTS.stopping(self._asked):
            driving, beating = asyncio.ensure_future(self._drive()), asyncio.ensure_future(_beat())
            try:
                await asyncio.shield(driving)
            except asyncio.CancelledError as error:
                self._job.fail(error)
                try:
                    await asyncio.shield(driving)
                except asyncio.CancelledError:
                    driving.cancel()
                    self._abandon()
            finally:
                beating.cancel()

    async def _drive(self) -> None:
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        self._job.when_stopping(lambda: loop.call_soon_threadsafe(stopped.set))
        if self._job.client.needs_event_loop:
            await self._learn_the_key()
            self._job.deliver = _in_loop(self._job.client, loop)
        self._start()
        with self._blocks(loop) as blocks:
            reading = _in_thread(lambda: self._feed(blocks), loop)
            reading.add_done_callback(lambda _: stopped.set())
            await stopped.wait()
        await _in_thread(self._finish, loop)

    async def _learn_the_key(self) -> None:
        """Ask for the key, which no record may hold, where only an event loop can."""
        try:
            await self._job.client.atarget()
        except Exception as error:  # noqa: BLE001 - whatever a program's function raises ends the load
            self._job.fail(error)

    @contextmanager
    def _blocks(self, loop: asyncio.AbstractEventLoop) -> Iterator[Iterator[Block]]:
        """Give what a thread can read from, also where the source is asynchronous."""
        reader, start = self._job.reader, self._job.start
        if not isinstance(reader, AsyncRecords):
            yield whole(reader, start)
            return
        bridge = _Bridge(reader.ablocks(start[0]), loop)
        try:
            yield bridge.blocks()
        finally:
            bridge.cancel()

    def _start(self) -> None:
        for queue in self._queues:
            target = copy_context().run
            self._workers.append(threading.Thread(target=target, args=(self._work, queue), daemon=True))
        for worker in self._workers:
            worker.start()

    def _feed(self, blocks: Iterator[Block]) -> None:
        """Check and prepare what is read, and deal it out."""
        try:
            all_checked = self._job.checked(blocks)
            while True:
                checked = next(all_checked, None)
                with self._preparing:
                    if not self._deal(checked) or checked is None:
                        return
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever the source raises ends the load
            if not self._job.is_stopping():
                self._job.fail(error)

    def _deal(self, checked: tuple[Block, Dealt] | None) -> bool:
        """Deal out the requests that a block fills, unless somebody has asked to stop."""
        if self._job.is_stopping():
            return False
        for request in self._job.requests(checked):
            if self._job.is_stopping():
                return False
            if request is not None:
                self._queues[request.span.lane].put(request)
            else:
                for queue in self._queues:
                    queue.join()
        return True

    def _interruptible(self, blocks: Iterator[Block]) -> Iterator[Block]:
        while True:
            self._reading_here = True
            try:
                if self._job.is_stopping():
                    raise StopAsked
                block = next(blocks, None)
            finally:
                self._reading_here = False
            if block is None:
                return
            yield block

    def _work(self, queue: Queue[BatchRequest | None]) -> None:
        while (request := queue.get()) is not None:
            try:
                if not self._job.is_stopping():
                    self._job.send(request)
            except BaseException as error:  # noqa: BLE001 - a worker that dies would leave the others waiting for it
                self._job.fail(error)
            queue.task_done()
        queue.put(None)  # for the next one

    def _finish(self) -> None:
        """Let the workers finish what is in flight; a source that gives nothing is not waited for."""
        with self._preparing:
            for queue in set(self._queues):
                queue.put(None)
        for worker in self._workers:
            worker.join()

    def _abandon(self) -> None:
        """Let the workers end as soon as they can, and wait for none of them."""
        self._job.abandon()
        for queue in set(self._queues):
            with suppress(Empty):
                while True:
                    queue.get_nowait()
                    queue.task_done()
            queue.put(None)

    def _asked(self, number: int) -> bool:
        """Begin nothing new, and do not wait for a source that is being read."""
        self._job.stop(number)
        return self._reading_here


def whole(reader: Reader, start: tuple[int, int | None]) -> Iterator[Block]:
    """Read a source; the end of a file that has become shorter meanwhile is not taken for the end of its last record.

    Raises:
        ConfigurationError: If it has.
    """
    last: Block | None = None
    for block in reader.blocks(*start):
        if reader.size is None or isinstance(reader, Records | Table):  # what is in memory does not shrink
            yield block
            continue
        if last is not None:
            yield last
        last = block
    if last is not None:
        if reader.size is not None and last.reached < reader.size:
            values = {"source": reader.name, "reached": last.reached, "size": reader.size}
            raise ConfigurationError(problem=Problem("source_shrank", (), values))
        yield last


async def _beat() -> None:
    """Wake the event loop now and then: a signal that comes just before it begins to wait is seen when it wakes."""
    while True:  # noqa: ASYNC110 - nothing is waited for
        await asyncio.sleep(_BEAT)


class _Bridge:
    """An async source for a thread that reads it: the event loop hands over a block whenever it is asked for one."""

    def __init__(self, ablocks: AsyncIterator[Block], loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._asked = asyncio.Semaphore(0)
        self._handed: SimpleQueue[Block | BaseException | None] = SimpleQueue()
        self._task = loop.create_task(self._hand_over(ablocks))

    async def _hand_over(self, ablocks: AsyncIterator[Block]) -> None:
        last: BaseException | None = StopAsked()
        try:
            await self._asked.acquire()
            async for block in ablocks:
                self._handed.put(block)
                await self._asked.acquire()
            last = None
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever the source raises ends the load, and not the loop
            last = error
        finally:
            self._handed.put(last)

    def blocks(self) -> Iterator[Block]:
        while True:
            self._loop.call_soon_threadsafe(self._asked.release)
            block = self._handed.get()
            if isinstance(block, BaseException):
                raise block
            if block is None:
                return
            yield block

    def cancel(self) -> None:
        """Ask for nothing more."""
        self._task.cancel()


def _in_loop(
    client: PipelinesClient, loop: asyncio.AbstractEventLoop
) -> Callable[[Exchange, Callable[[Exchange, float], None]], None]:
    """Return what delivers for a thread by way of an event loop."""

    def deliver(exchange: Exchange, wait: Callable[[Exchange, float], None]) -> None:
        async def waiting(exchange: Exchange, seconds: float) -> None:
            await asyncio.to_thread(wait, exchange, seconds)

        asyncio.run_coroutine_threadsafe(client.adeliver(exchange, waiting), loop).result()

    return deliver


def _in_thread(function: Callable[[], None], loop: asyncio.AbstractEventLoop) -> asyncio.Future[None]:
    """Call a function in a thread that does not keep the program from ending, and return what waits for it."""
    done = loop.create_future()

    def settle() -> None:
        if not done.done():
            done.set_result(None)

    def call() -> None:
        function()
        with suppress(RuntimeError):  # nobody has waited, and the event loop is closed
            loop.call_soon_threadsafe(settle)

    threading.Thread(target=copy_context().run, args=(call,), daemon=True).start()
    return done
