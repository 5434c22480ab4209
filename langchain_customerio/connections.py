"""Connections for many async calls at once, in one event loop.

The pool of httpx searches all its requests for each one, so that it slows down with the square of what is in flight.
Several small pools side by side stay fast; where the extra `aiohttp` is installed, its one pool takes their place.
"""

from __future__ import annotations

import asyncio
import math
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Final

import httpx

from langchain_customerio.errors import ConfigurationError

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

MOST_IN_FLIGHT: Final = 240
"""How many requests one event loop has in flight; the others wait. It is far below the open files of a process, and
more than the API's documented rate asks for, even where an answer takes 200 ms."""

HTTPX_POOL: Final = 6
"""How many requests one pool of httpx has in flight: about where its speed is highest."""


@dataclass(slots=True)
class _Pool:
    client: httpx.AsyncClient
    busy: int = 0


class AsyncConnections:
    """The connections of one event loop: pools that are opened as more calls are in flight, each with its bound.

    Args:
        timeout: The time-out of every request.
        transport: A transport that replaces the connections; it gets one client and no bound.
    """

    def __init__(self, timeout: float | httpx.Timeout, transport: httpx.AsyncBaseTransport | None) -> None:
        """Decide which client to open; none is opened yet."""
        self._open: Callable[[], httpx.AsyncClient]
        self._bound: AbstractAsyncContextManager[None] = asyncio.Semaphore(MOST_IN_FLIGHT)
        self._per_pool: float = MOST_IN_FLIGHT
        if transport is not None:
            self._open = partial(httpx.AsyncClient, transport=transport, timeout=timeout)
            self._bound, self._per_pool = nullcontext(), math.inf
        elif (fast := _aiohttp_client()) is not None:
            limits = httpx.Limits(max_connections=MOST_IN_FLIGHT, max_keepalive_connections=MOST_IN_FLIGHT)
            self._open = partial(fast, timeout=timeout, verify=_tls(), limits=limits)
        else:
            self._open, self._per_pool = partial(httpx.AsyncClient, timeout=timeout, verify=_tls()), HTTPX_POOL
        self._pools: list[_Pool] = []
        self._closed = False

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        """Lend a client for one request; its errors are those of httpx, whichever library keeps the connections.

        Raises:
            ConfigurationError: If the connections were closed.
        """
        async with self._bound:
            pool = self._pool()
            pool.busy += 1
            try:
                yield pool.client
            except Exception as error:
                if (known := _as_httpx_says(error)) is None:
                    raise
                raise known from error
            finally:
                pool.busy -= 1

    def _pool(self) -> _Pool:
        """Return the first pool with room, opening one more where all are full."""
        if self._closed:
            raise ConfigurationError("This client is closed: build another one.")
        for pool in self._pools:
            if pool.busy < self._per_pool:
                return pool
        self._pools.append(_Pool(self._open()))
        return self._pools[-1]

    async def aclose(self) -> None:
        """Close all pools; calls that wait for one are refused."""
        self._closed = True
        pools, self._pools = self._pools, []
        for pool in pools:
            await pool.client.aclose()


@cache
def _tls() -> ssl.SSLContext:
    """Return what all pools of the process check certificates with; it costs about 20 ms."""
    return httpx.create_ssl_context()


def _aiohttp_client() -> type[httpx.AsyncClient] | None:
    """Return the client of the extra `aiohttp`, where it is installed."""
    try:
        from httpx_aiohttp import HttpxAiohttpClient  # noqa: PLC0415 - under an extra, and slow to import
    except ImportError:
        return None
    return HttpxAiohttpClient


_SAYS_HTTPX: Final[dict[str, type[httpx.TransportError]]] = {
    "ClientHttpProxyError": httpx.ProxyError,
    "ClientConnectorError": httpx.ConnectError,
    "ConnectionTimeoutError": httpx.ConnectTimeout,
    "ServerTimeoutError": httpx.ReadTimeout,
    "ServerDisconnectedError": httpx.RemoteProtocolError,
    "ClientPayloadError": httpx.RemoteProtocolError,
    "ClientResponseError": httpx.RemoteProtocolError,
    "ClientError": httpx.ReadError,
}
"""What httpx raises where aiohttp raises an error of this name, or of a kind of it."""


def _as_httpx_says(error: Exception) -> httpx.TransportError | None:
    """Return the error of httpx for one of aiohttp; None where it is no such error.

    The transport between the two lets some errors through, and calls every broken connection a `ConnectTimeout`, as if
    the request had never left; the error behind it knows better.
    """
    behind = error.__cause__ if isinstance(error, httpx.TransportError) else error
    names = [kind.__name__ for kind in type(behind).__mro__ if kind.__module__.partition(".")[0] == "aiohttp"]
    return next((_SAYS_HTTPX[name](str(behind)) for name in names if name in _SAYS_HTTPX), None)
