"""Checking in two processes beside the one that reads and sends, against one process that does it all."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.benchmarks import loaders
from tests.benchmarks.harness import Column, Table, counts, in_process, interleaved, receiver
from tests.benchmarks.many_shapes import FILES, MAP, PLAIN, write

if TYPE_CHECKING:
    from collections.abc import Callable

EVENTS: Final = 500_000
SHAPES: Final = (PLAIN, "a browser's full context", "CSV with a map")
PROCESSES: Final = 2
ROUNDS: Final = 3


def run(*, quick: bool) -> list[Table]:
    """Measure each in processes of their own, by turns."""
    with tempfile.TemporaryDirectory() as folder:
        rows = [row for shape in SHAPES for row in _rows(Path(folder), shape, quick=quick)]
    columns = [
        Column("shape"),
        Column("far end"),
        Column("one process", "{:,.0f}/s"),
        Column(f"`processes={PROCESSES}`", "{:,.0f}/s"),
        Column("faster by", "{:.2f}"),
    ]
    note = (
        "With the start of the processes. The far end is a process of its own and shares the cores of the machine;"
        " a dry run has none."
    )
    return [Table(f"Checking in {PROCESSES} processes, {EVENTS:,} events", columns, rows, note)]


def _rows(folder: Path, shape: str, *, quick: bool) -> list[list[Any]]:
    path, number = folder / f"events.{FILES.get(shape, 'jsonl')}", 200 if quick else EVENTS
    write(path, shape, number)
    options = MAP if shape in FILES else {}

    def load(function: Callable[..., Any], processes: int | None) -> float:
        with receiver() as base_url:
            spent = in_process(function, str(path), base_url, {**options, "processes": processes})
            assert counts(base_url)["calls"] == (number if function is loaders.ours else 0)
        return float(number / spent["seconds"])

    ways = {"counts what arrives": loaders.ours, "none (a dry run)": loaders.dry}
    contenders: dict[str, Callable[[], float]] = {
        f"{end} {processes}": lambda way=way, processes=processes: load(way, processes)  # type: ignore[misc] # defaults bind them
        for end, way in ways.items()
        for processes in (None, PROCESSES)
    }
    rates = interleaved(contenders, 1 if quick else ROUNDS)
    path.unlink()
    return [
        [shape, end, one := rates[f"{end} None"], several := rates[f"{end} {PROCESSES}"], several / one] for end in ways
    ]
