"""What workers hand back, and how it becomes one report."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from langchain_customerio.bulk.readers.extras import need_arrow
from langchain_customerio.bulk.report import LoadReport
from langchain_customerio.bulk.tally import Tally

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator

_EXAMPLES: Final = 10
_SUMS: Final = ("read", "delivered", "not_reached", "earlier", "blank", "requests", "retries", "size", "reached")
_TALLIES: Final = ("reasons", "warnings", "corrections")
_LINES: Final = 1_000

COLUMNS: Final = {"report": "string", "dead_letter": "string", "began": "double", "ended": "double"}
"""The columns of a result, with their types as both Arrow and Spark name them."""


class ResultRow(Protocol):
    """A row of what a loader has given: a dict, or a row of Spark."""

    def __getitem__(self, column: str, /) -> Any:  # noqa: ANN401 - text, a number or nothing
        """Return what a column holds."""


def results(report: LoadReport | None, letters: list[str], began: float = 0.0, ended: float = 0.0) -> Iterator[Any]:
    """Give the record batches that say what became of a part: one row for its report, one for each dead letter.

    Args:
        report: Its report; None where there was nothing.
        letters: Its dead letters, each a line of JSON.
        began: When it began, in seconds since 1970.
        ended: When it ended.
    """
    if report is None:
        yield _batch([])
        return
    yield _batch([{"report": report.model_dump_json(), "began": began, "ended": ended}])
    for at in range(0, len(letters), _LINES):
        yield _batch([{"dead_letter": line} for line in letters[at : at + _LINES]])


def _batch(rows: list[dict[str, Any]]) -> Any:  # noqa: ANN401 - pyarrow ships no types
    pa = need_arrow("tables")
    schema = pa.schema([(name, pa.type_for_alias(kind)) for name, kind in COLUMNS.items()])
    return pa.RecordBatch.from_pylist(rows, schema=schema)


def combine(rows: Iterable[ResultRow], *, dead_letter: str | os.PathLike[str] | None = None) -> LoadReport:
    """Return one report from the rows that a loader has given, all of them.

    Args:
        rows: The rows, such as `dataset.map_batches(…).iter_rows()` of Ray or `frame.mapInArrow(…).collect()` of Spark.
        dead_letter: File to which the refused records are added, as JSON Lines. Without it, they are only counted.

    Returns:
        A report in which `seconds` runs from the first part that began to the last that ended, and everything else is
        the sum.

    Raises:
        OSError: If the file cannot be written.

    >>> combine([]).read
    0
    """
    whole = LoadReport(status="complete", source="nothing", strict=False, total=0)
    began, ended, letters = float("inf"), float("-inf"), 0
    with ExitStack() as stack:
        file = None if dead_letter is None else stack.enter_context(Path(dead_letter).open("a", encoding="utf-8"))
        for row in rows:
            if row["report"] is not None:
                whole = _together(whole, LoadReport.model_validate_json(row["report"]))
                began, ended = min(began, row["began"]), max(ended, row["ended"])
            elif file is not None:
                letters += 1
                file.write(row["dead_letter"] + "\n")
    update = {"refused": whole.refused - letters, "dead_lettered": letters, "seconds": max(0.0, ended - began)}
    return whole.model_copy(update={**update, "dead_letter": None if dead_letter is None else str(dead_letter)})


def _together(one: LoadReport, other: LoadReport) -> LoadReport:
    """Return what two reports say together; what is refused counts as written down nowhere until it is."""
    sums = {name: getattr(one, name) + getattr(other, name) for name in _SUMS}
    refused = sum(report.refused + report.dead_lettered for report in (one, other))
    tallies = {name: _added(getattr(one, name), getattr(other, name)) for name in _TALLIES}
    update = {
        **sums,
        **tallies,
        "refused": refused,
        "dead_lettered": 0,
        "total": (one.total or 0) + (other.total or 0),
        "examples": (one.examples + other.examples)[:_EXAMPLES],
        "left_out": tuple(sorted({*one.left_out, *other.left_out})),
    }
    return other.model_copy(update=update)


def _added(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    tally = Tally(one)
    for text, times in other.items():
        tally.count(text, times)
    return dict(tally)
