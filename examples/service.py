"""A web service with an agent behind an endpoint: three workspaces, keys from a vault, structured logs, health.

    python examples/service.py           serve it, use it, check what arrived, and end
    python examples/service.py serve     serve it until Ctrl-C, at http://127.0.0.1:8000/docs

It needs fastapi and uvicorn, and runs offline: a sandbox stands behind each workspace, and a script plays the model.
"""

from __future__ import annotations

import json
import logging
import socket
import sys
import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import uvicorn
from fastapi import FastAPI, HTTPException, Request
from langchain.agents import create_agent
from langchain_core.messages import HumanMessage, ToolMessage
from pydantic import BaseModel

from langchain_customerio import AuthenticationError, CustomerioPipelinesToolkit, PipelinesClient, Policy
from langchain_customerio.sandbox import Sandbox
from scripted_model import ScriptedModel, turn, typed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from langchain_core.runnables import RunnableConfig

WORKSPACES = ("north", "south", "west")
SANDBOXES = {name: Sandbox([f"key-of-{name}"]) for name in WORKSPACES}
VAULT = {"north": "key-of-north", "south": "key-of-south", "west": "an-old-key"}  # the west has a new key by now

MODEL = ScriptedModel(
    turns=[turn("", typed("customerio_track", user_id="ada", event="Wrote to Us")), turn("Noted, thank you.")]
)


# ---- one client for each workspace, for the life of the service


def client_for(workspace: str) -> PipelinesClient:
    """Return a client whose key the vault is asked for, at most once a minute."""

    async def key() -> str:
        return VAULT[workspace]

    sandbox = SANDBOXES[workspace]
    return PipelinesClient(
        key, key_ttl=60, base_url="https://sandbox.invalid/v1", async_transport=sandbox.async_transport
    )


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open what the service needs, and close it at its end."""
    clients = {name: client_for(name) for name in WORKSPACES}

    def of_this_run(config: RunnableConfig) -> PipelinesClient:
        return clients[config["configurable"]["workspace"]]

    toolkit = CustomerioPipelinesToolkit(client=of_this_run, style="typed", policy=Policy(max_writes=20))
    app.state.clients = clients
    app.state.agent = create_agent(MODEL, toolkit.get_tools(), system_prompt=toolkit.instructions())
    yield
    for client in clients.values():
        await client.aclose()
    log.info("closed", extra={"clients": len(clients)})


# ---- logs, a line of JSON each


class JsonLines(logging.Formatter):
    """Writes a record with its extras; nobody puts the data of a call into them."""

    _USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "taskName"}

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        extras = {name: value for name, value in vars(record).items() if name not in self._USUAL}
        return json.dumps({"level": record.levelname, "logger": record.name, "event": record.getMessage(), **extras})


log = logging.getLogger("service")


# ---- the endpoints

app = FastAPI(title="An agent behind an endpoint", lifespan=lifespan)


class Message(BaseModel):
    """What somebody says."""

    text: str


class Reply(BaseModel):
    """What the agent says, and how its calls have ended."""

    text: str
    calls: list[str]


@app.post("/workspaces/{workspace}/messages")
async def write(workspace: str, message: Message, request: Request) -> Reply:
    """Let the agent act in a workspace; who may use which one is for the application's own login to decide."""
    if workspace not in WORKSPACES:
        raise HTTPException(404, "there is no such workspace")
    state = await request.app.state.agent.ainvoke(
        {"messages": [HumanMessage(message.text)]}, {"configurable": {"workspace": workspace}}
    )
    calls = [str(found.status) for found in state["messages"] if isinstance(found, ToolMessage)]
    log.info("answered", extra={"workspace": workspace, "calls": calls})
    return Reply(text=state["messages"][-1].text, calls=calls)


@app.get("/health")
async def health(request: Request) -> dict[str, Any]:
    """Say whether each workspace takes its key; nothing is stored by asking."""
    taken: dict[str, bool] = {}
    for name, client in request.app.state.clients.items():
        try:
            taken[name] = await client.acheck()
        except AuthenticationError:
            taken[name] = False
    return {"status": "ok" if all(taken.values()) else "degraded", "workspaces": taken}


# ---- serving it, and trying it


def use(url: str) -> None:
    """Do what callers do, and check what they get."""
    with httpx.Client(base_url=url) as http:
        print("GET /health", found := http.get("/health").json())
        assert found == {"status": "degraded", "workspaces": {"north": True, "south": True, "west": False}}, found
        for name, expected in {"north": ["success"], "south": ["success"], "west": ["error"]}.items():
            reply = http.post(f"/workspaces/{name}/messages", json={"text": "Ada here."}).json()
            print(f"POST /workspaces/{name}/messages", reply)
            assert reply["calls"] == expected, reply
        assert http.post("/workspaces/east/messages", json={"text": "Hi."}).status_code == 404  # noqa: PLR2004 - not found


def main() -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("httpx").setLevel(logging.WARNING)
    if sys.argv[1:] == ["serve"]:
        uvicorn.run(app, log_config=None)
        return
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            use(f"http://127.0.0.1:{listening.getsockname()[1]}")
        finally:
            server.should_exit = True
            thread.join()
    arrived = {name: [event.user_id for event in sandbox.events] for name, sandbox in SANDBOXES.items()}
    assert arrived == {"north": ["ada"], "south": ["ada"], "west": []}, arrived
    print("✓ Each workspace got its own calls, the one with a wrong key got none, and the clients were closed.")


if __name__ == "__main__":
    main()
