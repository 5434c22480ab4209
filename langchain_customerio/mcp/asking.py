"""Asking a person through an MCP client: who can be asked, the form, and what an answer means.

The words about the call and about a rejection are those of the tools. A call that cannot be undone is approved by
typing the id that it acts upon.

Source: MCP specification, Elicitation: https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mcp.server.mcpserver import AcceptedElicitation, Elicit
from mcp.types.version import is_version_at_least
from pydantic import BaseModel, Field, create_model

from langchain_customerio.api.calls import Alias, Batch, Call
from langchain_customerio.errors import PolicyError, Problem
from langchain_customerio.policy.policy import Policy
from langchain_customerio.policy.rules import Severity
from langchain_customerio.text import quoted
from langchain_customerio.tools.approval import Decision, Question
from langchain_customerio.tools.preview import description
from langchain_customerio.tools.typed.tool import SubscriptionTool, TypedTool

if TYPE_CHECKING:
    from mcp.server.session import ServerSession

    from langchain_customerio.tools.base import CustomerioTool

CANNOT_ASK: Final = (
    "Not sent. A person has to approve this call, and this client cannot ask one: it does not support forms"
    " (elicitation). Report it instead of trying another way."
)

_RETURNS_QUESTIONS: Final = "2026-07-28"
_MOST_TYPED: Final = 5


class Form(BaseModel):
    """What a person is asked about a call that may be undone."""

    approve: bool = Field(title="Send it?", description="Whether the call may be sent")
    reason: str = Field(default="", title="Why not?", description="What to tell the agent if it may not")


class TypedForm(BaseModel):
    """Base of what a person is asked about calls that cannot be undone: the ids, to be typed."""


def can_be_asked(session: ServerSession) -> bool:
    """Return whether a client has said that it shows forms, and can be reached with one."""
    capabilities = session.client_capabilities
    elicitation = capabilities.elicitation if capabilities is not None else None
    if elicitation is None or (elicitation.form is None and elicitation.url is not None):
        return False
    return is_version_at_least(session.protocol_version, _RETURNS_QUESTIONS) or session.can_send_request


def always_asks(tool: CustomerioTool) -> bool:
    """Return whether a person would be asked about every call of a tool."""
    policy = tool.policy
    if not isinstance(policy, Policy) or policy.dry_run:
        return False
    if policy.approve == "risky":
        acts = isinstance(tool, SubscriptionTool) or (isinstance(tool, TypedTool) and bool(tool.event))
        return acts or tool.call_type is Alias
    return policy.approve == "all"


def form(question: Question) -> Elicit[Any]:
    """Return what a person is asked; the same for the same call, policy and workspace.

    Raises:
        PolicyError: If there are more ids to be typed than a person would read.
    """
    ids = ids_to_type(question.call, question.policy)
    if len(ids) > _MOST_TYPED:
        values = {"most": f"{_MOST_TYPED} irreversible calls", "size": len(ids)}
        raise PolicyError(problems=(Problem("max_batch", (), values),))
    return Elicit(description(question.call, question.policy, question.workspace), _typed(ids) if ids else Form)


def _typed(ids: dict[str, str]) -> type[BaseModel]:
    about = "This cannot be undone: type the id to approve it"
    fields: dict[str, Any] = {
        name: (str, Field(title=f"Type {quoted(wanted)}", description=about)) for name, wanted in ids.items()
    }
    return create_model("Irreversible", __base__=TypedForm, **fields)


def ids_to_type(call: Call, policy: Policy) -> dict[str, str]:
    """Return the ids that approve a call by being typed, by the names of the form's fields.

    >>> from langchain_customerio import Policy, Track
    >>> ids_to_type(Track(user_id="ada", event="User Deleted"), Policy(allow_destructive=True))
    {'id': 'ada'}
    """
    in_batch = isinstance(call, Batch)
    items: list[Call] = list(call) if isinstance(call, Batch) else [call]
    worst = {risk.path[1] if in_batch else 0 for risk in policy.risks(call) if risk.severity is Severity.IRREVERSIBLE}
    found = (_acted_upon(item) for index, item in enumerate(items) if index in worst or isinstance(item, Alias))
    return {f"id_{number}" if number > 1 else "id": each for number, each in enumerate(dict.fromkeys(found), 1)}


def _acted_upon(item: Call) -> str:
    """Return the id that an irreversible call acts upon: the one that is given up, the object's or the person's."""
    wire = item.wire()
    known = (wire.get("previousId"), (wire.get("properties") or {}).get("objectId"), wire.get("userId"))
    return next(str(each) for each in known if each is not None)


def settle(question: Question, answer: Any) -> None:  # noqa: ANN401 - the SDK's union of what a person may do
    """Go on if a person has approved the call.

    Raises:
        PolicyError: If not.
    """
    if not isinstance(answer, AcceptedElicitation):
        question.settle(Decision("reject"))
    elif isinstance(answer.data, Form):
        question.settle(Decision("approve" if answer.data.approve else "reject", message=answer.data.reason))
    else:
        typed = answer.data.model_dump()
        wanted = ids_to_type(question.call, question.policy)
        if any(typed[name].strip() != each.strip() for name, each in wanted.items()):
            raise PolicyError(problems=(Problem("approve", (), {"said": ": the id that they typed is another one"}),))
