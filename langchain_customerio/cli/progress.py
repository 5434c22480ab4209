"""How far a load is: a bar on a terminal, and plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TextIO

import orjson
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column

from langchain_customerio.cli.output import DeclinedError, say
from langchain_customerio.cli.wording import in_flags

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from langchain_customerio.bulk import LoadReport, PreviewedRecord

_EVERY: Final = 5.0


@contextmanager
def progress(
    stream: TextIO, hint: str, clock: Callable[[], float] = time.monotonic
) -> Iterator[Callable[[LoadReport], None]]:
    """Show how far a load is.

    Args:
        stream: Where to show it.
        hint: What is good to know at a terminal, until there are figures.
        clock: Gives the time in seconds; between two plain lines there are five of them.
    """
    if stream.isatty():
        with _bar(Console(file=stream), hint) as tell:
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
def _bar(console: Console, hint: str) -> Iterator[Callable[[LoadReport], None]]:
    columns = (
        BarColumn(bar_width=None, table_column=Column(ratio=1)),
        TextColumn("{task.description}", table_column=Column(no_wrap=True)),
        TimeRemainingColumn(table_column=Column(no_wrap=True)),
        TextColumn("left", table_column=Column(no_wrap=True)),
    )
    with Progress(*columns, console=console, transient=True, expand=True) as bar:
        task = bar.add_task(hint, total=None)

        def tell(report: LoadReport) -> None:
            bar.update(task, total=report.total, completed=report.reached, description=figures(report))

        yield tell


def previewed(records: Sequence[PreviewedRecord], base_url: str) -> None:
    """Show what the first records would become, and ask whether to send them all.

    Raises:
        DeclinedError: If not, or if there is no answer.
    """
    for record in records:
        what = orjson.dumps(record.call).decode() if record.call is not None else f"refused: {in_flags(record.reason)}"
        say(f"{record.position}: {what}")
    sys.stderr.write(f"Send all to {base_url}? [y/N]: ")  # typer's own question leaves a space in the standard output
    sys.stderr.flush()
    try:
        answer = sys.stdin.readline()
    except KeyboardInterrupt:
        answer = ""
    if not answer:  # Ctrl-C or Ctrl-D, which end no line
        say("")
    if answer.strip().lower() not in {"y", "yes"}:
        raise DeclinedError("Nothing was sent.")
