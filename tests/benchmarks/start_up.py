"""What the package adds to the import of LangChain's tools: by itself, and with all that a toolkit needs."""

from __future__ import annotations

import time

from tests.benchmarks.harness import Column, Table, in_process, interleaved

LANGCHAIN = "from langchain_core.tools import BaseTool"
OURS = "import langchain_customerio"
TOOLKIT = "from langchain_customerio import CustomerioPipelinesToolkit"
ROUNDS = 15


def run(*, quick: bool) -> list[Table]:
    """Import in fresh processes, by turns."""
    contenders = {
        f"`{LANGCHAIN}`": lambda: seconds_in_process("", LANGCHAIN),
        f"`{OURS}`, after that": lambda: seconds_in_process(LANGCHAIN, OURS),
        f"`{TOOLKIT}`, likewise": lambda: seconds_in_process(LANGCHAIN, TOOLKIT),
    }
    found = interleaved(contenders, 1 if quick else ROUNDS)
    rows = [[name, seconds * 1000] for name, seconds in found.items()]
    return [Table("Time to import", [Column("import"), Column("takes", "{:,.1f} ms")], rows)]


def seconds_in_process(before: str, statement: str) -> float:
    """Return how long a statement takes in a fresh process, after another one."""
    return float(in_process(seconds_for, before, statement))


def seconds_for(before: str, statement: str) -> float:
    """Return how long a statement takes, after another one."""
    exec(before)  # noqa: S102 - the statements above
    begin = time.perf_counter()
    exec(statement)  # noqa: S102 - see above
    return time.perf_counter() - begin
