"""CSV: columns keep their types, and a row that is wrong is one row only."""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa
import pytest

from langchain_customerio.bulk import load, preview
from langchain_customerio.bulk.mapping import Mapper
from langchain_customerio.bulk.readers.base import BadRecord, ReadingError
from langchain_customerio.bulk.readers.cells import CellOptions
from langchain_customerio.bulk.readers.columns import Column
from langchain_customerio.bulk.readers.csv import Csv, CsvOptions
from langchain_customerio.bulk.readers.files import File, Stream
from langchain_customerio.errors import Problem
from langchain_customerio.sandbox import Sandbox
from tests.unit_tests.bulk.readers.reading import records_of

if TYPE_CHECKING:
    from pathlib import Path


def csv(text: str | bytes, mapper: Mapper | None = None, **options: Any) -> Csv:
    """Return what reads a CSV file about people."""
    data = text.encode() if isinstance(text, str) else text
    cells = {name: options.pop(name) for name in list(options) if name in CellOptions.__slots__}
    made = CsvOptions(**options, cells=CellOptions(**cells))
    return Csv(
        Stream(io.BytesIO(data), "people.csv"), mapper or Mapper("identify", {"userId": "id", "traits": "*"}), made
    )


def read(text: str | bytes, mapper: Mapper | None = None, *, start: int = 0, **options: Any) -> list[Any]:
    """Return the calls of a CSV file, of each that is bad the reason, and an empty text for each blank line."""
    records = records_of(csv(text, mapper, **options).blocks(start))
    return [record.reason if isinstance(record, BadRecord) else record or "" for record in records]


def traits(text: str | bytes, **options: Any) -> list[Any]:
    """Return the traits of the people in a CSV file, or why they have none."""
    return [record.get("traits", {}) if isinstance(record, dict) else record for record in read(text, **options)]


def test_each_column_has_the_type_of_all_its_cells() -> None:
    assert read("id,n,x,b,t\n1,7,7,true,2026-11-20\n2,-8,7.5,FALSE,x\n") == [
        {"type": "identify", "userId": "1", "traits": {"n": 7, "x": 7, "b": True, "t": "2026-11-20"}},
        {"type": "identify", "userId": "2", "traits": {"n": -8, "x": 7.5, "b": False, "t": "x"}},
    ]


@pytest.mark.parametrize("column", ["id", "anonymousId", "timestamp"])
def test_ids_and_times_are_text_whatever_they_look_like(column: str) -> None:
    field = "userId" if column == "id" else column
    assert read(f"{column},other\n7,8\n", Mapper("identify", {"userId": "id"} if column == "id" else None)) == [
        {"type": "identify", field: "7"}
    ]


def test_a_telephone_number_is_text() -> None:
    assert traits("id,phone\n1,491711234567\n") == [{"phone": "491711234567"}]


def test_an_empty_cell_is_no_value_and_an_empty_column_is_text() -> None:
    assert traits("id,n,e\n1,7,\n2,,\n") == [{"n": 7}, {}]
    assert traits("id,n,e\n1,7,\n", mapper=Mapper("identify", {"userId": "id", "traits": "*"}, nulls="send")) == [
        {"n": 7, "e": None}
    ]


def test_types_can_be_chosen() -> None:
    assert traits("id,zip,n\n1,10115,7.0\n", types={"zip": "text", "n": "number"}) == [{"zip": "10115", "n": 7.0}]


def test_a_column_of_times_has_the_zone_that_one_gives() -> None:
    cells = ["2026-11-20", "2026-11-20 09:30", "2026-11-20T09:30:00.5Z", "20261120", "2026-13-20", "2026-11-20T9"]
    text = "id,t\n" + "".join(f"1,{cell}\n" for cell in cells)
    assert traits(text) == [{"t": cell} for cell in cells]
    mapper = Mapper("identify", {"userId": "id", "traits": "*"}, "Europe/Berlin")
    assert traits(text, mapper=mapper, types={"t": "time"}) == [
        {"t": "2026-11-20"},
        {"t": "2026-11-20T08:30:00Z"},
        {"t": "2026-11-20T09:30:00.500000Z"},
        *["t: is not of the type time"] * 3,
    ]
    assert traits(text, types={"t": "time"})[1] == "t: has no time zone: add one, or give timezone"


def test_a_date_without_a_time_never_moves_to_another_day() -> None:
    mapper = Mapper("identify", {"userId": "id", "traits": "*"}, "Europe/Berlin")
    text = "id,born,seen\n1,1990-01-09 00:00:00,2026-11-20 00:00:00\n2,1990-01-10 00:00:00,2026-11-20 09:30:00\n"
    assert traits(text, mapper=mapper, types={"born": "time", "seen": "time"}) == [
        {"born": "1990-01-09", "seen": "2026-11-20T00:00:00+01:00"},
        {"born": "1990-01-10", "seen": "2026-11-20T08:30:00Z"},
    ]


def test_a_later_cell_of_another_type_is_refused_with_its_column_and_the_way_out() -> None:
    rows = "".join(f"{number},{number}\n" for number in range(1, 20_001))
    found = read(f"id,n\n{rows}x,many\ny,8\n")
    assert len(found) == 20_002
    assert found[-1] == {"type": "identify", "userId": "y", "traits": {"n": 8}}
    assert found[-2].startswith("n: is not of the column's type, integer, which all of its cells in the first ")
    assert found[-2].endswith(" rows have: choose another with types")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1", "has 1 cell under 2 columns"),
        ("1,2,3", "has 3 cells under 2 columns"),
        ('1,"a "b" c"', "is not CSV: text follows the closing quote of a cell"),
    ],
)
def test_a_row_that_is_wrong_is_one_record_and_the_next_is_read(row: str, reason: str) -> None:
    first, second = read(f"id,a\n{row}\n2,x\n")
    assert first.startswith(reason)
    assert second == {"type": "identify", "userId": "2", "traits": {"a": "x"}}


def test_a_wrong_row_is_kept_as_it_stood_there() -> None:
    (block,) = csv('id,a\n"x,1","y ""z""",3\n7,"a "b" c"\n').blocks(0)
    assert [(bad.text, bad.lines) for bad in block.records] == [
        ('"x,1","y ""z""",3', (2, 2)),
        ('7,"a "b" c"', (3, 3)),
    ]


def test_each_record_knows_its_line() -> None:
    (block,) = csv('\nsep=,\nid,a\n1,"x\ny"\n\n2,x\n').blocks(0)
    assert [block.position(index) for index in range(3)] == [4, 6, 7]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_seen_from_the_header(delimiter: str) -> None:
    assert traits("id,a\n1,x\n".replace(",", delimiter)) == [{"a": "x"}]


def test_the_delimiter_can_be_said() -> None:
    assert traits("id:a\n1:x;y\n", delimiter=":") == [{"a": "x;y"}]


@pytest.mark.parametrize("delimiter", ["", ",,", '"', "\n"])
def test_a_delimiter_is_one_character(delimiter: str) -> None:
    with pytest.raises(ReadingError, match="delimiter must be one character"):
        CsvOptions(delimiter=delimiter)


def test_quotes_line_breaks_and_the_mark_of_utf_8_are_understood() -> None:
    assert traits('\ufeffid,"a\nb"\r\n1,"x ""y""\nz"\r\n') == [{"a\nb": 'x "y"\nz'}]


def test_a_blank_line_is_no_row() -> None:
    assert [record and record["userId"] for record in read("id\n1\n\n2\n")] == ["1", "", "2"]


def test_blanks_around_cells_are_left_out_where_one_says_so() -> None:
    text = 'id, plan\n 7 , pro \n8,"a, b" \n'
    assert traits(text, trim=True) == [{"plan": "pro"}, {"plan": "a, b"}]
    assert read(text)[0] == {"type": "identify", "userId": " 7 ", "traits": {"plan": " pro "}}


def test_a_byte_that_is_not_utf_8_spoils_its_own_record_only_where_the_source_cannot_be_read_twice() -> None:
    wrong, good = read(b"id,a\n1,\xff\n2,x\n")
    assert wrong == "is not utf-8: encoding says how the file is encoded"
    assert good["userId"] == "2"


def test_a_file_of_another_encoding_is_refused_before_anything_is_read_with_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes("id,Straße\n1,x\n2,\xfc\n".encode("windows-1252"))
    reader = Csv(File(path), Mapper("identify", {"userId": "id", "traits": "*"}))
    with pytest.raises(ReadingError, match=r"p.csv is not UTF-8: line 1, byte 8 is 0xDF\. Give its encoding"):
        list(reader.blocks(0))
    reader = Csv(File(path), Mapper("identify", {"userId": "id", "traits": "*"}), CsvOptions("windows-1252"))
    assert [record["traits"] for record in records_of(reader.blocks(0))] == [
        {"Straße": "x"},
        {"Straße": "ü"},
    ]


def test_reading_begins_at_any_row_with_the_same_types() -> None:
    text = "id,n\n" + "".join(f"{number},{number}\n" for number in range(2_500)) + "x,\n"
    whole = read(text)
    for start in (0, 1, 999, 1_000, 1_001, 2_500, 2_501):
        assert read(text, start=start) == whole[start:]


def test_indexes_and_lines_go_on_from_block_to_block() -> None:
    blocks = list(csv(b"id\n" + b"1\n" * 100_000).blocks(70_000))
    assert blocks[0].first == 70_000
    ends = [block.first + len(block.records) for block in blocks]
    assert [block.first for block in blocks[1:]] == ends[:-1]
    assert ends[-1] == 100_000
    assert {block.begin for block in blocks} == {None}
    assert [block.position(block.first) for block in blocks] == [block.first + 2 for block in blocks]


def test_a_file_without_rows_has_no_records() -> None:
    assert read("id\n") == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", 'There is no column "id"; there are none'),
        ("name\n1\n", 'There is no column "id"; there are "name"'),
        ("id,a,a\n1,2,3\n", 'two columns "a"'),
        ("id, a,a\n1,2,3\n", 'two columns "a"'),
        ("id," + ",".join(map(str, range(5_000))), "The source has 5,001 columns; at most 5,000 are read"),
        ('id,"a"b\n1,2\n', "The header is not CSV: text follows"),
    ],
)
def test_a_header_that_does_not_fit_is_refused_as_a_whole(text: str, reason: str) -> None:
    with pytest.raises(ReadingError, match=reason):
        read(text)


def test_a_type_must_exist_and_be_that_of_a_column() -> None:
    with pytest.raises(ReadingError, match='column "id" is not one of integer, number, boolean, text, time: "date"'):
        read("id\n1\n", types={"id": "date"})
    with pytest.raises(ReadingError, match='no column "n"; there are "id"'):
        read("id\n1\n", types={"n": "text"})


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst", ".GZ"])
def test_files_are_read_packed_or_not(tmp_path: Path, suffix: str) -> None:
    path, text = tmp_path / f"p.csv{suffix}", b"id\n" + b"7\n" * 3_000
    if suffix == ".zst":
        with pa.CompressedOutputStream(str(path), "zstd") as out:
            out.write(text)
    else:
        path.write_bytes(gzip.compress(text) if suffix else text)
    blocks = list(Csv(File(path), Mapper("identify", {"userId": "id"})).blocks(0))
    assert [record["userId"] for record in records_of(blocks)] == ["7"] * 3_000
    assert blocks[-1].reached == path.stat().st_size


def test_one_can_see_what_the_columns_are_taken_for_and_why() -> None:
    reader = csv("id,plan,price,zip,other\n1,pro,19.99,01067,x\n\n2,free,19.90,10115,y\n", Mapper("identify", {
        "userId": "id", "traits.plan": "plan", "traits.price": "price", "traits.zip": "zip",
    }))  # fmt: skip
    list(reader.blocks(0))
    assert reader.columns == (
        Column("id", "userId", "text"),
        Column("plan", "traits.plan", "text"),
        Column("price", "traits.price", "text", Problem("text_trailing", ("price",)), 4),
        Column("zip", "traits.zip", "text", Problem("text_leading", ("zip",)), 2),
        Column("other"),
    )


def test_what_is_likely_a_slip_is_noticed_with_its_first_line() -> None:
    mapper = Mapper("identify", {"traits": "*"})
    read(
        "userId, email,Email,empty,,userid\n7,a@example.com,b@example.com,,1,2\nNULL, x,y,,,\nnan,,,,,\n 8 ,,,,,\n",
        mapper,
    )
    assert mapper.noticed.lines() == {
        "email: the blanks around this name of a column were left out": 1,
        'Email: differs from column "email" by case or blanks only': 1,
        'userid: differs from column "userId" by case or blanks only': 1,
        '"": was left out, since it is the index that pandas writes; map takes it': 1,
        "userId: looks like a missing value, so that several people may become one (first in line 3)": 2,
        "userId: has blanks around it, which makes it another id; trim removes them (first in line 5)": 1,
        "traits.email: has blanks around it; trim removes them (first in line 3)": 1,
        "empty: this column is empty throughout": 1,
    }


def test_a_key_names_the_rows_of_a_csv_file(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("order,who\n 7 ,ada\n8,\n9\n,bob\n")
    options: dict[str, Any] = {"as_": "identify", "map": {"userId": "who"}, "key": "order"}
    report = load(Sandbox().client(), path, log=tmp_path / "log.jsonl", **options)
    rows = [orjson.loads(line) for line in (tmp_path / "log.jsonl").read_bytes().splitlines()]
    assert sorted((row["position"], row["key"], row["status"]) for row in rows) == [
        (2, {"order": "7"}, "received"),
        (3, {"order": "8"}, "refused"),
        (4, None, "refused"),
        (5, None, "refused"),
    ]
    assert report.delivered == 1


def test_a_quote_within_a_cell_at_the_end_of_a_file_is_text() -> None:
    text = 'userId,traits.a,traits.b\nada,"x\ny",a"b'
    (found,) = preview(io.StringIO(text), as_="identify", format="csv")
    assert found.call == {"type": "identify", "userId": "ada", "traits": {"a": "x\ny", "b": 'a"b'}}
