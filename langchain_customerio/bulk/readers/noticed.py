"""What was noticed about a source while it was read: counted, each with one place as an example."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from langchain_customerio.errors import Problem

_MOST_DISTINCT: Final = 50


class Noticed:
    """Counts findings; those beyond the first fifty different ones are not told, so that memory stays flat.

    >>> from langchain_customerio.errors import Problem
    >>> noticed = Noticed()
    >>> noticed.add(Problem("looks_missing", ("userId",)), 7, 2)
    >>> noticed.lines()
    {'userId: looks like a missing value, so that several people may become one (first in line 7)': 2}
    """

    def __init__(self) -> None:
        """Know nothing yet."""
        self._found: dict[str, tuple[Problem, int, int]] = {}

    def add(self, problem: Problem, position: int = 0, times: int = 1) -> None:
        """Count a finding.

        Args:
            problem: What it is.
            position: Where it is, in lines or records, from 1; 0 where it is about the source as a whole.
            times: How often it was found there.
        """
        key = str(problem)
        _, count, first = self._found.get(key, (problem, 0, position))
        if key in self._found or len(self._found) < _MOST_DISTINCT:
            self._found[key] = (problem, count + times, first)

    def lines(self) -> dict[str, int]:
        """Return each finding in words, with its first place, and how often it was found."""
        return {
            f"{text}{f' (first in line {first:,})' if first else ''}": count
            for text, (_, count, first) in list(self._found.items())  # while another thread may add
        }
