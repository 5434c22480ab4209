"""A far end for loads: HTTP by hand, JSON of the standard library, and some thirty kinds of trouble.

It imports nothing of the project, and of the API it knows only this: a batch is a POST of `{"batch": [...]}`, each item
has a `messageId`, and 200 with a JSON object means that it was stored.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import os
import random
import socket
import struct
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

Close = Literal["", "end", "reset"]
_RESET = struct.pack("ii", 1, 0)  # close with a reset, at once


class Answer(NamedTuple):
    """What a request meets.

    Attributes:
        stored: Whether it is stored all the same.
        data: What is answered.
        close: How the connection ends afterwards, if it does.
        pieces: In how many pieces the answer is sent.
    """

    stored: bool
    data: bytes = b""
    close: Close = ""
    pieces: int = 1


def http(status: int, body: bytes = b"{}", *headers: str, kind: str = "application/json") -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


OK = http(200, b'{"success": true}')
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"
)
PASSING: dict[str, Answer] = {
    "500": Answer(stored=False, data=http(500)),
    "500 after all": Answer(stored=True, data=http(500)),
    "502 with a page": Answer(stored=False, data=http(502, b"<h1>Bad Gateway</h1>", kind="text/html")),
    "503": Answer(stored=False, data=http(503, b"")),
    "503, come back at once": Answer(stored=False, data=http(503, b"{}", "Retry-After: 0")),
    "504 after all": Answer(stored=True, data=http(504)),
    "408": Answer(stored=False, data=http(408)),
    "429": Answer(stored=False, data=http(429)),
    "429, come back soon": Answer(stored=False, data=http(429, b"{}", "Retry-After: 0.01")),
    "a reset before": Answer(stored=False, close="reset"),
    "a reset after": Answer(stored=True, close="reset"),
    "an end before": Answer(stored=False, close="end"),
    "an end after": Answer(stored=True, close="end"),
    "half an answer": Answer(stored=True, data=http(200, b"{}" * 50)[:-60], close="end"),
    "half a head": Answer(stored=True, data=OK[:20], close="reset"),
    "no HTTP": Answer(stored=False, data=b"\x00\xff\x16\x03 no\r\n\r\n", close="end"),
}
"""What the next attempt may not meet."""

STOPPING: dict[str, Answer] = {
    "401": Answer(stored=False, data=http(401, b'{"meta": {"error": "Unauthorized"}}')),
    "403": Answer(stored=False, data=http(403)),
    "404": Answer(stored=False, data=http(404, b"not here", kind="text/plain")),
    "a redirect": Answer(stored=False, data=http(307, b"", "Location: https://example.com/")),
    "a page": Answer(stored=False, data=http(200, b"<html>Please log in</html>", kind="text/html")),
    "nothing": Answer(stored=True, data=http(200, b"")),
    "a list": Answer(stored=True, data=http(200, b"[]")),
}
"""What every attempt would meet, as far as anybody can know."""

HARMLESS: dict[str, Answer] = {
    "chunks": Answer(stored=True, data=CHUNKED),
    "drops": Answer(stored=True, data=OK, pieces=20),
    "compressed": Answer(stored=True, data=http(200, gzip.compress(b"{}"), "Content-Encoding: gzip")),
    "and then an end": Answer(stored=True, data=http(200, b"{}", "Connection: close"), close="end"),
    "wait, and then": Answer(stored=True, data=b"HTTP/1.1 100 Continue\r\n\r\n" + OK),
    "many headers": Answer(stored=True, data=http(200, b"{}", *(f"X-{n}: {'x' * 50}" for n in range(40)))),
    "another status": Answer(stored=True, data=http(202)),
}
KINDS = {**PASSING, **STOPPING, **HARMLESS}


@dataclass
class Trouble:
    """What the requests of one process meet.

    Attributes:
        chances: How likely each kind of trouble is for a request.
        weapon: Number of the signal that the process is sent.
        after: With which request; 0 for none.
        before_storing: Whether that is before the request is stored.
        requests: How many have come.
        met: What they have met.
    """

    seed: int = 0
    chances: dict[str, float] = field(default_factory=dict)
    weapon: int = 0
    after: int = 0
    before_storing: bool = False
    requests: int = 0
    met: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)  # noqa: S311 - the same trouble in every run

    def next(self) -> Answer:
        for name, chance in self.chances.items():
            if self.random.random() < chance:
                self.met.append(name)
                return KINDS[name]
        return Answer(stored=True, data=OK)


class FarEnd:
    """A server on loopback, in a thread. A process says in the path of its requests which one it is.

    Args:
        refuses: Whether an item is one that makes it refuse a whole batch.
        stores_the_rest: Whether it stores the other items of a batch that it refuses.

    Attributes:
        stored: The items that were stored, in order, also those that had been stored before.
        troubles: What each process meets, by its number.
    """

    def __init__(self, refuses: Callable[[dict[str, Any]], bool], *, stores_the_rest: bool = False) -> None:
        self.refuses = refuses
        self.stores_the_rest = stores_the_rest
        self.stored: list[dict[str, Any]] = []
        self.troubles: dict[int, Trouble] = {}
        self._loop = asyncio.new_event_loop()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._converse, sock=self._listening))
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.01))
        self._loop.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._exchange(reader, writer):
                pass
        writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Take a request and answer it, and return whether the connection goes on."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
        body = await reader.readexactly(int(headers["content-length"]))
        trouble = self.troubles[int(head.split("/")[1])]
        answer = self._take(trouble, int(head.split("/")[1]), gzip.decompress(body) if "gzip" in head else body)
        size = -(-len(answer.data) // answer.pieces) or 1
        for at in range(0, len(answer.data), size):
            writer.write(answer.data[at : at + size])
            await writer.drain()
        if answer.close == "reset":
            raw = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()
        return not answer.close

    def _take(self, trouble: Trouble, process: int, body: bytes) -> Answer:
        trouble.requests += 1
        now = trouble.requests == trouble.after
        if now and trouble.before_storing:
            os.kill(process, trouble.weapon)
        answer = trouble.next()
        batch = json.loads(body)["batch"]
        if answer.stored and any(map(self.refuses, batch)):
            answer = Answer(stored=False, data=http(400, b'{"meta": {"error": "one of them is not good"}}'))
            if self.stores_the_rest:
                self.stored += [item for item in batch if not self.refuses(item)]
        if answer.stored:
            self.stored += batch
        if now and not trouble.before_storing:
            os.kill(process, trouble.weapon)
        return answer
