"""A ReAct agent, spelt out as a LangGraph graph, that keeps a Customer.io workspace up to date.

As it is, it runs offline: a scripted model takes the place of a language model, and a sandbox in memory that of
Customer.io. It ends with what the workspace holds, and fails if that is not what it should be:

    python examples/react_agent.py

With a real model (and the packages langchain and, say, langchain-openai), against the sandbox:

    MODEL=openai:gpt-5 python examples/react_agent.py "Ada has joined on the pro plan"

With a real workspace too, when CUSTOMERIO_API_KEY is set as well.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from langchain_core.messages import SystemMessage
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode
from langgraph.types import Send

from langchain_customerio import CustomerioPipelinesToolkit
from stage import Stage

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage
    from langgraph.graph.state import CompiledStateGraph


def react_agent(model: BaseChatModel, toolkit: CustomerioPipelinesToolkit) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Build the loop: the model reasons, the tools act on what it asks for, and it reads what they answer."""
    tools = toolkit.get_tools()
    thinker = model.bind_tools(tools)
    instructions = SystemMessage(toolkit.instructions())

    def agent(state: MessagesState) -> dict[str, list[BaseMessage]]:
        return {"messages": [thinker.invoke([instructions, *state["messages"]])]}

    def each_call(state: MessagesState) -> list[Send] | str:
        """Run each tool call as a task of its own, so that one that waits for a person runs again alone."""
        [*_, said] = state["messages"]
        return [Send("tools", [call]) for call in getattr(said, "tool_calls", ())] or END

    graph = StateGraph(MessagesState)
    graph.add_node("agent", agent)
    graph.add_node("tools", ToolNode(tools))
    graph.add_edge(START, "agent")
    graph.add_conditional_edges("agent", each_call, ["tools", END])
    graph.add_edge("tools", "agent")
    return graph.compile()


def main() -> int:
    stage = Stage.from_environment()
    toolkit = CustomerioPipelinesToolkit(client=stage.client, strict=True)
    agent = react_agent(stage.model, toolkit)
    return stage.perform(agent, "ReAct: StateGraph, ToolNode, Send")


if __name__ == "__main__":
    sys.exit(main())
