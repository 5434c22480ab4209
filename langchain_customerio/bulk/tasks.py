"""Loading with tasks: the event loop only waits for the network; whatever takes time is done in a thread."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar, cast

from langchain_customerio.bulk.driver import AHEAD
from langchain_customerio.bulk.job import StopAsked
from langchain_customerio.bulk.readers.iterables import AsyncRecords
from langchain_customerio.bulk.signals import caught

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from langchain_customerio.bulk.batching import BatchRequest
    from langchain_customerio.bulk.job import Job
    from langchain_customerio.bulk.readers.base import Block, Reader
    from langchain_customerio.client.exchange import Exchange

ResultT = TypeVar("ResultT")


class Tasks:
    """Drives a load with tasks of the running event loop.

    Args:
        running: The load.
        ordered: Whether what goes into one lane stays in order.
    """

    def __init__(self, running: Job, *, ordered: bool) -> None:
        """Start nothing yet."""
        self._running = running
        self._stop = asyncio.Event()
        shared: asyncio.Queue[BatchRequest | None] = asyncio.Queue(AHEAD)
        self._queues = [asyncio.Queue(AHEAD) if ordered else shared for _ in range(running.workers)]

    async def run(self, reader: Reader | AsyncRecords, start: tuple[int, int | None]) -> None:
        """Load from a record on, until the source ends, something fails or somebody asks to stop.

        When it is cancelled, it finishes what is in flight; when it is cancelled again, it does not.
        """
        loop = asyncio.get_running_loop()

        def stop(number: int) -> None:
            loop.call_soon_threadsafe(self._asked, number)

        with caught(stop):
            driving = asyncio.ensure_future(self._drive(reader, start))
            try:
                await asyncio.shield(driving)
            except asyncio.CancelledError as error:
                self._fail(error)
                with suppress(asyncio.CancelledError):
                    await driving

    async def _drive(self, reader: Reader | AsyncRecords, start: tuple[int, int | None]) -> None:
        workers = [asyncio.ensure_future(self._work(queue)) for queue in self._queues]
        try:
            await self._prepare(reader, start)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever the source raises ends the load
            self._fail(error)
        for queue in self._queues:
            await queue.put(None)
        await asyncio.gather(*workers)

    async def _prepare(self, reader: Reader | AsyncRecords, start: tuple[int, int | None]) -> None:
        read = _reading(reader, start)
        while True:
            block = await self._unless_stopped(read())
            for request in await asyncio.to_thread(list, self._running.requests(block)):
                if request is not None:
                    await self._queues[request.span.lane].put(request)
                else:
                    for queue in self._queues:
                        await queue.join()
            if block is None:
                return

    async def _unless_stopped(self, reading: Awaitable[ResultT]) -> ResultT:
        """Wait for the source, which may never give anything again, or for somebody to ask to stop."""
        tasks = [asyncio.ensure_future(self._read(reading)), asyncio.ensure_future(self._stop.wait())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if self._stop.is_set():
                raise StopAsked
            return cast("ResultT", tasks[0].result())
        finally:
            for task in tasks:
                task.cancel()

    async def _read(self, reading: Awaitable[ResultT]) -> ResultT:
        try:
            return await reading
        except SystemExit as error:  # which would end the event loop at once, if it ended this task
            self._fail(error)
            raise StopAsked from None

    async def _work(self, queue: asyncio.Queue[BatchRequest | None]) -> None:
        while (request := await queue.get()) is not None:
            try:
                if not self._stop.is_set():
                    await self._send(request)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - a worker that dies would leave the others waiting for it
                self._fail(error)
            queue.task_done()

    async def _send(self, request: BatchRequest) -> None:
        exchanges = self._running.exchanges(request)
        try:
            while (exchange := await asyncio.to_thread(next, exchanges, None)) is not None:
                await self._running.client.adeliver(exchange, self._wait)
        finally:
            with suppress(ValueError):  # its thread is still at work if the task was cancelled twice
                exchanges.close()

    async def _wait(self, exchange: Exchange, seconds: float) -> None:
        """Wait as long as a repeat has to, and for the request's turn."""
        self._running.slow_down(exchange)
        if await self._pause(seconds) or await self._pause(self._running.pace.reserve()):
            raise StopAsked

    async def _pause(self, seconds: float) -> bool:
        """Wait, but not longer than until somebody asks to stop, and return whether somebody has."""
        if seconds > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), seconds)
        return self._stop.is_set()

    def _asked(self, number: int) -> None:
        self._running.signal = number
        self._stop.set()

    def _fail(self, error: BaseException) -> None:
        self._running.fail(error)
        self._stop.set()


def _reading(reader: Reader | AsyncRecords, start: tuple[int, int | None]) -> Callable[[], Awaitable[Block | None]]:
    """Return what gives the next block, or None at the end."""
    if isinstance(reader, AsyncRecords):
        ablocks = reader.ablocks(start[0])
        return lambda: anext(ablocks, None)
    blocks = reader.blocks(*start)
    return lambda: asyncio.to_thread(next, blocks, None)
