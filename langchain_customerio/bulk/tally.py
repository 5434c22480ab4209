"""Counting texts, such as reasons and warnings, in bounded memory."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from langchain_customerio.bulk.examples import Note

_MOST_DISTINCT: Final = 50
_OTHERS: Final = "others"


class Tally(Counter[str]):
    """Counts texts; those beyond the first fifty different ones together, so that memory stays flat.

    Attributes:
        first: The position of the first record that each was said of.
    """

    def __init__(self, counted: dict[str, int] | None = None, first: dict[str, int] | None = None) -> None:
        """Begin with what was counted elsewhere."""
        super().__init__(counted or {})
        self.first = dict(first or {})

    def count(self, text: str, times: int = 1, *, position: int | None = None) -> None:
        """Count one, or as many as were counted elsewhere."""
        text = text if text in self or len(self) < _MOST_DISTINCT else _OTHERS
        self[text] += times
        if position is not None:
            self.first.setdefault(text, position)


class Notes:
    """What is noticed about records that are sent all the same.

    Attributes:
        warnings: What Customer.io will read otherwise than meant.
        corrections: Slips that were corrected.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.warnings = Tally()
        self.corrections = Tally()

    def count(self, notes: Iterable[Note], position: int | None = None, *, times: int = 1) -> None:
        """Count what is to be said of records, in an order that does not depend on who has found it.

        Args:
            notes: What was noticed.
            position: Place of the first of them in the source, from 1.
            times: How many records there are.
        """
        for kind, text in sorted(notes):
            (self.warnings if kind == "warnings" else self.corrections).count(text, times, position=position)
