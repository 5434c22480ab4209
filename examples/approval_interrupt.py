"""A tool that asks: `Policy(approve="risky")` stops the graph until a person has decided, in any graph.

    python approval_interrupt.py                       all three decisions, in memory
    python approval_interrupt.py ask wait.sqlite       stop at the question, and end this process
    python approval_interrupt.py approve wait.sqlite   decide in another one: approve, edit or reject

It deletes people, so it works on the sandbox only.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode
from langgraph.types import Command, Send

from farewell import INSTEAD, LEFT_BEHIND, MODEL, TASK, left_behind
from langchain_customerio import CustomerioPipelinesToolkit, Policy
from langchain_customerio.sandbox import Sandbox

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph

THREAD: RunnableConfig = {"configurable": {"thread_id": "farewell"}}


def each_call(state: MessagesState) -> list[Send] | str:
    """Run each tool call as a task of its own: after an answer, only the call that asked runs again."""
    [*_, said] = state["messages"]
    return [Send("tools", [call]) for call in getattr(said, "tool_calls", ())] or END


def build(sandbox: Sandbox, saver: BaseCheckpointSaver[Any]) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Return a ReAct agent, spelt out; the approval is a matter of its tools, so the graph knows nothing of it."""
    policy = Policy(allow_destructive=["User Deleted"], approve="risky")
    tools = CustomerioPipelinesToolkit(client=sandbox.client(), strict=True, policy=policy).get_tools()
    model = MODEL.bind_tools(tools)
    graph = StateGraph(MessagesState)
    graph.add_node("agent", lambda state: {"messages": [model.invoke(state["messages"])]})
    graph.add_node("tools", ToolNode(tools))
    graph.add_edge(START, "agent")
    graph.add_conditional_edges("agent", each_call, ["tools", END])
    graph.add_edge("tools", "agent")
    return graph.compile(checkpointer=saver)


def ask(sandbox: Sandbox, saver: BaseCheckpointSaver[Any]) -> dict[str, Any]:
    """Work until a call needs approval, and return the question."""
    output = build(sandbox, saver).invoke({"messages": [("user", TASK)]}, THREAD)
    [asked] = output["__interrupt__"]
    question: dict[str, Any] = asked.value
    print(f"\nThe agent asks:\n{question['preview']}\n{json.dumps(question['request_body'])}")
    return question


def decide(sandbox: Sandbox, saver: BaseCheckpointSaver[Any], question: dict[str, Any], decision: str) -> None:
    """Answer the question, and let the agent go on."""
    answer = {"type": decision, "id": question["id"]}
    if decision == "edit":
        answer["request_body"] = INSTEAD
    output = build(sandbox, saver).invoke(Command(resume=answer), THREAD)
    print(f"A person says: {decision}\nThe tool answers: {output['messages'][-2].content}")


def waiting(sandbox: Sandbox, saver: BaseCheckpointSaver[Any]) -> dict[str, Any]:
    """Return the question that a thread has stopped at, from its checkpoint."""
    [asked] = build(sandbox, saver).get_state(THREAD).interrupts
    question: dict[str, Any] = asked.value
    return question


def tell_the_story() -> None:
    """Let a person decide in each of the three ways, one run for each."""
    for decision, expected in LEFT_BEHIND.items():
        sandbox, saver = Sandbox(), InMemorySaver()
        decide(sandbox, saver, ask(sandbox, saver), decision)
        assert left_behind(sandbox) == expected, left_behind(sandbox)
    print("\n✓ Each decision has done what it said, and nothing else.")


def main() -> None:
    match sys.argv[1:]:
        case []:
            tell_the_story()
        case ["ask", path]:
            sandbox = Sandbox()
            with SqliteSaver.from_conn_string(path) as saver:
                ask(sandbox, saver)
            assert left_behind(sandbox) == (["Account Closed"], []), left_behind(sandbox)
        case [decision, path] if decision in LEFT_BEHIND:
            sandbox = Sandbox()  # a new one: what was sent before the question is not sent again
            with SqliteSaver.from_conn_string(path) as saver:
                decide(sandbox, saver, waiting(sandbox, saver), decision)
            events, deleted = LEFT_BEHIND[decision]
            assert left_behind(sandbox) == (events[1:], deleted), left_behind(sandbox)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
