"""How far a load is: a bar on a terminal, and plain lines elsewhere."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TextIO

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from langchain_customerio.bulk import LoadReport, PreviewedRecord

_EVERY: Final = 5.0


@contextmanager
def progress(stream: TextIO, clock: Callable[[], float] = time.monotonic) -> Iterator[Callable[[LoadReport], None]]:
    """Show how far a load is.

    Args:
        stream: Where to show it.
        clock: Gives the time in seconds; between two plain lines there are five of them.
    """
    if stream.isatty():
        with _bar(Console(file=stream)) as tell:
            yield tell
        return
    last = clock()

    def tell_plainly(report: LoadReport) -> None:
        nonlocal last
        if clock() - last >= _EVERY:
            last = clock()
            stream.write(f"{figures(report)}\n")
            stream.flush()

    yield tell_plainly


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
    if report.total:
        parts.insert(0, f"{report.reached / report.total:4.0%}")
    return "  ".join(parts)


@contextmanager
def _bar(console: Console) -> Iterator[Callable[[LoadReport], None]]:
    columns = (BarColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)

        def tell(report: LoadReport) -> None:
            bar.update(task, total=report.total, completed=report.reached, description=figures(report))

        yield tell


def previewed(records: Sequence[PreviewedRecord], base_url: str) -> None:
    """Show what the first records would become, and ask whether to send them all.

    Raises:
        Abort: If not.
    """
    for record in records:
        what = orjson.dumps(record.call).decode() if record.call is not None else f"refused: {record.reason}"
        typer.echo(f"{record.position}: {what}", err=True)
    typer.confirm(f"Send all to {base_url}?", abort=True, err=True)
