"""Names that were never there before, in lines that are else like others: those of a block are asked about at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from langchain_customerio.bulk.examples import PLAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, KeysView
    from typing import TypeAlias

    from langchain_customerio.bulk.examples import Leaves

    Ask: TypeAlias = Callable[[Leaves, type, Iterable[str]], set[str]]
    """Tells of which of some names all values of a type are fine."""

_NAME: Final = rb"[^\"\\\x00-\x1f]{1,100}+"
_TYPES: Final = {ord('"'): str, ord("t"): bool, ord("f"): bool, ord("n"): type(None)}
_POINT: Final = ord(".")
_MOST_KEPT: Final = 2_000  # of which new ones never come again


class OpenNames:
    """The names in one object of one kind of line of which there are ever new ones.

    Args:
        leaves: What is known of the values in the object.
        others: The names in it that have a place of their own.
        value: The pattern of the values.
        colon: What is between a name and its value.

    Attributes:
        member: The pattern of a name with its value.
        groups: The groups with some of them.
    """

    __slots__ = ("_find", "_fine", "_leaves", "_odd", "_others", "groups", "member")

    def __init__(self, leaves: Leaves, others: Iterable[str], value: bytes, colon: bytes) -> None:
        """Know none yet."""
        self.groups: list[int] = []
        self.member = b'"%b"%b%b' % (_NAME, colon, value)
        self._find = re.compile(b'"(%b)"%b(%b)' % (_NAME, colon, value)).findall
        self._leaves = leaves
        self._others = frozenset(name.encode() for name in others)
        self._fine: dict[type, set[bytes]] = {of: set() for of in PLAIN}
        self._odd: dict[type, set[bytes]] = {of: set() for of in PLAIN}

    def odd(self, lines: Iterable[tuple[int, re.Match[bytes]]], ask: Ask) -> set[int]:
        """Return the places of the lines in which there is a name that is not fine, or is there twice.

        Args:
            lines: The place of each, and its match.
            ask: Tells of which names all values of a type are fine.
        """
        odd: set[int] = set()
        fine = self._fine
        new: dict[type, list[tuple[bytes, int]]] = {of: [] for of in fine}
        for at, found in lines:
            members = self._members(found)
            if members is None:
                odd.add(at)
                continue
            for name, value in members:
                of = _TYPES.get(value[0]) or (float if _POINT in value else int)
                if name not in fine[of]:
                    new[of].append((name, at))
        for of, places in new.items():
            if odd_names := self._learn(of, dict(places).keys(), ask) if places else None:
                odd.update(at for name, at in places if name in odd_names)
        return odd

    def _members(self, found: re.Match[bytes]) -> list[tuple[bytes, bytes]] | None:
        """Return the names in a line, each with its value as JSON; None where one is there twice."""
        some = found[self.groups[0]] if len(self.groups) == 1 else b"".join(found[each] or b"" for each in self.groups)
        members: list[tuple[bytes, bytes]] = self._find(some) if some else []
        names = dict(members)
        return members if len(names) == len(members) and self._others.isdisjoint(names) else None

    def _learn(self, of: type, names: KeysView[bytes], ask: Ask) -> set[bytes]:
        """Ask of names whether they are fine with a type of values; return those that are known not to be."""
        fine, odd = self._fine[of], self._odd[of]
        if len(fine) + len(odd) > _MOST_KEPT:
            fine.clear()
            odd.clear()
        asked = names - odd
        found = ask(self._leaves, of, map(bytes.decode, asked))
        if len(found) < len(asked):
            odd.update(name for name in asked if name.decode() not in found)
        fine.update(asked - odd)
        return odd
