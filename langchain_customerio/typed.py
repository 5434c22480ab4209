"""The same endpoints, and the events that act, as tools with typed, flat arguments and no modes.

A tool of this style is a row in `TYPED_TOOLS`: its name, what it does, its arguments, and the call that these become.
Policy, approval, delivery and answers are those of every tool.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, TypeAlias

from langchain_core.tools import ArgsSchema
from pydantic import Field, PrivateAttr, create_model
from pydantic.alias_generators import to_camel
from pydantic.json_schema import SkipJsonSchema
from typing_extensions import override

from langchain_customerio.arguments import Arguments, Text, optional
from langchain_customerio.base import CustomerioTool, Request
from langchain_customerio.bodies import read_body
from langchain_customerio.calls import Alias, Batch, Call, Group, Identify, Page, Screen, Track
from langchain_customerio.errors import InvalidRequestError, Problem
from langchain_customerio.events import ACTING_EVENTS, resembles

if TYPE_CHECKING:
    from langchain_customerio.policy import Policy

CHANNELS = ("email", "sms", "push", "in_app", "whatsapp", "slack", "line", "inbox")

_JSON = "JSON object"
_WHEN = optional("When it happened, ISO 8601; empty for now")


class TypedArguments(Arguments):
    """Arguments of a typed tool; an empty string counts as left out, since strict providers demand every argument."""

    _corrections: list[str] = PrivateAttr(default_factory=list)

    def body(self) -> dict[str, Any]:
        """Return the JSON body that the arguments stand for, in wire names."""
        raise NotImplementedError

    @property
    def corrections(self) -> list[str]:
        """What was corrected in the JSON of an argument."""
        return self._corrections

    def given(self, *names: str) -> dict[str, Any]:
        """Return those of the named arguments that were given, in wire names."""
        return {to_camel(name): value for name in names if (value := getattr(self, name)) not in ("", None)}


class _About(TypedArguments):
    user_id: Text = optional("Your id of the person, or their e-mail")
    anonymous_id: Text = optional("Id of a visitor not known yet")


class _Call(_About):
    timestamp: Text = _WHEN
    other_fields: Text = optional(f"{_JSON} of rarer fields: context, integrations, messageId")

    names: ClassVar[tuple[str, ...]] = ()
    objects: ClassVar[tuple[str, ...]] = ()

    @override
    def body(self) -> dict[str, Any]:
        rarer = _json(self, "other_fields")
        body = {**rarer, **self.given("user_id", "anonymous_id", "timestamp", *self.names)}
        return body | {name: found for name in self.objects if (found := _json(self, name))}


class IdentifyArguments(_Call):
    """Arguments of `customerio_identify`."""

    traits: Text = optional(f'{_JSON}: {{"email":"ada@example.com","plan":"pro"}}')

    objects = ("traits",)


class TrackArguments(_Call):
    """Arguments of `customerio_track`."""

    event: Text = Field(description="Name of what happened, such as Order Completed")
    properties: Text = optional(f'{_JSON}: {{"total":20}}')

    names = ("event",)
    objects = ("properties",)


class PageArguments(_Call):
    """Arguments of `customerio_page`."""

    name: Text = optional("Name of the page")
    url: Text = optional("Its whole address")
    title: Text = optional("Its title")
    properties: Text = optional(f"{_JSON} of further details")

    names = ("name",)
    objects = ("properties",)

    @override
    def body(self) -> dict[str, Any]:
        body = super().body()
        properties = {**body.get("properties", {}), **self.given("url", "title")}
        return {**body, "properties": properties} if properties else body


class ScreenArguments(_Call):
    """Arguments of `customerio_screen`."""

    name: Text = Field(description="Name of the screen")
    properties: Text = optional(f"{_JSON} of details")

    names = ("name",)
    objects = ("properties",)


_OBJECT_TYPE = optional('Id of the object\'s type, digits; default "1"')


class GroupArguments(_Call):
    """Arguments of `customerio_group`."""

    group_id: Text = Field(description="Your id of the group")
    object_type_id: Text = _OBJECT_TYPE
    traits: Text = optional(f'{_JSON} about the group: {{"name":"Acme"}}')
    relationship: Text = optional(f"{_JSON} about person and group")

    names = ("group_id",)
    objects = ("traits",)

    @override
    def body(self) -> dict[str, Any]:
        body = super().body()
        traits = {**body.get("traits", {}), **self.given("object_type_id")}
        if relation := _json(self, "relationship"):
            traits["relationshipAttributes"] = relation
        return {**body, "traits": traits} if traits else body


class AliasArguments(TypedArguments):
    """Arguments of `customerio_alias`."""

    previous_id: Text = Field(description="Id to give up")
    user_id: Text = Field(description="Id to keep")

    @override
    def body(self) -> dict[str, Any]:
        return self.given("previous_id", "user_id")


class BatchArguments(TypedArguments):
    """Arguments of `customerio_batch`."""

    calls: Text = Field(description='JSON list: [{"type":"track","userId":"ada","event":"Signed Up","timestamp":"…"}]')

    @override
    def body(self) -> dict[str, Any]:
        found = read_body(self.calls, self.corrections)
        return found if isinstance(found, dict) and "batch" in found else {"batch": found}


class PersonArguments(TypedArguments):
    """Arguments of the tools that act on a person as a whole."""

    user_id: Text = Field(description="Id or e-mail of the person")

    @override
    def body(self) -> dict[str, Any]:
        return self.given("user_id")


class DeviceArguments(PersonArguments):
    """Arguments of `customerio_remove_device`."""

    token: Text = Field(description="The device's push token")
    platform: Literal["ios", "android"]

    @override
    def body(self) -> dict[str, Any]:
        device = {**self.given("token"), "type": self.platform}
        return {**super().body(), "context": {"device": device}}


class NewDeviceArguments(DeviceArguments):
    """Arguments of `customerio_add_device`."""

    attributes: Text = optional(f"{_JSON} about the device")

    @override
    def body(self) -> dict[str, Any]:
        attributes = _json(self, "attributes")
        return {**super().body(), **({"properties": attributes} if attributes else {})}


class ObjectArguments(TypedArguments):
    """Arguments of `customerio_delete_object`."""

    object_id: Text = Field(description="Id of the object (group)")
    object_type_id: Text = _OBJECT_TYPE

    @override
    def body(self) -> dict[str, Any]:
        properties = {name: str(value) for name, value in self.given("object_id", "object_type_id").items()}
        return {"anonymousId": "unused", "properties": properties}


class MembershipArguments(ObjectArguments, PersonArguments):
    """Arguments of `customerio_remove_from_object`."""

    @override
    def body(self) -> dict[str, Any]:
        return {**PersonArguments.body(self), "properties": super().body()["properties"]}


class SubscriptionArguments(PersonArguments):
    """Arguments of `customerio_set_subscription`."""

    what: Literal["topic", "channel", "everything"]
    name: Text = optional(f"Topic id such as topic_1, or channel: {', '.join(CHANNELS)}")
    subscribed: bool

    @override
    def body(self) -> dict[str, Any]:
        return {**super().body(), "traits": {self._trait(): not self.subscribed if self._whole() else self.subscribed}}

    def _whole(self) -> bool:
        return self.what == "everything"

    def _trait(self) -> str:
        """Name the one preference by its dotted key, because the whole object would replace the others."""
        name = str(self.name).strip()
        if self._whole():
            return "unsubscribed"
        if self.what == "channel" and name not in CHANNELS:
            raise _wrong("name", f"needs one of {', '.join(CHANNELS)}")
        if self.what == "topic" and name.isdigit():
            name = f"topic_{name}"
        if not name or "." in name:
            raise _wrong("name", "needs the id of a topic, such as topic_1")
        return f"cio_subscription_preferences.{self.what}s.{name}"


def _wrong(field: str, message: str) -> InvalidRequestError:
    return InvalidRequestError(problems=(Problem(field, message),))


def _json(arguments: TypedArguments, name: str) -> dict[str, Any]:
    """Read an argument that holds a JSON object, as a string or as it is; empty where it was left out."""
    value = getattr(arguments, name)
    if value in ("", None):
        return {}
    try:
        found = read_body(value, arguments.corrections)
    except InvalidRequestError as error:
        raise InvalidRequestError(problems=tuple(Problem(name, p.message) for p in error.problems)) from None
    if not isinstance(found, dict):
        raise _wrong(name, f"needs a {_JSON}")
    return found


class TypedTool(CustomerioTool):
    """A tool that does one thing."""

    event: ClassVar[str] = ""
    """Name of the acting event that it sends, if it does."""

    arguments: ClassVar[type[TypedArguments]]
    """Its arguments, and how they become a body."""

    @override
    def request(self, arguments: dict[str, Any]) -> Request:
        """Turn the arguments into a body."""
        given = self.arguments.model_construct(**arguments)
        body = given.body()
        if self.event:
            body["event"] = self.event
        elif self.call_type is Track:
            _point_to_the_right_tool(body.get("event"), self.policy)
        return Request(body, strict=False, corrections=given.corrections)

    @classmethod
    @override
    def under(cls, policy: Policy, **settings: Any) -> Self | None:
        """Leave out what the policy could never allow, and ask for nobody where it names the person."""
        if policy.person is not None:
            if cls.call_type is Alias or cls.event == "Object Deleted":
                return None
            settings["args_schema"] = without_person(cls.arguments)
        if cls.call_type is Alias and not policy.allow_alias:
            return None
        if cls.event and ACTING_EVENTS[cls.event].irreversible and not policy.allows_event(cls.event):
            return None
        return super().under(policy, **settings)


def _point_to_the_right_tool(name: object, policy: Policy) -> None:
    acting = resembles(name) if isinstance(name, str) and name not in policy.plain_events else None
    if acting and acting.tool and (not acting.irreversible or policy.allows_event(acting.name)):
        raise _wrong("event", f"acts instead of being recorded: it {acting.effect}. Use {acting.tool} for that")


def _row(name: str, description: str, arguments: type[TypedArguments], makes: type[Call] | str) -> type[TypedTool]:
    """Make a tool's class from its row: `makes` is a call, or the name of the acting event that it tracks."""
    title = "".join(word.capitalize() for word in name.split("_"))
    tool = create_model(
        title,
        __base__=TypedTool,
        __doc__=description,
        name=(str, name),
        description=(str, description),
        args_schema=(ArgsSchema, arguments),
    )
    tool.arguments = arguments
    tool.event = makes if isinstance(makes, str) else ""
    tool.call_type = Track if isinstance(makes, str) else makes
    return tool


TYPED_TOOLS: tuple[type[TypedTool], ...] = (
    _row("customerio_identify", "Create or update a person and set traits.", IdentifyArguments, Identify),
    _row("customerio_track", "Record an event that a person did.", TrackArguments, Track),
    _row("customerio_page", "Record that a person viewed a web page.", PageArguments, Page),
    _row("customerio_screen", "Record that a person viewed a screen of an app.", ScreenArguments, Screen),
    _row(
        "customerio_group",
        "Create or update a group (company, course, …); with a person, add them to it.",
        GroupArguments,
        Group,
    ),
    _row("customerio_alias", "Merge a person's previous id into another. May not be undone.", AliasArguments, Alias),
    _row("customerio_batch", "Send many calls at once, in order.", BatchArguments, Batch),
    _row(
        "customerio_set_subscription",
        "Subscribe a person to, or unsubscribe them from, one topic, one channel, or everything; the rest stays.",
        SubscriptionArguments,
        Identify,
    ),
    _row(
        "customerio_add_device",
        "Add or update a person's device for push messages.",
        NewDeviceArguments,
        "Device Created or Updated",
    ),
    _row("customerio_remove_device", "Remove a device from a person.", DeviceArguments, "Device Deleted"),
    _row(
        "customerio_remove_from_object",
        "Take a person out of a group (object); both stay.",
        MembershipArguments,
        "Relationship Deleted",
    ),
    _row(
        "customerio_unsuppress_person",
        "Free a suppressed id or e-mail; it restores nothing.",
        PersonArguments,
        "User Unsuppressed",
    ),
    _row("customerio_delete_person", "Delete a person for good. Not undoable.", PersonArguments, "User Deleted"),
    _row(
        "customerio_suppress_person",
        "Delete a person for good and block the id. Not undoable.",
        PersonArguments,
        "User Suppressed",
    ),
    _row(
        "customerio_delete_object", "Delete a group (object) for good. Not undoable.", ObjectArguments, "Object Deleted"
    ),
)
"""Every typed tool, the harmless ones first."""


_Hidden: TypeAlias = SkipJsonSchema[Any]


def without_person(arguments: type[TypedArguments]) -> type[TypedArguments]:
    """Return the arguments of a tool that acts for one person only: the model is not asked whom.

    An id that a model sends all the same is still read, and the policy judges it.

    >>> without_person(PersonArguments).model_json_schema()["properties"]
    {}
    """
    hidden: dict[str, Any] = {
        name: (_Hidden, "") for name in ("user_id", "anonymous_id") if name in arguments.model_fields
    }
    return create_model(arguments.__name__, __base__=arguments, **hidden)
