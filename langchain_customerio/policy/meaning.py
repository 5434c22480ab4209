"""What a call says, read as the API will: with the context that it has or that its batch lends it.

Names are compared without care (case, white space, look of their letters), because all of this is read to refuse, or to
have a person look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from langchain_customerio.api.calls import Alias, Batch, Call, Common, Group, Identify, Track
from langchain_customerio.api.semantic_events import ACTING_EVENTS, REDIRECTING_PROPERTIES, resembles
from langchain_customerio.api.validation import shown
from langchain_customerio.policy.patterns import letters

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

Parts = dict[str, Any]
Contexts = tuple[Parts, ...]
"""The contexts that may apply to a call, the one that the newest documents give it first."""

_UNSUBSCRIBED: Final = letters("unsubscribed")
_PREFERENCES: Final = letters("cio_subscription_preferences")
_RELATIONSHIPS: Final = letters("cio_relationships")
_REDIRECTS: Final = frozenset(map(letters, REDIRECTING_PROPERTIES))
_IDENTITY: Final = frozenset(map(letters, ("id", "cio_id", "user_id", "anonymous_id")))
_CONTEXT_IDENTITY: Final = _IDENTITY | frozenset(map(letters, ("external_id", "external_ids", "previous_id")))


def traits_of(call: Call) -> Parts:
    """Return the traits of a call, a person's or a group's."""
    return (call.traits or {}) if isinstance(call, Identify | Group) else {}


def _in_context(contexts: Contexts, wanted: Container[str]) -> Iterator[tuple[str, object]]:
    """Find what rides in a context under one of these names, as some clients of such APIs send it."""
    for context in contexts:
        yield from ((f"context.{shown(name)}", value) for name, value in context.items() if letters(name) in wanted)


def person_traits(call: Call, contexts: Contexts) -> Iterator[Parts]:
    """Find the traits that a call sets on a person."""
    if isinstance(call, Identify):
        yield traits_of(call)
    for context in contexts:
        for name, value in context.items():
            head, _, part = name.partition(".")
            if letters(head) == "traits":
                held = [{part: value}] if part else value if isinstance(value, list) else [value]
                yield from (traits for traits in held if isinstance(traits, dict))


def contexts_of(item: Common, default: Parts | None = None) -> Contexts:
    """Return the contexts that may apply to a call: its own, and its batch's.

    In the newest documents a batch's context serves the items without one of their own; in older ones, all of them.
    """
    return tuple(context for context in (item.context, default) if context is not None)


def is_consent(name: str) -> bool:
    """Return whether a trait changes consent, or a part of it, in whatever spelling."""
    return letters(name.partition(".")[0]) == _UNSUBSCRIBED or letters(name).startswith(_PREFERENCES)


def consent_in(call: Call, contexts: Contexts) -> Iterator[str]:
    """Yield the names of a person's traits that change consent."""
    for traits in person_traits(call, contexts):
        yield from (name for name in traits if is_consent(name))


def redirecting_in(call: Call) -> Iterator[str]:
    """Yield the names of redirecting properties; in an acting event they are part of its payload."""
    if not (isinstance(call, Track) and call.event in ACTING_EVENTS):
        properties: Parts = getattr(call, "properties", None) or {}
        yield from (name for name in properties if letters(name) in _REDIRECTS)


def risks(call: Call, plain_events: Container[str] = (), default: Parts | None = None) -> Iterator[str]:
    """Yield what makes a call worth a second look, for the person who decides about it.

    >>> list(risks(Identify(user_id="ada", traits={"plan": "pro"})))
    []
    >>> list(risks(Alias(previous_id="a", user_id="b")))
    ['merges two ids, which may not be undone']
    """
    if isinstance(call, Batch):
        for index, item in enumerate(call):
            yield from (f"batch[{index}] {risk}" for risk in risks(item, plain_events, call.context))
        return
    if isinstance(call, Track) and call.event not in plain_events and (acting := resembles(call.event)):
        yield acting.effect
    if isinstance(call, Alias):
        yield "merges two ids, which may not be undone"
    contexts = contexts_of(cast("Common", call), default)
    yield from (f"changes consent: traits.{shown(name)}" for name in consent_in(call, contexts))
    yield from (f"redirects a message: properties.{shown(name)}" for name in redirecting_in(call))


def names_in(call: Common, contexts: Contexts, *, by_address: bool) -> Iterator[tuple[str, object]]:
    """Yield all that a call names beside one person, and where: None for what can never be one.

    Args:
        call: The call.
        contexts: The contexts that may apply to it.
        by_address: Whether the person goes by an e-mail address, so that the trait names them too.
    """
    yield "userId", getattr(call, "user_id", None)
    if isinstance(call, Alias):
        yield "previousId", None
    if getattr(call, "anonymous_id", None) is not None:
        yield "anonymousId", None
    if isinstance(call, Track) and (acting := ACTING_EVENTS.get(call.event)) and acting.identity != "userId":
        yield "event", None
    wanted = _IDENTITY | {"email"} if by_address else _IDENTITY
    for traits in person_traits(call, contexts):
        yield from ((f"traits.{shown(name)}", value) for name, value in traits.items() if letters(name) in wanted)
    yield from _in_context(contexts, _CONTEXT_IDENTITY)


def groups_in(call: Common, contexts: Contexts) -> Iterator[tuple[str, object]]:
    """Yield the groups that a call names, and where: None for a relation, which may name any."""
    if (group := getattr(call, "group_id", None)) is not None:
        yield "groupId", group
    yield from _in_context(contexts, {"groupid"})
    if isinstance(call, Track) and call.event in ACTING_EVENTS and "objectId" in (properties := call.properties or {}):
        yield "properties.objectId", properties["objectId"]
    relations = (name for name in traits_of(call) if letters(name.partition(".")[0]) == _RELATIONSHIPS)
    yield from ((f"traits.{shown(name)}", None) for name in relations)
