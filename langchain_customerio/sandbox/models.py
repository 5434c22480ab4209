"""The records in a workspace. Ids are strings, times are aware datetimes, everything else is JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from typing_extensions import override

from langchain_customerio.sandbox.render import Shown, plain

if TYPE_CHECKING:
    from datetime import datetime

    from langchain_customerio.sandbox.http import JsonObject

EventKind = Literal["track", "page", "screen"]


@dataclass(slots=True)
class Person(Shown):
    """A person.

    Attributes:
        id: The `userId`; the e-mail address for a person known by that alone.
        traits: As merged from every identify call.
        anonymous_ids: Anonymous ids that turned out to be this person, in order.
        previous_ids: Ids that were merged into this person by alias, in order.
        created_at: When the sandbox first heard of the person (not the trait `createdAt`).
        updated_at: When a call last touched the person.
    """

    plural = "people"

    id: str
    traits: JsonObject = field(default_factory=dict)
    anonymous_ids: list[str] = field(default_factory=list)
    previous_ids: list[str] = field(default_factory=list)
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def is_unsubscribed(self) -> bool:
        """Whether `traits.unsubscribed` unsubscribes: true, "true" in any case, 1 or "1", and nothing else.

        Source: Customer.io docs, Pipelines API > Identify > unsubscribed.
        """
        value = self.traits.get("unsubscribed")
        return value.lower() in {"true", "1"} if isinstance(value, str) else value in (True, 1)

    @property
    def email(self) -> str | None:
        """The e-mail address, where one is known."""
        value = self.traits.get("email")
        return value if isinstance(value, str) else None

    @override
    def row(self) -> JsonObject:
        """Give it as a row of plain JSON in a table of several."""
        return {
            "id": self.id,
            "traits": plain(self.traits),
            "anonymous_ids": list(self.anonymous_ids),
            "unsubscribed": self.is_unsubscribed,
        }


@dataclass(slots=True)
class Event(Shown):
    """A tracked event, a page view or a screen view.

    Attributes:
        kind: Which of the three calls it came by.
        name: The event's, page's or screen's name; None for a page or screen without one.
        user_id: The person, also once an anonymous profile was merged into one.
        anonymous_id: As sent.
        group_id: As sent.
        properties: As sent.
        context: As sent, or the batch's.
        timestamp: When it happened; the time of arrival unless the call says.
        message_id: As sent.
        category: Of a page or screen.
        integrations: As sent.
    """

    plural = "events"

    kind: EventKind
    name: str | None
    user_id: str | None
    anonymous_id: str | None
    group_id: str | None
    properties: JsonObject
    context: JsonObject
    timestamp: datetime
    message_id: str | None
    category: str | None = None
    integrations: JsonObject = field(default_factory=dict)

    @override
    def row(self) -> JsonObject:
        """Give it as a row of plain JSON in a table of several."""
        return {
            "kind": self.kind,
            "name": self.name,
            "who": self.user_id or self.anonymous_id or self.group_id,
            "properties": plain(self.properties),
            "timestamp": plain(self.timestamp),
        }


@dataclass(slots=True)
class AnonymousProfile(Shown):
    """A visitor known by an anonymous id only.

    Attributes:
        id: The `anonymousId`.
        traits: From identify calls without a `userId`.
        events: The same objects as in the workspace's list of events.
        relationships: Attributes by object type and object id, from group calls without a `userId`.
        created_at: When the sandbox first heard of the id.
    """

    plural = "anonymous"
    columns = ("id", "traits")

    id: str
    traits: JsonObject = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    relationships: dict[tuple[str, str], JsonObject] = field(default_factory=dict)
    created_at: datetime | None = None


@dataclass(slots=True)
class Object(Shown):
    """An object, such as a company or a course, that people belong to.

    Attributes:
        type_id: The object type: digits, `"1"` unless given.
        id: The `groupId`.
        traits: Of the object itself.
        created_at: When the sandbox first heard of it.
    """

    plural = "objects"
    columns = ("type_id", "id", "traits")

    type_id: str
    id: str
    traits: JsonObject = field(default_factory=dict)
    created_at: datetime | None = None


@dataclass(slots=True)
class Relationship(Shown):
    """A person's membership of an object.

    Attributes:
        user_id: The person.
        type_id: The object's type.
        object_id: The object.
        attributes: From `traits.relationshipAttributes`, merged.
    """

    plural = "relationships"
    columns = ("user_id", "type_id", "object_id", "attributes")

    user_id: str
    type_id: str
    object_id: str
    attributes: JsonObject = field(default_factory=dict)


@dataclass(slots=True)
class Device(Shown):
    """A phone or tablet that messages can be pushed to.

    Attributes:
        user_id: Whose it is.
        token: From `context.device.token`.
        type: `ios` or `android`.
        attributes: The event's properties, merged.
        app: The `context.app.namespace`, where given.
        updated_at: When it was last reported.
    """

    plural = "devices"
    columns = ("user_id", "type", "token")

    user_id: str
    token: str
    type: str
    attributes: JsonObject = field(default_factory=dict)
    app: str | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Deletion(Shown):
    """A deletion that a semantic event asked for.

    Attributes:
        kind: `person`, `object`, `relationship` or `device`.
        event: The event's name; `User Suppressed` deletes too.
        id: What was named: the user id as sent, the object id or the device token.
        found: Whether there was anything to remove.
        type_id: The object type, for objects and relationships.
        user_id: The person as resolved, for relationships and devices and for a person found by e-mail.
        at: When it happened.
    """

    plural = "deleted"
    columns = ("kind", "event", "id", "user_id", "found", "at")

    kind: Literal["person", "object", "relationship", "device"]
    event: str
    id: str
    found: bool
    type_id: str | None = None
    user_id: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeliveryMetric(Shown):
    """A `Report Delivery Event`: the fate of one message.

    Attributes:
        delivery_id: Which message.
        metric: `delivered`, `clicked`, `converted` or `opened`.
        properties: Everything that was sent with it.
        timestamp: When it happened.
    """

    plural = "delivery_metrics"
    columns = ("delivery_id", "metric", "timestamp")

    delivery_id: str
    metric: str
    properties: JsonObject
    timestamp: datetime


@dataclass(frozen=True, slots=True)
class ContentMetric(Shown):
    """A `Report Content Event`: what somebody did with in-app content.

    Attributes:
        action_type: `viewed_content` or `clicked_content`.
        properties: Everything that was sent with it.
        user_id: Who, where given.
        timestamp: When it happened.
    """

    plural = "content_metrics"
    columns = ("action_type", "user_id", "timestamp")

    action_type: str
    properties: JsonObject
    user_id: str | None
    timestamp: datetime


@dataclass(frozen=True, slots=True)
class Call:
    """One checked call, ready to be applied; ids that are empty or null are None.

    Attributes:
        type: `identify`, `track`, `page`, `screen`, `group` or `alias`.
        body: The call as sent, the batch's defaults filled in, without the keys that the API does not know.
        user_id: Also the e-mail address of an identify call that has nothing else.
        anonymous_id: As sent.
        group_id: As sent.
        message_id: As sent.
        context: As sent, or empty.
        timestamp: As sent, or the time of arrival.
        at: The time of arrival.
    """

    type: str
    body: JsonObject
    user_id: str | None
    anonymous_id: str | None
    group_id: str | None
    message_id: str | None
    context: JsonObject
    timestamp: datetime
    at: datetime

    def mapping(self, field_name: str) -> JsonObject:
        """An optional object of the call, such as `traits`; empty when absent."""
        return self.body.get(field_name) or {}

    def text(self, field_name: str) -> str | None:
        """An optional string of the call, such as `event`; None when absent or empty."""
        return self.body.get(field_name) or None


def at_path(value: object, *path: str) -> Any:  # noqa: ANN401 - JSON of any shape
    """Look into nested JSON objects; None where the path leads nowhere."""
    for step in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(step)
    return value
