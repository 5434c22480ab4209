"""Tables: Parquet files, and whatever speaks Arrow (pandas, polars, pyarrow, DuckDB and others)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from langchain_customerio.bulk.readers.base import Block, check_end, later
from langchain_customerio.bulk.readers.extras import need_arrow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from langchain_customerio.bulk.mapping import Mapper

_BLOCK_ROWS: Final = 1_000


class Parquet:
    """Reads a Parquet file, a part of a row group at a time.

    Args:
        path: The file.
        mapper: Says which columns it must have.

    Raises:
        ModuleNotFoundError: If pyarrow is not installed.
        ConfigurationError: If the file lacks a column that the map names.
    """

    def __init__(self, path: Path, mapper: Mapper) -> None:
        """Read the file's description."""
        need_arrow("Parquet files")
        import pyarrow.parquet  # noqa: PLC0415 - under an extra, and slow to import

        about = path.stat()
        self.name = path.name
        self.fingerprint: str | None = f"{about.st_size}:{about.st_mtime_ns}"
        self._file = pyarrow.parquet.ParquetFile(path, pre_buffer=False)
        self.size: int | None = self._file.metadata.num_rows
        mapper.expect(self._file.schema_arrow.names)

    def blocks(self, start: int, offset: int | None = None) -> Iterator[Block]:  # noqa: ARG002 - rows have no place in bytes
        """Read from a row on, without the row groups before it."""
        about = self._file.metadata
        first = group = 0
        while group < about.num_row_groups and first + about.row_group(group).num_rows <= start:
            first += about.row_group(group).num_rows
            group += 1
        groups = list(range(group, about.num_row_groups))
        with self._file:
            batches = self._file.iter_batches(batch_size=_BLOCK_ROWS, row_groups=groups) if groups else ()
            yield from blocks_of(batches, first, start)


class Table:
    """Reads an object that gives its columns as an Arrow stream, such as a data frame.

    Args:
        table: The object.
        mapper: Says which columns it must have.

    Raises:
        ModuleNotFoundError: If pyarrow is not installed.
        ConfigurationError: If it lacks a column that the map names.
    """

    fingerprint: str | None = None

    def __init__(self, table: Any, mapper: Mapper) -> None:  # noqa: ANN401 - of any library
        """Look at the columns."""
        self.name = f"{type(table).__module__.partition('.')[0]} {type(table).__name__}"
        self.size: int | None = len(table) if hasattr(table, "__len__") else None
        self._reader = need_arrow("tables").RecordBatchReader.from_stream(table)
        mapper.expect(self._reader.schema.names)

    def blocks(self, start: int, offset: int | None = None) -> Iterator[Block]:  # noqa: ARG002 - rows have no place in bytes
        """Read from a row on."""
        yield from blocks_of(self._reader, 0, start)


def blocks_of(batches: Iterable[Any], index: int, start: int) -> Iterator[Block]:
    """Give rows as objects, from one on.

    Args:
        batches: Record batches of Arrow.
        index: Place in the source of their first row.
        start: The first row that is wanted.
    """
    for batch in batches:
        for at in range(0, batch.num_rows, _BLOCK_ROWS):
            rows = batch.slice(at, _BLOCK_ROWS)
            end = index + rows.num_rows
            if end > start:
                yield later(start, index, _in_microseconds(rows).to_pylist(), end)
            index = end
    check_end(index, start)


def _in_microseconds(batch: Any) -> Any:  # noqa: ANN401 - pyarrow ships no types
    """Return a batch whose times Python can hold."""
    pa = need_arrow("tables")
    for i, field in enumerate(batch.schema):
        if pa.types.is_timestamp(field.type) and field.type.unit == "ns":
            coarse = batch.column(i).cast(pa.timestamp("us", field.type.tz), safe=False)
            batch = batch.set_column(i, field.name, coarse)
    return batch
