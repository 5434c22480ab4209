"""Data frames in memory: the labels of their rows, and what tells their content from another."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_IN_MEMORY: Final = frozenset({"pandas", "polars", "pyarrow"})
_ROWS: Final = 50_000
_DIGEST_BYTES: Final = 16


def is_in_memory(table: object) -> bool:
    """Return whether a table is one that can be read twice and costs little to read."""
    return type(table).__module__.partition(".")[0] in _IN_MEMORY and hasattr(table, "__len__")


def content_of(table: Any) -> str:  # noqa: ANN401 - a table of pyarrow, which ships no types
    """Return a digest of a table of Arrow, the same for the same columns and rows."""
    digest = blake2b(table.schema.remove_metadata().serialize(), digest_size=_DIGEST_BYTES)
    for batch in table.to_batches():
        for at in range(0, batch.num_rows, _ROWS):
            digest.update(batch.slice(at, _ROWS).serialize())
    return digest.hexdigest()


def labels_of(source: object) -> Callable[[int], str | None]:
    """Return what a data frame calls the row at a place, as text; None where rows have no labels."""
    index: Any = getattr(source, "index", None)
    if not hasattr(source, "__arrow_c_stream__") or index is None or callable(index):
        return lambda _: None
    return lambda place: str(index[place]) if place < len(index) else None
