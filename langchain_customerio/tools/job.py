"""One call of a tool on its way: judged, encoded, approved and counted, once; it does no I/O of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langchain_customerio.api.calls import Batch, Call
from langchain_customerio.api.message_ids import derived_message_id
from langchain_customerio.client.receipts import RefusedItem
from langchain_customerio.errors import Problem
from langchain_customerio.policy.redaction import own_ids
from langchain_customerio.tools.approval import Question
from langchain_customerio.tools.budget import spend
from langchain_customerio.tools.langgraph import answers_to, content_of, message_ids_of, place_of, thread_of
from langchain_customerio.tools.prepare import Allowed, ToolRequest, allow
from langchain_customerio.tools.results import to_tool_output

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from langchain_core.runnables import RunnableConfig

    from langchain_customerio.client.client import PipelinesClient
    from langchain_customerio.client.prepared import PreparedCall
    from langchain_customerio.client.receipts import Receipt
    from langchain_customerio.policy.policy import Policy
    from langchain_customerio.tools.results import ToolOutput


@dataclass(frozen=True, slots=True)
class Job:
    """A request, and all that decides about it.

    Attributes:
        request: What the arguments came to.
        call_type: The call that they become.
        strict: Whether the API shall validate it.
        policy: What may be sent.
        client: Where it goes.
        config: The run that it belongs to.
        tool_call_id: The tool call that it is.
        tool: Name of the tool.
    """

    request: ToolRequest
    call_type: type[Call]
    strict: bool
    policy: Policy
    client: PipelinesClient
    config: RunnableConfig
    tool_call_id: str | None
    tool: str

    @property
    def needs_the_workspace(self) -> bool:
        """Whether it has to be known which workspace it is before anything is sent."""
        return self.policy.max_writes is not None or self.policy.approve is not None

    def settle(self) -> Settled:
        """Return what may be sent, once nothing speaks against it any more.

        Raises:
            InvalidRequestError: If it is not a call that the API would keep.
            PolicyError: If the policy or a person does not allow it.
        """
        found = self._judge(self.request.body, self.request.corrections)
        if self.policy.needs_approval(found.allowed.call):
            if self.policy.dry_run:
                found.warnings.append(Problem("would_ask"))
            else:
                body = self._ask(found.allowed.call)
                found = found if body is found.allowed.call else self._judge(body, [])
        if self.policy.max_writes is not None:
            run = (self.client.workspace, self.client.stand_in, thread_of(self.config))
            spend(run, self._writes(found.prepared), self.policy.max_writes)
        return found

    def _judge(self, body: object, corrections: list[Problem]) -> Settled:
        allowed = allow(self.policy, self.call_type, body, corrections)
        left_out: dict[int, Problem] | None = {} if self.policy.send_valid_items else None
        prepared = self.client.prepare(allowed.call, strict=self.strict, message_ids=self._namer, left_out=left_out)
        if left_out:
            allowed = allowed.without(left_out, prepared.call)
        warnings = [*self.request.warnings, *map(allowed.in_given_order, prepared.warnings)]
        return Settled(prepared, allowed, self.policy, corrections, warnings)

    @property
    def _namer(self) -> Callable[[int, str, dict[str, Any]], str]:
        return message_ids_of(self.config, self.tool_call_id)

    def _writes(self, prepared: PreparedCall) -> Iterator[str]:
        """Yield a name for each write; an id that the caller chose is not one."""
        items = list(prepared.call) if isinstance(prepared.call, Batch) else [prepared.call]
        for position, (item, message_id) in enumerate(zip(items, prepared.message_ids, strict=True)):
            own = getattr(item, "message_id", None) is not None
            yield self._namer(position, item.kind, item.wire()) if own else message_id

    def _ask(self, call: Call) -> object:
        """Return what a person approved: the call, or the body that they wrote instead."""
        place = (self.client.workspace, *place_of(self.config), self.tool_call_id or "", self.tool)
        question = Question(
            id=derived_message_id("approval", *place, content_of(call)),
            tool=self.tool,
            call=call,
            policy=self.policy,
            workspace=where(self.client),
        )
        decision = answers_to(question.value, question.answer_schema, question.read, self.config, self.tool_call_id)
        return question.settle(decision)


@dataclass(frozen=True, slots=True)
class Settled:
    """A call that may be sent, and what is reported about it afterwards."""

    prepared: PreparedCall
    allowed: Allowed
    policy: Policy
    corrections: list[Problem]
    warnings: list[Problem]

    def output(self, receipt: Receipt, names: Callable[[str], str], *, http: bool) -> ToolOutput:
        """Return the answer to the model: what came of sending, and what was known before.

        Args:
            receipt: What came of it.
            names: What the model calls the fields.
            http: Whether it reads the status and the JSON of the API's answer.
        """
        refused = self.allowed.refused
        status = receipt.status if receipt.status == "dry_run" or not refused else f"partly_{receipt.status}"
        known = {
            "status": status,
            "corrections": tuple(note.say(names) for note in self.corrections),
            "refused": tuple(
                RefusedItem(index=index, reason="; ".join(each.say(names) for each in problems), code=problems[0].code)
                for index, problems in sorted(refused.items())
            ),
            "warnings": tuple(warning.say(names) for warning in self.warnings),
            "warning_codes": tuple(warning.code for warning in self.warnings),
        }
        return to_tool_output(
            receipt.model_copy(update=known),
            http=http,
            redact=self.policy.redact,
            own_ids=own_ids(self.allowed.call),
            body=self.allowed.call.wire() if self.policy.dry_run else None,
        )


def where(client: PipelinesClient) -> str:
    """Return where a client's calls go, for a person to read."""
    return f"{client.base_url} (key {client.workspace})"
