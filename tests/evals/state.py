"""What a sandbox's workspace holds, as a flat table of facts: two tables can be compared line by line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from langchain_customerio.sandbox import AnonymousProfile, Event, Sandbox

Fact: TypeAlias = tuple[str, ...]
"""What it is, and whose: `("trait", "ada", "plan")`."""

State: TypeAlias = dict[Fact, Any]

PREFERENCES = "cio_subscription_preferences"


@dataclass(frozen=True)
class RecordedEvent:
    """An event, page view or screen view in the workspace."""

    kind: str
    name: str | None
    who: str | None
    visitor: str | None
    properties: dict[str, Any]
    context: dict[str, Any]
    integrations: dict[str, Any]
    at: datetime


def state_of(sandbox: Sandbox) -> State:
    """Return everything that a workspace holds.

    An event that arrived twice with one `messageId` counts once, as it does downstream of the API; so does a deletion
    that was asked for twice.
    """
    facts: State = {}
    for fact, value in _facts(sandbox):
        facts.setdefault(fact, value)
    return facts


def _facts(sandbox: Sandbox) -> Iterator[tuple[Fact, Any]]:
    for person in sandbox.people.values():
        yield ("person", person.id), True
        yield from _named(("trait", person.id), person.traits)
        yield from ((("same person", other), person.id) for other in (*person.anonymous_ids, *person.previous_ids))
    for profile in sandbox.anonymous.values():
        yield from _visitor(profile)
    yield from ((("same person", previous), user) for previous, user in sandbox.aliases.items())
    for group in sandbox.objects.values():
        yield ("group", group.type_id, group.id), True
        yield from _named(("group trait", group.type_id, group.id), group.traits)
    for member in sandbox.relationships.values():
        yield ("member", member.user_id, member.type_id, member.object_id), True
        yield from _named(("member trait", member.user_id, member.type_id, member.object_id), member.attributes)
    for device in sandbox.devices.values():
        yield ("device", device.user_id, device.token), device.type
    yield from ((("suppressed", identifier), True) for identifier in sandbox.suppressed)
    yield from ((("event", event.message_id or f"#{i}"), _recorded(event)) for i, event in enumerate(sandbox.events))
    for gone in sandbox.deleted:
        yield ("removal", gone.kind, gone.user_id or gone.id, gone.id), gone.event
    for i, _ in enumerate((*sandbox.delivery_metrics, *sandbox.content_metrics)):
        yield ("metric", str(i)), True


def _visitor(profile: AnonymousProfile) -> Iterator[tuple[Fact, Any]]:
    yield ("visitor", profile.id), True
    yield from _named(("visitor trait", profile.id), profile.traits)
    yield from ((("visitor member", profile.id, *key), value) for key, value in profile.relationships.items())


def _named(whose: Fact, values: Mapping[str, Any]) -> Iterator[tuple[Fact, Any]]:
    """Give each named value as a fact of its own, and each subscription preference too."""
    for name, value in values.items():
        if name == PREFERENCES and isinstance(value, dict):
            for kind, each in value.items():
                yield from (((*whose, f"{name}.{kind}.{inner}"), on) for inner, on in dict(each).items())
        else:
            yield (*whose, name), value


def _recorded(event: Event) -> RecordedEvent:
    return RecordedEvent(
        event.kind,
        event.name,
        event.user_id,
        event.anonymous_id,
        event.properties,
        event.context,
        event.integrations,
        event.timestamp,
    )


@dataclass(frozen=True)
class Change:
    """A workspace before and after a trial, or as the answers of the tools say that it is after it."""

    before: State
    after: State

    @property
    def changed(self) -> set[Fact]:
        """What is new, gone or different."""
        return {
            fact
            for fact in self.before.keys() | self.after.keys()
            if not same(self.before.get(fact, _MISSING), self.after.get(fact, _MISSING))
        }

    def describe(self, fact: Fact) -> str:
        """Say which fact changed, and whether it is new, gone or different."""
        what = "gone" if fact not in self.after else "changed" if fact in self.before else "new"
        return f"{what}: {' '.join(fact)}"


_MISSING = object()


def same(one: object, other: object) -> bool:
    """Compare JSON values: numbers by value, and a boolean is not a number.

    >>> same(1, 1.0), same(1, True), same({"a": [1]}, {"a": [1.0]})
    (True, False, True)
    """
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other
