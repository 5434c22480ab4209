"""What can be loaded, and how each kind is read."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, TypeAlias

from langchain_customerio.api.calls import Common
from langchain_customerio.bulk.mapping import Mapper
from langchain_customerio.bulk.readers.arrow import Parquet, Table
from langchain_customerio.bulk.readers.csv import Csv
from langchain_customerio.bulk.readers.files import File, Stream
from langchain_customerio.bulk.readers.iterables import AsyncRecords, Records
from langchain_customerio.bulk.readers.jsonl import Lines
from langchain_customerio.errors import ConfigurationError

if TYPE_CHECKING:
    from langchain_customerio.bulk.options import Format, Options
    from langchain_customerio.bulk.readers.base import Reader
    from langchain_customerio.bulk.readers.files import Bytes

Record: TypeAlias = Common | Mapping[str, Any] | str | bytes


class Readable(Protocol):
    """What is open for reading: a file, a pipe."""

    def read(self, size: int = -1, /) -> str | bytes:
        """Give the next part."""


class ArrowTable(Protocol):
    """A table that gives its columns as an Arrow stream, as those of pandas, polars and pyarrow do."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Give the stream."""


Source: TypeAlias = str | os.PathLike[str] | Readable | ArrowTable | Iterable[Record] | AsyncIterable[Record]

_FORMATS: Final[dict[str, Format]] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
}


class Opened(NamedTuple):
    """A source that is ready to be read.

    Attributes:
        reader: Gives its records.
        mapper: Makes calls of them where they are rows.
    """

    reader: Reader | AsyncRecords
    mapper: Mapper | None = None


def open_source(source: Source, options: Options) -> Opened:
    """Return what reads a source, and what makes calls of its records where they are rows.

    Raises:
        ConfigurationError: If it is nothing that can be loaded.
        OSError: If the file cannot be read.
        ModuleNotFoundError: If it takes an extra that is not installed.
    """
    opened = _open(source, options)
    if options.types is not None and not isinstance(opened.reader, Csv):
        raise ConfigurationError("Only CSV has columns whose types can be chosen: leave types out.")
    return opened


def mapper_of(options: Options) -> Mapper:
    """Return what makes calls of rows, as the options say."""
    return Mapper(options.as_, options.map, options.timezone)


def _open(source: Any, options: Options) -> Opened:  # noqa: ANN401 - as above
    if isinstance(source, str) and source == "-":
        return _open_bytes(Stream(sys.stdin.buffer, "stdin"), options.format or "jsonl", options)
    if isinstance(source, str | os.PathLike):
        return _open_path(Path(source), options)
    if hasattr(source, "__arrow_c_stream__"):
        rows = mapper_of(options)
        return Opened(Table(source, rows), rows)
    mapper = mapper_of(options) if options.map is not None else None
    if isinstance(source, AsyncIterable):
        return Opened(AsyncRecords(source), mapper)
    if hasattr(source, "read"):
        name = getattr(source, "name", "")
        return _open_bytes(Stream(source, str(name or "stream")), options.format or "jsonl", options)
    if not isinstance(source, Iterable) or isinstance(source, Mapping | bytes | Common):
        raise ConfigurationError(
            f"A {type(source).__name__} cannot be loaded: give a path, an open file, a table, or calls in a list."
        )
    return Opened(Records(source), mapper)


def _open_path(path: Path, options: Options) -> Opened:
    stem = path.with_suffix("") if path.suffix in {".gz", ".zst"} else path
    kind = options.format or _FORMATS.get(stem.suffix.lower())
    if kind is None:
        raise ConfigurationError(
            f"The name of {path.name} does not say what it holds: format is jsonl, csv or parquet."
        )
    if kind == "parquet":
        mapper = mapper_of(options)
        return Opened(Parquet(path, mapper), mapper)
    return _open_bytes(File(path), kind, options)


def _open_bytes(source: Bytes, kind: Format, options: Options) -> Opened:
    if kind == "parquet":
        raise ConfigurationError("A Parquet file is read from any place: give its path.")
    if kind == "csv":
        mapper = mapper_of(options)
        return Opened(Csv(source, mapper, options.types), mapper)
    return Opened(Lines(source), mapper_of(options) if options.map is not None else None)
