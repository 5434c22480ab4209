"""What a reader has read, as the tests compare it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable

    from langchain_customerio.bulk.readers.base import Block


def records_of(blocks: Iterable[Block]) -> list[Any]:
    """Return the records of blocks; the calls of a table as objects, although they come as lines of JSON."""
    return [as_call(record) for block in blocks for record in block.records]


def as_call(record: Any) -> Any:
    return orjson.loads(record) if isinstance(record, bytes) and record else record
