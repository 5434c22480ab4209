"""The tasks, one module for each theme."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.evals.tasks import (
    ambiguous,
    batches,
    consent,
    events,
    groups,
    identities,
    impossible,
    injection,
    limits,
    network,
    people,
)

if TYPE_CHECKING:
    from tests.evals.task import Task

THEMES: Final[dict[str, tuple[Task, ...]]] = {
    "people": people.TASKS,
    "events": events.TASKS,
    "groups": groups.TASKS,
    "consent": consent.TASKS,
    "identities": identities.TASKS,
    "batches": batches.TASKS,
    "ambiguous": ambiguous.TASKS,
    "impossible": impossible.TASKS,
    "injection": injection.TASKS,
    "network": network.TASKS,
    "limits": limits.TASKS,
}
"""Every task, by theme."""

TASKS: Final[dict[str, Task]] = {task.name: task for tasks in THEMES.values() for task in tasks}
"""Every task, by name."""

THEME_OF: Final[dict[str, str]] = {task.name: theme for theme, tasks in THEMES.items() for task in tasks}
"""The theme of every task, by its name."""

NUMBERED: Final[dict[int, Task]] = dict(enumerate(sorted(TASKS.values(), key=lambda task: task.digest), start=1))
"""Every task by a number, in an order that says nothing: names and themes give answers away."""

NUMBER_OF: Final[dict[str, int]] = {task.name: number for number, task in NUMBERED.items()}
"""The number of every task, by its name."""
