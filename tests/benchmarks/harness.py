"""What all benchmarks share: contenders that take turns, medians, processes of their own, and tables."""

from __future__ import annotations

import importlib
import json
import os
import platform
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from importlib.metadata import version
from statistics import median
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from tests.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

BENCHMARKS: Final = ("one_call", "many_calls", "loading", "many_shapes", "processes", "growth", "start_up")
ROUNDS: Final = 5
JITTER: Final = "0.1"
"""A far end whose time never varied would keep calls in step, which no real one does."""

KEY: Final = "pk_us_benchmark"
PACKAGES: Final = ("langchain-core", "httpx", "httpx-aiohttp", "aiohttp", "pydantic", "customerio-cdp-analytics")


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, and how its numbers are shown."""

    heading: str
    form: str = "{}"


@dataclass(frozen=True)
class Table:
    """What a benchmark found; every row has a value for each column, None where there is none."""

    title: str
    columns: list[Column]
    rows: list[list[Any]]
    note: str = ""

    def cells(self) -> list[list[str]]:
        """Return the values as they are shown."""
        return [
            [
                "" if value is None else column.form.format(value)
                for column, value in zip(self.columns, row, strict=True)
            ]
            for row in self.rows
        ]

    def lookup(self, *start: Any) -> dict[str, Any]:
        """Return the row that begins with these values, by heading."""
        found = next(row for row in self.rows if row[: len(start)] == list(start))
        return dict(zip((column.heading for column in self.columns), found, strict=True))


def to_json(table: Table) -> dict[str, Any]:
    """Return a table for a JSON file, with no more digits than were measured."""
    rows = [[float(f"{value:.4g}") if isinstance(value, float) else value for value in row] for row in table.rows]
    return {**asdict(table), "rows": rows}


def from_json(found: Mapping[str, Any]) -> Table:
    """Return the table that a JSON file holds."""
    return Table(**{**found, "columns": [Column(**column) for column in found["columns"]]})


def environment() -> dict[str, Any]:
    """Return on what, and beside what, the numbers are measured."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "packages": {name: version(name) for name in PACKAGES},
    }


def interleaved(contenders: Mapping[str, Callable[[], float]], rounds: int = ROUNDS) -> dict[str, float]:
    """Let contenders take turns, so that what slows the machine down slows all of them; return the median of each."""
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(rounds):
        for name in sorted(contenders, reverse=bool(turn % 2)):
            found[name].append(contenders[name]())
    return {name: median(values) for name, values in found.items()}


async def ainterleaved(
    contenders: Mapping[str, Callable[[], Awaitable[float]]], rounds: int = ROUNDS
) -> dict[str, float]:
    """Let contenders take turns: `interleaved`, in an event loop."""
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(rounds):
        for name in sorted(contenders, reverse=bool(turn % 2)):
            found[name].append(await contenders[name]())
    return {name: median(values) for name, values in found.items()}


@contextmanager
def receiver(delay: float = 0.0) -> Iterator[str]:
    """Run the counting receiver as a process of its own, and give its base URL."""
    command = [sys.executable, "-m", "tests.benchmarks.receiver", "--delay", str(delay), "--jitter", JITTER]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        finally:
            process.stdin.close()


def counts(base_url: str) -> dict[str, int]:
    """Return what has arrived at the receiver."""
    connection = HTTPConnection(urlsplit(base_url).netloc)
    connection.request("GET", "/counts")
    found: dict[str, int] = json.load(connection.getresponse())
    connection.close()
    return found


def in_process(function: Callable[..., Any], *arguments: Any, without: str = "") -> Any:
    """Call a function in a fresh process and return its answer.

    Args:
        function: A function of a module of this folder.
        arguments: JSON.
        without: A module that the process does not find, as if it were not installed.
    """
    what = json.dumps([function.__module__, function.__name__, arguments, without])
    command = [sys.executable, "-m", __name__, what]
    direct = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    direct.pop("PYTHONDONTWRITEBYTECODE", None)  # or the package would be compiled each time, as no installed one is
    done = subprocess.run(command, cwd=ROOT, env=direct, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def _be_the_process(what: str) -> None:
    module, name, arguments, without = json.loads(what)
    if without:
        sys.modules[without] = None  # type: ignore[assignment] # how Python itself says that there is no such module
    answer = getattr(importlib.import_module(module), name)(*arguments)
    sys.stdout.write(f"\n{json.dumps(answer)}\n")


if __name__ == "__main__":
    _be_the_process(sys.argv[1])
