"""From the cells of a CSV file to calls, a column at a time."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from langchain_customerio.bulk.readers.base import BadRecord, no_such_column, reading_error
from langchain_customerio.bulk.readers.cells import TYPES, CellOptions, Text, found_type, why_text
from langchain_customerio.bulk.readers.columns import Column
from langchain_customerio.bulk.readers.csv_records import Even
from langchain_customerio.bulk.readers.dirt import look_at
from langchain_customerio.bulk.readers.keys import keyed
from langchain_customerio.errors import Problem
from langchain_customerio.text import plural, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_customerio.bulk.assembly import Step
    from langchain_customerio.bulk.mapping import Mapper
    from langchain_customerio.bulk.readers.csv_records import Cells, Cut
    from langchain_customerio.bulk.readers.keys import Key

_MOST_COLUMNS: Final = 5_000


class CsvRows:
    """Makes calls of rows.

    Args:
        names: The names of the columns.
        mapper: Says which column is which field.
        options: How cells are written.
        trim: Whether blanks around cells are left out.

    Attributes:
        columns: What each column is taken for, once `learn` has seen some rows.

    Raises:
        ReadingError: If the columns are not those that were asked for.
    """

    def __init__(self, names: Sequence[str], mapper: Mapper, options: CellOptions, *, trim: bool) -> None:
        """Look at the header."""
        if len(names) > _MOST_COLUMNS:
            raise reading_error("too_many_columns", count=len(names), most=_MOST_COLUMNS)
        self._names = mapper.names(names)
        self._options = options
        self._trim = trim
        self._noticed = mapper.noticed
        self._assembly = mapper.expect(self._names)
        for column in options.types:
            if column not in self._names:
                raise no_such_column(column, self._names)
        self._at = [self._names.index(step.column) for step in self._assembly.steps]
        self._key, self._key_at = mapper.key, [self._names.index(name) for name in mapper.key]
        self._types: list[Text] = []
        self._empty = set(range(len(self._at)))
        self.columns: tuple[Column, ...] = ()

    def learn(self, sample: Sequence[Cut | Even]) -> None:
        """Find out the type of each column."""
        rows = [(row, line) for part in sample for row, line in zip(part.rows, part.lines, strict=True)]
        good = [(row, line) for row, line in rows if isinstance(row, list) and len(row) == len(self._names)]
        found: dict[int, Column] = {}
        for step, at in zip(self._assembly.steps, self._at, strict=True):
            cells = [row[at].strip() if self._trim else row[at] for row, _ in good]
            column = self._column(step, cells)
            if column.line:
                column = replace(column, line=good[column.line - 1][1])
            found.setdefault(at, column)
        self.columns = tuple(found.get(at, Column(shown(name))) for at, name in enumerate(self._names))

    def _column(self, step: Step, cells: Sequence[str]) -> Column:
        """Choose the type of a column."""
        chosen = self._options.types.get(step.column)
        if chosen is not None:
            of: Text = TYPES[chosen](self._options)
        elif step.is_text:
            of = Text(self._options)
        else:
            of = found_type(cells, self._options, len(cells))
        of.learn(cells)
        self._types.append(of)
        field = ".".join(map(shown, step.path))
        if of.name == "text" and chosen is None and not step.is_text and (why := why_text(cells)) is not None:
            return Column(shown(step.column), field, of.name, Problem(why[0], (shown(step.column),)), why[1] + 1)
        return Column(shown(step.column), field, of.name)

    def records(self, part: Cut | Even, *, broken: str = "") -> Sequence[Any]:
        """Return the call of each row, or why there is none; a blank line is no record.

        Args:
            part: The rows.
            broken: The encoding, if there were bytes that it does not have.
        """
        places = self._places(part)
        even = part if isinstance(part, Even) else _even(part, places)
        bad: dict[int, Problem] = {}
        found = self._calls(even, bad) if places else []
        if broken:
            wrong = Problem("wrong_text", (), {"codec": broken})
            bad |= {i: wrong for i, row in enumerate(even.rows) if not _is_text(row)}
        if bad:
            found, rows = [*found], even.rows
            for i, problem in bad.items():
                found[i] = BadRecord(problem, text=delimited(rows[i]), lines=(even.lines[i], even.lines[i]))
        if len(places) == len(part.lines):
            return found
        records = list(map(self._odd, part.rows, part.lines))
        for i, record in zip(places, found, strict=True):
            records[i] = record
        return records

    def keys(self, part: Cut | Even) -> Sequence[Key] | None:
        """Return the key of each row, if the rows are named by one; an empty cell is no value."""
        if not self._key:
            return None
        count = len(self._names)
        rows = (row if isinstance(row, list) and len(row) == count else [""] * count for row in part.rows)
        return keyed(self._key, ([row[at].strip() or None for at in self._key_at] for row in rows))

    def _places(self, part: Cut | Even) -> Sequence[int]:
        """Return where the rows are that have as many cells as there are columns."""
        if isinstance(part, Even):
            return range(len(part.lines))
        rows: Sequence[Any] = part.rows
        count = len(self._names)
        try:
            if {*map(len, rows)} == {count}:
                return range(len(rows))
        except TypeError:  # one that is no row
            pass
        return [i for i, row in enumerate(rows) if isinstance(row, list) and len(row) == count]

    def _odd(self, row: Cells | BadRecord, line: int) -> Any:  # noqa: ANN401 - what stands for a row that is not a good one
        if isinstance(row, BadRecord):
            return row
        if not row:
            return b""
        values = {"cells": plural(len(row), "cell"), "columns": plural(len(self._names), "column")}
        return BadRecord(Problem("cell_count", (), values), text=delimited(row), lines=(line, line))

    def _calls(self, part: Even, bad: dict[int, Problem]) -> Sequence[Any]:
        columns, lines = part.columns, part.lines
        values = []
        for i, (step, at, of) in enumerate(zip(self._assembly.steps, self._at, self._types, strict=True)):
            cells: Sequence[str] = [cell.strip() for cell in columns[at]] if self._trim else columns[at]
            if i in self._empty and any(cells):
                self._empty.discard(i)
            look_at(step, cells, lines, self._noticed)
            wrong: dict[int, Problem] = {}
            values.append(of.values(cells, wrong))
            for row, problem in wrong.items():
                bad.setdefault(row, problem.at(shown(step.column)))
        return self._assembly.lines(values, len(lines), bad)

    def end(self) -> None:
        """Take notice of what only the end of the file tells."""
        for i in sorted(self._empty):
            self._noticed.add(Problem("column_empty", (shown(self._assembly.steps[i].column),)))


def _even(part: Cut, places: Sequence[int]) -> Even:
    """Return the rows in some places, which are good ones."""
    rows: list[Any] = [part.rows[i] for i in places]
    return Even([*zip(*rows, strict=True)], [part.lines[i] for i in places])


def _is_text(row: Sequence[str]) -> bool:
    return not any("\ud800" <= character <= "\udfff" for cell in row if not cell.isascii() for character in cell)


def delimited(row: Sequence[str]) -> str:
    """Return a row as CSV, as the dead-letter file shows it.

    >>> delimited(["7", "Ada, Countess"])
    '7,"Ada, Countess"'
    """
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(row)
    return line.getvalue()
