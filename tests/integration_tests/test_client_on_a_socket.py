"""The client over real connections: kept alive, broken, timed out, shared, and closed without a trace."""

from __future__ import annotations

import asyncio
import gc
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from langchain_customerio import (
    AuthenticationError,
    Batch,
    CustomerioError,
    Identify,
    NoAnswerError,
    PipelinesClient,
    RetryPolicy,
    Track,
)
from langchain_customerio.sandbox import Sandbox
from langchain_customerio.sandbox.config import utc_now
from tests.cases import Case, each_case

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from langchain_customerio.sandbox import SandboxServer
    from tests.conftest import Run

ADA = Identify(user_id="ada")
AT_ONCE = RetryPolicy(attempts=3, base_delay=0)
IMPATIENT = httpx.Timeout(10.0, read=0.2)


@pytest.fixture(scope="module")
def listening() -> Iterator[SandboxServer]:
    with Sandbox(keys={"pk_us_0123456789"}).serve() as server:
        yield server


@pytest.fixture
def server(listening: SandboxServer) -> SandboxServer:
    """Give the server as if it had just started: nobody is connected and nothing has come in."""
    until(lambda: not listening._server.connections.open)
    listening.sandbox.reset()
    listening.sandbox.clock = utc_now
    return listening


@pytest.fixture
def _nothing_is_left_open() -> Iterator[None]:
    """Make whatever was left open say so now, as a ResourceWarning, which is an error here."""
    yield
    gc.collect()


def until(condition: Callable[[], bool]) -> None:
    """Wait for the server's thread; what never comes ends with the time-out of the test."""
    while not condition():
        pass


def told_of_arrival(sandbox: Sandbox) -> threading.Event:
    """Return what is set as soon as a request has come in: the sandbox then asks its clock."""
    arrived = threading.Event()

    def tell() -> datetime:
        arrived.set()
        return utc_now()

    sandbox.clock = tell
    return arrived


@each_case
def test_every_call_arrives_over_a_socket(case: Case, server: SandboxServer, run_over: Run) -> None:
    with server.client() as client:
        assert run_over.check(client) is True
        receipt = run_over.send(client, case.call.parse(case.complete), strict=True)
    assert receipt.status == "accepted"
    assert server.sandbox.requests[1] == client.preview(case.call.parse(case.complete)).previews[0].body


def test_a_wrong_key_is_told_and_the_log_does_not_show_it(
    server: SandboxServer, run_over: Run, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(1), server.client(api_key="wr0ng-0123456789") as client:
        with pytest.raises(AuthenticationError):
            run_over.check(client)
        assert run_over.send(client, ADA).status == "received"
    assert server.sandbox.people == {}
    assert caplog.records
    assert "wr0ng-0123456789" not in caplog.text
    assert "d3IwbmctMDEyMzQ1Njc4OTo=" not in caplog.text


@pytest.mark.usefixtures("pool", "_nothing_is_left_open")
def test_one_client_serves_three_event_loops_in_a_row(server: SandboxServer) -> None:
    client = server.client()
    for i in range(3):
        asyncio.run(client.asend(Identify(user_id=f"u{i}")))
        gc.collect()
        until(lambda: not server._server.connections.open)
    assert list(server.sandbox.people) == ["u0", "u1", "u2"]
    client.close()


@pytest.mark.usefixtures("pool", "_nothing_is_left_open")
def test_one_client_serves_several_event_loops_at_once(server: SandboxServer) -> None:
    client = server.client()

    async def send(i: int) -> None:
        await asyncio.gather(*(client.asend(Identify(user_id=f"u{i}-{j}")) for j in range(20)))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda i: asyncio.run(send(i)), range(8)))
    assert set(server.sandbox.people) == {f"u{i}-{j}" for i in range(8) for j in range(20)}
    client.close()


def test_many_threads_share_the_connections_of_a_client(server: SandboxServer) -> None:
    with server.client() as client, ThreadPoolExecutor(8) as threads:
        receipts = list(threads.map(lambda i: client.send(Identify(user_id=f"u{i}")), range(200)))
        assert len(server._server.connections.open) <= 8
    assert set(server.sandbox.people) == {f"u{i}" for i in range(200)}
    assert server.sandbox.duplicates == {}
    assert {receipt.attempts for receipt in receipts} == {1}


def test_a_connection_is_kept_alive_and_closed_with_the_client(server: SandboxServer) -> None:
    with server.client() as client:
        client.send(ADA)
        first = list(server._server.connections.open)
        for _ in range(10):
            client.send(ADA)
        assert list(server._server.connections.open) == first
        assert len(first) == 1
        (transport,) = server._server.connections.open.values()
        assert transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    until(lambda: not server._server.connections.open)


@pytest.mark.usefixtures("pool", "_nothing_is_left_open")
def test_async_connections_are_kept_alive_and_closed_with_the_client(server: SandboxServer) -> None:
    async def life() -> None:
        async with server.client() as client:
            await client.asend(ADA)
            client.send(ADA)
            first = list(server._server.connections.open)
            for _ in range(10):
                await client.asend(ADA)
                client.send(ADA)
            assert list(server._server.connections.open) == first
            assert len(first) == 2
        until(lambda: not server._server.connections.open)

    asyncio.run(life())
    assert len(server.sandbox.ledger) == 22


@pytest.mark.usefixtures("pool", "_nothing_is_left_open")
def test_hundreds_of_calls_in_flight_arrive_once_each(server: SandboxServer) -> None:
    async def life() -> None:
        async with server.client() as client:
            await asyncio.gather(*(client.asend(Identify(user_id=f"u{i}")) for i in range(400)))

    asyncio.run(life())
    assert set(server.sandbox.people) == {f"u{i}" for i in range(400)}
    assert server.sandbox.counts["calls"] == 400


@pytest.mark.parametrize("fault", [{"reset": "before"}, {"reset": "after"}, {"hangup": "before"}, {"hangup": "after"}])
def test_a_broken_connection_is_replaced_and_the_call_repeated_with_its_id(
    fault: dict[str, Any], server: SandboxServer, run_over: Run
) -> None:
    server.sandbox.fail(**fault, times=2)
    with server.client(retry=AT_ONCE) as client:
        receipt = run_over.send(client, Track(user_id="ada", event="E"), strict=True)
    assert receipt.attempts == 3
    assert len({entry.body for entry in server.sandbox.ledger}) == 1
    times = 3 if "after" in fault.values() else 1
    assert [event.message_id for event in server.sandbox.events] == [receipt.message_id] * times


def test_a_time_out_after_the_request_was_received_is_repeated_with_the_same_id(
    server: SandboxServer, run_over: Run
) -> None:
    server.sandbox.fail(timeout="after")
    call = Batch(batch=[ADA, Track(user_id="ada", event="E")])
    with server.client(retry=AT_ONCE, timeout=IMPATIENT) as client:
        receipt = run_over.send(client, call, strict=True)
    assert (receipt.attempts, receipt.status) == (2, "accepted")
    assert server.sandbox.duplicates == dict.fromkeys(receipt.message_ids, 2)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_call_that_times_out_every_time_may_have_arrived(moment: Any, server: SandboxServer, run_over: Run) -> None:
    server.sandbox.fail(timeout=moment, times=None)
    retry = RetryPolicy(attempts=2, base_delay=0)
    with server.client(retry=retry, timeout=IMPATIENT) as client, pytest.raises(NoAnswerError) as caught:
        run_over.send(client, ADA)
    assert caught.value.may_have_arrived
    assert (caught.value.status, caught.value.attempts) == (None, 2)
    assert len(server.sandbox.accepted_calls) == (2 if moment == "after" else 0)


def test_where_nobody_listens_nothing_has_arrived(run_over: Run) -> None:
    with Sandbox().serve() as server:
        base_url = server.base_url
    with PipelinesClient("old", base_url=base_url, retry=AT_ONCE) as client, pytest.raises(NoAnswerError) as caught:
        run_over.send(client, ADA)
    assert not caught.value.may_have_arrived
    assert caught.value.attempts == 3
    assert "Nothing was stored. Report it as not stored." in str(caught.value)


def test_a_connection_that_the_server_closed_while_it_was_idle_is_replaced(server: SandboxServer) -> None:
    with server.client(retry=AT_ONCE) as client:
        client.send(ADA)
        (address,) = server._server.connections.open
        server._server.connections.open[address].get_extra_info("socket").shutdown(2)
        assert client.send(ADA).status == "received"
    assert len(server.sandbox.accepted_calls) == 2


@pytest.mark.usefixtures("pool", "_nothing_is_left_open")
def test_a_client_that_is_closed_with_a_call_in_flight_says_so(server: SandboxServer) -> None:
    received = told_of_arrival(server.sandbox)
    server.sandbox.fail(timeout="after", times=None)

    async def life() -> None:
        client = server.client(retry=AT_ONCE)
        call = asyncio.create_task(client.asend(ADA))
        await asyncio.to_thread(received.wait)
        await client.aclose()
        with pytest.raises(CustomerioError):
            await call

    asyncio.run(life())


@pytest.mark.usefixtures("pool", "_nothing_is_left_open")
def test_a_call_that_is_cancelled_leaves_the_client_as_it_was(server: SandboxServer) -> None:
    received = told_of_arrival(server.sandbox)
    server.sandbox.fail(timeout="after")

    async def life() -> None:
        async with server.client() as client:
            call = asyncio.create_task(client.asend(ADA))
            await asyncio.to_thread(received.wait)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            assert (await client.asend(ADA)).attempts == 1

    asyncio.run(life())
    assert len(server.sandbox.ledger) == 2


# Closing with calls in flight


@pytest.mark.parametrize("fault", ["before", "after"])
def test_a_sync_call_in_flight_when_its_client_is_closed_may_have_arrived(fault: Any, server: SandboxServer) -> None:
    received = told_of_arrival(server.sandbox)
    server.sandbox.fail(timeout=fault, times=None)
    client = server.client(timeout=60.0)
    with ThreadPoolExecutor(1) as threads:
        call = threads.submit(client.send, Identify(user_id="ada", message_id="m1"))
        received.wait()
        client.close()
        error = call.exception()
    assert isinstance(error, NoAnswerError)
    assert (error.may_have_arrived, error.message_ids, error.attempts) == (True, ("m1",), 1)
    assert len(server.sandbox.people) == (fault == "after")


@pytest.mark.usefixtures("pool")
@pytest.mark.parametrize("fault", ["before", "after"])
def test_an_async_call_in_flight_when_its_client_is_closed_may_have_arrived(fault: Any, server: SandboxServer) -> None:
    received = told_of_arrival(server.sandbox)
    server.sandbox.fail(timeout=fault, times=None)

    async def life() -> BaseException | None:
        client = server.client(timeout=60.0)
        call = asyncio.create_task(client.asend(Identify(user_id="ada", message_id="m1")))
        await asyncio.to_thread(received.wait)
        await client.aclose()
        await asyncio.wait([call])
        return call.exception()

    error = asyncio.run(life())
    assert isinstance(error, NoAnswerError)
    assert (error.may_have_arrived, error.message_ids, error.attempts) == (True, ("m1",), 1)
    assert len(server.sandbox.people) == (fault == "after")
