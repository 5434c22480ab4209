"""An agent of any kind can take a task through a pipe."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.evals.__main__ import main
from tests.evals.serve import Served, converse, step
from tests.evals.tasks import TASKS
from tests.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

UPGRADE = {"userId": "ada", "traits": {"plan": "pro"}}
CALL = {"mode": "execute", "request_body": json.dumps(UPGRADE)}
CALL_LINE = {"do": "call", "tool": "customerio_identify_person_and_assign_traits", "arguments": CALL}
FINISH_LINE = {"do": "finish", "answer": "Ada is on the pro plan.\nDONE"}


def talk(*commands: object) -> list[dict[str, Any]]:
    lines = [each if isinstance(each, str) else json.dumps(each) for each in commands]
    return list(converse(Served(TASKS["upgrade"], "two_mode"), lines))


def test_a_conversation_goes_from_the_prompt_over_calls_to_the_score() -> None:
    welcome, tools, called, score = talk({"do": "tools"}, "", CALL_LINE, FINISH_LINE, {"do": "tools"})
    assert welcome["prompt"] == TASKS["upgrade"].prompt
    assert "NOT DONE" in welcome["instructions"]
    assert len(tools["tools"]) == 7
    assert tools["tools"][0]["parameters"]["required"] == ["mode"]
    assert (json.loads(called["content"])["status"], called["error"]) == ("accepted", False)
    assert score == {"passed": True, "verdict": "DONE", "complaints": []}


@pytest.mark.parametrize("line", ["please", '{"do": "dance"}', '{"do": "call", "tool": 1}', "[]"])
def test_what_is_no_command_is_explained_and_costs_nothing(line: str) -> None:
    _, problem, score = talk(line, FINISH_LINE)
    assert '{"do": "tools"}' in problem["problem"]
    assert not score["passed"]


def test_the_command_line_serves_a_task_to_another_process() -> None:
    lines = "\n".join(map(json.dumps, (CALL_LINE, FINISH_LINE)))
    command = [sys.executable, "-m", "tests.evals", "serve", "upgrade"]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, cwd=ROOT, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["passed"] is True


def test_leaving_without_an_answer_is_a_failure() -> None:
    command = [sys.executable, "-m", "tests.evals", "serve", "upgrade", "--style", "typed"]
    done = subprocess.run(command, input="", capture_output=True, text=True, cwd=ROOT, check=False, timeout=60)
    assert done.returncode == 1
    assert json.loads(done.stdout)["prompt"] == TASKS["upgrade"].prompt


def test_with_a_journal_each_command_may_be_a_process_of_its_own(tmp_path: Path) -> None:
    journal = tmp_path / "journal"

    def alone(command: object) -> dict[str, Any]:
        return step(Served(TASKS["upgrade"], "two_mode"), journal, json.dumps(command))

    called = alone(CALL_LINE)
    assert called == talk(CALL_LINE)[1]
    assert "problem" in alone({"do": "dance"})
    assert alone(FINISH_LINE)["passed"] is True
    assert "finished" in alone(FINISH_LINE)["problem"]
    assert len(journal.read_text(encoding="utf-8").splitlines()) == 2


def test_a_journal_on_the_command_line_begins_with_the_welcome(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert main(["serve", "upgrade", "--journal", str(tmp_path / "journal")]) == 0
    assert json.loads(capsys.readouterr().out)["prompt"] == TASKS["upgrade"].prompt
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(FINISH_LINE)))
    assert main(["serve", "upgrade", "--journal", str(tmp_path / "journal")]) == 1
