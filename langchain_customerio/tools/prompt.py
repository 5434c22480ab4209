"""The section of a system prompt that says when to use the tools, what limits them and what their results mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from langchain_customerio.api.endpoints import ENDPOINTS
from langchain_customerio.policy.policy import Policy
from langchain_customerio.tools.definitions import calls_in_a_batch, forbidden, known_at_first, limits_of_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from langchain_customerio.tools.sources import PolicySource

_OWN_TOOLS = ("subscription", "device", "remove_from", "delete", "suppress")


def instructions(
    names: Sequence[str],
    style: Literal["two_mode", "typed"],
    policy: PolicySource,
    strict: bool | None,  # noqa: FBT001 - the three states of the setting
) -> str:
    """Return a short section for a system prompt that fits these tools, their style and their policy."""
    if not names:
        return ""
    known = known_at_first(policy)
    sentences = [*_uses(names, known), *_style(names, style, strict), *_limits(policy, known)]
    return " ".join([*sentences, *_results(known, style, strict)])


def _uses(names: Sequence[str], policy: Policy) -> Iterator[str]:
    yield "The customerio tools write to Customer.io. They read nothing and send no messages."
    kinds = [*calls_in_a_batch(policy), "batch"]
    uses = [f"{kind} for {ENDPOINTS[kind].use}" for kind in kinds if any(kind in name for name in names)]
    if uses and len(names) > 1:
        yield f"Use {', '.join(uses)}."


def _style(names: Sequence[str], style: str, strict: bool | None) -> Iterator[str]:  # noqa: FBT001 - the same
    if style == "two_mode":
        yield 'Mode "execute" sends request_body; "get_request_schema" shows its fields.'
        if strict is None:
            yield 'Set the strict flag to "1", or success is unproven.'
    elif any(word in name for word in _OWN_TOOLS for name in names):
        yield "Where a thing has a tool of its own, use that one."
    if strict is False:
        yield "Validation is off, and you cannot change that."


def _limits(policy: PolicySource, known: Policy) -> Iterator[str]:
    if refused := forbidden(known):
        yield f"Not allowed unless an operator changes it: {', '.join(refused)}."
    if not isinstance(policy, Policy):
        yield "What else is allowed depends on the run; a refusal says so."
    yield from limits_of_all(known)


def _results(policy: Policy, style: str, strict: bool | None) -> Iterator[str]:  # noqa: FBT001 - the same
    if policy.dry_run:
        yield "Claim nothing as done."
        return
    proven = strict if style == "two_mode" else strict is not False
    taken = "accepted = validated and taken" if strict is not False else ""
    unproven = "" if proven else "received = not validated, so unproven"
    partly = "partly_… = see not_sent" if policy.send_valid_items else ""
    yield f"Results: {'; '.join(filter(None, (taken, unproven, partly)))}; an error says whether anything was stored."
    yield "Claim no more."
