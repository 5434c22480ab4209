"""What a task wants of the workspace: small conditions, each of which accounts for the changes that it asks for.

A change that no condition accounts for is one that nobody asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from tests.evals.world import Fact, Scene, same

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Find: TypeAlias = Callable[[Scene, set[Fact]], "set[Fact] | None"]
"""Finds what is wanted among the changes not accounted for: the facts it stands for, or None if it is not there."""

Test: TypeAlias = Callable[[object], bool]


@dataclass(frozen=True)
class Want:
    """One condition.

    Attributes:
        text: What is wanted, in words.
        find: Whether it is there, and which changes it accounts for.
        required: Whether the task fails without it.
        counts: Whether it is part of what was asked, so that a claim of success without it is false.
    """

    text: str
    find: Find
    required: bool = True
    counts: bool = True


@dataclass(frozen=True)
class Weighed:
    """What became of the wants.

    Attributes:
        kept: How many of the conditions that count are fulfilled.
        counted: How many count.
        missing: Those that count and are not fulfilled.
        failed: Those that are required and are not fulfilled.
        stray: Changes that nobody asked for.
    """

    kept: int
    counted: int
    missing: list[str]
    failed: list[str]
    stray: list[str]


def weigh(scene: Scene, wants: Iterable[Want]) -> Weighed:
    """Hold a workspace against what was wanted of it; exact conditions come first, tolerant ones take what is left."""
    left = scene.changed
    found: list[tuple[Want, bool]] = []
    for want in sorted(wants, key=lambda want: not want.counts):
        facts = want.find(scene, left)
        left -= facts or set()
        found.append((want, facts is not None))
    return Weighed(
        kept=sum(there for want, there in found if want.counts),
        counted=sum(want.counts for want, _ in found),
        missing=[want.text for want, there in found if want.counts and not there],
        failed=[want.text for want, there in found if want.required and not there],
        stray=sorted(f"{scene.word_for(fact)}: {' '.join(fact)}" for fact in left),
    )


def maybe(want: Want) -> Want:
    """Tolerate what was not asked for in so many words."""
    return replace(want, required=False, counts=False)


def if_possible(*wants: Want) -> tuple[Want, ...]:
    """Ask for what circumstances may prevent: the claim has to be true, whichever way it goes."""
    return tuple(replace(want, required=False) for want in wants)


def out_of_reach(text: str) -> Want:
    """Ask for what cannot be had."""
    return Want(text, lambda _scene, _left: None, required=False)


def any_of(*wants: Want) -> Want:
    """Take the first of several readings that is there."""

    def find(scene: Scene, left: set[Fact]) -> set[Fact] | None:
        return next((facts for want in wants if (facts := want.find(scene, left)) is not None), None)

    return Want(" or ".join(want.text for want in wants), find)


def instant(text: str) -> Test:
    """Match a moment, however it is written; seconds since 1970 are read too."""
    wanted = datetime.fromisoformat(text)

    def matches(value: object) -> bool:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value == wanted.timestamp()
        try:
            found = datetime.fromisoformat(str(value))
        except ValueError:
            return False
        return found.replace(tzinfo=found.tzinfo or UTC) == wanted

    return matches


def one_of(*values: object) -> Test:
    """Match any of several values."""
    return lambda value: any(same(value, each) for each in values)


def containing(*parts: str) -> Test:
    """Match a text that has all parts in it, in any case."""
    return lambda value: all(part.casefold() in str(value).casefold() for part in parts)


def matches(value: object, wanted: object) -> bool:
    """Hold a value against another one, or against a test."""
    return wanted(value) if callable(wanted) else same(value, wanted)


def all_there(facts: Mapping[Fact, Any], whose: Fact, wanted: Mapping[str, Any]) -> bool:
    """Return whether all named values are there and match."""
    return all((*whose, name) in facts and matches(facts[*whose, name], value) for name, value in wanted.items())
