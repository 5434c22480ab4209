"""A far end that means harm, or is broken, at random: nothing but our own errors, no key, and nothing that is followed.

`make nightly` plays it with 5,000 examples.
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import logging
import socket
import struct
import sys
import threading
import traceback
import zlib
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langchain_customerio import CustomerioError, Identify, PipelinesClient, Receipt, RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hypothesis.strategies import SearchStrategy

KEY = "pk_us_0123456789abcdef"
ADA = Identify(user_id="ada", traits={"email": "ada@example.com"}, message_id="m1")
SOON = RetryPolicy(attempts=2, base_delay=0, deadline=0.4)


@dataclass
class FarEnd:
    """What a hostile far end says, and what was said to it.

    Attributes:
        pieces: Bytes that it sends one after the other.
        end: What it does then: `close`, `reset`, `hang`, `keep` the connection or `drip`.
        heard: The heads of all requests.
    """

    base_url: str = ""
    pieces: tuple[bytes, ...] = ()
    end: str = "close"
    heard: list[bytes] = field(default_factory=list)

    def converse(self, connection: socket.socket) -> None:
        """Play the piece, once for each request on a connection."""
        with connection, suppress(OSError), connection.makefile("rb") as incoming:
            while self._hear(incoming):
                for piece in self.pieces:
                    connection.sendall(piece)
                if self.end == "reset":
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                if self.end == "drip":
                    connection.settimeout(0.02)
                    while True:
                        connection.sendall(b" ")
                        with suppress(TimeoutError):
                            if not connection.recv(1):
                                return
                if self.end == "hang":
                    incoming.read(1)
                if self.end != "keep":
                    return

    def _hear(self, incoming: object) -> bool:
        readline, read = incoming.readline, incoming.read  # type: ignore[attr-defined] # a file
        head, length = b"", 0
        while (line := readline()).strip():
            head += line
            name, _, value = line.lower().partition(b":")
            length = int(value) if name == b"content-length" else length
        read(length)
        if head:
            self.heard.append(head)
        return bool(head)


@contextmanager
def listening() -> Iterator[FarEnd]:
    far = FarEnd()
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        far.base_url = f"http://127.0.0.1:{server.getsockname()[1]}/v1"

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    threading.Thread(target=far.converse, args=(connection,), daemon=True).start()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield far
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.fixture(scope="module")
def far() -> Iterator[FarEnd]:
    with listening() as far:
        yield far


# What it may say

IN_BASE64 = base64.b64encode(f"{KEY}:".encode()).decode()
LEAKED = [KEY, KEY.upper(), f"%70{KEY[1:]}", IN_BASE64, IN_BASE64.rstrip("=")]
forms_of_the_key = st.sampled_from([*LEAKED, f"Bearer {KEY}", f"\\u0070{KEY[1:]}"])
leaks = st.tuples(
    forms_of_the_key, st.sampled_from(['{"%s": 1}', '{"note": "%s"}', '{"meta": {"error": "%s"}}', "<p>%s</p>", "%s"])
)
bodies = st.one_of(
    leaks.map(lambda leak: (leak[1] % leak[0]).encode()),
    st.sampled_from([b"{}", b"", b"[]", b"null", b"{", b'{"meta":{"errors":["no"]}}', b"<html>Sign in</html>"]),
    st.sampled_from([f'{{"{KEY}": "{KEY}"}}'.encode(), f"<p>{KEY} ada@example.com</p>".encode()]),
    st.sampled_from([b" " * 200_000, b'{"a":' * 5_000, b"[" * 90_000, b"<" * 90_000, b"\\" * 90_000, b"&#0" * 30_000]),
    st.binary(max_size=300),
    st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")),
)
packed = st.one_of(
    bodies,
    bodies.map(gzip.compress),
    bodies.map(zlib.compress),
    st.just(gzip.compress(bytes(20_000_000))),
)
words = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=40).map(
    lambda text: text.encode("latin-1")
)
numbers = st.integers(-5, 10**20).map(lambda number: str(number).encode())
headers = st.one_of(
    st.tuples(
        st.just(b"Content-Type"), st.one_of(words, st.sampled_from([b"text/plain; charset=utf-32", b"x/y;;=\xff"]))
    ),
    st.tuples(
        st.just(b"Content-Encoding"), st.sampled_from([b"gzip", b"deflate", b"br", b"zstd", b"gzip, gzip", b"x"])
    ),
    st.tuples(st.just(b"Content-Length"), st.one_of(numbers, words)),
    st.tuples(st.just(b"Transfer-Encoding"), st.one_of(st.just(b"chunked"), words)),
    st.tuples(st.just(b"Retry-After"), st.one_of(numbers, words, st.just(b"Fri, 99 Nov 2096 10:00:00 GMT"))),
    st.tuples(st.just(b"Date"), st.one_of(words, st.just(b"Mon, 23 Nov 1998 10:00:00 GMT"))),
    st.tuples(
        st.just(b"Location"),
        st.one_of(words, st.sampled_from([b"https://xn--a/", b"https://[::1", b"/elsewhere", b"http://127.0.0.1:9/"])),
    ),
    st.tuples(st.just(b"Set-Cookie"), st.one_of(words, st.just(b"session=1; Path=/; Max-Age=99999"))),
    st.tuples(st.just(b"Connection"), st.sampled_from([b"close", b"keep-alive", b"upgrade", b"x"])),
    st.tuples(st.just(b"WWW-Authenticate"), words),
    st.tuples(words, words),
)
status_lines = st.one_of(
    st.tuples(st.sampled_from([b"HTTP/1.1", b"HTTP/1.0"]), st.integers(100, 999), words).map(
        lambda parts: b"%s %d %s" % parts
    ),
    st.sampled_from([200, 200, 301, 400, 401, 429, 503]).map(lambda status: b"HTTP/1.1 %d OK" % status),
    st.sampled_from(
        [b"HTTP/2 200 OK", b"HTTP/1.1 OK", b"SSH-2.0-x", b"", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK"]
    ),
    words,
)


@st.composite
def answers(draw: st.DrawFn) -> tuple[bytes, ...]:
    """Return an answer in pieces: often right but for what it says, often nearly right, sometimes not at all."""
    if draw(st.booleans()):
        status, body = draw(st.sampled_from([200, 200, 201, 400, 401, 429, 500])), draw(bodies)
        return (b"HTTP/1.1 %d OK\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body),)
    body = draw(packed)
    lines = [draw(status_lines), *(b": ".join(header) for header in draw(st.lists(headers, max_size=5)))]
    if draw(st.booleans()):
        lines.append(b"Content-Length: %d" % len(body))
    if draw(st.integers(0, 9)) == 0:
        lines += [b"X-%d: %s" % (number, b"x" * 1_000) for number in range(draw(st.integers(1, 200)))]
    answer = b"\r\n".join(lines) + b"\r\n\r\n" + body
    cut = draw(st.integers(0, len(answer)))
    return (answer[:cut], answer[cut:]) if draw(st.booleans()) else (answer,)


# Most of the time it ends, so that the test does.
ends: SearchStrategy[str] = st.sampled_from(["close"] * 4 + ["keep"] * 3 + ["reset"] * 2 + ["hang", "drip"])


@pytest.mark.slow
@given(pieces=answers(), end=ends)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_whatever_a_far_end_says_there_is_a_receipt_or_an_error_of_ours(
    pool_of_calls: str, far: FarEnd, caplog: pytest.LogCaptureFixture, pieces: tuple[bytes, ...], end: str
) -> None:
    far.pieces, far.end, far.heard = pieces, end, []
    caplog.clear()
    with caplog.at_level(logging.DEBUG, "langchain_customerio"):
        told = sent(pool_of_calls, far.base_url)
    if isinstance(told, Receipt):
        assert (told.status, told.message_id) == ("accepted", "m1")
        assert told.http_status is not None
        assert told.http_status // 100 == 2
        shown = told.model_dump_json()
    else:
        shown = "".join(traceback.TracebackException.from_exception(told, capture_locals=True).format())
        assert str(told).isprintable()
        assert len(str(told)) < 600
        assert "ada@example.com" not in str(told)
    told_anywhere = f"{shown}{caplog.text}".lower()
    assert [form for form in LEAKED if form.lower() in told_anywhere] == []
    for head in far.heard:
        assert head.startswith(b"POST /v1/identify HTTP/1.1\r\n")
        assert b"\r\ncookie:" not in head.lower()


def sent(how: str, base_url: str) -> Receipt | CustomerioError:
    client = PipelinesClient(KEY, base_url=base_url, timeout=0.3, retry=SOON)

    async def life() -> Receipt:
        async with client:
            return await client.asend(ADA, strict=True)

    try:
        if how == "sync":
            with client:
                return client.send(ADA, strict=True)
        return asyncio.run(life())
    except CustomerioError as error:
        return error


@pytest.fixture(params=["sync", "httpx", "aiohttp"])
def pool_of_calls(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Which library keeps the connections."""
    if request.param == "aiohttp":
        pytest.importorskip("httpx_aiohttp")
    else:
        monkeypatch.setitem(sys.modules, "httpx_aiohttp", None)
    return str(request.param)
