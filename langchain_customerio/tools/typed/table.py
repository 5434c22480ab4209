"""The table of the typed tools: a row for each."""

from __future__ import annotations

from langchain_core.tools import ArgsSchema
from pydantic import create_model

from langchain_customerio.api.calls import Alias, Batch, Call, Group, Identify, Page, Screen, Track
from langchain_customerio.api.consent import CHANNELS
from langchain_customerio.tools.field_names import FieldNames
from langchain_customerio.tools.typed.arguments import REST, Argument, Calls, Choice, Flag, Json, Rest, schema_of
from langchain_customerio.tools.typed.tool import SubscriptionTool, TypedTool


def _row(
    name: str,
    description: str,
    makes: type[Call] | str,
    *arguments: Argument,
    base: type[TypedTool] = TypedTool,
) -> type[TypedTool]:
    """Make a tool's class from its row: `makes` is a call, or the name of the acting event that it tracks."""
    title = "".join(word.capitalize() for word in name.split("_"))
    tool = create_model(
        title,
        __base__=base,
        __doc__=description,
        name=(str, name),
        description=(str, description),
        args_schema=(ArgsSchema, schema_of(title, arguments)),
    )
    tool.arguments = arguments
    tool.event = makes if isinstance(makes, str) else ""
    tool.call_type = Track if isinstance(makes, str) else makes
    own = [argument.name for argument in arguments]
    paths = {argument.path: argument.name for argument in arguments if argument.path}
    tool.field_names = FieldNames(paths, REST if REST in own else "", own)
    return tool


_USER = Argument("user_id", "Id or e-mail of the person")
_VISITOR = Argument("anonymous_id", "Id of an unknown visitor")
_PERSON = Argument("user_id", "Id or e-mail of the person", required=True)
_WHEN = Argument("timestamp", "When, ISO 8601; empty for now")
_REST = Rest(REST, "JSON object: context, integrations, messageId", at="")
_OBJECT = Argument("object_id", "Id of the object (group)", at="properties.objectId", required=True)
_TYPE = 'Digits; default "1"'
_OBJECT_TYPE = Argument("object_type_id", _TYPE, at="properties.objectTypeId")
_DEVICE = (
    _PERSON,
    Argument("token", "Its push token", at="context.device.token", required=True),
    Choice("platform", at="context.device.type", required=True, words=("ios", "android")),
)

TYPED_TOOLS: tuple[type[TypedTool], ...] = (
    _row(
        "customerio_identify",
        "Create or update a person and set traits.",
        Identify,
        _USER,
        _VISITOR,
        Json("traits", 'JSON object: {"email":"ada@example.com","plan":"pro"}'),
        _WHEN,
        _REST,
    ),
    _row(
        "customerio_track",
        "Record what a person did.",
        Track,
        _USER,
        _VISITOR,
        Argument("event", "Name of what happened, such as Order Completed", required=True),
        Json("properties", 'JSON object: {"total":20}'),
        _WHEN,
        _REST,
    ),
    _row(
        "customerio_page",
        "Record that a person viewed a web page.",
        Page,
        _USER,
        _VISITOR,
        Argument("name", "Name of the page"),
        Argument("url", "Full address", at="properties.url"),
        Argument("title", "Its title", at="properties.title"),
        Json("properties", "JSON object of other details"),
        _WHEN,
        _REST,
    ),
    _row(
        "customerio_screen",
        "Record that a person viewed a screen of an app.",
        Screen,
        _USER,
        _VISITOR,
        Argument("name", "Name of the screen", required=True),
        Json("properties", "JSON object of details"),
        _WHEN,
        _REST,
    ),
    _row(
        "customerio_group",
        "Create or update a group (company, course, …); with a person, add them to it.",
        Group,
        Argument("group_id", "Your id of the group", required=True),
        Argument("object_type_id", _TYPE, at="traits.objectTypeId"),
        Json("traits", 'JSON object: {"name":"Acme"}'),
        _USER,
        _VISITOR,
        Json(
            "relationship", 'JSON object about person and group: {"role":"admin"}', at="traits.relationshipAttributes"
        ),
        _WHEN,
        _REST,
    ),
    _row(
        "customerio_alias",
        "Merge a person's previous id into another; treat it as irreversible.",
        Alias,
        Argument("previous_id", "Id to give up", required=True),
        Argument("user_id", "Id to keep", required=True),
        _REST,
    ),
    _row(
        "customerio_batch",
        "Send several calls at once, in order: identify, track, page, screen, group, alias.",
        Batch,
        Calls(
            "calls",
            'JSON list: [{"type":"identify","userId":"ada","traits":{"plan":"pro"}},'
            '{"type":"track","userId":"ada","event":"Signed Up","timestamp":"…"}]',
            at="batch",
            required=True,
        ),
    ),
    _row(
        "customerio_set_subscription",
        "Subscribe a person to, or unsubscribe them from, one topic, one channel or everything; the rest stays.",
        Identify,
        _PERSON,
        Choice("what", at="", required=True, words=("topic", "channel", "everything")),
        Argument("name", f"Topic id such as topic_1, or channel: {', '.join(CHANNELS)}", at=""),
        Flag("subscribed", at="", required=True),
        base=SubscriptionTool,
    ),
    _row(
        "customerio_add_device",
        "Add or update a person's device for push messages.",
        "Device Created or Updated",
        *_DEVICE,
        Json("attributes", "JSON object about the device", at="properties"),
        _REST,
    ),
    _row("customerio_remove_device", "Remove a device from a person.", "Device Deleted", *_DEVICE),
    _row(
        "customerio_remove_from_object",
        "Take a person out of a group (object); both stay.",
        "Relationship Deleted",
        _PERSON,
        _OBJECT,
        _OBJECT_TYPE,
    ),
    _row(
        "customerio_unsuppress_person",
        "Free a suppressed id or e-mail; it restores nothing.",
        "User Unsuppressed",
        _PERSON,
    ),
    _row("customerio_delete_person", "Delete a person for good; irreversible.", "User Deleted", _PERSON),
    _row(
        "customerio_suppress_person",
        "Delete a person for good and block the id; irreversible.",
        "User Suppressed",
        _PERSON,
    ),
    _row(
        "customerio_delete_object",
        "Delete a group (object) for good; irreversible.",
        "Object Deleted",
        _OBJECT,
        _OBJECT_TYPE,
    ),
)
"""Every typed tool, the harmless ones first."""
