"""The same intended call, as each style of tools takes it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

from langchain_customerio.api.semantic_events import ACTING_EVENTS
from tests.evals.state import PREFERENCES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from tests.evals.task import Step, Style

Rendered: TypeAlias = tuple[str, dict[str, Any]]
"""Name and arguments of a tool call."""

_TWO_MODE = {
    "identify": ("customerio_identify_person_and_assign_traits", "enable_strict_validation"),
    "track": ("customerio_track_user_event", "enable_strict_validation"),
    "page": ("customerio_send_page_view_event", "enable_strict_mode"),
    "screen": ("customerio_send_screen_view_event", "enable_strict_validation"),
    "group": ("customerio_add_to_group", "enable_strict_validation"),
    "alias": ("customerio_alias_user_identity", "enable_strict_validation"),
    "batch": ("customerio_send_batch_requests", "enable_strict_mode"),
}


def render(step: Step, style: Style, offered: Collection[str], message_id: str = "") -> Rendered:
    """Return the tool call for a step.

    Args:
        step: What is to be done.
        style: The style of the tools.
        offered: Names of the tools that there are: an event whose own typed tool is missing is tracked.
        message_id: The id to send it with; empty for a new one.
    """
    body = {**step.body, "messageId": message_id} if message_id else step.body
    if style == "baseline":
        return f"post_{step.call}", {"body": dict(body), "strict": step.strict}
    if style == "two_mode":
        name, flag = _TWO_MODE[step.call]
        strict = {flag: "1"} if step.strict else {}
        return name, {"mode": "execute", **strict, "request_body": _json(body)}
    if step.call == "batch":
        return "customerio_batch", {"calls": _json(body["batch"])}
    acting = ACTING_EVENTS.get(body.get("event", ""))
    if acting and acting.tool in offered:
        return acting.tool, _acting(acting.tool, body)
    return _preference(body) or (f"customerio_{step.call}", _plain(step.call, body))


def _acting(tool: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Flatten the payload of an event that acts."""
    device = body.get("context", {}).get("device", {})
    properties = body.get("properties", {})
    found = {
        "user_id": body.get("userId") if tool != "customerio_delete_object" else None,
        "token": device.get("token"),
        "platform": device.get("type"),
        "object_id": properties.get("objectId"),
        "object_type_id": properties.get("objectTypeId"),
    }
    return {name: value for name, value in found.items() if value is not None}


def _preference(body: Mapping[str, Any]) -> Rendered | None:
    """Return the call of the subscription tool, where one preference is all that is set."""
    traits = body.get("traits", {})
    if len(traits) != 1:
        return None
    [(name, value)] = traits.items()
    if not isinstance(value, bool):
        return None
    about = {"user_id": body.get("userId", "")}
    if name == "unsubscribed":
        return "customerio_set_subscription", {**about, "what": "everything", "subscribed": not value}
    if not name.startswith(f"{PREFERENCES}."):
        return None
    _, kind, key = name.split(".")
    return "customerio_set_subscription", {**about, "what": kind.removesuffix("s"), "name": key, "subscribed": value}


_TYPED_NAMES = {
    "userId": "user_id",
    "anonymousId": "anonymous_id",
    "groupId": "group_id",
    "previousId": "previous_id",
    "event": "event",
    "name": "name",
    "timestamp": "timestamp",
}


def _plain(call: str, body: Mapping[str, Any]) -> dict[str, Any]:
    arguments: dict[str, Any] = {typed: body[key] for key, typed in _TYPED_NAMES.items() if key in body}
    if rarer := {key: value for key, value in body.items() if key not in {*_TYPED_NAMES, "traits", "properties"}}:
        arguments["other_fields"] = _json(rarer)
    traits, properties = dict(body.get("traits", {})), dict(body.get("properties", {}))
    if call == "group":
        relation = traits.pop("relationshipAttributes", None)
        arguments |= {"relationship": _json(relation)} if relation else {}
        arguments |= {"object_type_id": traits.pop("objectTypeId")} if "objectTypeId" in traits else {}
    if call == "page":
        arguments |= {name: properties.pop(name) for name in ("url", "title") if name in properties}
    arguments |= {"traits": _json(traits)} if traits else {}
    return arguments | ({"properties": _json(properties)} if properties else {})


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
