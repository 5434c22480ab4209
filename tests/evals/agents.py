"""A chat model in an agent that attempts a task, and a chat model that plays a script."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from langchain.agents import create_agent
from langchain.agents.middleware import wrap_tool_call
from langchain.chat_models import init_chat_model
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.utils.function_calling import convert_to_openai_tool
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from pydantic import ValidationError
from typing_extensions import override

from tests.evals.scripted import AGENTS
from tests.evals.tokens import Tokens, tokens_by_model

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langchain_core.callbacks import CallbackManagerForLLMRun
    from langchain_core.messages import BaseMessage
    from langchain_core.runnables import Runnable
    from langgraph.prebuilt.tool_node import ToolCallRequest
    from langgraph.types import Command

    from tests.evals.scoring import Score
    from tests.evals.trial import Trial

AgentKind: TypeAlias = Literal["create_agent", "graph"]
MOST_STEPS = 60
"""Steps of the graph after which an attempt is over; a model's turn and a tool's are one each."""


class NoModelError(Exception):
    """There is no such model, or it cannot be asked: for want of a package or a key, for example."""


@dataclass(frozen=True)
class Attempt:
    """What came of one task.

    Attributes:
        score: The score.
        answer: The final answer.
        tokens: What it cost by the model's own count, if it counts.
        crash: What ended it before its time, if anything did.
        silent: Whether that was before the model had said anything.
    """

    score: Score
    answer: str
    tokens: Tokens | None
    crash: str = ""
    silent: bool = False


def model_for(name: str) -> BaseChatModel | None:
    """Return the chat model that a name stands for; None for `scripted:…`, which is another one for each task.

    Raises:
        NoModelError: If it cannot be made.
    """
    if name.startswith("scripted:"):
        if name.partition(":")[2] not in AGENTS:
            raise NoModelError(
                f"there is no script {name}; there are {', '.join(f'scripted:{each}' for each in AGENTS)}"
            )
        return None
    keys = _KEYS.get(name.partition(":")[0], ())
    if keys and not any(os.environ.get(key) for key in keys):
        raise NoModelError(f"{name} needs a key: set {' or '.join(keys)} (without a model, a script runs offline)")
    try:
        model: BaseChatModel = init_chat_model(name)
    except Exception as error:
        raise NoModelError(f"{name} cannot be used: {_in_a_line(error)}") from error
    return model


_KEYS = {
    "anthropic": ("ANTHROPIC_API_KEY",),
    "google_genai": ("GOOGLE_API_KEY", "GEMINI_API_KEY"),
    "mistralai": ("MISTRAL_API_KEY",),
    "openai": ("OPENAI_API_KEY",),
}
"""Where the packages of the providers that development installs look for a key; some of them only miss it later."""


def _in_a_line(error: Exception) -> str:
    """Return what a provider's package says, which may be many lines."""
    said = "; ".join(each["msg"] for each in error.errors()) if isinstance(error, ValidationError) else str(error)
    return " ".join(f"{type(error).__name__}: {said}".split())[:300]


def attempt(trial: Trial, model: BaseChatModel, kind: AgentKind = "create_agent") -> Attempt:
    """Let a model work on a task until it answers, and score what it did.

    An exception ends the attempt and is reported with it: one task that goes wrong should not end a run.
    """
    agent = (_create_agent if kind == "create_agent" else _graph)(trial, model)
    messages: list[BaseMessage] = [HumanMessage(trial.task.prompt)]
    crash = ""
    try:
        for state in agent.stream(
            {"messages": messages}, {**trial.config, "recursion_limit": MOST_STEPS}, stream_mode="values"
        ):
            messages = state["messages"]
    except Exception as error:  # noqa: BLE001 - whatever a model's provider raises
        crash = _in_a_line(error)
    last = messages[-1]
    answer = str(last.text) if isinstance(last, AIMessage) and not last.tool_calls else ""
    turns = [message for message in messages if isinstance(message, AIMessage)]
    return Attempt(trial.finish(answer), answer, tokens_by_model(turns), crash, silent=bool(crash and not turns))


def _recorded(trial: Trial) -> Callable[..., ToolMessage | Command[Any]]:
    """Return what runs a tool call and writes it down."""

    def run(
        request: ToolCallRequest, execute: Callable[[ToolCallRequest], ToolMessage | Command[Any]]
    ) -> ToolMessage | Command[Any]:
        def once() -> ToolMessage:
            message = execute(request)
            assert isinstance(message, ToolMessage)
            return message

        return trial.record(request.tool_call["name"], request.tool_call["args"], once)

    return run


def _create_agent(trial: Trial, model: BaseChatModel) -> Any:
    return create_agent(
        model, trial.tools, system_prompt=trial.instructions, middleware=[wrap_tool_call(_recorded(trial))]
    )


def _graph(trial: Trial, model: BaseChatModel) -> Any:
    """Build the ReAct loop by hand, as an application without `langchain` would."""
    bound = model.bind_tools(trial.tools)

    def think(state: MessagesState) -> dict[str, Any]:
        return {"messages": [bound.invoke([SystemMessage(trial.instructions), *state["messages"]])]}

    graph = StateGraph(MessagesState)
    graph.add_node("think", think)
    graph.add_node("tools", ToolNode(trial.tools, wrap_tool_call=_recorded(trial)))
    graph.add_edge(START, "think")
    graph.add_conditional_edges("think", tools_condition)
    graph.add_edge("tools", "think")
    return graph.compile()


class ScriptedModel(BaseChatModel):
    """Plays a scripted agent in the place of a real model.

    Attributes:
        agent: Name of the scripted agent.
        trial: The trial that it takes part in, where it looks up what it has called so far and what that means.
    """

    agent: str
    trial: Any

    @property
    @override
    def _llm_type(self) -> str:
        return "scripted"

    @override
    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, AIMessage]:
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
        answered = [message for message in messages if isinstance(message, ToolMessage)]
        assert [str(message.text) for message in answered] == [call.content for call in self.trial.calls]
        turn = AGENTS[self.agent].turn(self.trial)
        if isinstance(turn, str):
            said = AIMessage(turn)
        else:
            name, arguments = turn
            said = AIMessage("", tool_calls=[{"name": name, "args": arguments, "id": f"call-{len(answered) + 1}"}])
        return ChatResult(generations=[ChatGeneration(message=said)])
