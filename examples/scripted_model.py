"""Shared by the examples: a chat model that plays turns written beforehand, so that an agent runs offline.

It is no language model. It follows its script whatever it is told, and takes the place of a real model only so that
everything around it (graph, tools, policy, API) can be watched at work without an account.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, ToolCall
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.utils.function_calling import convert_to_openai_tool
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langchain_core.callbacks import CallbackManagerForLLMRun
    from langchain_core.language_models import LanguageModelInput
    from langchain_core.messages import BaseMessage
    from langchain_core.runnables import Runnable
    from langchain_core.tools import BaseTool


class ScriptedModel(BaseChatModel):
    """Plays its turns one after the other; how far it is, it reads from the conversation.

    It keeps no state of its own, so that a graph may be stopped, resumed in another process and replayed.

    Attributes:
        turns: What the model says, in order: see `turn` and `call`.
    """

    turns: list[AIMessage]

    @property
    @override
    def _llm_type(self) -> str:
        return "scripted"

    @override
    def bind_tools(
        self, tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool], **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Take the tools as a provider would: by their definitions."""
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)

    @override
    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        past = sum(isinstance(message, AIMessage) for message in messages)
        if past >= len(self.turns):
            message = f"the script has {len(self.turns)} turns, and the agent asks for one more"
            raise RuntimeError(message)
        said = self.turns[past]
        offered = {tool["function"]["name"] for tool in kwargs.get("tools", [])}
        if unknown := {each["name"] for each in said.tool_calls} - offered:
            message = f"the script calls tools that the agent was not given: {', '.join(sorted(unknown))}"
            raise RuntimeError(message)
        calls = [{**each, "id": f"call-{past + 1}-{number}"} for number, each in enumerate(said.tool_calls, 1)]
        answer = AIMessage(said.content, tool_calls=calls, response_metadata={"model_name": "scripted"})
        return ChatResult(generations=[ChatGeneration(message=answer)])


def turn(text: str, *calls: ToolCall) -> AIMessage:
    """Write one turn: what the model says, and the tools that it calls."""
    return AIMessage(text, tool_calls=list(calls))


def call(tool: str, body: dict[str, Any] | None = None, **arguments: str) -> ToolCall:
    """Write one call of a two-mode tool: with a body it executes, without one it asks for the schema."""
    if body is None:
        return ToolCall(name=tool, args={"mode": "get_request_schema", **arguments}, id="")
    return ToolCall(name=tool, args={"mode": "execute", "request_body": json.dumps(body), **arguments}, id="")


def typed(tool: str, **arguments: object) -> ToolCall:
    """Write one call of a typed tool."""
    return ToolCall(name=tool, args=arguments, id="")
