"""`examples/server` on the real LangGraph server, in memory and offline, driven over HTTP."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest
from langgraph_sdk import get_client

from langchain_customerio.sandbox import Sandbox
from tests.paths import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from langgraph_sdk.client import LangGraphClient

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        find_spec("langgraph_api") is None, reason="the server is not installed: see the group `studio`"
    ),
]


@dataclass
class Studio:
    """The server as `make studio` runs it, in a folder of its own."""

    folder: Path
    environment: dict[str, str]
    port: int = 0
    process: subprocess.Popen[str] | None = None
    reader: threading.Thread | None = None
    said: list[str] = field(default_factory=list)

    def start(self) -> None:
        """Serve, and wait until somebody answers."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        command = [
            sys.executable,
            "-m",
            "langgraph_cli",
            "dev",
            "--no-browser",
            "--no-reload",
            "--port",
            str(self.port),
        ]
        self.process = subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if "Application started up" in line:
                break
        else:
            pytest.fail("".join(self.said))
        self.reader = threading.Thread(target=self.said.extend, args=(self.process.stdout,))
        self.reader.start()

    def stop(self) -> None:
        """End as Ctrl-C does, so that what it knows is written."""
        assert self.process is not None
        self.process.terminate()
        self.process.wait(60)
        assert self.reader is not None
        self.reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[LangGraphClient]:
        """Connect a client."""
        async with get_client(url=f"http://127.0.0.1:{self.port}") as client:
            yield client


NORTH, SOUTH = Sandbox(["north-key"]), Sandbox(["south-key"])


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Serve a copy of the folder, with two workspaces behind it."""
    folder = tmp_path_factory.mktemp("server") / "server"
    shutil.copytree(EXAMPLES / "server", folder, ignore=shutil.ignore_patterns(".langgraph_api", "__pycache__"))
    with NORTH.serve(port=0) as north, SOUTH.serve(port=0) as south:
        environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if not name.startswith(("CUSTOMERIO_", "LANG", "MODEL"))
            },
            "NORTH_CUSTOMERIO_API_KEY": "north-key",
            "NORTH_CUSTOMERIO_BASE_URL": north.base_url,
            "SOUTH_CUSTOMERIO_API_KEY": "south-key",
            "SOUTH_CUSTOMERIO_BASE_URL": south.base_url,
            "LANGGRAPH_CLI_NO_ANALYTICS": "1",
        }
        served = Studio(folder, environment)
        served.start()
        yield served
        served.stop()


class News:
    """What has arrived in a workspace since."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._entries, self._events = len(sandbox.ledger), len(sandbox.events)

    @property
    def requests(self) -> int:
        """How many requests."""
        return len(self._sandbox.ledger) - self._entries

    @property
    def events(self) -> list[Any]:
        """Which events."""
        return list(self._sandbox.events[self._events :])


@pytest.fixture
async def client(studio: Studio) -> AsyncIterator[LangGraphClient]:
    async with studio.connected() as connected:
        yield connected


@pytest.fixture
def north(studio: Studio) -> News:
    return News(NORTH)


@pytest.fixture
def south(studio: Studio) -> News:
    return News(SOUTH)


def said(text: str) -> dict[str, Any]:
    """Return the input of a run."""
    return {"messages": [{"role": "user", "content": text}]}


def last(state: Any) -> str:
    """Return what the agent said at the end."""
    return str(state["messages"][-1]["content"])


async def test_a_run_writes_to_the_workspace(client: LangGraphClient, north: News) -> None:
    thread = await client.threads.create()
    state = await client.runs.wait(thread["thread_id"], "agent", input=said("Hello"))
    assert '"status": "accepted"' in last(state)
    assert [(event.user_id, event.name) for event in north.events] == [("ada", "Wrote")]


async def test_a_streamed_run_tells_each_step_as_it_happens(client: LangGraphClient, north: News) -> None:
    thread = await client.threads.create()
    steps: list[str] = []
    async for part in client.runs.stream(thread["thread_id"], "agent", input=said("Hello"), stream_mode=["updates"]):
        if part.event == "updates":
            steps += part.data
    assert steps == ["model", "tools", "model"]
    assert len(north.events) == 1


async def stopped(client: LangGraphClient, user: str) -> tuple[str, dict[str, Any]]:
    """Let the agent ask about a deletion, and return the thread and the question."""
    thread = await client.threads.create()
    state: Any = await client.runs.wait(thread["thread_id"], "agent", input=said(f"Erase {user}."))
    [interrupt] = state["__interrupt__"]
    return thread["thread_id"], interrupt["value"]


@pytest.mark.parametrize(("decision", "sent"), [("approve", 1), ("reject", 0)])
async def test_an_approval_is_answered_over_http(
    decision: str, sent: int, client: LangGraphClient, north: News
) -> None:
    thread, question = await stopped(client, "bob")
    assert "deletes the person for good" in question["preview"]
    assert north.requests == 0
    answer = {"type": decision, "id": question["id"]}
    state = await client.runs.wait(thread, "agent", command={"resume": answer})
    assert north.requests == sent
    assert ('"status": "accepted"' in last(state)) is bool(sent)


async def test_the_configuration_of_a_run_names_its_workspace(
    client: LangGraphClient, north: News, south: News
) -> None:
    for workspace in ("north", "south", "west"):
        thread = await client.threads.create()
        config: Any = {"configurable": {"workspace": workspace}}
        state = await client.runs.wait(thread["thread_id"], "agent", input=said(workspace), config=config)
        assert ("names no workspace that is known here" in last(state)) is (workspace == "west")
    written = [[event.properties for event in news.events] for news in (north, south)]
    assert written == [[{"words": "north"}], [{"words": "south"}]]


async def test_a_question_outlives_the_server_and_is_answered_once(studio: Studio, north: News) -> None:
    async with studio.connected() as client:
        thread, question = await stopped(client, "carol")
    studio.stop()
    studio.start()
    answer = {"type": "approve", "id": question["id"]}
    async with studio.connected() as client:
        state = await client.runs.wait(thread, "agent", command={"resume": answer})
    assert '"status": "accepted"' in last(state)
    assert north.requests == 1
