"""Runs: every task once or several times with a chat model, or every recording once more."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import TYPE_CHECKING

from tests.evals.agents import NoModelError, ScriptedModel, attempt, model_for
from tests.evals.recordings import recording_of
from tests.evals.report import Report
from tests.evals.tasks import THEMES
from tests.evals.trial import Trial

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.evals.agents import AgentKind
    from tests.evals.recordings import Recording
    from tests.evals.task import Style, Task


def run(  # noqa: PLR0913 - each is a choice of whoever starts a run
    model: str,
    style: Style,
    tasks: Sequence[Task],
    *,
    agent: AgentKind = "create_agent",
    trials: int = 1,
    jobs: int = 1,
    progress: Callable[[Recording], object] = lambda _recording: None,
) -> Report:
    """Let a model attempt tasks.

    Args:
        model: `provider:name`, as `init_chat_model` takes it, or `scripted:` and the name of a script.
        style: The style of the tools.
        tasks: The tasks.
        agent: `create_agent`, or `graph` for the explicit ReAct graph.
        trials: How often each task is attempted.
        jobs: How many trials at once.
        progress: Called with each recording when it is ready.

    Raises:
        NoModelError: If the model cannot be had, or cannot be asked even the first time.
    """
    real = model_for(model)
    plan = [task for _, task in product(range(trials), tasks)]

    def take(task: Task, *, first: bool = False) -> Recording:
        trial = Trial(task, style)
        chat = real or ScriptedModel(agent=model.partition(":")[2], trial=trial)
        made = attempt(trial, chat, agent)
        if made.silent and first:
            raise NoModelError(f"{model} does not answer: {made.crash}")
        recording = recording_of(trial, made.answer, made.score, agent=model, tokens=made.tokens, crash=made.crash)
        progress(recording)
        return recording

    first = take(plan[0], first=True)  # alone: without a key, all others would fail in the same way
    with ThreadPoolExecutor(jobs) as pool:
        return Report([first, *pool.map(take, plan[1:])])


def chosen(patterns: Sequence[str]) -> list[Task]:
    """Return the tasks whose name or theme a pattern names, in order; all of them without a pattern.

    Raises:
        LookupError: If a pattern names none.
    """
    wanted = {pattern.casefold() for pattern in patterns}
    known = {name for theme, tasks in THEMES.items() for name in (theme, *(task.name for task in tasks))}
    if unknown := wanted - known:
        raise LookupError(
            f"no task or theme is called {', '.join(sorted(unknown))}; `python -m tests.evals list` shows all"
        )
    return [
        task
        for theme, tasks in THEMES.items()
        for task in tasks
        if not wanted or task.name in wanted or theme in wanted
    ]
