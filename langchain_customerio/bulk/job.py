"""A load under way: all that does not depend on whether threads or tasks do the work."""

from __future__ import annotations

import gzip
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from langchain_customerio.bulk.report import LoadStoppedError
from langchain_customerio.client.exchange import Outgoing
from langchain_customerio.errors import ConfigurationError
from langchain_customerio.text import quotation

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from langchain_customerio.bulk.batching import BatchRequest
    from langchain_customerio.bulk.mapping import Mapper
    from langchain_customerio.bulk.prepare import Preparer
    from langchain_customerio.bulk.rate_limit import RateLimit
    from langchain_customerio.bulk.readers.base import Block, Reader
    from langchain_customerio.bulk.readers.iterables import AsyncRecords
    from langchain_customerio.bulk.report import LoadReport
    from langchain_customerio.bulk.tracker import Tracker
    from langchain_customerio.bulk.validate import Checker
    from langchain_customerio.client.client import PipelinesClient
    from langchain_customerio.client.exchange import Exchange

_TO_BLAME: Final = (ConfigurationError, OSError)
_TOO_MANY: Final = 429
_QUICK: Final = 1  # as a level of gzip; the repetitive JSON of a batch becomes small all the same


class StopAsked(Exception):  # noqa: N818 - nothing went wrong
    """The load has been asked to stop: what has not left yet stays."""


@dataclass(kw_only=True)
class Job:
    """A load under way.

    Attributes:
        client: Where requests go.
        reader: Where records come from.
        checker: What reads and checks them.
        mapper: What makes calls of rows, where there are rows.
        preparer: What packs them.
        books: Who keeps count.
        pace: How fast requests leave.
        workers: How many requests may be in flight.
        strict: Whether the API is asked to validate.
        gzip: Whether bodies are compressed.
        dry_run: Whether nothing is sent.
        on_progress: Called with a report whenever something is settled.
        error: What ended the load before its time.
        signal: The signal that did.
    """

    client: PipelinesClient
    reader: Reader | AsyncRecords
    checker: Checker
    mapper: Mapper | None
    preparer: Preparer
    books: Tracker
    pace: RateLimit
    workers: int
    strict: bool
    gzip: bool
    dry_run: bool
    on_progress: Callable[[LoadReport], object] | None
    error: BaseException | None = None
    signal: int | None = None
    _reached: int = 0
    _telling: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_stopping(self) -> bool:
        """Whether nothing new is to be begun."""
        return self.error is not None or self.signal is not None

    def fail(self, error: BaseException) -> None:
        """End the load because of an error; the first one counts."""
        if not isinstance(error, StopAsked):
            self.error = self.error or error

    def requests(self, block: Block | None) -> Iterator[BatchRequest | None]:
        """Give the requests that a block fills, or what is left where there is no further block."""
        self.books.open()
        if block is None:
            yield from self.preparer.finish()
        else:
            yield from self.preparer.feed(block)
            self._reached = block.reached

    def exchanges(self, request: BatchRequest) -> Generator[Exchange, None, None]:
        """Give each HTTP request that a batch request takes, to be sent before the next is asked for.

        A request that the API refuses is divided until the items are found that it refuses.

        Raises:
            DeliveryError: If a request failed for a reason that no other request would escape.
        """
        if self.dry_run:
            self.books.plan(request)
            self._tell()
            return
        waiting = [(0, len(request.ends))]
        while waiting:
            first, last = waiting.pop()
            part = request.part(first, last)
            if part.ends:
                exchange = self.client.exchange(self._request(part))
                try:
                    yield exchange
                finally:
                    self.books.sent(exchange)
                    exchange.forget()
                if exchange.answer is None:
                    error = exchange.error()
                    if not exchange.is_about_an_item:
                        raise error
                    if last - first > 1:
                        middle = (first + last) // 2
                        waiting += [(middle, last), (first, middle)]
                    else:
                        self._settle(part, f"Customer.io answered {error.status}: {quotation(error.detail)}")
                    continue
            self._settle(part)

    def _request(self, part: BatchRequest) -> Outgoing:
        body = gzip.compress(part.body, _QUICK, mtime=0) if self.gzip else part.body
        return Outgoing("batch", body, self.strict, message_ids=(), gzip=self.gzip)

    def _settle(self, part: BatchRequest, reason: str | None = None) -> None:
        self.books.settle(part, reason)
        self._tell()

    def _tell(self) -> None:
        if self.on_progress is not None:
            with self._telling:
                self.on_progress(self.report("running"))

    def slow_down(self, exchange: Exchange) -> None:
        """Hold all workers back where the API asks for it."""
        if exchange.status == _TOO_MANY or exchange.retry_after is not None:
            self.pace.slow_down(exchange.retry_after)

    def report(self, status: str) -> LoadReport:
        """Return how things stand."""
        return self.books.report(
            status=status,
            read=self.preparer.read,
            blank=self.preparer.blank,
            reached=self._reached,
            total=self.reader.size,
            warnings=dict(self.checker.warnings),
            corrections=dict(self.checker.corrections),
            left_out=tuple(sorted(self.mapper.left_out)) if self.mapper else (),
        )

    def end(self) -> LoadReport:
        """Close the books and return the report.

        Raises:
            LoadStoppedError: If the load ended before its source did.
            BaseException: What ended it, as it is, where that is no error (a task was cancelled), or where nothing had
                begun and a file or an option is to blame.
        """
        try:
            self.books.close(complete=not self.is_stopping)
        except OSError as error:
            self.fail(error)
        if not self.is_stopping:
            return self.report("dry_run" if self.dry_run else "complete")
        told = isinstance(self.error, _TO_BLAME) and not self.books.is_open
        if self.error is not None and (told or not isinstance(self.error, Exception)):
            raise self.error
        why = f"Stopped by signal {self.signal}." if self.error is None else f"Stopped: {self.error}"
        raise LoadStoppedError(why, self.report("stopped"), signal=self.signal) from self.error
