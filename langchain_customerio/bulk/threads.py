"""Loading with threads: the one that calls prepares, the others send."""

from __future__ import annotations

import threading
from queue import Queue
from typing import TYPE_CHECKING, Final

from langchain_customerio.bulk.running import StopAsked
from langchain_customerio.bulk.signals import caught

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_customerio.bulk.blocks import Reader
    from langchain_customerio.bulk.packing import Parcel
    from langchain_customerio.bulk.running import Running
    from langchain_customerio.delivery import Exchange

AHEAD: Final = 2
"""How many parcels wait for a worker: enough to keep all busy, and no more in memory."""


class Threads:
    """Drives a load with threads.

    Args:
        running: The load.
        ordered: Whether what goes into one lane stays in order.
    """

    def __init__(self, running: Running, *, ordered: bool) -> None:
        """Start nothing yet."""
        self._running = running
        self._stop = threading.Event()
        self._reading = False
        shared: Queue[Parcel | None] = Queue(AHEAD)
        self._queues = [Queue(AHEAD) if ordered else shared for _ in range(running.workers)]

    def run(self, reader: Reader, start: tuple[int, int | None]) -> None:
        """Load from a record on, until the source ends, something fails or somebody asks to stop."""
        threads = [threading.Thread(target=self._work, args=(queue,), daemon=True) for queue in self._queues]
        for thread in threads:
            thread.start()
        with caught(self._asked):
            try:
                self._prepare(reader, start)
            except Exception as error:  # noqa: BLE001 - whatever the source raises is the end of the load, and its cause
                self._fail(error)
            for queue in self._queues:
                queue.put(None)
            for thread in threads:
                thread.join()

    def _prepare(self, reader: Reader, start: tuple[int, int | None]) -> None:
        parcels = self._parcels(reader, start)
        while not self._stop.is_set():
            self._reading = True
            try:
                parcel = next(parcels)
            except StopIteration:
                return
            finally:
                self._reading = False
            if parcel is None:
                for queue in self._queues:
                    queue.join()
            else:
                self._queues[parcel.span.lane].put(parcel)

    def _parcels(self, reader: Reader, start: tuple[int, int | None]) -> Iterator[Parcel | None]:
        for block in reader.blocks(*start):
            yield from self._running.parcels(block)
        yield from self._running.parcels(None)

    def _work(self, queue: Queue[Parcel | None]) -> None:
        while (parcel := queue.get()) is not None:
            try:
                if not self._stop.is_set():
                    self._send(parcel)
            except Exception as error:  # noqa: BLE001 - a worker that dies would leave the others waiting for it
                self._fail(error)
            queue.task_done()

    def _send(self, parcel: Parcel) -> None:
        for exchange in self._running.exchanges(parcel):
            self._running.client.deliver(exchange, self._wait)

    def _wait(self, exchange: Exchange, seconds: float) -> None:
        """Wait as long as a repeat has to, and for the request's turn; whoever is asked to stop waits no longer."""
        self._running.slow_down(exchange)
        if self._stop.wait(seconds) or self._stop.wait(self._running.pace.reserve()):
            raise StopAsked

    def _asked(self, number: int) -> None:
        """Begin nothing new; a source that is being read may never give anything again, so do not wait for it."""
        self._running.signal = number
        self._stop.set()
        if self._reading:
            raise StopAsked

    def _fail(self, error: Exception) -> None:
        self._running.fail(error)
        self._stop.set()
