"""Connections: bounded in time and in the size of answers, and opened anew in each process and event loop.

For async calls, the pool of httpx searches all its requests for each one, so that it slows down with the square of what
is in flight. A transport for each request in flight stays fast; where the extra `aiohttp` is installed, its pool does.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Final

import httpx

from langchain_customerio.client.answer import Answer, Reading
from langchain_customerio.client.network import (
    in_terms_of_httpx,
    is_socks,
    most_in_flight,
    over_aiohttp,
    proxy_for,
    tls,
)
from langchain_customerio.client.sockets import SyncTransport, ending_at
from langchain_customerio.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
    from contextlib import AbstractAsyncContextManager

    from langchain_customerio.client.retries import Deadline

CLOSED: Final = "This client is closed: build another one."

MOST_IN_FLIGHT: Final = most_in_flight()
"""How many async requests one event loop has in flight; the others wait. Sync requests have no such bound: each thread
has one."""

MOST_REST: Final = 30.0
"""Seconds without a request after which a transport of httpx is closed."""

_LATE: Final = "the deadline has passed"


class Connections:
    """All connections of a client in one process; those of another process are not touched, since both would use them.

    Args:
        timeout: The time-outs of every request.
        transport: What replaces the connections of sync calls.
        async_transport: What replaces those of async calls.
    """

    def __init__(
        self,
        timeout: float | httpx.Timeout | None,
        transport: httpx.BaseTransport | None,
        async_transport: httpx.AsyncBaseTransport | None,
    ) -> None:
        """Open nothing yet."""
        self._timeout = httpx.Timeout(timeout)
        self._transport = transport
        self._async_transport = async_transport
        self._lock = threading.Lock()
        self._sync: SyncConnections | None = None
        self._async: dict[asyncio.AbstractEventLoop, tuple[AsyncConnections, AsyncGenerator[None, None]]] = {}
        self._closed = False

    def of_threads(self, base_url: str) -> SyncConnections:
        """Return the connections of sync calls.

        Raises:
            ConfigurationError: If they were closed.
        """
        with self._lock:
            self._refuse_if_closed()
            if self._sync is None:
                self._sync = SyncConnections(self._timeout, self._transport, base_url)
            return self._sync

    async def of_this_loop(self, base_url: str) -> AsyncConnections:
        """Return this event loop's connections; those of another loop do not work here.

        Raises:
            ConfigurationError: If they were closed.
        """
        loop = asyncio.get_running_loop()
        opened = self._async.get(loop)
        if opened is None or self._closed:
            with self._lock:
                self._refuse_if_closed()
                connections = AsyncConnections(self._timeout, self._async_transport, base_url)
                opened = connections, _closed_with_its_loop(connections)
                alive = {known: entry for known, entry in self._async.items() if not known.is_closed()}
                self._async = {**alive, loop: opened}
            await anext(opened[1])
        return opened[0]

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise ConfigurationError(CLOSED)

    def close(self) -> None:
        """Close the connections of sync calls; those of async calls close with `aclose`, or with their loop."""
        with self._lock:
            self._closed = True
            opened, self._sync = self._sync, None
        if opened is not None:
            opened.close()

    async def aclose(self) -> None:
        """Close the connections of sync calls and of this event loop."""
        self.close()
        with self._lock:
            opened = self._async.pop(asyncio.get_running_loop(), None)
        if opened is not None:
            await opened[1].aclose()


async def _closed_with_its_loop(connections: AsyncConnections) -> AsyncGenerator[None, None]:
    """Close connections when their event loop ends: `asyncio.run` closes the generators that were left open in it."""
    try:
        yield
    finally:
        await connections.aclose()


class SyncConnections:
    """The connections of all threads.

    Args:
        timeout: The time-outs of every request.
        transport: A transport that replaces the connections.
        base_url: Where requests go, which decides about a proxy.
    """

    def __init__(self, timeout: httpx.Timeout, transport: httpx.BaseTransport | None, base_url: str) -> None:
        """Open nothing yet."""
        self._timeout = timeout
        self._own = transport is None
        self._transport = transport if transport is not None else SyncTransport(tls(), proxy_for(base_url))

    def post(self, request: httpx.Request, deadline: Deadline) -> Answer:
        """Send a request and read its answer.

        Raises:
            httpx.RequestError: If there is none by the deadline.
        """
        with in_terms_of_httpx(own=self._own), ending_at(deadline):
            _set_timeouts(request, self._timeout, deadline)
            response = self._transport.handle_request(request)
            reading, pieces = Reading(response.headers.get("Content-Encoding")), _pieces(response)
            try:
                for piece in pieces:
                    if not reading.add(piece):
                        break
                    if not deadline.left:
                        raise httpx.ReadTimeout(_LATE)
            finally:
                response.close()
        return Answer(response.status_code, response.headers, reading.content)

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()


class AsyncConnections:
    """The connections of one event loop: transports that are opened as more calls are in flight, up to a bound.

    Args:
        timeout: The time-outs of every request.
        transport: A transport that replaces the connections; there is one of it, and no bound.
        base_url: Where requests go, which decides about a proxy.
    """

    def __init__(self, timeout: httpx.Timeout, transport: httpx.AsyncBaseTransport | None, base_url: str) -> None:
        """Decide which transport to open; none is opened yet."""
        self._timeout = timeout
        self._open: Callable[[], httpx.AsyncBaseTransport]
        self._bound: AbstractAsyncContextManager[None] = asyncio.Semaphore(MOST_IN_FLIGHT)
        self._shared = True
        self._own = transport is None
        if transport is not None:
            self._open = lambda: transport
            self._bound = nullcontext()
        elif is_socks(proxy := proxy_for(base_url)) or (fast := over_aiohttp(MOST_IN_FLIGHT)) is None:
            self._open, self._shared = partial(httpx.AsyncHTTPTransport, verify=tls(), proxy=proxy), False
        else:
            self._open = partial(fast, proxy)
        self._transports: set[httpx.AsyncBaseTransport] = set()
        self._resting: deque[tuple[httpx.AsyncBaseTransport, float]] = deque()
        self._closed = False

    async def post(self, request: httpx.Request, deadline: Deadline) -> Answer:
        """Send a request when it is its turn, and read its answer.

        Raises:
            httpx.RequestError: If there is none by the deadline.
            ConfigurationError: If the connections were closed.
        """
        clock, has_turn = asyncio.timeout(deadline.left), False
        try:
            async with clock, self.transport() as transport:
                has_turn = True
                _set_timeouts(request, self._timeout, deadline)
                response = await transport.handle_async_request(request)
                reading, pieces = Reading(response.headers.get("Content-Encoding")), _async_pieces(response)
                try:
                    async for piece in pieces:
                        if not reading.add(piece):
                            break
                finally:
                    await response.aclose()
        except TimeoutError:
            if not clock.expired():
                raise
            raise (httpx.ReadTimeout if has_turn else httpx.PoolTimeout)(_LATE) from None
        return Answer(response.status_code, response.headers, reading.content)

    @asynccontextmanager
    async def transport(self) -> AsyncIterator[httpx.AsyncBaseTransport]:
        """Lend a transport for one request; its errors are those of httpx, whichever library keeps the connections.

        Raises:
            ConfigurationError: If the connections were closed.
        """
        async with self._bound:
            await self._close_what_rests_too_long()
            lent = self._lend()
            try:
                with in_terms_of_httpx(own=self._own):
                    yield lent
            finally:
                if not self._shared:
                    self._resting.append((lent, asyncio.get_running_loop().time()))

    def _lend(self) -> httpx.AsyncBaseTransport:
        """Return the one that was used last, whose connection is most likely alive; open one where all are lent."""
        if self._closed:
            raise ConfigurationError(CLOSED)
        if self._shared and self._transports:
            return next(iter(self._transports))
        if self._resting:
            return self._resting.pop()[0]
        transport = self._open()
        self._transports.add(transport)
        return transport

    async def _close_what_rests_too_long(self) -> None:
        """Close a transport that has had no request for long: the connection of one in use closes by itself."""
        if self._resting and asyncio.get_running_loop().time() - self._resting[0][1] > MOST_REST:
            transport, _ = self._resting.popleft()
            await transport.aclose()
            self._transports.discard(transport)

    async def aclose(self) -> None:
        """Close all transports; calls that wait for one are refused."""
        self._closed = True
        self._resting.clear()
        while self._transports:
            await self._transports.pop().aclose()


def _set_timeouts(request: httpx.Request, timeout: httpx.Timeout, deadline: Deadline) -> None:
    if not deadline.left:
        raise httpx.PoolTimeout(_LATE)
    request.extensions = {"timeout": {name: deadline.bound(value) for name, value in timeout.as_dict().items()}}


def _pieces(response: httpx.Response) -> Iterator[bytes]:
    if not isinstance(response.stream, httpx.SyncByteStream):
        raise TypeError("transport is for sync calls, and this one answers with an async stream: see async_transport")
    return iter(response.stream)


def _async_pieces(response: httpx.Response) -> AsyncIterator[bytes]:
    if not isinstance(response.stream, httpx.AsyncByteStream):
        raise TypeError("async_transport is for async calls, and this one answers with a sync stream: see transport")
    return aiter(response.stream)
