"""A receiver that counts: a real socket, no validation, faults on demand; run as a process of its own.

    python -m tests.benchmarks.receiver --delay 0.05

prints its port on the first line and serves until its standard input ends. `GET /counts` answers what arrived as JSON:
requests, bytes, calls (by the number of `messageId` keys in the bodies) and the most requests that were open at once.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import random
import sys
from dataclasses import asdict, dataclass

from typing_extensions import override

_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"


@dataclass
class Counts:
    """What has arrived."""

    requests: int = 0
    bytes: int = 0
    calls: int = 0
    open: int = 0
    most_open: int = 0
    failed: int = 0


class Receiver(asyncio.Protocol):
    """One connection."""

    def __init__(self, counts: Counts, delay: float, jitter: float, fail_every: int) -> None:
        self.counts = counts
        self.delay = delay
        self.jitter = jitter
        self.fail_every = fail_every
        self.buffer = bytearray()
        self.transport: asyncio.WriteTransport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self.transport = transport

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None

    @override
    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = bytes(self.buffer[:end]).lower()
            _, found, length = head.partition(b"content-length:")
            size = int(length.split(b"\r\n", 1)[0]) if found else 0
            if len(self.buffer) < end + 4 + size:
                return
            body = bytes(self.buffer[end + 4 : end + 4 + size])
            del self.buffer[: end + 4 + size]
            self.take(head, body)

    def take(self, head: bytes, body: bytes) -> None:
        if head.startswith(b"get /counts"):
            answer = json.dumps(asdict(self.counts)).encode()
            self.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(answer), answer))
            return
        counts = self.counts
        counts.requests += 1
        counts.bytes += len(body)
        if b"content-encoding: gzip" in head:
            body = gzip.decompress(body)
        fails = self.fail_every and counts.requests % self.fail_every == 0
        counts.failed += bool(fails)
        counts.calls += 0 if fails else body.count(b'"messageId":')
        counts.open += 1
        counts.most_open = max(counts.most_open, counts.open)
        if self.delay:
            delay = self.delay * random.uniform(1 - self.jitter, 1 + self.jitter)  # noqa: S311 - no secret
            asyncio.get_running_loop().call_later(delay, self.answer, _BUSY if fails else _OK)
        else:
            self.answer(_BUSY if fails else _OK)

    def answer(self, data: bytes) -> None:
        self.counts.open -= 1
        self.write(data)

    def write(self, data: bytes) -> None:
        if self.transport is not None:
            self.transport.write(data)


async def serve(delay: float, jitter: float, fail_every: int) -> None:
    """Serve until the standard input ends."""
    loop = asyncio.get_running_loop()
    counts = Counts()
    server = await loop.create_server(lambda: Receiver(counts, delay, jitter, fail_every), "127.0.0.1", 0, backlog=1024)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--delay", type=float, default=0.0, help="seconds until a request is answered")
    parser.add_argument(
        "--jitter", type=float, default=0.0, help="how much of it comes and goes at random, as a part of 1"
    )
    parser.add_argument("--fail-every", type=int, default=0, help="answer 503 to every n-th request")
    options = parser.parse_args()
    asyncio.run(serve(options.delay, options.jitter, options.fail_every))
