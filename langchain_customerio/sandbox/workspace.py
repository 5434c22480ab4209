"""The workspace in memory, and how calls change it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, cast

from langchain_customerio.sandbox.http import size_of
from langchain_customerio.sandbox.models import (
    AnonymousProfile,
    Call,
    ContentMetric,
    Deletion,
    DeliveryMetric,
    Device,
    Event,
    EventKind,
    Object,
    Person,
    Relationship,
)
from langchain_customerio.sandbox.render import RecordDict, RecordList

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_customerio.sandbox.config import NullTraits, Switches
    from langchain_customerio.sandbox.http import JsonObject

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_OBJECT_KEYS: Final = {"objectTypeId", "object_type_id", "relationshipAttributes"}
_PREFERENCES: Final = "cio_subscription_preferences."
_BLOCKING: Final = {"User Suppressed", "User Unsuppressed"}

# Limits of `Sandbox(workspace_limits=True)` (Customer.io docs: Track API > Limits). The one of 100,000 bytes of event
# data is left out: no call of this API can be that large.
_ID_BYTES: Final = 150
_NAME_BYTES: Final = 150
_VALUE_BYTES: Final = 1_000
_EVENT_NAME_BYTES: Final = 100
_ATTRIBUTES: Final = 300


class Workspace:
    """The state that accepted calls leave behind.

    Where the documentation does not say what a call does to a workspace, the simplest reading is taken and noted at
    the function that takes it.
    """

    def __init__(self, switches: Switches) -> None:
        """Start empty."""
        self._switches = switches
        self._by_email: dict[str, str] = {}
        self._person_of: dict[str, str] = {}
        self.people: dict[str, Person] = RecordDict()
        self.anonymous: dict[str, AnonymousProfile] = RecordDict()
        self.objects: dict[tuple[str, str], Object] = RecordDict()
        self.relationships: dict[tuple[str, str, str], Relationship] = RecordDict()
        self.devices: dict[tuple[str, str], Device] = RecordDict()
        self.events: list[Event] = RecordList()
        self.suppressed: set[str] = set()
        self.aliases: dict[str, str] = {}
        self.deleted: list[Deletion] = RecordList()
        self.delivery_metrics: list[DeliveryMetric] = RecordList()
        self.content_metrics: list[ContentMetric] = RecordList()

    def refusal(self, call: Call) -> str | None:
        """Say why the workspace drops a checked call, or None when it takes it.

        Suppressed identifiers are blocked (docs: Pipelines API > Semantic events > User Suppressed).
        """
        if call.text("event") not in _BLOCKING:
            previous_id = call.text("previousId") if call.type == "alias" else None
            if not self.suppressed.isdisjoint({call.user_id, previous_id}):
                return "the identifier is suppressed"
        return next(self._excesses(call), None) if self._switches.workspace_limits else None

    def apply(self, call: Call) -> None:
        """Apply a call that the workspace takes."""
        effects = {"identify": self._identify, "group": self._group, "alias": self._alias}
        effects.get(call.type, self._record)(call)

    def find(self, identifier: str) -> Person | None:
        """The person with this id, or with this e-mail address."""
        return self.people.get(identifier) or self.people.get(self._by_email.get(identifier, ""))

    def resolve(self, identifier: str) -> Person | None:
        """The person with this id, e-mail address, merged anonymous id or merged previous id."""
        merged_into = self._person_of.get(identifier) or self.aliases.get(identifier, "")
        return self.find(identifier) or self.find(merged_into)

    def forget(self, person: Person) -> None:
        """Remove a person with devices and relationships; what they did stays in the log `events`."""
        del self.people[person.id]
        self._forget_email(person)
        for anonymous_id in person.anonymous_ids:
            del self._person_of[anonymous_id]
        for device in [key for key in self.devices if key[0] == person.id]:
            del self.devices[device]
        for relationship in [key for key in self.relationships if key[0] == person.id]:
            del self.relationships[relationship]

    def person(self, call: Call, user_id: str) -> Person:
        """The person behind a `userId`, created when new; one shaped like an e-mail sets that trait."""
        person = self.find(user_id)
        if person is None:
            person = self.people[user_id] = Person(user_id, created_at=call.at)
            if _EMAIL.fullmatch(user_id):
                self._set_traits(person, {"email": user_id})
        person.updated_at = call.at
        return person

    def _excesses(self, call: Call) -> Iterator[str]:
        for name in ("userId", "anonymousId", "groupId", "previousId"):
            if _bytes_in(call.body.get(name) or "") > _ID_BYTES:
                yield f"{name} is over {_ID_BYTES} bytes"
        if _bytes_in(call.text("event") or "") > _EVENT_NAME_BYTES:
            yield f"the event name is over {_EVENT_NAME_BYTES} bytes"
        for name, value in call.mapping("traits").items():
            if _bytes_in(name) > _NAME_BYTES:
                yield f"an attribute name is over {_NAME_BYTES} bytes"
            if _bytes_in(value) > _VALUE_BYTES:
                yield f"the attribute {name[:_NAME_BYTES]} is over {_VALUE_BYTES:,} bytes"
        known = self.find(call.user_id) if call.user_id and call.type == "identify" else None
        if len(self._merged(known.traits if known else {}, call.mapping("traits"))) > _ATTRIBUTES:
            yield f"the person would have more than {_ATTRIBUTES} attributes"

    def _merged(self, known: JsonObject, sent: JsonObject) -> JsonObject:
        """Merge sent traits into known ones, without changing either.

        A trait replaces its former value as a whole. A key such as `cio_subscription_preferences.topics.topic_1` is a
        path: it sets one preference and leaves the others alone, after all other keys (docs: Pipelines API > Identify
        > Subscription preferences).
        """
        merged = dict(known)
        for key, value in sorted(sent.items(), key=lambda item: item[0].startswith(_PREFERENCES)):
            path = key.split(".") if key.startswith(_PREFERENCES) else [key]
            _put(merged, path, value, self._switches.null_traits)
        return merged

    def _who(self, call: Call, *, create: bool = True) -> tuple[Person | None, AnonymousProfile | None]:
        """Whom a call is about; an anonymous profile that comes with a `userId` is merged into the person."""
        if call.user_id:
            person = self.person(call, call.user_id) if create else self.find(call.user_id)
            if person and call.anonymous_id:
                self._merge_anonymous(call.anonymous_id, person)
            return person, None
        if not call.anonymous_id:
            return None, None
        known = self.people.get(self._person_of.get(call.anonymous_id, ""))
        if known and self._switches.anonymous_after_merge == "person":
            known.updated_at = call.at
            return known, None
        new = AnonymousProfile(call.anonymous_id, created_at=call.at)
        return None, self.anonymous.setdefault(call.anonymous_id, new)

    def _identify(self, call: Call) -> None:
        person, profile = self._who(call)
        traits = call.mapping("traits")
        if person:
            self._set_traits(person, traits)
        if profile:
            profile.traits = self._merged(profile.traits, traits)

    def _record(self, call: Call) -> None:
        """Log a track, page or screen call."""
        person, profile = self._who(call, create=self._switches.events_create_people)
        event = Event(
            kind=cast("EventKind", call.type),
            name=call.text("event" if call.type == "track" else "name"),
            user_id=person.id if person else call.user_id,
            anonymous_id=call.anonymous_id,
            group_id=call.group_id,
            properties=call.mapping("properties"),
            context=call.context,
            timestamp=call.timestamp,
            message_id=call.message_id,
            category=call.text("category"),
            integrations=call.mapping("integrations"),
        )
        self.events.append(event)
        if profile:
            profile.events.append(event)

    def _group(self, call: Call) -> None:
        """Create or update an object, and relate the person to it (docs: Pipelines API > Group)."""
        traits = call.mapping("traits")
        object_id = call.group_id or ""
        type_id = traits.get("objectTypeId") or traits.get("object_type_id") or "1"
        key = (type_id, object_id)
        thing = self.objects.setdefault(key, Object(type_id, object_id, created_at=call.at))
        own = {name: value for name, value in traits.items() if name not in _OBJECT_KEYS}
        thing.traits = self._merged(thing.traits, own)
        attributes = traits.get("relationshipAttributes") or {}
        person, profile = self._who(call)
        if person:
            self._relate(person, key, attributes)
        elif profile:
            known = profile.relationships.get(key, {})
            profile.relationships[key] = self._merged(known, attributes)

    def _alias(self, call: Call) -> None:
        """Note the alias and, unless switched off, move all that `previousId` has to `userId`.

        Which side wins is not documented: here it is the person that stays.
        """
        previous_id, user_id = call.text("previousId") or "", call.user_id or ""
        self.aliases[previous_id] = user_id
        if self._switches.alias_effect == "record" or previous_id == user_id:
            return
        if previous_id in self.anonymous:
            self._merge_anonymous(previous_id, self.person(call, user_id))
        elif (old := self.find(previous_id)) and old is not self.find(user_id):
            self._merge_person(old, self.person(call, user_id))

    def _relate(self, person: Person, key: tuple[str, str], attributes: JsonObject) -> None:
        new = Relationship(person.id, *key)
        relationship = self.relationships.setdefault((person.id, *key), new)
        relationship.attributes = self._merged(relationship.attributes, attributes)

    def _set_traits(self, person: Person, traits: JsonObject) -> None:
        self._forget_email(person)
        person.traits = self._merged(person.traits, traits)
        if person.email and _EMAIL.fullmatch(person.email):
            self._by_email[person.email] = person.id

    def _forget_email(self, person: Person) -> None:
        if person.email and self._by_email.get(person.email) == person.id:
            del self._by_email[person.email]

    def _merge_anonymous(self, anonymous_id: str, person: Person) -> None:
        """Give a person everything that is known of an anonymous id; the person's own traits win."""
        self._person_of[anonymous_id] = person.id
        if anonymous_id not in person.anonymous_ids:
            person.anonymous_ids.append(anonymous_id)
        profile = self.anonymous.pop(anonymous_id, None)
        if profile is None:
            return
        self._set_traits(person, profile.traits | person.traits)
        for event in profile.events:
            event.user_id = person.id
        for key, attributes in profile.relationships.items():
            self._relate(person, key, attributes)

    def _merge_person(self, old: Person, person: Person) -> None:
        traits = old.traits | person.traits
        related = [found for found in self.relationships.values() if found.user_id == old.id]
        devices = [found for found in self.devices.values() if found.user_id == old.id]
        self.forget(old)
        self._set_traits(person, traits)
        person.previous_ids += [old.id, *old.previous_ids]
        for anonymous_id in old.anonymous_ids:
            self._merge_anonymous(anonymous_id, person)
        for found in related:
            self._relate(person, (found.type_id, found.object_id), found.attributes)
        for device in devices:
            device.user_id = person.id
            self.devices[person.id, device.token] = device
        for event in self.events:
            if event.user_id == old.id:
                event.user_id = person.id


def _put(target: JsonObject, path: list[str], value: object, nulls: NullTraits) -> None:
    """Set a value deep inside. Objects on the way are copied: the ledger holds the same ones."""
    head, *rest = path
    if rest:
        inner = target.get(head)
        target[head] = dict(inner) if isinstance(inner, dict) else {}
        _put(target[head], rest, value, nulls)
    elif value is None and nulls == "remove":
        target.pop(head, None)
    else:
        target[head] = value


def _bytes_in(value: object) -> int:
    """Bytes of UTF-8: of the text itself, of anything else as JSON."""
    return len(value.encode()) if isinstance(value, str) else size_of(value)
