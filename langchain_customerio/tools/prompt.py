"""The section of a system prompt that says when to use the tools and what their results mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from langchain_customerio.api.endpoints import ENDPOINTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from langchain_core.tools import BaseTool

    from langchain_customerio.policy.policy import Policy

_OWN_TOOLS = ("subscription", "device", "remove_from", "delete", "suppress")


def instructions(
    tools: Sequence[BaseTool], style: Literal["two_mode", "typed"], policy: Policy, *, strict: bool
) -> str:
    """Return a short section for a system prompt that fits these tools, their style and their policy."""
    return " ".join(_sentences([tool.name for tool in tools], style, policy, strict=strict)) if tools else ""


def _sentences(names: list[str], style: str, policy: Policy, *, strict: bool) -> Iterator[str]:
    yield "The customerio tools write to Customer.io. They read nothing and send no messages."
    uses = [
        f"{kind} for {endpoint.use}"
        for kind, endpoint in ENDPOINTS.items()
        if endpoint.use and _usable(kind, policy) and any(kind in name for name in names)
    ]
    if uses and len(names) > 1:
        yield f"Use {', '.join(uses)}."
    if style == "two_mode":
        yield 'Call them with mode "execute" and a JSON request_body; mode "get_request_schema" shows its fields.'
        if not strict:
            yield 'For proof, set the strict flag to "1".'
    elif any(word in name for word in _OWN_TOOLS for name in names):
        yield "Where a thing has a tool of its own, use that one instead."
    if policy.person is not None:
        yield "They act for one person: leave out user ids."
    if not policy.allow_destructive:
        yield "They delete nobody."
    if policy.approve is not None:
        yield "A person may have to approve a call."
    if policy.dry_run:
        yield "This is a dry run: nothing is sent, so claim nothing as done."
        return
    kept = "" if strict else " received = no proof that it was kept;"
    yield f"Results: accepted = the API took it;{kept} an error = not stored, unless it says that it may have been."
    yield "Claim no more than that."


def _usable(kind: str, policy: Policy) -> bool:
    return policy.allows_call(kind) and (policy.allows_merging or kind != "alias")
