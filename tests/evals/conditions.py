"""What can be wanted of people, events, groups and devices."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from langchain_customerio.api.semantic_events import REDIRECTING_PROPERTIES
from tests.evals.wants import Want, all_there, instant, matches
from tests.evals.world import PREFERENCES, Fact, Happening, Scene

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# ---- people ----

USUAL = ("name", "first_name", "last_name", "firstName", "lastName", "createdAt", "created_at", "id", "cio_id")
"""Traits that a careful writer may add to a new person."""


def person(who: str, traits: Mapping[str, Any], *, may: Iterable[str] = (), kind: str = "") -> Want:
    """Want a person, or with `kind="visitor"` an anonymous profile, with these traits."""
    trait = f"{kind} trait".strip()
    own: set[Fact] = {(kind or "person", who), *((trait, who, name) for name in (*traits, *may))}

    def find(scene: Scene, left: set[Fact]) -> set[Fact] | None:
        return left & own if all_there(scene.after, (trait, who), traits) else None

    return Want(f"{who} with {_names(traits)}", find)


def cleared(who: str, trait: str) -> Want:
    """Want a trait to be gone, or empty."""
    fact = ("trait", who, trait)
    return Want(
        f"{trait} of {who} cleared",
        lambda scene, left: left & {fact} if scene.after.get(fact) in (None, "") else None,
    )


def preference(who: str, path: str, *, on: bool) -> Want:
    """Want one subscription preference, such as `topics.topic_3`."""
    return person(who, {f"{PREFERENCES}.{path}": on})


def merged(old: str, who: str) -> Want:
    """Want an id to be known as another person's: what belonged to it moves."""

    def find(scene: Scene, left: set[Fact]) -> set[Fact] | None:
        if scene.after.get(("same person", old)) != who:
            return None
        moved = {
            ("trait", who, fact[-1]) for fact in scene.before if fact[:2] in {("trait", old), ("visitor trait", old)}
        }
        return {
            fact
            for fact in left
            if fact[1] == old or fact in moved or fact == ("person", who) or _went_to(scene, fact, who)
        }

    return Want(f"{old} known as {who}", find)


def _went_to(scene: Scene, fact: Fact, who: str) -> bool:
    """Return whether an event of before now belongs to the person."""
    event = scene.after.get(fact)
    return fact[0] == "event" and fact in scene.before and isinstance(event, Happening) and event.who == who


def deleted(who: str, *, and_blocked: bool = False) -> Want:
    """Want a person to be gone, with all that hangs on them."""

    def find(scene: Scene, left: set[Fact]) -> set[Fact] | None:
        gone = ("person", who) not in scene.after and ("removal", "person", who) in {fact[:3] for fact in scene.after}
        if not gone or (("suppressed", who) in scene.after) is not and_blocked:
            return None
        return {fact for fact in left if who in fact[1:3]}

    return Want(f"{who} deleted{' and blocked' if and_blocked else ''}", find)


def unblocked(who: str) -> Want:
    """Want a suppressed id to be free again."""
    fact = ("suppressed", who)
    return Want(f"{who} no longer suppressed", lambda scene, left: None if fact in scene.after else left & {fact})


# ---- events ----


def event(  # noqa: PLR0913 - each keyword is one thing that an event can be asked for
    who: str,
    *names: str,
    has: Mapping[str, Any] | None = None,
    at: str = "",
    on: str = "",
    kind: str = "track",
    visitor: bool = False,
) -> Want:
    """Want one event, page view or screen view.

    Args:
        who: The person, or the visitor.
        *names: The name, or several that will do; case and punctuation make no difference unless it has a `.` in it.
        has: Properties that it needs; others do no harm, but for those that redirect a message.
        at: The exact moment.
        on: The day, in UTC.
        kind: `track`, `page` or `screen`.
        visitor: Whether `who` is an anonymous id.
    """
    folded = {_folded(name) for name in names}

    def fits(found: Happening) -> bool:
        return (
            found.kind == kind
            and (found.visitor if visitor else found.who) == who
            and (not folded or _folded(found.name or "") in folded)
            and all(name in found.properties and matches(found.properties[name], v) for name, v in (has or {}).items())
            and not REDIRECTING_PROPERTIES.intersection(found.properties)
            and (not at or instant(at)(found.at.isoformat()))
            and (not on or found.at.astimezone(UTC).date().isoformat() == on)
        )

    def find(scene: Scene, left: set[Fact]) -> set[Fact] | None:
        events = [fact for fact in left if fact[0] == "event" and fact not in scene.before]
        for fact in events:
            if fits(scene.after[fact]):
                return {fact, *(left & {("person", who), ("visitor", who)})}
        return None

    what = names[0] if names else kind
    return Want(f"{what} of {who}{f' with {_names(has)}' if has else ''}", find)


def in_order(*names: str) -> Want:
    """Want events to have arrived in this order."""
    wanted = [_folded(name) for name in names]

    def find(scene: Scene, left: set[Fact]) -> set[Fact] | None:
        new = [_folded(value.name or "") for fact, value in scene.after.items() if _is_new_event(scene, fact)]
        return set() if [name for name in new if name in wanted] == wanted else None

    return Want(f"{', '.join(names)}, in this order", find)


def _is_new_event(scene: Scene, fact: Fact) -> bool:
    return fact[0] == "event" and fact not in scene.before


def _folded(name: str) -> str:
    return name if "." in name else "".join(filter(str.isalnum, name.casefold()))


# ---- groups and devices ----


def group(name: str, traits: Mapping[str, Any], *, kind: str = "1", may: Iterable[str] = ()) -> Want:
    """Want a group with these traits."""
    own: set[Fact] = {("group", kind, name), *(("group trait", kind, name, each) for each in (*traits, *may))}

    def find(scene: Scene, left: set[Fact]) -> set[Fact] | None:
        there = ("group", kind, name) in scene.after and all_there(scene.after, ("group trait", kind, name), traits)
        return left & own if there else None

    return Want(f"group {name} with {_names(traits)}", find)


def member(who: str, of: str, *, kind: str = "1", has: Mapping[str, Any] | None = None) -> Want:
    """Want a person in a group, with these attributes of the relationship."""
    own: set[Fact] = {("person", who), ("group", kind, of), ("member", who, kind, of)}
    own |= {("member trait", who, kind, of, name) for name in has or {}}

    def find(scene: Scene, left: set[Fact]) -> set[Fact] | None:
        there = ("member", who, kind, of) in scene.after
        return left & own if there and all_there(scene.after, ("member trait", who, kind, of), has or {}) else None

    return Want(f"{who} in {of}", find)


def no_member(who: str, of: str, *, kind: str = "1") -> Want:
    """Want a person out of a group, where both stay."""

    def find(scene: Scene, left: set[Fact]) -> set[Fact] | None:
        if ("member", who, kind, of) in scene.after or ("person", who) not in scene.after:
            return None
        return {
            fact
            for fact in left
            if fact[:4]
            in {("member", who, kind, of), ("member trait", who, kind, of), ("removal", "relationship", who, of)}
        }

    return Want(f"{who} no longer in {of}", find)


def no_group(name: str, *, kind: str = "1") -> Want:
    """Want a group to be gone."""

    def find(scene: Scene, left: set[Fact]) -> set[Fact] | None:
        if ("group", kind, name) in scene.after:
            return None
        about = {"group", "group trait", "member", "member trait"}
        return {fact for fact in left if (fact[0] in about and name in fact) or fact[:3] == ("removal", "object", name)}

    return Want(f"group {name} deleted", find)


def device(who: str, token: str, platform: str) -> Want:
    """Want a device of a person."""
    fact = ("device", who, token)
    return Want(
        f"device {token} of {who}",
        lambda scene, left: left & {fact, ("person", who)} if scene.after.get(fact) == platform else None,
    )


def no_device(who: str, token: str) -> Want:
    """Want a device to be gone."""
    fact = ("device", who, token)

    def find(scene: Scene, left: set[Fact]) -> set[Fact] | None:
        if fact in scene.after:
            return None
        return {each for each in left if each == fact or each[:4] == ("removal", "device", who, token)}

    return Want(f"no device {token} of {who}", find)


def _names(wanted: Mapping[str, Any]) -> str:
    shown = (name if callable(value) else f"{name} = {str(value)[:_MOST_SHOWN]}" for name, value in wanted.items())
    return ", ".join(shown) or "nothing more"


_MOST_SHOWN = 40
