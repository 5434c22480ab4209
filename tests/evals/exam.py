"""The whole exam: every task once, and what came of it, for people and for programs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from rich.table import Table

from tests.evals.agent import Attempt, NoModelError, ScriptedModel, attempt, model_for
from tests.evals.desk import Desk
from tests.evals.tasks import THEME_OF, THEMES
from tests.evals.told import Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import Console

    from tests.evals.agent import AgentKind
    from tests.evals.task import Style, Task


@dataclass(frozen=True)
class Row:
    """One task's line in the report.

    Attributes:
        task: Its name.
        theme: Its theme.
        adverse: Whether something stood in the way.
        passed: Whether nothing is wrong.
        verdict: What the answer claims; empty where it claims nothing.
        proven: Whether the tools' answers left nothing open.
        calls: How many tool calls were made.
        schemas: How many of these asked for a schema.
        errors: How many were answered by an error.
        read: Tokens read.
        written: Tokens written.
        counted_by: Who counted them.
        complaints: What is wrong.
        answer: The final answer.
        crash: What ended the attempt before its time.
    """

    task: str
    theme: str
    adverse: bool
    passed: bool
    verdict: str
    proven: bool
    calls: int
    schemas: int
    errors: int
    read: int
    written: int
    counted_by: str
    complaints: list[str]
    answer: str
    crash: str


@dataclass(frozen=True)
class Report:
    """What came of an exam."""

    model: str
    style: Style
    agent: AgentKind
    rows: list[Row]

    @property
    def success(self) -> float:
        """The share of tasks that passed, in percent."""
        return 100 * sum(row.passed for row in self.rows) / len(self.rows)

    def total(self, name: str) -> int:
        """Add up a column."""
        return sum(getattr(row, name) for row in self.rows)

    @property
    def unproven(self) -> int:
        """How many true claims of `DONE` rested on answers that prove nothing."""
        return sum(row.passed and row.verdict == "DONE" and not row.proven for row in self.rows)

    def as_json(self) -> dict[str, Any]:
        """Return everything, for programs."""
        return {
            "model": self.model,
            "style": self.style,
            "agent": self.agent,
            "langchain_customerio": version("langchain-customerio"),
            "success": round(self.success, 1),
            "passed": self.total("passed"),
            "tasks": len(self.rows),
            "unproven": self.unproven,
            **{name: self.total(name) for name in ("calls", "schemas", "errors", "read", "written")},
            "rows": [asdict(row) for row in self.rows],
        }

    def print(self, console: Console) -> None:
        """Show the table of tasks, then that of themes."""
        console.print(self._tasks())
        console.print(self._themes())
        counted = "/".join(sorted({row.counted_by for row in self.rows}))
        console.print(
            f"[bold]{self.model}[/], {self.style}: {self.success:.0f} % ({self.total('passed')} of {len(self.rows)}),"
            f" {self.total('calls')} tool calls ({self.total('schemas')} for schemas, {self.total('errors')} errors),"
            f" {self.total('read'):,} tokens read and {self.total('written'):,} written ({counted});"
            f" {self.unproven} true claims without proof"
        )

    def _tasks(self) -> Table:
        table = Table("task", "", "claim", "calls", "errors", "read", "written", "what is wrong", box=None)
        for row in self.rows:
            mark = "[green]✓[/]" if row.passed else "[red]✗[/]"
            numbers = (str(row.calls), str(row.errors), f"{row.read:,}", f"{row.written:,}")
            table.add_row(row.task, mark, row.verdict, *numbers, _wrong(row))
        for column in table.columns[3:7]:
            column.justify = "right"
        return table

    def _themes(self) -> Table:
        table = Table("theme", "passed", "calls", "errors", "read", "written", box=None)
        for theme in dict.fromkeys(row.theme for row in self.rows):
            part = Report(self.model, self.style, self.agent, [row for row in self.rows if row.theme == theme])
            numbers = [f"{part.total(name):,}" for name in ("calls", "errors", "read", "written")]
            table.add_row(theme, f"{part.total('passed')} of {len(part.rows)}", *numbers)
        for column in table.columns[1:]:
            column.justify = "right"
        return table


def _wrong(row: Row) -> str:
    lines = [row.crash, *row.complaints] if row.crash else row.complaints
    text = "; ".join(lines[:3]) + (f"; and {len(lines) - 3} more" if len(lines) > 3 else "")
    return text.replace("[", r"\[")


def hold(  # noqa: PLR0913 - each is a choice of whoever holds the exam
    model: str,
    style: Style,
    tasks: Sequence[Task],
    *,
    agent: AgentKind = "create_agent",
    jobs: int = 1,
    progress: Callable[[Row], object] = lambda _row: None,
) -> Report:
    """Let a model take tasks.

    Args:
        model: `provider:name`, as `init_chat_model` takes it, or `scripted:` and the name of an actor.
        style: The style of the tools.
        tasks: The tasks.
        agent: `create_agent`, or `graph` for the explicit ReAct graph.
        jobs: How many tasks at once.
        progress: Called with each row when it is ready.

    Raises:
        NoModelError: If the model cannot be had, or cannot be asked even the first time.
    """
    real = model_for(model)

    def take(task: Task) -> Row:
        desk = Desk(task, style)
        chat = real or ScriptedModel(actor=model.partition(":")[2], desk=desk)
        made = attempt(desk, chat, agent)
        if made.silent and task is tasks[0]:
            raise NoModelError(f"{model} does not answer: {made.crash}")
        row = _row(desk, made)
        progress(row)
        return row

    first = take(tasks[0])  # alone: without a key, all others would fail in the same way
    with ThreadPoolExecutor(jobs) as pool:
        return Report(model, style, agent, [first, *pool.map(take, tasks[1:])])


def _row(desk: Desk, made: Attempt) -> Row:
    readings = [each.told.reading for each in desk.made]
    return Row(
        task=desk.task.name,
        theme=THEME_OF[desk.task.name],
        adverse=desk.task.adverse,
        passed=made.score.passed and not made.crash,
        verdict=made.score.verdict or "",
        proven=made.score.proven,
        calls=len(desk.made),
        schemas=readings.count(Reading.SCHEMA),
        errors=sum(each.told.error for each in desk.made),
        read=made.tokens.read,
        written=made.tokens.written,
        counted_by=made.tokens.counted_by,
        complaints=made.score.complaints,
        answer=made.answer,
        crash=made.crash,
    )


def chosen(patterns: Sequence[str]) -> list[Task]:
    """Return the tasks whose name or theme a pattern names, in order; all of them without a pattern.

    Raises:
        LookupError: If a pattern names none.
    """
    wanted = {pattern.casefold() for pattern in patterns}
    known = {name for theme, tasks in THEMES.items() for name in (theme, *(task.name for task in tasks))}
    if unknown := wanted - known:
        raise LookupError(
            f"no task or theme is called {', '.join(sorted(unknown))}; `python -m tests.evals list` shows all"
        )
    return [
        task
        for theme, tasks in THEMES.items()
        for task in tasks
        if not wanted or task.name in wanted or theme in wanted
    ]
