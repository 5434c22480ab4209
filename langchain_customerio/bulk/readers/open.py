"""What can be loaded, and how each kind is read."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, TypeAlias

from langchain_customerio.api.calls import Common
from langchain_customerio.bulk.mapping import Mapper
from langchain_customerio.bulk.readers.arrow import Parquet, Table
from langchain_customerio.bulk.readers.base import reading_error
from langchain_customerio.bulk.readers.cells import CellOptions
from langchain_customerio.bulk.readers.csv import Csv, CsvOptions
from langchain_customerio.bulk.readers.files import PACKED, File, Stream
from langchain_customerio.bulk.readers.iterables import AsyncRecords, Records
from langchain_customerio.bulk.readers.jsonl import Lines
from langchain_customerio.bulk.readers.lake import Lake, is_lake
from langchain_customerio.bulk.readers.sql import Query
from langchain_customerio.bulk.readers.streams import is_table
from langchain_customerio.messages import Field
from langchain_customerio.text import shown, type_name

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


Source: TypeAlias = str | os.PathLike[str] | Readable | ArrowTable | Query | Iterable[Record] | AsyncIterable[Record]

_FORMATS: Final[dict[str, Format]] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
}

_OF_TEXT: Final = ("types", "encoding", "delimiter", "decimal", "date_format", "true", "false", "trim")


class Opened(NamedTuple):
    """A source that is ready to be read.

    Attributes:
        reader: Gives its records.
        mapper: Makes calls of them where they are rows.
    """

    reader: Reader | AsyncRecords
    mapper: Mapper | None = None


def open_source(source: Source, options: Options) -> Opened:
    """Return what reads a source, and the mapper that makes calls of its records where they are rows.

    Raises:
        ReadingError: If it is nothing that can be loaded, or an option means nothing for it.
        OSError: If the file cannot be read.
        ModuleNotFoundError: If it takes an extra that is not installed.
    """
    if isinstance(source, str | os.PathLike):
        if source == "-":
            return _open_bytes(Stream(sys.stdin.buffer, "stdin"), options.format, options)
        return _open_path(Path(source), options)
    if is_table(source):
        return _open_table(source, options)
    if hasattr(source, "read") and not isinstance(source, AsyncIterable):
        name = getattr(source, "name", "")
        return _open_bytes(Stream(source, str(name or "stream")), options.format, options)
    _refuse_unused(options)
    mapper = mapper_of(options) if options.map is not None else None
    if isinstance(source, AsyncIterable):
        return Opened(AsyncRecords(source, mapper), mapper)
    if not isinstance(source, Iterable) or isinstance(source, Mapping | bytes | Common):
        raise reading_error("not_a_source", found=type_name(source))
    return Opened(Records(source, mapper), mapper)


def mapper_of(options: Options) -> Mapper:
    """Return what makes calls of rows, as the options say."""
    return Mapper(options.as_, options.map, options.timezone, options.nulls, options.keys)


def _open_path(path: Path, options: Options) -> Opened:
    if is_lake(path) and options.format in {None, "parquet"}:
        _refuse_unused(options, "types")
        mapper = mapper_of(options)
        return Opened(Lake(path, mapper, options.types), mapper)
    stem = path.with_suffix("") if path.suffix.lower() in PACKED else path
    kind = options.format or _FORMATS.get(stem.suffix.lower())
    if kind is None:
        raise reading_error("format_unknown", name=shown(path.name))
    if kind == "parquet":
        _refuse_unused(options, "types")
        mapper = mapper_of(options)
        return Opened(Parquet(path, mapper, options.types), mapper)
    return _open_bytes(File(path), kind, options)


def _open_table(table: object, options: Options) -> Opened:
    _refuse_unused(options, "types")
    mapper = mapper_of(options)
    return Opened(Table(table, mapper, options.types), mapper)


def _open_bytes(source: Bytes, kind: Format | None, options: Options) -> Opened:
    if kind == "parquet":
        raise reading_error("parquet_stream")
    if kind == "csv":
        mapper = mapper_of(options)
        cells = CellOptions(
            options.decimal,
            options.date_format,
            _words(options.true),
            _words(options.false),
            types=options.types or {},
        )
        csv_options = CsvOptions(options.encoding, options.delimiter, trim=options.trim, cells=cells)
        return Opened(Csv(source, mapper, csv_options), mapper)
    _refuse_unused(options, "encoding")
    rows = mapper_of(options) if options.map is not None else None
    return Opened(Lines(source, rows, options.encoding, is_said=kind is not None), rows)


def _words(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _refuse_unused(options: Options, *used: str) -> None:
    """Refuse options that mean nothing for this kind of source."""
    for name in _OF_TEXT:
        if name not in used and getattr(options, name):
            raise reading_error("option_unused", option=Field(name))
