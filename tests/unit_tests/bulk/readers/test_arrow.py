"""Tables of every kind are read with the types that they have."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet
import pytest

from langchain_customerio.bulk.mapping import Mapper
from langchain_customerio.bulk.readers.arrow import Parquet, Table
from langchain_customerio.bulk.readers.base import BadRecord, ReadingError
from langchain_customerio.bulk.readers.columns import Column
from langchain_customerio.bulk.readers.extras import need_arrow
from tests.unit_tests.bulk.readers.reading import records_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

JOINED = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
ROWS: list[dict[str, Any]] = [
    {"id": 1, "name": "Ada", "joined": JOINED, "born": date(1815, 12, 10), "score": 2.5, "vip": True, "tags": ["a"]},
    {"id": 2, "name": None, "joined": None, "born": None, "score": None, "vip": None, "tags": None},
]


def arrow(rows: list[dict[str, Any]]) -> Any:
    return pa.Table.from_pylist(rows)


def stream(rows: list[dict[str, Any]]) -> Any:
    return pa.RecordBatchReader.from_batches(arrow(rows).schema, arrow(rows).to_batches(max_chunksize=7))


def pandas(rows: list[dict[str, Any]]) -> Any:
    return pd.DataFrame(rows)


KINDS = [arrow, stream, pandas, pl.DataFrame]


def mapper(timezone: str | None = None, **options: Any) -> Mapper:
    return Mapper("identify", {"userId": "id", "traits": "*"}, timezone, **options)


def records(blocks: Any) -> list[Any]:
    """Return the calls of blocks, of each that is bad the reason."""
    return [record.reason if isinstance(record, BadRecord) else record for record in records_of(blocks)]


def read(table: Any, made: Mapper | None = None, types: dict[str, str] | None = None) -> list[Any]:
    return records(Table(table, made or mapper(), types).blocks(0))


def traits(table: Any, made: Mapper | None = None, types: dict[str, str] | None = None) -> list[Any]:
    return [call.get("traits", {}) if isinstance(call, dict) else call for call in read(table, made, types)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_table_keeps_its_types(kind: Callable[[list[dict[str, Any]]], Any]) -> None:
    assert read(kind(ROWS)) == [
        {
            "type": "identify",
            "userId": "1",
            "traits": {
                "name": "Ada",
                "joined": "2026-11-20T09:30:00Z",
                "born": "1815-12-10",
                "score": 2.5,
                "vip": True,
                "tags": ["a"],
            },
        },
        {"type": "identify", "userId": "2"},
    ]


@pytest.mark.parametrize("column", [[17.0, float("nan")], [17, None], [Decimal(17), None], ["17", None]])
def test_ids_of_a_data_frame_with_gaps_are_whole_numbers(column: list[Any]) -> None:
    assert read(pd.DataFrame({"id": column})) == [{"type": "identify", "userId": "17"}, {"type": "identify"}]


def test_an_id_keeps_all_its_digits() -> None:
    table = pa.table({"id": pa.array([Decimal(10**37), None], pa.decimal128(38, 0))})
    assert read(table) == [{"type": "identify", "userId": str(10**37)}, {"type": "identify"}]


def test_the_index_of_a_data_frame_is_no_trait_and_that_is_said() -> None:
    frame = pd.DataFrame({"id": ["1", "2", "3", "4"], "plan": ["pro", "pro", "free", "pro"]})
    filtered = pa.Table.from_pandas(frame[frame["plan"] == "pro"])
    assert filtered.column_names == ["id", "plan", "__index_level_0__"]
    made = mapper()
    assert traits(filtered, made) == [{"plan": "pro"}] * 3
    assert list(made.noticed.lines()) == [
        "__index_level_0__: was left out, since it is the index that pandas writes; map takes it"
    ]


def test_what_a_row_does_not_have_is_left_out_at_every_depth() -> None:
    lines = (
        b'{"id": 7, "p": {"plan": "pro", "email": "a@example.com", "x": {"y": 1}}}\n{"id": 8, "p": {"plan": "free"}}\n'
    )
    frame = pl.read_ndjson(lines)
    assert traits(frame) == [{"p": {"plan": "pro", "email": "a@example.com", "x": {"y": 1}}}, {"p": {"plan": "free"}}]
    assert traits(frame, mapper(nulls="send"))[1] == {"p": {"plan": "free", "email": None, "x": None}}


@pytest.mark.parametrize("value", [None, float("nan"), pd.NA, pd.NaT])
def test_what_pandas_has_for_missing_is_missing(value: object) -> None:
    frame = pd.DataFrame({"id": [1, 2], "a": pd.Series([value, value], dtype=object), "b": [1.5, float("nan")]})
    assert traits(frame) == [{"b": 1.5}, {}]


def test_a_float_of_32_bits_and_money_are_the_numbers_that_one_wrote() -> None:
    table = pa.table({"id": [1], "a": pa.array([19.99], pa.float32()), "b": pa.array([Decimal("19.90")])})
    assert traits(table) == [{"a": 19.99, "b": 19.9}]


def test_one_row_never_stops_the_others() -> None:
    far = pa.array([253_402_300_800_000_000, 0], pa.int64()).cast(pa.timestamp("us", "UTC"))
    table = pa.table({"id": [1, 2], "t": far, "n": pa.array([Decimal(1), Decimal(10**30)])})
    assert read(table) == [
        "t: is not between the years 1 and 9999",
        "n: is an integer beyond 64 bits: send it as a string",
    ]


def test_a_row_that_is_bad_is_kept_as_far_as_it_can_be_written() -> None:
    far = pa.array([253_402_300_800_000_000], pa.int64()).cast(pa.timestamp("us", "UTC"))
    for table, text in (
        (pa.table({"id": [1], "b": [b"x"]}), '{"id":1,"b":"b\'x\'"}'),
        (pa.table({"id": [1], "t": far}), ""),
    ):
        ((bad,),) = (block.records for block in Table(table, mapper()).blocks(0))
        assert bad.text == text


def test_columns_of_text_keep_what_a_number_would_lose() -> None:
    table = pa.table({"id": [1], "n": pa.array([Decimal(10**30)]), "b": [True], "t": ["x"]})
    assert traits(table, types={"n": "text", "t": "text"}) == [{"n": "1" + "0" * 30, "b": True, "t": "x"}]
    nested = pa.table({"id": [1], "n": [[1]]})
    assert traits(nested, types={"n": "text"}) == ["n: cannot be read (ArrowNotImplementedError)"]
    with pytest.raises(ReadingError, match='column "n" can only be made text'):
        read(table, types={"n": "integer"})
    with pytest.raises(ReadingError, match='no column "m"; there are "id", "n"'):
        read(table, types={"m": "text"})


def test_a_type_that_is_nested_too_deep_for_its_library_is_said_in_a_sentence() -> None:
    deep = pa.int8()
    for _ in range(70):
        deep = pa.list_(deep)
    with pytest.raises(ReadingError, match=r"The pyarrow Table cannot be read as an Arrow table \(ArrowInvalid\)"):
        read(pa.table({"id": [1], "a": pa.nulls(1, deep)}))


def test_times_without_a_zone_take_that_of_the_load_and_days_stay_days() -> None:
    frame = pd.DataFrame(
        {
            "id": [1, 2, 3],
            "born": pd.to_datetime(["1990-01-09", "1990-01-10", None]),
            "seen": pd.to_datetime(["2026-11-20 00:00", "2026-11-20 09:30", None]),
            "at": [None, None, None],
        }
    )
    assert traits(frame, mapper("Europe/Berlin")) == [
        {"born": "1990-01-09", "seen": "2026-11-19T23:00:00Z"},
        {"born": "1990-01-10", "seen": "2026-11-20T08:30:00Z"},
        {},
    ]
    assert traits(frame)[:2] == ["seen: has no time zone: add one, or give timezone"] * 2


def test_the_time_of_a_call_is_never_a_day() -> None:
    made = Mapper("identify", {"userId": "id", "timestamp": "at"}, "Europe/Berlin")
    frame = pd.DataFrame({"id": [1], "at": pd.to_datetime(["2026-11-20"])})
    assert read(frame, made) == [{"type": "identify", "userId": "1", "timestamp": "2026-11-19T23:00:00Z"}]


def test_nanoseconds_stay() -> None:
    at = pa.array([1], pa.int64()).cast(pa.timestamp("ns", "UTC"))
    made = Mapper("identify", {"userId": "id", "timestamp": "at", "traits.at": "at"}, "Europe/Berlin")
    assert read(pa.table({"id": [1], "at": at}), made) == [
        {
            "type": "identify",
            "userId": "1",
            "timestamp": "1970-01-01T00:00:00.000000001Z",
            "traits": {"at": "1970-01-01T00:00:00.000000001Z"},
        }
    ]


def test_what_is_likely_a_slip_is_noticed_with_the_row() -> None:
    made = mapper()
    table = pa.table({"id": ["1", "NULL", " 3", "nan"], " plan": ["a", "b ", None, None], "empty": pa.nulls(4)})
    read(table, made)
    assert made.noticed.lines() == {
        "plan: the blanks around this name of a column were left out": 1,
        "userId: looks like a missing value, so that several people may become one (first in line 2)": 2,
        "userId: has blanks around it, which makes it another id; trim removes them (first in line 3)": 1,
        "traits.plan: has blanks around it; trim removes them (first in line 2)": 1,
        "empty: this column is empty throughout": 1,
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("start", [0, 1, 1_000, 2_499, 2_500])
def test_reading_begins_at_any_row(kind: Callable[[list[dict[str, Any]]], Any], start: int) -> None:
    rows = [{"userId": str(number)} for number in range(2_500)]
    blocks = list(Table(kind(rows), Mapper("identify")).blocks(start))
    assert [call["userId"] for call in records(blocks)] == [row["userId"] for row in rows[start:]]
    assert [block.first for block in blocks[:1]] == [start][: 2_500 - start]
    assert [block.reached for block in blocks[-1:]] == [2_500][: 2_500 - start]


def test_a_block_of_large_rows_has_few_of_them() -> None:
    table = pa.table({"id": list(range(40)), "note": ["x" * 250_000] * 40})
    blocks = list(Table(table, Mapper("identify", {"userId": "id"})).blocks(0))
    assert max(len(block.records) for block in blocks) == 4
    assert len(records(blocks)) == 40


@pytest.mark.parametrize("start", [0, 1, 999, 1_000, 1_001, 2_000, 2_499, 2_500])
def test_a_parquet_file_is_read_from_any_row(tmp_path: Path, start: int) -> None:
    path = tmp_path / "p.parquet"
    pyarrow.parquet.write_table(arrow([{"userId": str(n)} for n in range(2_500)]), path, row_group_size=1_000)
    parquet = Parquet(path, Mapper("identify"))
    blocks = list(parquet.blocks(start))
    assert [call["userId"] for call in records(blocks)] == [str(n) for n in range(start, 2_500)]
    assert [block.first for block in blocks[:1]] == [start][: 2_500 - start]
    assert (parquet.name, parquet.size) == ("p.parquet", 2_500)
    assert parquet.columns == (Column("userId", "userId", "string"),)


def test_a_parquet_file_without_rows_has_no_records(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    pyarrow.parquet.write_table(pa.table({"userId": pa.array([], pa.string())}), path)
    assert list(Parquet(path, Mapper("identify")).blocks(0)) == []


@pytest.mark.parametrize("damage", ["empty", "other", "footer", "page"])
def test_a_damaged_parquet_file_is_said_in_a_sentence(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "p.parquet"
    pyarrow.parquet.write_table(pa.table({"userId": list(map(str, range(5_000)))}), path, compression="zstd")
    data = bytearray(path.read_bytes())
    if damage == "page":
        data[20:200] = b"\xff" * 180
    path.write_bytes(bytes({"empty": b"", "other": b"id,plan\n1,pro\n", "footer": data[:-20]}.get(damage, data)))
    with pytest.raises(ReadingError, match=r"^p.parquet is damaged, or is not what its name says \(\w+\)\.$"):
        list(Parquet(path, Mapper("identify")).blocks(0))


def test_a_table_says_what_it_is_and_how_much_there_is() -> None:
    frame = Table(pl.DataFrame({"id": ["1"], "x": [1.5]}), mapper())
    assert (frame.name, frame.size, frame.fingerprint)[:2] == ("polars DataFrame", 1)
    assert frame.columns[1:] == (Column("x", "traits.x", "double"),)
    assert Table(stream([{"id": "1"}]), mapper()).size is None


def test_a_column_of_several_types_is_refused_with_its_name() -> None:
    frame = pd.DataFrame({"id": [1, 2], "a": ["x", 7]})
    with pytest.raises(ReadingError, match='Column "a" has values of several types: make it one'):
        read(frame)


class Strange:
    """A table that its library cannot give."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        raise pa.ArrowInvalid("ada@example.com")


def test_a_table_that_cannot_be_given_is_refused_without_its_values() -> None:
    with pytest.raises(ReadingError, match=r"^The tests Strange cannot be read as an Arrow table \(ArrowInvalid\)\.$"):
        read(Strange())


def test_a_table_may_have_many_columns_but_not_any_number() -> None:
    with pytest.raises(ReadingError, match="has 5,001 columns; at most 5,000 are read"):
        read(pa.table({str(number): [1] for number in range(5_001)}))


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_must_have_the_columns_that_the_map_names(kind: Callable[[list[dict[str, Any]]], Any]) -> None:
    with pytest.raises(ReadingError, match='no column "key"; there are "id"'):
        Table(kind([{"id": 1}]), Mapper("identify", {"userId": "key"}))


def test_a_parquet_file_must_have_them_too(tmp_path: Path) -> None:
    pyarrow.parquet.write_table(arrow([{"id": 1}]), tmp_path / "p.parquet")
    with pytest.raises(ReadingError, match='no column "key"; there are "id"'):
        Parquet(tmp_path / "p.parquet", Mapper("identify", {"userId": "key"}))


def test_a_table_without_a_column_that_is_a_field_still_has_its_rows() -> None:
    assert read(pa.table({"a": [1, 2]}), Mapper("identify")) == [{"type": "identify"}] * 2


def test_without_the_extra_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ModuleNotFoundError, match=r"To load tables, pip install 'langchain-customerio\[files\]'"):
        need_arrow("tables")
