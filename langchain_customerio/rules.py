"""The rules of a policy, one function each: whatever a call may not do is refused with the name of the rule.

A rule reads the call as the API will: with the context that it has or that its batch lends it. Names are compared
without care (case, white space, look of their letters) where that refuses more, and exactly where it would allow more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from langchain_customerio.calls import Alias, Batch, Call, Common, Group, Identify, Track
from langchain_customerio.errors import InvalidRequestError, PolicyError, Problem
from langchain_customerio.events import ACTING_EVENTS, REDIRECTING_PROPERTIES, resembles
from langchain_customerio.patterns import allowed, denied, letters, same_text
from langchain_customerio.problems import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator

    from langchain_customerio.policy import Policy

Parts = dict[str, Any]
Contexts = tuple[Parts, ...]
"""The contexts that may apply to a call, the one that the newest documents give it first."""

_ASK_A_PERSON = "Only a person can change that; report it instead of trying another way."


_UNSUBSCRIBED: Final = letters("unsubscribed")
_PREFERENCES: Final = letters("cio_subscription_preferences")
_REDIRECTS: Final = frozenset(map(letters, REDIRECTING_PROPERTIES))
_IDENTITY: Final = frozenset(map(letters, ("id", "cio_id", "user_id", "anonymous_id")))
_CONTEXT_IDENTITY: Final = _IDENTITY | frozenset(map(letters, ("external_id", "external_ids", "previous_id")))
_RELATIONSHIPS: Final = letters("cio_relationships")
_STRUCTURE: Final = frozenset({"objectTypeId", "object_type_id"})


def refusal(rule: str, what: str) -> PolicyError:
    """Build the error of a rule: what is not allowed, and that only a person can change it."""
    return PolicyError(f"Not sent. {what}. {_ASK_A_PERSON}", rule=rule)


# What a call says


def _traits(call: Call) -> Parts:
    return (call.traits or {}) if isinstance(call, Identify | Group) else {}


def _in_context(contexts: Contexts, wanted: Container[str]) -> Iterator[Any]:
    """Find what rides in a context under one of these names, as some clients of such APIs send it."""
    return (value for context in contexts for name, value in context.items() if letters(name) in wanted)


def _person_traits(call: Call, contexts: Contexts) -> Iterator[Parts]:
    """Find the traits that a call sets on a person."""
    if isinstance(call, Identify):
        yield _traits(call)
    yield from (traits for traits in _in_context(contexts, {"traits"}) if isinstance(traits, dict))


def contexts_of(item: Common, default: Parts | None = None) -> Contexts:
    """Return the contexts that may apply to a call: its own, and its batch's.

    In the newest documents a batch's context serves the items without one of their own; in older ones, all of them.
    """
    return tuple(context for context in (item.context, default) if context is not None)


def is_consent(name: str) -> bool:
    """Return whether a trait changes consent, or a part of it, in whatever spelling."""
    return letters(name.partition(".")[0]) == _UNSUBSCRIBED or letters(name).startswith(_PREFERENCES)


def _consent(call: Call, contexts: Contexts) -> Iterator[str]:
    for traits in _person_traits(call, contexts):
        yield from (name for name in traits if is_consent(name))


def _redirecting(call: Call) -> Iterator[str]:
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
    yield from (f"changes consent: traits.{shown(name)}" for name in _consent(call, contexts))
    yield from (f"redirects a message: properties.{shown(name)}" for name in _redirecting(call))


# The rules


def call_is_allowed(policy: Policy, kind: str) -> bool:
    """Return whether calls of this name may be made."""
    return allowed(policy.calls and [pattern.strip().casefold() for pattern in policy.calls], kind)


def check_call_name(policy: Policy, call: Call) -> None:
    """Refuse a call that is not allowed at all."""
    if not call_is_allowed(policy, call.kind):
        raise refusal("calls", f"{call.kind} calls are not allowed here")


def _check_acting_event(policy: Policy, call: Common, contexts: Contexts) -> None:
    if not isinstance(call, Track) or (acting := resembles(call.event)) is None:
        return
    exact = call.event == acting.name
    if not exact and call.event in policy.plain_events:
        return
    told = f'"{acting.name}" {acting.effect}' if exact else f'The event name is taken for "{acting.name}"'
    if acting.irreversible and not policy.allows_event(acting.name):
        raise refusal("allow_destructive", f"{told}; that is not allowed here")
    if not allowed(policy.events, acting.name):
        raise refusal("events", f"{told}; that is not allowed here")
    if not exact:
        reason = f'would be recorded and do nothing; "{acting.name}", exactly so, {acting.effect}'
        raise InvalidRequestError(problems=(Problem("event", reason),))
    if faults := acting.faults({**call.wire(), "context": contexts[0] if contexts else None}):
        problems = (
            Problem(path, f'{fault} for "{acting.name}", which {acting.effect}') for path, fault in faults.items()
        )
        raise InvalidRequestError(problems=tuple(problems))


def _check_event_name(policy: Policy, call: Common, _contexts: Contexts) -> None:
    if isinstance(call, Track) and not allowed(policy.events, call.event):
        raise refusal("events", "Events of this name are not allowed here")


def _check_redirects(policy: Policy, call: Common, _contexts: Contexts) -> None:
    if not policy.allow_redirects:
        for name in _redirecting(call):
            raise refusal("allow_redirects", f"properties.{shown(name)} redirects a message; that is not allowed here")


def _check_consent(policy: Policy, call: Common, contexts: Contexts) -> None:
    if not policy.allow_consent:
        for name in _consent(call, contexts):
            raise refusal("allow_consent", f"traits.{shown(name)} changes consent; that is not allowed here")


def _check_alias(policy: Policy, call: Common, _contexts: Contexts) -> None:
    if isinstance(call, Alias) and not policy.allow_alias:
        raise refusal("allow_alias", "Merging ids is not allowed here")


def _check_traits(policy: Policy, call: Common, contexts: Contexts) -> None:
    if policy.traits is None:
        return
    for_group = {name: value for name, value in _traits(call).items() if name not in _STRUCTURE}
    for traits in (for_group,) if isinstance(call, Group) else _person_traits(call, contexts):
        for name, value in traits.items():
            if not _may_set(policy.traits, name, value):
                raise refusal("traits", f"The trait {shown(name)} may not be set here")


def _may_set(patterns: Iterable[str], name: str, value: object) -> bool:
    """Judge a trait by its path and all that it is part of, and by the paths of all that lies in it."""
    steps = name.split(".")
    above = [".".join(steps[:length]) for length in range(1, len(steps) + 1)]
    replaced = f"!{same_text(name)}."
    if any(same_text(pattern).startswith(replaced) for pattern in patterns):
        return False
    return allowed(patterns, *above) and not any(denied(patterns, path) for path in _inside(name, value))


def _inside(path: str, value: object) -> Iterator[str]:
    """Yield the paths of all that lies in a value; what lies in a list goes by the path of the list."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield f"{path}.{name}"
            yield from _inside(f"{path}.{name}", item)
    elif isinstance(value, list):
        for item in value:
            yield from _inside(path, item)


def _check_groups(policy: Policy, call: Common, contexts: Contexts) -> None:
    if policy.groups is None:
        return
    named = [getattr(call, "group_id", None), *_in_context(contexts, {"groupid"})]
    if isinstance(call, Track) and call.event in ACTING_EVENTS and call.properties:
        named.append(call.properties.get("objectId"))
    related = any(letters(name.partition(".")[0]) == _RELATIONSHIPS for name in _traits(call))
    if related or any(group is not None and not allowed(policy.groups, str(group)) for group in named):
        raise refusal("groups", "This group is not allowed here")


def _check_integrations(policy: Policy, call: Common, _contexts: Contexts) -> None:
    for name in call.integrations or {}:
        if not allowed(policy.integrations, name):
            raise refusal("integrations", f"The destination {shown(name)} may not be named here")


def _check_person(policy: Policy, call: Common, contexts: Contexts) -> None:
    """Refuse whatever names somebody or something else than the one person."""
    person = policy.person
    if person is None:
        return
    acting = ACTING_EVENTS.get(call.event) if isinstance(call, Track) else None
    beyond = isinstance(call, Alias) or (acting is not None and acting.identity != "userId")
    others: list[object] = [getattr(call, "user_id", None), *_identity_traits(person, call, contexts)]
    if beyond or getattr(call, "anonymous_id", None) is not None or any(other != person for other in others):
        raise refusal("person", "These tools act for one person only, and the call names somebody or something else")


def _identity_traits(person: str, call: Common, contexts: Contexts) -> Iterator[object]:
    names = _IDENTITY | {"email"} if "@" in person else _IDENTITY
    for traits in _person_traits(call, contexts):
        yield from (value for name, value in traits.items() if letters(name) in names)
    yield from _in_context(contexts, _CONTEXT_IDENTITY)


def fill_in_person(policy: Policy, call: Common) -> Common:
    """Return the call with the policy's person where it names no user."""
    if policy.person is None or getattr(call, "user_id", None) is not None:
        return call
    return call.model_copy(update={"user_id": policy.person})


RULES: tuple[Callable[[Policy, Common, Contexts], None], ...] = (
    _check_person,
    _check_acting_event,
    _check_event_name,
    _check_redirects,
    _check_consent,
    _check_alias,
    _check_traits,
    _check_groups,
    _check_integrations,
)
"""Every rule for a call, apart from the one about its name."""
