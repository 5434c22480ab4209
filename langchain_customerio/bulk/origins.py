"""Where records come from: their places, the keys that name them, and what a dead letter says of its own record."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import orjson

from langchain_customerio.api.calls import Common
from langchain_customerio.bulk.readers.base import BadRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_customerio.bulk.readers.base import Block

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
    key: Mapping[str, Any] = field(default_factory=dict)
    letter: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Noted:
    block: Block
    keys: Sequence[Mapping[str, Any]]
    letters: Sequence[Mapping[str, Any]]

    def of(self, index: int) -> Origin:
        at = index - self.block.first
        return Origin(
            self.block.position(index),
            self.block.number(index),
            self.keys[at] if self.keys else {},
            self.letters[at] if self.letters else {},
        )


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
        keys: list[Mapping[str, Any]] = []
        if self._key and block.numbers is None:
            keys = [self._key_of(record) for record in block.records]
            block = _named(block, keys, self._key)
        letters = [_header(record) for record in block.records] if self.are_letters else []
        self._noted.append(_Noted(replace(block, records=()), keys, letters))
        return block

    def _key_of(self, record: object) -> Mapping[str, Any]:
        """Return the values of the key in a record, or nothing where all of them are missing."""
        found = _object(record)
        values = {name: _at(found, name) for name in self._key}
        return values if any(value is not None for value in values.values()) else {}

    def of(self, index: int) -> Origin:
        """Return where the record at an index of the source comes from."""
        for noted in reversed(self._noted):
            if noted.block.first <= index:
                return noted.of(index)
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


def _named(block: Block, keys: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Block:
    missing = f"has no {' and no '.join(names)}, which tells it from others"
    numbers, records = [], []
    for record, key in zip(block.records, keys, strict=True):
        numbers.append(number_of(list(key.values())) if key else 0)
        found = None if key else _object(record)
        records.append(record if key or not found else BadRecord(missing, call=found))
    return replace(block, records=records, numbers=numbers, begin=None)


def _object(record: object) -> Mapping[str, Any]:
    """Return a record as an object; an empty one where it is none, for the checks to refuse."""
    if isinstance(record, Common):
        return {"type": record.kind, **record.wire()}
    if isinstance(record, bytes | str):
        with suppress(ValueError):
            record = orjson.loads(record)
    return record if isinstance(record, Mapping) else {}


def _at(found: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return what stands under a name, or at a path such as `properties.order_id`."""
    value: Any = found
    for part in [name] if name in found else name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _is_letter(record: object) -> bool:
    return isinstance(record, bytes) and _MARK in record[:_MARK_WITHIN]


def _header(record: object) -> Mapping[str, Any]:
    header = _object(record).get("dead_letter") if _is_letter(record) else None
    return header if isinstance(header, Mapping) else {}
