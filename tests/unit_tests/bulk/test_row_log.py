"""The log says of each record what became of it, and nothing of its data."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow.parquet as pq
import pytest

from langchain_customerio import ConfigurationError, Policy
from langchain_customerio.bulk import LoadStoppedError, load
from langchain_customerio.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

GOOD: dict[str, Any] = {"type": "track", "userId": "ada", "event": "Paid", "properties": {"secret": "s3"}}


def without_ids(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    assert all(row["run"] and row["message_id"] for row in rows)
    return [{**row, "run": "", "message_id": ""} for row in rows]


def row(position: int, status: str, call: str | None = "track", **more: Any) -> dict[str, Any]:
    known = {"run": "", "source": "orders", "position": position, "key": None, "call": call, "status": status}
    return {**known, "code": None, "message_id": "", **more}


def rows_of(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        return list(pq.read_table(path).to_pylist())
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


@pytest.mark.parametrize("name", ["log.jsonl", "log.parquet"])
@pytest.mark.parametrize("strict", [True, False])
def test_there_is_a_row_for_each_record(tmp_path: Path, name: str, *, strict: bool) -> None:
    sandbox = Sandbox()
    sandbox.group_only_track = False
    of_a_group = {"type": "track", "event": "Paid", "groupId": "g"}
    source: list[Any] = [GOOD, "", "{", {"type": "identify", "userId": "bob"}, of_a_group]
    report = load(sandbox.client(), source, name="orders", log=tmp_path / name, strict=strict, workers=1)
    rows = sorted(rows_of(tmp_path / name), key=lambda each: int(each["position"]))
    status = "accepted" if strict else "received"
    assert without_ids(rows) == [
        row(1, status),
        row(3, "refused", None, code=rows[1]["code"]),
        row(4, status, "identify"),
        row(5, "refused", code="rejected") if strict else row(5, status),
    ]
    assert rows[1]["code"]
    assert (len(rows), len({each["run"] for each in rows})) == (report.read, 1)
    sent = {call.message_id for entry in sandbox.ledger for call in entry.calls}
    assert {each["message_id"] for each in rows if each["status"] == status} <= sent
    assert b"s3" not in (tmp_path / name).read_bytes()
    assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["log.jsonl", "log.parquet"])
def test_a_key_names_the_records(tmp_path: Path, name: str) -> None:
    rows: list[dict[str, Any]] = [{"who": "ada", "order": 7, "what": "Paid"}, {"who": None, "order": 8, "what": "Paid"}]
    options: dict[str, Any] = {"as_": "track", "map": {"userId": "who", "event": "what"}, "key": "order"}
    report = load(Sandbox().client(), rows, log=tmp_path / name, dead_letter=tmp_path / "d", **options)
    keys = [each["key"] for each in rows_of(tmp_path / name)]
    assert keys == ([{"order": 7}, {"order": 8}] if name.endswith("jsonl") else ['{"order":7}', '{"order":8}'])
    assert report.examples[0].key == {"order": 8}
    assert orjson.loads((tmp_path / "d").read_bytes())["dead_letter"]["key"] == {"order": 8}


def test_rows_with_a_key_have_the_same_ids_in_any_order(tmp_path: Path) -> None:
    sandbox, rows = Sandbox(), [{"who": "ada", "order": number, "what": "Paid"} for number in range(100)]
    options: dict[str, Any] = {"as_": "track", "map": {"userId": "who", "event": "what"}, "key": ["order"], "name": "o"}
    load(sandbox.client(), rows, **options)
    load(sandbox.client(), rows[::-1], **options)
    assert set(sandbox.duplicates.values()) == {2}
    assert len(sandbox.duplicates) == 100


def test_another_run_adds_to_a_log_in_json_lines_and_not_to_one_in_parquet(tmp_path: Path) -> None:
    client = Sandbox().client()
    for name, runs in (("log", 2), ("log.parquet", 1)):
        load(client, [GOOD], log=tmp_path / name, policy=Policy())
        if runs == 1:
            with pytest.raises(ConfigurationError, match="exists already, and rows cannot be added"):
                load(client, [GOOD], log=tmp_path / name)
        else:
            load(client, [GOOD], log=tmp_path / name)
        assert len({each["run"] for each in rows_of(tmp_path / name)}) == runs


def test_a_log_in_parquet_is_whole_also_where_the_load_stopped_and_however_long_it_is(tmp_path: Path) -> None:
    def records() -> Any:
        yield from [{"type": "page", "userId": "ada"}] * 120_000
        raise OSError("the cable is out")

    with pytest.raises(LoadStoppedError) as caught:
        load(Sandbox().client(), records(), log=tmp_path / "log.parquet")
    about = pq.ParquetFile(tmp_path / "log.parquet").metadata
    assert about.num_rows == caught.value.report.delivered
    assert [path.name for path in tmp_path.iterdir()] == ["log.parquet"]


def test_a_load_of_nothing_has_an_empty_log(tmp_path: Path) -> None:
    load(Sandbox().client(), [], log=tmp_path / "log.parquet")
    assert rows_of(tmp_path / "log.parquet") == []


def test_a_dry_run_has_no_log(tmp_path: Path) -> None:
    load(Sandbox().client(), [GOOD], log=tmp_path / "log", dry_run=True)
    assert list(tmp_path.iterdir()) == []
