"""`langchain-customerio mcp --http` as one process and as two, to clients of both eras."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp.types import ElicitResult, InputRequiredResult

from langchain_customerio.sandbox import Sandbox
from tests.mcp_clients import ERAS, Era, Person, refuses, says, text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

pytestmark = pytest.mark.slow

TOKEN = "a-token-for-tests"
CONSENT = {"mode": "execute", "request_body": {"userId": "ada", "traits": {"unsubscribed": True}}}
IDENTIFY = "customerio_identify_person_and_assign_traits"


@contextmanager
def serving(*options: str, **env: str) -> Iterator[str]:
    """Serve over HTTP in a process of its own, and give the address."""
    command = [sys.executable, "-m", "langchain_customerio.cli", "mcp", "--http", "--port", "0", *options]
    environment = {**os.environ, "CUSTOMERIO_MCP_TOKEN": TOKEN, **env}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            found = None
            for line in process.stderr:
                if found := re.search(r"http://\S+/mcp", line):
                    break
            assert found is not None
            yield found[0]
        finally:
            process.terminate()


@asynccontextmanager
async def connected(url: str, era: Era, person: Person | None = None) -> AsyncIterator[Client]:
    """Connect to an address with the token."""
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}) as http:
        transport = streamable_http_client(url, http_client=http)
        mode = "legacy" if era == "2025-11-25" else "auto"
        async with Client(transport, mode=mode, elicitation_callback=person) as client:
            assert client.protocol_version == era
            yield client


@pytest.mark.parametrize("era", ERAS)
async def test_a_client_calls_and_its_person_is_asked(era: Era) -> None:
    person = says(approve=True)
    with serving("--sandbox", "--approve", "risky") as url:
        async with connected(url, era, person) as client:
            assert len((await client.list_tools()).tools) == 7
            result = await client.call_tool(IDENTIFY, CONSENT)
        async with connected(url, era) as deaf:
            assert len((await deaf.list_tools()).tools) == 6
            assert (await deaf.call_tool(IDENTIFY, CONSENT)).is_error
    assert json.loads(text(result))["status"] == "received"
    assert "changes consent" in person.questions[0]


async def test_without_the_token_nothing_is_answered() -> None:
    with serving("--sandbox") as url:
        async with httpx2.AsyncClient() as http:
            assert (await http.post(url, json={})).status_code == 401
            assert (await http.get(url.replace("/mcp", "/healthz"))).json() == {"status": "ok"}


async def asked_here_answered_there(first: str, second: str) -> Any:
    """Ask at one worker, and take the answer to the other one."""
    async with connected(first, "2026-07-28", refuses()) as client:
        asked = await client.session.call_tool(IDENTIFY, CONSENT, allow_input_required=True)
    assert isinstance(asked, InputRequiredResult)
    assert asked.input_requests is not None
    [key] = asked.input_requests
    async with connected(second, "2026-07-28", refuses()) as client:
        return await client.session.call_tool(
            IDENTIFY,
            CONSENT,
            input_responses={key: ElicitResult(action="accept", content={"approve": True})},
            request_state=asked.request_state,
            allow_input_required=True,
        )


async def test_workers_with_the_same_key_take_each_others_answers() -> None:
    sandbox, key = Sandbox(), {"CUSTOMERIO_MCP_STATE_KEY": "0123456789abcdef" * 2}
    with sandbox.serve(port=0) as api:
        env = {"CUSTOMERIO_API_KEY": "a-key-for-tests", "CUSTOMERIO_BASE_URL": api.base_url, **key}
        with serving("--approve", "risky", **env) as first, serving("--approve", "risky", **env) as second:
            result = await asked_here_answered_there(first, second)
    assert not result.is_error
    assert sandbox.people["ada"].traits["unsubscribed"] is True


async def test_workers_without_a_common_key_do_not() -> None:
    with (
        serving("--sandbox", "--approve", "risky") as first,
        serving("--sandbox", "--approve", "risky") as second,
        pytest.raises((MCPError, ExceptionGroup)) as caught,
    ):
        await asked_here_answered_there(first, second)
    assert "requestState" in repr(caught.value)
