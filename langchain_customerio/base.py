"""What every tool does between the model's arguments and its answer, written once for sync and async.

A tool only says how its arguments become a call; here the policy is asked, a person is asked where the policy wants
it, the call is named, sent, and what became of it is told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self, TypeAlias

import orjson
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool, ToolException
from pydantic import ConfigDict, Field, GetPydanticSchema, PrivateAttr, ValidationError
from pydantic_core import core_schema

from langchain_customerio.answers import Answer, tell
from langchain_customerio.approval import ask
from langchain_customerio.budget import WriteBudget
from langchain_customerio.calls import Batch, Call
from langchain_customerio.client import PipelinesClient
from langchain_customerio.delivery import with_message_ids
from langchain_customerio.errors import ConfigurationError, InvalidRequestError, PolicyError, Problem
from langchain_customerio.fields import type_name
from langchain_customerio.ids import derived_message_id, new_message_id
from langchain_customerio.policy import Policy
from langchain_customerio.receipts import Receipt, RefusedItem

ClientSource: TypeAlias = PipelinesClient | Callable[[RunnableConfig], PipelinesClient]
"""A client, or a function that gives the client for a run, so that one graph serves many workspaces."""


AsItIs = GetPydanticSchema(lambda _source, _handler: core_schema.any_schema())
"""Marks a field that pydantic is to keep as it is, neither copied nor looked into."""

ClientField: TypeAlias = Annotated[ClientSource | None, AsItIs, Field(exclude=True, repr=False)]
PolicyField: TypeAlias = Annotated[Policy, AsItIs, Field(exclude=True)]
BudgetField: TypeAlias = Annotated[WriteBudget, AsItIs, Field(exclude=True, repr=False)]


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
    known: dict[str, Any]
    warnings: tuple[str, ...]

    def finish(self, receipt: Receipt) -> Receipt:
        """Return the receipt with what was known before sending."""
        return receipt.model_copy(update={**self.known, "warnings": (*self.warnings, *receipt.warnings)})


class CustomerioTool(BaseTool):
    """Base of every tool of this package.

    Attributes:
        client: The client, or a function from the run's `RunnableConfig` to the client of its workspace. Where neither
            is given, one is built from the environment with the first call.
        strict: Whether the API shall validate every call, whatever the model asks for.
        policy: What the tool may do.
    """

    model_config = ConfigDict(defer_build=True)  # importing the package builds no schema

    call_type: ClassVar[type[Call]]
    """The call that this tool makes."""

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
        ready = self._prepare(arguments, config, tool_call_id)
        return (
            ready
            if isinstance(ready, tuple)
            else tell(ready.finish(ready.client.send(ready.call, strict=ready.strict)))
        )

    async def _arun(self, *, config: RunnableConfig, tool_call_id: str | None = None, **arguments: Any) -> Answer:  # noqa: ANN401 - the tool's own arguments
        ready = self._prepare(arguments, config, tool_call_id)
        if isinstance(ready, tuple):
            return ready
        return tell(ready.finish(await ready.client.asend(ready.call, strict=ready.strict)))

    def _to_args_and_kwargs(
        self, tool_input: str | dict[str, Any], tool_call_id: str | None
    ) -> tuple[tuple[str, ...], dict[str, Any]]:
        """Hand the tool call's id on to `_run`; LangChain's injected argument for it breaks a plain `invoke`."""
        if isinstance(tool_input, str):
            message = f"{self.name} takes named arguments, not a bare string: {', '.join(self.args)}"
            raise InvalidRequestError(message)
        args, kwargs = super()._to_args_and_kwargs(tool_input, tool_call_id)
        return args, {**kwargs, "tool_call_id": tool_call_id}

    def _prepare(self, arguments: dict[str, Any], config: RunnableConfig, tool_call_id: str | None) -> Ready | Answer:
        request = self.request(arguments)
        if not isinstance(request, Request):
            return request
        call, refused = self._allowed(request.body, request.corrections)
        if self.policy.needs_approval(call):
            call = self._allowed(ask(self.name, call), request.corrections)[0]
        scope = _scope(config, tool_call_id)
        call = with_message_ids(call, _names(call, scope))
        self.budget.spend(_run_of(config), call, self.policy.max_writes)
        client = self._client_for(config)
        known = {"corrections": tuple(request.corrections), "refused": refused}
        ready = Ready(client, call, request.strict or self.strict, known, request.warnings)
        if self.policy.dry_run:
            return tell(ready.finish(client.preview(call, strict=ready.strict)), redact=self.policy.redact)
        return ready

    def _allowed(self, body: object, corrections: list[str]) -> tuple[Call, tuple[RefusedItem, ...]]:
        """Parse a body and ask the policy; of a batch, the good items alone where the policy sends them."""
        body = self.policy.fill_in(body)
        refused: tuple[RefusedItem, ...] = ()
        if self.policy.send_valid_items and self.call_type is Batch:
            body, refused = good_items(self.policy, body)
        call = body if isinstance(body, Call) else self.call_type.parse(body, corrections)
        return self.policy.check(call), refused

    def _client_for(self, config: RunnableConfig) -> PipelinesClient:
        """Return this run's client; a missing workspace is an error, never a fallback to another one."""
        if isinstance(self.client, PipelinesClient):
            return self.client
        if self.client is None:
            self._own_client = self._own_client or PipelinesClient()
            return self._own_client
        try:
            client = self.client(config)
        except LookupError:
            client = None
        if not isinstance(client, PipelinesClient):
            message = "Not sent. This run names no workspace that is known here: a person has to configure it."
            raise ConfigurationError(message)
        return client


def good_items(policy: Policy, body: object) -> tuple[object, tuple[RefusedItem, ...]]:
    """Separate a batch body's items that may be sent from those that may not.

    Returns:
        The body with the good items, or as it was where there are none, and the others with their reasons.
    """
    if not isinstance(body, dict) or not isinstance(body.get("batch"), list):
        return body, ()
    good: list[object] = []
    refused: list[RefusedItem] = []
    for index, item in enumerate(body["batch"]):
        try:
            policy.check(Batch.parse({**body, "batch": [item]}))
            good.append(item)
        except (InvalidRequestError, PolicyError) as error:
            refused.append(RefusedItem(index=index, reason=str(error).replace("batch[0]", f"batch[{index}]")))
    return ({**body, "batch": good}, tuple(refused)) if good else (body, ())


def explain_arguments(error: ValidationError) -> str:
    """Tell a model which arguments are wrong, without repeating any."""
    lines: list[Problem] = []
    for detail in error.errors(include_url=False, include_input=True):
        field = ".".join(map(str, detail["loc"])) or detail.get("ctx", {}).get("path", "")
        message = detail["msg"] if detail["type"] in {"refused", "missing"} else _shape(detail["msg"], detail["input"])
        lines.append(Problem(field, message.replace("Field required", "is required")))
    return str(InvalidRequestError(problems=tuple(lines)))


def _shape(message: str, value: object) -> str:
    return f"{message.replace('Input should be', 'needs')}, found {type_name(value)}"


def _scope(config: RunnableConfig, tool_call_id: str | None) -> tuple[str, str] | None:
    """Return what a replay of this very tool call has in common with it; None outside a graph."""
    thread = _run_of(config)
    return (thread, tool_call_id) if thread and tool_call_id else None


def _run_of(config: RunnableConfig) -> str:
    """Return the thread of a run, or the place in a graph that keeps no thread; empty outside a graph."""
    configurable, metadata = config.get("configurable") or {}, config.get("metadata") or {}
    return str(configurable.get("thread_id") or metadata.get("langgraph_checkpoint_ns") or "")


def _names(call: Call, scope: tuple[str, str] | None) -> Callable[[int], str]:
    """Return what gives a call's ids: the same for every replay inside a graph, fresh outside."""
    if scope is None:
        return lambda _: new_message_id()
    items = list(call) if isinstance(call, Batch) else [call]
    return lambda i: derived_message_id(
        *scope, call.kind, str(i), orjson.dumps(items[i].wire(), option=orjson.OPT_SORT_KEYS)
    )


__all__ = ["ClientSource", "CustomerioTool", "Request", "ToolException", "explain_arguments"]
