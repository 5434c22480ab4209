"""Goals about people: traits, consent, ids, devices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.evals.goals.base import Goal, all_there, in_words
from tests.evals.state import PREFERENCES, Change, Fact, RecordedEvent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

USUAL = ("name", "first_name", "last_name", "firstName", "lastName", "createdAt", "created_at", "id", "cio_id")
"""Traits that a careful writer may add to a new person."""


def person(who: str, traits: Mapping[str, Any], *, may: Iterable[str] = (), kind: str = "") -> Goal:
    """Ask for a person, or with `kind="visitor"` an anonymous profile, with these traits."""
    trait = f"{kind} trait".strip()
    own: set[Fact] = {(kind or "person", who), *((trait, who, name) for name in (*traits, *may))}

    def find(change: Change, left: set[Fact]) -> set[Fact] | None:
        return left & own if all_there(change.after, (trait, who), traits) else None

    return Goal(f"{who} with {in_words(traits)}", find)


def cleared(who: str, trait: str) -> Goal:
    """Ask for a trait to be gone, or empty."""
    fact = ("trait", who, trait)
    return Goal(
        f"{trait} of {who} cleared",
        lambda change, left: left & {fact} if change.after.get(fact) in (None, "") else None,
    )


def preference(who: str, path: str, *, on: bool) -> Goal:
    """Ask for one subscription preference, such as `topics.topic_3`."""
    return person(who, {f"{PREFERENCES}.{path}": on})


def merged(old: str, who: str) -> Goal:
    """Ask for an id to be known as another person's: what belonged to it moves."""

    def find(change: Change, left: set[Fact]) -> set[Fact] | None:
        if change.after.get(("same person", old)) != who or ("person", old) in change.after:
            return None
        moved = {
            ("trait", who, fact[-1]) for fact in change.before if fact[:2] in {("trait", old), ("visitor trait", old)}
        }
        return {
            fact
            for fact in left
            if fact[1] == old or fact in moved or fact == ("person", who) or _went_to(change, fact, who)
        }

    return Goal(f"{old} known as {who}", find)


def _went_to(change: Change, fact: Fact, who: str) -> bool:
    """Return whether an event from before now belongs to the person."""
    event = change.after.get(fact)
    return fact[0] == "event" and fact in change.before and isinstance(event, RecordedEvent) and event.who == who


def deleted(who: str, *, and_suppressed: bool = False) -> Goal:
    """Ask for a person to be gone, with everything that belongs to them."""

    def find(change: Change, left: set[Fact]) -> set[Fact] | None:
        removed = any(fact[:3] == ("removal", "person", who) for fact in change.after)
        gone = removed and ("person", who) not in change.after
        if not gone or (("suppressed", who) in change.after) is not and_suppressed:
            return None
        return {fact for fact in left if who in fact[1:3]}

    return Goal(f"{who} deleted{' and suppressed' if and_suppressed else ''}", find)


def unsuppressed(who: str) -> Goal:
    """Ask for a suppressed id to be free again."""
    fact = ("suppressed", who)
    return Goal(f"{who} no longer suppressed", lambda change, left: None if fact in change.after else left & {fact})


def device(who: str, token: str, platform: str) -> Goal:
    """Ask for a device of a person."""
    fact = ("device", who, token)
    return Goal(
        f"device {token} of {who}",
        lambda change, left: left & {fact, ("person", who)} if change.after.get(fact) == platform else None,
    )


def no_device(who: str, token: str) -> Goal:
    """Ask for a device to be gone."""
    fact = ("device", who, token)

    def find(change: Change, left: set[Fact]) -> set[Fact] | None:
        return None if fact in change.after else left & {fact, ("removal", "device", who, token)}

    return Goal(f"no device {token} of {who}", find)
