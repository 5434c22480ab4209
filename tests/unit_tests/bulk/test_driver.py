"""An asynchronous load ends with what its key or its source has raised."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from langchain_customerio.bulk import LoadStoppedError, aload
from langchain_customerio.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

EVENT: dict[str, Any] = {"type": "track", "userId": "ada", "event": "Paid"}


def test_a_key_that_cannot_be_fetched_stops_the_load_before_anything_is_sent() -> None:
    async def key() -> str:
        raise RuntimeError("the vault is sealed")

    sandbox = Sandbox()
    with pytest.raises(LoadStoppedError, match="the vault is sealed"):
        asyncio.run(aload(sandbox.client(api_key=key), [EVENT]))
    assert sandbox.ledger == []


def test_an_async_source_that_breaks_off_stops_the_load() -> None:
    async def breaking() -> AsyncIterator[dict[str, Any]]:
        yield EVENT
        raise RuntimeError("the queue is gone")

    with pytest.raises(LoadStoppedError, match="the queue is gone"):
        asyncio.run(aload(Sandbox().client(), breaking()))


def test_what_ends_after_a_task_was_cancelled_twice_disturbs_nobody(tmp_path: Path) -> None:
    class Deaf(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            sending.set()
            hung_up.wait()
            return sandbox.transport.handle_request(request)

    sending, hung_up, sandbox = threading.Event(), threading.Event(), Sandbox()

    async def cancelled() -> None:
        before = set(threading.enumerate())
        client = sandbox.client(transport=Deaf())
        task = asyncio.ensure_future(aload(client, [EVENT], checkpoint=tmp_path / "c"))
        await asyncio.to_thread(sending.wait)
        for _ in range(2):
            task.cancel()
            for _ in range(9):  # until the load waits for what is in flight, and then no longer
                await asyncio.sleep(0)
        with pytest.raises(asyncio.CancelledError):
            await task
        hung_up.set()
        for thread in set(threading.enumerate()) - before:
            if thread.daemon:
                await asyncio.to_thread(thread.join)
        await asyncio.sleep(0)

    asyncio.run(cancelled())
    assert len(sandbox.accepted_calls) == 1
