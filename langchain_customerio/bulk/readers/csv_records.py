"""Where a record of a CSV file begins and ends, and what its cells are. No boundary is guessed.

RFC 4180 is the rule: a cell is quoted as a whole, with the quotes in it doubled, or does not begin with a quote. Where
there are no quotes at all, every delimiter ends a cell, and every end of a line a record. The module `csv` cuts what
else keeps to the rule, and cuts it fast. Whatever it objects to is given to `Scan`.

Source: RFC 4180, section 2: https://www.rfc-editor.org/rfc/rfc4180
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from langchain_customerio.bulk.readers.csv_scan import MOST_RECORD, Scan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from langchain_customerio.bulk.readers.base import BadRecord

_DELIMITERS: Final = ",;\t|"
_QUOTED: Final = re.compile(r'"(?:[^"]|"")*"')
_SEPARATOR: Final = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)  # a first line that Excel writes and reads
_KEPT: Final = 2  # characters that can only be understood with what follows: a backslash before a quote, half an end

Cells = list[str]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How cells are separated.

    Attributes:
        delimiter: What is between them.
        trim: Whether blanks around a cell, and around its quotes, are no part of it.
    """

    delimiter: str
    trim: bool = False


@dataclass(frozen=True, slots=True)
class Cut:
    """Some records in a row.

    Attributes:
        rows: The cells of each, none for a blank line; or why they cannot be told.
        lines: The line of the file in which each begins, from 1.
    """

    rows: list[Cells | BadRecord] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)

    def add(self, row: Cells | BadRecord, line: int) -> None:
        """Add a record that begins in a line."""
        self.rows.append(row)
        self.lines.append(line)


@dataclass(frozen=True, slots=True)
class Even:
    """Some records in a row that have as many cells as there are columns.

    Attributes:
        columns: The cells of each column.
        lines: The line of the file in which each begins, from 1.
    """

    columns: Sequence[Sequence[str]]
    lines: Sequence[int]

    @property
    def rows(self) -> list[Cells]:
        """The cells of each record."""
        return [*map(list, zip(*self.columns, strict=True))]


class FileLines(NamedTuple):
    """Lines that were read together.

    Attributes:
        lines: The lines, with their ends.
        whole: How many of them are whole; after these there may be a part of a line that is very long.
        is_odd: Whether there is a quote behind a blank in them.
    """

    lines: list[str]
    whole: int
    is_odd: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines that were read together, as text.

    Attributes:
        text: The lines.
        is_part: Whether the last one is only a part of a line, which is very long.
    """

    text: str
    is_part: bool = False

    def lines(self) -> FileLines:
        """Return the lines one by one."""
        lines = io.StringIO(self.text, newline="").readlines()
        return FileLines(lines, len(lines) - self.is_part, ' "' in self.text or '\t"' in self.text)

    def without(self, lines: int) -> Batch:
        """Return what is behind some lines."""
        text = "".join(self.lines().lines[lines:])
        return Batch(text, self.is_part and bool(text))


class Opening(NamedTuple):
    """The first record of a file, and what follows it.

    Attributes:
        row: Its cells, none if there is none; or why they cannot be told.
        dialect: How cells are separated.
        line: Number of the line after it.
        rest: All that follows.
    """

    row: Cells | BadRecord
    dialect: Dialect
    line: int
    rest: Iterable[Batch]


def opening(pieces: Iterable[str], delimiter: str | None = None, *, trim: bool = False) -> Opening:
    """Read the first record of a file, after blank lines and a line such as `sep=;`.

    Args:
        pieces: The text, in pieces of any length.
        delimiter: What separates cells; None to see it from that record.
        trim: Whether blanks around a cell are no part of it.
    """
    scan, line, batches = None, 1, _batches(pieces)
    dialect = Dialect(delimiter or ",", trim)
    for batch in batches:
        for at, text in enumerate(batch.lines().lines):
            if scan is None:
                if (separator := _SEPARATOR.fullmatch(text)) is not None:
                    delimiter = delimiter or separator[1]
                if separator is not None or not text.strip(" \r\n"):
                    line += 1
                    continue
                dialect = Dialect(delimiter or _seen_in(text), trim)
                scan = Scan(dialect.delimiter, 0, line, trim=trim)
            if scan.feed(text):
                return Opening(scan.row(), dialect, scan.last + 1, chain([batch.without(at + 1)], batches))
    if scan is None:
        return Opening([], dialect, line, ())
    scan.end()
    return Opening(scan.row(), dialect, scan.last + 1, ())


def _seen_in(header: str) -> str:
    """Return the delimiter that is most often in a header, outside of quotes."""
    return max(_DELIMITERS, key=_QUOTED.sub("", header).count)


def cut(batches: Iterable[Batch], dialect: Dialect, columns: int, line: int) -> Iterator[Cut | Even]:
    """Cut lines into records.

    Args:
        batches: The lines; with the first of them a record begins.
        dialect: How cells are separated.
        columns: How many cells a good record has.
        line: Number of the first line in the file.
    """
    scan: Scan | None = None
    for batch in batches:
        even = _split(batch.text, dialect, columns, line) if scan is None else None
        if even is not None:
            line += len(even.lines)
            yield even
            continue
        found, at, here = Cut(), 0, batch.lines()
        while at < len(here.lines):
            if scan is None and at < here.whole:
                at = _quick(here, at, found, line, dialect)
            if at < len(here.lines):
                scan = scan or Scan(dialect.delimiter, columns, line + at, trim=dialect.trim)
                at = scan.pass_over(here.lines, at)
            if at < len(here.lines) and scan is not None:
                if scan.feed(here.lines[at]):
                    found.add(scan.row(), scan.first)
                    scan = None
                at += 1
        line += here.whole
        yield found
    if scan is not None:
        scan.end()
        yield Cut([scan.row()], [scan.first])


def _split(text: str, dialect: Dialect, columns: int, line: int) -> Even | None:
    """Split whole lines without quotes, if each has as many cells as there are columns."""
    if (
        '"' in text or not text.endswith("\n") or dialect.trim or columns == 1
    ):  # a blank line is not a record of one cell
        return None
    text = text.replace("\r\n", "\n")
    if "\r" in text:  # an end of a line, too
        return None
    between, count = dialect.delimiter, text.count("\n")
    cells = text.replace("\n", f"{between}\n{between}").split(between)
    if cells[columns :: columns + 1] != ["\n"] * count:
        return None
    return Even([cells[i : -1 : columns + 1] for i in range(columns)], range(line, line + count))


def _quick(here: FileLines, start: int, found: Cut, line: int, dialect: Dialect) -> int:
    """Cut lines with `csv` up to the first record that needs a closer look, and return the line that begins with it."""
    lines = map(here.lines.__getitem__, range(start, here.whole))
    rows = csv.reader(lines, delimiter=dialect.delimiter, skipinitialspace=dialect.trim, strict=True)
    is_odd = _blank_before_quote(dialect) if here.is_odd else None
    done, add_row, add_line = start, found.rows.append, found.lines.append
    try:
        for row in rows:
            end = start + rows.line_num
            if is_odd is not None and any(map(is_odd, here.lines[done:end])):
                break
            add_row(row)
            add_line(line + done)
            done = end
    except csv.Error:  # also where a cell is longer than `csv` reads, which is a setting of the whole process
        pass
    return done


def _blank_before_quote(dialect: Dialect) -> Callable[[str], object]:
    """Return what finds a quote behind a blank that `csv` takes for text, in a line."""
    between, blank = re.escape(dialect.delimiter), r"[ ]*\t\s*" if dialect.trim else r"[ \t]+"
    return re.compile(rf'(?:\A|{between})(?!{between}){blank}"').search


def _batches(pieces: Iterable[str]) -> Iterator[Batch]:
    """Yield lines; one that is too long comes in parts."""
    rest, is_part = "", False
    for piece in pieces:
        text = rest + piece
        end = 1 + max(text.rfind("\n"), text.rfind("\r", 0, -1))
        text, rest = text[:end], text[end:]
        is_part = len(rest) > (_KEPT if is_part and not text else MOST_RECORD)
        if is_part:
            text, rest = text + rest[:-_KEPT], rest[-_KEPT:]
        if text:
            yield Batch(text, is_part)
    if rest:
        yield Batch(rest)
