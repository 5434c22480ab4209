"""The table of the typed tools: a row for each."""

from __future__ import annotations

from typing import Any

from langchain_core.tools import ArgsSchema
from pydantic import create_model

from langchain_customerio.api.calls import Alias, Batch, Call, Group, Identify, Page, Screen, Track
from langchain_customerio.api.consent import CHANNELS
from langchain_customerio.tools.definitions import MOST_CALL
from langchain_customerio.tools.field_names import FieldNames
from langchain_customerio.tools.typed.arguments import REST, Argument, Calls, Choice, Flag, Json, Rest, schema_of
from langchain_customerio.tools.typed.tool import SubscriptionTool, TypedTool


def _row(
    name: str,
    description: str,
    makes: type[Call] | str,
    *arguments: Argument,
    example: dict[str, Any],
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
    tool.example = example
    tool.event = makes if isinstance(makes, str) else ""
    tool.call_type = Track if isinstance(makes, str) else makes
    own = [argument.name for argument in arguments]
    tool.same_id = _same_id([argument.name for argument in arguments if argument.declared])
    paths = {argument.path: argument.name for argument in arguments if argument.path}
    tool.field_names = FieldNames(paths, REST if REST in own else "", own)
    return tool


def _same_id(own: list[str]) -> str:
    """Return how the id for a repeat is handed back to a tool with these arguments."""
    if REST in own:
        return f'{{{{"messageId": "{{id}}"}}}} in {REST}'
    return '"messageId": "{id}" in that item' if "calls" in own else 'message_id "{id}"'


_USER = Argument("user_id", "Id or e-mail")
_VISITOR = Argument("anonymous_id", "Of a visitor")
_WHO = (Argument("user_id"), Argument("anonymous_id"))
_PERSON = Argument("user_id", required=True)
_WHEN = Argument("timestamp", "ISO 8601; default now")
_REST = Rest(REST, 'JSON: context, messageId, integrations {"All":false}', at="")
_RARE = Rest(REST, at="", declared=False)
_MORE = Rest(REST, "JSON: context, integrations, messageId", at="")
_OBJECT = Argument("object_id", "Id of the group", at="properties.objectId", required=True)
_TYPE = 'Digits; default "1"'
_OBJECT_TYPE = Argument("object_type_id", _TYPE, at="properties.objectTypeId")
_DEVICE = (
    _PERSON,
    Argument("token", at="context.device.token", required=True),
    Choice("platform", at="context.device.type", required=True, words=("ios", "android")),
)
_PHONE = {"user_id": "ada", "token": "t0k3n", "platform": "ios"}

_IDENTIFY = (
    _USER,
    _VISITOR,
    Json("traits", 'JSON: {"email":"ada@example.com","plan":"pro"}; null clears one'),
    _WHEN,
    _REST,
)
_TRACK = (
    _USER,
    _VISITOR,
    Argument("event", "Such as Order Completed", required=True),
    Json("properties", 'JSON: {"total":20}'),
    _WHEN,
    _REST,
)
_PAGE = (
    *_WHO,
    Argument("name"),
    Argument("url", at="properties.url"),
    Argument("title", "Its title", at="properties.title"),  # without words, Gemini's converter makes some up
    Json("properties", "JSON of other details"),
    _WHEN,
    _MORE,
)
_SCREEN = (*_WHO, Argument("name", required=True), Json("properties", "JSON of details"), _WHEN, _MORE)
_GROUP = (
    Argument("group_id", "Your id", required=True),
    Argument("object_type_id", _TYPE, at="traits.objectTypeId"),
    Json("traits", 'JSON: {"name":"Acme"}'),
    _USER,
    Argument("anonymous_id"),
    Json("relationship", 'JSON about person and group: {"role":"admin"}', at="traits.relationshipAttributes"),
    _WHEN,
    _MORE,
)
_ALIAS = (
    Argument("previous_id", "Given up", required=True),
    Argument("user_id", "Kept", required=True),
    _RARE,
)
_ITEMS = {"identify": _IDENTIFY, "track": _TRACK, "page": _PAGE, "screen": _SCREEN, "group": _GROUP, "alias": _ALIAS}

TYPED_TOOLS: tuple[type[TypedTool], ...] = (
    _row(
        "customerio_identify",
        "Create or update a person.",
        Identify,
        *_IDENTIFY,
        example={"user_id": "ada", "traits": '{"email":"ada@example.com","plan":"pro"}'},
    ),
    _row(
        "customerio_track",
        f"Record what a person did. Max {MOST_CALL}.",
        Track,
        *_TRACK,
        example={"user_id": "ada", "event": "Order Completed", "properties": '{"total":20}'},
    ),
    _row(
        "customerio_page",
        "Record that a person or visitor viewed a web page.",
        Page,
        *_PAGE,
        example={"user_id": "ada", "name": "Pricing", "url": "https://example.com/pricing"},
    ),
    _row(
        "customerio_screen",
        "Record that a person or visitor viewed an app screen.",
        Screen,
        *_SCREEN,
        example={"user_id": "ada", "name": "Settings"},
    ),
    _row(
        "customerio_group",
        "Create or update a group (company, course, …); user_id, if given, joins it.",
        Group,
        *_GROUP,
        example={"group_id": "acme", "traits": '{"name":"Acme"}', "user_id": "ada", "relationship": '{"role":"admin"}'},
    ),
    _row(
        "customerio_alias",
        "Merge two ids of a person; treat it as irreversible."
        " A visitor becomes known by identify with both ids instead.",
        Alias,
        *_ALIAS,
        example={"previous_id": "ada@example.com", "user_id": "ada"},
    ),
    _row(
        "customerio_batch",
        "Send several calls in order.",
        Batch,
        Calls(
            "calls",
            "JSON list; an item takes the arguments of its tool: ",
            at="batch",
            required=True,
            items=tuple(_ITEMS.items()),
        ),
        example={"calls": '[{"type":"track","user_id":"ada","event":"Signed Up"}]'},
    ),
    _row(
        "customerio_set_subscription",
        "Subscribe or unsubscribe a person; their other preferences stay.",
        Identify,
        _PERSON,
        Choice("what", at="", required=True, words=("topic", "channel", "everything")),
        Argument("name", f"topic_<id>, or {', '.join(CHANNELS)}; empty for everything", at=""),
        Flag("subscribed", at="", required=True),
        base=SubscriptionTool,
        example={"user_id": "ada", "what": "topic", "name": "topic_1", "subscribed": False},
    ),
    _row(
        "customerio_add_device",
        "Add or update a person's device for push messages.",
        "Device Created or Updated",
        *_DEVICE,
        Json("attributes", "JSON", at="properties"),
        _RARE,
        example=_PHONE,
    ),
    _row("customerio_remove_device", "Remove a device from a person.", "Device Deleted", *_DEVICE, example=_PHONE),
    _row(
        "customerio_remove_from_object",
        "Take a person out of a group (object); both stay.",
        "Relationship Deleted",
        _PERSON,
        _OBJECT,
        _OBJECT_TYPE,
        example={"user_id": "ada", "object_id": "acme"},
    ),
    _row(
        "customerio_unsuppress_person",
        "Free a suppressed id or e-mail; it restores nothing.",
        "User Unsuppressed",
        _PERSON,
        example={"user_id": "ada"},
    ),
    _row(
        "customerio_delete_person",
        "Delete a person for good; irreversible. The id can be added again.",
        "User Deleted",
        _PERSON,
        example={"user_id": "ada"},
    ),
    _row(
        "customerio_suppress_person",
        "Delete a person for good and keep the id from being added again, as a lasting erasure request wants;"
        " irreversible.",
        "User Suppressed",
        _PERSON,
        example={"user_id": "ada"},
    ),
    _row(
        "customerio_delete_object",
        "Delete a group (object) for good; irreversible.",
        "Object Deleted",
        _OBJECT,
        _OBJECT_TYPE,
        example={"object_id": "acme"},
    ),
)
"""Every typed tool, the harmless ones first."""
