"""What can be loaded, and how each kind is read."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias

from langchain_customerio.api.calls import Common
from langchain_customerio.bulk.mapping import Mapper
from langchain_customerio.bulk.readers.arrow import Parquet, Table
from langchain_customerio.bulk.readers.csv import Csv
from langchain_customerio.bulk.readers.files import File, Stream
from langchain_customerio.bulk.readers.iterables import AsyncRecords, Records
from langchain_customerio.bulk.readers.jsonl import Lines
from langchain_customerio.bulk.readers.rows import Rows
from langchain_customerio.errors import ConfigurationError

if TYPE_CHECKING:
    from langchain_customerio.bulk.readers.base import Reader
    from langchain_customerio.bulk.readers.files import Bytes

Format: TypeAlias = Literal["jsonl", "csv", "parquet"]

Record: TypeAlias = Common | Mapping[str, Any] | str | bytes


class Readable(Protocol):
    """What is open for reading: a file, a pipe."""

    def read(self, size: int = -1, /) -> str | bytes:
        """Give the next part."""


class ArrowTable(Protocol):
    """A table that gives its columns as an Arrow stream, as those of pandas, polars and pyarrow do."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Give the stream."""


Source: TypeAlias = str | os.PathLike[str] | Readable | ArrowTable | Iterable[Record] | AsyncIterable[Record] | Rows

_FORMATS: Final[dict[str, Format]] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """How a source is to be read.

    Attributes:
        as_: The call that each record is, where records do not say it by `type`.
        map: Field to column; see `Mapper`.
        types: Column to type, for CSV.
        timezone: The zone of times without one.
        format: What a file holds, where its name does not say it.
    """

    as_: str | None = None
    map: Mapping[str, str] | None = None
    types: Mapping[str, str] | None = None
    timezone: str | None = None
    format: Format | None = None

    def mapper(self) -> Mapper:
        """Return what makes calls of rows."""
        return Mapper(self.as_, self.map, self.timezone)


def open_source(source: Source, reading: Reading) -> tuple[Reader | AsyncRecords, Mapper | None]:
    """Return what reads a source, and what makes calls of its records where they are rows.

    Raises:
        ConfigurationError: If it is nothing that can be loaded.
        OSError: If the file cannot be read.
        ModuleNotFoundError: If it takes an extra that is not installed.
    """
    if isinstance(source, Rows):
        rows = reading.mapper() if source.has_fields or reading.map is not None else None
        if rows is not None and source.has_fields:
            rows.expect(source.columns)
        return source, rows
    reader, mapper = _open(source, reading)
    if reading.types is not None and not isinstance(reader, Csv):
        raise ConfigurationError("Only CSV has columns whose types can be chosen: leave types out.")
    return reader, mapper


def _open(source: Any, reading: Reading) -> tuple[Reader | AsyncRecords, Mapper | None]:  # noqa: ANN401 - as above
    if isinstance(source, str) and source == "-":
        return _open_bytes(Stream(sys.stdin.buffer, "stdin"), reading.format or "jsonl", reading)
    if isinstance(source, str | os.PathLike):
        return _open_path(Path(source), reading)
    if hasattr(source, "__arrow_c_stream__"):
        rows = reading.mapper()
        return Table(source, rows), rows
    mapper = reading.mapper() if reading.map is not None else None
    if isinstance(source, AsyncIterable):
        return AsyncRecords(source), mapper
    if hasattr(source, "read"):
        name = getattr(source, "name", "")
        return _open_bytes(Stream(source, str(name or "stream")), reading.format or "jsonl", reading)
    if not isinstance(source, Iterable) or isinstance(source, Mapping | bytes | Common):
        raise ConfigurationError(
            f"A {type(source).__name__} cannot be loaded: give a path, an open file, a table, or calls in a list."
        )
    return Records(source), mapper


def _open_path(path: Path, reading: Reading) -> tuple[Reader, Mapper | None]:
    stem = path.with_suffix("") if path.suffix in {".gz", ".zst"} else path
    kind = reading.format or _FORMATS.get(stem.suffix.lower())
    if kind is None:
        raise ConfigurationError(
            f"The name of {path.name} does not say what it holds: format is jsonl, csv or parquet."
        )
    if kind == "parquet":
        mapper = reading.mapper()
        return Parquet(path, mapper), mapper
    return _open_bytes(File(path), kind, reading)


def _open_bytes(source: Bytes, kind: Format, reading: Reading) -> tuple[Reader, Mapper | None]:
    if kind == "parquet":
        raise ConfigurationError("A Parquet file is read from any place: give its path.")
    if kind == "csv":
        mapper = reading.mapper()
        return Csv(source, mapper, reading.types), mapper
    return Lines(source), reading.mapper() if reading.map is not None else None
