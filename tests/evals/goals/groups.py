"""Goals about groups and who belongs to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.evals.goals.base import Goal, all_there, in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.evals.state import Change, Fact


def group(name: str, traits: Mapping[str, Any], *, kind: str = "1", may: Iterable[str] = ()) -> Goal:
    """Ask for a group with these traits."""
    own: set[Fact] = {("group", kind, name), *(("group trait", kind, name, each) for each in (*traits, *may))}

    def find(change: Change, left: set[Fact]) -> set[Fact] | None:
        there = ("group", kind, name) in change.after and all_there(change.after, ("group trait", kind, name), traits)
        return left & own if there else None

    return Goal(f"group {name} with {in_words(traits)}", find)


def member(who: str, of: str, *, kind: str = "1", has: Mapping[str, Any] | None = None) -> Goal:
    """Ask for a person in a group, with these attributes of the relationship."""
    own: set[Fact] = {("person", who), ("group", kind, of), ("member", who, kind, of)}
    own |= {("member trait", who, kind, of, name) for name in has or {}}

    def find(change: Change, left: set[Fact]) -> set[Fact] | None:
        there = ("member", who, kind, of) in change.after
        return left & own if there and all_there(change.after, ("member trait", who, kind, of), has or {}) else None

    return Goal(f"{who} in {of}", find)


def no_member(who: str, of: str, *, kind: str = "1") -> Goal:
    """Ask for a person out of a group, where both stay."""

    def find(change: Change, left: set[Fact]) -> set[Fact] | None:
        if ("member", who, kind, of) in change.after or ("person", who) not in change.after:
            return None
        own = {("member", who, kind, of), ("member trait", who, kind, of), ("removal", "relationship", who, of)}
        return {fact for fact in left if fact[:4] in own}

    return Goal(f"{who} no longer in {of}", find)


def no_group(name: str, *, kind: str = "1") -> Goal:
    """Ask for a group to be gone."""

    def find(change: Change, left: set[Fact]) -> set[Fact] | None:
        if ("group", kind, name) in change.after:
            return None
        about = {"group", "group trait", "member", "member trait"}
        return {fact for fact in left if (fact[0] in about and name in fact) or fact[:3] == ("removal", "object", name)}

    return Goal(f"group {name} deleted", find)
