"""Graphs around the tools, driven sync and async, with nothing kept in the process between two invocations."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from importlib.util import module_from_spec, spec_from_file_location
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from langgraph.types import Command, Send

from tests.paths import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence
    from pathlib import Path

    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage
    from langchain_core.runnables import RunnableConfig
    from langchain_core.tools import BaseTool
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph

    from tests.conftest import Run


def tool_step(
    tools: Sequence[BaseTool], saver: BaseCheckpointSaver[Any] | None
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Return the smallest graph that runs tools: all calls of a message in one step."""
    builder = StateGraph(MessagesState)
    builder.add_node("tools", ToolNode(tools))
    builder.add_edge(START, "tools")
    return builder.compile(checkpointer=saver)


def apart(tools: Sequence[BaseTool], saver: BaseCheckpointSaver[Any] | None) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Return the same with a task of its own for each call, as the documentation and `create_agent` have it."""

    def each(state: MessagesState) -> list[Send]:
        [*_, said] = state["messages"]
        assert isinstance(said, AIMessage)
        return [Send("tools", [call]) for call in said.tool_calls]

    builder = StateGraph(MessagesState)
    builder.add_node("tools", ToolNode(tools))
    builder.add_conditional_edges(START, each, ["tools"])
    return builder.compile(checkpointer=saver)


def react(
    tools: Sequence[BaseTool], turns: Sequence[BaseMessage], saver: BaseCheckpointSaver[Any] | None
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Return an agent spelt out, whose model plays its turns."""

    def model(state: MessagesState) -> dict[str, Any]:
        said = sum(isinstance(message, AIMessage) for message in state["messages"])
        return {"messages": [turns[said]]}

    builder = StateGraph(MessagesState)
    builder.add_node("model", model)
    builder.add_node("tools", ToolNode(tools))
    builder.add_edge(START, "model")
    builder.add_conditional_edges("model", tools_condition)
    builder.add_edge("tools", "model")
    return builder.compile(checkpointer=saver)


def scripted(turns: Sequence[AIMessage]) -> BaseChatModel:
    """Return the examples' model, which plays these turns; its tool calls are `call-1-1`, `call-1-2` and so on."""
    if "scripted_model" not in sys.modules:
        spec = spec_from_file_location("scripted_model", EXAMPLES / "scripted_model.py")
        assert spec
        assert spec.loader
        module = sys.modules["scripted_model"] = module_from_spec(spec)
        spec.loader.exec_module(module)
    model: BaseChatModel = sys.modules["scripted_model"].ScriptedModel(turns=turns)
    return model


def calls(*bodies: dict[str, Any], tool: str = "customerio_track_user_event") -> dict[str, Any]:
    """Return the input of a graph: a message of the model that calls a two-mode tool with each of the bodies."""
    made = [
        {"name": tool, "args": {"mode": "execute", "request_body": body}, "id": f"call-{number}"}
        for number, body in enumerate(bodies)
    ]
    return {"messages": [AIMessage("", tool_calls=made)]}


@dataclass
class Thread:
    """A thread of a graph, which is built anew for every invocation.

    Attributes:
        run: The half of the API to use.
        build: Makes the graph around a checkpointer.
        path: The file of the SQLite checkpointer; None for one in memory.
        id: Name of the thread.
    """

    run: Run
    build: Callable[[BaseCheckpointSaver[Any]], CompiledStateGraph[Any, Any, Any, Any]]
    path: Path | None = None
    id: str = "thread-1"
    memory: InMemorySaver = field(default_factory=InMemorySaver)

    def invoke(self, given: object, **configurable: str) -> dict[str, Any]:
        """Invoke the graph once, and return its output."""
        config: RunnableConfig = {"configurable": {"thread_id": self.id, **configurable}}
        if self.run.mode == "sync":
            with self._saver() as saver:
                output: dict[str, Any] = self.build(saver).invoke(given, config)
                return output

        async def finish() -> dict[str, Any]:
            async with self._async_saver() as saver:
                output: dict[str, Any] = await self.build(saver).ainvoke(given, config)
                return output

        return asyncio.run(finish())

    def answer(self, decision: object) -> dict[str, Any]:
        """Resume with a person's answer."""
        return self.invoke(Command(resume=decision))

    def history(self) -> list[Any]:
        """Return the states of the thread, the last one first."""
        config: RunnableConfig = {"configurable": {"thread_id": self.id}}
        with self._saver() as saver:
            return list(self.build(saver).get_state_history(config))

    @contextmanager
    def _saver(self) -> Iterator[BaseCheckpointSaver[Any]]:
        if self.path is None:
            yield self.memory
            return
        with SqliteSaver.from_conn_string(str(self.path)) as saver:
            yield saver

    @asynccontextmanager
    async def _async_saver(self) -> AsyncIterator[BaseCheckpointSaver[Any]]:
        if self.path is None:
            yield self.memory
            return
        async with AsyncSqliteSaver.from_conn_string(str(self.path)) as saver:
            yield saver


def questions(output: dict[str, Any]) -> list[Any]:
    """Return what a graph that has stopped asks."""
    return [asked.value for asked in output.get("__interrupt__", ())]


def results(output: dict[str, Any]) -> dict[str, ToolMessage]:
    """Return what the tools have answered, by the id of the call."""
    found = [message for message in output["messages"] if isinstance(message, ToolMessage)]
    return {message.tool_call_id: message for message in found}
