"""Rows of Arrow keep their meaning from block to block, and have keys that can be written down."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa
import pytest

from langchain_customerio.bulk import load
from langchain_customerio.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

DAY = datetime(2026, 11, 20)  # noqa: DTZ001 - a day, which has no zone


def test_a_column_of_days_stays_one_in_every_block() -> None:
    sandbox = Sandbox()
    table = pa.table({"userId": range(2_500), "traits.born": [None, *[DAY] * 2_499]})
    load(sandbox.client(), table, as_="identify", timezone="Europe/Berlin")
    assert {person.traits.get("born") for person in sandbox.people.values()} == {None, "2026-11-20"}


@pytest.mark.parametrize(
    ("values", "kind", "key"),
    [
        ([1_763_632_800_000_000_001], pa.timestamp("ns", "UTC"), "2025-11-20T10:00:00+00:00"),
        ([253_402_300_800_000_000], pa.timestamp("us", "UTC"), 253_402_300_800_000_000),
    ],
)
def test_a_key_may_be_a_time_that_python_does_not_have(tmp_path: Path, values: list[int], kind: Any, key: Any) -> None:
    table = pa.table({"userId": ["ada"], "at": pa.array(values, kind)})
    load(Sandbox().client(), table, as_="identify", key="at", log=tmp_path / "log.jsonl")
    assert orjson.loads((tmp_path / "log.jsonl").read_bytes())["key"] == {"at": key}
