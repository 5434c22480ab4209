"""What an MCP client can read besides the tools: the instructions, the events that act, and each call's schema."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import orjson
from mcp.server.mcpserver.resources import FunctionResource, Resource

from langchain_customerio.api.endpoints import ENDPOINTS
from langchain_customerio.api.schemas import describe
from langchain_customerio.api.semantic_events import ACTING_EVENTS
from langchain_customerio.policy.policy import Policy

if TYPE_CHECKING:
    from langchain_customerio.tools.toolkit import CustomerioPipelinesToolkit

INSTRUCTIONS: Final = "customerio://instructions"
EVENTS: Final = "customerio://events"
SCHEMAS: Final = "customerio://schemas"
_JSON: Final = "application/json"


def resources(toolkit: CustomerioPipelinesToolkit) -> list[Resource]:
    """Return the resources that go with a toolkit, in a stable order."""
    policy = toolkit.policy if isinstance(toolkit.policy, Policy) else Policy()
    return [
        FunctionResource(
            uri=INSTRUCTIONS,
            name="instructions",
            description="When to use the tools, and what their results mean",
            mime_type="text/plain",
            fn=toolkit.instructions,
        ),
        FunctionResource(
            uri=EVENTS,
            name="events",
            description="The event names that act instead of being recorded: what each does and needs",
            mime_type=_JSON,
            fn=partial(_json, events(policy)),
        ),
        *(
            FunctionResource(
                uri=f"{SCHEMAS}/{kind}",
                name=f"schema of {kind}",
                description=f"JSON schema of the body of {endpoint.path}, with an example",
                mime_type=_JSON,
                fn=partial(_json, describe(endpoint.call)),
            )
            for kind, endpoint in ENDPOINTS.items()
        ),
    ]


def events(policy: Policy) -> list[dict[str, Any]]:
    """Return the catalogue of acting events, each with whether a policy allows it.

    >>> [event["name"] for event in events(Policy()) if not event["allowed"]]
    ['User Deleted', 'User Suppressed', 'Object Deleted']
    """
    return [
        {
            "name": event.name,
            "effect": event.effect,
            "needs": event.needs,
            "irreversible": event.irreversible,
            "allowed": not event.irreversible or policy.allows_event(event.name),
        }
        for event in ACTING_EVENTS.values()
    ]


def _json(value: Any) -> str:  # noqa: ANN401 - any JSON value
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
