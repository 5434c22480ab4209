"""What every tool does between the model's arguments and its answer, written once for sync and async.

A tool only says how its arguments become a call. Here the policy is asked, a person is asked where the policy wants it,
the call is named, sent, and the result is reported.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn, Self

from langchain_core.runnables import RunnableConfig  # noqa: TC002 - LangChain looks for it among the annotations
from langchain_core.tools import BaseTool, ToolException
from pydantic import ConfigDict, Field, PrivateAttr, ValidationError

from langchain_customerio.api.calls import Batch, Call
from langchain_customerio.api.lint import lint
from langchain_customerio.api.message_ids import derived_message_id
from langchain_customerio.client.client import PipelinesClient
from langchain_customerio.client.exchange import plan, with_message_ids
from langchain_customerio.client.receipts import Receipt, RefusedItem
from langchain_customerio.errors import (
    CustomerioError,
    InvalidRequestError,
    PolicyError,
    Problem,
    not_allowed,
    not_sent,
)
from langchain_customerio.policy.policy import Policy
from langchain_customerio.tools.approval import ANSWER, Question
from langchain_customerio.tools.arguments import Arguments, explain_arguments
from langchain_customerio.tools.budget import WriteBudget
from langchain_customerio.tools.field_names import FieldNames
from langchain_customerio.tools.langgraph import answers_to, content_of, message_ids_of, thread_of
from langchain_customerio.tools.prepare import Allowed, ToolRequest, allow
from langchain_customerio.tools.results import ToolOutput, to_tool_output
from langchain_customerio.tools.sources import BudgetField, ClientField, PolicyField, client_for, policy_for


@dataclass(frozen=True, slots=True)
class PreparedCall:
    """A call that may be sent, and what is reported about it afterwards."""

    client: PipelinesClient
    policy: Policy
    allowed: Allowed
    call: Call
    strict: bool
    corrections: list[Problem]
    warnings: list[Problem]
    tool: CustomerioTool

    def output(self, receipt: Receipt) -> ToolOutput:
        """Return the answer to the model: what came of sending, and what was known before."""
        names = self.tool.field_names
        refused = self.allowed.refused
        status = receipt.status if receipt.status == "dry_run" or not refused else f"partly_{receipt.status}"
        known = {
            "status": status,
            "corrections": tuple(note.say(names) for note in self.corrections),
            "refused": tuple(
                RefusedItem(index=index, reason="; ".join(each.say(names) for each in problems), code=problems[0].code)
                for index, problems in refused.items()
            ),
            "warnings": tuple(warning.say(names) for warning in self.warnings),
            "warning_codes": tuple(warning.code for warning in self.warnings),
        }
        return to_tool_output(
            receipt.model_copy(update=known),
            http=self.tool.shows_http,
            redact=self.policy.redact,
            own_ids=_own_ids(self.allowed.call),
            body=self.call.wire() if self.policy.dry_run else None,
        )


def _own_ids(call: Call) -> frozenset[str]:
    """Return the message ids that the caller gave."""
    items = call if isinstance(call, Batch) else [call]
    return frozenset(found for item in items if (found := getattr(item, "message_id", None)))


class CustomerioTool(BaseTool):
    """Base of every tool of this package.

    Attributes:
        client: The client, or a function from the run's `RunnableConfig` to the client of its workspace. Where neither
            is given, one is built from the environment with the first call.
        strict: Whether the API shall validate every call: True, False, or None for the style's own default.
        policy: What the tool may do, or a function from the run's `RunnableConfig` to that.
    """

    # Importing the package builds no schema. A misspelt `policy` must not be taken for none.
    model_config = ConfigDict(defer_build=True, extra="forbid", hide_input_in_errors=True)

    call_type: ClassVar[type[Call]]
    """The call that this tool makes."""

    field_names: ClassVar[FieldNames] = FieldNames({})
    """What a model calls the fields of the call; it reads about them under these names."""

    shows_http: ClassVar[bool] = False
    """Whether a result shows the status and the JSON of the API's answer."""

    client: ClientField = None
    strict: bool | None = None
    policy: PolicyField = Policy()
    budget: BudgetField = Field(default_factory=WriteBudget)
    response_format: str = "content_and_artifact"  # type: ignore[assignment] # narrowed by BaseTool to two words
    handle_tool_error: Any = Field(default_factory=lambda: str, exclude=True)
    handle_validation_error: Any = Field(default_factory=lambda: explain_arguments, exclude=True)

    _own_client: PipelinesClient | None = PrivateAttr(None)

    @classmethod
    def under(cls, policy: Any, **settings: Any) -> Self | None:  # noqa: ANN401 - the fields of the tool
        """Return the tool as a policy wants it; None where the policy could never allow what it does."""
        return cls(policy=policy, **settings)

    def request(self, arguments: dict[str, Any], policy: Policy) -> ToolRequest | ToolOutput:
        """Turn the model's arguments into a request, or into an answer that needs none.

        Raises:
            InvalidRequestError: If they cannot become a call.
        """
        raise NotImplementedError

    def validates(self, wanted: bool) -> bool:  # noqa: FBT001 - what the model asked for
        """Return whether the API shall validate a call: as the program says, or else as the model asked."""
        return wanted if self.strict is None else self.strict

    # ---- running

    def _run(self, *, config: RunnableConfig, tool_call_id: str | None = None, **arguments: Any) -> ToolOutput:  # noqa: ANN401 - the tool's own arguments
        try:
            prepared = self._prepare(arguments, config or {}, tool_call_id)
            if isinstance(prepared, tuple):
                return prepared
            return prepared.output(prepared.client.send(prepared.call, strict=prepared.strict))
        except CustomerioError as error:
            self._refuse(error)

    async def _arun(self, *, config: RunnableConfig, tool_call_id: str | None = None, **arguments: Any) -> ToolOutput:  # noqa: ANN401 - the tool's own arguments
        try:
            prepared = self._prepare(arguments, config or {}, tool_call_id)
            if isinstance(prepared, tuple):
                return prepared
            return prepared.output(await prepared.client.asend(prepared.call, strict=prepared.strict))
        except CustomerioError as error:
            self._refuse(error)

    def _refuse(self, error: CustomerioError) -> NoReturn:
        """Raise what LangChain turns into an error message for the model; or the error, where nobody handles it."""
        if not self.handle_tool_error:
            raise error
        raise ToolException(self._words(error)) from error

    def _words(self, error: CustomerioError) -> str:
        """Return what a model reads of an error, in the names that it knows."""
        match error:
            case InvalidRequestError(problems=(_, *_)):
                return not_sent(error.problems, self.field_names)
            case PolicyError(problems=(_, *_)):
                return not_allowed(error.problems, self.field_names)
        return str(error)

    def _to_args_and_kwargs(
        self, tool_input: str | dict[str, Any], tool_call_id: str | None
    ) -> tuple[tuple[str, ...], dict[str, Any]]:
        """Hand the tool call's id on to `_run`; LangChain's injected argument for it breaks a plain `invoke`."""
        if isinstance(tool_input, str):
            values = {"tool": self.name, "arguments": ", ".join(self.args)}
            self._refuse(InvalidRequestError(problems=(Problem("bare_text", (), values),)))
        schema = self.args_schema
        if isinstance(schema, type) and issubclass(schema, Arguments):
            return (), {**dict(schema.model_validate(tool_input)), "tool_call_id": tool_call_id}
        args, kwargs = super()._to_args_and_kwargs(tool_input, tool_call_id)
        return args, {**kwargs, "tool_call_id": tool_call_id}

    # ---- what would be sent

    def would_send(self, arguments: dict[str, Any], config: RunnableConfig | None = None) -> Call | None:
        """Return the call that a model's arguments would send, or None where they would send nothing.

        That is so for a question about the schema, and for what the tool would refuse. The limit of writes is not
        looked at, since it changes with every call.

        >>> from langchain_customerio import AliasUserIdentity
        >>> arguments = {"mode": "execute", "request_body": '{"previousId": "visitor-7", "userId": "ada"}'}
        >>> AliasUserIdentity().would_send(arguments)
        Alias(... previous_id='visitor-7', user_id='ada')
        """
        try:
            given = self._to_args_and_kwargs(dict(arguments), None)[1]
            policy = policy_for(self.policy, config or {})
            request = self.request({name: value for name, value in given.items() if name != "tool_call_id"}, policy)
            if isinstance(request, ToolRequest):
                return allow(policy, self.call_type, request.body, request.corrections).call
        except (CustomerioError, ToolException, ValidationError):
            pass
        return None

    def _prepare(
        self, arguments: dict[str, Any], config: RunnableConfig, tool_call_id: str | None
    ) -> PreparedCall | ToolOutput:
        policy = policy_for(self.policy, config)
        request = self.request(arguments, policy)
        if not isinstance(request, ToolRequest):
            return request
        allowed = allow(policy, self.call_type, request.body, request.corrections)
        client = self._client_for(config)
        warnings = [*request.warnings]
        if policy.needs_approval(allowed.call):
            if policy.dry_run:
                warnings.append(Problem("would_ask"))
            else:
                allowed = self._approved(allowed, policy, client, config, tool_call_id, request)
        make = message_ids_of(allowed.call, config, tool_call_id)
        call = with_message_ids(allowed.call, make)
        warnings += map(allowed.in_given_order, lint(call))
        strict = self.validates(request.strict)
        prepared = PreparedCall(client, policy, allowed, call, strict, request.corrections, warnings, self)
        if policy.max_writes is not None:
            if not policy.dry_run:
                plan(call, strict=strict)  # what is too large to be sent is not a write
            size = len(call) if isinstance(call, Batch) else 1
            self.budget.spend(_run_of(client, config), map(make, range(size)), policy.max_writes)
        return prepared.output(client.preview(call, strict=strict)) if policy.dry_run else prepared

    def _approved(  # noqa: PLR0913 - what a question is made of
        self,
        allowed: Allowed,
        policy: Policy,
        client: PipelinesClient,
        config: RunnableConfig,
        tool_call_id: str | None,
        request: ToolRequest,
    ) -> Allowed:
        """Return what a person approved: the call, or what they wrote instead, which is judged like any other."""
        call = allowed.call
        place = (client.workspace, thread_of(config), tool_call_id or "", self.name)
        question = Question(
            id=derived_message_id("approval", *place, content_of(call)),
            tool=self.name,
            call=call,
            policy=policy,
            workspace=_workspace(client),
        )
        decision = answers_to(question.value, ANSWER, question.read, config, tool_call_id)
        settled = question.settle(decision)
        return allowed if settled is call else allow(policy, self.call_type, settled, request.corrections)

    def workspace_for(self, config: RunnableConfig) -> str:
        """Return where a run's calls would go, for a person to read; empty where that is not known."""
        try:
            return _workspace(self._client_for(config))
        except CustomerioError:
            return ""

    def _client_for(self, config: RunnableConfig) -> PipelinesClient:
        """Return this run's client; one from the environment only where none was given."""
        if self.client is None:
            self._own_client = self._own_client or PipelinesClient()
            return self._own_client
        return client_for(self.client, config)


def _workspace(client: PipelinesClient) -> str:
    return f"{client.base_url} (key {client.workspace})"


def _run_of(client: PipelinesClient, config: RunnableConfig) -> tuple[str, ...]:
    """Return what `max_writes` counts over: a thread of a graph in a workspace; empty where there is no thread."""
    thread = thread_of(config)
    return (client.workspace, str(id(client.transport)), thread) if thread else ()
