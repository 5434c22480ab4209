"""Progress of a batch that takes several requests, and cancellation between two of them."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from typing_extensions import override

from langchain_customerio import PipelinesClient, RetryPolicy
from langchain_customerio.sandbox import Sandbox
from tests.mcp_clients import Era, connected
from tests.tool_calls import toolkit

if TYPE_CHECKING:
    from mcp import Client

BATCH = "customerio_send_batch_requests"
ITEMS = [
    {"type": "track", "userId": f"user-{number}", "event": "Signed Up", "properties": {"note": "x" * 20_000}}
    for number in range(60)
]
"""Three requests: the API takes 500 kB in one."""


async def send(client: Client, **options: Any) -> Any:
    """Send the batch."""
    return await client.call_tool(BATCH, {"mode": "execute", "request_body": {"batch": ITEMS}}, **options)


async def test_a_batch_that_is_split_reports_how_many_of_its_calls_have_left(era: Era) -> None:
    seen: list[tuple[float, float | None]] = []
    sandbox, all_seen = Sandbox(), asyncio.Event()

    async def show(done: float, total: float | None, _: str | None) -> None:
        seen.append((done, total))
        if done == total:
            all_seen.set()

    async with connected(toolkit(sandbox).mcp_server(), era) as client:
        result = await send(client, progress_callback=show)
        await all_seen.wait()  # what is reported may be read after the result
    assert not result.is_error
    assert (len(sandbox.ledger), len(seen)) == (3, 3)
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})
    assert seen[-1] == (60, 60)


class Gate(httpx.AsyncBaseTransport):
    """Lets a request pass when it is told to."""

    def __init__(self, behind: httpx.AsyncBaseTransport) -> None:
        self._behind = behind
        self.waiting = asyncio.Event()
        self.open = asyncio.Event()

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.waiting.set()
        await self.open.wait()
        return await self._behind.handle_async_request(request)


async def test_a_cancelled_call_ends_the_request_under_way_begins_no_other_and_logs_what_left(
    era: Era, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "langchain_customerio.mcp")
    sandbox = Sandbox()
    gate = Gate(sandbox.async_transport)
    client_of_api = PipelinesClient("a-key-for-tests", base_url="https://sandbox.invalid/v1", async_transport=gate)
    async with connected(toolkit(sandbox, client=client_of_api).mcp_server(), era) as client:
        call = asyncio.create_task(send(client))
        await gate.waiting.wait()
        call.cancel()
        for _ in range(20):  # so that the cancellation is there before the answer
            await asyncio.sleep(0)
        gate.open.set()
        with pytest.raises(asyncio.CancelledError):
            await call
    assert len(sandbox.ledger) == 1
    left = len(sandbox.events)
    [line] = [record.getMessage() for record in caplog.records if record.name == "langchain_customerio.mcp"]
    assert line.endswith(f"calls sent by then: {left}")


class Down(httpx.AsyncBaseTransport):
    """Is never there, and says when it was asked."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.set()
        raise httpx.ConnectError("down")


async def test_a_cancelled_call_waits_for_no_further_attempt(era: Era, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "langchain_customerio.mcp")
    down = Down()
    client_of_api = PipelinesClient(
        "a-key-for-tests",
        base_url="https://sandbox.invalid/v1",
        async_transport=down,
        retry=RetryPolicy(attempts=2, base_delay=3_000, max_delay=3_000, deadline=9_000),
    )
    async with connected(toolkit(Sandbox(), client=client_of_api).mcp_server(), era) as client:
        call = asyncio.create_task(send(client))
        await down.asked.wait()
        for _ in range(20):
            await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    [line] = [record.getMessage() for record in caplog.records if record.name == "langchain_customerio.mcp"]
    assert line.endswith("calls sent by then: 0")


class Refusing(Gate):
    """Answers that the key is wrong, once it is told to answer."""

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.waiting.set()
        await self.open.wait()
        return httpx.Response(401, json={})


async def test_a_cancelled_call_whose_request_fails_is_cancelled_all_the_same(
    era: Era, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "langchain_customerio.mcp")
    gate = Refusing(Sandbox().async_transport)
    client_of_api = PipelinesClient("a-key-for-tests", base_url="https://sandbox.invalid/v1", async_transport=gate)
    async with connected(toolkit(Sandbox(), client=client_of_api).mcp_server(), era) as client:
        call = asyncio.create_task(send(client))
        await gate.waiting.wait()
        call.cancel()
        for _ in range(20):
            await asyncio.sleep(0)
        gate.open.set()
        with pytest.raises(asyncio.CancelledError):
            await call
    [line] = [record.getMessage() for record in caplog.records if record.name == "langchain_customerio.mcp"]
    assert line.endswith("calls sent by then: 0")
