"""Iterables of records: calls, objects or lines of JSON."""

from __future__ import annotations

from collections.abc import Sized
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from langchain_customerio.bulk.readers.base import Block, check_end
from langchain_customerio.bulk.readers.keys import keys_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator

    from langchain_customerio.bulk.mapping import Mapper

_BLOCK_RECORDS: Final = 500


class Records:
    """Reads an iterable of calls, objects or lines of JSON.

    Args:
        records: The iterable.
        mapper: Makes calls of the objects, where they are rows.
    """

    fingerprint: str | None = None

    def __init__(self, records: Iterable[Any], mapper: Mapper | None = None) -> None:
        """Read nothing yet."""
        self._mapper = mapper
        self.name = "records"
        self.size: int | None = len(records) if isinstance(records, Sized) else None
        self._records = records

    def blocks(self, start: int, offset: int | None = None) -> Iterator[Block]:  # noqa: ARG002 - records have no place in bytes
        """Read from a record on; those before it are read and passed over."""
        records = iter(self._records)
        index = sum(1 for _ in islice(records, start))
        check_end(index, start)
        while some := list(islice(records, _BLOCK_RECORDS)):
            yield _block(index, some, index + len(some), self._mapper)
            index += len(some)


class AsyncRecords:
    """Reads an async iterable of calls, objects or lines of JSON.

    Args:
        records: The iterable.
        mapper: Makes calls of the objects, where they are rows.
    """

    fingerprint: str | None = None
    size: int | None = None

    def __init__(self, records: AsyncIterable[Any], mapper: Mapper | None = None) -> None:
        """Read nothing yet."""
        self._mapper = mapper
        self.name = "records"
        self._records = records

    async def ablocks(self, start: int) -> AsyncIterator[Block]:
        """Read from a record on; those before it are read and passed over."""
        index, some = 0, list[Any]()
        async for record in self._records:
            if index >= start:
                some.append(record)
            index += 1
            if len(some) == _BLOCK_RECORDS:
                yield _block(index - len(some), some, index, self._mapper)
                some = []
        check_end(index, start)
        if some:
            yield _block(index - len(some), some, index, self._mapper)


def _block(first: int, records: list[Any], reached: int, mapper: Mapper | None) -> Block:
    """Return records as a block, and rows as calls with the keys that they had as rows."""
    if mapper is None:
        return Block(first, records, None, reached)
    keys = keys_of(records, mapper.key) if mapper.key else None
    return Block(first, mapper.records(records), None, reached, keys=keys)
