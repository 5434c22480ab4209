"""What is known of a load: every record is counted once, and what is settled is written down at once."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from langchain_customerio.bulk.batching import Refused
from langchain_customerio.bulk.checkpoint import Settled
from langchain_customerio.bulk.dead_letters import entry, entry_of_item
from langchain_customerio.bulk.report import LoadReport, RefusedRecord
from langchain_customerio.bulk.tally import Notes, Tally
from langchain_customerio.errors import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from langchain_customerio.bulk.batching import BatchRequest
    from langchain_customerio.bulk.checkpoint import Checkpoint, State
    from langchain_customerio.bulk.dead_letters import DeadLetters
    from langchain_customerio.bulk.readers.base import BadRecord
    from langchain_customerio.client.exchange import Exchange

_EXAMPLES: Final = 10


class Tracker:
    """Counts and keeps what becomes of requests; several threads may report to it.

    Args:
        state: Where the load begins.
        checkpoint: Where to write down what is settled, if anywhere.
        dead_letters: Where to write down what is refused, if anywhere.
        max_refused: How many refused records are too many.
        clock: Gives the time in seconds.

    Attributes:
        state: As given.
        read: How many records this run has read; blank lines and settled records do not count.
        blank: How many blank lines there were.
        reached: How far the source has been read.
        notes: What was noticed about records.
        is_open: Whether it has been written down that the load has begun.
    """

    def __init__(
        self,
        state: State,
        checkpoint: Checkpoint | None = None,
        dead_letters: DeadLetters | None = None,
        *,
        max_refused: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin where an earlier run ended."""
        self.state = state
        self.read = 0
        self.blank = 0
        self.reached = 0
        self.notes = Notes()
        self._settled = Settled(state.lanes)
        self._checkpoint = checkpoint
        self._dead_letters = dead_letters
        self._max_refused = max_refused
        self._clock = clock
        self._began = clock()
        self._lock = threading.Lock()
        self._counts = {"delivered": state.delivered, "refused": state.refused, "dead_lettered": state.dead_lettered}
        self._earlier = sum(self._counts.values())
        self._effort = {"requests": 0, "retries": 0, "size": 0}
        self._reasons = Tally()
        self._examples: list[RefusedRecord] = []
        self._left = False
        self.is_open = False

    def open(self) -> None:
        """Write down where the load begins, once, before anything is sent: what it is called must survive it."""
        if not self.is_open:
            with self._lock:
                self._write(last=True)
            self.is_open = True

    def refused(self, index: int, bad: BadRecord) -> Refused:
        """Return a record that is not sent, with its line for the dead-letter file where there is one."""
        if self._dead_letters is None:
            return Refused(index, bad.reason)
        return Refused(index, bad.reason, entry(self.state.source, index, bad.reason, call=bad.call, text=bad.text))

    def sent(self, exchange: Exchange) -> None:
        """Count a request that has been answered or given up, as often as it was sent."""
        with self._lock:
            self._effort["requests"] += exchange.attempts
            self._effort["retries"] += max(0, exchange.attempts - 1)
            self._effort["size"] += exchange.attempts * len(exchange.request.body)

    def plan(self, request: BatchRequest) -> None:
        """Count a request that a dry run does not send."""
        with self._lock:
            self._effort["requests"] += bool(request.ends)
            self._effort["size"] += len(request.body)
        self.settle(request.unsent())

    def settle(self, request: BatchRequest, reason: str | None = None) -> None:
        """Write down what became of a request.

        Args:
            request: What was sent.
            reason: Why the API refused it, with its only item; None if it was delivered.

        Raises:
            InvalidRequestError: If too many records have been refused by now.
        """
        refused = [*request.refused]
        if reason is not None:
            line = entry_of_item(self.state.source, request.indexes[0], reason, request.item(0))
            refused.append(Refused(request.indexes[0], reason, line))
        with self._lock:
            if self._left:
                return
            if refused and self._dead_letters is not None:  # first: what cannot be written down is not settled
                self._dead_letters.write(refused)
            self._counts["delivered"] += len(request.ends) if reason is None else 0
            self._counts["refused" if self._dead_letters is None else "dead_lettered"] += len(refused)
            for each in refused:
                self._reasons.count(each.reason)
                if len(self._examples) < _EXAMPLES:
                    self._examples.append(RefusedRecord(position=each.index + 1, reason=each.reason))
            self._settled.add(request.span)
            self._write()
        if (
            self._max_refused is not None
            and self._counts["refused"] + self._counts["dead_lettered"] > self._max_refused
        ):
            raise InvalidRequestError(f"More than {self._max_refused:,} records were refused.")

    def close(self, *, complete: bool) -> None:
        """Write down how it ended, so that it survives a failing power supply."""
        with self._lock:
            if self._dead_letters is not None:
                self._dead_letters.close()
            if self.is_open:
                self._write(complete=complete, last=True)

    def abandon(self) -> None:
        """Write down nothing any more."""
        with self._lock:
            self._left = True

    def _write(self, *, complete: bool = False, last: bool = False) -> None:
        if self._checkpoint is None:
            return
        letters = self._dead_letters
        update = {
            **self._counts,
            "lanes": self._settled.runs,
            "dead_letter": None if letters is None else (str(letters.path.absolute()), letters.size),
            "complete": complete,
        }
        self._checkpoint.write(self.state.model_copy(update=update), last=last)

    def report(self, **known: Any) -> LoadReport:  # noqa: ANN401 - fields of the report, which checks them
        """Return how things stand.

        Args:
            **known: What others know, such as the status.
        """
        with self._lock:
            settled = sum(self._counts.values())
            return LoadReport(
                source=self.state.source,
                strict=self.state.strict,
                read=self._earlier + self.read,
                not_reached=self._earlier + self.read - settled,
                earlier=self._earlier,
                blank=self.blank,
                reached=self.reached,
                seconds=self._clock() - self._began,
                reasons=dict(self._reasons),
                examples=tuple(self._examples),
                warnings=dict(self.notes.warnings),
                corrections=dict(self.notes.corrections),
                dead_letter=None if self._dead_letters is None else str(self._dead_letters.path),
                checkpoint=None if self._checkpoint is None else str(self._checkpoint.path),
                **{**self._counts, **self._effort, **known},
            )
