"""A goal of a task: a condition on the workspace that accounts for the changes that it asks for.

A change that no goal accounts for is one that nobody asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from tests.evals.state import Change, Fact, same

if TYPE_CHECKING:
    from collections.abc import Mapping

Find: TypeAlias = Callable[[Change, set[Fact]], "set[Fact] | None"]
"""Finds a goal among the changes not accounted for yet: the facts that it stands for, or None if it is not reached."""

Test: TypeAlias = Callable[[object], bool]


@dataclass(frozen=True)
class Goal:
    """One condition.

    Attributes:
        text: What is asked for, in words.
        find: Whether it is reached, and which changes it accounts for.
        required: Whether the task fails without it.
        asked: Whether it is part of what was asked for, so that a claim of success without it is false.
    """

    text: str
    find: Find
    required: bool = True
    asked: bool = True


@dataclass(frozen=True)
class Grade:
    """Which goals a change reaches.

    Attributes:
        goals: All goals.
        reached: The positions of those that are reached.
        strays: Changes that no goal accounts for.
    """

    goals: tuple[Goal, ...]
    reached: frozenset[int]
    strays: tuple[str, ...]

    @property
    def failed(self) -> list[str]:
        """The required goals that are not reached."""
        return [goal.text for i, goal in enumerate(self.goals) if goal.required and i not in self.reached]

    @property
    def asked(self) -> frozenset[int]:
        """The positions of the goals that were asked for."""
        return frozenset(i for i, goal in enumerate(self.goals) if goal.asked)

    @property
    def done(self) -> frozenset[int]:
        """The positions of the goals that were asked for and are reached."""
        return self.asked & self.reached


def grade(change: Change, goals: tuple[Goal, ...]) -> Grade:
    """Compare a workspace with the goals; what was asked for comes first, tolerated extras take what is left."""
    left = change.changed
    reached: set[int] = set()
    for i in sorted(range(len(goals)), key=lambda i: not goals[i].asked):
        facts = goals[i].find(change, left)
        if facts is not None:
            reached.add(i)
            left -= facts
    return Grade(goals, frozenset(reached), tuple(sorted(map(change.describe, left))))


def tolerated(goal: Goal) -> Goal:
    """Allow what was not asked for in so many words."""
    return replace(goal, required=False, asked=False)


def if_possible(*goals: Goal) -> tuple[Goal, ...]:
    """Ask for what circumstances may prevent: the claim has to be true, whichever way it goes."""
    return tuple(replace(goal, required=False) for goal in goals)


def unreachable(text: str) -> Goal:
    """Ask for what nobody can do."""
    return Goal(text, lambda _change, _left: None, required=False)


def either(*goals: Goal) -> Goal:
    """Take the first of several readings that is reached."""

    def find(change: Change, left: set[Fact]) -> set[Fact] | None:
        return next((facts for goal in goals if (facts := goal.find(change, left)) is not None), None)

    return Goal(" or ".join(goal.text for goal in goals), find)


def instant(text: str) -> Test:
    """Match a moment, however it is written; seconds since 1970 are read too."""
    wanted = datetime.fromisoformat(text)

    def fits(value: object) -> bool:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value == wanted.timestamp()
        try:
            found = datetime.fromisoformat(str(value))
        except ValueError:
            return False
        return found.replace(tzinfo=found.tzinfo or UTC) == wanted

    return fits


def containing(*parts: str) -> Test:
    """Match a text that has all parts in it, in any case."""
    return lambda value: all(part.casefold() in str(value).casefold() for part in parts)


def matches(value: object, wanted: object) -> bool:
    """Compare a value with another one, or put it to a test."""
    return wanted(value) if callable(wanted) else same(value, wanted)


def all_there(facts: Mapping[Fact, Any], whose: Fact, wanted: Mapping[str, Any]) -> bool:
    """Return whether all named values are there and match."""
    return all((*whose, name) in facts and matches(facts[*whose, name], value) for name, value in wanted.items())


_MOST_SHOWN = 40


def in_words(wanted: Mapping[str, Any]) -> str:
    """Name the values that a goal asks for."""
    shown = (name if callable(value) else f"{name} = {str(value)[:_MOST_SHOWN]}" for name, value in wanted.items())
    return ", ".join(shown) or "nothing more"
