"""A chat model in an agent at a desk, and a chat model that plays a script."""

from __future__ import annotations

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

from tests.evals.actors import ACTORS
from tests.evals.tokens import Tokens, tokens_of
from tests.evals.told import Told

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langchain_core.callbacks import CallbackManagerForLLMRun
    from langchain_core.messages import BaseMessage
    from langchain_core.runnables import Runnable
    from langgraph.prebuilt.tool_node import ToolCallRequest
    from langgraph.types import Command

    from tests.evals.desk import Desk, Score

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
        tokens: What it cost.
        crash: What ended it before its time, if anything did.
        silent: Whether that was before the model had said anything.
    """

    score: Score
    answer: str
    tokens: Tokens
    crash: str = ""
    silent: bool = False


def model_for(name: str) -> BaseChatModel | None:
    """Return the chat model that a name stands for; None for `scripted:…`, which is another one for each task.

    Raises:
        NoModelError: If it cannot be made.
    """
    if name.startswith("scripted:"):
        if name.partition(":")[2] not in ACTORS:
            message = f"there is no such script; there are {', '.join(f'scripted:{each}' for each in ACTORS)}"
            raise NoModelError(message)
        return None
    try:
        model: BaseChatModel = init_chat_model(name)
    except Exception as error:
        raise NoModelError(f"{name} cannot be had: {_in_a_line(error)}") from error
    return model


def _in_a_line(error: Exception) -> str:
    """Return what a provider's package says, which may be many lines."""
    said = "; ".join(each["msg"] for each in error.errors()) if isinstance(error, ValidationError) else str(error)
    return " ".join(f"{type(error).__name__}: {said}".split())[:300]


def attempt(desk: Desk, model: BaseChatModel, kind: AgentKind = "create_agent") -> Attempt:
    """Let a model work on a task until it answers, and score what it did.

    An exception ends the attempt and is reported with it: one task that goes wrong should not end an exam.
    """
    agent = (_create_agent if kind == "create_agent" else _graph)(desk, model)
    messages: list[BaseMessage] = [HumanMessage(desk.task.prompt)]
    crash = ""
    try:
        for state in agent.stream(
            {"messages": messages}, {**desk.config, "recursion_limit": MOST_STEPS}, stream_mode="values"
        ):
            messages = state["messages"]
    except Exception as error:  # noqa: BLE001 - whatever a model's provider raises
        crash = _in_a_line(error)
    last = messages[-1]
    answer = str(last.text) if isinstance(last, AIMessage) and not last.tool_calls else ""
    silent = crash != "" and not any(isinstance(message, AIMessage) for message in messages)
    return Attempt(desk.finish(answer), answer, tokens_of(desk.instructions, desk.tools, messages), crash, silent)


def _recorded(desk: Desk) -> Callable[..., ToolMessage | Command[Any]]:
    """Return what runs a tool call and writes it down."""

    def run(
        request: ToolCallRequest, execute: Callable[[ToolCallRequest], ToolMessage | Command[Any]]
    ) -> ToolMessage | Command[Any]:
        def once() -> ToolMessage:
            message = execute(request)
            assert isinstance(message, ToolMessage)
            return message

        return desk.record(request.tool_call["name"], request.tool_call["args"], once)

    return run


def _create_agent(desk: Desk, model: BaseChatModel) -> Any:
    return create_agent(
        model, desk.tools, system_prompt=desk.instructions, middleware=[wrap_tool_call(_recorded(desk))]
    )


def _graph(desk: Desk, model: BaseChatModel) -> Any:
    """Build the ReAct loop by hand, as an application without `langchain` would."""
    bound = model.bind_tools(desk.tools)

    def think(state: MessagesState) -> dict[str, Any]:
        return {"messages": [bound.invoke([SystemMessage(desk.instructions), *state["messages"]])]}

    graph = StateGraph(MessagesState)
    graph.add_node("think", think)
    graph.add_node("tools", ToolNode(desk.tools, wrap_tool_call=_recorded(desk)))
    graph.add_edge(START, "think")
    graph.add_conditional_edges("think", tools_condition)
    graph.add_edge("tools", "think")
    return graph.compile()


class ScriptedModel(BaseChatModel):
    """Plays an actor in the place of a real model: it sees the messages, and nothing else.

    Attributes:
        actor: Name of the actor.
        desk: The desk where it sits, for its task and style.
    """

    actor: str
    desk: Any

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
        past = [Told.of(message) for message in messages if isinstance(message, ToolMessage)]
        offered = [tool["function"]["name"] for tool in kwargs["tools"]]
        turn = ACTORS[self.actor].turn(self.desk.task, self.desk.style, offered, past)
        if isinstance(turn, str):
            said = AIMessage(turn)
        else:
            name, arguments = turn
            said = AIMessage("", tool_calls=[{"name": name, "args": arguments, "id": f"call-{len(past) + 1}"}])
        return ChatResult(generations=[ChatGeneration(message=said)])
