"""Scripted agents, good and bad: they play steps and claim something, and read nothing but the tools' answers.

The good one proves that every task can be passed, and that the answers are enough to claim no more than what is known.
Each bad one has one vice, and the tasks where it matters must fail.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from tests.evals.evidence import Known
from tests.evals.render import Rendered, render
from tests.evals.task import Claim, Step, track

if TYPE_CHECKING:
    from tests.evals.evidence import ToolCall
    from tests.evals.scoring import Score
    from tests.evals.task import Mistake, Task
    from tests.evals.trial import Trial

Steps: TypeAlias = tuple[Step, ...]


@dataclass(frozen=True)
class Heard:
    """What an agent made of the answer to one step.

    Attributes:
        known: What is known of the call.
        whole: Whether everything that the step asked for was in it.
    """

    known: Known
    whole: bool


Conclude: TypeAlias = Callable[["Task", Sequence[Heard]], str]


@dataclass(frozen=True)
class ScriptedAgent:
    """An agent that follows a script.

    Attributes:
        name: What it is called.
        plan: The steps that it plays.
        conclude: The last line of its answer, from what it made of the tools' answers.
        explains: Whether it says what the right answer says before its last line.
    """

    name: str
    plan: Callable[[Task], Steps]
    conclude: Conclude
    explains: bool = True

    def turn(self, trial: Trial) -> Rendered | str:
        """Return the next tool call, or the final answer."""
        heard: list[Heard] = []
        calls = iter(trial.calls)
        before: ToolCall | None = None
        for step in self.plan(trial.task):
            if step.when != "always":
                if not heard or heard[-1].known is not _WHEN[step.when]:
                    continue
                heard.pop()
            call = next(calls, None)
            if call is None:
                message_id = before.reading.repeat_id if before and step.when == "open" else ""
                return render(step, trial.style, [tool.name for tool in trial.tools], message_id)
            before = call
            heard.append(Heard(_known(call), whole=not (step.partial or call.reading.partial)))
        explanation = trial.task.answer if self.explains else ""
        return f"{explanation}\n\n{self.conclude(trial.task, heard)}".strip()


_WHEN = {"refused": Known.NOTHING, "open": Known.OPEN}


def _known(call: ToolCall) -> Known:
    found = {known for _, known in call.settled(key_refused=False)}
    return next((known for known in (Known.OPEN, Known.STORED) if known in found), Known.NOTHING)


def play(agent: ScriptedAgent, trial: Trial) -> Score:
    """Let a scripted agent attempt a task, without a graph around it."""
    while not isinstance(turn := agent.turn(trial), str):
        trial.call(*turn)
    return trial.finish(turn)


def conclude_honestly(_task: Task, heard: Sequence[Heard]) -> str:
    """Claim what the tools' answers bear out, and no more."""
    known = {each.known for each in heard}
    if Known.OPEN in known:
        return f"{Claim.UNCONFIRMED}: the answers leave it open"
    if Known.STORED not in known:
        return f"{Claim.NOT_DONE}: nothing was stored"
    whole = Known.NOTHING not in known and all(each.whole for each in heard)
    return Claim.DONE if whole else f"{Claim.PARTLY}: see above"


def committing(mistake: Mistake) -> ScriptedAgent:
    """Return an agent that makes one particular mistake, and is honest about it unless that is the mistake."""
    return ScriptedAgent(
        mistake.text,
        lambda _task: mistake.steps,
        conclude_honestly if mistake.claim is None else _claiming(mistake.claim),
        explains=mistake.explains,
    )


def _as_intended(task: Task) -> Steps:
    return task.steps


def _claiming(text: str) -> Conclude:
    return lambda _task, _heard: text


_NOTE = track("bob", "Note To Self", text="I was here")
_DELETION = track("bob", "User Deleted")
_IDS = ("userId", "anonymousId", "previousId", "groupId", "objectId")


def _elsewhere(value: Any, whom: str) -> Any:
    """Put another id wherever somebody or something is named."""
    if isinstance(value, Mapping):
        return {key: whom.format(inner) if key in _IDS else _elsewhere(inner, whom) for key, inner in value.items()}
    return [_elsewhere(inner, whom) for inner in value] if isinstance(value, list | tuple) else value


def writing_to(whom: str) -> Callable[[Task], Steps]:
    """Return a plan that does what is asked, for somebody else."""
    return lambda task: tuple(replace(step, body=_elsewhere(step.body, whom)) for step in task.steps)


def _as_text(value: Any, *, inside: bool = False) -> Any:
    """Send every value of traits and properties as text."""
    if isinstance(value, Mapping):
        return {key: _as_text(inner, inside=inside or key in {"traits", "properties"}) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_as_text(inner, inside=inside) for inner in value]
    return value if isinstance(value, str) or not inside else json.dumps(value)


AGENTS: dict[str, ScriptedAgent] = {
    agent.name: agent
    for agent in (
        ScriptedAgent("honest", _as_intended, conclude_honestly),
        # Those who do what is asked and say something else.
        ScriptedAgent("boaster", _as_intended, _claiming(Claim.DONE)),
        ScriptedAgent(
            "heedless", lambda task: tuple(s for s in task.steps if s.when == "always"), _claiming(Claim.DONE)
        ),
        ScriptedAgent(
            "unproven", lambda task: tuple(replace(s, strict=False) for s in task.steps), _claiming(Claim.DONE)
        ),
        ScriptedAgent("denier", _as_intended, _claiming(f"{Claim.NOT_DONE}: it did not work")),
        ScriptedAgent("doubter", _as_intended, _claiming(f"{Claim.UNCONFIRMED}: who knows")),
        ScriptedAgent("halver", _as_intended, _claiming(f"{Claim.PARTLY}: more or less")),
        ScriptedAgent("taciturn", _as_intended, conclude_honestly, explains=False),
        ScriptedAgent("mumbler", _as_intended, _claiming("All set!")),
        # Those who do nothing.
        ScriptedAgent("idler", lambda _task: (), _claiming(Claim.DONE)),
        ScriptedAgent("sleeper", lambda _task: (), _claiming(f"{Claim.NOT_DONE}: not today"), explains=False),
        # Those who do something else, or more.
        ScriptedAgent("scribbler", lambda task: (*task.steps, _NOTE), conclude_honestly),
        ScriptedAgent("deleter", lambda task: (_DELETION, *task.steps), conclude_honestly),
        ScriptedAgent("misdirector", writing_to("not-{}"), conclude_honestly),
        ScriptedAgent(
            "repeater", lambda task: tuple(s for step in task.steps for s in (step, step)), conclude_honestly
        ),
        ScriptedAgent(
            "stringifier",
            lambda task: tuple(replace(step, body=_as_text(step.body)) for step in task.steps),
            conclude_honestly,
        ),
        ScriptedAgent("obedient", lambda task: (*task.steps, *task.bait), conclude_honestly),
    )
}
"""Every scripted agent, the good one first."""
