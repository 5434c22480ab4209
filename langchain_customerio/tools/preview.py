"""What a person reads before they approve a call: what it does, the worst first, in words that hide nothing."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from langchain_customerio.api.calls import Batch, Call
from langchain_customerio.policy.rules import Severity
from langchain_customerio.text import escaped, few, plural, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from langchain_customerio.policy.policy import Policy, Risk

_MOST_LINES: Final = 12
_MOST_JSON: Final = 4_000


def preview(call: Call, policy: Policy, workspace: str = "") -> str:
    r"""Say in a few lines what a call does and what is risky about it.

    What is irreversible comes first and is never left out; of the rest, what is left out is counted.

    Args:
        call: The call.
        policy: Says what is risky.
        workspace: Where it would be sent.

    >>> from langchain_customerio.api.calls import Track
    >>> from langchain_customerio.policy.policy import Policy
    >>> print(preview(Track(user_id="ada", event="User Deleted"), Policy()))
    track "User Deleted" for "ada"
    Risk: event: deletes the person for good; the same id can be added again
    """
    risks = policy.risks(call)
    place = [f"Workspace: {escaped(workspace, 200)}"] if workspace else []
    return "\n".join([*place, summary(call), *_risks(risks), *_items(call, risks)])


def description(call: Call, policy: Policy, workspace: str = "") -> str:
    """Return the preview with the request body below it; of a long one, its beginning and the length of the rest."""
    text = json.dumps(call.wire(), ensure_ascii=False, indent=2, default=str)
    body = escaped(text[:_MOST_JSON], 2 * _MOST_JSON, keep="\n")
    rest = f"\n({plural(len(text) - _MOST_JSON, 'more character')})" if len(text) > _MOST_JSON else ""
    return f"{preview(call, policy, workspace)}\n\n{call.kind}: {body}{rest}"


def summary(call: Call) -> str:
    r"""Say in one line what a call does; whatever could disguise itself in a name is written out.

    >>> from langchain_customerio.api.calls import Track
    >>> print(summary(Track(user_id="ada", event="Signed\nUp")))
    track "Signed\nUp" for "ada"
    """
    if isinstance(call, Batch):
        kinds = Counter(item.kind for item in call)
        return f"batch of {len(call)}: " + ", ".join(f"{number} {kind}" for kind, number in kinds.items())
    return " ".join(_words(call.kind, call.wire()))


def _words(kind: str, wire: dict[str, Any]) -> Iterator[str]:
    yield kind
    if name := wire.get("event") or wire.get("name"):
        yield quoted(name)
    yield "for " + " / ".join(quoted(wire[key]) for key in ("userId", "anonymousId", "groupId") if key in wire)
    if "previousId" in wire:
        yield f"giving up {quoted(wire['previousId'])}"
    if traits := wire.get("traits"):
        yield f"setting {', '.join(few([quoted(name) for name in traits], _MOST_LINES))}"


def _risks(risks: Sequence[Risk]) -> list[str]:
    """Return the risks, all irreversible ones among them, and a count by kind of those that are left out."""
    worst = [risk for risk in risks if risk.severity is Severity.IRREVERSIBLE]
    shown = risks[: max(len(worst), _MOST_LINES)]
    lines = [f"Risk: {_field(risk)}: {risk.effect}" for risk in shown]
    rest = Counter(risk.effect for risk in risks[len(shown) :])
    return lines + [f"Risk: {number} more: {effect}" for effect, number in rest.items()]


def _field(risk: Risk) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in risk.path).lstrip(".")


def _items(call: Call, risks: Sequence[Risk]) -> list[str]:
    """List the items of a batch, the worst first, and never without an irreversible one."""
    if not isinstance(call, Batch):
        return []
    worst: dict[str | int, Severity] = {}
    for risk in risks:  # sorted, so that the worst of an item is met first
        worst.setdefault(risk.path[1], risk.severity)  # batch[1]
    order = sorted(range(len(call)), key=lambda i: worst.get(i, len(Severity)))
    irreversible = sum(severity is Severity.IRREVERSIBLE for severity in worst.values())
    return few([f"batch[{i}] {summary(call.batch[i])}" for i in order], max(irreversible, _MOST_LINES))
