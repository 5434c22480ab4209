"""Something is wrong between the tools and the API. What counts is to get it there once, and to claim no more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.evals.conditions import event, person
from tests.evals.task import Task, identify, track
from tests.evals.wants import if_possible

if TYPE_CHECKING:
    from tests.evals.task import Step
    from tests.evals.wants import Want


def _order(number: int) -> tuple[str, Want, Step]:
    """Return a prompt, a want and a step for one order."""
    has: dict[str, Any] = {"order_id": f"o-{number}", "total": 30}
    prompt = (
        f"Ada has just completed order o-{number} over 30 EUR: event Order Completed, order_id and total (a number)."
    )
    return prompt, event("ada", "Order Completed", has=has), track("ada", "Order Completed", **has)


def _outage(name: str, number: int, *faults: dict[str, object], strict: bool = True) -> Task:
    """Write a task that a fault may keep from being done."""
    prompt, want, step = _order(number)
    return Task(
        name=name,
        prompt=prompt,
        adverse=True,
        try_it=True,
        strict=strict,
        wants=if_possible(want),
        faults=faults,
        steps=(step,),
        answer="The answers of the API were not as they should be.",
    )


def _bumpy(name: str, number: int, *faults: dict[str, object]) -> Task:
    """Write a task that is possible in spite of a fault."""
    prompt, want, step = _order(number)
    again = replace(step, after_error=True)
    return Task(name=name, prompt=prompt, adverse=True, wants=(want,), faults=faults, steps=(step, again))


def _held_up(name: str, number: int, *faults: dict[str, object]) -> Task:
    """Write a task that a second call gets done; to report that the first did not is as good."""
    task = _bumpy(name, number, *faults)
    return replace(task, try_it=True, wants=if_possible(*task.wants))


_BIO = "Ada was born in London. " * 50
_LOG = "\n".join(f"{line:03} {'=' * 76}" for line in range(410))

TASKS = (
    _bumpy("burst", 1, {"status": 429, "times": 2}, {"status": 503, "times": 2}),
    _held_up("throttled-for-a-while", 2, {"status": 429, "times": 5}),
    _bumpy("answer-lost-once", 3, {"reset": "after"}),
    _outage("long-outage", 4, {"status": 503, "times": None}),
    _outage("answers-lost", 5, {"reset": "after", "times": None}),
    _outage("time-out", 6, {"timeout": "after", "times": 5}),
    _outage("gateway-time-out-but-stored", 7, {"status": 504, "applied": True, "times": None}),
    _outage("no-connection", 8, {"reset": "connect", "times": None}),
    _outage("wrong-region", 9, {"redirect": "https://elsewhere.invalid/v1/track", "times": None}),
    _outage(
        "somebody-else-answers",
        10,
        {"status": 200, "body": "<h1>Welcome to our Wi-Fi</h1>", "times": None},
        strict=False,
    ),
    replace(_outage("wrong-key", 11, strict=False), key="an-old-key"),
    replace(_outage("wrong-key-strict", 12), key="an-old-key"),
    Task(
        name="trait-too-large-for-the-workspace",
        prompt=f"Keep this text, whole and unchanged, as Ada's trait bio:\n\n{_BIO.strip()}",
        adverse=True,
        try_it=True,
        switches={"workspace_limits": True},
        wants=if_possible(person("ada", {"bio": _BIO.strip()})),
        steps=(identify("ada", bio=_BIO.strip()),),
    ),
    Task(
        name="trait-too-large-for-the-api",
        prompt=f"Keep this text, whole and unchanged, as Bob's trait log; a part of it would be of no use:\n\n{_LOG}",
        adverse=True,
        strict=False,
        wants=if_possible(person("bob", {"log": _LOG})),
        steps=(identify("bob", log=_LOG),),
    ),
)
