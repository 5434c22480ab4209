"""What the documentation shows of the benchmarks: the block between two markers, made from the file of results."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from tests.benchmarks.harness import BENCHMARKS, from_json, to_json
from tests.paths import DOCS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.benchmarks.harness import Table

PAGE: Final = DOCS / "explanation" / "how-it-was-measured.md"
RESULTS: Final = DOCS / "benchmarks" / "results.json"
BEGIN: Final = "<!-- benchmarks: written by `make bench`; do not edit -->"
END: Final = "<!-- end of benchmarks -->"


def block(results: Mapping[str, Any]) -> str:
    """Return the Markdown of all tables, plots and of the machine, from what the file of results holds."""
    return "\n".join([BEGIN, "", *_lines(results), END])


def _lines(results: Mapping[str, Any]) -> Iterator[str]:
    for name, found in results.items():
        for table in map(from_json, found["tables"]):
            yield from (f"**{table.title}**", "", *_markdown(table), "")
            if table.note:
                yield from (table.note, "")
        if found["plot"]:
            yield from (f"![{name.replace('_', ' ')}](../benchmarks/{found['plot']})", "")
    for where, names in _places(results).items():
        yield from (f"<sub>{', '.join(names)}: {where}.</sub>", "")


def _places(results: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return where and beside what each benchmark was run, those of one place together."""
    places: dict[str, list[str]] = {}
    for name, found in results.items():
        its = found["environment"]
        packages = ", ".join(f"{package} {version}" for package, version in its["packages"].items())
        where = f"{its['date']}, {its['system']}, {its['cores']} cores, Python {its['python']}, {packages}"
        load = f"{name.replace('_', ' ')} (load {its['load']} to {its['load_after']})"
        places.setdefault(where, []).append(load)
    return places


def _markdown(table: Table) -> Iterator[str]:
    yield f"| {' | '.join(column.heading for column in table.columns)} |"
    yield f"|{'|'.join('---' if column.form == '{}' else '---:' for column in table.columns)}|"
    for cells in table.cells():
        yield f"| {' | '.join(cells)} |"


def shown() -> str:
    """Return the block that the page shows now."""
    _, begin, rest = PAGE.read_text().partition(BEGIN)
    inside, end, _ = rest.partition(END)
    return begin + inside + end


def write() -> None:
    """Put the results into the page."""
    text = PAGE.read_text()
    assert BEGIN in text
    PAGE.write_text(text.replace(shown(), block(read())))


def read() -> dict[str, Any]:
    """Return what the benchmarks found when each was last run."""
    found: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    return found


def keep(results: Mapping[str, Any]) -> None:
    """Write results down, beside those of the benchmarks that were not run."""
    known = {**read(), **results}
    ordered = {name: known[name] for name in BENCHMARKS if name in known}
    RESULTS.write_text(json.dumps(ordered, indent=1, ensure_ascii=False) + "\n")


def result(tables: list[Table], environment: Mapping[str, Any], plot: str | None) -> dict[str, Any]:
    """Return what is kept of a benchmark."""
    return {"tables": [to_json(table) for table in tables], "environment": dict(environment), "plot": plot}
