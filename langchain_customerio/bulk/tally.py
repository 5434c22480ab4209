"""Counting texts, such as reasons and warnings, in bounded memory."""

from __future__ import annotations

from collections import Counter
from typing import Final

_MOST_DISTINCT: Final = 50
_OTHERS: Final = "others"


class Tally(Counter[str]):
    """Counts texts; those beyond the first fifty different ones together, so that memory stays flat."""

    def count(self, text: str, times: int = 1) -> None:
        """Count one, or as many as were counted elsewhere."""
        self[text if text in self or len(self) < _MOST_DISTINCT else _OTHERS] += times
