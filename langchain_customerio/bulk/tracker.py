"""What is known of a load: every record is counted once, and what is settled is written down at once."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from langchain_customerio.bulk.checkpoint import Settled
from langchain_customerio.bulk.report import LoadReport
from langchain_customerio.bulk.tally import Notes, Tally
from langchain_customerio.errors import InvalidRequestError, Problem, sentence
from langchain_customerio.text import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from langchain_customerio.bulk.batching import BatchRequest, Refused
    from langchain_customerio.bulk.checkpoint import Checkpoint, State
    from langchain_customerio.bulk.outcomes import Outcomes
    from langchain_customerio.bulk.readers.base import BadRecord, Block
    from langchain_customerio.bulk.report import RefusedRecord
    from langchain_customerio.client.exchange import Exchange

_EXAMPLES: Final = 1_000
_ENOUGH: Final = 200
"""So many records refused by the API, and none accepted: then it is not the records."""


class Tracker:
    """Counts and keeps what becomes of requests; several threads may report to it.

    Args:
        state: Where the load begins.
        outcomes: Writes down what becomes of each record.
        checkpoint: Where to write down what is settled, if anywhere.
        max_refused: How many refused records are too many.
        clock: Gives the time in seconds.

    Attributes:
        state: As given.
        read: How many records this run has read; blank lines and settled records do not count.
        blank: How many blank lines there were.
        reached: How far the source has been read.
        notes: What was noticed about records.
        recovered: How many dead letters of each load have been delivered.
        is_open: Whether it has been written down that the load has begun.
    """

    def __init__(
        self,
        state: State,
        outcomes: Outcomes,
        checkpoint: Checkpoint | None = None,
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
        self.recovered: Counter[str] = Counter()
        self.is_open = False
        self._settled = Settled(state.lanes)
        self._checkpoint = checkpoint
        self._outcomes = outcomes
        self._max_refused = max_refused
        self._clock = clock
        self._began = clock()
        self._lock = threading.Lock()
        self._counts = {"delivered": state.delivered, "refused": state.refused, "dead_lettered": state.dead_lettered}
        self._earlier = sum(self._counts.values())
        self._effort = {"requests": 0, "retries": 0, "size": 0}
        self._refused_by_api = 0
        self._retried = 0
        self._reasons = Tally()
        self._examples: list[RefusedRecord] = []
        self._closed = False

    def open(self) -> None:
        """Write down where the load begins, once, before anything is sent: what it is called must survive it.

        Raises:
            ConfigurationError: If a file is a symbolic link, or another load uses it.
            OSError: If a file cannot be written.
        """
        if not self.is_open:
            self._outcomes.open(self._settled.start[0])
            with self._lock:
                self._write(last=True)
            self.is_open = True

    def recover(self, recovered: Counter[str]) -> None:
        """Take it that another job has delivered dead letters, some of which may be of this load."""
        with self._lock:
            own = min(recovered[self.state.identity], self._counts["dead_lettered"])
            self._counts["dead_lettered"] -= own
            self._counts["delivered"] += own
            self._retried += recovered.total()

    def note(self, block: Block) -> Block:
        """Keep in mind where records come from that are read now, and return them as they are named."""
        with self._lock:
            return self._outcomes.origins.note(block)

    def refused(self, index: int, bad: BadRecord) -> Refused:
        """Return a record that is not sent, with all that is to be written down of it."""
        with self._lock:
            return self._outcomes.refused(index, bad)

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

    def write_refused(self, refused: Iterable[Refused]) -> None:
        """Write down what is refused, before what lies between it is sent: or a full disk would have that sent again.

        Raises:
            OSError: If it cannot be written.
        """
        with self._lock:
            if not self._closed:
                self._outcomes.write_refused(refused)

    def settle(self, request: BatchRequest, reason: str | None = None, code: str = "") -> None:
        """Write down what became of a request.

        Args:
            request: What was sent; `write_refused` has written what it has beside its items.
            reason: Why the API refused it, with its only item; None if it was delivered.
            code: A stable name for the reason.

        Raises:
            InvalidRequestError: If too many records have been refused by now.
            OSError: If it cannot be written.
        """
        refused, delivered = [*request.refused], request
        with self._lock:
            if self._closed:
                return
            if reason is not None:
                refused.append(self._outcomes.rejected(request, reason, code))
                delivered = request.unsent()
                self._outcomes.write_refused(refused[-1:])
            self._outcomes.log(delivered, refused)
            self._refused_by_api += reason is not None
            self._counts["delivered"] += len(delivered.ends)
            self._counts["refused" if self._outcomes.letters_path is None else "dead_lettered"] += len(refused)
            self._count(refused)
            self.recovered.update(self._outcomes.recovered(delivered))
            self._settled.add(request.span)
            self._outcomes.origins.forget(self._settled.start[0])
            self._write()
            self._refuse_to_go_on()

    def _count(self, refused: Sequence[Refused]) -> None:
        for each in refused:
            shown = self._outcomes.shown(each)
            self._reasons.count(each.reason, position=shown.position)
            if len(self._examples) < _EXAMPLES:
                self._examples.append(shown)

    def _refuse_to_go_on(self) -> None:
        refused = self._counts["refused"] + self._counts["dead_lettered"]
        if self._max_refused is not None:
            if refused > self._max_refused:
                records = f"{plural(self._max_refused, 'record')} {'was' if self._max_refused == 1 else 'were'}"
                raise _stopped("too_many_refused", records=records)
        elif self._refused_by_api >= _ENOUGH and not self._counts["delivered"]:
            raise _stopped("none_accepted", count=self._refused_by_api)

    def close(self, *, complete: bool) -> None:
        """Write down how it ended, so that it survives a failing power supply.

        Raises:
            OSError: If it cannot be written.
        """
        try:
            with self._lock:
                self._outcomes.close()
                if self.is_open and not self._closed:
                    self._write(complete=complete, last=True)
        finally:
            self.release()

    def release(self) -> None:
        """Write down nothing any more, and let other loads have the files."""
        with self._lock:
            self._closed = True
            if self._checkpoint is not None:
                self._checkpoint.release()
            self._outcomes.close()

    def _write(self, *, complete: bool = False, last: bool = False) -> None:
        if self._checkpoint is not None:
            update = {**self._counted(), "lanes": self._settled.runs, "complete": complete}
            self._checkpoint.write(self.state.model_copy(update=update), last=last)

    def _counted(self) -> dict[str, int]:
        """Return the counts; what was in a dead-letter file that is gone is written down nowhere."""
        lost = min(self._outcomes.lost, self._counts["dead_lettered"])
        refused, dead_lettered = self._counts["refused"] + lost, self._counts["dead_lettered"] - lost
        return {**self._counts, "refused": refused, "dead_lettered": dead_lettered}

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
                retried=self._retried,
                seconds=self._clock() - self._began,
                reasons=dict(self._reasons),
                examples=tuple(self._examples),
                warnings=dict(self.notes.warnings),
                warned_at=dict(self.notes.warnings.first),
                corrections=dict(self.notes.corrections),
                dead_letter=None if self._outcomes.letters_path is None else str(self._outcomes.letters_path),
                checkpoint=None if self._checkpoint is None else str(self._checkpoint.path),
                **{**self._counted(), **self._effort, **known},
            )


def _stopped(code: str, **values: object) -> InvalidRequestError:
    problem = Problem(code, (), values)
    return InvalidRequestError(sentence(problem), problems=(problem,))
