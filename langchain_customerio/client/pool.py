"""Connections for many async calls at once, in one event loop.

The pool of httpx searches all its requests for each one, so that it slows down with the square of what is in flight.
A client for each request in flight stays fast; where the extra `aiohttp` is installed, its one pool does.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager, nullcontext
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

MOST_REST: Final = 30.0
"""Seconds without a request after which a client of httpx is closed."""


class AsyncConnections:
    """The connections of one event loop: clients that are opened as more calls are in flight, up to a bound.

    Args:
        timeout: The time-out of every request.
        transport: A transport that replaces the connections; it gets one client and no bound.
    """

    def __init__(self, timeout: float | httpx.Timeout, transport: httpx.AsyncBaseTransport | None) -> None:
        """Decide which client to open; none is opened yet."""
        self._open: Callable[[], httpx.AsyncClient]
        self._bound: AbstractAsyncContextManager[None] = asyncio.Semaphore(MOST_IN_FLIGHT)
        self._shared = True
        if transport is not None:
            self._open = partial(httpx.AsyncClient, transport=transport, timeout=timeout)
            self._bound = nullcontext()
        elif (fast := _aiohttp_client()) is not None:
            limits = httpx.Limits(max_connections=MOST_IN_FLIGHT, max_keepalive_connections=MOST_IN_FLIGHT)
            self._open = partial(fast, timeout=timeout, verify=_tls(), limits=limits)
        else:
            self._open, self._shared = partial(httpx.AsyncClient, timeout=timeout, verify=_tls()), False
        self._clients: set[httpx.AsyncClient] = set()
        self._resting: deque[tuple[httpx.AsyncClient, float]] = deque()
        self._closed = False

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        """Lend a client for one request; its errors are those of httpx, whichever library keeps the connections.

        Raises:
            ConfigurationError: If the connections were closed.
        """
        async with self._bound:
            await self._close_what_rests_too_long()
            lent = self._lend()
            try:
                yield lent
            except Exception as error:
                if (known := _as_httpx_says(error)) is None:
                    raise
                raise known from error
            finally:
                if not self._shared:
                    self._resting.append((lent, asyncio.get_running_loop().time()))

    def _lend(self) -> httpx.AsyncClient:
        """Return the client that was used last, whose connection is most likely alive; open one where all are lent."""
        if self._closed:
            raise ConfigurationError("This client is closed: build another one.")
        if self._shared and self._clients:
            return next(iter(self._clients))
        if self._resting:
            return self._resting.pop()[0]
        client = self._open()
        self._clients.add(client)
        return client

    async def _close_what_rests_too_long(self) -> None:
        """Close a client that has had no request for long: the connection of one in use closes by itself."""
        if self._resting and asyncio.get_running_loop().time() - self._resting[0][1] > MOST_REST:
            client, _ = self._resting.popleft()
            await client.aclose()
            self._clients.discard(client)

    async def aclose(self) -> None:
        """Close all clients; calls that wait for one are refused."""
        self._closed = True
        self._resting.clear()
        while self._clients:
            await self._clients.pop().aclose()


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
