"""The sandbox on a real socket. Needs the extra `sandbox` (Starlette and uvicorn)."""

from __future__ import annotations

import asyncio
import secrets
import socket
import struct
import threading
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final

import uvicorn
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol

from langchain_customerio.sandbox.asgi import read_body, wait_until_gone
from langchain_customerio.sandbox.console.console import Console, problem
from langchain_customerio.sandbox.guard import Guard, check_strength
from langchain_customerio.sandbox.http import BODY_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import Receive, Scope, Send

    from langchain_customerio.sandbox.app import App

_LINGER_NOT: Final = struct.pack("ii", 1, 0)
"""For SO_LINGER: closing throws away what is unsent and answers with RST."""

_CLOSING_SECONDS: Final = 10.0
"""How long to wait for the server's thread to end."""

_Address = tuple[str, int]


class HttpServer:
    """An app behind uvicorn, in a thread of its own.

    The socket is bound when the server is made, so `port` is known and a port that is taken raises at once.

    Attributes:
        host: Where it listens.
        port: The port, also when any free one was asked for.
        is_local: Whether only this machine can connect.
        token: What the console asks for; None when it asks for none.
        connections: Those that are open.
    """

    def __init__(self, app: App, host: str, port: int, hosts: Iterable[str], token: str | None) -> None:
        """Bind the socket; see `Sandbox.serve`.

        Raises:
            OSError: The address is taken or not of this machine.
            ValueError: The token is too short.
        """
        check_strength(token)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family)
        self.host = host
        address, self.port = self._socket.getsockname()[:2]
        self.is_local = ip_address(address).is_loopback
        self.token = token if token is not None or self.is_local else secrets.token_urlsafe()
        names = {host, socket.gethostname(), *hosts}
        guard = Guard(frozenset(name.lower() for name in names), self.token, check_api=not self.is_local)
        self.connections = _Connections()
        config = uvicorn.Config(
            _Asgi(app, Console(app), guard, self.connections),
            http=self.connections.protocol(),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
        )
        self._uvicorn = _Uvicorn(config, self.connections)
        self._thread = threading.Thread(target=self._run, name=f"sandbox-{self.port}", daemon=True)

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()
        self.connections.listening.wait()

    def stop(self) -> None:
        """Stop answering, break open connections and free the port."""
        self._uvicorn.should_exit = True
        self._thread.join(_CLOSING_SECONDS)
        self._socket.close()

    def _run(self) -> None:
        try:
            asyncio.run(self._uvicorn.serve(sockets=[self._socket]))
        finally:
            self.connections.listening.set()


class _Uvicorn(uvicorn.Server):
    """uvicorn that says when it listens, and waits for nobody when it stops."""

    def __init__(self, config: uvicorn.Config, connections: _Connections) -> None:
        super().__init__(config)
        self._connections = connections

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._connections.listening.set()

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._connections.break_all()
        await super().shutdown(sockets)


class _Connections:
    """The open TCP connections by the address of their client, so that a fault can break one of them."""

    def __init__(self) -> None:
        self.listening = threading.Event()
        self.open: dict[_Address, asyncio.Transport] = {}

    def opened(self, transport: asyncio.Transport) -> None:
        # Without it, head and body of an answer leave 40 ms apart: asyncio sets it for sockets of its own only.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.open[_address(transport.get_extra_info("peername"))] = transport

    def closed(self, transport: asyncio.Transport) -> None:
        self.open = {address: other for address, other in self.open.items() if other is not transport}

    def reset(self, client: _Address) -> None:
        """Break a connection with RST."""
        for transport in self._to(client):
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
            transport.abort()

    def hang_up(self, client: _Address) -> None:
        """Close a connection in good order."""
        for transport in self._to(client):
            transport.close()

    def break_all(self) -> None:
        """Break every connection."""
        for transport in self.open.values():
            transport.abort()

    def _to(self, client: _Address) -> list[asyncio.Transport]:
        """The connection of this client; none when it is gone already."""
        return [transport for address, transport in self.open.items() if address == client]

    def protocol(self) -> type[asyncio.Protocol]:
        """Make uvicorn's HTTP protocol report its connections here."""
        connections = self

        class Protocol(H11Protocol):
            @override
            def connection_made(  # type: ignore[override]  # as uvicorn types it
                self, transport: asyncio.Transport
            ) -> None:
                connections.opened(transport)
                super().connection_made(transport)

            @override
            def connection_lost(self, exc: Exception | None) -> None:
                connections.closed(self.transport)
                super().connection_lost(exc)

        return Protocol


def _address(peer: tuple[Any, ...]) -> _Address:
    """Host and port, for IPv6 too."""
    return peer[0], peer[1]


class _Asgi:
    """The ASGI application: lets a request in, or not, and hands it to the console or to the API."""

    def __init__(self, app: App, console: Console, guard: Guard, connections: _Connections) -> None:
        self._app = app
        self._console = console
        self._guard = guard
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        path = scope["path"]
        is_console = self._console.owns(request.method, path)
        is_page = is_console and self._console.is_open(path)
        refusal = self._guard.check(request.method, request.headers, is_api=not is_console, is_page=is_page)
        if refusal:
            await problem(refusal.status, refusal.text)(scope, receive, send)
        elif is_console:
            await self._console(scope, receive, send)
        else:
            await self._call_api(request, send)

    async def _call_api(self, request: Request, send: Send) -> None:
        """Put a request to the sandbox, and play what comes back."""
        scope, receive = request.scope, request.receive
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw]
        try:
            body = await read_body(request, BODY_BYTES)
        except ClientDisconnect:
            return
        path = scope["raw_path"].decode("latin-1")
        exchange = self._app.exchange(request.method, path, headers, body)
        if exchange.delay and await _client_left_within(exchange.delay, receive):
            return
        if exchange.cut is None:
            status, answer_headers, answer = exchange.answer
            await Response(answer, status, answer_headers)(scope, receive, send)
            return
        client = _address(scope["client"])
        if exchange.cut == "hangup":
            self._connections.hang_up(client)
        elif exchange.cut != "silence":
            self._connections.reset(client)
        await wait_until_gone(receive)


async def _client_left_within(seconds: float, receive: Receive) -> bool:
    """Wait, but not longer than the client does."""
    try:
        await asyncio.wait_for(wait_until_gone(receive), seconds)
    except TimeoutError:
        return False
    return True
