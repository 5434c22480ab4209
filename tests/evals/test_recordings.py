"""What an agent did can be kept, and played again against today's tools."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.evals.cli import main
from tests.evals.recordings import Recording, RecordingError, load, recording_of, replay, save
from tests.evals.scripted import AGENTS, play
from tests.evals.tasks import TASKS
from tests.evals.trial import Trial
from tests.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.evals.task import Style

KEPT = ROOT / "tests/evals/recordings"
"""A few recordings, of calls as models write them."""


def recorded(task: str, style: Style = "two_mode", agent: str = "honest") -> Recording:
    trial = Trial(TASKS[task], style)
    score = play(AGENTS[agent], trial)
    answer = AGENTS[agent].turn(trial)
    assert isinstance(answer, str)
    return recording_of(trial, answer, score, agent=agent)


@pytest.mark.parametrize("recording", load(KEPT), ids=lambda each: f"{each.task}-{each.style}")
def test_what_was_recorded_is_scored_today_as_it_was_then(recording: Recording) -> None:
    today = replay(recording)
    assert (today.passed, today.claim, today.harm) == (recording.passed, recording.claim, recording.harm), today


def test_a_recording_is_read_as_it_was_written(tmp_path: Path) -> None:
    recording = recorded("one-bad-of-fifty", agent="boaster")
    assert save(recording, tmp_path).name == "one-bad-of-fifty-two_mode-1.json"
    assert save(recording, tmp_path).name == "one-bad-of-fifty-two_mode-2.json"
    assert load(tmp_path) == [recording, recording]
    assert (recording.passed, recording.false_claim, recording.harm, recording.errors) == (False, True, 0, 1)


def test_playing_a_recording_again_comes_to_the_same_where_nothing_has_changed() -> None:
    for recording in (recorded("burst", "typed"), recorded("deletion-not-allowed"), recorded("order", "baseline")):
        assert replay(recording) == recording


def test_a_message_id_from_an_answer_is_that_of_todays_answer_when_it_is_played_again() -> None:
    recording = recorded("repeat-without-doubling", "typed")
    text = json.dumps(
        [{"tool": c.tool, "arguments": c.arguments, "content": c.content, "error": c.error} for c in recording.calls]
    )
    [message_id] = {
        word for word in text.replace('"', " ").replace("\\", " ").split() if len(word) == 26 and word.isalnum()
    }
    other: dict[str, Any] = json.loads(
        json.dumps(recording.as_json()).replace(message_id, "01HZZZZZZZZZZZZZZZZZZZZZZZ")
    )
    assert replay(Recording.from_json(other)).passed


def test_a_tool_that_is_broken_today_shows_in_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording = recorded("upgrade", "typed")
    save(recording, tmp_path)
    assert main(["replay", str(tmp_path)]) == 0
    assert "1 of 1 recordings pass with today's tools" in capsys.readouterr().out
    gone = replace(recording.calls[0], tool="customerio_upgrade")
    save(replace(recording, calls=(gone,), tools="0", prompt="0"), tmp_path)
    assert main(["replay", str(tmp_path)]) == 1
    printed = capsys.readouterr().out
    assert "with other prompt and tools" in printed
    assert "0 of 1 alike" in printed
    assert "1 of 2 recordings pass with today's tools; 1 passed when made, and do not now" in printed


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "is not JSON"),
        ("[]", "is not a recording"),
        ("{}", "not a recording of format 1"),
        ('{"format": 1, "task": "no-such-task"}', "no task is called 'no-such-task'"),
        ('{"format": 1, "task": "upgrade", "calls": []}', "not a whole recording"),
    ],
)
def test_another_file_is_refused_by_its_name(
    text: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "other.json"
    path.write_text(text, encoding="utf-8")
    assert main(["replay", str(tmp_path)]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert str(path) in line
    assert says in line


def test_an_empty_folder_is_said_to_be_empty(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="holds no recordings"):
        load(tmp_path)
