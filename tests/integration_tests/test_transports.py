"""Whichever library keeps the connections, faults, time-outs, answers and proxies come to the same."""

from __future__ import annotations

import asyncio
import gc
import gzip
import importlib.util
import socket
import sys
import threading
import warnings
from collections import Counter
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from langchain_customerio import (
    ConfigurationError,
    CustomerioError,
    DeliveryError,
    Identify,
    NoAnswerError,
    PipelinesClient,
    RetryPolicy,
    Track,
)
from langchain_customerio.client.pool import MOST_IN_FLIGHT
from langchain_customerio.sandbox import Sandbox
from tests import far_end

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from langchain_customerio.sandbox import SandboxServer
    from tests.conftest import Run

pytestmark = pytest.mark.counted

ADA = Identify(user_id="ada")
ONCE = RetryPolicy(attempts=1)
IMPATIENT = httpx.Timeout(10.0, read=0.2)


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with Sandbox().serve() as server:
        yield server


def failure(run_over: Run, base_url: str, **settings: Any) -> DeliveryError:
    """Return the error of the only attempt to send."""
    client = PipelinesClient("a-key", base_url=base_url, retry=ONCE, **settings)
    with pytest.raises(DeliveryError) as caught:
        run_over.send(client, ADA)
    run_over.close(client)
    return caught.value


@pytest.mark.parametrize(
    ("fault", "told", "stored"),
    [
        ({"reset": "connect"}, "ReadError", 0),
        ({"reset": "before"}, "ReadError", 0),
        ({"reset": "after"}, "ReadError", 1),
        ({"hangup": "before"}, "RemoteProtocolError", 0),
        ({"hangup": "after"}, "RemoteProtocolError", 1),
        ({"timeout": "before"}, "ReadTimeout", 0),
        ({"timeout": "after"}, "ReadTimeout", 1),
        ({"delay": 3600.0}, "ReadTimeout", 1),
    ],
    ids=str,
)
def test_a_fault_after_the_request_has_left_may_have_stored_it(
    run_over: Run, server: SandboxServer, fault: dict[str, Any], told: str, stored: int
) -> None:
    server.sandbox.fail(**fault)
    error = failure(run_over, server.base_url, timeout=IMPATIENT)
    assert (type(error), error.detail, error.status, error.attempts) == (NoAnswerError, told, None, 1)
    assert error.may_have_arrived
    assert "It may have been stored." in str(error)
    assert len(server.sandbox.accepted_calls) == stored


def test_a_connection_that_is_refused_has_stored_nothing(run_over: Run) -> None:
    with Sandbox().serve() as server:
        base_url = server.base_url
    error = failure(run_over, base_url)
    assert (type(error), error.detail, error.may_have_arrived) == (NoAnswerError, "ConnectError", False)
    assert "Nothing was stored." in str(error)


def test_a_connection_that_takes_too_long_to_open_has_stored_nothing(run_over: Run) -> None:
    with far_end.too_busy() as base_url:
        error = failure(run_over, base_url, timeout=httpx.Timeout(10.0, connect=0.2))
    assert (type(error), error.detail, error.may_have_arrived) == (NoAnswerError, "ConnectTimeout", False)


def test_a_server_that_speaks_no_tls_has_stored_nothing(run_over: Run) -> None:
    with far_end.saying(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n") as base_url:
        error = failure(run_over, base_url.replace("http://", "https://"))
    assert (type(error), error.detail, error.may_have_arrived) == (NoAnswerError, "ConnectError", False)


def test_an_unknown_host_has_stored_nothing(run_over: Run) -> None:
    error = failure(run_over, "https://nobody.invalid/v1")
    assert (type(error), error.detail, error.may_have_arrived) == (NoAnswerError, "ConnectError", False)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    ("answer", "then_hang", "told"),
    [
        (b"SSH-2.0-OpenSSH_9.9\r\n\r\n", False, "RemoteProtocolError"),
        (HEAD + b"Content-Length: 100\r\n\r\n{", False, "RemoteProtocolError"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", False, "RemoteProtocolError"),
        (HEAD, True, "ReadTimeout"),
        (HEAD + b"Content-Length: 100\r\n\r\n{", True, "ReadTimeout"),
    ],
    ids=["no http", "cut short", "chunk missing", "half a head", "half a body"],
)
def test_half_an_answer_is_none(run_over: Run, answer: bytes, told: str, *, then_hang: bool) -> None:
    with far_end.saying(answer, then_hang=then_hang) as base_url:
        error = failure(run_over, base_url, timeout=IMPATIENT)
    assert (type(error), error.detail, error.may_have_arrived) == (NoAnswerError, told, True)


def test_a_packed_answer_is_unpacked(run_over: Run) -> None:
    packed = gzip.compress(b'{"ok": true}')
    head = HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    with far_end.saying(head + packed) as base_url:
        client = PipelinesClient("a-key", base_url=base_url)
        receipt = run_over.send(client, ADA)
        run_over.close(client)
    assert receipt.response_json == {"ok": True}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(run_over: Run, server: SandboxServer, status: int) -> None:
    server.sandbox.fail(status=status, redirect=f"{server.base_url}/elsewhere")
    error = failure(run_over, server.base_url)
    assert (type(error).__name__, error.status) == ("RedirectedError", status)
    assert [entry.path for entry in server.sandbox.ledger] == ["/v1/identify"]


@pytest.mark.parametrize("status", [400, 401, 413, 429, 500, 503])
def test_a_status_is_told_as_it_is(run_over: Run, server: SandboxServer, status: int) -> None:
    server.sandbox.fail(status=status, body='{"meta": {"errors": ["not today"]}}', retry_after=7)
    error = failure(run_over, server.base_url)
    assert (error.status, error.detail, error.retry_after) == (status, "not today", 7.0)


# Many at once


def arrival_of(sandbox: Sandbox, number: int) -> threading.Event:
    """Return what is set when so many more requests have come in: the sandbox asks its clock for each."""
    arrived, clock, left = threading.Event(), sandbox.clock, iter(range(number - 1, -1, -1))

    def tell() -> datetime:
        if next(left, 1) == 0:
            arrived.set()
        return clock()

    sandbox.clock = tell
    return arrived


async def flood(client: PipelinesClient, number: int) -> list[Any]:
    calls = (client.asend(Track(user_id="ada", event=f"E{i}")) for i in range(number))
    return await asyncio.gather(*calls, return_exceptions=True)


@pytest.mark.usefixtures("pool")
def test_many_calls_at_once_arrive_once_each_although_every_third_fails(server: SandboxServer) -> None:
    for _ in range(60):
        server.sandbox.fail(status=503, after=2)

    async def life() -> list[Any]:
        async with server.client(retry=RetryPolicy(attempts=20, base_delay=0)) as client:
            return await flood(client, 300)

    receipts = asyncio.run(life())
    assert {receipt.status for receipt in receipts} == {"received"}
    assert Counter(event.name for event in server.sandbox.events) == Counter(f"E{i}" for i in range(300))
    assert server.sandbox.duplicates == {}
    assert len(server.sandbox.ledger) == 360


@pytest.mark.usefixtures("pool")
def test_a_client_is_as_good_as_new_after_hundreds_of_calls_were_cancelled(server: SandboxServer) -> None:
    server.sandbox.fail(timeout="before", times=None)

    async def life() -> None:
        async with server.client(retry=ONCE, timeout=600) as client:
            arrived = arrival_of(server.sandbox, 200)
            first = [asyncio.create_task(client.asend(ADA)) for _ in range(400)]
            assert await asyncio.to_thread(arrived.wait, 60)
            for task in first:
                task.cancel()
            found = await asyncio.gather(*first, return_exceptions=True)
            assert {type(each) for each in found} == {asyncio.CancelledError}
            server.sandbox.reset()
            assert {receipt.attempts for receipt in await flood(client, 400)} == {1}

    asyncio.run(life())
    assert len(server.sandbox.events) == 400


@pytest.mark.usefixtures("pool")
def test_a_client_that_is_closed_refuses_the_calls_that_still_wait(server: SandboxServer) -> None:
    server.sandbox.fail(timeout="before", times=None)

    async def life() -> list[Any]:
        client = server.client(retry=ONCE)
        arrived = arrival_of(server.sandbox, 200)
        calls = [asyncio.create_task(client.asend(ADA)) for _ in range(MOST_IN_FLIGHT + 60)]
        assert await asyncio.to_thread(arrived.wait, 60)
        await client.aclose()
        return await asyncio.gather(*calls, return_exceptions=True)

    found = asyncio.run(life())
    assert all(isinstance(error, CustomerioError) for error in found)
    assert "This client is closed: build another one." in set(map(str, found))


@pytest.mark.usefixtures("pool")
def test_nothing_stays_open_when_an_event_loop_ends_with_calls_in_flight(server: SandboxServer) -> None:
    server.sandbox.fail(timeout="before", times=None)
    client = server.client(retry=ONCE)

    async def life() -> None:
        arrived = arrival_of(server.sandbox, 50)
        calls = [asyncio.create_task(client.asend(ADA)) for _ in range(50)]
        assert await asyncio.to_thread(arrived.wait, 60)
        assert not any(call.done() for call in calls)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(3):
            asyncio.run(life())
            gc.collect()
    assert [str(warning.message) for warning in caught] == []


# Proxies


API = "https://cdp.customer.io/v1"


# The transport between httpx and aiohttp hands credentials on in a way that aiohttp calls outdated.
@pytest.mark.filterwarnings("ignore:(BasicAuth|The 'proxy_auth' parameter) is deprecated:DeprecationWarning")
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_of_the_environment_is_asked_for_a_tunnel_and_sees_neither_key_nor_data(
    run_over: Run, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    with far_end.proxy() as proxy:
        monkeypatch.setenv(variable, proxy.url.replace("://", "://user:pass@"))
        error = failure(run_over, API)
    assert proxy.asked == ["CONNECT cdp.customer.io:443 HTTP/1.1"]
    assert proxy.credentials == ["Basic dXNlcjpwYXNz"]
    assert (error.detail, error.may_have_arrived) == ("ProxyError", False)


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_what_is_not_encrypted_goes_through_no_proxy_of_the_environment(
    run_over: Run, server: SandboxServer, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    with far_end.proxy() as proxy:
        monkeypatch.setenv(variable, proxy.url)
        with server.client() as client:
            assert run_over.send(client, ADA, strict=True).status == "accepted"
            run_over.close(client)
    assert proxy.asked == []
    assert list(server.sandbox.people) == ["ada"]


@pytest.mark.parametrize("exempt", ["nobody.invalid", "example.com, nobody.invalid", ".invalid", "*"])
def test_an_address_that_is_exempt_is_asked_directly(
    run_over: Run, monkeypatch: pytest.MonkeyPatch, exempt: str
) -> None:
    with far_end.proxy() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", exempt)
        error = failure(run_over, "https://nobody.invalid/v1")
    assert proxy.asked == []
    assert (error.detail, error.may_have_arrived) == ("ConnectError", False)


def test_a_proxy_that_is_not_there_has_stored_nothing(run_over: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with far_end.proxy() as proxy:
        pass
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    error = failure(run_over, API)
    assert (error.detail, error.may_have_arrived) == ("ConnectError", False)


@pytest.mark.parametrize("proxy", ["ftp://user:secret@proxy.example", "http://[::1", "socks9://proxy.example"])
def test_a_proxy_that_is_none_is_told_without_its_password(
    run_over: Run, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    client = PipelinesClient("a-key", base_url=API)
    with pytest.raises(ConfigurationError, match=r"^HTTPS_PROXY \(or ALL_PROXY\) is not the address of a proxy"):
        run_over.send(client, ADA)


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_a_socks_proxy_is_used_where_it_can_be_and_else_told(
    run_over: Run, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        address = nobody.getsockname()
    monkeypatch.setenv("ALL_PROXY", f"{scheme}://127.0.0.1:{address[1]}")
    if importlib.util.find_spec("socksio") is not None:
        error = failure(run_over, API)
        assert (error.detail, error.may_have_arrived) == ("ConnectError", False)
    monkeypatch.setitem(sys.modules, "socksio", None)
    client = PipelinesClient("a-key", base_url=API)
    with pytest.raises(ConfigurationError, match=r"^ALL_PROXY names a SOCKS proxy: pip install socksio"):
        run_over.send(client, ADA)
