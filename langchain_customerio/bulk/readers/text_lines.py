"""Lines of text as a sequence of records, which is divided only where somebody looks at them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pickle import PickleBuffer
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    from collections.abc import Iterator


class TextLines(Sequence[bytes]):
    r"""The lines of a text: what has to do with all of them costs no more than one search through it.

    Args:
        text: The lines, with `\n` between them.

    >>> lines = TextLines(b"one\n\nthree")
    >>> len(lines), lines[2]
    (3, b'three')
    """

    def __init__(self, text: bytes) -> None:
        """Count the lines."""
        self.text = text
        self._count = text.count(b"\n") + 1

    @classmethod
    def of(cls, records: Sequence[Any]) -> Sequence[Any]:
        """Return records as one text, if all of them are lines."""
        if isinstance(records, TextLines) or {*map(type, records)} != {bytes}:
            return records
        lines = cls(b"\n".join(records))
        return lines if len(lines) == len(records) else records

    @cached_property
    def _lines(self) -> list[bytes]:
        return self.text.split(b"\n")

    def __len__(self) -> int:
        """Return how many lines there are."""
        return self._count

    @overload
    def __getitem__(self, at: int) -> bytes: ...

    @overload
    def __getitem__(self, at: slice) -> list[bytes]: ...

    def __getitem__(self, at: int | slice) -> bytes | list[bytes]:
        """Return a line, or some of them."""
        return self._lines[at]

    def __iter__(self) -> Iterator[bytes]:
        """Give each line."""
        return iter(self._lines)

    def begin(self, at: int) -> int:
        """Return where a line begins in the text; also the one after the last."""
        return sum(map(len, self._lines[:at])) + at if at < self._count else len(self.text) + 1

    def __reduce__(self) -> tuple[type[TextLines], tuple[PickleBuffer]]:
        """Let the text travel beside the rest, and nothing that follows from it."""
        return TextLines, (PickleBuffer(self.text),)
