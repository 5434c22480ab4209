"""What connections need to know of the network around them: certificates, proxies, and what each library raises."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from langchain_customerio.errors import ConfigurationError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

    from aiohttp.connector import Connection

_KEPT_ALIVE: Final = 5.0
_ENOUGH: Final = 500
_OPEN_FILES: Final = 1_024


def most_in_flight() -> int:
    """Return how many connections may be open at once: up to 500, but at most half of the files of this process.

    The API's documented rate of 1,000 requests a second asks for 500 where an answer takes half a second.
    """
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        files = _OPEN_FILES
    else:
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return min(_ENOUGH, files // 2) if files > 0 else _ENOUGH


@cache
def tls() -> ssl.SSLContext:
    """Return what all connections of the process check certificates with; it costs about 20 ms."""
    return httpx.create_ssl_context()


def proxy_for(base_url: str) -> httpx.Proxy | None:
    """Return the proxy of the environment for an address; none for `http://`, since it would read key and data.

    Raises:
        ConfigurationError: If the environment names a proxy that cannot be used.
    """
    parts, proxies = urlsplit(base_url), getproxies()
    named = proxies.get("https") or proxies.get("all")
    if parts.scheme != "https" or not named or proxy_bypass(parts.netloc):
        return None
    try:
        proxy = httpx.Proxy(named if "://" in named else f"http://{named}")
    except (ValueError, httpx.InvalidURL):
        message = "HTTPS_PROXY (or ALL_PROXY) is not the address of a proxy: it looks like http://proxy.example:3128."
        raise ConfigurationError(message) from None
    if is_socks(proxy) and find_spec("socksio") is None:
        raise ConfigurationError("ALL_PROXY names a SOCKS proxy: pip install socksio, or exempt the API in NO_PROXY.")
    return proxy


def is_socks(proxy: httpx.Proxy | None) -> bool:
    """Return whether a proxy is one that not every library can use."""
    return proxy is not None and proxy.url.scheme.startswith("socks")


def over_aiohttp(most: int) -> Callable[[httpx.Proxy | None], httpx.AsyncBaseTransport] | None:
    """Return what opens a transport of the extra `aiohttp`, with so many connections at most, where it is installed."""
    try:
        import aiohttp  # noqa: PLC0415 - under an extra, and slow to import
        import httpx_aiohttp  # noqa: PLC0415 - the same
    except ImportError:
        return None

    class Answer(aiohttp.ClientResponse):
        """An answer without its reason phrase, which may be no text: the transport would stumble over it."""

        async def start(self, connection: Connection) -> Self:
            await super().start(connection)
            self.reason = None
            return self

    def session() -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(limit=most, ssl=tls(), keepalive_timeout=_KEPT_ALIVE)
        jar = aiohttp.DummyCookieJar()
        return aiohttp.ClientSession(connector=connector, cookie_jar=jar, response_class=Answer)

    return lambda proxy: httpx_aiohttp.AiohttpTransport(verify=tls(), proxy=proxy, client=session)


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
def in_terms_of_httpx(*, own: bool) -> Iterator[None]:
    """Raise the errors of httpx in this block, whichever library keeps the connections.

    Args:
        own: Whether these are our own connections, in which a `ValueError` comes from an answer that is none, such as
            a reason phrase that is no text; in a program's own transport it is a bug.
    """
    try:
        yield
    except Exception as error:
        if (known := _as_httpx_says(error)) is not None:
            raise known from error
        if own and isinstance(error, ValueError):
            raise httpx.RemoteProtocolError(type(error).__name__) from error
        raise


def _as_httpx_says(error: Exception) -> httpx.TransportError | None:
    """Return the error of httpx for one of aiohttp or httpcore; None where it is no such error.

    The transport between httpx and aiohttp lets some errors through, and calls every broken connection a
    `ConnectTimeout`, as if the request had never left; the error behind it knows better.
    """
    behind = error.__cause__ if isinstance(error, httpx.TransportError) else error
    kinds = (kind for kind in type(behind).__mro__ if kind.__module__.partition(".")[0] in {"aiohttp", "httpcore"})
    return next((_SAYS_HTTPX[kind.__name__](str(behind)) for kind in kinds if kind.__name__ in _SAYS_HTTPX), None)
