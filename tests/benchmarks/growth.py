"""How cost and memory grow with the number of events."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median

from tests.benchmarks import loaders
from tests.benchmarks.files import write_events
from tests.benchmarks.harness import Column, Table, counts, in_process, receiver

SIZES = {10**7: 1, 10**6: 3, 10**5: 5, 10**4: 5, 10**3: 5}
"""How often each number of events is loaded; the smaller ones before and after the largest."""


def run(*, quick: bool) -> list[Table]:
    """Load files of growing size, each in a process of its own."""
    sizes = {10: 1} if quick else SIZES
    found: dict[int, list[tuple[float, float]]] = {size: [] for size in sizes}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(max(sizes.values())):
            for size, times in sizes.items():
                if turn < times:
                    found[size].append(_load(Path(folder), size))
    each = {size: median(seconds for seconds, _ in runs) / size * 1e6 for size, runs in found.items()}
    compared = each[10 if quick else 10**5]
    rows = [
        [size, len(found[size]), cost, cost / compared, max(megabytes for _, megabytes in found[size])]
        for size, cost in sorted(each.items())
    ]
    columns = [
        Column("events", "{:,}"),
        Column("runs"),
        Column("time per event", "{:,.2f} µs"),
        Column("by that of 100,000", "{:.2f}"),
        Column("peak memory", "{:,.0f} MB"),
    ]
    return [Table("How the cost of `load` grows", columns, rows)]


def _load(folder: Path, size: int) -> tuple[float, float]:
    path = folder / f"{size}.jsonl"
    write_events(path, size)
    with receiver() as base_url:
        spent = in_process(loaders.ours, str(path), base_url)
        assert counts(base_url)["calls"] == size
    path.unlink()
    return spent["seconds"], spent["memory"]
