"""How far a load is: a bar on a terminal, and plain lines elsewhere."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column
from typing_extensions import override

from langchain_customerio.cli.words import safe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rich.console import RenderableType

    from langchain_customerio.bulk import LoadReport

_EVERY: Final = 5.0


@contextmanager
def progress(stream: TextIO, hint: str, report: Callable[[str], LoadReport], every: float = _EVERY) -> Iterator[None]:
    """Show how far a load is, from its beginning.

    Args:
        stream: Where to show it.
        hint: What is good to know at a terminal.
        report: Returns how things stand, given the status.
        every: Seconds between two plain lines.
    """
    if stream.isatty():
        console = Console(file=stream)
        if hint:
            console.print(hint, highlight=False, markup=False)
        with _Bar(console, report):
            yield
        return
    ended = threading.Event()

    def tell() -> None:
        while not ended.wait(every):
            stream.write(f"{figures(report('running'))}\n")
            stream.flush()

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        ended.set()
        teller.join()


def figures(report: LoadReport) -> str:
    """Return how things stand, in one line."""
    refused = report.refused + report.dead_lettered
    parts = [
        f"{report.delivered:,} delivered",
        f"{refused:,} refused",
        f"{report.rate:,.0f}/s",
        f"{report.size / 1e6:,.1f} MB",
        f"{report.retries:,} retries",
    ]
    if report.status == "running" and not report.delivered:
        parts.insert(0, f"{report.read:,} read")
    if report.total:
        parts.insert(0, f"{min(1.0, report.reached / report.total):4.0%}")
    return "  ".join([*parts, *([safe(report.waiting)] if report.waiting else [])])


class _Bar(Progress):
    """A bar that asks how things stand whenever it is drawn."""

    def __init__(self, console: Console, report: Callable[[str], LoadReport]) -> None:
        columns = (
            BarColumn(bar_width=None, table_column=Column(ratio=1)),
            TextColumn("{task.description}", table_column=Column(no_wrap=True), markup=False),
            TimeRemainingColumn(table_column=Column(no_wrap=True)),
            TextColumn("left", table_column=Column(no_wrap=True)),
        )
        self._report = report
        super().__init__(*columns, console=console, transient=True, expand=True)
        self.add_task("", total=None)

    @override
    def get_renderables(self) -> Iterable[RenderableType]:
        for task in self.tasks:
            now = self._report("running")
            self.update(task.id, total=now.total, completed=now.reached, description=figures(now))
        return super().get_renderables()
