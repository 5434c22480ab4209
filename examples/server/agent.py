"""A graph for a LangGraph server: one graph for several workspaces, with approval over HTTP.

    make studio                                            serve it here, offline, with sandboxes behind it
    NORTH_CUSTOMERIO_API_KEY=… MODEL=openai:gpt-5 make studio     with the real thing for the workspace "north"

The workspace of a run is `config.configurable.workspace`: a name from the list below, never a key. Nothing here belongs
to one process: threads, questions and answers are the server's, and each process makes its own clients.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

from langchain.agents import create_agent
from langchain.chat_models import init_chat_model
from stand_in import StandIn

from langchain_customerio import CustomerioPipelinesToolkit, PipelinesClient, Policy
from langchain_customerio.sandbox import Sandbox

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.runnables import RunnableConfig

WORKSPACES = frozenset({"north", "south"})


@cache
def client(workspace: str) -> PipelinesClient:
    """Return a workspace's client; a sandbox in this process where no key is set for it."""
    if workspace not in WORKSPACES:
        raise LookupError(workspace)  # the tools tell the model that there is no such workspace, and send nothing
    prefix = f"{workspace.upper()}_CUSTOMERIO"
    key, base_url = os.environ.get(f"{prefix}_API_KEY"), os.environ.get(f"{prefix}_BASE_URL")
    if not key:
        return Sandbox().client()
    return PipelinesClient(key, base_url=base_url) if base_url else PipelinesClient(key)


def client_of(config: RunnableConfig) -> PipelinesClient:
    """Return the client of a run."""
    return client(str(config["configurable"].get("workspace", "north")))


def model() -> BaseChatModel:
    """Return the model that MODEL names, or else the stand-in."""
    name = os.environ.get("MODEL")
    return init_chat_model(name) if name else StandIn()


toolkit = CustomerioPipelinesToolkit(
    client=client_of,
    style="typed",
    policy=Policy(allow_destructive=["User Deleted"], approve="risky", max_writes=20),
)

graph = create_agent(model(), toolkit.get_tools(), system_prompt=toolkit.instructions())
