"""Loading with threads: the one that calls prepares, the others send."""

from __future__ import annotations

import threading
from contextlib import closing
from queue import Queue
from typing import TYPE_CHECKING, Final

from langchain_customerio.bulk.job import StopAsked
from langchain_customerio.bulk.signals import caught

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_customerio.bulk.batching import BatchRequest
    from langchain_customerio.bulk.job import Job
    from langchain_customerio.bulk.readers.base import Block, Reader
    from langchain_customerio.client.exchange import Exchange

AHEAD: Final = 2
"""How many requests wait for a worker: enough to keep all busy, and no more in memory."""


class Threads:
    """Drives a load with threads.

    Args:
        running: The load.
        ordered: Whether what goes into one lane stays in order.
    """

    def __init__(self, running: Job, *, ordered: bool) -> None:
        """Start nothing yet."""
        self._running = running
        self._stop = threading.Event()
        self._reading = False
        shared: Queue[BatchRequest | None] = Queue(AHEAD)
        self._queues = [Queue(AHEAD) if ordered else shared for _ in range(running.workers)]

    def run(self, reader: Reader, start: tuple[int, int | None]) -> None:
        """Load from a record on, until the source ends, something fails or somebody asks to stop."""
        threads = [threading.Thread(target=self._work, args=(queue,), daemon=True) for queue in self._queues]
        for thread in threads:
            thread.start()
        with caught(self._asked):
            try:
                self._prepare(reader, start)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever the source raises ends the load
                self._fail(error)
            for queue in self._queues:
                queue.put(None)
            for thread in threads:
                thread.join()

    def _prepare(self, reader: Reader, start: tuple[int, int | None]) -> None:
        for request in self._requests(reader, start):
            if self._stop.is_set():
                return
            if request is None:
                for queue in self._queues:
                    queue.join()
            else:
                self._queues[request.span.lane].put(request)

    def _requests(self, reader: Reader, start: tuple[int, int | None]) -> Iterator[BatchRequest | None]:
        for block in self._blocks(reader, start):
            yield from self._running.requests(block)
        yield from self._running.requests(None)

    def _blocks(self, reader: Reader, start: tuple[int, int | None]) -> Iterator[Block]:
        """Read, and let a signal break that off: a source may never give anything again."""
        blocks = reader.blocks(*start)
        while True:
            self._reading = True
            try:
                if self._stop.is_set():
                    raise StopAsked
                block = next(blocks, None)
            finally:
                self._reading = False
            if block is None:
                return
            yield block

    def _work(self, queue: Queue[BatchRequest | None]) -> None:
        while (request := queue.get()) is not None:
            try:
                if not self._stop.is_set():
                    self._send(request)
            except BaseException as error:  # noqa: BLE001 - a worker that dies would leave the others waiting for it
                self._fail(error)
            queue.task_done()

    def _send(self, request: BatchRequest) -> None:
        with closing(self._running.exchanges(request)) as exchanges:
            for exchange in exchanges:
                self._running.client.deliver(exchange, self._wait)

    def _wait(self, exchange: Exchange, seconds: float) -> None:
        """Wait as long as a repeat has to, and for the request's turn; whoever is asked to stop waits no longer."""
        self._running.slow_down(exchange)
        if self._stop.wait(seconds) or self._stop.wait(self._running.pace.reserve()):
            raise StopAsked

    def _asked(self, number: int) -> None:
        """Begin nothing new, and do not wait for a source that is being read."""
        self._running.signal = number
        self._stop.set()
        if self._reading:
            raise StopAsked

    def _fail(self, error: BaseException) -> None:
        self._running.fail(error)
        self._stop.set()
