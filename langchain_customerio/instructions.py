"""The section of a system prompt that says when to use the tools and what their results mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.tools import BaseTool

    from langchain_customerio.policy import Policy

_WHAT = "The customerio tools write to Customer.io: people, events, groups. They read nothing and send no messages."
_RESULTS = (
    "Results: accepted = the API took it; received = no proof that it was kept; an error = not stored, unless it says"
    " that it may have been. Claim no more than that."
)
_ASKING = (
    'Call them with mode "execute" and a JSON request_body; mode "get_request_schema" shows its fields. For proof, set'
    ' the strict flag to "1".'
)


def instructions(
    tools: Sequence[BaseTool], style: Literal["two_mode", "typed"], policy: Policy, *, strict: bool
) -> str:
    """Return a short section for a system prompt that fits these tools, their style and their policy."""
    lines = [_WHAT]
    if style == "two_mode":
        lines.append(_ASKING if not strict else _ASKING.partition(" For proof")[0])
    if any("batch" in tool.name for tool in tools) and len(tools) > 1:
        lines.append("For several calls at once, use the batch tool.")
    if policy.person is not None:
        lines.append("They act for one person: leave out user ids.")
    if policy.allow_destructive is False:
        lines.append("They delete nobody.")
    if policy.dry_run:
        lines.append("This is a dry run: nothing is sent.")
    return " ".join([*lines, _RESULTS])
