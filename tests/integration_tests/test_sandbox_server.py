"""The sandbox on a real socket: answers, faults that break real connections, and a clean stop."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import httpx
import pytest

from langchain_customerio.api.calls import Identify
from langchain_customerio.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_customerio.sandbox import SandboxServer
    from tests.conftest import Run

BODY = {"userId": "ada", "event": "E", "messageId": "m1"}


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with Sandbox().serve() as server:
        yield server


def send(server: SandboxServer, mode: Literal["sync", "async"], read: float = 10.0) -> httpx.Response:
    """Send a track call over a connection of its own."""
    settings: dict[str, Any] = {"auth": ("key", ""), "timeout": httpx.Timeout(10.0, read=read)}
    url = f"{server.base_url}/track"
    if mode == "sync":
        with httpx.Client(**settings) as client:
            return client.post(url, json=BODY)

    async def finish() -> httpx.Response:
        async with httpx.AsyncClient(**settings) as client:
            return await client.post(url, json=BODY)

    return asyncio.run(finish())


def test_a_call_over_the_socket_arrives(server: SandboxServer, mode: Literal["sync", "async"]) -> None:
    response = send(server, mode)
    assert (response.status_code, response.json()) == (200, {})
    entry = server.sandbox.ledger[0]
    assert (entry.path, entry.outcome, json.loads(entry.body)) == ("/v1/track", "accepted", BODY)
    assert entry.headers["host"] == f"127.0.0.1:{server.port}"
    assert [event.message_id for event in server.sandbox.events] == ["m1"]


def test_the_addresses_name_host_and_port(server: SandboxServer) -> None:
    assert (server.url, server.base_url) == (f"http://127.0.0.1:{server.port}", f"http://127.0.0.1:{server.port}/v1")


def test_the_client_it_hands_out_talks_over_the_socket(server: SandboxServer, run: Run) -> None:
    client = server.client()
    assert run.send(client, Identify(user_id="ada"), strict=True).http_status == 200
    run.close(client)
    assert list(server.sandbox.people) == ["ada"]
    assert server.sandbox.ledger[0].headers["host"] == f"127.0.0.1:{server.port}"


def test_one_connection_serves_many_requests(server: SandboxServer) -> None:
    connection = http.client.HTTPConnection(server.host, server.port, timeout=10)
    ports = set()
    for _ in range(3):
        connection.request("POST", "/v1/track", json.dumps(BODY), {"Authorization": "Bearer key"})
        assert connection.getresponse().read() == b"{}"
        ports.add(connection.sock.getsockname()[1])
    connection.close()
    assert (len(ports), server.sandbox.duplicates) == (1, {"m1": 3})


def test_many_clients_at_once_lose_nothing(server: SandboxServer) -> None:
    def work() -> None:
        for _ in range(5):
            send(server, "sync")

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.sandbox.events) == 30


@pytest.mark.parametrize(
    ("fault", "error", "stored"),
    [
        ({"reset": "connect"}, httpx.ReadError, False),
        ({"reset": "before"}, httpx.ReadError, False),
        ({"reset": "after"}, httpx.ReadError, True),
        ({"hangup": "before"}, httpx.RemoteProtocolError, False),
        ({"hangup": "after"}, httpx.RemoteProtocolError, True),
    ],
)
def test_a_broken_connection_really_breaks(
    server: SandboxServer,
    mode: Literal["sync", "async"],
    fault: dict[str, Any],
    error: type[httpx.TransportError],
    *,
    stored: bool,
) -> None:
    server.sandbox.fail(**fault)
    with pytest.raises(error) as caught:
        send(server, mode)
    assert caught.type is error
    assert (server.sandbox.ledger[0].status, len(server.sandbox.events)) == (None, stored)
    assert send(server, mode).status_code == 200
    assert server.sandbox.duplicates == ({"m1": 2} if stored else {})


@pytest.mark.parametrize(
    ("fault", "stored"), [({"timeout": "before"}, False), ({"timeout": "after"}, True), ({"delay": 3600}, True)]
)
def test_an_answer_that_never_comes_is_a_read_time_out(
    server: SandboxServer, mode: Literal["sync", "async"], fault: dict[str, Any], *, stored: bool
) -> None:
    arrived = threading.Event()
    server.sandbox.clock = _telling(arrived)
    server.sandbox.fail(**fault)
    with pytest.raises(httpx.ReadTimeout):
        send(server, mode, read=0.2)
    assert arrived.wait(10)
    assert send(server, mode).status_code == 200
    assert server.sandbox.duplicates == ({"m1": 2} if stored else {})


def test_a_slow_answer_arrives_in_the_end(server: SandboxServer, mode: Literal["sync", "async"]) -> None:
    server.sandbox.fail(delay=0.01)
    assert send(server, mode).status_code == 200


def test_an_answer_can_be_anything(server: SandboxServer) -> None:
    server.sandbox.fail(status=503, body="<h1>no</h1>", content_type="text/html", retry_after=2)
    response = send(server, "sync")
    assert (response.status_code, response.text, response.headers["retry-after"]) == (503, "<h1>no</h1>", "2")
    assert response.headers["content-type"] == "text/html"


def test_a_client_that_leaves_in_the_middle_of_its_body_harms_nobody(server: SandboxServer) -> None:
    with socket.create_connection((server.host, server.port), timeout=10) as connection:
        connection.sendall(b"POST /v1/track HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1000)
    assert send(server, "sync").status_code == 200
    assert server.sandbox.counts["requests"] == 1


@pytest.mark.parametrize("fault", [{"timeout": "after"}, {"delay": 3600}])
def test_stopping_releases_the_clients_that_wait_and_frees_the_port(fault: dict[str, Any]) -> None:
    arrived, caught = threading.Event(), list[Exception]()
    sandbox = Sandbox(clock=_telling(arrived))
    sandbox.fail(**fault)
    serving = sandbox.serve()

    def wait() -> None:
        try:
            send(serving, "sync", read=60.0)
        except httpx.TransportError as error:
            caught.append(error)

    with serving:
        client = threading.Thread(target=wait)
        client.start()
        assert arrived.wait(10)
    client.join(10)
    assert [type(error) for error in caught] == [httpx.RemoteProtocolError]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((serving.host, serving.port), timeout=10)


def test_a_port_can_be_chosen_and_one_that_is_taken_is_an_error_at_once(server: SandboxServer) -> None:
    with pytest.raises(OSError, match="in use"):
        Sandbox().serve(port=server.port)
    with Sandbox().serve() as stopped:
        port = stopped.port
    with Sandbox().serve(port=port) as again:
        assert send(again, "sync").status_code == 200


def test_it_listens_on_ipv6_too() -> None:
    try:
        serving = Sandbox().serve(host="::1")
    except OSError as error:
        pytest.skip(f"no IPv6 on this machine: {error}")
    with serving as server:
        assert server.url == f"http://[::1]:{server.port}"
        server.sandbox.fail(reset="before")
        with pytest.raises(httpx.ReadError):
            send(server, "sync")


def _telling(arrived: threading.Event) -> Any:
    """Make a clock that also says that a request came in, since a sandbox looks at it just then."""

    def now() -> datetime:
        arrived.set()
        return datetime.now(UTC)

    return now
