"""Rows of a table that are told at once: each of their columns matches what a known line may have there.

A line that is made of columns has nothing in it but their names and values. So what `known_lines` asks of each line is
asked of each column instead, of all its values at once.
"""

from __future__ import annotations

import re
from itertools import combinations
from operator import eq
from typing import TYPE_CHECKING

from langchain_customerio.bulk.column_json import Column
from langchain_customerio.bulk.lanes import MERGES, lane_of_id
from langchain_customerio.bulk.records import hides_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from langchain_customerio.bulk.column_json import Fields, Lines
    from langchain_customerio.bulk.line_patterns import LinePattern


class KnownColumns:
    """The columns of rows that become one kind of line.

    Args:
        pattern: What such lines are like.
        about: The field with the id of whom or what they are about; empty for an alias.
        ids_differ: Whether no id may be there twice in a line.
        most: The length of the longest line.
    """

    __slots__ = ("_about", "_before", "_event", "_ids", "_matches", "_most", "_past", "_values")

    def __init__(self, pattern: LinePattern, about: str, most: int, *, ids_differ: bool) -> None:
        """Compile nothing yet."""
        self._about = about
        self._values = pattern.values
        self._past = [pattern.times[group] for group in pattern.past]
        self._before = [pattern.times[group] for group in pattern.before]
        self._event = "event" if pattern.event else ""
        self._ids = [*combinations(pattern.ids, 2)] if ids_differ else []
        self._most = most
        self._matches: dict[bytes, Callable[[bytes], object]] = {}

    def hold(self, lines: Lines, now: bytes, day_before: bytes, knows: Callable[[bytes], bool]) -> bool:
        """Return whether all lines are of this kind.

        Args:
            lines: Rows of a table.
            now: The time, as a pattern has it.
            day_before: The time a day before.
            knows: Tells whether an event may be sent.
        """
        if max(map(len, lines), default=0) > self._most or not self._fit(lines.fields, ()):
            return False
        found = {name: column for name, column in lines.fields.items() if isinstance(column, Column)}
        return (
            all(_before(found[name].texts, now) for name in self._past)
            and all(_before(found[name].texts, day_before) for name in self._before)
            and not any(any(map(eq, found[one].texts, found[other].texts)) for one, other in self._ids)
            and (not self._event or all(map(knows, filter(None, {*found[self._event].texts}))))
        )

    def lanes(self, lines: Lines, lanes: int) -> list[int]:
        """Return the lane of each of the lines that are of this kind."""
        about = lines.fields.get(self._about)
        if not isinstance(about, Column):
            return [MERGES] * len(lines)
        return [lane_of_id(text, lanes) for text in about.texts if text is not None]

    def _fit(self, fields: Fields, path: tuple[str, ...]) -> bool:
        """Return whether there is nothing in an object but what a pattern has there, in its order."""
        known = self._values.get(path, {})
        if [name for name in known if name in fields] != [*fields]:
            return False
        return all(self._has(fields.get(name), each, (*path, name)) for name, each in known.items())

    def _has(
        self, column: Column | Mapping[str, Column] | None, known: tuple[bytes, bool], path: tuple[str, ...]
    ) -> bool:
        pattern, is_everywhere = known
        if column is None:
            return not is_everywhere
        if not isinstance(column, Column):
            return (not is_everywhere or _is_in_each(column)) and self._fit(column, path)
        if is_everywhere and column.has_gaps:
            return False
        match = self._matches.get(pattern)
        if match is None:
            match = self._matches[pattern] = re.compile(rb"\[(?:%b[,\]])++" % pattern).fullmatch
        return match(column.array) is not None and not hides_text(column.array)


def _is_in_each(parts: Mapping[str, Column]) -> bool:
    """Return whether each row has an object: at least one part of it."""
    rows = zip(*(part.texts for part in parts.values()), strict=True)
    return not all(part.has_gaps for part in parts.values()) or (None,) * len(parts) not in rows


def _before(times: Sequence[bytes | None], now: bytes) -> bool:
    """Return whether times are before another one, as far as that tells."""
    return max(filter(None, times))[: len(now)] < now
