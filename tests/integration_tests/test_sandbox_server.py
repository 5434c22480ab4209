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
    from collections.abc import Callable, Iterator

    from langchain_customerio.sandbox import SandboxServer
    from tests.conftest import Run

pytestmark = pytest.mark.counted

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


# Sizes


@pytest.mark.parametrize("strict", ["0", "1"])
def test_a_body_beyond_the_bound_is_refused_before_it_is_read_whole(server: SandboxServer, strict: str) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(3_000):
            sent += 10_000
            yield b"x" * 10_000

    headers = {"X-Strict-Mode": strict}
    answer = httpx.post(f"{server.base_url}/batch", content=endless(), auth=("key", ""), headers=headers)
    assert (answer.status_code, answer.json()["meta"]["errors"]) == (
        413,
        ["the body is over 1,000,000 bytes: the sandbox reads no more"],
    )
    assert [len(entry.body) for entry in server.sandbox.ledger] == [0]
    assert send(server, "sync").status_code == 200


def test_a_client_that_says_that_its_body_is_endless_is_answered_before_it_has_sent_it(server: SandboxServer) -> None:
    with socket.create_connection((server.host, server.port), timeout=10) as connection:
        head = f"POST /v1/track HTTP/1.1\r\nHost: {server.host}\r\nContent-Length: {10**12}\r\n\r\n"
        connection.sendall(head.encode() + b"x" * 1_000_001)
        assert connection.recv(100).startswith(b"HTTP/1.1 200 OK")  # there is no key, and permissive mode says nothing
    assert server.sandbox.ledger[0].reason == "there is no API key"


# The console


def ask(server: SandboxServer, path: str, **headers: str) -> httpx.Response:
    return httpx.get(f"{server.url}{path}", headers=headers)


def events(
    server: SandboxServer, wanted: int, *, then: Callable[[], object] = lambda: None, **headers: str
) -> list[tuple[str, Any]]:
    """Read so many events of the feed, do something after the first, and go away."""
    found: list[tuple[str, Any]] = []
    name = ""
    with httpx.stream("GET", f"{server.url}/console/events", headers=headers, timeout=30) as answer:
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        for line in answer.iter_lines():
            field, _, value = line.partition(": ")
            name = value if field == "event" else name
            if field == "data":
                found.append((name, json.loads(value)))
                if len(found) == 1:
                    then()
            if len(found) == wanted:
                return found
    return found


def test_the_console_is_at_the_root_and_its_requests_are_not_in_the_ledger(server: SandboxServer) -> None:
    assert "<title>Customer.io sandbox</title>" in ask(server, "/").text
    assert ask(server, "/console/people").json() == {"total": 0, "rows": []}
    assert server.console_url == f"{server.url}/"
    assert server.sandbox.ledger == []
    assert ask(server, "/nothing").status_code == 404
    assert [entry.path for entry in server.sandbox.ledger] == ["/nothing"]


def test_what_arrives_is_followed_live(server: SandboxServer) -> None:
    send(server, "sync")
    calls = [data for name, data in events(server, 3) if name == "calls"]
    assert [row["what"] for row in calls[0]["rows"]] == ["E"]
    found = events(server, 3, then=lambda: send(server, "sync"), **{"Last-Event-ID": f"{server.sandbox.run}.1.0"})
    assert [name for name, _ in found] == ["state", "calls", "state"]
    assert [row["label"] for row in found[1][1]["rows"]] == ["duplicate"]


def test_pages_that_follow_are_let_go_when_the_server_stops() -> None:
    caught = list[Exception]()
    started = threading.Event()

    def follow(server: SandboxServer) -> None:
        try:
            with httpx.stream("GET", f"{server.url}/console/events", timeout=30) as answer:
                for _ in answer.iter_lines():
                    started.set()
        except httpx.TransportError as error:
            caught.append(error)

    with Sandbox().serve() as server:
        page = threading.Thread(target=follow, args=(server,))
        page.start()
        assert started.wait(10)
    page.join(10)
    assert not page.is_alive()
    assert len(caught) == 1


def test_on_this_machine_the_console_answers_to_this_machine_alone(server: SandboxServer) -> None:
    assert ask(server, "/console/people", host="evil.example").status_code == 421
    assert ask(server, "/", host=f"localhost:{server.port}").status_code == 200
    assert httpx.post(f"{server.base_url}/track", headers={"host": "evil.example"}).status_code == 200
    answer = httpx.post(f"{server.url}/console/clear", headers={"origin": "http://evil.example"})
    assert (answer.status_code, server.sandbox.counts["requests"]) == (403, 1)
    assert httpx.post(f"{server.url}/console/clear", headers={"origin": server.url}).status_code == 204
    assert server.sandbox.counts == {}


@pytest.fixture
def open_server() -> Iterator[SandboxServer]:
    """Give a server that listens on every address, reached over loopback."""
    with pytest.warns(UserWarning, match=r"listens on 0\.0\.0\.0, so that other machines can connect"):
        serving = Sandbox().serve(host="0.0.0.0", hosts=["Sandbox.Example"])  # noqa: S104 - that is what is tested
    with serving as server:
        yield server


def test_beyond_this_machine_a_token_is_made_and_asked_for(open_server: SandboxServer) -> None:
    url = f"http://127.0.0.1:{open_server.port}"
    token = open_server.token
    assert token is not None
    assert len(token) >= 32
    assert open_server.console_url == f"http://0.0.0.0:{open_server.port}/#token={token}"
    for path in ("people", "events", "export.jsonl", "calls/1/0", "identifiers", "nothing"):
        assert httpx.get(f"{url}/console/{path}").status_code == 401, path
    for method, path in (("POST", "clear"), ("POST", "faults"), ("DELETE", "faults")):
        assert httpx.request(method, f"{url}/console/{path}").status_code == 401, path
    assert httpx.get(f"{url}/console/people", headers={"authorization": f"Bearer {token}"}).status_code == 200
    assert httpx.get(f"{url}/").status_code == 200


def test_beyond_this_machine_only_known_names_are_answered_to(open_server: SandboxServer) -> None:
    url = f"http://127.0.0.1:{open_server.port}/v1/track"
    known = ["127.0.0.1", "10.1.2.3:80", "localhost", "sandbox.example", socket.gethostname()]
    assert {httpx.post(url, headers={"host": host}).status_code for host in known} == {200}
    answer = httpx.post(url, headers={"host": "evil.example"})
    assert answer.status_code == 421
    assert "--allow-host" in answer.json()["error"]
    assert open_server.sandbox.counts["requests"] == len(known)


def test_a_token_can_be_chosen_on_this_machine_too() -> None:
    with Sandbox().serve(token="a-token-of-my-own/?") as server:
        assert server.console_url == f"{server.url}/#token=a-token-of-my-own%2F%3F"
        assert ask(server, "/console/people").status_code == 401
        assert ask(server, "/console/people", authorization="Bearer a-token-of-my-own/?").status_code == 200
    with pytest.raises(ValueError, match="at least 16 characters"):
        Sandbox().serve(token="short")


def _telling(arrived: threading.Event) -> Any:
    """Make a clock that also says that a request came in, since a sandbox looks at it just then."""

    def now() -> datetime:
        arrived.set()
        return datetime.now(UTC)

    return now
