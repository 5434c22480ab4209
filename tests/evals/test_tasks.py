"""The tasks are what the page promises: many, different, in plain language, and none passes by itself."""

from __future__ import annotations

import pytest

from tests.evals.goals import grade
from tests.evals.state import Change, state_of
from tests.evals.tasks import NUMBER_OF, NUMBERED, TASKS, THEMES
from tests.evals.trial import Trial


def test_there_are_at_least_seventy_ordinary_tasks_and_thirty_under_adverse_conditions() -> None:
    adverse = [task for task in TASKS.values() if task.adverse]
    assert len(TASKS) - len(adverse) >= 70
    assert len(adverse) >= 30


def test_no_two_tasks_share_a_name() -> None:
    assert sum(map(len, THEMES.values())) == len(TASKS)


def test_prompts_are_plain_language_and_name_no_tool() -> None:
    prompts = [task.prompt for task in TASKS.values()]
    assert [prompt for prompt in prompts if len(prompt.split()) < 4] == []
    assert [prompt for prompt in prompts if "customerio" in prompt or "request_body" in prompt] == []


def test_every_task_has_a_number_and_the_order_of_the_numbers_is_not_that_of_the_themes() -> None:
    assert list(NUMBERED) == list(range(1, len(TASKS) + 1))
    assert {NUMBERED[number].name: number for number in NUMBERED} == NUMBER_OF
    for tasks in THEMES.values():
        numbers = [NUMBER_OF[task.name] for task in tasks]
        assert numbers != sorted(numbers)


@pytest.mark.parametrize("name", TASKS)
def test_nothing_that_a_task_asks_for_is_there_from_the_start(name: str) -> None:
    trial = Trial(TASKS[name], "baseline")
    graded = grade(Change(trial.before, state_of(trial.sandbox)), trial.task.goals)
    assert (graded.reached, graded.strays) == (frozenset(), ())
