"""Connections for many async calls at once, in one event loop.

The pool of httpx searches all its requests for each one, so that it slows down with the square of what is in flight.
Several small pools side by side stay fast; where the extra `aiohttp` is installed, its one pool takes their place.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

import httpx

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

HTTPX_POOL: Final = 6
"""How many requests one pool of httpx has in flight: about where its speed is highest."""

HTTPX_POOLS: Final = 40
AIOHTTP_POOL: Final = 1_000


class AsyncConnections:
    """The connections of one event loop: pools that are opened as more calls are in flight, each with its bound.

    Args:
        timeout: The time-out of every request.
        transport: A transport that replaces the connections; it gets one client and no bound.
    """

    def __init__(self, timeout: float | httpx.Timeout, transport: httpx.AsyncBaseTransport | None) -> None:
        """Decide which client to open; none is opened yet."""
        self._open: Callable[[], httpx.AsyncClient]
        if transport is not None:
            self._open, self._per_pool, pools = partial(httpx.AsyncClient, transport=transport, timeout=timeout), 0, 1
        elif (fast := _aiohttp_client()) is not None:
            limits = httpx.Limits(max_connections=AIOHTTP_POOL, max_keepalive_connections=AIOHTTP_POOL)
            self._open, self._per_pool, pools = partial(fast, timeout=timeout, limits=limits), AIOHTTP_POOL, 1
        else:
            verify = httpx.create_ssl_context()  # costs about 20 ms, once for all pools
            self._open = partial(httpx.AsyncClient, timeout=timeout, verify=verify)
            self._per_pool, pools = HTTPX_POOL, HTTPX_POOLS
        self._clients: list[httpx.AsyncClient] = []
        self._in_flight: list[int] = []
        self._bound = asyncio.Semaphore(self._per_pool * pools) if self._per_pool else None

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        """Lend the client with the fewest requests in flight, for one request."""
        if self._bound is None:
            yield self._clients[self._least_busy()]
            return
        async with self._bound:
            index = self._least_busy()
            in_flight = self._in_flight  # closing starts another list
            in_flight[index] += 1
            try:
                yield self._clients[index]
            finally:
                in_flight[index] -= 1

    def _least_busy(self) -> int:
        """Return the first pool with room, opening one more where all are full."""
        for index, busy in enumerate(self._in_flight):
            if busy < self._per_pool or not self._per_pool:
                return index
        self._clients.append(self._open())
        self._in_flight.append(0)
        return len(self._clients) - 1

    async def aclose(self) -> None:
        """Close all pools."""
        clients, self._clients, self._in_flight = self._clients, [], []
        for client in clients:
            await client.aclose()


def _aiohttp_client() -> type[httpx.AsyncClient] | None:
    """Return the client of the extra `aiohttp`, where it is installed."""
    try:
        from httpx_aiohttp import HttpxAiohttpClient  # noqa: PLC0415 - under an extra, and slow to import
    except ImportError:
        return None
    return HttpxAiohttpClient
