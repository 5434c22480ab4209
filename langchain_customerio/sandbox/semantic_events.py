"""Track calls that act on the workspace instead of being recorded.

Names are matched exactly (Customer.io docs: Pipelines API > Semantic events). What becomes of a call whose name is
right and whose payload is missing is not documented: a switch says whether it is recorded as an ordinary event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from langchain_customerio.sandbox.models import Call, ContentMetric, Deletion, DeliveryMetric, Device, at_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_customerio.sandbox.http import JsonObject
    from langchain_customerio.sandbox.workspace import Workspace

PEOPLE_DELETING: Final = frozenset({"User Deleted", "User Suppressed"})
_METRICS: Final = ("delivered", "clicked", "converted", "opened")
_ACTIONS: Final = ("viewed_content", "clicked_content")
_PLATFORMS: Final = ("ios", "android")


def act(workspace: Workspace, call: Call) -> bool | None:
    """Do what a semantic event asks for.

    Returns:
        None when the call is an ordinary event, False when it lacks what the semantic one needs.
    """
    effect = _EFFECTS.get(call.text("event") or "")  # only a track call has an event
    return effect(workspace, call) if effect else None


def _delete_person(workspace: Workspace, call: Call) -> bool:
    if not call.user_id:
        return False
    person = workspace.find(call.user_id)
    workspace.deleted.append(
        Deletion(
            kind="person",
            event=call.text("event") or "",
            id=call.user_id,
            found=person is not None,
            user_id=person.id if person else None,
            at=call.at,
        )
    )
    if person:
        workspace.forget(person)
    return True


def _suppress(workspace: Workspace, call: Call) -> bool:
    """Block the identifier as sent; whether the person's other ids are blocked with it is not documented."""
    if not call.user_id:
        return False
    workspace.suppressed.add(call.user_id)
    return _delete_person(workspace, call)


def _unsuppress(workspace: Workspace, call: Call) -> bool:
    if not call.user_id:
        return False
    workspace.suppressed.discard(call.user_id)
    return True


def _named_object(call: Call) -> tuple[str, str] | None:
    """Type and id of the object that the properties name; None without an id."""
    properties: JsonObject = call.mapping("properties")
    object_id = properties.get("objectId")
    if isinstance(object_id, bool) or not isinstance(object_id, str | int) or object_id == "":
        return None
    return str(properties.get("objectTypeId") or "1"), str(object_id)


def _delete_object(workspace: Workspace, call: Call) -> bool:
    key = _named_object(call)
    if key is None:
        return False
    found = workspace.objects.pop(key, None) is not None
    for related in [related for related in workspace.relationships if related[1:] == key]:
        del workspace.relationships[related]
    workspace.deleted.append(Deletion("object", "Object Deleted", key[1], found, type_id=key[0], at=call.at))
    return True


def _delete_relationship(workspace: Workspace, call: Call) -> bool:
    key = _named_object(call)
    if key is None or not call.user_id:
        return False
    person = workspace.find(call.user_id)
    user_id = person.id if person else call.user_id
    found = workspace.relationships.pop((user_id, *key), None) is not None
    workspace.deleted.append(
        Deletion("relationship", "Relationship Deleted", key[1], found, type_id=key[0], user_id=user_id, at=call.at)
    )
    return True


def _named_device(call: Call) -> tuple[str, str] | None:
    """Token and platform of the device that the context names; None unless both are there."""
    token, platform = at_path(call.context, "device", "token"), at_path(call.context, "device", "type")
    if isinstance(token, str) and token and platform in _PLATFORMS:
        return token, platform
    return None


def _save_device(workspace: Workspace, call: Call) -> bool:
    named = _named_device(call)
    if named is None or not call.user_id:
        return False
    token, platform = named
    user_id = workspace.person(call, call.user_id).id
    device = workspace.devices.setdefault((user_id, token), Device(user_id, token, platform))
    device.type = platform
    device.attributes = device.attributes | call.mapping("properties")
    device.app = at_path(call.context, "app", "namespace") or device.app
    device.updated_at = call.at
    return True


def _delete_device(workspace: Workspace, call: Call) -> bool:
    named = _named_device(call)
    if named is None or not call.user_id:
        return False
    person = workspace.find(call.user_id)
    user_id = person.id if person else call.user_id
    found = workspace.devices.pop((user_id, named[0]), None) is not None
    workspace.deleted.append(Deletion("device", "Device Deleted", named[0], found, user_id=user_id, at=call.at))
    return True


def _delivery(workspace: Workspace, call: Call) -> bool:
    properties = call.mapping("properties")
    delivery_id, metric = properties.get("deliveryId"), properties.get("metric")
    if not (isinstance(delivery_id, str) and delivery_id and metric in _METRICS):
        return False
    workspace.delivery_metrics.append(DeliveryMetric(delivery_id, metric, properties, call.timestamp))
    return True


def _content(workspace: Workspace, call: Call) -> bool:
    properties = call.mapping("properties")
    action = properties.get("actionType")
    if action not in _ACTIONS:
        return False
    workspace.content_metrics.append(ContentMetric(action, properties, call.user_id, call.timestamp))
    return True


_EFFECTS: Final[dict[str, Callable[[Workspace, Call], bool]]] = {
    "User Deleted": _delete_person,
    "User Suppressed": _suppress,
    "User Unsuppressed": _unsuppress,
    "Object Deleted": _delete_object,
    "Relationship Deleted": _delete_relationship,
    "Device Created or Updated": _save_device,
    "Device Deleted": _delete_device,
    "Report Delivery Event": _delivery,
    "Report Content Event": _content,
}
