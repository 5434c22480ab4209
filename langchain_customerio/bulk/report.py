"""What became of a load: every record is accounted for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal

import orjson
from pydantic import BaseModel, ConfigDict

from langchain_customerio.bulk.display import Shown, Table, View, bars
from langchain_customerio.errors import CustomerioError
from langchain_customerio.text import escaped, plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

_SHOWN: Final = 5
_DRAWN: Final = 12
_MOST_LINE: Final = 1_000
_WORDS: Final = {"complete": "Loaded", "stopped": "Stopped", "running": "Loading", "dry_run": "Checked"}
_PERMISSIVE: Final = "Without strict validation this is not proof: the API also answers 200 to data that it drops."
_AGAIN: Final = (
    "The same data was loaded before in this process: it was sent again with the same messageIds, by which Customer.io"
    " can recognise it."
)


class RefusedRecord(BaseModel):
    """A record that was not sent, or that the API did not take.

    Attributes:
        position: Its place in the source, from 1: of a file, the line or the row.
        reason: Why.
        key: The columns that name it, with their values, where the load was given a key.
        label: Its label in the index of a data frame, as text.
    """

    model_config = ConfigDict(frozen=True)

    position: int
    reason: str
    key: dict[str, Any] | None = None
    label: str | None = None


class PreviewedRecord(BaseModel, Shown):
    """What a record would become.

    Attributes:
        position: Its place in the source, from 1.
        call: The call that would be sent, in wire names; None where there is none.
        reason: Why there is none.
    """

    model_config = ConfigDict(frozen=True)

    position: int
    call: dict[str, Any] | None = None
    reason: str = ""

    def view(self) -> View:
        """Return what is shown."""
        return view_of([self])


def view_of(records: Sequence[PreviewedRecord]) -> View:
    """Return what is shown of previewed records."""
    rows = [
        (each.position, f"refused: {each.reason}" if each.call is None else orjson.dumps(each.call).decode())
        for each in records
    ]
    return View([], [Table("Preview", ("Position", "Becomes"), rows)])


class Refusals(tuple[RefusedRecord, ...], Shown):
    """Records that were refused; a notebook shows them as a table."""

    __slots__ = ()

    def view(self) -> View:
        """Return what is shown."""
        rows = [(each.position, each.label, each.key and _written(each.key), each.reason) for each in self]
        shown = [0, *(at for at in (1, 2) if any(row[at] for row in rows)), 3]
        columns = ("Position", "Index", "Key", "Reason")
        table = Table("Refused", [columns[at] for at in shown], [[row[at] for at in shown] for row in rows])
        return View([] if rows else ["Nothing was refused."], [table])


def _written(key: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in key.items())


class LoadReport(BaseModel, Shown):
    """What became of every record of a source. Blank lines are no records.

    At any time, `delivered + refused + dead_lettered + not_reached == read`. Where a load was resumed, these five count
    its earlier runs too; everything else is of this run alone.

    In strict mode, `delivered` means that the API accepted the record. In permissive mode it means an answer of 200,
    which the API also gives to what it drops.

    Attributes:
        status: `complete` (the source was read to its end, and every record is settled), `stopped` (it was not),
            `dry_run` (nothing was sent), or `running` (seen while it runs).
        source: Name of the source.
        strict: Whether the API was asked to validate all that was delivered.
        read: Records that were read.
        delivered: Records that the API answered for.
        refused: Records that were refused, by the models, the policy or the API, and are written down nowhere.
        dead_lettered: Records that were refused and are in the dead-letter file.
        not_reached: Records that were read and are fit to be sent, but have not been answered for: the load is under
            way, was stopped, or is a dry run. A resumed load sends them.
        earlier: How many of the records read were settled by earlier runs of this load.
        retried: How many dead letters were loaded once more and delivered. Those of this load are counted as delivered
            and no longer as dead-lettered; the others are counted here alone.
        blank: Blank lines that were passed over.
        requests: Requests that were sent, or that a dry run would send.
        retries: How many of these were sent again.
        size: Bytes of their bodies.
        seconds: How long it took.
        reached: How far the source was read, in bytes of a file or else in records.
        total: How much of that there is; None where nobody knows.
        reasons: How often each reason for refusing a record was given.
        examples: The first thousand records that were refused.
        warnings: How often each thing was seen that Customer.io will read otherwise than meant.
        warned_at: The position of the first record of each of these, from 1, where it has one.
        corrections: How often each slip was corrected.
        left_out: Columns that no field has taken.
        dead_letter: The dead-letter file; None where there is none.
        checkpoint: The checkpoint file; None where there is none.
        waiting: What the load waits for while the API does not answer as it should; empty where it does not wait.
        again: Whether this process has loaded the same data before, and so sent the same message ids.
    """

    model_config = ConfigDict(frozen=True)

    status: Literal["running", "complete", "stopped", "dry_run"]
    source: str
    strict: bool
    read: int = 0
    delivered: int = 0
    refused: int = 0
    dead_lettered: int = 0
    not_reached: int = 0
    earlier: int = 0
    retried: int = 0
    blank: int = 0
    requests: int = 0
    retries: int = 0
    size: int = 0
    seconds: float = 0.0
    reached: int = 0
    total: int | None = None
    reasons: dict[str, int] = {}
    examples: tuple[RefusedRecord, ...] = ()
    warnings: dict[str, int] = {}
    warned_at: dict[str, int] = {}
    corrections: dict[str, int] = {}
    left_out: tuple[str, ...] = ()
    dead_letter: str | None = None
    checkpoint: str | None = None
    waiting: str = ""
    again: bool = False

    @property
    def rate(self) -> float:
        """Records settled per second, in this run."""
        settled = self.read - self.not_reached - self.earlier
        return settled / self.seconds if self.seconds else 0.0

    @property
    def refusals(self) -> Refusals:
        """The first thousand records that were refused, with their places and reasons, as a table."""
        return Refusals(self.examples)

    def plot(self) -> Figure:
        """Draw what became of the records, and why some were refused; a notebook shows the figure.

        Raises:
            ModuleNotFoundError: If the extra `notebook` is not installed.
        """
        outcomes = [(what.partition(" (")[0], count) for what, count in self._outcomes()]
        title = f"{_WORDS[self.status]} {self.source}: {self.read:,} read"
        return bars(title, [("Records", outcomes), ("Why some were refused", _often(self.reasons)[:_DRAWN])])

    def __str__(self) -> str:
        """Return what a person wants to know, in a few lines."""
        return "\n".join(self.lines())

    def lines(self) -> list[str]:
        """Return the same, line by line."""
        found = [self._headline(), *self._notes()]
        for title, counts in (("Refused", self.reasons), ("Warning", self.warnings), ("Corrected", self.corrections)):
            found += [
                f"{title} {plural(count, 'time')}{self._first(text)}: {text}" for text, count in _often(counts)[:_SHOWN]
            ]
        if self.left_out:
            found.append(f"Ignored columns (not fields of this call): {', '.join(self.left_out)}.")
        if self.delivered and not self.strict:
            found.append(_PERMISSIVE)
        return [escaped(line, _MOST_LINE) for line in found]

    def view(self) -> View:
        """Return what is shown."""
        notes = self._notes() + ([_PERMISSIVE] if self.delivered and not self.strict else [])
        ignored = [[", ".join(self.left_out)]] if self.left_out else []
        return View(
            [self._headline(), *notes],
            [
                Table("Reasons", ("Records", "Reason"), [(count, text) for text, count in _often(self.reasons)]),
                Table(
                    "Warnings",
                    ("Records", "First at", "Warning"),
                    [(count, self.warned_at.get(text), text) for text, count in _often(self.warnings)],
                ),
                Table("Corrected", ("Records", "Slip"), [(count, text) for text, count in _often(self.corrections)]),
                Table("Ignored", ("Columns that are not fields of this call",), ignored),
                *self.refusals.view().tables,
            ],
        )

    def _headline(self) -> str:
        counts = ", ".join(f"{count:,} {what}" for what, count in self._outcomes())
        effort = f"{plural(self.requests, 'request')}, {self.size / 1e6:,.1f} MB, {self.seconds:,.1f} s"
        nothing = " Nothing was sent." if self.status == "dry_run" else ""
        return f"{_WORDS[self.status]} {self.source}: {self.read:,} read, {counts} ({effort}).{nothing}"

    def _outcomes(self) -> list[tuple[str, int]]:
        refused = f"refused (in {self.dead_letter})" if self.dead_lettered else "refused"
        counts = [(refused, self.refused + self.dead_lettered)]
        if self.status == "dry_run":
            return [*counts, ("would be sent", self.not_reached)]
        return [("delivered", self.delivered), *counts, ("not reached", self.not_reached)]

    def _notes(self) -> list[str]:
        found = []
        if self.earlier:
            were = "was" if self.earlier == 1 else "were"
            found.append(f"Of these, {self.earlier:,} {were} settled by an earlier run.")
        if self.retried:
            found.append(f"Retried: {plural(self.retried, 'dead letter')} delivered.")
        if self.again:
            found.append(_AGAIN)
        if self.waiting:
            found.append(f"Waiting: {self.waiting}.")
        return found

    def _first(self, text: str) -> str:
        return f" (first at {self.warned_at[text]:,})" if text in self.warned_at else ""


def _often(counts: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda each: -each[1])


class LoadStoppedError(CustomerioError):
    """A load ended before its source did. Pending requests were finished first; the cause says why it ended.

    Attributes:
        why: Why it ended, in a sentence.
        report: What became of every record until then.
        signal: Number of the signal that asked it to stop; None where it was an error.
    """

    def __init__(self, why: str, report: LoadReport, *, signal: int | None = None) -> None:
        """Say why, how far it came, and how to go on."""
        super().__init__(f"{why} {_how_to_go_on(report)}")
        self.why = why
        self.report = report
        self.signal = signal

    def __reduce__(self) -> tuple[Any, ...]:
        """Let it travel between processes, whole."""
        return partial(type(self), signal=self.signal), (self.why, self.report)


def _how_to_go_on(report: LoadReport) -> str:
    settled = f"{report.read - report.not_reached:,} of {report.read:,} records read are settled."
    if report.checkpoint is None:
        return f"{settled} Without a checkpoint, a new load begins at the first record."
    return f"{settled} To go on from there: the same load with resume=True and checkpoint={report.checkpoint!r}."
