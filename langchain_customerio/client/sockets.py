"""Connections of sync calls, on which nothing takes longer than the deadline of the call, however slowly bytes come.

The time-outs of httpx bound each read; a far end that sends a byte now and then would hold a call for as long as it
likes. The network backend of httpcore is the documented place to bound them all together.
"""

from __future__ import annotations

import socket
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

import httpcore
import httpx

from langchain_customerio.client.network import is_socks

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Iterator

    from langchain_customerio.client.retries import Deadline

_DEADLINE: Final[ContextVar[Deadline]] = ContextVar("deadline")
_MOST_AT_ONCE: Final = 65_536


@contextmanager
def ending_at(deadline: Deadline) -> Iterator[None]:
    """Let every read and write of this thread end at a deadline."""
    token = _DEADLINE.set(deadline)
    try:
        yield
    finally:
        _DEADLINE.reset(token)


def _bound(seconds: float | None, late: type[Exception]) -> float:
    if not (left := _DEADLINE.get().bound(seconds)):
        raise late("the deadline has passed")
    return left


class _Stream(httpcore.NetworkStream):
    """A stream of httpcore, with bounded time."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _bound(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for begin in range(0, len(buffer), _MOST_AT_ONCE):
            self._stream.write(buffer[begin : begin + _MOST_AT_ONCE], _bound(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        """Close, and wake a thread that reads: closing alone would let it wait on."""
        with suppress(OSError):
            socket.socket.shutdown(self.get_extra_info("socket"), socket.SHUT_RDWR)
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, _bound(timeout, httpcore.ConnectTimeout)))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as in httpcore
        return self._stream.get_extra_info(info)


class _Backend(httpcore.SyncBackend):
    """The network of httpcore, with bounded time."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        timeout = _bound(timeout, httpcore.ConnectTimeout)
        return _Stream(super().connect_tcp(host, port, timeout, local_address, socket_options))


class SyncTransport(httpx.BaseTransport):
    """Connections of httpcore as a transport of httpx, which itself takes no network backend.

    As many connections are opened as there are threads that send at once.

    Args:
        tls: What certificates are checked with.
        proxy: The proxy, or None.
    """

    def __init__(self, tls: ssl.SSLContext, proxy: httpx.Proxy | None) -> None:
        """Open nothing yet."""
        options: dict[str, Any] = {"ssl_context": tls, "network_backend": _Backend(), "keepalive_expiry": 5.0}
        self._pool: httpcore.ConnectionPool
        if proxy is None:
            self._pool = httpcore.ConnectionPool(max_connections=None, **options)
        else:
            kind = httpcore.SOCKSProxy if is_socks(proxy) else httpcore.HTTPProxy
            self._pool = kind(_url(proxy.url), proxy.raw_auth, max_connections=None, **options)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and return its answer with the body still to be read."""
        answer = self._pool.handle_request(
            httpcore.Request(
                request.method,
                _url(request.url),
                headers=request.headers.raw,
                content=request.content,
                extensions=request.extensions,
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    def close(self) -> None:
        """Close all connections; a thread that waits for an answer learns of it at once."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


def _url(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
