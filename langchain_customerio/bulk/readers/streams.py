"""Whatever gives its rows as Arrow, as a stream of record batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from langchain_customerio.bulk.readers.base import reading_error
from langchain_customerio.bulk.readers.extras import first_line, need_arrow
from langchain_customerio.bulk.readers.sql import Query, batches_of
from langchain_customerio.errors import ConfigurationError
from langchain_customerio.text import quoted, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

_BATCH_ROWS: Final = 1_000
_MOST_REASON: Final = 300
_OF_ARROW: Final = ". Detail: Python exception"  # and then a traceback
_MONEY: Final = frozenset({b"money", b"_money"})
"""Types of PostgreSQL that come as integers, of hundredths or of what the server's locale says."""
_CURSOR = ("fetch_arrow", "execute")  # of ADBC
_LAZY = ("collect_batches", "collect_schema")  # a lazy frame of polars
_DATASET = ("scanner", "get_fragments")  # a dataset of pyarrow


def is_table(source: object) -> bool:
    """Return whether something gives its rows as Arrow.

    It does where it has `__arrow_c_stream__`, as data frames, relations of DuckDB and streams of pyarrow have; a cursor
    of ADBC, a lazy frame of polars and a dataset of pyarrow do it in ways of their own.
    """
    if isinstance(source, Query) or hasattr(source, "__arrow_c_stream__"):
        return True
    return any(_has(source, names) for names in (_CURSOR, _LAZY, _DATASET))


def stream_of(table: Any, name: str) -> Any:  # noqa: ANN401 - of any library, and a record batch reader
    """Return a table as a stream of record batches, read as they are asked for.

    Raises:
        ReadingError: If it cannot be given as Arrow, or a column arrives as something else than it is.
    """
    stream = _stream_of(table, name)
    for field in stream.schema:
        if (field.metadata or {}).get(b"POSTGRESQL:type") in _MONEY:
            raise reading_error("money", column=quoted(field.name))
    return stream


def _stream_of(table: Any, name: str) -> Any:  # noqa: ANN401 - as above
    if isinstance(table, Query):
        return table.run()
    pa = need_arrow("tables")
    try:
        if _has(table, _LAZY):
            return _of_lazy_frame(pa, table)
        if _has(table, _DATASET):
            return _of_dataset(table)
        if _has(table, _CURSOR):
            return _of_cursor(pa, table, name)
        return batches_of(table) if _is_of_duckdb(table) else pa.RecordBatchReader.from_stream(table)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        if (column := _mixed_column(pa, table)) is not None:
            raise reading_error("mixed_column", column=quoted(column)) from None
        raise reading_error("not_arrow", name=name, kind=type(error).__name__) from None


def batches_in(stream: Any, name: str) -> Iterator[Any]:  # noqa: ANN401 - a record batch reader
    """Give the batches of a stream.

    Raises:
        ReadingError: If the stream breaks off.
    """
    try:
        yield from stream
    except ConfigurationError:  # of a query, which has said it
        raise
    except Exception as error:  # each library has its own
        reason = first_line(error).partition(_OF_ARROW)[0]
        raise reading_error("stream_broke", name=name, reason=shown(reason, _MOST_REASON)) from error


def name_of(table: object) -> str:
    """Return what a table is called."""
    if isinstance(table, Query):
        return table.name
    return f"{type(table).__module__.partition('.')[0]} {type(table).__name__}"


def count_of(table: Any) -> int | None:  # noqa: ANN401 - of any library
    """Return how many rows a table has, where asking costs nothing; a query would be carried out for it."""
    return None if _is_of_duckdb(table) or not hasattr(table, "__len__") else len(table)


def _is_of_duckdb(table: object) -> bool:
    return type(table).__module__.partition(".")[0] in {"duckdb", "_duckdb"}


def _of_cursor(pa: Any, cursor: Any, name: str) -> Any:  # noqa: ANN401 - as above
    """Return the batches of a cursor, as its database gives them."""
    try:
        return pa.RecordBatchReader.from_stream(cursor.fetch_arrow())
    except Exception as error:  # noqa: BLE001 - each driver has its own
        raise reading_error("not_arrow", name=name, kind=type(error).__name__) from None


def _of_dataset(dataset: Any) -> Any:  # noqa: ANN401 - as above
    """Return the batches of a dataset, one file after the other; of Parquet, pyarrow reads a few row groups at once."""
    from pyarrow.dataset import ParquetFileFormat, ParquetFragmentScanOptions  # noqa: PLC0415 - under an extra, and slow

    options: dict[str, Any] = {"batch_size": _BATCH_ROWS, "batch_readahead": 1, "fragment_readahead": 1}
    if isinstance(getattr(dataset, "format", None), ParquetFileFormat):  # not all of the file ahead, as by default
        options["fragment_scan_options"] = ParquetFragmentScanOptions(pre_buffer=False)
    return dataset.scanner(use_threads=False, **options).to_reader()


def _of_lazy_frame(pa: Any, frame: Any) -> Any:  # noqa: ANN401 - as above
    """Return the batches of a lazy frame, which polars makes while they are asked for."""
    empty = frame.clear().collect().to_arrow()
    batches = (batch for part in frame.collect_batches(maintain_order=True) for batch in part.to_arrow().to_batches())
    return pa.RecordBatchReader.from_batches(empty.schema, (batch.cast(empty.schema) for batch in batches))


def _has(source: object, names: tuple[str, ...]) -> bool:
    return all(hasattr(source, name) for name in names)


def _mixed_column(pa: Any, table: Any) -> str | None:  # noqa: ANN401 - as above
    """Return the first column of a data frame whose values have no type in common."""
    for column in table.columns if hasattr(table, "dtypes") else ():
        try:
            pa.array(table[column], from_pandas=True)
        except Exception:  # noqa: BLE001 - whatever it is, this is the column
            return str(column)
    return None
