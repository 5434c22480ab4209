"""Where a record of a CSV file begins and ends, and what its cells are. No boundary is guessed.

RFC 4180 is the rule: a cell is quoted as a whole, with the quotes in it doubled, or does not begin with a quote. Python's
`csv` cuts what keeps to the rule. Whatever it objects to is given to `Scan`, which follows every reading of the text that
a program may take, and lets the next record begin only where all of them agree.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from langchain_customerio.bulk.readers.base import BadRecord
from langchain_customerio.bulk.readers.csv_scan import MOST_RECORD, Scan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_UNFINISHED: Final = re.compile(r'\\?("*)\r?\Z')

Cells = list[str]


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
class Dialect:
    """How cells are written.

    Attributes:
        delimiter: What separates them.
        trim: Whether blanks around a cell, and around its quotes, are no part of it.
    """

    delimiter: str = ","
    trim: bool = False


def cut(pieces: Iterable[str], dialect: Dialect, columns: int, line: int = 1) -> Iterator[Cut]:
    """Cut text into records.

    Args:
        pieces: The text in pieces of any length. The first begins where a record does.
        dialect: How cells are written.
        columns: How many cells a good record has.
        line: Number of the first line in the file.
    """
    scan: Scan | None = None
    for lines, whole, is_odd in _lines(pieces):
        found, at = Cut(), 0
        while at < len(lines):
            if scan is None and at < whole:
                at = _quick(lines, range(at, whole), found, line, dialect, is_odd=is_odd)
            if at < len(lines):
                scan = scan or Scan(dialect.delimiter, columns, line + at, trim=dialect.trim)
                if scan.feed(lines[at]):
                    found.add(scan.row(), scan.first)
                    scan = None
                at += 1
        line += whole
        yield found
    if scan is not None:
        scan.end()
        yield Cut([scan.row()], [scan.first])


def _quick(lines: list[str], which: range, found: Cut, line: int, dialect: Dialect, *, is_odd: bool) -> int:  # noqa: PLR0913 - the state of a loop
    """Cut lines with `csv` up to the first record that needs a closer look, and return the line that begins with it."""
    rows = csv.reader(
        map(lines.__getitem__, which), delimiter=dialect.delimiter, skipinitialspace=dialect.trim, strict=True
    )
    done = which.start
    odd = _blank_before_quote(dialect.delimiter) if is_odd and not dialect.trim else None
    try:
        for row in rows:
            end = which.start + rows.line_num
            if odd is not None and any(map(odd, lines[done:end])):
                break
            found.add(row, line + done)
            done = end
    except csv.Error:
        pass
    return done


def _blank_before_quote(delimiter: str) -> Callable[[str], object]:
    between = re.escape(delimiter)
    return re.compile(rf'(?:\A|{between})(?:(?!{between})[ \t])+"').search


def _lines(pieces: Iterable[str]) -> Iterator[tuple[list[str], int, bool]]:
    """Yield lines with their ends, how many of them are whole, and whether a quote follows a blank in any of them.

    A line that is too long comes in parts, but for what can only be understood with what follows it.
    """
    rest = ""
    for piece in pieces:
        text = rest + piece
        lines = io.StringIO(text, newline="").readlines()
        rest = lines.pop() if lines and not lines[-1].endswith("\n") else ""
        whole = len(lines)
        if len(rest) > MOST_RECORD:
            part, rest = _parted(rest)
            lines.append(part)
        if lines:
            yield lines, whole, ' "' in text or '\t"' in text
    if rest:
        yield [rest], 1, True


def _parted(line: str) -> tuple[str, str]:
    """Divide a line that goes on: the second part is what can only be understood with what follows."""
    end = _UNFINISHED.search(line)
    part, rest = (line, "") if end is None else (line[: end.start()], end[0])
    quotes = rest.count('"')
    return part, rest.replace('""', "", max(0, quotes // 2 - 1))  # whether they are even or odd is all that counts
