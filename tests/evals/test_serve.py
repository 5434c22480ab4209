"""An agent of any kind can attempt a task through a pipe."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.evals.cli import main
from tests.evals.protocol import Session
from tests.evals.recordings import load
from tests.evals.serve import JournalError, converse, resume
from tests.evals.tasks import NUMBER_OF, TASKS
from tests.evals.test_protocol import CALL, FINISH
from tests.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

UPGRADE = TASKS["upgrade"]


def lines(*commands: object) -> list[str]:
    return [each if isinstance(each, str) else json.dumps(each) for each in commands]


def talk(*commands: object) -> list[dict[str, Any]]:
    return list(converse(Session(UPGRADE, "two_mode"), lines(*commands)))


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run `serve` with this standard input: its exit status, and the lines that it writes."""

    def run(arguments: list[str], *commands: object) -> tuple[int, list[dict[str, Any]]]:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines(*commands))))
        status = main(["serve", *arguments])
        return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run


def test_a_conversation_goes_from_the_prompt_over_calls_to_the_verdict() -> None:
    welcome, tools, called, verdict = talk({"do": "tools"}, CALL, FINISH, {"do": "tools"})
    assert welcome["prompt"] == UPGRADE.prompt
    assert len(tools["tools"]) == 7
    assert called["error"] is False
    assert verdict["passed"] is True


def test_every_line_gets_an_answer_a_blank_one_too() -> None:
    assert [answer.keys() & {"problem", "verdict"} for answer in talk("", "\n", "x", FINISH)] == [
        set(),
        {"problem"},
        {"problem"},
        {"problem"},
        {"verdict"},
    ]


def test_the_end_of_the_input_is_answered_with_a_verdict() -> None:
    _, _, verdict = talk(CALL)
    assert (verdict["passed"], verdict["verdict"], verdict["calls"]) == (False, None, 1)
    assert verdict["complaints"][0] == "claim: the input ended before a finish command"


def test_the_command_line_serves_a_task_to_another_process() -> None:
    text = "\n".join(lines({"do": "hello", "agent": "a pipe"}, CALL, FINISH))
    command = [sys.executable, "-m", "tests.evals", "serve", str(NUMBER_OF["upgrade"]), "--tools"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, cwd=ROOT, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    welcome, *_, verdict = (json.loads(line) for line in done.stdout.splitlines())
    assert len(welcome["tools"]) == 7
    assert verdict["passed"] is True


def test_leaving_without_an_answer_is_a_failure(serve: Any) -> None:
    status, (welcome, verdict) = serve(["upgrade", "--style", "typed"])
    assert (status, welcome["prompt"], verdict["passed"]) == (1, UPGRADE.prompt, False)


def test_a_finished_trial_is_recorded_and_one_that_was_left_too(serve: Any, tmp_path: Path) -> None:
    for commands in ((CALL, FINISH), (CALL,)):
        serve(["upgrade", "--record", str(tmp_path)], *commands)
    first, second = load(tmp_path)
    assert (first.passed, second.passed) == (True, False)
    assert len(first.calls) == len(second.calls) == 1


def test_with_a_journal_each_command_may_be_a_process_of_its_own(tmp_path: Path) -> None:
    journal = tmp_path / "journal"

    def alone(*commands: object) -> list[dict[str, Any]]:
        return resume(UPGRADE, "two_mode", journal, lines(*commands))[1]

    assert alone()[0]["prompt"] == UPGRADE.prompt
    assert alone(CALL) == talk(CALL)[1:2]
    assert alone({"do": "dance"})[0]["field"] == "do"
    assert alone("", FINISH)[1]["calls"] == 1
    assert "finished" in alone(FINISH)[0]["problem"]
    assert len(journal.read_text(encoding="utf-8").splitlines()) == 3


def test_several_commands_at_once_are_answered_line_by_line(serve: Any, tmp_path: Path) -> None:
    arguments = ["upgrade", "--journal", str(tmp_path / "journal"), "--record", str(tmp_path / "recordings")]
    status, answers = serve(arguments, {"do": "hello", "agent": "a"}, CALL)
    assert (status, len(answers)) == (0, 2)
    status, (verdict,) = serve(arguments, FINISH)
    assert (status, verdict["passed"], verdict["calls"]) == (0, True, 1)
    [recording] = load(tmp_path / "recordings")
    assert (recording.agent, len(recording.calls)) == ("a", 1)
    assert serve(arguments, CALL, FINISH)[1] == [
        {"problem": "the task is finished; delete the journal to begin again", "field": ""}
    ]
    assert len(load(tmp_path / "recordings")) == 1


def test_a_journal_belongs_to_one_task_and_one_style(serve: Any, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    resume(UPGRADE, "two_mode", journal, lines(CALL))
    assert "upgrade" not in journal.read_text(encoding="utf-8")
    with pytest.raises(JournalError, match="is the journal of another task"):
        resume(TASKS["left"], "two_mode", journal, lines(CALL))
    with pytest.raises(JournalError, match="is the journal of the style two_mode"):
        resume(UPGRADE, "typed", journal, lines(CALL))
    status, (problem,) = serve(["left", "--journal", str(journal)], CALL)
    assert (status, problem["field"]) == (2, "--journal")
    assert problem["problem"].startswith(f"{journal} is the journal of another task")


@pytest.mark.parametrize("text", ["", "hello\n", "[]\n", '{"do": "tools"}\n'])
def test_a_file_that_is_not_a_journal_is_left_alone(text: str, tmp_path: Path) -> None:
    path = tmp_path / "notes"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(JournalError, match="is not a journal"):
        resume(UPGRADE, "two_mode", path, lines(CALL))
    assert path.read_text(encoding="utf-8") == text


def test_the_help_says_everything(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["serve", "--help"])
    said = capsys.readouterr().out
    for word in (
        "tools",
        "call",
        "finish",
        "hello",
        "--journal",
        "--record",
        "--tools",
        "--style",
        "Exit status",
        "tokens",
    ):
        assert word in said
