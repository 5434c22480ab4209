"""The tasks of the exam, one module for each theme."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.evals.tasks import (
    bad_network,
    bad_terms,
    consent,
    groups,
    happenings,
    hostile,
    identities,
    impossible,
    lists,
    people,
    unclear,
)

if TYPE_CHECKING:
    from tests.evals.task import Task

THEMES: Final[dict[str, tuple[Task, ...]]] = {
    "people": people.TASKS,
    "happenings": happenings.TASKS,
    "groups": groups.TASKS,
    "consent": consent.TASKS,
    "identities": identities.TASKS,
    "lists": lists.TASKS,
    "unclear": unclear.TASKS,
    "impossible": impossible.TASKS,
    "hostile": hostile.TASKS,
    "bad network": bad_network.TASKS,
    "bad terms": bad_terms.TASKS,
}
"""Every task, by theme."""

TASKS: Final[dict[str, Task]] = {task.name: task for tasks in THEMES.values() for task in tasks}
"""Every task, by name."""

THEME_OF: Final[dict[str, str]] = {task.name: theme for theme, tasks in THEMES.items() for task in tasks}
