"""Loads in trouble: nothing is lost, each event has one id, order is kept, figures are right."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.chaos.far_end import KINDS
from tests.chaos.trial import Loader, Violation, trials

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def loader() -> Iterator[Loader]:
    loader = Loader()
    yield loader
    loader.close()


@pytest.mark.slow
def test_no_trouble_breaks_a_promise(loader: Loader, tmp_path: Path) -> None:
    kills, met = 0, set[str]()
    for trial in trials(loader, tmp_path, 1, both=False):
        trial.run()
        kills, met = kills + trial.kills, met | trial.met
    assert kills > 5
    assert len(met) > len(KINDS) // 2


@pytest.mark.slow
@pytest.mark.parametrize("sabotage", ["settles a failure", "random ids", "no lanes", "no checkpoint"])
def test_a_loader_that_is_broken_on_purpose_is_found_out(loader: Loader, tmp_path: Path, sabotage: str) -> None:
    def run_all() -> None:
        for trial in trials(loader, tmp_path, 1, sabotage):
            trial.run()

    with pytest.raises(Violation) as found:
        run_all()
    sys.stdout.write(f"\n{sabotage}: {found.value}\n")


@pytest.mark.nightly
def test_no_trouble_breaks_a_promise_in_many_trials(loader: Loader, tmp_path: Path) -> None:
    count, kills, met = 0, 0, set[str]()
    for seed in range(2, 22):
        for trial in trials(loader, tmp_path, seed):
            trial.run()
            count, kills, met = count + 1, kills + trial.kills, met | trial.met
    sys.stdout.write(f"\n{count} loads, {kills} kills, {len(met)} kinds of trouble\n")
    assert met == set(KINDS)
