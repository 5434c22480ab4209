"""An asynchronous load ends with what its key or its source has raised."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from langchain_customerio.bulk import LoadStoppedError, aload
from langchain_customerio.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

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
