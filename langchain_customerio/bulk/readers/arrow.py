"""Tables: Parquet files, and whatever speaks Arrow (pandas, polars, pyarrow, DuckDB and others)."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from langchain_customerio.bulk.readers import streams
from langchain_customerio.bulk.readers.arrow_rows import ArrowRows
from langchain_customerio.bulk.readers.base import Block, check_end, later
from langchain_customerio.bulk.readers.extras import need_arrow
from langchain_customerio.bulk.readers.files import name_of, unharmed
from langchain_customerio.bulk.readers.frames import content_of, is_in_memory
from langchain_customerio.bulk.readers.parquet_files import batches_of, opened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from langchain_customerio.bulk.mapping import Mapper
    from langchain_customerio.bulk.readers.columns import Column

_BLOCK_ROWS: Final = 500
"""Half as many as there are in a record batch: the lines of JSON that become of them take far more memory."""

_BLOCK_BYTES: Final = 1 << 20


class Parquet:
    """Reads a Parquet file, a part of a row group at a time.

    Args:
        path: The file.
        mapper: Makes calls of rows.
        types: Column to type; `text` is the only one for a table.

    Raises:
        ModuleNotFoundError: If pyarrow is not installed.
        ReadingError: If the file lacks a column that the map names, or is damaged.
    """

    def __init__(self, path: Path, mapper: Mapper, types: Mapping[str, str] | None = None) -> None:
        """Read the file's description."""
        need_arrow("Parquet files")
        about = path.stat()
        self.name = name_of(path)
        self.fingerprint: str | None = f"{about.st_size}:{about.st_mtime_ns}"
        with unharmed(self.name):
            self._file = opened(path)
        self.size: int | None = self._file.metadata.num_rows
        self._rows = ArrowRows(self._file.schema_arrow, mapper, types)

    @property
    def columns(self) -> tuple[Column, ...]:
        """What the columns are taken for."""
        return self._rows.columns

    def blocks(self, start: int, offset: int | None = None) -> Iterator[Block]:  # noqa: ARG002 - rows have no place in bytes
        """Read from a row on, without the row groups before it.

        Raises:
            ReadingError: If the file is damaged.
        """
        about = self._file.metadata
        first = group = 0
        while group < about.num_row_groups and first + about.row_group(group).num_rows <= start:
            first += about.row_group(group).num_rows
            group += 1
        groups = list(range(group, about.num_row_groups))
        with self._file, unharmed(self.name):
            batches = batches_of(self._file, groups) if groups else ()
            yield from blocks_of(batches, self._rows, first, start)


class Table:
    """Reads an object that gives its columns as an Arrow stream, such as a data frame, a relation or a cursor.

    Args:
        table: The object.
        mapper: Makes calls of rows.
        types: Column to type; `text` is the only one for a table.

    Raises:
        ModuleNotFoundError: If pyarrow is not installed.
        ReadingError: If it lacks a column that the map names, or has one of several types.
    """

    def __init__(self, table: Any, mapper: Mapper, types: Mapping[str, str] | None = None) -> None:  # noqa: ANN401 - of any library
        """Look at the columns."""
        self.name = streams.name_of(table)
        self.size: int | None = streams.count_of(table)
        self._reader = streams.stream_of(table, self.name)
        self._kept = None
        if is_in_memory(table):
            self._kept = self._reader.read_all()
            self._reader = self._kept.to_reader()
        self._rows = ArrowRows(self._reader.schema, mapper, types)

    @cached_property
    def fingerprint(self) -> str | None:
        """A digest of the content, for a table in memory; looking through it takes a small part of the load's time."""
        return None if self._kept is None else content_of(self._kept)

    @property
    def columns(self) -> tuple[Column, ...]:
        """What the columns are taken for."""
        return self._rows.columns

    def blocks(self, start: int, offset: int | None = None) -> Iterator[Block]:  # noqa: ARG002 - rows have no place in bytes
        """Read from a row on."""
        yield from blocks_of(streams.batches_in(self._reader, self.name), self._rows, 0, start)


def blocks_of(batches: Iterable[Any], rows: ArrowRows, index: int, start: int) -> Iterator[Block]:
    """Give rows as calls, from one on.

    Args:
        batches: Record batches of Arrow.
        rows: Makes calls of them.
        index: Place in the source of their first row.
        start: The first row that is wanted.
    """
    for batch in batches:
        size = min(_BLOCK_ROWS, max(1, _BLOCK_BYTES * batch.num_rows // (batch.nbytes + 1)))
        for at in range(0, batch.num_rows, size):
            part = batch.slice(at, size)
            end = index + part.num_rows
            if end > start:
                yield later(start, Block(index, rows.records(part, index), None, end, keys=rows.keys(part)))
            index = end
    rows.end()
    check_end(index, start)
