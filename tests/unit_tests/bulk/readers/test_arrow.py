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

from langchain_customerio import ConfigurationError
from langchain_customerio.bulk.mapping import Mapper
from langchain_customerio.bulk.readers.arrow import Parquet, Table
from langchain_customerio.bulk.readers.extras import need_arrow

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


def records(blocks: Any) -> list[Any]:
    return [record for block in blocks for record in block.records]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_table_keeps_its_types(kind: Callable[[list[dict[str, Any]]], Any]) -> None:
    mapper = Mapper("identify", {"userId": "id", "traits": "*"})
    first, second = (mapper.call(row) for row in records(Table(kind(ROWS), mapper).blocks(0)))
    assert first == {
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
    }
    assert second == {"type": "identify", "userId": "2"}


def test_ids_of_a_data_frame_with_gaps_are_whole_numbers() -> None:
    mapper = Mapper("identify", {"userId": "id"})
    table = Table(pd.DataFrame({"id": [17.0, float("nan")]}), mapper)
    assert [mapper.call(row) for row in records(table.blocks(0))] == [
        {"type": "identify", "userId": "17"},
        {"type": "identify"},
    ]


def test_the_index_of_a_data_frame_is_no_trait() -> None:
    frame = pd.DataFrame({"userId": ["1", "2", "3", "4"], "plan": ["pro", "pro", "free", "pro"]})
    mapper = Mapper("identify", {"traits": "*"})
    filtered = pa.Table.from_pandas(frame[frame["plan"] == "pro"])
    assert filtered.column_names == ["userId", "plan", "__index_level_0__"]
    rows = records(Table(filtered, mapper).blocks(0))
    assert [mapper.call(row)["traits"] for row in rows] == [{"plan": "pro"}] * 3


def test_times_finer_than_pythons_are_rounded_down_and_money_is_a_number() -> None:
    table = pa.table(
        {
            "traits.at": pa.array([JOINED.timestamp() * 10**9 + 1], pa.float64())
            .cast(pa.int64())
            .cast(pa.timestamp("ns", "UTC")),
            "traits.price": pa.array([Decimal("19.90")]),
        }
    )
    mapper = Mapper("identify")
    assert mapper.call(records(Table(table, mapper).blocks(0))[0])["traits"] == {
        "at": "2026-11-20T09:30:00Z",
        "price": 19.9,
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("start", [0, 1, 1_000, 2_499, 2_500])
def test_reading_begins_at_any_row(kind: Callable[[list[dict[str, Any]]], Any], start: int) -> None:
    rows = [{"userId": str(number)} for number in range(2_500)]
    blocks = list(Table(kind(rows), Mapper("identify")).blocks(start))
    assert records(blocks) == rows[start:]
    assert [block.first for block in blocks[:1]] == [start][: 2_500 - start]
    assert [block.reached for block in blocks[-1:]] == [2_500][: 2_500 - start]


@pytest.mark.parametrize("start", [0, 1, 999, 1_000, 1_001, 2_000, 2_499, 2_500])
def test_a_parquet_file_is_read_from_any_row(tmp_path: Path, start: int) -> None:
    path = tmp_path / "p.parquet"
    pyarrow.parquet.write_table(arrow([{"userId": str(n)} for n in range(2_500)]), path, row_group_size=1_000)
    parquet = Parquet(path, Mapper("identify"))
    blocks = list(parquet.blocks(start))
    assert records(blocks) == [{"userId": str(n)} for n in range(start, 2_500)]
    assert [block.first for block in blocks[:1]] == [start][: 2_500 - start]
    assert (parquet.name, parquet.size) == ("p.parquet", 2_500)


def test_a_parquet_file_without_rows_has_no_records(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    pyarrow.parquet.write_table(pa.table({"userId": pa.array([], pa.string())}), path)
    assert list(Parquet(path, Mapper("identify")).blocks(0)) == []


def test_a_table_says_what_it_is_and_how_much_there_is() -> None:
    mapper = Mapper("identify")
    frame = Table(pl.DataFrame({"userId": ["1"]}), mapper)
    assert (frame.name, frame.size, frame.fingerprint) == ("polars DataFrame", 1, None)
    assert Table(stream([{"userId": "1"}]), mapper).size is None


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_must_have_the_columns_that_the_map_names(kind: Callable[[list[dict[str, Any]]], Any]) -> None:
    with pytest.raises(ConfigurationError, match="no column 'key'; there are 'id'"):
        Table(kind([{"id": 1}]), Mapper("identify", {"userId": "key"}))


def test_a_parquet_file_must_have_them_too(tmp_path: Path) -> None:
    pyarrow.parquet.write_table(arrow([{"id": 1}]), tmp_path / "p.parquet")
    with pytest.raises(ConfigurationError, match="no column 'key'; there are 'id'"):
        Parquet(tmp_path / "p.parquet", Mapper("identify", {"userId": "key"}))


def test_without_the_extra_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ModuleNotFoundError, match=r"To load tables, pip install 'langchain-customerio\[files\]'"):
        need_arrow("tables")
