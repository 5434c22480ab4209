"""What is most likely a slip in the values of a column: noticed, and sent as it is."""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING, Any, Final

from langchain_customerio.errors import Problem
from langchain_customerio.text import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_customerio.bulk.assembly import Step
    from langchain_customerio.bulk.readers.noticed import Noticed

_MISSING: Final = frozenset(
    spelling
    for word in ("null", "none", "nan", "nil", "n/a", "na", "undefined", "(null)", "<na>", "nat", "#n/a", "unknown")
    for spelling in (word, word.upper(), word.capitalize(), word.title())
) | {"NaN", "NaT", "[object Object]", "-", "?", "\\N"}

_BLANKS: Final = " \t"


def look_at(step: Step, values: Sequence[object], lines: Sequence[int], noticed: Noticed) -> None:
    """Look through a column of a part of a table.

    Args:
        step: What the column is.
        values: Its values.
        lines: Where each of them is, in lines or records.
        noticed: Receives what is found.
    """
    path = tuple(map(shown, step.path))
    texts: list[Any] = [*values]
    try:
        stripped = [*map(str.strip, texts)]  # most columns are text
    except TypeError:
        texts = [value for value in values if type(value) is str]
        stripped = [*map(str.strip, texts)]
    if step.is_id and not _MISSING.isdisjoint(texts):
        missing = [type(value) is str and value in _MISSING for value in values]
        _add(noticed, Problem("looks_missing", path), lines, missing)
    if stripped != texts and any(text != text.strip(_BLANKS) for text in texts):
        blank = [type(value) is str and value != value.strip() for value in values]
        _add(noticed, Problem("id_blanks" if step.is_id else "blanks", path), lines, blank)


def _add(noticed: Noticed, problem: Problem, lines: Sequence[int], found: Sequence[bool]) -> None:
    noticed.add(problem, next(compress(lines, found)), sum(found))
