"""Asking a person from inside a tool, through LangGraph's `interrupt`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_customerio.calls import Batch, Call
from langchain_customerio.errors import ConfigurationError, PolicyError

if TYPE_CHECKING:
    from collections.abc import Mapping


def ask(tool: str, call: Call) -> object:
    r"""Wait for a person, and return what may be sent: the call as it is, or the body that the person wrote instead.

    The graph stops with a value of this shape, and goes on with `Command(resume=…)`:

    ```
    {"tool": "customerio_…", "preview": "track "User Deleted" for ada", "request_body": {…},
     "allowed_decisions": ["approve", "edit", "reject"]}
    ```

    It resumes on `"approve"` or `{"type": "approve"}`, on `{"type": "edit", "request_body": {…}}`, and on
    `{"type": "reject", "message": "…"}`. Anything else counts as a rejection.

    Raises:
        PolicyError: If the person rejects the call.
        ConfigurationError: If langgraph is not installed.

    Source: LangGraph documentation, Interrupts.
    """
    try:
        from langgraph.types import interrupt  # noqa: PLC0415 - under the extra `langgraph`
    except ImportError:
        message = "Not sent. Approval needs langgraph: pip install 'langchain-customerio[langgraph]'."
        raise ConfigurationError(message) from None
    question = {
        "tool": tool,
        "preview": summary(call),
        "request_body": call.wire(),
        "allowed_decisions": ["approve", "edit", "reject"],
    }
    return _decided(_decision(interrupt(question)), call)


def _decision(answer: object) -> Mapping[str, Any]:
    """Read the ways in which approvals are written, a list of LangChain's middleware with one decision included."""
    if isinstance(answer, dict) and isinstance(answer.get("decisions"), list) and len(answer["decisions"]) == 1:
        answer = answer["decisions"][0]
    if isinstance(answer, str):
        return {"type": answer}
    return answer if isinstance(answer, dict) else {"type": "approve" if answer is True else "reject"}


def _decided(decision: Mapping[str, Any], call: Call) -> object:
    kind = decision.get("type")
    if kind == "approve":
        return call
    if kind == "edit" and isinstance(body := decision.get("request_body"), dict):
        return body
    reason = str(decision.get("message") or "").strip()
    words = f" They say: {' '.join(reason.split())[:200]}" if reason else ""
    message = f"Not sent. A person was asked and did not approve it.{words} Do not send it another way."
    raise PolicyError(message, rule="approve")


def summary(call: Call) -> str:
    """Say in one line what a call does, for the person who decides about it.

    >>> from langchain_customerio.calls import Track
    >>> summary(Track(user_id="ada", event="User Deleted"))
    'track "User Deleted" for ada'
    """
    if isinstance(call, Batch):
        return f"batch of {len(call)}: " + "; ".join(summary(item) for item in call)
    wire = call.wire()
    name = wire.get("event") or wire.get("name")
    named = [str(wire[key]) for key in ("userId", "anonymousId", "groupId") if key in wire]
    parts = [call.kind, *([f'"{name}"'] if name else []), *([f"for {' / '.join(named)}"] if named else [])]
    if "previousId" in wire:
        parts.append(f"giving up {wire['previousId']}")
    if traits := wire.get("traits"):
        parts.append(f"setting {', '.join(traits)}")
    return " ".join(parts)
