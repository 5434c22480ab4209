"""Right calls with one thing wrong in them: whatever makes another workspace of it fails the task."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.evals.evidence import beliefs
from tests.evals.scripted import AGENTS, play
from tests.evals.state import RecordedEvent, State, state_of
from tests.evals.task import STYLES, Claim, Step, Style
from tests.evals.tasks import TASKS
from tests.evals.trial import Trial

if TYPE_CHECKING:
    from collections.abc import Iterator

Path = tuple[str | int, ...]
Steps = tuple[Step, ...]

# Where the prompt leaves it to the agent what to write.
FREE = {("page-view", "name"), ("long-ago", "subject"), ("clear-a-trait", "nickname")}
MOST_PATHS = 24


def mutants(steps: Steps) -> Iterator[tuple[Path, Steps]]:
    """Return the steps with one of them left out or repeated, or with one value changed or left out."""
    for i, step in enumerate(steps):
        before, after = steps[:i], steps[i + 1 :]
        yield ("left out",), before + after
        yield ("repeated",), (*before, step, step, *after)
        for path in sorted(paths(step.body), key=str)[:MOST_PATHS]:
            for body in changed(step.body, path):
                yield path, (*before, replace(step, body=body), *after)


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not isinstance(value, dict | list):
        yield path
    for key, inner in items:
        yield from paths(inner, (*path, key))


def changed(body: Any, path: Path) -> Iterator[Any]:
    for change in ("another", "empty", "gone"):
        mutant = json.loads(json.dumps(body))
        holder: Any = mutant
        for key in path[:-1]:
            holder = holder[key]
        value = holder[path[-1]]
        if change == "gone":
            del holder[path[-1]]
        else:
            other = (
                (not value) if isinstance(value, bool) else value + 1 if isinstance(value, int | float) else f"{value}x"
            )
            holder[path[-1]] = other if change == "another" else ""
        yield mutant


def content(state: State) -> tuple[list[str], list[str]]:
    """Return what a workspace holds, whatever the ids of its events."""
    events = sorted(repr(value) for value in state.values() if isinstance(value, RecordedEvent))
    return events, sorted(repr((fact, value)) for fact, value in state.items() if fact[0] != "event")


def outcome(trial: Trial) -> list[tuple[list[str], list[str]]]:
    """Return what the workspace holds, and what it may hold."""
    return [content(state_of(trial.sandbox)), content(beliefs(trial.task.history, trial.calls)[1].state)]


@pytest.mark.nightly
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", TASKS)
def test_calls_that_leave_another_workspace_behind_fail(name: str, style: Style) -> None:
    right = Trial(TASKS[name], style)
    play(AGENTS["honest"], right)
    passing: list[Path] = []
    for path, steps in mutants(TASKS[name].steps):
        trial = Trial(replace(TASKS[name], steps=steps), style)
        score = play(AGENTS["honest"], trial)
        tried_in_vain = score.claim is Claim.NOT_DONE  # the scoring itself looks at what was tried
        if score.passed and not tried_in_vain and outcome(trial) != outcome(right) and (name, path[-1]) not in FREE:
            passing.append(path)
    assert passing == []
