"""A workspace in which somebody has been, for the tests of the typed tools, and what it holds."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from langchain_customerio import CustomerioPipelinesToolkit, Policy
from langchain_customerio.sandbox import Sandbox
from tests.tool_calls import tool

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

NOW = "2026-11-23T10:00:00+00:00"
ANYTHING = Policy(allow_destructive=True)
"""A policy that takes no tool away."""

EVERYDAY = ["identify", "track", "page", "screen", "group", "alias", "batch", "set_subscription", "add_device"]
GENTLE = [*EVERYDAY, "remove_device", "remove_from_object", "unsuppress_person"]
DESTRUCTIVE = ["delete_person", "suppress_person", "delete_object"]


def names(**settings: Any) -> list[str]:
    tools = CustomerioPipelinesToolkit(style="typed", **settings).get_tools()
    return [found.name.removeprefix("customerio_") for found in tools]


def typed(sandbox: Sandbox, name: str, policy: Policy = ANYTHING, **settings: Any) -> BaseTool:
    return tool(sandbox, f"customerio_{name}", style="typed", policy=policy, **settings)


def workspace() -> Sandbox:
    """Return a workspace in which somebody has been: Ada with a device, in a group; Bob; a blocked e-mail."""
    sandbox = Sandbox(clock=lambda: datetime(2026, 11, 23, 10, tzinfo=UTC))
    preferences = {"topics": {"topic_1": True, "topic_2": True}, "channels": {"email": True}}
    device = {"device": {"token": "t1", "type": "ios"}}
    for kind, body in (
        ("identify", {"userId": "ada", "traits": {"plan": "free", "cio_subscription_preferences": preferences}}),
        ("identify", {"userId": "bob"}),
        ("group", {"groupId": "acme", "userId": "ada", "traits": {"objectTypeId": "1", "name": "Acme"}}),
        ("track", {"userId": "ada", "event": "Device Created or Updated", "context": device}),
        ("track", {"userId": "eve@example.com", "event": "User Suppressed"}),
    ):
        status, _, _ = sandbox.handle(
            "POST", f"/v1/{kind}", {"Authorization": "Bearer k", "X-Strict-Mode": "1"}, json.dumps(body).encode()
        )
        assert status == 200
    return sandbox


def state(sandbox: Sandbox) -> dict[str, Any]:
    """Return everything that a workspace holds, as rows."""
    found: dict[str, Any] = {name: rows for name, rows in sandbox.tables().items() if name != "ledger"}
    return found | {
        "anonymous": sorted(sandbox.anonymous),
        "suppressed": sorted(sandbox.suppressed),
        "aliases": sandbox.aliases,
    }


ADA: dict[str, Any] = {
    "id": "ada",
    "traits": {
        "plan": "free",
        "cio_subscription_preferences": {"topics": {"topic_1": True, "topic_2": True}, "channels": {"email": True}},
    },
    "anonymous_ids": [],
    "unsubscribed": False,
}
BOB: dict[str, Any] = {"id": "bob", "traits": {}, "anonymous_ids": [], "unsubscribed": False}
ACME: dict[str, Any] = {"type_id": "1", "id": "acme", "traits": {"name": "Acme"}}
MEMBER: dict[str, Any] = {"user_id": "ada", "type_id": "1", "object_id": "acme", "attributes": {}}
PHONE: dict[str, Any] = {"user_id": "ada", "type": "ios", "token": "t1"}
BEFORE: dict[str, Any] = {
    "people": [ADA, BOB],
    "objects": [ACME],
    "relationships": [MEMBER],
    "devices": [PHONE],
    "events": [],
    "anonymous": [],
    "suppressed": ["eve@example.com"],
    "aliases": {},
}


def event(name: str, kind: str = "track", who: str = "ada", at: str = NOW, **properties: Any) -> dict[str, Any]:
    return {"kind": kind, "name": name, "who": who, "properties": properties, "timestamp": at}


def with_preference(path: str, *, wanted: bool) -> dict[str, Any]:
    """Return the state in which one preference of Ada's differs."""
    kind, name = path.split(".")
    known = ADA["traits"]["cio_subscription_preferences"]
    changed = {**known, kind: {**known[kind], name: wanted}}
    return {"people": [{**ADA, "traits": {"plan": "free", "cio_subscription_preferences": changed}}, BOB]}
