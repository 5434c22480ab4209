"""The command line: what it prints, what it writes, and its exit status."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.evals.cli import main
from tests.evals.recordings import load
from tests.evals.runner import chosen, run
from tests.evals.tasks import NUMBERED, TASKS, THEMES

if TYPE_CHECKING:
    from pathlib import Path


def test_the_report_shows_every_task_and_the_totals(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "deep" / "results.json"
    assert main(["run", "groups", "send-an-e-mail", "--model", "scripted:boaster", "--json", str(path)]) == 0
    printed = capsys.readouterr().out
    assert all(task.name in printed for task in THEMES["groups"])
    assert "scripted:boaster, two_mode: 90 % (9 of 10), 10 tool calls" in printed
    assert "1 false claims" in printed
    found = json.loads(path.read_text(encoding="utf-8"))
    assert (found["passed"], found["trials"], found["style"], found["errors"]) == (9, 10, "two_mode", 0)
    [wrong] = [row for row in found["rows"] if not row["passed"]]
    assert wrong["task"] == "send-an-e-mail"
    assert wrong["complaints"] == ["claim: claims DONE; not known to be there: anything, since nothing can be"]


def test_a_success_rate_below_the_one_that_was_asked_for_is_an_exit_status(tmp_path: Path) -> None:
    common = ["run", "impossible", "--json", str(tmp_path / "r.json")]
    assert main([*common, "--model", "scripted:idler", "--at-least", "50"]) == 1
    assert main([*common, "--model", "scripted:honest", "--at-least", "100"]) == 0


def test_a_task_that_there_is_not_is_refused_with_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "no-such-task"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line == "no task or theme is called no-such-task; `python -m tests.evals list` shows all"


@pytest.mark.parametrize(
    "arguments", [["run", "--trials", "0"], ["serve", "no-such-task"], ["serve", "0"], ["serve", "999"], []]
)
def test_a_wrong_argument_is_refused_by_its_name(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "error: " in capsys.readouterr().err


def test_tasks_are_chosen_by_name_and_by_theme_in_their_own_order() -> None:
    assert chosen(["order", "Groups"]) == [TASKS["order"], *THEMES["groups"]]
    assert chosen([]) == list(TASKS.values())


def test_several_trials_at_once_come_to_the_same() -> None:
    tasks = [*THEMES["people"], *THEMES["network"]]
    assert run("scripted:honest", "typed", tasks, jobs=4) == run("scripted:honest", "typed", tasks)


def test_each_trial_of_each_task_is_recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["run", "upgrade", "left", "--trials", "2", "--record", str(tmp_path / "r"), "--json"]
    assert main([*arguments, str(tmp_path / "report.json"), "--style", "baseline"]) == 0
    assert "scripted:honest, baseline: 100 % (4 of 4)" in capsys.readouterr().out
    found = load(tmp_path / "r")
    assert [(each.task, each.style, each.agent) for each in found] == [
        (task, "baseline", "scripted:honest") for task in ("left", "left", "upgrade", "upgrade")
    ]


def test_the_list_shows_what_is_asked_and_nothing_of_what_is_checked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["task"] for line in lines] == list(TASKS)
    assert all(line.keys() == {"number", "task", "theme", "adverse", "prompt"} for line in lines)
    assert main(["list"]) == 0
    assert "no-such-workspace" in capsys.readouterr().out


def test_the_blind_list_gives_no_answer_away(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--blind", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines == [{"number": number, "prompt": task.prompt} for number, task in NUMBERED.items()]
    assert main(["list", "--blind"]) == 0
    assert "no-such-workspace" not in capsys.readouterr().out
