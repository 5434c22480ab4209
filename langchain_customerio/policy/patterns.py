"""Lists of glob patterns, and how names are compared: without care where that refuses more, exactly where it allows."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase, translate
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from langchain_customerio.text import without_invisible

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

MOST_STEPS: Final = 64
"""How many steps of a path are looked at; what goes deeper is refused, or hidden, unseen."""

MOST_PATH: Final = 1_000
"""How many characters of a path are looked at; a longer one is refused, or hidden, unseen."""

_AROUND_DOTS: Final = re.compile(r" ?\. ?")
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_GLOB: Final = re.compile(r"[*?\[]")
_LOWER: Final = bytes(range(256)).lower()
_NO_LETTERS: Final = bytes(c for c in range(128) if not chr(c).isalnum())
_NO_LETTERS_NOR_LINES: Final = _NO_LETTERS.replace(b"\n", b"")


def letters(name: str) -> str:
    """Return the letters and digits of a name, in one case: names that differ in the rest are taken for the same."""
    if name.isascii():  # nearly all are, and bulk loads ask for each of them
        return name.encode().translate(_LOWER, _NO_LETTERS).decode()
    name = without_invisible(unicodedata.normalize("NFKC", name))
    return "".join(c for c in name.casefold() if c.isalnum())


def all_letters(names: Collection[str]) -> Iterator[tuple[str, str]]:
    """Return each name with its letters and digits, as `letters` gives them; of many in a part of the time.

    >>> dict(all_letters({"User ID": "7", "plan": "pro"}))
    {'User ID': 'userid', 'plan': 'plan'}
    """
    lines = "\n".join(names)
    if lines.isascii() and lines.count("\n") == len(names) - 1:
        found = lines.encode().translate(_LOWER, _NO_LETTERS_NOR_LINES).decode().split("\n")
        return zip(names, found, strict=True)
    return ((name, letters(name)) for name in names)


def same_text(text: str) -> str:
    """Return a text in one case, with its white space and the look of its letters made even, and what is seen alone."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return _AROUND_DOTS.sub(".", " ".join(without_invisible(" ".join(text.split())).casefold().split()))


def readings(text: str) -> Iterator[str]:
    r"""Yield a text as it is compared: a control character stands for a gap, or for nothing, as nobody sees it.

    >>> list(readings("e\x1fmail"))
    ['e mail', 'email']
    """
    yield same_text(text)
    if not text.isprintable() and (rest := _CONTROL.sub("", text)) != text:
        yield same_text(rest)


def paths_to(path: str) -> list[str]:
    """Return a path and all that it lies in, the outermost first.

    >>> paths_to("address.city")
    ['address', 'address.city']
    """
    steps = path.split(".", MOST_STEPS)
    return [".".join(steps[:length]) for length in range(1, len(steps) + 1)]


def goes_too_far(path: str) -> bool:
    """Return whether a path is deeper or longer than anybody looks."""
    return len(path) > MOST_PATH or path.count(".") >= MOST_STEPS


def matches(pattern: str, name: str) -> bool:
    """Return whether a pattern matches a name, whatever their case, white space and look."""
    return fnmatchcase(same_text(name), same_text(pattern))


@dataclass(frozen=True, slots=True)
class Patterns:
    """One list of patterns, read once.

    Attributes:
        allowing: Patterns that allow what they match exactly.
        denying: What the patterns with `!` match, however it is written.
        denied_parts: Beginnings of what the patterns with `!` deny, each ending with a dot.
    """

    allowing: tuple[str, ...]
    denying: re.Pattern[str] | None
    denied_parts: tuple[str, ...]

    def deny(self, name: str) -> bool:
        """Return whether a pattern with `!` matches the name."""
        return self.denying is not None and any(map(self.denying.match, readings(name)))

    def allow(self, *names: str) -> bool:
        """Judge a name and what it is part of: denials have the last word, and a list of denials allows the rest."""
        if any(map(self.deny, names)):
            return False
        if not self.allowing:
            return self.denying is not None
        return any(fnmatchcase(name, pattern) for pattern in self.allowing for name in names)

    def deny_a_part_of(self, name: str) -> bool:
        """Return whether a part of what has this name is denied by its path."""
        beginnings = tuple(f"{reading}." for reading in readings(name))
        return any(part.startswith(beginnings) for part in self.denied_parts)

    def nearest(self, name: str) -> str:
        """Return the allowed name, written without wildcards, that this one is likely to be a slip of; or nothing."""
        names = [pattern for pattern in self.allowing if not _GLOB.search(pattern)]
        by_look = {same_text(known): known for known in reversed(names)}
        close = get_close_matches(same_text(name), by_look, n=1, cutoff=0.75)
        return by_look[close[0]] if close else ""


@lru_cache(maxsize=256)
def read_patterns(patterns: tuple[str, ...]) -> Patterns:
    """Read a list of patterns.

    >>> read_patterns(("Order *", "!Order Refunded")).allow("order refunded")
    False
    """
    denied = [same_text(pattern[1:]) for pattern in patterns if pattern.startswith("!")]
    return Patterns(
        allowing=tuple(pattern for pattern in patterns if not pattern.startswith("!")),
        denying=re.compile("|".join(map(translate, denied))) if denied else None,
        denied_parts=tuple(denied),
    )


def allowed(patterns: Iterable[str] | None, *names: str) -> bool:
    """Return whether a list of patterns, None for no limit, allows a name, given with all that it is part of."""
    return patterns is None or read_patterns(tuple(patterns)).allow(*names)
