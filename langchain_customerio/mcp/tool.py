"""A tool of the toolkit as a tool of an MCP server: a person is asked first, then it runs as in LangChain."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from langchain_core.runnables.config import var_child_runnable_config
from langchain_core.utils.function_calling import convert_to_openai_tool
from mcp.server.mcpserver import AcceptedElicitation, Context, Elicit, Resolve
from mcp.server.mcpserver.resolve import build_resolver_plans
from mcp.server.mcpserver.tools import Tool
from mcp.server.mcpserver.utilities.func_metadata import ArgModelBase, FuncMetadata
from typing_extensions import override

from langchain_customerio.errors import ConfigurationError, CustomerioError
from langchain_customerio.mcp.asking import CANNOT_ASK, can_be_asked, form, settle
from langchain_customerio.mcp.hints import hints
from langchain_customerio.mcp.output import output_schema, refusal, result
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
    return Tool(
        fn=door.call,
        name=tool.name,
        title=None,
        description=tool.description,
        parameters=convert_to_openai_tool(tool)["function"]["parameters"],
        fn_metadata=_AsSent(arg_model=ArgModelBase, output_schema=output_schema(tool)),
        is_async=True,
        context_kwarg="context",
        resolved_params=asked,
        resolver_plans=build_resolver_plans(asked, {"arguments"}),
        annotations=hints(tool),
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
        began, config = time.monotonic(), _config(context)
        try:
            asked = isinstance(answer, AcceptedElicitation) and answer.data
            if isinstance(asked, CustomerioError):
                raise asked
            if (question := self._pending(arguments, config)) is not None:
                settle(question, answer)
            found = await self._run(arguments, config, context.request_id)
        except CustomerioError as error:
            found = refusal(str(error))
        logger.info(
            "%s: %s in %.3f s", self._tool.name, "refused" if found.is_error else "done", time.monotonic() - began
        )
        return found

    def _pending(self, arguments: dict[str, Any], config: RunnableConfig) -> Question | None:
        """Return the question that the policy has about a call; None where it has none, or the tool would refuse."""
        policy = policy_for(self._tool.policy, config)
        if policy.approve is None or policy.dry_run:
            return None
        call = self._tool.would_send(arguments, config)
        if call is None or not policy.needs_approval(call):
            return None
        return Question("", self._tool.name, call, policy, self._tool.workspace_for(config))

    async def _run(self, arguments: dict[str, Any], config: RunnableConfig, request_id: str) -> CallToolResult:
        """Run the tool without its own question, which needs a graph."""
        policy = replace(policy_for(self._tool.policy, config), approve=None)
        tool = self._tool.model_copy(update={"policy": policy})
        var_child_runnable_config.set(None)  # a server in the same process is no part of the graph that calls it
        call = {"type": "tool_call", "id": request_id, "name": tool.name, "args": arguments}
        return result(await tool.ainvoke(call, config))


def _config(context: Context[Any, Any]) -> RunnableConfig:
    """Return what functions for a client or a policy are given: the headers of the request, where there are some."""
    headers = {name.lower(): value for name, value in (context.headers or {}).items()}
    return {"configurable": {"headers": {name: value for name, value in headers.items() if name not in _KEPT_BACK}}}
