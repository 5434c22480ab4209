"""What came of a run, for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from rich.table import Table

from tests.evals.evidence import result_in
from tests.evals.task import Claim
from tests.evals.tasks import TASKS, THEME_OF
from tests.evals.tokens import count

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from tests.evals.recordings import RecordedCall, Recording

_MOST_COMPLAINTS = 3


@dataclass(frozen=True)
class Report:
    """The recordings of a run, all of one agent."""

    recordings: list[Recording]

    @property
    def success(self) -> float:
        """The share of trials that passed, in percent."""
        return 100 * self.passed / len(self.recordings)

    @property
    def passed(self) -> int:
        """How many trials passed."""
        return sum(each.passed for each in self.recordings)

    @property
    def totals(self) -> dict[str, int]:
        """Return what can be added up."""
        all_of_them = self.recordings
        return {
            "calls": sum(len(each.calls) for each in all_of_them),
            "questions": sum(each.questions for each in all_of_them),
            "errors": sum(each.errors for each in all_of_them),
            "read": sum(each.tokens.read for each in all_of_them),
            "written": sum(each.tokens.written for each in all_of_them),
            "unconfirmed": sum(each.passed and each.claim == Claim.UNCONFIRMED for each in all_of_them),
            "false_claims": sum(each.false_claim for each in all_of_them),
            "harmful": sum(each.harm > 0 for each in all_of_them),
        }

    def as_json(self) -> dict[str, Any]:
        """Return everything, for programs."""
        first = self.recordings[0]
        return {
            "model": first.agent,
            "style": first.style,
            "langchain_customerio": first.package,
            "success": round(self.success, 1),
            "passed": self.passed,
            "trials": len(self.recordings),
            **self.totals,
            "rows": [
                {"theme": THEME_OF[each.task], "adverse": TASKS[each.task].adverse, **each.as_json()}
                for each in self.recordings
            ],
        }

    def print(self, console: Console) -> None:
        """Show the table of tasks, then that of themes."""
        console.print(self._tasks())
        console.print(self._themes())
        first, totals = self.recordings[0], self.totals
        counted = "/".join(sorted({each.tokens.counted_by for each in self.recordings}))
        console.print(
            f"[bold]{first.agent}[/], {first.style}: {self.success:.0f} % ({self.passed} of {len(self.recordings)}),"
            f" {totals['calls']} tool calls ({totals['questions']} for schemas, {totals['errors']} errors),"
            f" {totals['read']:,} tokens read and {totals['written']:,} written ({counted});"
            f" {totals['false_claims']} false claims, {totals['harmful']} with harm,"
            f" {totals['unconfirmed']} passed as unconfirmed"
        )

    def _tasks(self) -> Table:
        table = Table("task", "", "claim", "calls", "errors", "read", "written", "what is wrong", box=None)
        for each in self.recordings:
            table.add_row(each.task, _MARKS[each.passed], each.claim, *_numbers([each]), _wrong(each))
        for column in table.columns[3:7]:
            column.justify = "right"
        return table

    def _themes(self) -> Table:
        table = Table("theme", "passed", "calls", "errors", "read", "written", box=None)
        for theme, group in groupby(
            sorted(self.recordings, key=lambda each: list(TASKS).index(each.task)), lambda each: THEME_OF[each.task]
        ):
            part = list(group)
            table.add_row(theme, f"{sum(each.passed for each in part)} of {len(part)}", *_numbers(part))
        for column in table.columns[1:]:
            column.justify = "right"
        return table


def _numbers(recordings: Iterable[Recording]) -> tuple[str, ...]:
    totals = Report(list(recordings)).totals
    return tuple(f"{totals[name]:,}" for name in ("calls", "errors", "read", "written"))


def _wrong(recording: Recording) -> str:
    lines = [recording.crash, *recording.complaints] if recording.crash else recording.complaints
    rest = len(lines) - _MOST_COMPLAINTS
    text = "; ".join(lines[:_MOST_COMPLAINTS]) + (f"; and {rest} more" if rest > 0 else "")
    return text.replace("[", r"\[")


def replayed(pairs: Iterable[tuple[Recording, Recording]]) -> Table:
    """Return the table of recordings that were played again: what came of each then, and what comes of it now."""
    table = Table(
        "task", "style", "agent", "then", "now", "asked", "answers", "their tokens", "what is wrong", box=None
    )
    for then, now in pairs:
        changed = [name for name in ("prompt", "tools") if getattr(then, name) != getattr(now, name)]
        alike = sum(_kind(one) == _kind(other) for one, other in zip(then.calls, now.calls, strict=True))
        sizes = [sum(count(call.content) for call in each.calls) for each in (then, now)]
        table.add_row(
            *(then.task, then.style, then.agent, _MARKS[then.passed], _MARKS[now.passed]),
            f"with other {' and '.join(changed)}" if changed else "alike",
            f"{alike} of {len(then.calls)} alike",
            f"{sizes[0]:,} → {sizes[1]:,}",
            _wrong(now),
        )
    return table


_MARKS = {True: "[green]✓[/]", False: "[red]✗[/]"}


def _kind(call: RecordedCall) -> tuple[bool, object]:
    """Return what kind of answer a call got: an error or not, and a result's status."""
    return call.error, result_in(call.content).get("status")
