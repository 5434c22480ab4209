"""The rules of a policy, one function each: whatever a call may not do is refused with the name of the rule.

Names are compared without care (case, white space, look of their letters) where that refuses more, and exactly where it
would allow more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from langchain_customerio.api.calls import Alias, Call, Common, Group, Track
from langchain_customerio.api.semantic_events import resembles
from langchain_customerio.api.validation import shown
from langchain_customerio.errors import InvalidRequestError, PolicyError, Problem
from langchain_customerio.policy.meaning import (
    consent_in,
    groups_in,
    names_in,
    person_traits,
    redirecting_in,
    traits_of,
)
from langchain_customerio.policy.patterns import MOST_STEPS, allowed, denied, paths_to, same_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from langchain_customerio.policy.meaning import Contexts
    from langchain_customerio.policy.policy import Policy

_ASK_A_PERSON = "Only a human operator can change that; report it instead of trying another way."

_STRUCTURE: Final = frozenset({"objectTypeId", "object_type_id"})


def refusal(rule: str, what: str) -> PolicyError:
    """Build the error of a rule: what is not allowed, and that only a person can change it."""
    return PolicyError(f"Not sent. {what}. {_ASK_A_PERSON}", rule=rule)


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
        raise refusal("events", "event: this name is not allowed here")


def _check_redirects(policy: Policy, call: Common, _contexts: Contexts) -> None:
    if not policy.allow_redirects:
        for name in redirecting_in(call):
            raise refusal("allow_redirects", f"properties.{shown(name)} redirects a message; that is not allowed here")


def _check_consent(policy: Policy, call: Common, contexts: Contexts) -> None:
    if not policy.allow_consent:
        for name in consent_in(call, contexts):
            raise refusal("allow_consent", f"traits.{shown(name)} changes consent; that is not allowed here")


def _check_alias(policy: Policy, call: Common, _contexts: Contexts) -> None:
    if isinstance(call, Alias) and not policy.allow_alias:
        raise refusal("allow_alias", "Merging ids is not allowed here")


def _check_traits(policy: Policy, call: Common, contexts: Contexts) -> None:
    if policy.traits is None:
        return
    of_group = traits_of(call) if isinstance(call, Group) else {}
    own = {name: value for name, value in of_group.items() if name not in _STRUCTURE}
    for traits in (own, *person_traits(call, contexts)):
        for name, value in traits.items():
            if not _may_set(policy.traits, name, value):
                raise refusal("traits", f"traits.{shown(name)}: may not be set here")


def _may_set(patterns: Iterable[str], name: str, value: object) -> bool:
    """Judge a trait by its path and all that it is part of, and by the paths of all that lies in it."""
    replaced = f"!{same_text(name)}."
    too_deep = name.count(".") >= MOST_STEPS
    if too_deep or any(same_text(pattern).startswith(replaced) for pattern in patterns):
        return False
    return allowed(patterns, *paths_to(name)) and not any(denied(patterns, path) for path in _inside(name, value))


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
    for path, group in groups_in(call, contexts):
        if group is None or not allowed(policy.groups, str(group)):
            raise refusal("groups", f"{path}: this group is not allowed here")


def _check_integrations(policy: Policy, call: Common, _contexts: Contexts) -> None:
    for name in call.integrations or {}:
        if not allowed(policy.integrations, name):
            raise refusal("integrations", f"integrations.{shown(name)}: may not be named here")


def _check_person(policy: Policy, call: Common, contexts: Contexts) -> None:
    """Refuse whatever names somebody or something else than the one person."""
    person = policy.person
    if person is None:
        return
    for path, name in names_in(call, contexts, by_address="@" in person):
        if name != person:
            raise refusal(
                "person", f"{path}: names somebody or something else, and these tools act for one person only"
            )


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
