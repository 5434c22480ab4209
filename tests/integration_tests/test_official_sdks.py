"""The vendor's own clients run against the sandbox, and their data arrives."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from customerio.analytics import Client
from customerio.analytics.request import _session
from customerio.analytics.version import VERSION

from langchain_customerio.sandbox import Sandbox
from tests.node_packages import installed
from tests.unit_tests.sandbox.driver import state

if TYPE_CHECKING:
    from collections.abc import Iterator

NODE = Path(__file__).parent / "node"
KEY = "the-key"


def what_arrived(library: dict[str, str]) -> dict[str, Any]:
    """Return what the workspace holds after the eight calls that every test here makes."""
    context = {"library": library}
    return {
        "people": {
            "ada": {"id": "ada", "traits": {"email": "ada@example.com"}, "anonymous_ids": ["visitor"]},
            "bob": {"id": "bob", "traits": {"plan": "pro"}},
        },
        "objects": [{"type_id": "2", "id": "acme", "traits": {"name": "Acme"}}],
        "relationships": [{"user_id": "ada", "type_id": "2", "object_id": "acme"}],
        "aliases": {"old-ada": "ada"},
        "events": [
            {
                "kind": "track",
                "name": "Looked Around",
                "user_id": "ada",
                "anonymous_id": "visitor",
                "context": context,
                "message_id": "m1",
            },
            {
                "kind": "page",
                "name": "Home",
                "user_id": "ada",
                "properties": {"url": "https://example.com/"},
                "context": context,
                "message_id": "m3",
            },
            {"kind": "screen", "name": "Start", "user_id": "ada", "context": context, "message_id": "m4"},
            {
                "kind": "track",
                "name": "Signed Up",
                "user_id": "bob",
                "properties": {"source": "örtlich"},
                "context": context,
                "message_id": "m8",
            },
        ],
    }


def check_calls(sandbox: Sandbox) -> None:
    """Check that each call arrived once and in order, and that a given time was kept."""
    assert [call.message_id for call in sandbox.accepted_calls] == [f"m{number}" for number in range(1, 9)]
    assert {sandbox.events[0].timestamp, sandbox.events[3].timestamp} == {datetime(2026, 11, 1, 10, tzinfo=UTC)}


@pytest.fixture
def _connections_closed() -> Iterator[None]:
    """Close what the Python client keeps open for as long as the process lives."""
    yield
    _session.close()


def use_python(client: Client) -> None:
    """Make the eight calls."""
    when = datetime(2026, 11, 1, 10, tzinfo=UTC)
    client.track(anonymous_id="visitor", event="Looked Around", message_id="m1", timestamp=when)
    client.identify("ada", {"email": "ada@example.com"}, anonymous_id="visitor", message_id="m2")
    client.page("ada", name="Home", properties={"url": "https://example.com/"}, message_id="m3")
    client.screen("ada", name="Start", message_id="m4")
    client.group("ada", "acme", {"name": "Acme", "objectTypeId": "2"}, message_id="m5")
    client.alias("old-ada", "ada", message_id="m6")
    client.identify("bob", {"plan": "pro"}, message_id="m7")
    client.track("bob", "Signed Up", {"source": "örtlich"}, message_id="m8", timestamp=when)
    client.shutdown()


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")  # the vendor's code
@pytest.mark.usefixtures("_connections_closed")
@pytest.mark.parametrize("gzip", [False, True])
@pytest.mark.parametrize("key", [KEY, "sk_us_key"])
def test_what_the_python_package_sends_arrives(key: str, *, gzip: bool) -> None:
    sandbox = Sandbox(keys={key}, check_key_style=True)
    with sandbox.serve() as server:
        use_python(Client(key, host=server.url, gzip=gzip, upload_interval=0.01))
    check_calls(sandbox)
    assert state(sandbox) == what_arrived({"name": "analytics-python", "version": VERSION})
    assert {entry.headers.get("content-encoding") for entry in sandbox.ledger} == {"gzip" if gzip else None}


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")  # the vendor's code
@pytest.mark.usefixtures("_connections_closed")
def test_the_python_package_repeats_a_lost_answer_and_the_sandbox_sees_the_same_ids_twice() -> None:
    sandbox = Sandbox()
    sandbox.fail(reset="after")
    with sandbox.serve() as server:
        client = Client(KEY, host=server.url, upload_size=1)
        client.track("ada", "Signed Up", message_id="m1")
        client.shutdown()
    assert [(entry.status, entry.outcome) for entry in sandbox.ledger] == [(None, "accepted"), (200, "accepted")]
    assert sandbox.duplicates == {"m1": 2}


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """Install the vendor's Node packages once, below `.cache`, or skip and say why not."""
    return installed(NODE / "package.json")


def use_node(script: str, url: str, node_modules: Path) -> dict[str, Any]:
    """Run a script that makes the eight calls, and return what it says about them."""
    node = shutil.which("node")
    assert node is not None
    environment = {"PATH": os.environ["PATH"], "NODE_PATH": str(node_modules)}
    done = subprocess.run(
        [node, NODE / script, url, KEY], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def version_of(package: str, node_modules: Path) -> str:
    version: str = json.loads((node_modules / package / "package.json").read_text())["version"]
    return version


@pytest.mark.node
def test_what_customerio_node_sends_arrives_in_strict_mode(node_modules: Path) -> None:
    sandbox = Sandbox(keys={KEY}, check_key_style=True)
    with sandbox.serve() as server:
        refused = use_node("customerio_node.cjs", server.base_url, node_modules)
    check_calls(sandbox)
    version = version_of("customerio-node", node_modules)
    assert state(sandbox) == what_arrived({"name": "customerio-node", "version": version})
    assert all(entry.strict for entry in sandbox.ledger)
    assert refused["status"] == 400
    assert "properties is not an object" in refused["message"]


@pytest.mark.node
def test_what_cdp_analytics_node_sends_arrives(node_modules: Path) -> None:
    sandbox = Sandbox(keys={KEY}, check_key_style=True)
    with sandbox.serve() as server:
        assert use_node("cdp_analytics_node.cjs", server.url, node_modules) == {"errors": []}
    check_calls(sandbox)
    library = sandbox.events[0].context["library"]
    assert library["name"] == "@customerio/cdp-analytics-node"
    assert state(sandbox) == what_arrived(library)
    assert {entry.path for entry in sandbox.ledger} == {"/v1/batch"}
