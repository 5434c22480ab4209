"""Rows that an engine deals out to workers: numbered by what is in them, since their places change."""

from __future__ import annotations

from contextlib import suppress
from hashlib import blake2b
from json import dumps, loads
from typing import TYPE_CHECKING, Any, Final

import orjson

from langchain_customerio.bulk.origins import number_of
from langchain_customerio.bulk.readers.arrow_rows import ArrowRows, python_values, row_text
from langchain_customerio.bulk.readers.base import BadRecord, Block, check_end, later, no_such_column
from langchain_customerio.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from langchain_customerio.bulk.mapping import Mapper

WHOLE_ROW: Final = "*"
"""As a key: two rows are the same event where they are equal in all columns."""

_HASH_BYTES: Final = 16
_BLOCK_ROWS: Final = 1_000


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
                raise no_such_column(column, self.columns)
        self.name = name
        self.size: int | None = table.num_rows
        self.repeated = 0
        self._table = table
        self._key = None if WHOLE_ROW in key else tuple(key)
        self._json = json
        self._mapper: Mapper | None = None
        self._rows: ArrowRows | None = None
        self._seen: set[int] = set()
        self.fingerprint: str | None = self._fingerprint(name) if tell_parts_apart else None

    def take(self, mapper: Mapper | None, types: Mapping[str, str] | None = None) -> None:
        """Let a mapper make the calls.

        Args:
            mapper: Says which column is which field; where a column holds JSON, which of its keys.
            types: Column to type; `text` is the only one.

        Raises:
            ReadingError: If a column is missing that was asked for.
        """
        self._mapper = mapper
        if self._json is None and mapper is not None:
            self._rows = ArrowRows(self._table.schema, mapper, types)

    def blocks(self, start: int, offset: int | None = None) -> Iterator[Block]:  # noqa: ARG002 - rows have no place in bytes
        """Read from a row on."""
        index = 0
        for part in self._parts():
            end = index + part.num_rows
            if end > start:
                numbers = list(map(self._number, _python(part)))
                self._look_for_repeats(numbers)
                records = self._records(part, index)
                if not all(numbers):
                    records = [
                        record if number else BadRecord(self._without_key, text=row_text(part, row))
                        for row, (record, number) in enumerate(zip(records, numbers, strict=True))
                    ]
                yield later(start, Block(index, records, None, end, numbers))
            index = end
        check_end(index, start)

    @property
    def _without_key(self) -> Problem:
        return Problem("row_without_key", (), {"key": " and no ".join(self._key or ())})

    def _parts(self) -> Iterator[Any]:
        for batch in self._table.to_batches():
            for at in range(0, batch.num_rows, _BLOCK_ROWS):
                yield batch.slice(at, _BLOCK_ROWS)

    def _records(self, part: Any, index: int) -> Sequence[Any]:  # noqa: ANN401 - pyarrow ships no types
        if self._rows is not None:
            return self._rows.records(part, index)
        texts = [text or b"" for text in part.column(self._json).to_pylist()]  # null is a blank line
        return texts if self._mapper is None else self._mapper.records(texts)

    def _number(self, row: dict[str, Any]) -> int:
        """Return what stands for a row's key; 0 where the key has no value."""
        if self._key is None:
            return number_of(row)
        values = [row[column] for column in self._key]
        return 0 if values.count(None) == len(values) else number_of(values)

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
        for part in self._parts():
            digest.update(_bytes(_python(part)))
        return digest.hexdigest()


def _python(part: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - pyarrow ships no types
    """Return rows with the values that Python has for them, times to the microsecond."""
    columns = map(python_values, part.columns)
    return [dict(zip(part.schema.names, row, strict=True)) for row in zip(*columns, strict=True)]


def _bytes(value: object) -> bytes:
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS)
