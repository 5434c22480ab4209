"""CSV: text in columns, read with the types that the columns have."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, datetime
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final, Self

from langchain_customerio.bulk.readers.base import BadRecord, Block, check_end, later
from langchain_customerio.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from langchain_customerio.bulk.mapping import Mapper
    from langchain_customerio.bulk.readers.files import Bytes

_BLOCK_ROWS: Final = 1_000
_DELIMITERS: Final = ",;\t|"

# No zeros in front: what begins with one is a code, such as a postal code, and not a number.
_INTEGER: Final = re.compile(r"-?(0|[1-9]\d{0,17})", re.ASCII)
_NUMBER: Final = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,15})?([eE][+-]?\d{1,2})?", re.ASCII)
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d\S*)?", re.ASCII)
_BOOLEAN: Final = re.compile(r"true|false", re.ASCII | re.IGNORECASE)

_TYPES: Final[dict[str, tuple[re.Pattern[str], Callable[[str], Any]]]] = {
    "integer": (_INTEGER, int),
    "number": (_NUMBER, lambda cell: int(cell) if _INTEGER.fullmatch(cell) else float(cell)),
    "boolean": (_BOOLEAN, lambda cell: cell.lower() == "true"),
    "text": (re.compile(r".*", re.DOTALL), str),
    "time": (_TIME, lambda cell: (datetime if ":" in cell else date).fromisoformat(cell)),
}

_Row = list[str] | BadRecord


class Csv:
    """Reads CSV with a header; the delimiter is seen from it.

    A column of traits, properties or context has the type that all its cells among the first thousand rows have:
    integer, number, boolean, or else text. Ids, names and the times of calls are text. A column is of the type `time`
    only where one says so: ISO 8601, read with the zone of the mapper. A later cell that is not of its column's type is
    refused, and an empty cell is no value.

    Args:
        source: Where the bytes come from.
        mapper: Says which columns are texts whatever they look like.
        types: The types of columns that are not to be found out.

    Raises:
        ConfigurationError: If there is no such type.
    """

    def __init__(self, source: Bytes, mapper: Mapper, types: Mapping[str, str] | None = None) -> None:
        """Read nothing yet."""
        for column, of in (types or {}).items():
            if of not in _TYPES:
                raise ConfigurationError(f"The type of column {column!r} is none of {', '.join(_TYPES)}: {of!r}.")
        self._source = source
        self._mapper = mapper
        self._types = dict(types or {})
        self.name = source.name
        self.fingerprint = source.fingerprint
        self.size = source.size

    def blocks(self, start: int, offset: int | None = None) -> Iterator[Block]:  # noqa: ARG002 - a row may span lines, so that no offset leads to one
        """Read from a row on; rows are counted from the one after the header.

        Raises:
            ConfigurationError: If the header lacks a column that the map names, or has one twice.
        """
        with (
            self._source.open() as (file, reached),
            io.TextIOWrapper(file, "utf-8-sig", "surrogateescape", newline="") as text,
        ):
            header = text.readline()
            delimiter = max(_DELIMITERS, key=header.count)
            lines = _Lines(chain([header], text))
            cells = csv.reader(lines, delimiter=delimiter, strict=True)
            self._check(columns := _header(cells))
            rows = _rows(cells, lines)
            sample = list(islice(rows, _BLOCK_ROWS))
            record = self._record(columns, sample)
            index = 0
            every = chain(sample, rows)
            while some := list(islice(every, _BLOCK_ROWS)):
                if index + len(some) > start:
                    yield later(start, index, list(map(record, some)), reached())
                index += len(some)
            check_end(index, start)

    def _check(self, columns: Sequence[str]) -> None:
        self._mapper.expect(columns)
        for column in self._types:
            if column not in columns:
                raise ConfigurationError(f"There is no column {column!r}; there are {', '.join(map(repr, columns))}.")
        if len(set(columns)) < len(columns):
            twice = next(column for column in columns if columns.count(column) > 1)
            raise ConfigurationError(f"The file has two columns {twice!r}.")

    def _record(self, columns: Sequence[str], sample: Sequence[_Row]) -> Callable[[_Row], Any]:
        """Return what makes a record of a row."""
        texts = self._mapper.texts(columns)
        good = [row for row in sample if isinstance(row, list) and len(row) == len(columns)]
        types = {
            column: self._types.get(column) or ("text" if column in texts else _type_of([row[i] for row in good]))
            for i, column in enumerate(columns)
        }
        convert = [(column, of, *_TYPES[of]) for column, of in types.items()]

        def record(row: _Row) -> Any:  # noqa: ANN401 - an object, or BadRecord
            if not isinstance(row, list):
                return row
            if not row:
                return b""
            if len(row) != len(columns):
                return BadRecord(f"has {len(row)} cells under {len(columns)} columns", text=delimited(row))
            found: dict[str, Any] = {}
            for (column, of, pattern, make), cell in zip(convert, row, strict=True):
                try:
                    found[column] = make(_fitting(cell, pattern)) if cell else None
                except ValueError:
                    return BadRecord(f"{column}: is not of the column's type, {of}", text=delimited(row))
            return found

        return record


def _header(cells: Iterator[list[str]]) -> list[str]:
    try:
        return next(cells, [])
    except csv.Error as error:
        raise ConfigurationError(f"The header is not CSV: {error}.") from None


def _fitting(cell: str, pattern: re.Pattern[str]) -> str:
    if pattern.fullmatch(cell) is None:
        raise ValueError
    return cell


class _Lines:
    """Lines of text, and those that have been read since somebody has last asked."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._taken: list[str] = []

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self._taken.append(line)
        return line

    def taken(self) -> list[str]:
        taken, self._taken = self._taken, []
        return taken


def _rows(cells: Iterator[list[str]], lines: _Lines) -> Iterator[_Row]:
    """Yield each row, and the lines that could not be read as one: a quote that nothing closes takes others along."""
    lines.taken()
    while True:
        try:
            row = next(cells)
        except StopIteration:
            return
        except csv.Error as error:
            taken = lines.taken()
            many = f", with the {len(taken) - 1:,} lines after it" if len(taken) > 1 else ""
            yield BadRecord(f"is not CSV{many}: {error}", text="".join(taken).rstrip("\r\n"))
        else:
            lines.taken()
            yield row


def _type_of(cells: Sequence[str]) -> str:
    """Return the first type that fits all cells with something in them; text where there are none."""
    given = [cell for cell in cells if cell]
    fitting = (of for of, (pattern, _) in _TYPES.items() if all(map(pattern.fullmatch, given)))
    return next(fitting, "text") if given else "text"


def delimited(row: Sequence[str]) -> str:
    """Return a row as CSV, as the dead-letter file shows it."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(row)
    return line.getvalue()
