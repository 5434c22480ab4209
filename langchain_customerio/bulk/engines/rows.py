"""Rows that an engine deals out to workers: numbered by what is in them, since their places change."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from hashlib import blake2b
from json import dumps, loads
from typing import TYPE_CHECKING, Any, Final

import orjson

from langchain_customerio.bulk.readers.arrow import blocks_of
from langchain_customerio.bulk.readers.base import BadRecord
from langchain_customerio.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from langchain_customerio.bulk.readers.base import Block

WHOLE_ROW: Final = "*"
"""As a key: two rows are the same event where they are equal in all columns."""

_HASH_BYTES: Final = 16


class Rows:
    """Reads an Arrow table whose rows may be dealt out otherwise the next time.

    Args:
        table: The table.
        name: What the source is called, of which the rows are a part.
        key: The columns that tell its rows apart, or `WHOLE_ROW`.
        json: The column that holds each call as JSON text; None where the other columns are its fields.
        tell_parts_apart: Whether to look through the table for what it is, so that a checkpoint can know it again.

    Attributes:
        columns: The names of its columns.
        repeated: How many rows had a key that an earlier row of the table had; where the whole row is the key, that is
            what the key is for, and it stays 0.

    Raises:
        ConfigurationError: If it lacks one of these columns.
    """

    def __init__(
        self,
        table: Any,  # noqa: ANN401 - pyarrow ships no types
        name: str,
        key: Sequence[str],
        *,
        json: str | None = None,
        tell_parts_apart: bool = False,
    ) -> None:
        """Look at the columns."""
        self.columns: list[str] = table.column_names
        for column in {*key, *([] if json is None else [json])} - {WHOLE_ROW}:
            if column not in self.columns:
                known = ", ".join(map(repr, self.columns))
                raise ConfigurationError(f"There is no column {column!r}; there are {known}.")
        self.name = name
        self.size: int | None = table.num_rows
        self.repeated = 0
        self._table = table
        self._key = None if WHOLE_ROW in key else tuple(key)
        self._json = json
        self._seen: set[int] = set()
        self.fingerprint: str | None = self._fingerprint(name) if tell_parts_apart else None

    def blocks(self, start: int, offset: int | None = None) -> Iterator[Block]:  # noqa: ARG002 - rows have no place in bytes
        """Read from a row on."""
        for block in self._blocks(start):
            numbers = [self._number(row) for row in block.records]
            self._look_for_repeats(numbers)
            yield replace(block, records=list(map(self._record, block.records, numbers)), numbers=numbers)

    def _blocks(self, start: int) -> Iterator[Block]:
        return blocks_of(self._table.to_batches(), 0, start)

    def _number(self, row: dict[str, Any]) -> int:
        """Return what stands for a row's key; 0 where the key has no value."""
        if self._key is None:
            return _hash(row)
        values = [row[column] for column in self._key]
        return 0 if values.count(None) == len(values) else _hash(values)

    def _record(self, row: dict[str, Any], number: int) -> Any:  # noqa: ANN401 - as every source gives it
        if not number:
            return BadRecord(
                f"has no {' and no '.join(self._key or ())}, which tells it from others", text=_bytes(row).decode()
            )
        if self._json is None:
            return row
        text = row[self._json]
        return text.encode() if isinstance(text, str) else text or b""  # null is a blank line

    def with_keys(self, letters: bytes) -> list[str]:
        """Return the entries of a dead-letter file with the key of each row: its place in a part leads nobody to it.

        An entry that broke off when a process was killed is left out; it has been written again.
        """
        keys = None if self._key is None else self._table.select(self._key).to_pylist()
        lines = []
        for line in letters.splitlines():
            with suppress(ValueError):
                entry = loads(line)  # of the standard library, which reads whatever the file may hold
                if keys is not None:
                    entry["dead_letter"]["key"] = keys[entry["dead_letter"]["position"] - 1]
                lines.append(dumps(entry, default=str))
        return lines

    def _look_for_repeats(self, numbers: list[int]) -> None:
        if self._key is not None:
            known, before = list(filter(None, numbers)), len(self._seen)
            self._seen.update(known)
            self.repeated += len(known) - (len(self._seen) - before)

    def _fingerprint(self, name: str) -> str:
        digest = blake2b(name.encode(), digest_size=_HASH_BYTES)
        for block in self._blocks(0):
            digest.update(_bytes(block.records))
        return digest.hexdigest()


def _bytes(value: object) -> bytes:
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS)


def _hash(value: object) -> int:
    return int.from_bytes(blake2b(_bytes(value), digest_size=_HASH_BYTES).digest())
