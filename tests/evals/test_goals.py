"""Goals account for what they ask for, and for nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.evals.fixtures import WORKSPACE
from tests.evals.goals import containing, event, grade, instant, merged, person
from tests.evals.state import Change, state_of
from tests.evals.task import Step, identify, track
from tests.evals.workspace import new_workspace

if TYPE_CHECKING:
    from tests.evals.goals import Goal, Grade


def after(*steps: Step, goals: tuple[Goal, ...]) -> Grade:
    before = state_of(new_workspace(WORKSPACE))
    return grade(Change(before, state_of(new_workspace((*WORKSPACE, *steps)))), goals)


def test_what_no_goal_accounts_for_is_a_stray() -> None:
    graded = after(identify("ada", plan="pro", vip=True), goals=(person("ada", {"plan": "pro"}),))
    assert (graded.failed, graded.strays) == ([], ("new: trait ada vip",))


def test_a_missed_goal_leaves_what_was_done_instead_as_a_stray() -> None:
    graded = after(identify("ada", plan="Pro"), goals=(person("ada", {"plan": "pro"}),))
    assert (graded.failed, graded.strays) == (["ada with plan = pro"], ("changed: trait ada plan",))


def test_two_equal_events_reach_two_equal_goals_and_one_reaches_one() -> None:
    goals = (event("ada", "One"), event("ada", "One"))
    assert len(after(track("ada", "One"), goals=goals).done) == 1
    assert len(after(track("ada", "One"), track("ada", "One"), goals=goals).done) == 2


def test_an_event_that_redirects_a_message_is_not_the_one_that_was_asked_for() -> None:
    goals = (event("ada", "Paid"),)
    assert after(track("ada", "Paid", recipient="mallory@example.net"), goals=goals).failed == ["Paid of ada"]


def test_calling_the_old_id_a_visitor_of_the_person_does_not_merge_two_people() -> None:
    goals = (merged("ada-old", "ada"),)
    assert after(Step("alias", {"previousId": "ada-old", "userId": "ada"}), goals=goals).failed == []
    assert after(Step("identify", {"userId": "ada", "anonymousId": "ada-old"}), goals=goals).failed


@pytest.mark.parametrize("value", ["2021-03-05T09:00:00Z", "2021-03-05T10:00:00+01:00", "2021-03-05T09:00", 1614934800])
def test_a_moment_is_the_same_however_it_is_written(value: object) -> None:
    assert instant("2021-03-05T09:00:00Z")(value)


@pytest.mark.parametrize("value", ["2021-03-05", "soon", True, 1614934800000])
def test_another_moment_is_not_the_same(value: object) -> None:
    assert not instant("2021-03-05T09:00:00Z")(value)


def test_a_text_may_contain_more_than_what_is_looked_for() -> None:
    assert containing("login", "FAILS")("The login fails.")
    assert not containing("login", "works")("The login fails.")
