"""Asking a person from inside a tool: the question, and what an answer means.

The graph stops with the question, and goes on with `Command(resume=answer)`, the answer being one of

```
{"type": "approve", "id": …}
{"type": "edit", "id": …, "request_body": {…}}
{"type": "reject", "id": …, "message": "…"}
```

with the question's `id`, which stands for this call with this content in this thread and workspace: an answer to
another question, or to this one before its content changed, decides nothing, and the question is asked again. Where the
model made one tool call in the step and no more, the id may be left out, and `"approve"`, `True`, `"reject"` and
`False` are answers too, as is LangChain's `{"decisions": [{"type": "approve"}]}`. What is not understood is asked
again, with a `note` that says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from langchain_customerio.errors import PolicyError, Problem
from langchain_customerio.text import escaped, quotation
from langchain_customerio.tools.json_repair import read_body
from langchain_customerio.tools.preview import preview

if TYPE_CHECKING:
    from langchain_customerio.api.calls import Call
    from langchain_customerio.policy.policy import Policy

_MOST_WORDS: Final = 200

ANSWER: Final[dict[str, Any]] = {
    "title": "Decision",
    "type": "object",
    "properties": {
        "type": {"type": "string", "enum": ["approve", "edit", "reject"]},
        "id": {"type": "string", "description": "The id of the question"},
        "request_body": {"type": "object", "description": "For edit: the body to send instead"},
        "message": {"type": "string", "description": "For reject: what to tell the model"},
    },
    "required": ["type"],
}
"""JSON Schema of an answer."""

_UNNAMED: Final = "An answer without an id has decided nothing: repeat the id of this question."
_UNKNOWN: Final = 'The last answer was not understood: its "type" must be approve, edit or reject.'
_NO_BODY: Final = "The last answer was not understood: to edit, give the request_body to send instead."


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided.

    Attributes:
        type: What they said.
        body: For an edit, the body to send instead.
        message: For a rejection, their words.
    """

    type: Literal["approve", "edit", "reject"]
    body: object = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked: may this call be sent?

    Attributes:
        id: The question's id.
        tool: Name of the tool.
        call: The call that waits.
        policy: Says what is risky about it.
        workspace: Where it would be sent, for the person to read.
    """

    id: str
    tool: str
    call: Call
    policy: Policy
    workspace: str

    def value(self, note: str = "") -> dict[str, Any]:
        """Return what the reviewer is shown; `note` says why they are asked again."""
        return {
            "id": self.id,
            "tool": self.tool,
            "workspace": self.workspace,
            "preview": preview(self.call, self.policy, self.workspace),
            "request_body": self.call.wire(),
            "allowed_decisions": ["approve", "edit", "reject"],
            **({"note": note} if note else {}),
        }

    @property
    def answer_schema(self) -> dict[str, Any]:
        """JSON Schema of an answer to this question, with its id filled in where a form is drawn."""
        named = {**ANSWER["properties"]["id"], "const": self.id, "default": self.id}
        return {**ANSWER, "properties": {**ANSWER["properties"], "id": named}}

    def read(self, answer: object, unnamed: bool) -> tuple[Decision | None, str]:  # noqa: FBT001 - called by position
        """Return the decision that an answer holds, and why it holds none.

        Args:
            answer: Whatever the graph was resumed with.
            unnamed: Whether an answer without an id can be about nothing else.
        """
        match answer:
            case {"decisions": [single]}:
                answer = single
            case bool():
                answer = {"type": "approve" if answer else "reject"}
            case str():
                answer = {"type": answer}
        if not isinstance(answer, dict):
            return None, _UNKNOWN if unnamed else _UNNAMED
        if "id" not in answer and not unnamed:
            return None, _UNNAMED
        if "id" in answer and answer["id"] != self.id:
            return None, ""
        return _decision(answer)

    def settle(self, decision: Decision) -> object:
        """Return what may be sent: the call as it is, or the body written instead.

        Raises:
            PolicyError: If the person did not approve the call.
            InvalidRequestError: If the body written instead is not JSON.
        """
        if decision.type == "approve":
            return self.call
        if decision.type == "edit":
            return read_body(decision.body, [])
        reason = " ".join(decision.message.split())
        said = f". They say: {quotation(escaped(reason, _MOST_WORDS))}" if reason else ""
        raise PolicyError(problems=(Problem("approve", (), {"said": said}),))


def _decision(answer: dict[str, Any]) -> tuple[Decision | None, str]:
    kind = answer.get("type")
    match kind.strip().lower() if isinstance(kind, str) else kind:
        case "approve":
            return Decision("approve"), ""
        case "reject":
            return Decision("reject", message=str(answer.get("message") or "")), ""
        case "edit":
            body = answer.get("request_body")
            return (Decision("edit", body), "") if body else (None, _NO_BODY)
    return None, _UNKNOWN
