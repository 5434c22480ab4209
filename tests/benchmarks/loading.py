"""Loading a file of events: against the vendor's Python SDK, and against the least that can be done."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks import loaders
from tests.benchmarks.harness import ROUNDS, Column, Table, counts, in_process, interleaved, receiver
from tests.benchmarks.shapes import write_jsonl

if TYPE_CHECKING:
    from collections.abc import Callable

DELAYS = (0.0, 0.05)
EVENTS = 300_000
# Found by trying 100, 1,000 and 5,000 events a request (its own limit is 475 kB) with 1, 2 and 8 threads.
TUNED = {
    0.0: {"max_queue_size": 0, "upload_size": 5_000},
    0.05: {"max_queue_size": 0, "upload_size": 5_000, "thread": 2},
}


def run(*, quick: bool) -> list[Table]:
    """Measure each way to load in processes of their own, by turns."""
    with tempfile.TemporaryDirectory() as folder:
        return [_table(Path(folder), delay, quick=quick) for delay in (DELAYS[:1] if quick else DELAYS)]


def _table(folder: Path, delay: float, *, quick: bool) -> Table:
    default = 5_000 if delay else 20_000
    ways: dict[str, tuple[Callable[..., Any], int, tuple[Any, ...]]] = {
        "`load`": (loaders.ours, EVENTS, ()),
        "least": (loaders.least, EVENTS, ()),
        "SDK, tuned": (loaders.sdk, 50_000, (TUNED[delay],)),
        "SDK, default": (loaders.sdk, default, ({},)),
    }
    memory: dict[str, float] = {}

    def load(name: str) -> float:
        function, events, arguments = ways[name]
        events = 200 if quick else events
        path = folder / f"{events}.jsonl"
        if not path.exists():
            write_jsonl(path, "plain track", events)
        with receiver(delay) as base_url:
            spent = in_process(function, str(path), base_url, *arguments)
            assert counts(base_url)["calls"] == events
        memory[name] = max(spent["memory"], memory.get(name, 0.0))
        return float(events / spent["seconds"])

    rates = interleaved({name: lambda name=name: load(name) for name in ways}, 1 if quick else ROUNDS)  # type: ignore[misc] # a default binds it
    rows = [
        [name, 200 if quick else ways[name][1], rate, rates["`load`"] / rate, memory[name]]
        for name, rate in rates.items()
    ]
    columns = [
        Column("way"),
        Column("events", "{:,}"),
        Column("rate", "{:,.0f}/s"),
        Column("`load` is faster by", "{:.2f}"),
        Column("peak memory", "{:,.0f} MB"),
    ]
    note = (
        "`load` with its default settings: every event checked by the models and the default policy, given an id and"
        " encoded. The least parses, serialises, packs and posts over 8 connections, and checks nothing. The tuned SDK"
        " has no bound on its queue, requests as large as it makes them and the best number of threads."
    )
    return Table(f"Loading events of 280 bytes, {delay * 1000:.0f} ms at the far end", columns, rows, note)
