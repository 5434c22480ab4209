"""Whatever gives its rows as Arrow is loaded block by block: relations, cursors, lazy frames, datasets, readers."""

from __future__ import annotations

from contextlib import ExitStack, closing
from itertools import islice
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from adbc_driver_sqlite import dbapi
from polars.io.plugins import register_io_source

from langchain_customerio.bulk import LoadStoppedError, load
from langchain_customerio.bulk.mapping import Mapper
from langchain_customerio.bulk.readers.arrow import Table
from langchain_customerio.bulk.readers.base import ReadingError
from langchain_customerio.sandbox import Sandbox
from tests.unit_tests.bulk.readers.reading import as_call, records_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from langchain_customerio.bulk import LoadReport

ROWS: dict[str, list[Any]] = {"id": [1, 2, 3], "plan": ["pro", None, "free"], "spent": [19.5, 0.25, None]}
SQL = "from (values (1, 'pro', 19.5), (2, null, 0.25), (3, 'free', null)) as t(id, plan, spent)"
PEOPLE = {"1": {"plan": "pro", "spent": 19.5}, "2": {"spent": 0.25}, "3": {"plan": "free"}}
MAP = {"userId": "id", "traits": "*"}


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    """What a test opens, closed behind it."""
    with ExitStack() as stack:
        yield stack


def relation(opened: ExitStack, _: Path) -> Any:
    return opened.enter_context(closing(duckdb.connect())).sql(SQL)


def cursor(opened: ExitStack, _: Path) -> Any:
    connection = opened.enter_context(closing(dbapi.connect()))
    found = opened.enter_context(closing(connection.cursor()))
    found.execute("create table t (id, plan, spent)")
    found.executemany("insert into t values (?, ?, ?)", pa.table(ROWS))
    found.execute("select * from t")
    return found


def lazy_frame(_: ExitStack, __: Path) -> Any:
    return pl.LazyFrame(ROWS)


def dataset(_: ExitStack, folder: Path) -> Any:
    pq.write_table(pa.table(ROWS), folder / "rows.parquet")
    return ds.dataset(folder)


def reader(_: ExitStack, __: Path) -> Any:
    return pa.table(ROWS).to_reader(max_chunksize=2)


def loaded(source: Any, sandbox: Sandbox, **options: Any) -> LoadReport:
    with sandbox.client() as client:
        return load(client, source, as_="identify", map=MAP, strict=True, **options)


@pytest.mark.parametrize("kind", [relation, cursor, lazy_frame, dataset, reader])
def test_what_speaks_arrow_is_loaded(kind: Callable[[ExitStack, Path], Any], opened: ExitStack, tmp_path: Path) -> None:
    sandbox = Sandbox()
    report = loaded(kind(opened, tmp_path), sandbox)
    assert (report.read, report.delivered) == (3, 3)
    assert {name: person.traits for name, person in sandbox.people.items()} == PEOPLE


@pytest.mark.parametrize("kind", [relation, cursor, lazy_frame, dataset, reader])
def test_what_speaks_arrow_can_begin_at_any_row(
    kind: Callable[[ExitStack, Path], Any], opened: ExitStack, tmp_path: Path
) -> None:
    blocks = Table(kind(opened, tmp_path), Mapper("identify", MAP)).blocks(1)
    assert [call["userId"] for call in records_of(blocks)] == ["2", "3"]


# Block by block. What makes the rows counts how many it was asked for: by the first block, few of a thousand.

PARTS = 1_000


class Parts:
    """Makes parts of a thousand rows, and counts them."""

    schema = pa.schema([("id", pa.int64())])

    def __init__(self) -> None:
        self.made = 0

    def __iter__(self) -> Iterator[Any]:
        for number in range(PARTS):
            self.made += 1
            yield pa.record_batch([range(number * 1_000, number * 1_000 + 1_000)], schema=self.schema)

    def reader(self) -> Any:
        return pa.RecordBatchReader.from_batches(self.schema, iter(self))

    def frames(self, *_: Any) -> Iterator[pl.DataFrame]:
        for batch in self:
            yield pl.DataFrame(pa.Table.from_batches([batch]))


def reader_of(parts: Parts) -> Any:
    return parts.reader()


def lazy_frame_of(parts: Parts) -> Any:
    return register_io_source(parts.frames, schema={"id": pl.Int64})


def dataset_of(parts: Parts) -> Any:
    return ds.Scanner.from_batches(parts.reader()).to_reader()


@pytest.mark.parametrize("kind", [reader_of, lazy_frame_of, dataset_of])
def test_rows_are_made_as_they_are_read(kind: Callable[[Parts], Any]) -> None:
    parts = Parts()
    blocks = Table(kind(parts), Mapper("identify", MAP)).blocks(0)
    assert [len(block.records) for block in islice(blocks, 3)] == [500] * 3
    assert parts.made < PARTS // 4
    assert 1_500 + sum(len(block.records) for block in blocks) == PARTS * 1_000


def test_the_rows_of_a_relation_are_made_as_they_are_read(opened: ExitStack) -> None:
    endless = opened.enter_context(closing(duckdb.connect())).sql("select range as id from range(1_000_000_000_000)")
    blocks = Table(endless, Mapper("identify", MAP)).blocks(0)
    assert [as_call(block.records[0])["userId"] for block in islice(blocks, 2)] == ["0", "500"]


def test_the_rows_of_a_cursor_are_fetched_as_they_are_read(opened: ExitStack) -> None:
    connection = opened.enter_context(closing(dbapi.connect()))
    found = opened.enter_context(closing(connection.cursor()))
    found.execute("with recursive t(id) as (select 1 union all select id + 1 from t) select id from t")  # without end
    blocks = Table(found, Mapper("identify", MAP)).blocks(0)
    assert [as_call(block.records[0])["userId"] for block in islice(blocks, 2)] == ["1", "501"]


def test_a_dataset_is_never_in_memory_as_a_whole(tmp_path: Path) -> None:
    text = pa.array([f"{number:0100}" for number in range(200_000)])
    pq.write_table(pa.table({"id": text}), tmp_path / "large.parquet", row_group_size=5_000)
    pool = pa.proxy_memory_pool(pa.default_memory_pool())
    before = pa.default_memory_pool()
    pa.set_memory_pool(pool)
    try:
        blocks = Table(ds.dataset(tmp_path), Mapper("identify", MAP)).blocks(0)
        assert sum(len(block.records) for block in blocks) == 200_000
    finally:
        pa.set_memory_pool(before)
    assert 0 < pool.max_memory() < text.nbytes // 2


def test_a_dataset_may_be_of_other_files_than_parquet(tmp_path: Path) -> None:
    pacsv.write_csv(pa.table({"id": [7]}), tmp_path / "rows.csv")
    sandbox = Sandbox()
    loaded(ds.dataset(tmp_path, format="csv"), sandbox)
    assert list(sandbox.people) == ["7"]


# What goes wrong


def test_a_cursor_that_has_not_executed_anything_is_said_in_a_sentence(opened: ExitStack) -> None:
    connection = opened.enter_context(closing(dbapi.connect()))
    found = opened.enter_context(closing(connection.cursor()))
    with pytest.raises(ReadingError, match=r"^The adbc_driver_manager Cursor cannot be read as an Arrow table \(Progr"):
        loaded(found, Sandbox())


def test_a_source_that_breaks_off_stops_the_load_with_a_sentence() -> None:
    def batches() -> Iterator[Any]:
        yield pa.record_batch([[1, 2]], schema=Parts.schema)
        raise ConnectionError("the warehouse went away at 'ada'")

    with pytest.raises(LoadStoppedError) as caught:
        loaded(pa.RecordBatchReader.from_batches(Parts.schema, batches()), Sandbox())
    said = "Stopped: The pyarrow RecordBatchReader broke off: IOError: the warehouse went away at …. 0 of 2 records"
    assert str(caught.value).startswith(said)


def test_money_of_postgresql_is_refused_since_its_unit_is_lost() -> None:
    field = pa.field("paid", pa.int64(), metadata={"POSTGRESQL:type": "money"})
    with pytest.raises(ReadingError, match=r'^The column "paid" is of type money, which arrives without its unit'):
        loaded(pa.table({"id": [1], "paid": [1]}, schema=pa.schema([("id", pa.int64()), field])).to_reader(), Sandbox())


def test_a_relation_is_not_carried_out_to_be_counted() -> None:
    with closing(duckdb.connect()) as connection:
        assert Table(connection.sql(SQL), Mapper("identify", MAP)).size is None


def test_options_of_text_mean_nothing_for_a_lazy_frame() -> None:
    with pytest.raises(ReadingError, match="decimal has no meaning for this kind of source"):
        loaded(pl.LazyFrame(ROWS), Sandbox(), decimal=",")
