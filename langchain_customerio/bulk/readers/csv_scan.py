"""A closer look at one record of a CSV file: how far it reaches, whatever was meant by its quotes."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from langchain_customerio.bulk.readers.base import BadRecord
from langchain_customerio.errors import Problem
from langchain_customerio.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST_RECORD: Final = 1 << 20
"""Characters of the longest record that is kept. A call has 32,000 bytes at most, but a row may have other columns."""

_SHOWN: Final = 1_000
_QUOTES: Final = re.compile('"+')
_MOST_READINGS: Final = 64

# Where the rule says that we are.
_START, _PLAIN, _QUOTED, _CLOSED, _DONE = "start", "plain", "quoted", "closed", "done"

_BROKEN: Final = {_START: "csv_blank", _QUOTED: "csv_open", _CLOSED: "csv_text"}
"""Codes of what breaks the rule, by where it does."""


class _Reading(NamedTuple):
    """Where a reading is.

    Attributes:
        inside: Whether it is inside quotes.
        start: 2 at the beginning of a cell, 1 after blanks there, and else 0.
        cell: Number of the cell in its row.
    """

    inside: bool
    start: int
    cell: int


class _Patterns(NamedTuple):
    """What is looked for in a line.

    Attributes:
        opening: The quote at the beginning of a cell.
        plain: What is not in quotes, up to the end of a cell.
        quoted: A cell in quotes, or nothing.
        tokens: Quotes, a delimiter, or text.
    """

    opening: re.Pattern[str]
    plain: re.Pattern[str]
    quoted: re.Pattern[str]
    tokens: re.Pattern[str]


@lru_cache
def _patterns(delimiter: str, *, trim: bool) -> _Patterns:
    between, opening = re.escape(delimiter), r'[ \t]*"' if trim else '"'
    sources = (opening, rf"[^{between}\r\n]*", rf'{opening}((?:[^"]|"")*)"|', rf'"+|{between}|[^"{between}]+')
    return _Patterns(*map(re.compile, sources))


class Scan:
    """Reads one record, line by line.

    As long as the record keeps to RFC 4180, the rule says where it ends. If it does not, its writer had another rule,
    and nobody knows which: a quote may close its cell or belong to it, alone or behind a backslash. All these readings
    are then followed at once, from the beginning of the record. It ends after the first line where none of them is
    inside a cell, and one has found as many cells as there are columns.

    Args:
        delimiter: What separates cells.
        columns: How many cells a good record has.
        first: The line in which it begins.
        trim: Whether there may be blanks around the quotes of a cell.

    Attributes:
        first: As given.
        last: The line that was read last.
    """

    def __init__(self, delimiter: str, columns: int, first: int, *, trim: bool = False) -> None:
        """Stand before the first character."""
        self.first = first
        self._delimiter, self._columns, self._trim = delimiter, columns, trim
        self.last = first
        self._is_whole = False
        self._text: list[str] = []
        self._length = 0
        self._rule, self._broken = _START, ""
        self._is_certain = False
        self._readings: set[_Reading] = set()
        self._doubtful: set[_Reading] = set()
        self._patterns = _patterns(delimiter, trim=trim)

    def feed(self, line: str) -> bool:
        """Read a line, or a part of one that is very long, and return whether the record ends with it."""
        self.last += self._is_whole
        self._is_whole = line.endswith(("\n", "\r"))
        self._keep(line)
        if self._broken:
            self._follow(line)
        elif self._breaks_the_rule(line):
            self._begin_to_follow()
        return self._is_whole and (self._is_certain if self._broken else self._rule == _DONE)

    def pass_over(self, lines: Sequence[str], at: int) -> int:
        """Read the lines that are inside a cell as a whole, and return which line is the next."""
        if self._rule != _QUOTED or self._broken:
            return at
        end = next((i for i in range(at, len(lines)) if '"' in lines[i]), len(lines))
        if end > at:
            self.last += end - at - 1 + self._is_whole
            self._is_whole = lines[end - 1].endswith(("\n", "\r"))
            self._keep("".join(lines[at:end]))
        return end

    def end(self) -> None:
        """Take notice of the end of the file."""
        if self._rule == _QUOTED:
            self._broken = self._broken or _BROKEN[_QUOTED]

    def row(self) -> list[str] | BadRecord:
        """Return the cells of the record, or why there are none."""
        lines, text = (self.first, self.last), "".join(self._text).removesuffix("\n").removesuffix("\r")
        if self._broken:
            return BadRecord(
                Problem(self._broken, (), {"lines": plural(lines[1] - lines[0] + 1, "line")}), text=text, lines=lines
            )
        if self._length > MOST_RECORD:
            problem = Problem("record_too_long", (), {"size": self._length, "most": MOST_RECORD})
            return BadRecord(problem, text=text, lines=lines)
        return list(self._cells(text))

    def _keep(self, line: str) -> None:
        """Keep the text, or of a very long record its beginning."""
        self._length += len(line)
        self._text.append(line)
        if self._length > MOST_RECORD:
            self._text = ["".join(self._text)[:_SHOWN]]

    def _breaks_the_rule(self, line: str) -> bool:
        """Go on to the end of the line, of the record or of what keeps to the rule; return whether the rule ended."""
        at, quote = 0, line.find('"')
        while at < len(line):
            quote = line.find('"', at) if 0 <= quote < at else quote
            if self._rule in {_START, _PLAIN} and quote < 0:
                self._rule = _DONE if self._is_whole else _START if line.endswith(self._delimiter) else _PLAIN
                return False
            if self._rule in {_START, _PLAIN} and (last := line.rfind(self._delimiter, at, quote)) >= 0:
                at = last + 1
                self._rule = _START
            if self._rule == _QUOTED:
                closing = _QUOTES.search(line, at)
                if closing is None:
                    return False
                at = closing.end()
                self._rule = _CLOSED if len(closing[0]) % 2 else _QUOTED
            elif self._rule == _CLOSED and line[at] == '"':  # a part of a long line has ended between two quotes
                at += 1
                self._rule = _QUOTED
            elif self._rule == _START and (opening := self._patterns.opening.match(line, at)):
                at = opening.end()
                self._rule = _QUOTED
            else:
                at = self._plain(line, at)
            if self._rule == _DONE or self._broken:
                break
        return bool(self._broken)

    def _plain(self, line: str, at: int) -> int:
        """Pass over what is not in quotes, and over the delimiter or the end of the line after it."""
        cell = self._patterns.plain.match(line, at)
        text = "" if cell is None else cell[0]
        end = at + len(text)
        if self._rule == _CLOSED and (text.strip(" \t") if self._trim else text):
            self._broken = _BROKEN[_CLOSED]
        elif self._rule == _START and text.lstrip(" \t").startswith('"'):
            self._broken = _BROKEN[_START]
        elif end == len(line):
            self._rule = _PLAIN if text else self._rule
        else:
            self._rule = _START if line[end] == self._delimiter else _DONE
        return end + 1

    def _cells(self, text: str) -> Iterator[str]:
        """Yield the cells of a record that keeps to the rule."""
        at = 0
        while at <= len(text):
            cell = self._patterns.quoted.match(text, at)
            quoted = None if cell is None else cell[1]
            end = text.find(self._delimiter, at if cell is None else cell.end())
            end = len(text) if end < 0 else end
            yield text[at:end] if quoted is None else quoted.replace('""', '"')
            at = end + 1

    def _begin_to_follow(self) -> None:
        """Follow all readings from the beginning, or from here where that has not been kept."""
        if self._length <= MOST_RECORD:
            self._readings = {_Reading(inside=False, start=2, cell=1)}
            for line in self._text:
                self._follow(line)
        else:
            self._readings = {_Reading(inside=inside, start=0, cell=0) for inside in (True, False)}

    def _follow(self, line: str) -> None:
        """Let every reading read a line; when there are too many of them, none finds an end any more."""
        self._is_certain = False
        if len(self._readings) + len(self._doubtful) > _MOST_READINGS:
            return
        for token in self._patterns.tokens.finditer(line):
            text = token[0]
            if text.startswith('"'):
                after, escaped = line[token.end() : token.end() + 1], line.endswith("\\", 0, token.start())
                self._at_quotes(len(text), closes=after in {self._delimiter, "\n", "\r"} and not escaped)
            elif text == self._delimiter:
                self._readings = set(map(self._next_cell, self._readings))
                self._doubtful = set(map(self._next_cell, self._doubtful))
            elif any(reading.start for reading in self._readings | self._doubtful):
                start = 0 if text.strip(" \t") else 1
                self._readings = {each._replace(start=min(each.start, start)) for each in self._readings}
                self._doubtful = {each._replace(start=min(each.start, start)) for each in self._doubtful}
        if self._is_whole:
            self._at_end_of_line()

    def _next_cell(self, reading: _Reading) -> _Reading:
        """Return where a reading is after a delimiter."""
        return reading if reading.inside else _Reading(inside=False, start=2, cell=min(reading.cell, self._columns) + 1)

    def _at_quotes(self, count: int, *, closes: bool) -> None:
        """Let every reading decide what quotes mean; where that is a matter of opinion, it becomes two."""
        readings, self._readings = self._readings, set()
        doubtful, self._doubtful = self._doubtful, set()
        for reading in readings:
            likely, unlikely = _meanings(reading, count, closes=closes)
            self._readings |= likely
            self._doubtful |= unlikely
        for reading in doubtful:
            self._doubtful |= set().union(*_meanings(reading, count, closes=closes))

    def _at_end_of_line(self) -> None:
        """Find out whether all readings agree; those outside of quotes begin a record."""
        if not any(reading.inside for reading in self._readings):
            every = self._readings | self._doubtful
            self._is_certain = any(not each.inside and each.cell == self._columns for each in every)
            self._readings, self._doubtful = every, set()
        self._readings = set(map(_next_line, self._readings))
        self._doubtful = set(map(_next_line, self._doubtful))


def _meanings(reading: _Reading, count: int, *, closes: bool) -> tuple[set[_Reading], set[_Reading]]:
    """Return where a reading may be after some quotes, and where only one that takes every quote for text would be."""
    if not reading.inside and not reading.start:
        return {reading}, set()
    outside, inside = (_Reading(inside=within, start=0, cell=reading.cell) for within in (False, True))
    text = {outside} if reading.start == 1 else set()  # after a blank, it opens a cell for some and is text for others
    left = count if reading.inside else count - 1
    if not left:
        return {inside} | text, set()
    if closes and left % 2:
        return {outside}, {inside}
    return {outside, inside}, set()


def _next_line(reading: _Reading) -> _Reading:
    return reading if reading.inside else _Reading(inside=False, start=2, cell=1)
