"""An agent that is asked about: LangChain's `HumanInTheLoopMiddleware`, told by the toolkit which calls are risky.

    python approval_middleware.py                       all three decisions, in memory
    python approval_middleware.py ask wait.sqlite       stop at the question, and end this process
    python approval_middleware.py approve wait.sqlite   decide in another one: approve, edit or reject

It deletes people, so it works on the sandbox only.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.types import Command

from farewell import INSTEAD, LEFT_BEHIND, MODEL, TASK, TRACK, left_behind
from langchain_customerio import CustomerioPipelinesToolkit, Policy
from langchain_customerio.sandbox import Sandbox

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph

THREAD: RunnableConfig = {"configurable": {"thread_id": "farewell"}}


def build(sandbox: Sandbox, saver: BaseCheckpointSaver[Any]) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Return an agent whose risky calls wait. Its tools judge a call that was edited like any other."""
    policy = Policy(allow_destructive=["User Deleted"])
    toolkit = CustomerioPipelinesToolkit(client=sandbox.client(), strict=True, policy=policy)
    review: HumanInTheLoopMiddleware[Any, Any, Any] = HumanInTheLoopMiddleware(toolkit.interrupt_on())
    return create_agent(MODEL, toolkit.get_tools(), middleware=[review], checkpointer=saver)


def ask(sandbox: Sandbox, saver: BaseCheckpointSaver[Any]) -> None:
    """Work until a call needs approval, and show the question."""
    output = build(sandbox, saver).invoke({"messages": [("user", TASK)]}, THREAD)
    [asked] = output["__interrupt__"]
    for request in asked.value["action_requests"]:
        print(f"\nThe agent asks:\n{request['description']}")


def decide(sandbox: Sandbox, saver: BaseCheckpointSaver[Any], decision: str) -> None:
    """Answer the question, and let the agent go on."""
    answer: dict[str, Any] = {"type": decision}
    if decision == "edit":
        answer["edited_action"] = {"name": TRACK, "args": {"mode": "execute", "request_body": INSTEAD}}
    output = build(sandbox, saver).invoke(Command(resume={"decisions": [answer]}), THREAD)
    print(f"A person says: {decision}\nThe tool answers: {output['messages'][-2].content}")


def tell_the_story() -> None:
    """Let a person decide in each of the three ways, one run for each."""
    for decision, expected in LEFT_BEHIND.items():
        sandbox, saver = Sandbox(), InMemorySaver()
        ask(sandbox, saver)
        decide(sandbox, saver, decision)
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
                decide(sandbox, saver, decision)
            events, deleted = LEFT_BEHIND[decision]
            assert left_behind(sandbox) == (events[1:], deleted), left_behind(sandbox)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
