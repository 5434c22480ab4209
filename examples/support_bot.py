"""A support bot that acts for one customer only, remembers in SQLite, and asks before it changes consent.

    python examples/support_bot.py                       the whole story, in two processes
    python examples/support_bot.py ask bot.sqlite        talk until a person is asked, and end this process
    python examples/support_bot.py approve bot.sqlite    approve in another process, and go on

Whom it acts for comes from the application's own session, `config.configurable.customer`, and not from the model: what
the model says of other people is refused. It runs offline, against a sandbox on loopback.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from langchain.agents import create_agent
from langchain_core.messages import HumanMessage
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.types import Command

from langchain_customerio import CustomerioPipelinesToolkit, Policy
from langchain_customerio.sandbox import Sandbox
from scripted_model import ScriptedModel, turn, typed

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from langgraph.graph.state import CompiledStateGraph

SESSION: RunnableConfig = {"configurable": {"thread_id": "chat-1", "customer": "ada"}}

TURNS = [
    turn("", typed("customerio_track", event="Support Asked", properties='{"topic": "newsletter"}')),
    turn("", typed("customerio_track", user_id="grace", event="Support Asked")),  # somebody else: refused
    turn("", typed("customerio_set_subscription", what="everything", subscribed=False)),
    turn("You get no more mail from us."),
]


def build(saver: SqliteSaver) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Return the bot; the key and the address of the workspace come from the environment."""
    policy = Policy(person=lambda config: str(config["configurable"]["customer"]), approve="risky", max_writes=5)
    toolkit = CustomerioPipelinesToolkit(style="typed", policy=policy)
    return create_agent(
        ScriptedModel(turns=TURNS), toolkit.get_tools(), system_prompt=toolkit.instructions(), checkpointer=saver
    )


def ask(path: str) -> None:
    """Talk until a person is asked."""
    with SqliteSaver.from_conn_string(path) as saver:
        state = build(saver).invoke({"messages": [HumanMessage("Take me and Grace off your list.")]}, SESSION)
    [interrupt] = state["__interrupt__"]
    print(f"The bot waits for a person:\n{interrupt.value['preview']}")


def approve(path: str) -> None:
    """Approve in a new process: the question is in the file, with the whole conversation."""
    with SqliteSaver.from_conn_string(path) as saver:
        bot = build(saver)
        [question] = bot.get_state(SESSION).interrupts
        state = bot.invoke(Command(resume={"type": "approve", "id": question.value["id"]}), SESSION)
    print(f"A person approves. The bot says: {state['messages'][-1].text}")


def tell_the_story() -> None:
    sandbox = Sandbox()
    with TemporaryDirectory() as folder, sandbox.serve(port=0) as api:
        path = str(Path(folder) / "bot.sqlite")
        environment = {**os.environ, "CUSTOMERIO_API_KEY": sandbox.any_key, "CUSTOMERIO_BASE_URL": api.base_url}
        for step in ("ask", "approve"):
            sys.stdout.flush()
            subprocess.run([sys.executable, __file__, step, path], env=environment, check=True)  # noqa: S603 - this file
    events = [(event.user_id, event.name) for event in sandbox.events]
    assert events == [("ada", "Support Asked")], events
    assert sandbox.people["ada"].traits == {"unsubscribed": True}, sandbox.people
    assert set(sandbox.people) == {"ada"}, sandbox.people
    print("\n✓ Ada alone was written to, and her consent only after a person had approved it.")


def main() -> None:
    match sys.argv[1:]:
        case []:
            tell_the_story()
        case ["ask", path]:
            ask(path)
        case ["approve", path]:
            approve(path)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
