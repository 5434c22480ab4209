"""What every tool does between the model's arguments and its answer, written once for sync and async.

A tool only says how its arguments become a call. Here the policy is asked, a person is asked where the policy wants it,
the call is named, sent, and the result is reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Self

from langchain_core.runnables import RunnableConfig  # noqa: TC002 - LangChain looks for it among the annotations
from langchain_core.tools import BaseTool, ToolException
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ConfigDict, Field, PrivateAttr, ValidationError, model_validator

from langchain_customerio.api.calls import Call
from langchain_customerio.client.client import PipelinesClient
from langchain_customerio.client.explain import SAME_ID, explain
from langchain_customerio.errors import (
    CustomerioError,
    DeliveryError,
    InvalidRequestError,
    PolicyError,
    Problem,
    not_allowed,
    not_sent,
)
from langchain_customerio.policy.policy import Policy
from langchain_customerio.tools.arguments import Arguments, explain_arguments
from langchain_customerio.tools.definitions import HINTS, Definition, hints, known_at_first, may_be_called, metadata_of
from langchain_customerio.tools.field_names import FieldNames
from langchain_customerio.tools.job import Job, where
from langchain_customerio.tools.prepare import ToolRequest, allow
from langchain_customerio.tools.results import ToolOutput  # noqa: TC001 - the same: it reads all of them
from langchain_customerio.tools.sources import ClientField, PolicyField, client_for, policy_for

if TYPE_CHECKING:
    from collections.abc import Iterable


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

    same_id: ClassVar[str] = SAME_ID
    """How a model hands an id back, to repeat a call; `{id}` stands for the id."""

    shows_http: ClassVar[bool] = False
    """Whether a result shows the status and the JSON of the API's answer."""

    client: ClientField = None
    strict: bool | None = None
    policy: PolicyField = Policy()
    response_format: str = "content_and_artifact"  # type: ignore[assignment] # narrowed by BaseTool to two words
    handle_tool_error: Any = Field(default_factory=lambda: str, exclude=True)
    handle_validation_error: Any = Field(default_factory=lambda: explain_arguments, exclude=True)

    _own_client: PipelinesClient | None = PrivateAttr(None)

    @model_validator(mode="after")
    def _agree_with_the_policy(self) -> Self:
        """Say in the definition what the policy and the settings make of the tool, unless a program says it itself."""
        policy = known_at_first(self.policy)
        said, arguments = self.describe(policy)
        own = {
            "description": said,
            "args_schema": arguments,
            "metadata": metadata_of(self.hints(policy)),
            "extras": {"input_examples": examples} if (examples := self.examples(policy)) else None,
        }
        for name, value in own.items():
            if name not in self.model_fields_set:
                setattr(self, name, value)
        return self

    @classmethod
    def offered(cls, policy: Policy) -> bool:
        """Return whether a policy could allow anything that the tool does."""
        return may_be_called(cls.call_type, policy)

    def describe(self, policy: Policy) -> tuple[str, Any]:  # noqa: ARG002 - what others look at
        """Return the description and the arguments that fit a policy."""
        return self.description, self.args_schema

    def hints(self, policy: Policy) -> dict[str, Any]:
        """Return what a host may want to know of the tool under a policy: see `definitions.hints`."""
        return hints(self.call_type.kind, policy)

    def examples(self, policy: Policy) -> list[dict[str, Any]]:  # noqa: ARG002 - the same
        """Return arguments of typical calls."""
        return []

    @property
    def definition(self) -> Definition:
        """The tool for clients of any kind: what LangChain tells a provider, and what a host may want to know."""
        schema = convert_to_openai_tool(self)["function"]
        metadata, extras = self.metadata or {}, self.extras or {}
        told = {name: metadata[name] for name in HINTS if name in metadata}
        return Definition(
            self.name, self.description, schema["parameters"], told, tuple(extras.get("input_examples", ()))
        )

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        """Return what a person wants to see of a tool."""
        return (("name", self.name), ("description", self.description))

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
            job = self._job(arguments, config or {}, tool_call_id)
            if isinstance(job, tuple):
                return job
            settled = job.settle()
            receipt = settled.prepared.preview() if job.policy.dry_run else settled.prepared.send()
            return settled.output(receipt, self.field_names, http=self.shows_http)
        except CustomerioError as error:
            self._refuse(error)

    async def _arun(self, *, config: RunnableConfig, tool_call_id: str | None = None, **arguments: Any) -> ToolOutput:  # noqa: ANN401 - the tool's own arguments
        try:
            job = self._job(arguments, config or {}, tool_call_id)
            if isinstance(job, tuple):
                return job
            if job.needs_the_workspace:
                await job.client.atarget()  # where the key comes from an async function, it is asked here
            settled = job.settle()
            receipt = await (settled.prepared.apreview() if job.policy.dry_run else settled.prepared.asend())
            return settled.output(receipt, self.field_names, http=self.shows_http)
        except CustomerioError as error:
            self._refuse(error)

    def _job(self, arguments: dict[str, Any], config: RunnableConfig, tool_call_id: str | None) -> Job | ToolOutput:
        policy = policy_for(self.policy, config)
        request = self.request(arguments, policy)
        if not isinstance(request, ToolRequest):
            return request
        strict, client = self.validates(request.strict), self._client_for(config)
        return Job(request, self.call_type, strict, policy, client, config, tool_call_id, self.name)

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
            case DeliveryError():
                return explain(error, self.same_id)
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

    def workspace_for(self, config: RunnableConfig) -> str:
        """Return where a run's calls would go, for a person to read; empty where that is not known."""
        try:
            return where(self._client_for(config))
        except CustomerioError:
            return ""

    def _client_for(self, config: RunnableConfig) -> PipelinesClient:
        """Return this run's client; one from the environment only where none was given."""
        if self.client is None:
            self._own_client = self._own_client or PipelinesClient()
            return self._own_client
        return client_for(self.client, config)
