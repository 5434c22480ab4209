"""The benchmarks work, and the documentation shows what they found; nothing here looks at the time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.console import Console

from tests.benchmarks import page
from tests.benchmarks.__main__ import main
from tests.benchmarks.harness import BENCHMARKS, Column, Table, from_json, interleaved, to_json
from tests.benchmarks.shapes import SHAPES, write_jsonl

LONG = dict.fromkeys(("many_shapes", "processes"), pytest.mark.nightly)
"""What takes a minute and more, even in its quickest form."""


@pytest.mark.loopback
@pytest.mark.parametrize("name", [pytest.param(each, marks=LONG.get(each, ())) for each in BENCHMARKS])
def test_a_benchmark_runs_in_its_quickest_form_and_writes_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "RESULTS", Path("/nowhere"))
    console = Console(record=True, width=200)
    tables = main(["--quick", name], console)[name]
    assert tables
    printed = console.export_text()
    for table in tables:
        assert {len(row) for row in table.rows} == {len(table.columns)}
        assert table.title in printed
        for column, *values in zip(table.columns, *table.rows, strict=True):
            # What is left when one time is taken from another may be nothing.
            assert "share" in column.heading or all(
                isinstance(value, str) or value is None or value > 0 for value in values
            )


def test_the_page_shows_what_the_file_of_results_holds_and_every_benchmark_is_in_it() -> None:
    results = page.read()
    assert list(results) == list(BENCHMARKS)
    assert page.shown() == page.block(results)
    plots = [page.RESULTS.parent / found["plot"] for found in results.values() if found["plot"]]
    assert sorted(plots) == sorted(page.RESULTS.parent.glob("*.svg"))


def test_what_there_is_not_cannot_be_run(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["no_such_thing"], Console())
    assert "there is no no_such_thing" in capsys.readouterr().err


def test_contenders_take_turns_and_the_median_counts() -> None:
    order: list[str] = []
    numbers = {"a": iter([3.0, 1.0, 2.0]), "b": iter([30.0, 10.0, 20.0])}

    def run(name: str) -> float:
        order.append(name)
        return next(numbers[name])

    found = interleaved({name: lambda name=name: run(name) for name in numbers}, rounds=3)  # type: ignore[misc] # a default binds it
    assert found == {"a": 2.0, "b": 20.0}
    assert order == ["a", "b", "b", "a", "a", "b"]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_file_has_as_many_events_as_asked_for_and_no_two_are_alike(tmp_path: Path, shape: str) -> None:
    write_jsonl(tmp_path / "events.jsonl", shape, 500)
    assert len(set((tmp_path / "events.jsonl").read_bytes().splitlines())) == 500


def test_a_table_survives_the_file_of_results() -> None:
    table = Table("T", [Column("name"), Column("rate", "{:,.1f}/s")], [["a", 1234.0], ["b", None]], "A note.")
    assert from_json(json.loads(json.dumps(to_json(table)))) == table
    assert table.cells() == [["a", "1,234.0/s"], ["b", ""]]
