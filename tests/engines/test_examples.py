"""The examples for clusters, run as their reader would run them: in a process of its own, by the engines' Python."""

from __future__ import annotations

import subprocess

import pytest

from tests.paths import ROOT

CLUSTERS = ROOT / "examples" / "clusters"
EXAMPLES = ["load_on_ray.py", "load_on_spark.py"]

pytestmark = [pytest.mark.engines, pytest.mark.slow]


def test_the_list_above_is_the_folder() -> None:
    assert sorted(path.name for path in CLUSTERS.glob("*.py") if "__main__" in path.read_text()) == EXAMPLES


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_example_runs_and_says_that_its_own_result_is_right(
    example: str, python: str, surroundings: dict[str, str]
) -> None:
    ended = subprocess.run(
        [python, example], cwd=CLUSTERS, env=surroundings, capture_output=True, text=True, check=False, timeout=100
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "✓ Every order arrived, and none arrived twice." in ended.stdout
