"""A folder or a pattern of Parquet files is one source."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from langchain_customerio import ConfigurationError
from langchain_customerio.bulk import LoadStoppedError, load, preview
from langchain_customerio.bulk.mapping import Mapper
from langchain_customerio.bulk.readers.base import ReadingError
from langchain_customerio.bulk.readers.lake import Lake
from langchain_customerio.sandbox import Sandbox
from tests.unit_tests.bulk.readers.reading import records_of

if TYPE_CHECKING:
    from langchain_customerio.bulk import LoadReport

MAP = {"userId": "id", "traits": "*"}


def write(path: Path, **columns: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)
    return path


def loaded(source: Path | str, sandbox: Sandbox, **options: Any) -> LoadReport:
    with sandbox.client() as client:
        return load(client, source, as_="identify", map=MAP, strict=True, **options)


def traits(source: Path | str, **options: Any) -> dict[str, Any]:
    sandbox = Sandbox()
    loaded(source, sandbox, **options)
    return {name: person.traits for name, person in sandbox.people.items()}


@pytest.mark.parametrize("source", ["people", "people/", "people/*/*.parquet", "people/**/*.parquet"])
def test_a_folder_or_a_pattern_is_read_in_the_order_of_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path("people/year=2026/b.parquet"), id=[3], plan=["free"])
    write(Path("people/year=2025/a.parquet"), id=[1, 2], plan=["pro", None])
    assert traits(source) == {
        "1": {"plan": "pro", "year": 2025},
        "2": {"year": 2025},
        "3": {"plan": "free", "year": 2026},
    }


def test_what_engines_write_beside_the_data_is_left_out(tmp_path: Path) -> None:
    write(tmp_path / "lake" / "a.parquet", id=[1])
    for name in ("_temporary/b.parquet", ".hidden/c.parquet", "_d.parquet", ".e.parquet"):
        write(tmp_path / "lake" / name, id=[9])
    (tmp_path / "lake" / "_SUCCESS").touch()
    assert list(traits(tmp_path / "lake")) == list(traits(f"{tmp_path}/lake/**/*.parquet")) == ["1"]


def test_a_folder_that_is_named_may_be_hidden_itself(tmp_path: Path) -> None:
    write(tmp_path / ".cache" / "_new" / "a.parquet", id=[1])
    assert list(traits(tmp_path / ".cache" / "_new")) == list(traits(f"{tmp_path}/.cache/_new/*.parquet")) == ["1"]


def test_a_file_with_the_name_of_a_pattern_is_that_file(tmp_path: Path) -> None:
    write(tmp_path / "a[1].parquet", id=[1])
    write(tmp_path / "a1.parquet", id=[2])
    assert list(traits(tmp_path / "a[1].parquet")) == ["1"]


def test_a_column_that_only_some_files_have_is_missing_in_the_others(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", id=[1], plan=["pro"], note=pa.array([None], pa.null()))
    write(tmp_path / "b.parquet", id=[2], city=["Ulm"], note=["x"])
    assert traits(tmp_path) == {"1": {"plan": "pro"}, "2": {"city": "Ulm", "note": "x"}}


def test_a_name_tells_a_folder_or_a_pattern_from_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "lake" / "a.parquet", id=[1])
    monkeypatch.chdir(tmp_path / "lake")
    names = {source: loaded(source, Sandbox()).source for source in (".", "*.parquet", str(tmp_path), "../*/a.parquet")}
    assert names == {
        ".": "lake",
        "*.parquet": "lake/*.parquet",
        str(tmp_path): tmp_path.name,
        "../*/a.parquet": f"{tmp_path.name}/*/a.parquet",
    }


def test_columns_can_be_made_text_and_are_told_before_a_load(tmp_path: Path) -> None:
    write(tmp_path / "year=2026" / "a.parquet", id=[1])
    assert traits(tmp_path, types={"year": "text"}) == {"1": {"year": "2026"}}
    found = preview(tmp_path, as_="identify", map=MAP)
    assert [(column.name, column.field) for column in found.columns] == [("id", "userId"), ("year", "traits.year")]


# From any row on


@pytest.mark.parametrize("start", [0, 1, 1_499, 1_500, 2_000, 3_001, 4_500])
def test_reading_begins_at_any_row(tmp_path: Path, start: int) -> None:
    for number in range(3):
        write(tmp_path / f"{number}.parquet", id=range(number * 1_500, number * 1_500 + 1_500))
    lake = Lake(tmp_path, Mapper("identify", MAP))
    blocks = list(lake.blocks(start))
    assert [call["userId"] for call in records_of(blocks)] == list(map(str, range(start, 4_500)))
    assert lake.size == 4_500


def test_a_stopped_load_goes_on_and_a_changed_lake_is_another_source(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    for number in range(4):
        write(lake / f"{number}.parquet", id=range(number * 5_000, number * 5_000 + 5_000))
    sandbox = Sandbox()
    sandbox.fail(status=401, after=2)
    files = {"checkpoint": tmp_path / "checkpoint", "dead_letter": tmp_path / "letters"}
    with pytest.raises(LoadStoppedError):
        loaded(lake, sandbox, **files)
    assert 0 < len(sandbox.people) < 20_000
    report = loaded(lake, sandbox, resume=True, **files)
    assert 0 < report.earlier < report.delivered == len(sandbox.people) == 20_000
    write(lake / "4.parquet", id=[20_000])
    with pytest.raises(ConfigurationError, match="has changed since"):
        loaded(lake, sandbox, resume=True, **files)


# Memory


def test_a_large_row_group_is_never_in_memory_as_a_whole(tmp_path: Path) -> None:
    text = pa.array([f"{number:0100}" for number in range(200_000)])
    pq.write_table(pa.table({"id": text}), tmp_path / "large.parquet", row_group_size=200_000)
    pool, before = pa.proxy_memory_pool(pa.default_memory_pool()), pa.default_memory_pool()
    pa.set_memory_pool(pool)
    try:
        blocks = Lake(tmp_path, Mapper("identify", MAP)).blocks(0)
        assert sum(len(block.records) for block in blocks) == 200_000
    finally:
        pa.set_memory_pool(before)
    assert 0 < pool.max_memory() < text.nbytes // 4


# What goes wrong


@pytest.mark.parametrize("name", ["empty", "*.parquet", "gone-?.parquet", "*.csv"])
def test_no_files_are_said_in_a_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "people.csv").touch()
    with pytest.raises(ReadingError, match=r"^There are no Parquet files at "):
        loaded(tmp_path / name, Sandbox())


@pytest.mark.parametrize("damaged", ["a.parquet", "c.parquet"])
def test_a_damaged_file_is_named_before_anything_is_sent(tmp_path: Path, damaged: str) -> None:
    for name in ("a.parquet", "b.parquet", "c.parquet"):
        write(tmp_path / name, id=[1])
    (tmp_path / damaged).write_bytes(b"junk")
    sandbox = Sandbox()
    with pytest.raises(ReadingError, match=rf"^{damaged} is damaged, or is not what its name says"):
        loaded(tmp_path, sandbox)
    assert sandbox.ledger == []


def test_a_file_whose_data_is_damaged_is_named_too(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", id=["1"])
    path = write(tmp_path / "b.parquet", id=[f"{number:0100}" for number in range(10_000)])
    data = bytearray(path.read_bytes())
    data[1_000:60_000] = bytes(59_000)
    path.write_bytes(data)
    with pytest.raises(ReadingError, match=r"^b.parquet is damaged"):
        loaded(tmp_path, Sandbox())


def test_files_with_two_types_for_one_column_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "lake" / "a.parquet", id=[1])
    write(tmp_path / "lake" / "b.parquet", id=["x"])
    with pytest.raises(ReadingError, match=r"^The files of lake have a column of one name with different types: load"):
        loaded(tmp_path / "lake", Sandbox())


def test_a_column_of_the_map_must_be_in_some_file(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", name=["Ada"])
    with pytest.raises(ReadingError, match='There is no column "id"; there are "name"'):
        loaded(tmp_path, Sandbox())


def test_options_of_text_mean_nothing_for_a_lake(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", id=[1])
    with pytest.raises(ReadingError, match="delimiter has no meaning for this kind of source"):
        loaded(tmp_path, Sandbox(), delimiter=";")
