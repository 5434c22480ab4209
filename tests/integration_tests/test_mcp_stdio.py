"""`langchain-customerio mcp` as a process that an MCP client starts, as desktop and terminal clients do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from langchain_customerio.sandbox import Sandbox
from tests.mcp_clients import ERAS, Era, Person, refused, says, text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "langchain_customerio.cli", "mcp"]


@asynccontextmanager
async def started(
    log: Path, era: Era, *options: str, person: Person | None = None, env: dict[str, str] | None = None
) -> AsyncIterator[Client]:
    """Start the server and connect to it; what it logs goes to a file."""
    server = StdioServerParameters(command=COMMAND[0], args=[*COMMAND[1:], *options], env={**os.environ, **(env or {})})
    with log.open("w", encoding="utf-8") as stderr:
        transport = stdio_client(server, errlog=stderr)
        mode = "legacy" if era == "2025-11-25" else "auto"
        async with Client(transport, mode=mode, elicitation_callback=person) as client:
            assert client.protocol_version == era
            yield client


@pytest.mark.parametrize("era", ERAS)
async def test_anyone_can_try_it_over_a_sandbox_without_an_account(era: Era, tmp_path: Path) -> None:
    log = tmp_path / "log"
    async with started(log, era, "--sandbox", "--style", "typed") as client:
        names = [tool.name for tool in (await client.list_tools()).tools]
        result = await client.call_tool("customerio_track", {"user_id": "ada@example.com", "event": "Signed Up"})
        wrong = await client.call_tool("customerio_track", {"user_id": "ada@example.com", "evnt": "Signed Up"})
    assert "customerio_identify" in names
    assert "customerio_delete_person" not in names
    assert json.loads(text(result))["status"] == "accepted"
    assert "evnt is not an argument: use event" in refused(wrong)
    said = log.read_text(encoding="utf-8")
    assert "nothing reaches Customer.io" in said
    assert "customerio_track: done in" in said
    assert "ada@example.com" not in said


@pytest.mark.parametrize("era", ERAS)
async def test_a_person_at_the_client_approves_by_typing_the_id(era: Era, tmp_path: Path) -> None:
    sandbox, person = Sandbox(), says(id="ada")
    policy = tmp_path / "policy.toml"
    policy.write_text('approve = "risky"\nallow_destructive = ["User Deleted"]\n')
    with sandbox.serve(port=0) as api:
        env = {"CUSTOMERIO_API_KEY": "a-key-for-tests", "CUSTOMERIO_BASE_URL": api.base_url}
        options = ("--style", "typed", "--policy", str(policy))
        async with started(tmp_path / "log", era, *options, person=person, env=env) as client:
            result = await client.call_tool("customerio_delete_person", {"user_id": "ada"})
    assert not result.is_error
    assert "deletes the person for good" in person.questions[0]
    assert len(sandbox.ledger) == 1
    assert "a-key-for-tests" not in (tmp_path / "log").read_text()


@pytest.mark.parametrize("era", ERAS)
async def test_the_options_bound_what_a_client_can_do(era: Era, tmp_path: Path) -> None:
    options = ("--sandbox", "--tools", "track", "--tools", "identify", "--person", "ada", "--max-writes", "1")
    arguments: dict[str, Any] = {"mode": "execute", "request_body": {"event": "Signed Up"}}
    name = "customerio_track_user_event"
    async with started(tmp_path / "log", era, *options) as client:
        assert [tool.name for tool in (await client.list_tools()).tools] == [
            "customerio_identify_person_and_assign_traits",
            name,
        ]
        foreign = {"mode": "execute", "request_body": {"event": "Signed Up", "userId": "bob"}}
        assert "act for one person only" in refused(await client.call_tool(name, foreign))
        assert json.loads(text(await client.call_tool(name, arguments)))["status"] == "received"
        assert "This run may make 1 call" in refused(await client.call_tool(name, arguments))


async def test_read_only_wins_over_everything(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text("dry_run = false\n")
    options = ("--read-only", "--no-dry-run", "--policy", str(policy), "--exclude", "batch")
    async with started(tmp_path / "log", "2026-07-28", *options) as client:
        tools = (await client.list_tools()).tools
        arguments = {"mode": "execute", "request_body": {"userId": "ada", "event": "Signed Up"}}
        result = await client.call_tool("customerio_track_user_event", arguments)
    assert [tool.annotations and tool.annotations.read_only_hint for tool in tools] == [True] * 6
    assert json.loads(text(result))["status"] == "dry_run"


def test_the_standard_output_belongs_to_the_protocol() -> None:
    hello = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "tests", "version": "1"},
        },
    }
    done = subprocess.run(
        [*COMMAND, "--sandbox", "--verbose"],
        input=f"{json.dumps(hello)}\nnot JSON\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[0]["result"]["serverInfo"]["name"] == "customerio"
    assert all(line["jsonrpc"] == "2.0" for line in lines)
