"""CSV: columns keep their types, and a row that is wrong is one row only."""

from __future__ import annotations

import gzip
import io
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from langchain_customerio import ConfigurationError
from langchain_customerio.bulk.mapping import Mapper
from langchain_customerio.bulk.readers.base import BadRecord
from langchain_customerio.bulk.readers.csv import Csv
from langchain_customerio.bulk.readers.files import File, Stream

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def read(
    text: str | bytes, fields: Mapping[str, str] | None = None, types: Mapping[str, str] | None = None, start: int = 0
) -> list[Any]:
    """Return the records of a CSV file about people, each `BadRecord` as its reason."""
    source = Stream(io.BytesIO(text.encode() if isinstance(text, str) else text), "people.csv")
    blocks = list(Csv(source, Mapper("identify", fields or {"userId": "id"}), types).blocks(start))
    records = [record for block in blocks for record in block.records]
    return [record.reason if isinstance(record, BadRecord) else record for record in records]


def test_each_column_has_the_type_of_all_its_cells() -> None:
    assert read("id,traits.n,traits.x,traits.b,traits.t\n1,7,7,true,2026-11-20\n2,-8,7.5,FALSE,x\n") == [
        {"id": "1", "traits.n": 7, "traits.x": 7, "traits.b": True, "traits.t": "2026-11-20"},
        {"id": "2", "traits.n": -8, "traits.x": 7.5, "traits.b": False, "traits.t": "x"},
    ]


@pytest.mark.parametrize(
    "cells", ["007", "+491711234567", "1,5", "1 000", "0x10", "1e400000", "NaN", "12345678901234567890"]
)
def test_what_is_no_number_or_would_not_come_back_the_same_stays_text(cells: str) -> None:
    assert read(f'id,traits.code\n1,"{cells}"\n')[0]["traits.code"] == cells


@pytest.mark.parametrize("column", ["id", "anonymousId", "timestamp"])
def test_ids_and_times_are_text_whatever_they_look_like(column: str) -> None:
    assert read(f"{column},id2\n7,8\n", {"userId": "id2"} if column != "id" else None)[0][column] == "7"


def test_an_empty_cell_is_no_value_and_an_empty_column_is_text() -> None:
    assert read("id,traits.n,traits.e\n1,7,\n2,,\n") == [
        {"id": "1", "traits.n": 7, "traits.e": None},
        {"id": "2", "traits.n": None, "traits.e": None},
    ]


def test_types_can_be_chosen() -> None:
    assert read("id,traits.zip,traits.n\n1,10115,7\n", types={"traits.zip": "text", "traits.n": "number"}) == [
        {"id": "1", "traits.zip": "10115", "traits.n": 7}
    ]


def test_a_column_holds_times_where_one_says_so() -> None:
    cells = ["2026-11-20", "2026-11-20 09:30", "2026-11-20T09:30:00.5Z", "20261120", "2026-13-20", "2026-11-20T9"]
    text = "id,traits.t\n" + "".join(f"1,{cell}\n" for cell in cells)
    assert [row["traits.t"] for row in read(text)] == cells
    misfit = "traits.t: is not of the column's type, time"
    assert [row if isinstance(row, str) else row["traits.t"] for row in read(text, types={"traits.t": "time"})] == [
        date(2026, 11, 20),
        datetime(2026, 11, 20, 9, 30),  # noqa: DTZ001 - as it stands there
        datetime(2026, 11, 20, 9, 30, 0, 500_000, tzinfo=UTC),
        *[misfit] * 3,
    ]


def test_a_later_cell_of_another_type_is_refused_with_its_column() -> None:
    rows = "".join(f"{number},{number}\n" for number in range(1_500))
    records = read(f"id,traits.n\n{rows}x,many\ny,8\n")
    assert len(records) == 1_502
    assert records[-2:] == ["traits.n: is not of the column's type, integer", {"id": "y", "traits.n": 8}]


def test_a_cell_of_another_type_than_was_chosen_is_refused() -> None:
    assert read("id,traits.n\n1,x\n", types={"traits.n": "boolean"}) == [
        "traits.n: is not of the column's type, boolean"
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1", "has 1 cells under 2 columns"),
        ("1,2,3", "has 3 cells under 2 columns"),
        ('1,"a"b', "is not CSV: ',' expected after '\"'"),
    ],
)
def test_a_row_that_is_wrong_is_one_record_and_the_next_is_read(row: str, reason: str) -> None:
    assert read(f"id,traits.a\n{row}\n2,x\n") == [reason, {"id": "2", "traits.a": "x"}]


def test_a_wrong_row_is_kept_as_it_stood_there() -> None:
    source = Stream(io.BytesIO(b'id,traits.a\n"x,1","y ""z""",3\n'), "s")
    (block,) = Csv(source, Mapper("identify", {"userId": "id"})).blocks(0)
    assert block.records[0].text == '"x,1","y ""z""",3'


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_seen_from_the_header(delimiter: str) -> None:
    text = "id,traits.a\n1,x\n".replace(",", delimiter)
    assert read(text) == [{"id": "1", "traits.a": "x"}]


def test_quotes_line_breaks_and_the_mark_of_utf_8_are_understood() -> None:
    assert read('\ufeffid,"traits.a\nb"\r\n1,"x ""y""\nz"\r\n') == [{"id": "1", "traits.a\nb": 'x "y"\nz'}]


def test_a_blank_line_is_no_row() -> None:
    assert read("id\n1\n\n2\n") == [{"id": "1"}, b"", {"id": "2"}]


def test_bytes_that_are_no_utf_8_spoil_their_own_cell_only() -> None:
    assert read(b"id,traits.a\n1,\xff\n2,x\n") == [{"id": "1", "traits.a": "\udcff"}, {"id": "2", "traits.a": "x"}]


def test_reading_begins_at_any_row_with_the_same_types() -> None:
    text = "id,traits.n\n" + "".join(f"{number},{number}\n" for number in range(2_500)) + "x,\n"
    whole = read(text)
    for start in (0, 1, 999, 1_000, 1_001, 2_500, 2_501):
        assert read(text, start=start) == whole[start:]


def test_indexes_go_on_from_block_to_block() -> None:
    source = Stream(io.BytesIO(b"id\n" + b"1\n" * 2_500), "s")
    blocks = list(Csv(source, Mapper("identify", {"userId": "id"})).blocks(1_200))
    assert [(block.first, len(block.records), block.begin) for block in blocks] == [
        (1_200, 800, None),
        (2_000, 500, None),
    ]


def test_a_file_without_rows_has_no_records() -> None:
    assert read("id\n") == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "There is no column 'id'"),
        ("name\n1\n", "There is no column 'id'; there are 'name'"),
        ("id,a,a\n1,2,3\n", "two columns 'a'"),
    ],
)
def test_a_header_that_does_not_fit_is_refused_as_a_whole(text: str, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        read(text)


def test_a_type_must_exist_and_be_that_of_a_column() -> None:
    with pytest.raises(ConfigurationError, match="none of integer, number, boolean, text, time: 'date'"):
        read("id\n1\n", types={"id": "date"})
    with pytest.raises(ConfigurationError, match="no column 'n'; there are 'id'"):
        read("id\n1\n", types={"n": "text"})


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_files_are_read_packed_or_not(tmp_path: Path, suffix: str) -> None:
    path, text = tmp_path / f"p.csv{suffix}", b"id\n" + b"7\n" * 3_000
    if suffix == ".zst":
        with pa.CompressedOutputStream(str(path), "zstd") as out:
            out.write(text)
    else:
        path.write_bytes(gzip.compress(text) if suffix else text)
    blocks = list(Csv(File(path), Mapper("identify", {"userId": "id"})).blocks(0))
    assert [record for block in blocks for record in block.records] == [{"id": "7"}] * 3_000
    assert blocks[-1].reached == path.stat().st_size
