"""Loads on real Ray and Spark, with a worker or the whole job killed half-way: nothing is lost, and no id is new."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from langchain_customerio.bulk import LoadReport

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engines.conftest import Stage

pytestmark = [pytest.mark.engines, pytest.mark.slow, pytest.mark.timeout(300)]

FILES = 10


def write_orders(folder: Path, count: int) -> str:
    """Write orders into some Parquet files, each order another, and return their folder."""
    folder.mkdir()
    for at in range(0, count, count // FILES):
        numbers = range(at, at + count // FILES)
        customers = [f"customer-{number % 997}" for number in numbers]
        orders = pa.table({"n": list(numbers), "customer": customers, "what": ["Order Completed"] * len(numbers)})
        pq.write_table(orders, folder / f"orders-{at}.parquet")
    return str(folder)


def say(text: str) -> None:
    """Tell whoever runs the tests with -s."""
    sys.stdout.write(f"\n{text}\n")


@pytest.mark.parametrize("engine", ["ray", "spark"])
def test_a_worker_is_killed_half_way_and_every_one_of_a_million_events_arrives_under_one_id(
    stage: Stage, engine: str
) -> None:
    count = 1_000_000
    data = write_orders(stage.folder / "data", count)
    stage.assassin.victim, stage.assassin.requests_left = stage.worker, 150
    ended = stage.run("-m", "tests.engines.job", engine, data, str(stage.folder))
    assert ended.returncode == 0, ended.stderr
    assert stage.assassin.killed is not None
    report = LoadReport.model_validate_json(ended.stdout.splitlines()[-1])
    assert (report.status, report.read, report.delivered, report.not_reached) == ("complete", count, count, 0)
    repeats = stage.counts["duplicates"]
    say(
        f"{engine}: a worker was killed; {repeats:,} of {count:,} events arrived again, with the ids they had\n{report}"
    )
    assert stage.counts == {
        "calls.accepted": count + repeats,
        "duplicates": repeats,
        "conflicts": 0,
        "contents": count,
    }


@pytest.mark.parametrize("engine", ["ray", "spark"])
def test_the_job_is_killed_half_way_and_the_next_one_goes_on_where_its_parts_stood(stage: Stage, engine: str) -> None:
    count = 200_000
    data = write_orders(stage.folder / "data", count)
    stage.assassin.victim, stage.assassin.requests_left = lambda: stage.driver, 40
    arguments = ("-m", "tests.engines.job", engine, data, str(stage.folder))
    assert stage.run(*arguments).returncode == -signal.SIGKILL
    ended = stage.run(*arguments)
    assert ended.returncode == 0, ended.stderr
    report = LoadReport.model_validate_json(ended.stdout.splitlines()[-1])
    assert (report.status, report.read, report.delivered, report.not_reached) == ("complete", count, count, 0)
    repeats = stage.counts["duplicates"]
    say(f"{engine}: the job was killed; {report.earlier:,} events were settled by then, {repeats:,} arrived again")
    assert report.earlier > 0
    assert stage.counts == {
        "calls.accepted": count + repeats,
        "duplicates": repeats,
        "conflicts": 0,
        "contents": count,
    }
    assert repeats < count - report.earlier
