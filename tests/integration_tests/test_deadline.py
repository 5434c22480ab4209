"""The deadline of a request holds however slowly a far end reads, writes or opens."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx
import pytest
from typing_extensions import override

from langchain_customerio import Batch, Identify, NoAnswerError, PipelinesClient, RetryPolicy
from langchain_customerio.client.hooks import Hooks, Outcome, RequestInfo
from tests import far_end

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Run

ADA = Identify(user_id="ada", message_id="m1")
SOON = RetryPolicy(deadline=0.5)
PATIENT = httpx.Timeout(60.0)


@dataclass
class Dripping:
    """A far end that answers byte by byte, for as long as anybody listens.

    Attributes:
        base_url: Where it is.
        left: Set when the client has hung up.
    """

    base_url: str = ""
    left: threading.Event = field(default_factory=threading.Event)


@contextmanager
def dripping(answer: bytes, endless: bytes) -> Iterator[Dripping]:
    """Send an answer at once, and then an endless one in drips."""
    seen = Dripping()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    with connection, suppress(OSError):
                        connection.recv(65_536)
                        connection.sendall(answer)
                        connection.settimeout(0.02)
                        while True:
                            connection.sendall(endless)
                            with suppress(TimeoutError):
                                if not connection.recv(1):
                                    break
                    seen.left.set()

        thread = threading.Thread(target=serve)
        thread.start()
        seen.base_url = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        try:
            yield seen
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

DRIPS = {
    "status line": (b"", b"H"),
    "header": (HEAD + b"X-Slow: ", b"x"),
    "headers": (HEAD, b"X-Slow: 1\r\n"),
    "informational": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": (HEAD + b"Content-Length: 100000\r\n\r\n{", b" "),
    "chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
}


@pytest.mark.parametrize("drip", DRIPS)
def test_an_answer_that_comes_in_drips_is_not_waited_for_beyond_the_deadline(drip: str, run_over: Run) -> None:
    with dripping(*DRIPS[drip]) as far:
        client = PipelinesClient("a-key", base_url=far.base_url, timeout=PATIENT, retry=SOON)
        with pytest.raises(NoAnswerError) as caught:
            run_over.send(client, ADA)
        assert far.left.wait(60)
        run_over.close(client)
    assert caught.value.may_have_arrived
    assert caught.value.message_ids == ("m1",)


def test_a_far_end_that_does_not_read_is_not_waited_for_beyond_the_deadline(run_over: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        base_url = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        items = [Identify(user_id="ada", traits={"fill": "x" * 30_000}, message_id=f"m{i}") for i in range(16)]
        client = PipelinesClient("a-key", base_url=base_url, timeout=PATIENT, retry=SOON)
        with pytest.raises(NoAnswerError):
            run_over.send(client, Batch(batch=list(items)))
        run_over.close(client)


def test_a_far_end_that_opens_no_connection_is_not_waited_for_beyond_the_deadline(run_over: Run) -> None:
    with far_end.too_busy() as base_url:
        client = PipelinesClient("a-key", base_url=base_url, timeout=PATIENT, retry=SOON)
        with pytest.raises(NoAnswerError):
            run_over.send(client, ADA)
        run_over.close(client)


class Attempts(Hooks):
    """Counts how often a request is sent."""

    def __init__(self) -> None:
        self.number = 0

    @override
    def on_end(self, request: RequestInfo, outcome: Outcome) -> None:
        self.number = outcome.attempts


def test_attempts_and_waits_share_one_deadline(run_over: Run) -> None:
    hooks = Attempts()
    with dripping(b"HTTP/1.1 200 OK\r\nX-Endless: ", b"x") as far:
        retry = RetryPolicy(deadline=0.1)
        client = PipelinesClient("a-key", base_url=far.base_url, timeout=0.2, retry=retry, hooks=hooks)
        with pytest.raises(NoAnswerError):
            run_over.send(client, ADA)
        run_over.close(client)
    assert hooks.number == 1
