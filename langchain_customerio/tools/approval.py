"""Asking a person from inside a tool, through LangGraph's `interrupt`."""

from __future__ import annotations

import json
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from langchain_customerio.api.calls import Batch, Call
from langchain_customerio.client.explain import quotation
from langchain_customerio.errors import ConfigurationError, PolicyError
from langchain_customerio.policy.meaning import risks
from langchain_customerio.tools.json_repair import read_body
from langchain_customerio.tools.results import few

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from langchain_core.runnables import RunnableConfig

_MOST_NAME = 80
_MOST_LINES = 12
_MOST_JSON = 4_000
_MOST_WORDS = 200

# The calls of one step may run in several threads; one at a time looks which answers there are.
_LOOKING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked: may this call be sent?

    The graph stops with `value()`, and goes on with `Command(resume=answer)`, the answer being one of

    ```
    {"type": "approve", "id": …}
    {"type": "edit", "id": …, "request_body": {…}}
    {"type": "reject", "id": …, "message": "…"}
    ```

    with the question's `id`, which stands for this call with this content: an answer to another question, or to this
    one before its content changed, decides nothing, and the question is asked again. Where the model made one tool
    call in the step and no more, the id may be left out, and `"approve"` is an answer too. Any other word than those
    three is a refusal.

    Attributes:
        id: The question's id.
        tool: Name of the tool.
        call: The call that waits.
        alone: Whether an answer without an id can be about nothing else.
        plain_events: As in the policy.

    Source: LangGraph documentation, Interrupts.
    """

    id: str
    tool: str
    call: Call
    alone: bool = False
    plain_events: Collection[str] = field(default=())

    def value(self) -> dict[str, Any]:
        """Return what the reviewer is shown."""
        return {
            "id": self.id,
            "tool": self.tool,
            "preview": preview(self.call, self.plain_events),
            "request_body": self.call.wire(),
            "allowed_decisions": ["approve", "edit", "reject"],
        }

    def ask(self, config: RunnableConfig) -> object:
        """Wait for a person, and return what may be sent: the call as it is, or the body written instead.

        Raises:
            PolicyError: If the person does not approve the call.
            ConfigurationError: If nobody can be asked: there is no graph around the tool, or no langgraph.
        """
        try:
            from langgraph.types import interrupt  # noqa: PLC0415 - under the extra `langgraph`
        except ImportError:
            message = "Not sent. Approval needs langgraph: pip install 'langchain-customerio[langgraph]'."
            raise ConfigurationError(message) from None
        with _LOOKING:
            answers = list(_given(config))
            for answer in answers:
                if (decision := self._read(answer)) is not None:
                    return self._decided(decision)
            while True:
                try:
                    answer = interrupt(self.value() | _remark(answers))
                except (RuntimeError, KeyError):
                    message = (
                        "Not sent. It waits for a person's approval, and only a graph with a checkpointer can ask."
                    )
                    raise ConfigurationError(message) from None
                if (decision := self._read(answer)) is not None:
                    return self._decided(decision)
                answers.append(answer)

    def _read(self, answer: object) -> Mapping[str, Any] | None:
        """Return the decision that an answer holds; None for one that may be about another call."""
        if not isinstance(answer, dict):
            answer = {"type": "approve" if answer is True else answer}
        own = answer["id"] == self.id if "id" in answer else self.alone
        return answer if own else None

    def _decided(self, decision: Mapping[str, Any]) -> object:
        kind, body = decision.get("type"), decision.get("request_body")
        if kind == "approve":
            return self.call
        if kind == "edit" and body:
            return read_body(body, [])
        reason = " ".join(str(decision.get("message") or "").split())
        words = f" They say: {quotation(visible(reason, _MOST_WORDS))}." if reason else ""
        message = f"Not sent. A person was asked and did not approve it.{words} Do not send it another way."
        raise PolicyError(message, rule="approve")


def _remark(answers: list[object]) -> dict[str, str]:
    """Say why a question is asked again, where an answer might have been meant for it."""
    named = all(isinstance(answer, dict) and "id" in answer for answer in answers)
    return {} if named else {"note": "An answer without an id has decided nothing: repeat the id of this question."}


def _given(config: RunnableConfig) -> tuple[object, ...]:
    """Return the answers that this step of the graph has had already, whichever of its calls they are for.

    LangGraph hands them out in the order in which calls ask, which differs from one replay to the next where calls run
    at once. Its list is looked into so that each call finds its own; where it is not to be found, the question is
    asked again.
    """
    return tuple(getattr((config.get("configurable") or {}).get("__pregel_scratchpad"), "resume", ()))


def is_alone(config: RunnableConfig, tool_call_id: str | None) -> bool:
    """Return whether the model demonstrably made no other tool call in this step of the graph."""
    read = (config.get("configurable") or {}).get("__pregel_read")
    if read is None:
        return False
    try:
        messages = read("messages")
    except KeyError:
        return False
    made = [calls for message in messages or () if (calls := getattr(message, "tool_calls", None))]
    return bool(made) and [call["id"] for call in made[-1]] == [tool_call_id]


# What the reviewer reads


def preview(call: Call, plain_events: Collection[str] = ()) -> str:
    r"""Say in a few lines what a call does and what is risky about it, the risky items of a batch first.

    >>> from langchain_customerio.api.calls import Track
    >>> print(preview(Track(user_id="ada", event="User Deleted")))
    track "User Deleted" for "ada"
    Risk: deletes the person for good; the same id can be added again
    """
    found = list(risks(call, plain_events))
    return "\n".join(
        [summary(call), *few([f"Risk: {risk}" for risk in found], _MOST_LINES), *_items(call, plain_events)]
    )


def description(call: Call, plain_events: Collection[str] = ()) -> str:
    """Return the preview with the request body below it."""
    body = visible(json.dumps(call.wire(), ensure_ascii=False, indent=2, default=str), _MOST_JSON, keep="\n")
    return f"{preview(call, plain_events)}\n\n{call.kind}: {body}"


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


def _items(call: Call, plain_events: Collection[str]) -> list[str]:
    """List the items of a batch, the risky ones first, because a list that is cut short must not hide them."""
    if not isinstance(call, Batch):
        return []
    order = sorted(range(len(call)), key=lambda i: not any(risks(call.batch[i], plain_events, call.context)))
    return few([f"batch[{i}] {summary(call.batch[i])}" for i in order], _MOST_LINES)


def quoted(text: str) -> str:
    """Return a text that somebody else made up, in quotes and without anything that could pass for our own words."""
    short = text if len(text) <= _MOST_NAME else f"{text[: _MOST_NAME - 1]}…"
    return visible(json.dumps(short, ensure_ascii=False), 2 * _MOST_NAME)


def visible(text: str, most: int, keep: str = "") -> str:
    """Return a text bounded, with control, invisible and direction-changing characters written out."""
    cut = text if len(text) <= most else f"{text[:most]}…"
    return "".join(c if c.isprintable() or c in keep else c.encode("unicode_escape").decode() for c in cut)
