"""The tasks are what the exam promises: many, different, in plain language, and none passes by itself."""

from __future__ import annotations

import pytest

from tests.evals.desk import Desk
from tests.evals.task import STYLES
from tests.evals.tasks import TASKS, THEMES
from tests.evals.wants import weigh
from tests.evals.world import Scene, world_of


def test_there_are_at_least_forty_ordinary_tasks_and_ten_under_adverse_conditions() -> None:
    adverse = [task for task in TASKS.values() if task.adverse]
    assert len(TASKS) - len(adverse) >= 40
    assert len(adverse) >= 10


def test_no_two_tasks_share_a_name() -> None:
    assert sum(map(len, THEMES.values())) == len(TASKS)


def test_prompts_are_plain_language_and_name_no_tool() -> None:
    prompts = [task.prompt for task in TASKS.values()]
    assert [prompt for prompt in prompts if len(prompt.split()) < 4] == []
    assert [prompt for prompt in prompts if "customerio" in prompt or "request_body" in prompt] == []


@pytest.mark.parametrize("name", TASKS)
def test_nothing_that_a_task_wants_is_there_from_the_start(name: str) -> None:
    desk = Desk(TASKS[name], "two_mode")
    weighed = weigh(Scene(desk.before, world_of(desk.sandbox)), desk.task.wants)
    assert (weighed.kept, weighed.stray) == (0, [])


@pytest.mark.parametrize("style", STYLES)
def test_the_instructions_are_those_of_the_exam_and_of_the_toolkit(style: str) -> None:
    desk = Desk(TASKS["order"], "typed" if style == "typed" else "two_mode")
    assert "NOT DONE" in desk.instructions
    assert desk.toolkit.instructions() in desk.instructions
