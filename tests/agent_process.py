"""An agent in a process of its own, to be killed: `python -m tests.agent_process start|resume CHECKPOINTS URL`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.sqlite import SqliteSaver

from langchain_customerio import CustomerioPipelinesToolkit, PipelinesClient
from tests.graphs import calls, react, results

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

THREAD: RunnableConfig = {"configurable": {"thread_id": "thread-1"}}


def main(action: str, checkpoints: str, base_url: str) -> None:
    """Begin a run, or go on with it where its last checkpoint is, and print what the tool answered."""
    turns = [*calls({"event": "Paid", "userId": "ada"})["messages"], AIMessage("Done.")]
    given = {"messages": [HumanMessage("Ada has paid.")]} if action == "start" else None
    with PipelinesClient("a-key", base_url=base_url) as client, SqliteSaver.from_conn_string(checkpoints) as saver:
        agent = react(CustomerioPipelinesToolkit(client=client).get_tools(), turns, saver)
        output = agent.invoke(given, THREAD, durability="sync")
    print(results(output)["call-0"].content)  # noqa: T201 - the test reads it


if __name__ == "__main__":
    main(*sys.argv[1:])
