"""A load under way: what becomes of each request, whichever thread sends it."""

from __future__ import annotations

import gzip
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from langchain_customerio.bulk.interrupts import StopAsked
from langchain_customerio.bulk.report import LoadStoppedError
from langchain_customerio.client.exchange import Outgoing
from langchain_customerio.errors import ConfigurationError, DeliveryError
from langchain_customerio.text import quotation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from langchain_customerio.bulk.batching import BatchRequest
    from langchain_customerio.bulk.checking import Checking
    from langchain_customerio.bulk.dealing import Dealt
    from langchain_customerio.bulk.mapping import Mapper
    from langchain_customerio.bulk.options import Options
    from langchain_customerio.bulk.patience import Patience
    from langchain_customerio.bulk.prepare import Preparer
    from langchain_customerio.bulk.rate_limit import RateLimit
    from langchain_customerio.bulk.readers.base import Block, Reader
    from langchain_customerio.bulk.readers.iterables import AsyncRecords
    from langchain_customerio.bulk.report import LoadReport
    from langchain_customerio.bulk.tracker import Tracker
    from langchain_customerio.client.client import PipelinesClient
    from langchain_customerio.client.exchange import Exchange

_TO_BLAME: Final = (ConfigurationError, OSError)
_TOO_MANY: Final = 429
_MOST_LOADED: Final = 1_000
_LOADED: Final[dict[str, None]] = {}
"""What data this process has loaded, the latest last."""

_QUICK: Final = 1  # as a level of gzip; the repetitive JSON of a batch becomes small all the same


@dataclass(kw_only=True)
class Job:
    """A load under way.

    Attributes:
        client: Where requests go.
        options: What is asked of the load.
        reader: Where records come from.
        mapper: What makes calls of rows, where there are rows.
        checking: What checks them.
        preparer: What packs them.
        tracker: Who keeps count.
        rate_limit: How fast requests leave.
        patience: How long an outage may last.
        start: Index of the first record to be read, and its offset in the file where that is known.
        is_done: Whether an earlier run has done it all.
        is_ordered: Whether it has lanes, each of which stays in order.
        workers: How many requests may be in flight.
        dry_run: Whether nothing is sent.
        known_as: What its data is known as, when it is loaded again in this process; None for data that nobody knows.
        deliver: Sends a request as often as the client does; by default it is the client's own.
        error: What ended the load before its time.
        signal: The signal that did.
    """

    client: PipelinesClient
    options: Options
    reader: Reader | AsyncRecords
    mapper: Mapper | None
    checking: Checking
    preparer: Preparer
    tracker: Tracker
    rate_limit: RateLimit
    patience: Patience
    start: tuple[int, int | None]
    is_done: bool
    is_ordered: bool
    workers: int
    dry_run: bool
    deliver: Callable[[Exchange, Callable[[Exchange, float], None]], None]
    known_as: str | None = None
    error: BaseException | None = None
    signal: int | None = None
    _stopping: threading.Event = field(default_factory=threading.Event)
    _when_stopping: Callable[[], object] | None = None
    _telling: threading.Lock = field(default_factory=threading.Lock)
    _again: bool = False

    def __post_init__(self) -> None:
        """Find out whether this process has sent the same before."""
        self._again = self.known_as in _LOADED and not self.is_done

    def is_stopping(self) -> bool:
        """Whether nothing new is to be begun."""
        return self._stopping.is_set()

    def when_stopping(self, call: Callable[[], object]) -> None:
        """Call something as soon as nothing new is to be begun."""
        self._when_stopping = call

    def fail(self, error: BaseException) -> None:
        """End the load because of an error; the first one counts."""
        if not isinstance(error, StopAsked):
            self.error = self.error or error
        self._stop()

    def stop(self, number: int) -> None:
        """End the load because of a signal."""
        self.signal = number
        self._stop()

    def _stop(self) -> None:
        self._stopping.set()
        if self._when_stopping is not None:
            self._when_stopping()

    def checked(self, blocks: Iterator[Block]) -> Iterator[tuple[Block, Dealt]]:
        """Give blocks of the source with what becomes of their records."""
        return self.checking.checked(map(self.tracker.note, blocks))

    def requests(self, checked: tuple[Block, Dealt] | None) -> Iterator[BatchRequest | None]:
        """Give the requests that a block fills, or what is left where there is no further block."""
        self.tracker.open()
        if checked is None:
            yield from self.preparer.finish()
        else:
            yield from self.preparer.feed(*checked)
            self.tracker.reached = checked[0].reached

    def send(self, request: BatchRequest) -> None:
        """Send a request. One that the API refuses is divided until the items are found that it refuses.

        Raises:
            DeliveryError: If it failed for a reason that no other request would escape.
            StopAsked: If the load has been asked to stop before it could leave.
        """
        if self.dry_run:
            self.tracker.plan(request)
            self._tell()
            return
        self.tracker.write_refused(request.refused)
        waiting = [request]
        while waiting:
            part = waiting.pop()
            error = self._refusal(part) if part.ends else None
            if error is not None and len(part.ends) > 1:
                middle = len(part.ends) // 2
                waiting += [part.part(middle, len(part.ends)), part.part(0, middle)]
                continue
            if error is None:
                self.tracker.settle(part)
            else:
                reason = f"Customer.io answered {error.status}: {quotation(error.detail)}"
                self.tracker.settle(part, reason, error.code)
            self._tell()

    def _refusal(self, part: BatchRequest) -> DeliveryError | None:
        """Send a part of a request, and return how the API refused an item of it; None where it took all."""
        body = gzip.compress(part.body, _QUICK, mtime=0) if self.options.gzip else part.body
        request = Outgoing("batch", body, self.options.strict, message_ids=(), gzip=self.options.gzip)
        exchange = self.client.exchange(request)
        try:
            self._deliver(exchange)
            if exchange.answer is not None:
                return None
            error = exchange.error()
        finally:
            self.tracker.sent(exchange)
            exchange.forget()
        if exchange.is_about_an_item:
            return error
        raise error

    def _deliver(self, exchange: Exchange) -> None:
        """Send a request as often as the client does, and then as long as the load has patience."""
        self.deliver(exchange, self._wait)
        while exchange.answer is None and (pause := self.patience.pause(exchange)) is not None:
            self._wait(exchange, pause)
            exchange.status, exchange.retry_after, exchange.retry = None, None, False  # that has been waited for
            self.deliver(exchange, self._wait)
        if not exchange.retry:
            self.patience.rewarded()

    def _wait(self, exchange: Exchange, seconds: float) -> None:
        """Wait as long as a repeat has to, and for the request's turn; whoever is asked to stop waits no longer."""
        if exchange.status == _TOO_MANY:
            self.rate_limit.slow_down(exchange.retry_after)
        elif exchange.retry_after is not None:
            self.rate_limit.hold(exchange.retry_after)
        if exchange.attempts and exchange.retry:
            self.patience.failed(exchange)
            self._tell()
        if self._stopping.wait(seconds) or self._stopping.wait(self.rate_limit.reserve()):
            raise StopAsked

    def _tell(self) -> None:
        if self.options.on_progress is not None:
            with self._telling:
                self.options.on_progress(self.report("running"))

    def report(self, status: str) -> LoadReport:
        """Return how things stand."""
        left_out = tuple(sorted(self.mapper.left_out)) if self.mapper else ()
        report = self.tracker.report(
            status=status,
            total=self.reader.size,
            left_out=left_out,
            waiting=self.patience.waiting,
            again=self._again,
        )
        noticed = self.mapper.noticed.lines() if self.mapper else {}
        return report.model_copy(update={"warnings": {**report.warnings, **noticed}}) if noticed else report

    def end(self) -> LoadReport:
        """Close the books and return the report.

        Raises:
            LoadStoppedError: If the load ended before its source did.
            BaseException: What ended it, as it is, where that is no error (a task was cancelled), or where nothing had
                begun and a file or an option is to blame.
        """
        try:
            self.tracker.close(complete=not self.is_stopping())
        except OSError as error:
            self.fail(error)
        if not self.is_stopping():
            _remember(self.known_as)
            return self.report("dry_run" if self.dry_run else "complete")
        told = isinstance(self.error, _TO_BLAME) and not self.tracker.is_open
        if self.error is not None and (told or not isinstance(self.error, Exception)):
            raise self.error
        why = f"Stopped by signal {self.signal}." if self.error is None else f"Stopped: {_sentence(self.error)}"
        raise LoadStoppedError(why, self.report("stopped"), signal=self.signal) from self.error

    def release(self) -> None:
        """Let go of files and processes."""
        self.checking.close()
        self.tracker.release()

    def abandon(self) -> None:
        """Leave in the middle: what is still in flight is not settled any more."""
        self._stop()
        self.tracker.release()


def _remember(known_as: str | None) -> None:
    """Keep in mind which data was loaded, as long as there is not too much of it."""
    if known_as is not None:
        _LOADED[known_as] = None
        if len(_LOADED) > _MOST_LOADED:
            del _LOADED[next(iter(_LOADED))]


def _sentence(error: BaseException) -> str:
    """Return what an error says as a sentence; what says nothing is called by its name."""
    text = str(error).strip() or type(error).__name__
    return text if text.endswith((".", "!", "?")) else f"{text}."
