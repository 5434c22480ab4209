"""A data frame is known by its content, and its rows by their labels."""

from __future__ import annotations

from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from langchain_customerio.bulk import load, preview
from langchain_customerio.bulk.readers.frames import content_of
from langchain_customerio.sandbox import Sandbox

ROWS = {"userId": ["ada", None, "bob"], "event": ["Paid"] * 3, "properties.n": [1, 2, 3]}
AS_TRACK: dict[str, Any] = {"as_": "track"}


def table_of(kind: str, **changed: list[Any]) -> Any:
    makers: dict[str, Any] = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "pyarrow": pa.table}
    return makers[kind]({**ROWS, **changed})


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_a_cell_that_is_run_again_sends_the_same_ids_and_says_so(tmp_path: Any, kind: str) -> None:
    sandbox = Sandbox()
    name = {"properties.n": [hash(kind) % 1_000, 2, 3]}  # data that no other test has loaded
    reports = [load(sandbox.client(), table_of(kind, **name), dead_letter=tmp_path / "d", **AS_TRACK) for _ in range(2)]
    assert [report.again for report in reports] == [False, True]
    assert "The same data was loaded before" in str(reports[1])
    assert set(sandbox.duplicates.values()) == {2}
    assert len(sandbox.duplicates) == 2
    assert len((tmp_path / "d").read_bytes().splitlines()) == 1


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_other_data_has_other_ids(kind: str) -> None:
    sandbox = Sandbox()
    load(sandbox.client(), table_of(kind), **AS_TRACK)
    load(sandbox.client(), table_of(kind, event=["Paid", "Paid", "Shipped"]), **AS_TRACK)
    assert sandbox.duplicates == {}


def test_a_table_that_is_complete_is_not_loaded_again_when_it_is_resumed(tmp_path: Any) -> None:
    sandbox = Sandbox()
    options: dict[str, Any] = {"checkpoint": tmp_path / "c", "resume": True, **AS_TRACK}
    load(sandbox.client(), table_of("pandas"), **options)
    report = load(sandbox.client(), table_of("pandas"), **options)
    assert (report.earlier, report.requests, report.again) == (3, 0, False)


def test_content_is_the_same_however_it_is_divided_and_described() -> None:
    table = pa.table(ROWS)
    assert content_of(table) == content_of(table.replace_schema_metadata({"pandas": "3"}))
    assert content_of(table) != content_of(table.slice(1))
    assert content_of(table) != content_of(table.rename_columns(["id", "event", "n"]))


def test_a_stream_is_read_once_and_has_no_fingerprint() -> None:
    sandbox = Sandbox()
    stream = pa.RecordBatchReader.from_batches(pa.table(ROWS).schema, pa.table(ROWS).to_batches())
    assert load(sandbox.client(), stream, **AS_TRACK).delivered == 2
    assert not load(sandbox.client(), stream, **AS_TRACK).again


def test_a_refused_row_is_named_by_its_label() -> None:
    labelled = table_of("pandas").set_index(pd.Index(["a", "b", "c"]))
    report = load(Sandbox().client(), labelled, **AS_TRACK)
    assert [(each.position, each.label) for each in report.refusals] == [(2, "b")]
    assert [each.label for each in load(Sandbox().client(), table_of("polars"), **AS_TRACK).refusals] == [None]


def test_a_list_is_other_data_every_time() -> None:
    sandbox = Sandbox()
    for _ in range(2):
        assert not load(sandbox.client(), [{"type": "page", "userId": "ada"}]).again
    assert sandbox.duplicates == {}


def test_a_preview_takes_the_options_of_a_load_and_reads_a_table_that_can_be_loaded_afterwards() -> None:
    table = table_of("pandas")
    options: dict[str, Any] = {**AS_TRACK, "strict": True, "workers": 2, "name": "orders", "rate": None}
    assert [bool(record.call) for record in preview(table, **options)] == [True, False, True]
    assert load(Sandbox().client(), table, **options).delivered == 2
