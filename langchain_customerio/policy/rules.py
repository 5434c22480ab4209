"""The rules that a policy is made of: each finds in a call what one field of the policy is about.

A field of `Policy` carries its rule. From the rule alone follows what is refused, what deserves a second look, and
whether the answer depends on more than the names in a call. Names are compared without care (case, white space, look of
their letters) where that refuses more, and exactly where it would allow more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final

from langchain_customerio.api.calls import Alias, Common, Group, Identify, Track
from langchain_customerio.api.consent import PREFERENCES, preference_key
from langchain_customerio.api.semantic_events import ACTING_EVENTS, REDIRECTING_PROPERTIES, ActingEvent, resembles
from langchain_customerio.policy.patterns import all_letters, goes_too_far, letters, paths_to, read_patterns
from langchain_customerio.text import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Parts = dict[str, Any]
Path = tuple[str | int, ...]


class Severity(IntEnum):
    """How much a reviewer has to fear from a call, the worst first."""

    IRREVERSIBLE = 0
    MERGE = 1
    RISKY = 2


@dataclass(frozen=True, slots=True)
class View:
    """A call, read as the API will: with the context that it has or that its batch lends it.

    Attributes:
        call: The call.
        contexts: The contexts that may apply to it, the one that the newest documents give it first. In the newest
            documents a batch's context serves the items without one of their own; in older ones, all of them.
        plain_events: Names of events that are to be recorded although they look like acting ones.
    """

    call: Common
    contexts: tuple[Parts, ...] = ()
    plain_events: tuple[str, ...] = ()

    @property
    def acting(self) -> ActingEvent | None:
        """The event that the call is, or would be taken for, if that acts."""
        if not isinstance(self.call, Track):
            return None
        acting = resembles(self.call.event)
        own = acting is not None and acting.name != self.call.event and self.call.event in self.plain_events
        return None if own else acting

    @property
    def properties(self) -> Parts:
        """The properties of the call."""
        return getattr(self.call, "properties", None) or {}

    def person_traits(self) -> Iterator[Parts]:
        """Yield the traits that the call sets on a person, in whatever place."""
        if isinstance(self.call, Identify) and self.call.traits:
            yield self.call.traits
        for context in self.contexts:
            for name, value in context.items():
                head, _, part = name.partition(".")
                if letters(head) == "traits":
                    held = [{part: value}] if part else value if isinstance(value, list) else [value]
                    yield from (traits for traits in held if isinstance(traits, dict))

    def in_contexts(self, wanted: frozenset[str]) -> Iterator[Found]:
        """Yield what rides in a context under one of these names, as some clients of such APIs send it."""
        for context in self.contexts:
            for name, value in context.items():
                if letters(name) in wanted:
                    yield Found(("context", shown(name)), value)


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule found.

    Attributes:
        path: Where, in wire names.
        name: What it is called; None for what can never be allowed by a name.
        inside: What lies in it, for rules that look into values; of an acting event, whether it is written exactly so.
        severity: How bad it is.
        effect: What it does, where the rule's own words are not enough.
    """

    path: Path
    name: object = None
    inside: object = None
    severity: Severity = Severity.RISKY
    effect: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """What one field of a policy is about.

    Attributes:
        find: Yields what the field is about in a call.
        permits: Whether the field's value lets something pass.
        risk: What it does, for a person who decides about it; empty for what is no risk in itself.
        by_name: Whether the answer depends on names alone (of the event, of fields, of traits and properties and what
            lies in them), so that it holds for every call with the same names.
        values: More values for the words of a refusal.
    """

    find: Callable[[View], Iterator[Found]]
    permits: Callable[[Any, Found], bool]
    risk: str = ""
    by_name: bool = False
    values: Callable[[Any, Found], dict[str, Any]] = field(default=lambda _value, _found: {})


# What a value of the policy lets pass


def if_true(value: bool, _found: Found) -> bool:  # noqa: FBT001 - the value of a flag
    """Let everything pass where the flag is set."""
    return value


def if_named(value: bool | tuple[str, ...], found: Found) -> bool:  # noqa: FBT001 - the value of a flag or a list
    """Let everything pass where the flag is set, or what the list names exactly."""
    return value if isinstance(value, bool) else found.name in value


def if_matched(patterns: tuple[str, ...] | None, found: Found) -> bool:
    """Let pass what the patterns allow by its name."""
    return patterns is None or (found.name is not None and read_patterns(patterns).allow(str(found.name)))


def if_path_matched(patterns: tuple[str, ...] | None, found: Found) -> bool:
    """Let pass what the patterns allow by its path, that of all that it is part of, and that of all that lies in it."""
    name = str(found.name)
    if patterns is None:
        return True
    if goes_too_far(name):
        return False
    read = read_patterns(patterns)
    if read.deny_a_part_of(name) or not read.allow(*paths_to(name)):
        return False
    return read.denying is None or not any(map(_or_too_far(read.deny), _inside(name, found.inside)))


def _or_too_far(deny: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda path: goes_too_far(path) or deny(path)


def _inside(path: str, value: object) -> Iterator[str]:
    """Yield the paths of all that lies in a value, each before what lies in it; a list has no part in them."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield f"{path}.{name}"
            yield from _inside(f"{path}.{name}", item)
    elif isinstance(value, list):
        for item in value:
            yield from _inside(path, item)


def if_the_person(person: str | None, found: Found) -> bool:
    """Let pass what names the one person; an e-mail address names them where they go by one."""
    if person is None or found.name == person:
        return True
    return found.effect == _ADDRESS and "@" not in person


def nearest(patterns: tuple[str, ...] | None, found: Found) -> dict[str, Any]:
    """Return the words for the allowed name that a refused one may be a slip of."""
    near = read_patterns(patterns).nearest(str(found.name)) if patterns else ""
    return {"near": f'; did you mean "{shown(near, 100)}"?' if near else ""}


# What there is to find

_CONSENT: Final = letters("unsubscribed")
_PREFERENCES: Final = letters(PREFERENCES)
_RELATIONSHIPS: Final = letters("cio_relationships")
_REDIRECTS: Final = frozenset(map(letters, REDIRECTING_PROPERTIES))
_IDENTITY: Final = frozenset(map(letters, ("id", "cio_id", "user_id", "anonymous_id")))
_CONTEXT_IDENTITY: Final = _IDENTITY | frozenset(map(letters, ("external_id", "external_ids", "previous_id")))
_ADDRESS: Final = "address"
_CONTACT: Final = frozenset(map(letters, ("email", "phone", "phone_number", "id", "cio_id", "user_id", "anonymous_id")))
_STRUCTURE: Final = frozenset({"objectTypeId", "object_type_id"})
_DEVICE: Final = "Device Created or Updated"


def irreversible(view: View) -> Iterator[Found]:
    """Find an event whose effect cannot be undone, or one that would be taken for it."""
    if (acting := view.acting) is not None and acting.irreversible:
        exact = acting.name == getattr(view.call, "event", None)
        yield Found(("event",), acting.name, exact, Severity.IRREVERSIBLE, acting.effect)


def told(_value: object, found: Found) -> dict[str, Any]:
    """Return the words for an acting event that is refused."""
    exact = found.inside is True
    return {"what": f'"{found.name}" {found.effect}' if exact else f'is read as "{found.name}", which {found.effect}'}


def event_names(view: View) -> Iterator[Found]:
    """Find the name of the event, or of the acting event that it would be taken for."""
    if (acting := view.acting) is not None:
        yield Found(("event",), acting.name, effect=acting.effect)
    if isinstance(view.call, Track) and (acting is None or acting.name != view.call.event):
        yield Found(("event",), view.call.event)


def redirects(view: View) -> Iterator[Found]:
    """Find properties that redirect a message; in an acting event they are part of its payload."""
    if not (isinstance(view.call, Track) and view.call.event in ACTING_EVENTS):
        for name, spelled in all_letters(view.properties):
            if spelled in _REDIRECTS:
                yield Found(("properties", shown(name)))


def consent(view: View) -> Iterator[Found]:
    """Find traits of a person that change consent, or a part of it, in whatever spelling."""
    for traits in view.person_traits():
        for name, spelled in all_letters(traits):
            if spelled.startswith(_PREFERENCES) or _head(name, spelled) == _CONSENT:
                yield Found(("traits", shown(name)))


def _head(name: str, spelled: str) -> str:
    """Return the letters and digits of what is before the first dot in a name."""
    return letters(name.partition(".")[0]) if "." in name else spelled


def replaced_preferences(view: View) -> Iterator[Found]:
    """Find a trait that would replace every preference of a person."""
    for traits in view.person_traits():
        for name, spelled in all_letters(traits):
            if spelled == _PREFERENCES:
                yield Found(("traits", shown(name)))


def one_preference(_value: object, _found: Found) -> dict[str, Any]:
    """Return the words for the trait that sets one preference."""
    return {"use": f'"{preference_key("topics", "topic_1")}"'}


def merges(view: View) -> Iterator[Found]:
    """Find two ids in one call, which makes them one person: an alias, or a user with the id of a visitor."""
    if isinstance(view.call, Alias):
        yield Found(("previousId",), severity=Severity.MERGE)
    elif getattr(view.call, "user_id", None) and getattr(view.call, "anonymous_id", None):
        yield Found(("anonymousId",), severity=Severity.MERGE)


def contact_changes(view: View) -> Iterator[Found]:
    """Find what changes how a person is reached or identified: an address, an id, a device."""
    own = getattr(view.call, "user_id", None) or getattr(view.call, "anonymous_id", None)
    for traits in view.person_traits():
        for name, spelled in all_letters(traits):
            if spelled in _CONTACT and (traits[name] is None or str(traits[name]) != own):
                yield Found(("traits", shown(name)))
    if (acting := view.acting) is not None and acting.name == _DEVICE:
        yield Found(("context", "device", "token"))


def other_acts(view: View) -> Iterator[Found]:
    """Find an event that acts and can be undone."""
    if (acting := view.acting) is not None and not acting.irreversible:
        yield Found(("event",), acting.name, effect=acting.effect)


def trait_names(view: View) -> Iterator[Found]:
    """Find the traits of people and groups, with their values."""
    if isinstance(view.call, Group):
        for name, value in (view.call.traits or {}).items():
            if name not in _STRUCTURE:
                yield Found(("traits", shown(name)), name, value)
    for traits in view.person_traits():
        yield from (Found(("traits", shown(name)), name, value) for name, value in traits.items())


def groups(view: View) -> Iterator[Found]:
    """Find the groups that a call names; a relation of another API may name any."""
    if (group := getattr(view.call, "group_id", None)) is not None:
        yield Found(("groupId",), group)
    yield from view.in_contexts(frozenset({"groupid"}))
    if isinstance(view.call, Track) and view.call.event in ACTING_EVENTS and "objectId" in view.properties:
        yield Found(("properties", "objectId"), view.properties["objectId"])
    traits = view.call.traits if isinstance(view.call, Identify | Group) else None
    for name, spelled in all_letters(traits or {}):
        if _head(name, spelled) == _RELATIONSHIPS:
            yield Found(("traits", shown(name)))


def destinations(view: View) -> Iterator[Found]:
    """Find the destinations that a call names, on or off."""
    yield from (Found(("integrations", shown(name)), name) for name in view.call.integrations or {})


def people(view: View) -> Iterator[Found]:
    """Find whatever names somebody or something: None as the name of what can never be the one person."""
    call = view.call
    yield Found(("userId",), getattr(call, "user_id", None))
    if isinstance(call, Alias):
        yield Found(("previousId",))
    if getattr(call, "anonymous_id", None) is not None:
        yield Found(("anonymousId",))
    if isinstance(call, Track) and (acting := ACTING_EVENTS.get(call.event)) and acting.identity != "userId":
        yield Found(("event",))
    for traits in view.person_traits():
        for name, spelled in all_letters(traits):
            if spelled in _IDENTITY:
                yield Found(("traits", shown(name)), traits[name])
            elif spelled == "email":
                yield Found(("traits", shown(name)), traits[name], effect=_ADDRESS)
    yield from view.in_contexts(_CONTEXT_IDENTITY)
