"""A tool of the toolkit as a tool of an MCP server: a person is asked first, then it runs as in LangChain."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from langchain_core.runnables.config import var_child_runnable_config
from mcp.server.mcpserver import AcceptedElicitation, Context, Elicit, Resolve
from mcp.server.mcpserver.resolve import build_resolver_plans
from mcp.server.mcpserver.tools import Tool
from mcp.server.mcpserver.utilities.func_metadata import ArgModelBase, FuncMetadata
from mcp.types import ToolAnnotations
from typing_extensions import override

from langchain_customerio.api.calls import Batch
from langchain_customerio.errors import ConfigurationError, CustomerioError
from langchain_customerio.mcp.asking import CANNOT_ASK, can_be_asked, form, settle
from langchain_customerio.mcp.output import output_schema, refusal, result
from langchain_customerio.mcp.sending import Sending
from langchain_customerio.tools.approval import Question
from langchain_customerio.tools.sources import policy_for

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from mcp.types import CallToolResult

    from langchain_customerio.tools.base import CustomerioTool

logger: Final = logging.getLogger("langchain_customerio.mcp")

_KEPT_BACK: Final = frozenset({"authorization", "cookie"})


def served(tool: CustomerioTool) -> Tool:
    """Return a tool as the server lists and runs it: with the name, the schema and the texts that LangChain shows."""
    door = _Door(tool)
    asked = {"answer": (Resolve(door.question), True)}
    definition = tool.definition
    return Tool(
        fn=door.call,
        name=tool.name,
        title=None,
        description=tool.description,
        parameters=definition.parameters,
        fn_metadata=_AsSent(arg_model=ArgModelBase, output_schema=output_schema(tool)),
        is_async=True,
        context_kwarg="context",
        resolved_params=asked,
        resolver_plans=build_resolver_plans(asked, {"arguments"}),
        annotations=_annotations(definition.hints),
    )


def _annotations(hints: dict[str, Any]) -> ToolAnnotations:
    """Return what a client is told before a call; the tools know what is true under their policy."""
    return ToolAnnotations(
        read_only_hint=hints["read_only"],
        destructive_hint=hints["destructive"],
        idempotent_hint=hints["idempotent"],
        open_world_hint=True,
    )


class _AsSent(FuncMetadata):
    """Hands a model's arguments on as they came: the tool reads them, as it does for LangChain."""

    @override
    def validate_arguments(self, arguments_to_validate: dict[str, Any]) -> dict[str, Any]:
        return {"arguments": arguments_to_validate}


class _Door:
    """Runs one tool for MCP clients."""

    def __init__(self, tool: CustomerioTool) -> None:
        self._tool = tool

    async def question(
        self, arguments: dict[str, Any], context: Context[Any, Any]
    ) -> Elicit[Any] | CustomerioError | None:
        """Return what a person is asked before the call, why it cannot be asked, or None where nothing is to be asked.

        The SDK shows the question to whatever client there is, and may call this again for each of its rounds.
        """
        try:
            question = self._pending(arguments, _config(context))
            if question is None:
                return None
            return form(question) if can_be_asked(context.session) else ConfigurationError(CANNOT_ASK)
        except CustomerioError as error:
            return error

    async def call(self, arguments: dict[str, Any], context: Context[Any, Any], answer: Any) -> CallToolResult:  # noqa: ANN401 - what a person answered
        """Run the tool, if nobody was to be asked or the person has approved the call."""
        began, name, sending = time.monotonic(), self._tool.name, Sending()
        try:
            found = await self._call(arguments, context, answer, sending)
        except asyncio.CancelledError:
            logger.info(
                "%s: cancelled after %.3f s; calls sent by then: %d", name, time.monotonic() - began, sending.left
            )
            raise
        logger.info("%s: %s in %.3f s", name, "refused" if found.is_error else "done", time.monotonic() - began)
        return found

    async def _call(
        self,
        arguments: dict[str, Any],
        context: Context[Any, Any],
        answer: Any,  # noqa: ANN401 - the same
        sending: Sending,
    ) -> CallToolResult:
        config = _config(context)
        try:
            asked = isinstance(answer, AcceptedElicitation) and answer.data
            if isinstance(asked, CustomerioError):
                raise asked
            if (question := self._pending(arguments, config)) is not None:
                settle(question, answer)
            tool = self._without_question(config)
        except CustomerioError as error:
            return refusal(str(error))
        call = {"type": "tool_call", "id": context.request_id, "name": tool.name, "args": arguments}
        total = self._size(arguments, config)
        var_child_runnable_config.set(None)  # a server in the same process is no part of the graph that calls it
        return result(await sending.run(tool.ainvoke(call, config), lambda left: context.report_progress(left, total)))

    def _pending(self, arguments: dict[str, Any], config: RunnableConfig) -> Question | None:
        """Return the question that the policy has about a call; None where it has none, or the tool would refuse."""
        policy = policy_for(self._tool.policy, config)
        if policy.approve is None or policy.dry_run:
            return None
        call = self._tool.would_send(arguments, config)
        if call is None or not policy.needs_approval(call):
            return None
        return Question("", self._tool.name, call, policy, self._tool.workspace_for(config))

    def _without_question(self, config: RunnableConfig) -> CustomerioTool:
        """Return the tool without its own question, which needs a graph."""
        policy = replace(policy_for(self._tool.policy, config), approve=None)
        return self._tool.model_copy(update={"policy": policy})

    def _size(self, arguments: dict[str, Any], config: RunnableConfig) -> int:
        """Return how many calls are to be sent."""
        call = self._tool.would_send(arguments, config) if self._tool.call_type is Batch else None
        return len(call) if isinstance(call, Batch) else 1


def _config(context: Context[Any, Any]) -> RunnableConfig:
    """Return what functions for a client or a policy are given: the headers of the request, where there are some."""
    headers = {name.lower(): value for name, value in (context.headers or {}).items()}
    return {"configurable": {"headers": {name: value for name, value in headers.items() if name not in _KEPT_BACK}}}
