"""Connections: bounded in time and in the size of answers, and opened anew in each process and event loop.

For async calls, the pool of httpx searches all its requests for each one, so that it slows down with the square of what
is in flight. A transport for each request in flight stays fast; where the extra `aiohttp` is installed, its pool does.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from contextlib import asynccontextmanager, contextmanager, nullcontext
from functools import cache, partial
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from langchain_customerio.client.answer import Answer, Reading
from langchain_customerio.client.sockets import SyncTransport, ending_at
from langchain_customerio.errors import ConfigurationError

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
    from contextlib import AbstractAsyncContextManager

    from langchain_customerio.client.retries import Deadline

CLOSED: Final = "This client is closed: build another one."

MOST_IN_FLIGHT: Final = 240
"""How many async requests one event loop has in flight; the others wait. It is far below the open files of a process,
and more than the API's documented rate asks for, even where an answer takes 200 ms. Sync requests have no such bound:
each thread has one."""

MOST_REST: Final = 30.0
"""Seconds without a request after which a transport of httpx is closed."""

_KEPT_ALIVE: Final = 5.0
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
        if self._sync is None:
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
        self._transport = transport if transport is not None else SyncTransport(_tls(), proxy_for(base_url))

    def post(self, request: httpx.Request, deadline: Deadline) -> Answer:
        """Send a request and read its answer.

        Raises:
            httpx.RequestError: If there is none by the deadline.
        """
        with _in_terms_of_httpx(), ending_at(deadline):
            _set_timeouts(request, self._timeout, deadline)
            response = self._transport.handle_request(request)
            reading = Reading(response.headers.get("Content-Encoding"))
            try:
                for piece in _pieces(response):
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
        if transport is not None:
            self._open = lambda: transport
            self._bound = nullcontext()
        elif (fast := _over_aiohttp()) is not None:
            self._open = partial(fast, proxy_for(base_url))
        else:
            self._open = partial(httpx.AsyncHTTPTransport, verify=_tls(), proxy=proxy_for(base_url))
            self._shared = False
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
                reading = Reading(response.headers.get("Content-Encoding"))
                try:
                    async for piece in _async_pieces(response):
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
                with _in_terms_of_httpx():
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


@cache
def _tls() -> ssl.SSLContext:
    """Return what all connections of the process check certificates with; it costs about 20 ms."""
    return httpx.create_ssl_context()


def proxy_for(base_url: str) -> httpx.Proxy | None:
    """Return the proxy of the environment for an address; none for `http://`, since it would read key and data.

    Raises:
        ConfigurationError: If the environment names a proxy that is none.
    """
    parts, proxies = urlsplit(base_url), getproxies()
    named = proxies.get("https") or proxies.get("all")
    if parts.scheme != "https" or not named or proxy_bypass(parts.netloc):
        return None
    try:
        return httpx.Proxy(named if "://" in named else f"http://{named}")
    except (ValueError, httpx.InvalidURL):
        message = "HTTPS_PROXY (or ALL_PROXY) is not the address of a proxy: it looks like http://proxy.example:3128."
        raise ConfigurationError(message) from None


def _over_aiohttp() -> Callable[[httpx.Proxy | None], httpx.AsyncBaseTransport] | None:
    """Return what opens a transport of the extra `aiohttp`, where it is installed."""
    try:
        import aiohttp  # noqa: PLC0415 - under an extra, and slow to import
        import httpx_aiohttp  # noqa: PLC0415 - the same
    except ImportError:
        return None

    def session() -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(limit=MOST_IN_FLIGHT, ssl=_tls(), keepalive_timeout=_KEPT_ALIVE)
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    return lambda proxy: httpx_aiohttp.AiohttpTransport(verify=_tls(), proxy=proxy, client=session)


_SAYS_HTTPX: Final[dict[str, type[httpx.TransportError]]] = {
    "ClientHttpProxyError": httpx.ProxyError,
    "ClientConnectorError": httpx.ConnectError,
    "ConnectionTimeoutError": httpx.ConnectTimeout,
    "ServerTimeoutError": httpx.ReadTimeout,
    "ServerDisconnectedError": httpx.RemoteProtocolError,
    "ClientPayloadError": httpx.RemoteProtocolError,
    "ClientResponseError": httpx.RemoteProtocolError,
    "ClientError": httpx.ReadError,
    **{
        kind.__name__: kind
        for kind in (
            *(httpx.ConnectTimeout, httpx.ReadTimeout, httpx.WriteTimeout, httpx.PoolTimeout),
            *(httpx.ConnectError, httpx.ReadError, httpx.WriteError, httpx.ProxyError),
            *(httpx.LocalProtocolError, httpx.RemoteProtocolError, httpx.UnsupportedProtocol),
        )
    },
}
"""What httpx raises where aiohttp or httpcore raises an error of this name, or of a kind of it."""


@contextmanager
def _in_terms_of_httpx() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if (known := _as_httpx_says(error)) is None:
            raise
        raise known from error


def _as_httpx_says(error: Exception) -> httpx.TransportError | None:
    """Return the error of httpx for one of aiohttp or httpcore; None where it is no such error.

    The transport between httpx and aiohttp lets some errors through, and calls every broken connection a
    `ConnectTimeout`, as if the request had never left; the error behind it knows better.
    """
    behind = error.__cause__ if isinstance(error, httpx.TransportError) else error
    kinds = (kind for kind in type(behind).__mro__ if kind.__module__.partition(".")[0] in {"aiohttp", "httpcore"})
    return next((_SAYS_HTTPX[kind.__name__](str(behind)) for kind in kinds if kind.__name__ in _SAYS_HTTPX), None)
