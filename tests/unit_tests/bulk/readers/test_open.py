"""What can be loaded, and what is said of the rest."""

from __future__ import annotations

import asyncio
import gzip
import io
import os
import sys
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from langchain_customerio import Batch, ConfigurationError, Track
from langchain_customerio.bulk.options import Options
from langchain_customerio.bulk.readers.base import ReadingError
from langchain_customerio.bulk.readers.iterables import AsyncRecords, Records
from langchain_customerio.bulk.readers.open import open_source

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

TRACK = Track(user_id="ada", event="E")


async def stream(count: int) -> AsyncIterator[int]:
    for number in range(count):
        yield number


def kind_of(source: Any, **reading: Any) -> tuple[str, bool]:
    """Return what reads a source, and whether its records are rows."""
    reader, mapper = open_source(source, Options(**reading))
    return type(reader).__name__, mapper is not None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("e.jsonl", "Lines"),
        ("e.ndjson.gz", "Lines"),
        ("e.json", "Lines"),
        ("E.JSONL.zst", "Lines"),
        ("e.csv", "Csv"),
        ("e.tsv.gz", "Csv"),
    ],
)
def test_the_name_of_a_file_says_what_it_holds(tmp_path: Path, name: str, kind: str) -> None:
    (tmp_path / name).touch()
    assert kind_of(tmp_path / name)[0] == kind
    assert kind_of(str(tmp_path / name))[0] == kind


def test_what_the_name_does_not_say_can_be_said(tmp_path: Path) -> None:
    (tmp_path / "export").touch()
    assert kind_of(tmp_path / "export", format="csv") == ("Csv", True)
    with pytest.raises(ConfigurationError, match="The name of export does not say what it holds"):
        kind_of(tmp_path / "export")


def test_a_parquet_file_is_read_by_rows(tmp_path: Path) -> None:
    pl.DataFrame({"userId": ["1"]}).write_parquet(tmp_path / "p.parquet")
    assert kind_of(tmp_path / "p.parquet") == ("Parquet", True)


def test_records_are_rows_only_where_a_map_says_so(tmp_path: Path) -> None:
    (tmp_path / "e.jsonl").touch()
    assert kind_of(tmp_path / "e.jsonl", as_="track") == ("Lines", False)
    assert kind_of(tmp_path / "e.jsonl", as_="track", map={"userId": "id"}) == ("Lines", True)
    assert kind_of([TRACK]) == ("Records", False)
    assert kind_of([{}], map={"userId": "id"}) == ("Records", True)


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ([TRACK], "Records"),
        ((TRACK for _ in range(2)), "Records"),
        (Batch(batch=[TRACK]), "Records"),
        (pl.DataFrame({"userId": ["1"]}), "Table"),
        (io.BytesIO(b""), "Lines"),
        (io.StringIO(""), "Lines"),
    ],
)
def test_what_is_no_path_is_read_by_what_it_can_do(source: object, kind: str) -> None:
    assert kind_of(source)[0] == kind


def test_a_stream_of_csv_is_read_when_one_says_so() -> None:
    assert kind_of(io.BytesIO(b"id\n"), format="csv")[0] == "Csv"
    with pytest.raises(ConfigurationError, match="give its path"):
        kind_of(io.BytesIO(b""), format="parquet")


def test_an_async_iterable_is_read_asynchronously() -> None:
    assert kind_of(stream(1)) == ("AsyncRecords", False)


def test_a_dash_is_the_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"a":1}\n')))
    reader, _ = open_source("-", Options())
    assert reader.name == "stdin"
    assert isinstance(reader, AsyncRecords) or [[*b.records] for b in reader.blocks(0, None)] == [[b'{"a":1}']]


def test_a_stream_is_called_by_its_name(tmp_path: Path) -> None:
    with (tmp_path / "e.jsonl").open("w") as file:
        assert open_source(file, Options())[0].name == str(tmp_path / "e.jsonl")
    assert open_source(io.BytesIO(), Options())[0].name == "stream"


@pytest.mark.parametrize("source", [TRACK, {"type": "track"}, b"{}", 7, None])
def test_what_cannot_be_loaded_is_refused_with_what_can(source: object) -> None:
    with pytest.raises(ConfigurationError, match="cannot be loaded: give a path, an open file, a table, or calls in a"):
        kind_of(source)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("types", {"a": "text"}),
        ("encoding", "latin-1"),
        ("delimiter", ";"),
        ("decimal", ","),
        ("date_format", "%d.%m.%Y"),
        ("true", "ja"),
        ("false", ["nein"]),
        ("trim", True),
    ],
)
def test_an_option_that_means_nothing_for_a_source_is_refused(tmp_path: Path, option: str, value: Any) -> None:
    (tmp_path / "e.csv").write_text("a\n")
    (tmp_path / "e.jsonl").write_text("{}\n")
    pl.DataFrame({"a": ["1"]}).write_parquet(tmp_path / "e.parquet")
    assert kind_of(tmp_path / "e.csv", **{option: value})[0] == "Csv"
    others = {"types": {"e.parquet"}, "encoding": {"e.jsonl"}}.get(option, set())
    for name in {"e.jsonl", "e.parquet"} - others:
        with pytest.raises(ReadingError, match="has no meaning for this kind of source: leave it out"):
            kind_of(tmp_path / name, **{option: value})
    for name in others:
        assert kind_of(tmp_path / name, **{option: value})
    with pytest.raises(ReadingError, match="has no meaning"):
        kind_of([TRACK], **{option: value})


def test_the_types_of_a_table_can_be_text() -> None:
    assert kind_of(pl.DataFrame({"a": [1]}), types={"a": "text"})[0] == "Table"


@pytest.mark.parametrize("opening", [b"id,plan\n7,pro\n", b"7", b'"a"'])
def test_a_stream_of_which_nobody_says_what_it_holds_has_to_begin_like_json(opening: bytes) -> None:
    with pytest.raises(ReadingError, match="stream does not begin with a JSON object: format says what it holds"):
        read(io.BytesIO(opening))
    assert read(io.BytesIO(opening), format="jsonl") == opening.rstrip().split(b"\n")
    assert read(io.BytesIO(b'\xef\xbb\xbf \n{"a": 1}\nx')) == [b" ", b'{"a": 1}', b"x"]
    assert read(io.BytesIO(b"")) == []


def read(source: Any, **options: Any) -> list[Any]:
    reader, _ = open_source(source, Options.of(**options))
    assert not isinstance(reader, AsyncRecords)
    return [record for block in reader.blocks(0, None) for record in block.records]


def test_objects_and_lines_are_mapped_where_a_map_says_so(tmp_path: Path) -> None:
    (tmp_path / "e.jsonl").write_text('{"id": 7}\n\n{\n')
    as_rows: dict[str, Any] = {"as_": "identify", "map": {"userId": "id"}}
    call, blank, bad = read(tmp_path / "e.jsonl", **as_rows)
    assert (call, blank, bad.text) == ({"type": "identify", "userId": "7"}, b"", "{")
    assert read([{"id": 7}], **as_rows) == [call]

    async def mapped() -> list[Any]:
        reader, _ = open_source(rows(), Options.of(**as_rows))
        assert isinstance(reader, AsyncRecords)
        return [record async for block in reader.ablocks(0) for record in block.records]

    async def rows() -> AsyncIterator[dict[str, int]]:
        yield {"id": 7}

    assert asyncio.run(mapped()) == [call]


def test_lines_that_are_mapped_are_still_found_by_their_offsets(tmp_path: Path) -> None:
    (tmp_path / "e.jsonl").write_text('{"id": 7}\n\n{"id": 8}\n')
    reader, _ = open_source(tmp_path / "e.jsonl", Options.of(as_="identify", map={"userId": "id"}))
    assert not isinstance(reader, AsyncRecords)
    (block,) = reader.blocks(0, None)
    assert [block.offset(index) for index in range(4)] == [0, 10, 11, 21]
    (block,) = reader.blocks(2, 11)
    assert block.records == [{"type": "identify", "userId": "8"}]


def test_a_named_pipe_is_read_as_a_stream(tmp_path: Path) -> None:
    for name, text, wanted in (
        ("p.jsonl", b'{"a": 1}\n', [b'{"a": 1}']),
        ("p.csv", b"userId\n7\n", [b'{"userId":"7"}']),
        ("p.jsonl.gz", gzip.compress(b"{}\n"), [b"{}"]),
    ):
        os.mkfifo(tmp_path / name)
        writer = threading.Thread(target=(tmp_path / name).write_bytes, args=(text,))
        writer.start()
        reader, _ = open_source(tmp_path / name, Options.of())
        assert not isinstance(reader, AsyncRecords)
        assert (reader.size, reader.fingerprint) == (None, None)
        assert [record for block in reader.blocks(0, None) for record in block.records] == wanted
        writer.join()


def test_a_file_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        kind_of(tmp_path / "gone.jsonl")


@pytest.mark.parametrize("start", [0, 1, 500, 999, 1_234])
def test_records_are_read_from_any_one_on(start: int) -> None:
    blocks = list(Records(iter(range(1_234))).blocks(start))
    assert [record for block in blocks for record in block.records] == list(range(start, 1_234))
    assert [(block.first, block.reached) for block in blocks] == [
        (first, min(first + 500, 1_234)) for first in range(start, 1_234, 500)
    ]


@pytest.mark.parametrize("start", [0, 1, 500, 999, 1_234])
def test_async_records_are_read_from_any_one_on(start: int) -> None:
    async def read() -> list[Any]:
        return [block async for block in AsyncRecords(stream(1_234)).ablocks(start)]

    assert asyncio.run(read()) == list(Records(range(1_234)).blocks(start))


def test_a_source_that_ends_before_what_is_settled_of_it_is_another_one() -> None:
    async def read() -> list[Any]:
        return [block async for block in AsyncRecords(stream(10)).ablocks(11)]

    lines, cells, table = (
        io.BytesIO(b"{}\n" * 10),
        io.BytesIO(b"userId\n" + b"1\n" * 10),
        pl.DataFrame({"userId": [1] * 10}),
    )
    readers: list[Any] = [Records(range(10)), open_source(lines, Options())[0], open_source(table, Options())[0]]
    readers.append(open_source(cells, Options(format="csv"))[0])
    readings = [partial(asyncio.run, read()), *(partial(list, reader.blocks(11, None)) for reader in readers)]
    for reading in readings:
        with pytest.raises(ConfigurationError, match="ends after 10 records, but the checkpoint says that 11"):
            reading()


def test_a_list_says_how_much_there_is_and_an_iterator_does_not() -> None:
    assert Records([1, 2]).size == 2
    assert Records(iter([1, 2])).size is None
