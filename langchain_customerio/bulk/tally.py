"""Counting texts, such as reasons and warnings, in bounded memory."""

from __future__ import annotations

from collections import Counter
from typing import Final

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
        position: Place in the source, from 1, of the record that is looked at.
        warnings: What Customer.io will read otherwise than meant.
        corrections: Slips that were corrected.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.position: int | None = None
        self.warnings = Tally()
        self.corrections = Tally()

    def warn(self, text: str) -> None:
        """Count a warning about the record that is looked at."""
        self.warnings.count(text, position=self.position)

    def correct(self, text: str) -> None:
        """Count a correction of the record that is looked at."""
        self.corrections.count(text, position=self.position)
