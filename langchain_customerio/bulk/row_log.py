"""The log of a load: a line for each record and what became of it, without its data, for a warehouse to join."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final, Protocol, TypedDict

import orjson

from langchain_customerio.bulk.private_files import new_beside, open_private, write_whole
from langchain_customerio.bulk.readers.extras import need_arrow
from langchain_customerio.errors import ConfigurationError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_ROWS: Final = 50_000
_KEY: Final = "key"
_COLUMNS: Final = ("run", "source", "position", _KEY, "call", "status", "code", "message_id")


class Row(TypedDict):
    """What the log says of a record.

    Attributes:
        run: The run of the load, another one whenever it is resumed.
        source: Name of the source.
        position: Place of the record in it, from 1.
        key: The columns that name it, with their values; None where its place does.
        call: What it is, such as `track`; None where it is not a call.
        status: `accepted` (strict), `received` (permissive: an answer of 200 is no proof) or `refused`.
        code: Why it was refused.
        message_id: The `messageId` that it was sent with, or would be.
    """

    run: str
    source: str
    position: int
    key: Mapping[str, Any] | None
    call: str | None
    status: str
    code: str | None
    message_id: str | None


class RowLog(Protocol):
    """A log that rows are added to."""

    def write(self, rows: Sequence[Row]) -> None:
        """Add rows."""

    def close(self) -> None:
        """Write down what is left."""


def open_log(path: Path) -> RowLog:
    """Open a log: Parquet where its name says so, and else JSON Lines.

    Raises:
        ConfigurationError: If it is a symbolic link, or a Parquet file that is there already.
        OSError: If it cannot be written.
        ModuleNotFoundError: If Parquet needs an extra that is not installed.
    """
    return ParquetLog(path) if path.suffix == ".parquet" else JsonLog(path)


class JsonLog:
    """A log in JSON Lines; rows are added to what it holds."""

    def __init__(self, path: Path) -> None:
        """Open it, and make it for its owner alone."""
        self.path = path
        self._file = open_private(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def write(self, rows: Sequence[Row]) -> None:
        """Add rows at once."""
        data = b"".join(orjson.dumps(row, default=str) + b"\n" for row in rows)
        write_whole(self._file, data)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


class ParquetLog:
    """A log in Parquet, which is there when the load has ended: a Parquet file cannot be added to."""

    def __init__(self, path: Path) -> None:
        """Open a file that takes its place at the end."""
        pa = need_arrow("a log in Parquet")
        import pyarrow.parquet as pq  # noqa: PLC0415 - under an extra, and slow to import

        if path.exists():
            raise ConfigurationError(problem=Problem("log_exists", (), {"file": path}))
        self.path = path
        self._pa = pa
        integers = {"position": pa.int64()}
        self._schema = pa.schema([(name, integers.get(name, pa.string())) for name in _COLUMNS])
        descriptor, self._new = new_beside(path)
        self._file = os.fdopen(descriptor, "wb")
        self._writer = pq.ParquetWriter(self._file, self._schema, compression="zstd")
        self._rows: list[dict[str, Any]] = []

    def write(self, rows: Sequence[Row]) -> None:
        """Keep rows until there are enough for a row group; a key is written as JSON."""
        for row in rows:
            key = row[_KEY]
            self._rows.append({**row, _KEY: None if key is None else orjson.dumps(key, default=str).decode()})
        if len(self._rows) >= _ROWS:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(self._pa.Table.from_pylist(self._rows, self._schema))
            self._rows.clear()

    def close(self) -> None:
        """Put the file in its place."""
        self._flush()
        self._writer.close()
        self._file.close()
        self._new.replace(self.path)
