"""How cost and memory grow with the number of events, of the plain shape and of the slowest one."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median

from tests.benchmarks import loaders
from tests.benchmarks.harness import Column, Table, counts, in_process, receiver
from tests.benchmarks.many_shapes import PLAIN, slowest_known
from tests.benchmarks.shapes import write_jsonl

SIZES = {10**7: 1, 10**6: 1, 10**5: 3, 10**4: 5, 10**3: 5}
"""How often each number of events is loaded; the smaller ones before and after the largest."""


def run(*, quick: bool) -> list[Table]:
    """Load files of growing size, each in a process of its own."""
    sizes = {10: 1} if quick else SIZES
    columns = [
        Column("events", "{:,}"),
        Column("runs"),
        Column("time per event", "{:,.2f} µs"),
        Column("by that of 100,000", "{:.2f}"),
        Column("peak memory", "{:,.0f} MB"),
    ]
    shapes = {"the plain shape": PLAIN, "the slowest shape": slowest_known()}
    return [
        Table(f"How the cost of `load` grows, {which}", columns, _rows(shape, sizes), f"The shape is {shape}.")
        for which, shape in shapes.items()
    ]


def _rows(shape: str, sizes: dict[int, int]) -> list[list[float]]:
    found: dict[int, list[tuple[float, float]]] = {size: [] for size in sizes}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(max(sizes.values())):
            for size, times in sizes.items():
                if turn < times:
                    found[size].append(_load(Path(folder), shape, size))
    each = {size: median(seconds for seconds, _ in runs) / size * 1e6 for size, runs in found.items()}
    compared = each.get(10**5, max(each.values()))
    return [
        [size, len(found[size]), cost, cost / compared, max(megabytes for _, megabytes in found[size])]
        for size, cost in sorted(each.items())
    ]


def _load(folder: Path, shape: str, size: int) -> tuple[float, float]:
    path = folder / f"{size}.jsonl"
    write_jsonl(path, shape, size)
    with receiver() as base_url:
        spent = in_process(loaders.ours, str(path), base_url)
        assert counts(base_url)["calls"] == size
    path.unlink()
    return spent["seconds"], spent["memory"]
