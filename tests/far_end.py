"""Far ends that are no Customer.io: one that says anything, one too busy, a proxy, and one that keeps requests."""

from __future__ import annotations

import base64
import json
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import httpx

from langchain_customerio import PipelinesClient

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATIENCE = 10.0


@contextmanager
def saying(answer: bytes, *, then_hang: bool = False) -> Iterator[str]:
    """Give the base URL of a server that answers a request with these bytes and closes the connection, or does not."""
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(_PATIENCE)

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=converse, args=(connection,)).start()

        def converse(connection: socket.socket) -> None:
            with connection, connection.makefile("rb") as request:
                if request.peek(1)[:1] != b"P":  # a TLS handshake is not to be understood
                    connection.sendall(answer)
                    return
                length = 0
                while line := request.readline().lower().strip():
                    name, _, value = line.partition(b":")
                    length = int(value) if name == b"content-length" else length
                request.read(length)  # what is unread would reset the connection
                connection.sendall(answer)
                if then_hang:
                    done.wait(_PATIENCE)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        finally:
            done.set()
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


@contextmanager
def too_busy() -> Iterator[str]:
    """Give the base URL of a server that accepts no connection, because its queue is full."""
    waiting: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listening:
        try:
            while True:
                waiting.append(socket.socket())
                waiting[-1].settimeout(0.2)
                try:
                    waiting[-1].connect(listening.getsockname())
                except TimeoutError:
                    break
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        finally:
            for each in waiting:
                each.close()


@dataclass
class Proxy:
    """A proxy that is asked for a tunnel, and has none.

    Attributes:
        url: Where it listens, without user and password.
        asked: Each request line that came.
        credentials: The `Proxy-Authorization` of each request, None where there was none.
    """

    url: str = ""
    asked: list[str] = field(default_factory=list)
    credentials: list[str | None] = field(default_factory=list)


@contextmanager
def proxy() -> Iterator[Proxy]:
    """Run a proxy that notes what it is asked for and refuses it."""
    seen = Proxy()

    class Handler(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            seen.asked.append(self.requestline)
            seen.credentials.append(self.headers.get("Proxy-Authorization"))
            self.send_error(502)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        seen.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield seen
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def echoing() -> Iterator[str]:
    """Give the base URL of a server that answers a call with its own `messageId`, on connections that stay."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = json.dumps({"echo": call["messageId"]}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        finally:
            server.shutdown()
            thread.join()


class FarEnd:
    """Answers as the API does, in process, and keeps the requests as they came."""

    def __init__(self, **answer: Any) -> None:
        self.answer = {"json": {}, **answer}
        self.requests: list[httpx.Request] = []
        self.transport = httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(200, **self.answer)

    def client(self, *args: Any, **kwargs: Any) -> PipelinesClient:
        return PipelinesClient(*args, transport=self.transport, async_transport=self.transport, **kwargs)


def basic(key: str) -> str:
    return f"Basic {base64.b64encode(f'{key}:'.encode()).decode()}"
