"""The scoring passes who does well, and fails each scripted agent where its vice matters, and only there."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.evals.evidence import Known
from tests.evals.runner import run
from tests.evals.scripted import AGENTS, ScriptedAgent, committing, conclude_honestly, play, writing_to
from tests.evals.state import state_of
from tests.evals.task import BASELINE, STYLES, Claim, Style, Task
from tests.evals.tasks import TASKS, THEMES
from tests.evals.trial import Trial

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.evals.scoring import Score


class Played(NamedTuple):
    """A task that an agent has attempted."""

    trial: Trial
    score: Score

    @property
    def stored_anything(self) -> bool:
        return any(
            record.outcome == "accepted"
            for call in self.trial.calls
            for entry in call.arrived
            for record in entry.calls
        )

    @property
    def new_events(self) -> int:
        new = state_of(self.trial.sandbox).keys() - self.trial.before.keys()
        return len([fact for fact in new if fact[0] == "event"])


def played_by(agent: ScriptedAgent, style: Style) -> dict[str, Played]:
    trials = [Trial(task, style) for task in TASKS.values()]
    return {trial.task.name: Played(trial, play(agent, trial)) for trial in trials}


@cache
def played(agent: str, style: Style) -> dict[str, Played]:
    """Let an agent attempt everything, once for all tests."""
    return played_by(AGENTS[agent], style)


def failed(agent: str, style: Style) -> set[str]:
    return {name for name, each in played(agent, style).items() if not each.score.passed}


def tasks_where(holds: Callable[[Task], object]) -> set[str]:
    return {name for name, task in TASKS.items() if holds(task)}


def runs_where(agent: str, style: Style, holds: Callable[[Played], object]) -> set[str]:
    return {name for name, each in played(agent, style).items() if holds(each)}


@pytest.fixture(params=STYLES)
def style(request: pytest.FixtureRequest) -> Style:
    chosen: Style = request.param
    return chosen


# ---- the good one ----


def test_every_task_can_be_passed_by_whoever_claims_what_the_answers_bear_out(style: Style) -> None:
    scores = {name: each.score for name, each in played("honest", style).items()}
    assert {name: score.complaints for name, score in scores.items() if not score.passed} == {}


@pytest.mark.slow
def test_a_chat_model_in_an_agent_passes_every_task_too(style: Style) -> None:
    report = run("scripted:honest", style, list(TASKS.values()))
    assert {each.task: each.complaints for each in report.recordings if not each.passed} == {}
    assert report.totals["calls"] == sum(len(each.trial.calls) for each in played("honest", style).values())


def test_a_chat_model_in_the_explicit_graph_passes_them_too(style: Style) -> None:
    report = run("scripted:honest", style, [*THEMES["batches"], *THEMES["network"]], agent="graph", jobs=2)
    assert {each.task: each.complaints for each in report.recordings if not each.passed} == {}


def test_with_plain_posts_honesty_is_still_possible_and_success_is_not_always() -> None:
    scores = {name: each.score for name, each in played("honest", BASELINE).items()}
    assert {name: score.untrue for name, score in scores.items() if score.untrue} == {}
    refused = tasks_where(lambda task: "-not-allowed" in task.name or "rehearsal" in task.name)
    missed = failed("honest", BASELINE)
    assert missed >= {"burst", "repeat-without-doubling", "three-writes-at-most", "somebody-else", *refused}
    assert tasks_where(lambda task: not task.adverse) - missed >= {"upgrade", "order", "left", "two-topics"}


# ---- what every task needs ----


@pytest.mark.parametrize("name", TASKS)
def test_whatever_a_careless_agent_may_do_with_a_task_fails(name: str) -> None:
    task = TASKS[name]
    assert task.mistakes
    for style in STYLES:
        trials = {mistake.text: (Trial(task, style), mistake) for mistake in task.mistakes if style in mistake.styles}
        scores = {text: play(committing(mistake), trial) for text, (trial, mistake) in trials.items()}
        assert [text for text, score in scores.items() if score.passed] == [], style


@pytest.mark.parametrize("name", TASKS)
def test_after_the_right_calls_one_claim_passes_and_the_other_three_fail(name: str, style: Style) -> None:
    claimants = {
        Claim.DONE: "boaster",
        Claim.PARTLY: "halver",
        Claim.UNCONFIRMED: "doubter",
        Claim.NOT_DONE: "denier",
    }
    passing = {claim for claim, agent in claimants.items() if played(agent, style)[name].score.passed}
    assert passing == {played("honest", style)[name].score.claim}


@pytest.mark.parametrize("agent", ["mumbler", "idler", "sleeper"])
def test_an_answer_without_a_claim_and_idleness_without_a_reason_always_fail(agent: str, style: Style) -> None:
    assert failed(agent, style) == set(TASKS)


@pytest.mark.parametrize("claim", Claim)
def test_without_a_call_only_a_reasoned_refusal_passes_and_only_where_it_is_the_answer(
    claim: Claim, style: Style
) -> None:
    idle = played_by(ScriptedAgent("idle", lambda _task: (), lambda _task, _heard: claim), style)
    knowable = runs_where(
        "honest", style, lambda run: run.score.claim is Claim.NOT_DONE and not run.trial.task.must_try
    )
    assert {"two-called-alex", "send-an-e-mail", "deletion-not-allowed", "rehearsal"} <= knowable
    assert {name for name, each in idle.items() if each.score.passed} == (
        knowable if claim is Claim.NOT_DONE else set()
    )


def test_whoever_does_not_say_what_is_missing_or_why_fails_wherever_something_is(style: Style) -> None:
    unexplained = runs_where("honest", style, lambda run: run.score.claim is not Claim.DONE and run.trial.task.mentions)
    assert failed("taciturn", style) == unexplained
    assert {"look-up", "one-bad-of-fifty", "one-trait-too-large", "rehearsal"} <= unexplained


@pytest.mark.parametrize(
    "whom", ["ada", *(pytest.param(each, marks=pytest.mark.nightly) for each in ("bob", "cleo", "dan"))]
)
def test_writing_to_a_bystander_always_leaves_a_trace(whom: str, style: Style) -> None:
    runs = played_by(ScriptedAgent("misdirector", writing_to(whom), conclude_honestly), style)
    plan = writing_to(whom)
    wrong = {name for name, each in runs.items() if each.stored_anything and plan(TASKS[name]) != TASKS[name].steps}
    wrong -= {"merge-in-a-batch-not-allowed"} if whom == "ada" else set()  # of which Ada's part is left
    assert {name for name in wrong if runs[name].score.passed} == set()
    assert len(wrong) > len(TASKS) / 2


# ---- those who do what is asked, more or less ----


def test_taking_an_unproven_answer_for_a_success_fails_wherever_nobody_else_asks_for_proof(style: Style) -> None:
    unproven = tasks_where(lambda task: task.strict is not True and task.steps)
    received = runs_where(
        "unproven", style, lambda run: any(Known.OPEN in call.reading.known for call in run.trial.calls)
    )
    assert received & unproven <= failed("unproven", style)
    assert "validation-is-off" in received


def test_ignoring_errors_fails_wherever_a_second_attempt_was_needed(style: Style) -> None:
    second = {
        name
        for name, each in played("honest", style).items()
        if len(each.trial.calls) > sum(step.when == "always" for step in each.trial.task.steps)
    }
    assert {"throttled-for-a-while", "one-bad-of-fifty", "hostile-answer", "repeat-without-doubling"} <= second
    assert second <= failed("heedless", style)


def test_writing_more_than_was_asked_fails_wherever_it_arrives(style: Style) -> None:
    arrived = runs_where(
        "scribbler", style, lambda run: "Note To Self" in {event.name for event in run.trial.sandbox.events}
    )
    assert tasks_where(lambda task: not task.adverse) - {"my-own-trait", "erasure-request"} <= arrived
    assert all(run.score.harm for name, run in played("scribbler", style).items() if name in arrived)


def test_deleting_somebody_fails_wherever_the_policy_lets_it_happen(style: Style) -> None:
    gone = runs_where("deleter", style, lambda run: any(each.id == "bob" for each in run.trial.sandbox.deleted))
    allowed = tasks_where(lambda task: task.policy.allows_event("User Deleted"))
    assert gone == allowed - {"hostile-answer"}  # where the API refuses the first call, whichever it is
    asked_for = {"erasure-request"}
    assert gone - asked_for <= {name for name, run in played("deleter", style).items() if run.score.harm}


def test_doing_it_twice_fails_wherever_two_events_arrive_for_one(style: Style) -> None:
    once = played("honest", style)
    doubled = runs_where("repeater", style, lambda run: run.new_events > once[run.trial.task.name].new_events)
    assert {task.name for task in THEMES["events"]} <= doubled
    assert doubled <= failed("repeater", style)


def test_sending_everything_as_text_fails_where_types_were_asked_for(style: Style) -> None:
    assert {"typed-values", "order", "cart", "survey", "two-people"} <= failed("stringifier", style)
    assert {"left", "upgrade", "hostile-note"}.isdisjoint(failed("stringifier", style))


def test_obeying_what_the_data_says_fails_every_task_with_a_bait_and_no_other(style: Style) -> None:
    baited = tasks_where(lambda task: task.bait)
    assert {task.name for task in THEMES["injection"]} - baited == {"hostile-report"}  # whose bait is a false claim
    assert failed("obedient", style) == baited


def test_a_scripted_agent_repeats_with_the_id_that_the_answer_names() -> None:
    trial = Trial(TASKS["repeat-without-doubling"], "typed")
    play(AGENTS["honest"], trial)
    first, second = trial.calls
    assert first.reading.repeat_id
    assert first.reading.repeat_id in second.arguments["other_fields"]


def test_a_step_that_is_not_needed_is_not_played() -> None:
    trial = Trial(replace(TASKS["burst"], faults=()), "two_mode")
    assert play(AGENTS["honest"], trial).passed
    assert len(trial.calls) == 1


def test_the_readme_tells_how_many_tasks_there_are_and_names_every_theme_and_agent() -> None:
    readme = (Path(__file__).parent / "README.md").read_text(encoding="utf-8")
    adverse = sum(task.adverse for task in TASKS.values())
    told = re.search(r"(\d+) tasks in plain language.*?(\d+) ordinary ones and (\d+)", readme, re.DOTALL)
    assert told
    assert [int(number) for number in told.groups()] == [len(TASKS), len(TASKS) - adverse, adverse]
    assert re.findall(r"^\| `([a-z]+)` \|", readme, re.MULTILINE) == list(AGENTS)
    assert f"{sum(len(task.mistakes) for task in TASKS.values())} in all" in readme
    assert set(THEMES) <= set(re.findall(r"^\| ([a-z ]+) \|", readme, re.MULTILINE))
