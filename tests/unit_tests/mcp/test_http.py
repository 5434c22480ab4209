"""Over HTTP, the server answers whom it should and reads no more than it must."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from langchain_customerio import Policy
from langchain_customerio.errors import ConfigurationError
from langchain_customerio.mcp import http_app
from langchain_customerio.mcp.http import MOST_REQUEST
from langchain_customerio.sandbox import Sandbox
from tests.tool_calls import toolkit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from langchain_customerio import PipelinesClient

TOKEN = "a-token-for-tests"
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
HEADERS = {
    "authorization": f"Bearer {TOKEN}",
    "accept": "application/json, text/event-stream",
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": "tools/list",
    "host": "localhost:8765",
}
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "tests", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}


@asynccontextmanager
async def served(**options: Any) -> AsyncIterator[httpx.AsyncClient]:
    """Serve a toolkit in process, to clients that say what they like in their headers."""
    async with answering(http_app(toolkit(Sandbox()).mcp_server(token=TOKEN), **options)) as client:
        yield client


@asynccontextmanager
async def answering(app: Any) -> AsyncIterator[httpx.AsyncClient]:
    """Let an application answer in process."""
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8765") as client,
    ):
        yield client


async def post(client: httpx.AsyncClient, **headers: str) -> httpx.Response:
    """Ask for the list of tools."""
    body = {**LIST, "params": {"_meta": META}}
    return await client.post("/mcp", json=body, headers={**HEADERS, **headers})


async def test_a_client_with_the_token_is_answered() -> None:
    async with served() as client:
        answer = await post(client)
    assert answer.status_code == 200, answer.text
    assert "customerio_track_user_event" in answer.text


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer wrong-wrong-wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x"]
)
async def test_a_client_without_the_token_is_not(authorization: str) -> None:
    async with served() as client:
        answer = await post(client, authorization=authorization)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert TOKEN not in answer.text


async def test_a_token_beyond_ascii_is_a_wrong_one() -> None:
    async with served() as client:
        answer = await client.post("/mcp", json=LIST, headers=[(b"authorization", "Bearer ümlaut".encode())])
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("127.0.0.1:1", 200),
        ("[::1]:8765", 200),
        ("evil.example", 421),
        ("mcp.example.com", 421),
        ("localhost.evil.example", 421),
        ("localhost@evil.example", 421),
    ],
)
async def test_a_name_that_the_server_does_not_have_is_refused(host: str, status: int) -> None:
    async with served() as client:
        assert (await post(client, host=host)).status_code == status


@pytest.mark.parametrize("host", ["mcp.example.com", "mcp.example.com:8443"])
async def test_a_name_that_it_is_given_is_its_own_and_no_other(host: str) -> None:
    async with served(hosts=["mcp.example.com"]) as client:
        assert (await post(client, host=host)).status_code == 200
        assert (await post(client, host=f"evil.{host}")).status_code == 421


async def test_a_name_with_a_port_stands_for_that_port() -> None:
    async with served(hosts=["mcp.example.com:8443"]) as client:
        assert (await post(client, host="mcp.example.com:8443")).status_code == 200
        assert (await post(client, host="mcp.example.com:1")).status_code == 421


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://localhost.evil.example", "https://localhost:8765", "null"]
)
async def test_a_foreign_web_page_is_refused(origin: str) -> None:
    async with served() as client:
        assert (await post(client, origin=origin)).status_code == 403


async def test_a_web_page_of_this_machine_is_answered() -> None:
    async with served() as client:
        assert (await post(client, origin="http://localhost:6274")).status_code == 200


async def test_a_web_page_whose_origin_was_allowed_is_answered() -> None:
    async with served(origins=["https://app.example.com"]) as client:
        assert (await post(client, origin="https://app.example.com")).status_code == 200
        assert (await post(client, origin="https://app.example.com.evil.example")).status_code == 403


async def test_a_request_that_is_too_large_is_not_read() -> None:
    async with served() as client:
        answer = await client.post("/mcp", content=b"x" * (MOST_REQUEST + 1), headers=HEADERS)
    assert answer.status_code == 413


async def test_the_health_of_the_process_is_told_without_a_token() -> None:
    async with served() as client:
        answer = await client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_an_origin_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(ConfigurationError, match=r"such as https://app\.example\.com"):
        http_app(toolkit(Sandbox()).mcp_server(), origins=["*"])


# ---- several workspaces behind one server


def track(user_id: str) -> dict[str, Any]:
    """Return the request of a call."""
    arguments = {"mode": "execute", "request_body": {"userId": user_id, "event": "Signed Up"}}
    params = {"name": "customerio_track_user_event", "arguments": arguments, "_meta": META}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


CALL = {**HEADERS, "mcp-method": "tools/call", "mcp-name": "customerio_track_user_event"}


async def test_a_header_names_the_workspace_that_a_call_goes_to() -> None:
    workspaces = {name: Sandbox() for name in ("north", "south")}
    clients = {name: sandbox.client() for name, sandbox in workspaces.items()}
    seen: list[Mapping[str, str]] = []

    def of(headers: Mapping[str, str]) -> PipelinesClient:
        seen.append(headers)
        return clients[headers["x-workspace"]]

    app = http_app(toolkit(Sandbox()).mcp_server(client=of, token=TOKEN))
    async with answering(app) as client:
        for name in ("north", "south", "north"):
            answer = await client.post("/mcp", json=track(f"of-{name}"), headers={**CALL, "X-Workspace": name})
            assert answer.status_code == 200
        for headers in (CALL, {**CALL, "X-Workspace": "west"}):
            answer = await client.post("/mcp", json=track("of-nobody"), headers=headers)
            assert "names no workspace that is known here" in answer.text
    arrived = {name: [event.user_id for event in sandbox.events] for name, sandbox in workspaces.items()}
    assert arrived == {"north": ["of-north", "of-north"], "south": ["of-south"]}
    assert not any({"authorization", "cookie"} & set(headers) for headers in seen)


async def test_a_header_names_the_person_that_a_call_is_for() -> None:
    sandbox = Sandbox()
    policy = Policy(person=lambda config: config["configurable"]["headers"]["x-person"])
    app = http_app(toolkit(sandbox, policy=policy).mcp_server(token=TOKEN))
    async with answering(app) as client:
        allowed = await client.post("/mcp", json=track("ada"), headers={**CALL, "X-Person": "ada"})
        refused = await client.post("/mcp", json=track("ada"), headers={**CALL, "X-Person": "bob"})
        unknown = await client.post("/mcp", json=track("ada"), headers=CALL)
    assert [event.user_id for event in sandbox.events] == ["ada"]
    assert "received" in allowed.text
    assert "these tools act for one person only" in refused.text
    assert "names no person that is known here" in unknown.text
