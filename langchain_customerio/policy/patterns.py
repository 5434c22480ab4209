"""Lists of glob patterns, and how names are compared: without care where that refuses more, exactly where it allows."""

from __future__ import annotations

import re
import unicodedata
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def letters(name: str) -> str:
    """Return the letters and digits of a name, in one case: names that differ in the rest are taken for the same."""
    return "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())


_AROUND_DOTS = re.compile(r" ?\. ?")


def same_text(text: str) -> str:
    """Return a text in one case, with its white space and the look of its letters made even, and what is seen alone."""
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    return _AROUND_DOTS.sub(".", " ".join(text.casefold().split()))


MOST_STEPS = 64
"""How many steps of a path are looked at; what goes deeper is refused, or hidden, unseen."""


def paths_to(path: str) -> list[str]:
    """Return a path and all that it lies in, the outermost first.

    >>> paths_to("address.city")
    ['address', 'address.city']
    """
    steps = path.split(".", MOST_STEPS)
    return [".".join(steps[:length]) for length in range(1, len(steps) + 1)]


def matches(pattern: str, name: str) -> bool:
    """Return whether a pattern matches a name, whatever their case, white space and look."""
    return fnmatchcase(same_text(name), same_text(pattern))


def denied(patterns: Iterable[str] | None, name: str) -> bool:
    """Return whether a pattern with `!` matches the name."""
    return any(matches(pattern[1:], name) for pattern in patterns or () if pattern.startswith("!"))


def allowed(patterns: Iterable[str] | None, *names: str) -> bool:
    """Apply one list of patterns to a name and what it is part of: denials have the last word."""
    if patterns is None:
        return True
    if any(denied(patterns, name) for name in names):
        return False
    allowing = [pattern for pattern in patterns if not pattern.startswith("!")]
    if not allowing:
        return tuple(patterns) != ()
    return any(fnmatchcase(name, pattern) for pattern in allowing for name in names)
