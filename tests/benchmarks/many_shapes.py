"""Loading events of the shapes that people have, each against the vendor's Python SDK on the same events."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from tests.benchmarks import loaders, page
from tests.benchmarks.harness import Column, Table, counts, from_json, in_process, interleaved, receiver
from tests.benchmarks.loading import TUNED
from tests.benchmarks.shapes import COLUMNS, SHAPES, write_csv, write_jsonl, write_parquet

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.loaders import Spent

EVENTS: Final = 200_000
SDK_EVENTS: Final = 15_000
ROUNDS: Final = 3
SDK: Final = {**TUNED[0.0], "upload_interval": 0.1}
"""With its own half second it would wait for more at the end, which counts in a short run."""

PLAIN: Final = next(iter(SHAPES))
MAP: Final[dict[str, Any]] = {"as_": "track", "map": COLUMNS}
FILES: Final = {"CSV with a map": "csv", "Parquet with a map": "parquet"}
RATIO: Final = "faster than the SDK by"


def run(*, quick: bool) -> list[Table]:
    """Measure each shape in processes of their own, by turns with the plain one and with the SDK."""
    with tempfile.TemporaryDirectory() as folder:
        rows = [[shape, *measure(Path(folder), shape, quick=quick).values()] for shape in (*SHAPES, *FILES)]
    columns = [
        Column("shape"),
        Column("bytes each", "{:,.0f}"),
        Column("`load`", "{:,.0f}/s"),
        Column("SDK, tuned", "{:,.0f}/s"),
        Column(RATIO, "{:.1f}"),
        Column("in CPU time", "{:.1f}"),
        Column("time per byte by plain", "{:.2f}"),
        Column("`ordered=True` by unordered", "{:.2f}"),
        Column("peak memory", "{:,.0f} MB"),
    ]
    title = "Events of the shapes that people have"
    note = (
        f"Made up by a generator with a seed, no two alike; the far end answers at once. The slowest shape, by what it"
        f" gains on the SDK, is **{slowest(Table(title, columns, rows))}**. The SDK is tuned as above, and is given"
        " every field that it has an argument for. The CPU time is that of the loading process, which other work on the"
        " machine changes little."
    )
    return [Table(title, columns, rows, note)]


def slowest(table: Table) -> str:
    """Return the shape that gains least on the SDK."""
    return str(min((table.lookup(row[0]) for row in table.rows), key=lambda row: row[RATIO])["shape"])


def slowest_known() -> str:
    """Return the shape of JSON Lines that was the slowest when this was last run."""
    known = page.read().get("many_shapes")
    if known is None:
        return PLAIN
    table = from_json(known["tables"][0])
    return slowest(replace(table, rows=[row for row in table.rows if row[0] in SHAPES]))


def measure(folder: Path, shape: str, *, quick: bool) -> dict[str, float | None]:
    """Return what the table says of a shape, by turns with the plain one."""
    many, few = (200, 100) if quick else (EVENTS, SDK_EVENTS)
    path, part = (folder / f"{name}.{FILES.get(shape, 'jsonl')}" for name in ("many", "few"))
    plain = folder / "plain.jsonl"
    write(path, shape, many)
    write(part, shape, few)
    if not plain.exists():
        write_jsonl(plain, PLAIN, many)
    options = MAP if shape in FILES else {}
    spent: defaultdict[str, list[Spent]] = defaultdict(list)

    def load(name: str, function: Callable[..., Spent], source: Path, number: int, *arguments: Any) -> float:
        with receiver() as base_url:
            spent[name].append(in_process(function, str(source), base_url, *arguments))
            assert counts(base_url)["calls"] == number
        return number / spent[name][-1]["seconds"]

    ways: dict[str, Callable[[], float]] = {
        "plain": lambda: load("plain", loaders.ours, plain, many),
        "ours": lambda: load("ours", loaders.ours, path, many, options),
        "ordered": lambda: load("ordered", loaders.ours, path, many, {**options, "ordered": True}),
        "sdk": lambda: load("sdk", loaders.sdk, part, few, SDK, options.get("map")),
    }
    rates = interleaved(ways, 1 if quick else ROUNDS)
    cpu = {name: median(each["cpu"] for each in all_) for name, all_ in spent.items()}
    size, plain_size = path.stat().st_size, plain.stat().st_size
    is_text = path.suffix == ".jsonl"
    return {
        "bytes": size / many,
        "ours": rates["ours"],
        "sdk": rates["sdk"],
        "ratio": rates["ours"] / rates["sdk"],
        "ratio in cpu": cpu["sdk"] / few / (cpu["ours"] / many),
        "by plain": rates["plain"] / rates["ours"] * plain_size / size if is_text else None,
        "ordered": rates["ordered"] / rates["ours"],
        "memory": max(each["memory"] for name in ("ours", "ordered") for each in spent[name]),
    }


def write(path: Path, shape: str, number: int) -> None:
    """Write so many events of a shape."""
    if path.suffix == ".csv":
        write_csv(path, number)
    elif path.suffix == ".parquet":
        write_parquet(path, number)
    else:
        write_jsonl(path, shape, number)
