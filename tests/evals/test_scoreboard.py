"""What agents have scored is data, and the page is made from it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.evals.cli import main
from tests.evals.recordings import save
from tests.evals.scoreboard import LINES, PAGE, merge, page, pass_hat, read, summary
from tests.evals.test_recordings import recorded
from tests.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def test_the_page_is_that_of_the_data() -> None:
    assert (ROOT / PAGE).read_text(encoding="utf-8") == page(read(ROOT / LINES))


def test_an_empty_page_says_that_nobody_has_recorded_an_agent_yet() -> None:
    assert "Nobody has recorded an agent yet" in page([])


def test_passing_three_times_in_a_row_is_less_likely_than_passing_once() -> None:
    passes = {"a": (2, 3), "b": (3, 3), "c": (3, 4)}
    assert pass_hat(passes, 1) == (2 / 3 + 1 + 3 / 4) / 3
    assert pass_hat(passes, 3) == (0 + 1 + 1 / 4) / 3
    assert pass_hat({"a": (2, 2)}, 3) is None
    assert pass_hat({}, 1) is None


def test_a_line_counts_attempts_false_claims_and_harm() -> None:
    recordings = [recorded("left"), recorded("left", agent="boaster"), recorded("look-up", agent="boaster")]
    [line] = summary(replace(each, agent="a", version="1") for each in recordings)
    assert (line["agent"], line["attempts"], line["false_claims"], line["harmful"]) == ("a", 3, 1, 0)
    assert line["passes"] == {"left": [2, 2], "look-up": [0, 1]}
    [row] = [text for text in page([line]).splitlines() if text.startswith("| a 1 ")]
    assert "| 2 | 3 | 50% | - |" in row


def test_a_new_line_replaces_the_one_of_the_same_agent_and_tools_and_no_other() -> None:
    old, other = (summary([replace(recorded("left"), version=version)])[0] for version in ("1", "2"))
    new = {**old, "attempts": 7}
    assert merge([old, other], [new]) == [new, other]


def test_recordings_become_lines_and_the_page_on_the_command_line(tmp_path: Path) -> None:
    (tmp_path / LINES).parent.mkdir(parents=True)
    (tmp_path / LINES).write_text("", encoding="utf-8")
    for style in ("two_mode", "baseline"):
        save(recorded("left", "two_mode" if style == "two_mode" else "baseline"), tmp_path / "recordings")
    assert main(["results", str(tmp_path / "recordings"), "--root", str(tmp_path)]) == 0
    assert [line["style"] for line in read(tmp_path / LINES)] == ["baseline", "two_mode"]
    assert (tmp_path / PAGE).read_text(encoding="utf-8") == page(read(tmp_path / LINES))
    assert main(["results", "--root", str(tmp_path)]) == 0
    assert len(read(tmp_path / LINES)) == 2
