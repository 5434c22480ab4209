"""Where records come from: their places, the keys that name them, and what a dead letter says of its own record."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import orjson

from langchain_customerio.bulk.readers.base import BadRecord, Block
from langchain_customerio.bulk.readers.keys import as_object, keys_of
from langchain_customerio.errors import Problem
from langchain_customerio.text import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_customerio.bulk.readers.keys import Key

_HASH_BYTES: Final = 16
_MARK: Final = b'"dead_letter"'
_MARK_WITHIN: Final = 40


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a record comes from.

    Attributes:
        position: What people call its place: its line in a file, or else its number, from 1.
        number: What its message id is made from, besides its content.
        key: The columns that name it, with their values; empty where its place does.
        letter: What the dead-letter file says of it, where it comes from one.
    """

    position: int
    number: int
    key: Key = field(default_factory=dict)
    letter: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Noted:
    block: Block
    keys: Sequence[Key]
    letters: Sequence[Mapping[str, Any]]

    def origin(self, index: int) -> Origin:
        at = index - self.block.first
        key, letter = (each[at] if each else {} for each in (self.keys, self.letters))
        return Origin(self.block.position(index), self.block.number(index), key, letter)


class Origins:
    """Keeps in mind where records come from for as long as they are on their way.

    Args:
        key: The columns that name records; empty where their places do.

    Attributes:
        are_letters: Whether the source is a dead-letter file, which its first record tells.
    """

    def __init__(self, key: Sequence[str] = ()) -> None:
        """Know no record yet."""
        self.are_letters = False
        self._key = key
        self._noted: deque[_Noted] = deque()
        self._begun = False

    def note(self, block: Block) -> Block:
        """Take the records that come next, and return them with what their message ids are made from.

        A record without a key becomes one that is refused.
        """
        if not self._begun:
            self._begun, self.are_letters = True, _is_letter(block.records[0])
        letters = [_header(record) for record in block.records] if self.are_letters else []
        keys: Sequence[Key] = ()
        if self._key and block.numbers is None:
            keys = keys_of(block.records, self._key) if block.keys is None else block.keys
            block = _named(block, keys, self._key)
        self._noted.append(_Noted(Block(block.first, (), numbers=block.numbers, lines=block.lines), keys, letters))
        return block

    def of(self, index: int) -> Origin:
        """Return where the record at an index of the source comes from."""
        for noted in reversed(self._noted):
            if noted.block.first <= index:
                return noted.origin(index)
        return Origin(index + 1, index)

    def forget(self, before: int) -> None:
        """Forget the records before an index, which are settled."""
        while len(self._noted) > 1 and self._noted[1].block.first <= before:
            self._noted.popleft()


def number_of(values: object) -> int:
    """Return the number of a record that is named by values, the same wherever it stands.

    >>> number_of([7]) == number_of([7]) != number_of([8])
    True
    """
    content = orjson.dumps(values, default=str, option=orjson.OPT_NON_STR_KEYS)
    return int.from_bytes(blake2b(content, digest_size=_HASH_BYTES).digest())


def _named(block: Block, keys: Sequence[Key], names: Sequence[str]) -> Block:
    """Return records with numbers that are made from their keys; one without a key is refused, if it is a record."""
    missing = Problem("row_without_key", (), {"key": " and no ".join(map(shown, names))})
    numbers, records = [], []
    for record, key in zip(block.records, keys, strict=True):
        numbers.append(number_of(list(key.values())) if key else 0)
        call = None if key else as_object(record)
        records.append(BadRecord(missing, call=call) if call else record)
    sizes = block.sizes
    if sizes is None and block.begin is not None:
        sizes = list(map(len, block.records))
    return replace(block, records=records if 0 in numbers else block.records, numbers=numbers, sizes=sizes)


def _is_letter(record: object) -> bool:
    return isinstance(record, bytes) and _MARK in record[:_MARK_WITHIN]


def _header(record: object) -> Mapping[str, Any]:
    header = as_object(record).get("dead_letter") if _is_letter(record) else None
    return header if isinstance(header, Mapping) else {}
