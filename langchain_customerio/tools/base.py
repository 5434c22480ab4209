"""What every tool does between the model's arguments and its answer, written once for sync and async.

A tool only says how its arguments become a call; here the policy is asked, a person is asked where the policy wants
it, the call is named, sent, and what became of it is told.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool, ToolException
from pydantic import ConfigDict, Field, PrivateAttr, ValidationError

from langchain_customerio.api.batching import bodies, with_message_ids
from langchain_customerio.api.calls import Batch, Call
from langchain_customerio.api.message_ids import derived_message_id
from langchain_customerio.client.client import PipelinesClient
from langchain_customerio.client.receipts import Receipt, RefusedItem
from langchain_customerio.errors import CustomerioError, InvalidRequestError
from langchain_customerio.policy.policy import Policy
from langchain_customerio.tools.approval import Question, is_alone
from langchain_customerio.tools.arguments import Arguments, explain_arguments
from langchain_customerio.tools.budget import WriteBudget
from langchain_customerio.tools.field_names import Naming
from langchain_customerio.tools.langgraph import content_of, names_of, thread_of
from langchain_customerio.tools.partial import good_items, in_given_order
from langchain_customerio.tools.results import Answer, tell
from langchain_customerio.tools.wiring import BudgetField, ClientField, PolicyField, client_from


@dataclass(frozen=True, slots=True)
class Request:
    """What a tool's arguments came to: the JSON body, and how to send it."""

    body: object
    strict: bool
    corrections: list[str]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ready:
    """A call that may be sent, and what is told about it afterwards."""

    client: PipelinesClient
    call: Call
    strict: bool
    corrections: tuple[str, ...]
    refused: tuple[RefusedItem, ...]
    warnings: tuple[str, ...]
    redact: bool | Iterable[str]
    naming: Naming

    def tell(self, receipt: Receipt) -> Answer:
        """Return the answer to the model: what came of sending, and what was known before."""
        warnings = (*self.warnings, *in_given_order(receipt.warnings, self.refused))
        known = {
            "corrections": tuple(map(self.naming, self.corrections)),
            "refused": tuple(RefusedItem(index=item.index, reason=self.naming(item.reason)) for item in self.refused),
            "warnings": tuple(map(self.naming, warnings)),
        }
        return tell(receipt.model_copy(update=known), redact=self.redact)


class CustomerioTool(BaseTool):
    """Base of every tool of this package.

    Attributes:
        client: The client, or a function from the run's `RunnableConfig` to the client of its workspace. Where neither
            is given, one is built from the environment with the first call.
        strict: Whether the API shall validate every call, whatever the model asks for.
        policy: What the tool may do.
    """

    # Importing the package builds no schema. A misspelt `policy` must not be taken for none.
    model_config = ConfigDict(defer_build=True, extra="forbid", hide_input_in_errors=True)

    call_type: ClassVar[type[Call]]
    """The call that this tool makes."""

    naming: ClassVar[Naming] = Naming({})
    """What a model calls the fields of the call; it is told about them under these names."""

    client: ClientField = None
    strict: bool = False
    policy: PolicyField = Policy()
    budget: BudgetField = Field(default_factory=WriteBudget)
    response_format: str = "content_and_artifact"  # type: ignore[assignment] # narrowed by BaseTool to two words
    handle_tool_error: Any = Field(default_factory=lambda: str, exclude=True)
    handle_validation_error: Any = Field(default_factory=lambda: explain_arguments, exclude=True)

    _own_client: PipelinesClient | None = PrivateAttr(None)

    @classmethod
    def under(cls, policy: Policy, **settings: Any) -> Self | None:  # noqa: ANN401 - the fields of the tool
        """Return the tool as a policy wants it; None where the policy could never allow what it does."""
        return cls(policy=policy, **settings)

    def request(self, arguments: dict[str, Any]) -> Request | Answer:
        """Turn the model's arguments into a request, or into an answer that needs none.

        Raises:
            InvalidRequestError: If they cannot become a call.
        """
        raise NotImplementedError

    def _run(self, *, config: RunnableConfig, tool_call_id: str | None = None, **arguments: Any) -> Answer:  # noqa: ANN401 - the tool's own arguments
        request = self.request(arguments)
        with self.naming:
            ready = self._prepare(request, config or {}, tool_call_id)
            if isinstance(ready, tuple):
                return ready
            return ready.tell(ready.client.send(ready.call, strict=ready.strict))

    async def _arun(self, *, config: RunnableConfig, tool_call_id: str | None = None, **arguments: Any) -> Answer:  # noqa: ANN401 - the tool's own arguments
        request = self.request(arguments)
        with self.naming:
            ready = self._prepare(request, config or {}, tool_call_id)
            if isinstance(ready, tuple):
                return ready
            return ready.tell(await ready.client.asend(ready.call, strict=ready.strict))

    @property
    def _injected_args_keys(self) -> frozenset[str]:
        """Return that LangChain injects no argument here; it would look for them four times in every call."""
        return frozenset()

    def _filter_injected_args(self, tool_input: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments without injected ones; there are none among our own, so nothing is looked through."""
        return dict(tool_input) if self._own_arguments else super()._filter_injected_args(tool_input)

    def _to_args_and_kwargs(
        self, tool_input: str | dict[str, Any], tool_call_id: str | None
    ) -> tuple[tuple[str, ...], dict[str, Any]]:
        """Hand the tool call's id on to `_run`; LangChain's injected argument for it breaks a plain `invoke`."""
        if isinstance(tool_input, str):
            message = f"{self.name} takes named arguments, not a bare string: {', '.join(self.args)}"
            raise InvalidRequestError(message)
        if own := self._own_arguments:
            return (), {**dict(own.model_validate(tool_input)), "tool_call_id": tool_call_id}
        args, kwargs = super()._to_args_and_kwargs(tool_input, tool_call_id)
        return args, {**kwargs, "tool_call_id": tool_call_id}

    @property
    def _own_arguments(self) -> type[Arguments] | None:
        """Return the schema of the arguments where it is ours; LangChain has to look closely at any other one."""
        schema = self.args_schema
        return schema if isinstance(schema, type) and issubclass(schema, Arguments) else None

    def would_send(self, arguments: dict[str, Any]) -> Call | None:
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
            request = self.request({name: value for name, value in given.items() if name != "tool_call_id"})
            return self._allowed(request.body, [])[0] if isinstance(request, Request) else None
        except (CustomerioError, ValidationError):
            return None

    def _prepare(self, request: Request | Answer, config: RunnableConfig, tool_call_id: str | None) -> Ready | Answer:
        if not isinstance(request, Request):
            return request
        call, refused = self._allowed(request.body, request.corrections)
        client, warnings = self._client_for(config), request.warnings
        if self.policy.needs_approval(call):
            if self.policy.dry_run:
                warnings = (*warnings, "A real run would wait for a person's approval.")
            elif (answer := self._ask(call, config, tool_call_id)) is not call:
                call, refused = self._allowed(answer, request.corrections)
        name = names_of(call, config, tool_call_id)
        corrections, strict = tuple(request.corrections), request.strict or self.strict
        ready = Ready(
            client,
            with_message_ids(call, name),
            strict,
            corrections,
            refused,
            warnings,
            self.policy.redact,
            self.naming,
        )
        preview = client.preview(ready.call, strict=strict) if self.policy.dry_run else None
        if self.policy.max_writes is not None:
            if preview is None:
                bodies(ready.call)  # what is too large to be sent is no write
            size = len(call) if isinstance(call, Batch) else 1
            self.budget.spend(thread_of(config), map(name, range(size)), self.policy.max_writes)
        return ready if preview is None else ready.tell(preview)

    def _ask(self, call: Call, config: RunnableConfig, tool_call_id: str | None) -> object:
        question = Question(
            id=derived_message_id("approval", thread_of(config), tool_call_id or "", self.name, content_of(call)),
            tool=self.name,
            call=call,
            alone=is_alone(config, tool_call_id),
            plain_events=tuple(self.policy.plain_events),
        )
        return question.ask(config)

    def _allowed(self, body: object, corrections: list[str]) -> tuple[Call, tuple[RefusedItem, ...]]:
        """Parse a body and ask the policy; of a batch, the good items alone where the policy sends them."""
        body = self.policy.fill_in(body)
        refused: tuple[RefusedItem, ...] = ()
        if self.policy.send_valid_items and self.call_type is Batch:
            body, refused = good_items(self.policy, body)
        call = body if isinstance(body, Call) else self.call_type.parse(body, corrections)
        return self.policy.check(call), refused

    def _client_for(self, config: RunnableConfig) -> PipelinesClient:
        """Return this run's client; one from the environment only where none was given."""
        if isinstance(self.client, PipelinesClient):
            return self.client
        if self.client is None:
            self._own_client = self._own_client or PipelinesClient()
            return self._own_client
        return client_from(self.client, config)


__all__ = ["CustomerioTool", "Request", "ToolException"]
