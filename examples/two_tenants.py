"""One graph for two tenants: the configuration of a run decides whose workspace it writes to, and under which policy.

    python examples/two_tenants.py

It runs offline, with a sandbox for each tenant.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from langchain.agents import create_agent
from langchain_core.messages import HumanMessage, ToolMessage

from langchain_customerio import CustomerioPipelinesToolkit, Policy
from langchain_customerio.sandbox import Sandbox
from scripted_model import ScriptedModel, turn, typed

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

SANDBOXES = {"north": Sandbox(), "south": Sandbox()}
CLIENTS = {name: sandbox.client() for name, sandbox in SANDBOXES.items()}
POLICIES = {"north": Policy(), "south": Policy(traits=["plan"])}  # the south keeps addresses out


def tenant(config: RunnableConfig) -> str:
    """Return the tenant of a run, which the application has put into its configuration."""
    return str(config["configurable"]["tenant"])


toolkit = CustomerioPipelinesToolkit(
    client=lambda config: CLIENTS[tenant(config)], policy=lambda config: POLICIES[tenant(config)], style="typed"
)

MODEL = ScriptedModel(
    turns=[
        turn(
            "",
            typed("customerio_identify", user_id="ada", traits='{"plan": "pro"}'),
            typed("customerio_identify", user_id="bob", traits='{"email": "bob@example.com"}'),
        ),
        turn("Done."),
    ]
)
agent = create_agent(MODEL, toolkit.get_tools())


def run(name: str) -> list[str]:
    """Run the agent for a tenant, and return how each of its calls has ended."""
    state = agent.invoke(
        {"messages": [HumanMessage("Ada is on pro. Bob's address is new.")]}, {"configurable": {"tenant": name}}
    )
    return [message.status for message in state["messages"] if isinstance(message, ToolMessage)]


def main() -> None:
    with ThreadPoolExecutor() as threads:  # at once, in one process, through one graph
        ended = dict(zip(SANDBOXES, threads.map(run, SANDBOXES), strict=True))
    for name, sandbox in SANDBOXES.items():
        print(f"{name}: {ended[name]}, and the workspace holds {sorted(sandbox.people)}")
    assert ended == {"north": ["success", "success"], "south": ["success", "error"]}, ended
    assert {name: set(sandbox.people) for name, sandbox in SANDBOXES.items()} == {
        "north": {"ada", "bob"},
        "south": {"ada"},
    }
    assert run("west") == ["error", "error"]  # unknown: refused, never sent to somebody else
    print("\n✓ Each tenant's calls went to its own workspace under its own policy, and an unknown tenant's nowhere.")


if __name__ == "__main__":
    main()
