"""A stand-in for a language model, so that the server can be tried offline: it obeys the first words of a request.

"Erase ada" deletes a person, anything else records an event for "ada". MODEL, such as `openai:gpt-5`, takes a real one.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from typing_extensions import override

if TYPE_CHECKING:
    from langchain_core.callbacks import CallbackManagerForLLMRun
    from langchain_core.messages import BaseMessage


class StandIn(BaseChatModel):
    """Calls one tool for each request, and then repeats what the tool said."""

    @property
    @override
    def _llm_type(self) -> str:
        return "stand-in"

    @override
    def bind_tools(self, tools: Any, **kwargs: Any) -> StandIn:
        return self

    @override
    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        last = messages[-1]
        if isinstance(last, ToolMessage):
            return _said(AIMessage(f"The tool says: {last.text}"))
        asked = next(message.text for message in reversed(messages) if isinstance(message, HumanMessage))
        if erase := re.match(r"erase (\S+)", asked, re.IGNORECASE):
            return _said(_calling("customerio_delete_person", user_id=erase[1].strip(".")))
        return _said(
            _calling("customerio_track", user_id="ada", event="Wrote", properties=json.dumps({"words": asked}))
        )


def _calling(tool: str, **arguments: str) -> AIMessage:
    return AIMessage("", tool_calls=[{"name": tool, "args": arguments, "id": f"call-{tool}"}])


def _said(message: AIMessage) -> ChatResult:
    return ChatResult(generations=[ChatGeneration(message=message)])
