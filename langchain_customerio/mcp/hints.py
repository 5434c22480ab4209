"""What a client is told of a tool before it runs: whether it writes, deletes, and may be repeated.

The hints are true of the tool under its policy: where the policy lets no call of a tool delete or merge anything for
good, the tool is not destructive, and where nothing is sent, it only reads. A policy that is known only in a run counts
as one that allows everything.

Source: MCP specification, Tool annotations: https://modelcontextprotocol.io/specification/2026-07-28/schema
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mcp.types import ToolAnnotations

from langchain_customerio.api.calls import Alias, Batch, Group, Identify, Track
from langchain_customerio.api.semantic_events import ACTING_EVENTS, IRREVERSIBLE
from langchain_customerio.policy.policy import Policy
from langchain_customerio.tools.typed.tool import SubscriptionTool, TypedTool

if TYPE_CHECKING:
    from langchain_customerio.tools.base import CustomerioTool

_REPEATABLE: Final = (Identify, Group, Alias)
"""Calls that set something: made twice, they leave what they left the first time. The others record something."""


def hints(tool: CustomerioTool) -> ToolAnnotations:
    """Return the hints for a tool under its policy."""
    policy = tool.policy if isinstance(tool.policy, Policy) else Policy(allow_destructive=True)
    event = _event(tool)
    return ToolAnnotations(
        read_only_hint=policy.dry_run,
        destructive_hint=not policy.dry_run and _destroys(tool, event, policy),
        idempotent_hint=policy.dry_run or bool(event) or tool.call_type in _REPEATABLE,
        open_world_hint=not policy.dry_run,
    )


def _event(tool: CustomerioTool) -> str:
    return tool.event if isinstance(tool, TypedTool) else ""


def _destroys(tool: CustomerioTool, event: str, policy: Policy) -> bool:
    """Return whether the policy lets some call of a tool delete or merge for good."""
    if event:
        return ACTING_EVENTS[event].irreversible and policy.allows_event(event)
    deletes = policy.allows_call("track") and any(map(policy.allows_event, IRREVERSIBLE))
    merges = policy.allows_call("alias") and policy.allows_merging
    kinds = {Track: deletes, Alias: merges, Batch: deletes or merges}
    return kinds.get(tool.call_type, False)


def always_asks(tool: CustomerioTool) -> bool:
    """Return whether a person would be asked about every call of a tool."""
    policy = tool.policy
    if not isinstance(policy, Policy) or policy.dry_run:
        return False
    if policy.approve == "risky":
        return bool(_event(tool)) or tool.call_type is Alias or isinstance(tool, SubscriptionTool)
    return policy.approve == "all"
