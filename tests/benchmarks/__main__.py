"""Runs the benchmarks, prints their tables, and puts numbers and plots where the documentation shows them.

make bench                             all of them, about 40 minutes
make bench ARGS="--quick"              that they work, in half a minute; nothing is written
make bench ARGS="one_call loading"     some of them
make bench ARGS="--page"               none: the page anew from what was measured last
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table as RichTable

from tests.benchmarks import page
from tests.benchmarks.harness import BENCHMARKS, environment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.benchmarks.harness import Table


def main(arguments: Sequence[str], console: Console) -> dict[str, list[Table]]:
    """Run what was asked for, and return the tables."""
    options = _options(arguments)
    tables: dict[str, list[Table]] = {}
    for name in [] if options.page else options.names or BENCHMARKS:
        before = environment()
        console.rule(f"{name}, load of the machine {before['load']}")
        tables[name] = import_module(f"tests.benchmarks.{name}").run(quick=options.quick)
        for table in tables[name]:
            console.print(_for_a_terminal(table))
        if not options.quick:
            _keep(name, tables[name], before)
    if not options.quick:
        page.write()
    return tables


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; all by default")
    parser.add_argument("--quick", action="store_true", help="hardly measure, and write nothing")
    parser.add_argument("--page", action="store_true", help="measure nothing, and write the page anew")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(BENCHMARKS):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    return options


def _keep(name: str, tables: list[Table], before: dict[str, Any]) -> None:
    from tests.benchmarks.plots import draw  # noqa: PLC0415 - a quick run needs no matplotlib

    page.RESULTS.parent.mkdir(parents=True, exist_ok=True)
    (*_, plot) = (None, *draw({name: tables}, page.RESULTS.parent))
    after = {**before, "load_after": round(os.getloadavg()[0], 1)}
    page.keep({name: page.result(tables, after, plot)})


def _for_a_terminal(table: Table) -> RichTable:
    shown = RichTable(title=table.title, caption=table.note, title_justify="left", caption_justify="left")
    for column in table.columns:
        shown.add_column(column.heading, justify="left" if column.form == "{}" else "right")
    for cells in table.cells():
        shown.add_row(*cells)
    return shown


if __name__ == "__main__":
    main(sys.argv[1:], Console())
