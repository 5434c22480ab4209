"""The sandbox behind httpx, in process: no port, no thread."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import anyio
import httpx
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_customerio.sandbox.faults import Cut, Exchange

    _Handler = Callable[[str, str, list[tuple[str, str]], bytes], Exchange]

_FAILURES: Final[dict[Cut, tuple[type[httpx.TransportError], str]]] = {
    "refused": (httpx.ConnectError, "[Errno 111] Connection refused"),
    "reset": (httpx.ReadError, "[Errno 104] Connection reset by peer"),
    "hangup": (httpx.RemoteProtocolError, "Server disconnected without sending a response."),
    "silence": (httpx.ReadTimeout, "The read operation timed out"),
}
"""What httpx raises for each way a connection can fail."""


class SandboxTransport(httpx.BaseTransport):
    """A transport for `httpx.Client` that ends in a sandbox.

    Attributes:
        stand_in: What is the same for all transports that end in the same sandbox, and for no others.
    """

    def __init__(self, handler: _Handler, stand_in: object = None) -> None:
        """Send everything to this handler (`App.exchange`), whatever the host."""
        self._handler = handler
        self.stand_in = stand_in

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer, or fail as the network would.

        Raises:
            httpx.TransportError: An injected fault, or an answer slower than the request's read time-out.
        """
        exchange = _exchange(self._handler, request, request.read())
        time.sleep(_wait(exchange, request))
        return _response(exchange, request)


class AsyncSandboxTransport(httpx.AsyncBaseTransport):
    """A transport for `httpx.AsyncClient` that ends in a sandbox."""

    def __init__(self, handler: _Handler) -> None:
        """Send everything to this handler (`App.exchange`), whatever the host."""
        self._handler = handler

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer, or fail as the network would.

        Raises:
            httpx.TransportError: An injected fault, or an answer slower than the request's read time-out.
        """
        exchange = _exchange(self._handler, request, await request.aread())
        await anyio.sleep(_wait(exchange, request))
        return _response(exchange, request)


def _exchange(handler: _Handler, request: httpx.Request, body: bytes) -> Exchange:
    path = request.url.raw_path.decode("ascii")
    return handler(request.method, path, request.headers.multi_items(), body)


def _patience(request: httpx.Request) -> float:
    """Seconds that the client waits for an answer."""
    read = request.extensions.get("timeout", {}).get("read")
    return float("inf") if read is None else read


def _wait(exchange: Exchange, request: httpx.Request) -> float:
    return min(exchange.delay, _patience(request))


def _response(exchange: Exchange, request: httpx.Request) -> httpx.Response:
    cut = "silence" if exchange.delay > _patience(request) else exchange.cut
    if cut is not None:
        error, text = _FAILURES[cut]
        raise error(text, request=request)
    status, headers, body = exchange.answer
    return httpx.Response(status, headers=headers, content=body, request=request)
