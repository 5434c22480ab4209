"""The connections of one event loop: how many there are, when they are opened, and that each is given back."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import httpx
import pytest

from langchain_customerio import ConfigurationError
from langchain_customerio.client.network import in_terms_of_httpx, most_in_flight
from langchain_customerio.client.pool import MOST_IN_FLIGHT, MOST_REST, AsyncConnections, Connections, SyncConnections
from langchain_customerio.client.retries import Deadline
from langchain_customerio.sandbox import Sandbox
from tests.far_end import FarEnd

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

TIMEOUT = httpx.Timeout(10.0)
BASE_URL = "https://cdp.customer.io/v1"


@pytest.fixture
async def pools(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[AsyncConnections]:
    """Return connections of plain httpx; none of these tests sends anything."""
    monkeypatch.setitem(sys.modules, "httpx_aiohttp", None)
    connections = AsyncConnections(TIMEOUT, None, BASE_URL)
    yield connections
    await connections.aclose()


async def borrow(connections: AsyncConnections, stack: AsyncExitStack, times: int) -> list[httpx.AsyncBaseTransport]:
    return [await stack.enter_async_context(connections.transport()) for _ in range(times)]


async def test_each_request_in_flight_has_a_client_of_its_own(pools: AsyncConnections) -> None:
    async with AsyncExitStack() as stack:
        clients = await borrow(pools, stack, 20)
        assert len(set(map(id, clients))) == 20


async def test_one_call_after_the_other_needs_one_client(pools: AsyncConnections) -> None:
    first = await waiting(pools)
    for _ in range(20):
        assert await waiting(pools) is first


async def test_the_client_that_was_used_last_is_taken_before_another_is_opened(pools: AsyncConnections) -> None:
    async with AsyncExitStack() as stack:
        known = await borrow(pools, stack, 3)
    async with AsyncExitStack() as stack:
        again = await borrow(pools, stack, 4)
        assert again[:3] == known  # the stack gave them back in reverse
        assert again[3] not in known


async def test_a_client_that_rests_too_long_is_closed_and_the_others_stay(
    pools: AsyncConnections, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        clients = await borrow(pools, stack, 3)
    now = loop.time()
    monkeypatch.setattr(loop, "time", lambda: now + MOST_REST - 1)
    assert await waiting(pools) is clients[0]
    assert pools._transports == set(clients)
    monkeypatch.setattr(loop, "time", lambda: now + MOST_REST + 1)
    for _ in range(3):
        assert await waiting(pools) is clients[0]
    assert pools._transports == {clients[0]}


async def waiting(pools: AsyncConnections) -> httpx.AsyncBaseTransport:
    async with pools.transport() as client:
        return client


async def test_more_calls_than_the_bound_wait_until_one_has_ended(pools: AsyncConnections) -> None:
    async with AsyncExitStack() as stack:
        clients = await borrow(pools, stack, MOST_IN_FLIGHT - 1)
        async with pools.transport() as last:
            late = asyncio.create_task(waiting(pools))
            for _ in range(10):
                await asyncio.sleep(0)
            assert not late.done()
        assert await late is last
    assert last not in clients


async def fail(pools: AsyncConnections, error: type[BaseException]) -> None:
    async with pools.transport():
        raise error


@pytest.mark.parametrize("error", [LookupError, asyncio.CancelledError, KeyboardInterrupt])
async def test_a_place_is_given_back_whatever_happens(pools: AsyncConnections, error: type[BaseException]) -> None:
    first = await waiting(pools)
    for _ in range(2 * MOST_IN_FLIGHT):
        with pytest.raises(error):
            await fail(pools, error)
    assert await waiting(pools) is first


async def test_a_call_that_is_cancelled_while_it_waits_takes_no_place(pools: AsyncConnections) -> None:
    async with AsyncExitStack() as stack:
        await borrow(pools, stack, MOST_IN_FLIGHT)
        late = [asyncio.create_task(waiting(pools)) for _ in range(5)]
        await asyncio.sleep(0)
        for task in late:
            task.cancel()
        assert all(
            isinstance(found, asyncio.CancelledError) for found in await asyncio.gather(*late, return_exceptions=True)
        )
    async with AsyncExitStack() as stack:
        assert len(await borrow(pools, stack, MOST_IN_FLIGHT)) == MOST_IN_FLIGHT


async def test_the_wait_for_ones_turn_ends_with_the_deadline_and_nothing_has_left(pools: AsyncConnections) -> None:
    request = httpx.Request("POST", BASE_URL)
    async with AsyncExitStack() as stack:
        await borrow(pools, stack, MOST_IN_FLIGHT)
        with pytest.raises(httpx.PoolTimeout, match="the deadline has passed"):
            await pools.post(request, Deadline(0.01))
    with pytest.raises(httpx.PoolTimeout, match="the deadline has passed"):
        await pools.post(request, Deadline(0))


def test_no_attempt_begins_when_the_deadline_has_passed() -> None:
    far_end = FarEnd()
    connections = SyncConnections(TIMEOUT, far_end.transport, BASE_URL)
    with pytest.raises(httpx.PoolTimeout, match="the deadline has passed"):
        connections.post(httpx.Request("POST", BASE_URL), Deadline(0))
    assert far_end.requests == []


class Slow(httpx.SyncByteStream):
    """A body of a transport that heeds no time-out; it takes longer than the deadline."""

    def __init__(self, deadline: Deadline) -> None:
        self.deadline = deadline
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield b" "
            self.deadline._end = 0.0

    def close(self) -> None:
        self.closed = True


def test_a_transport_that_heeds_no_time_out_is_broken_off_between_two_pieces() -> None:
    deadline = Deadline(60)
    body = Slow(deadline)
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=body))
    connections = SyncConnections(TIMEOUT, transport, BASE_URL)
    with pytest.raises(httpx.ReadTimeout, match="the deadline has passed"):
        connections.post(httpx.Request("POST", BASE_URL), deadline)
    assert body.closed


class Late(httpx.AsyncBaseTransport):
    """A transport with a time-out of its own, which is a bug here."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise TimeoutError(request.method)


async def test_a_time_out_that_is_not_the_deadline_goes_on_as_it_is() -> None:
    connections = AsyncConnections(TIMEOUT, Late(), BASE_URL)
    with pytest.raises(TimeoutError, match="POST"):
        await connections.post(httpx.Request("POST", BASE_URL), Deadline(60))


class Sync(httpx.SyncByteStream):
    """A body for sync calls only."""

    def __iter__(self) -> Iterator[bytes]:
        yield b"{}"


class Async(httpx.AsyncByteStream):
    """A body for async calls only."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"{}"


async def test_a_transport_of_the_wrong_kind_is_told() -> None:
    request = httpx.Request("POST", BASE_URL)
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=Async()))
    with pytest.raises(TypeError, match="transport is for sync calls"):
        SyncConnections(TIMEOUT, transport, BASE_URL).post(request, Deadline(60))
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=Sync()))
    with pytest.raises(TypeError, match="async_transport is for async calls"):
        await AsyncConnections(TIMEOUT, transport, BASE_URL).post(request, Deadline(60))


def test_the_files_of_a_process_bound_what_is_in_flight(monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource")
    for files, most in ((256, 128), (1_024, 500), (resource.RLIM_INFINITY, 500)):
        monkeypatch.setattr(resource, "getrlimit", lambda _, files=files: (files, files))
        assert most_in_flight() == most
    monkeypatch.setitem(sys.modules, "resource", None)
    assert most_in_flight() == 500


async def test_closing_closes_every_pool_and_refuses_who_waits(pools: AsyncConnections) -> None:
    async with AsyncExitStack() as stack:
        clients = await borrow(pools, stack, MOST_IN_FLIGHT)
        late = asyncio.create_task(waiting(pools))
        await asyncio.sleep(0)
        await pools.aclose()
        assert len(clients) == MOST_IN_FLIGHT
        assert pools._transports == set()
    with pytest.raises(ConfigurationError, match="closed"):
        await late


async def test_a_transport_gets_one_client_and_no_bound() -> None:
    connections = AsyncConnections(TIMEOUT, Sandbox().async_transport, BASE_URL)
    async with AsyncExitStack() as stack:
        assert len(set(map(id, await borrow(connections, stack, 3 * MOST_IN_FLIGHT)))) == 1
    await connections.aclose()


@pytest.mark.skipif(importlib.util.find_spec("httpx_aiohttp") is None, reason="needs the extra aiohttp")
async def test_where_the_extra_is_installed_one_pool_has_all_calls() -> None:
    connections = AsyncConnections(TIMEOUT, None, BASE_URL)
    async with AsyncExitStack() as stack:
        clients = await borrow(connections, stack, MOST_IN_FLIGHT)
        assert {type(client).__name__ for client in clients} == {"AiohttpTransport"}
        assert len(set(map(id, clients))) == 1
        late = asyncio.create_task(waiting(connections))
        await asyncio.sleep(0)
        assert not late.done()
    assert await late is clients[0]
    await connections.aclose()


def test_what_a_library_stumbles_over_is_an_answer_that_is_none_and_a_bug_in_a_transport_of_the_program() -> None:
    def stumble(*, own: bool) -> None:
        with in_terms_of_httpx(own=own):
            b"\xff".decode()

    with pytest.raises(httpx.RemoteProtocolError, match=r"^UnicodeDecodeError$"):
        stumble(own=True)
    with pytest.raises(UnicodeDecodeError):
        stumble(own=False)


async def test_connections_that_were_closed_open_no_others() -> None:
    connections = Connections(TIMEOUT, None, None)
    await connections.aclose()
    with pytest.raises(ConfigurationError, match="closed"):
        connections.of_threads(BASE_URL)
    with pytest.raises(ConfigurationError, match="closed"):
        await connections.of_this_loop(BASE_URL)
