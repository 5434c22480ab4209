"""What reporters of errors record with local variables: the key stands in no frame, ours or a library's."""

from __future__ import annotations

import asyncio
import base64
import signal
import socket
import sys
import threading
import traceback
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from langchain_customerio import (
    ConfigurationError,
    CustomerioError,
    DeliveryError,
    InvalidRequestError,
    PipelinesClient,
    Policy,
    PolicyError,
    RetryPolicy,
    Track,
)
from langchain_customerio.sandbox import Sandbox
from tests import far_end

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Run

OLD, NEW = "0ld-k3y-0123456789abcdef", "pk_us_n3w-k3y-0123456789abcdef"
PAID = Track(user_id="ada", event="Paid", message_id="m1")
AT_ONCE = RetryPolicy(attempts=2, base_delay=0)


def recorded(error: BaseException) -> str:
    """Return what a reporter records of an error and of all behind it."""
    return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


def assert_hidden(error: BaseException) -> None:
    text = recorded(error)
    assert "send" in text or "PipelinesClient" in text
    for key in (OLD, NEW):
        assert key not in text
        assert base64.b64encode(f"{key}:".encode()).decode() not in text


def caught(kind: type[BaseException], act: Callable[[], object]) -> BaseException:
    with pytest.raises(kind) as found:
        act()
    return found.value


FAULTS: list[dict[str, Any]] = [
    *({"status": status} for status in (301, 400, 401, 403, 404, 413, 422, 429, 500, 503)),
    *({"status": 200, "body": body} for body in ("<html>", "[]", '{"meta": {"errors": ["no"]}}')),
    *({"reset": "connect"}, {"reset": "after"}, {"timeout": "after"}, {"hangup": "before"}),
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_no_delivery_error_has_the_key_in_a_frame(fault: dict[str, Any], run: Run) -> None:
    for new in (False, True):
        sandbox = Sandbox()
        sandbox.fail(**fault, times=None)
        with sandbox.client(api_key=NEW if new else OLD, retry=AT_ONCE) as client:
            assert_hidden(caught(DeliveryError, lambda: run.send(client, PAID)))


@pytest.mark.parametrize(
    ("keys", "settings"),
    [
        (lambda: NEW, {"region": "eu"}),
        (lambda: NEW, {"base_url": "https://cdp-eu.customer.io/v1"}),
        (lambda: NEW, {"base_url": "http://example.com/v1"}),
        (lambda: f"{OLD} x", {}),
        (lambda: f"{OLD}:", {}),
        (lambda: OLD, {"region": "moon"}),
        (lambda: OLD, {"retry": 3}),
        (lambda: OLD, {"hooks": 3}),
        (lambda: OLD, {"key_ttl": -1}),
    ],
)
def test_no_configuration_error_has_the_key_in_a_frame_of_ours(
    keys: Callable[[], str], settings: dict[str, Any]
) -> None:
    assert_hidden(caught(ConfigurationError, lambda: PipelinesClient(keys(), **settings)))
    assert_hidden(caught(ConfigurationError, lambda: PipelinesClient(keys, **settings)))


def test_no_refusal_has_the_key_in_a_frame_of_ours(run: Run) -> None:
    with Sandbox().client(api_key=OLD, policy=Policy()) as client:
        large = Track(user_id="ada", event="Paid", properties={"note": "x" * 33_000})
        deleted = Track(user_id="ada", event="User Deleted")
        assert_hidden(caught(InvalidRequestError, lambda: run.send(client, large)))
        assert_hidden(caught(PolicyError, lambda: run.send(client, deleted)))


class Broken(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport that keeps what it is given in local variables, and fails."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        headers = dict(request.headers)
        raw = request.headers.raw
        assert headers
        assert raw
        raise self.error

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        headers = dict(request.headers)
        assert headers
        return self.handle_request(request)


@pytest.mark.parametrize("error", [ZeroDivisionError(), MemoryError(), httpx.ReadError("x"), KeyboardInterrupt()])
def test_a_library_that_fails_leaves_no_key_in_its_frames(error: BaseException) -> None:
    transport = Broken(error)
    client = PipelinesClient(OLD, transport=transport, async_transport=transport, retry=AT_ONCE)
    assert_hidden(caught(BaseException, lambda: client.send(PAID)))
    if not isinstance(error, KeyboardInterrupt):  # which would end the event loop, and the test
        assert_hidden(caught(BaseException, lambda: asyncio.run(client.asend(PAID))))


def test_what_the_caller_was_handling_keeps_its_variables(run: Run) -> None:
    client = PipelinesClient(OLD, transport=Broken(ZeroDivisionError()), async_transport=Broken(ZeroDivisionError()))

    def fail() -> None:
        clue = "what I looked for"
        raise LookupError(len(clue))

    def handle() -> None:
        try:
            fail()
        except LookupError:
            run.send(client, PAID)

    text = recorded(caught(ZeroDivisionError, handle))
    assert "what I looked for" in text
    assert OLD not in text


# On a socket, with each library


@contextmanager
def silent() -> Iterator[tuple[str, threading.Event]]:
    """Give the base URL of a server that takes a request and never answers, and an event that says when it has come."""
    arrived = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                connection, _ = listening.accept()
                with connection:
                    request = b""
                    while not request.endswith(b"}") and (part := connection.recv(65_536)):
                        request += part  # headers and body come in parts
                    arrived.set()
                    connection.recv(65_536)  # until the client hangs up

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1", arrived
        finally:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.loopback
@pytest.mark.parametrize("pool", ["httpx", "aiohttp"])
def test_a_call_that_is_cancelled_leaves_no_key_in_a_frame_and_its_id_in_a_note(
    pool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if pool == "httpx":
        monkeypatch.setitem(sys.modules, "httpx_aiohttp", None)

    async def life(base_url: str, arrived: threading.Event) -> BaseException:
        async with PipelinesClient(OLD, base_url=base_url) as client:
            task = asyncio.create_task(client.asend(PAID))
            await asyncio.to_thread(arrived.wait)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError as error:
                return error
            raise AssertionError

    with silent() as (base_url, arrived):
        error = asyncio.run(life(base_url, arrived))
    assert_hidden(error)
    assert error.__notes__ == ["The track request may have been stored; messageId: m1."]


@pytest.mark.loopback
def test_ctrl_c_leaves_no_key_in_a_frame_and_the_id_in_a_note() -> None:
    with silent() as (base_url, arrived), PipelinesClient(OLD, base_url=base_url) as client:

        def interrupt() -> None:
            arrived.wait()
            signal.pthread_kill(waiting, signal.SIGINT)  # as a terminal's: it ends the wait for an answer

        waiting = threading.get_ident()
        thread = threading.Thread(target=interrupt)
        thread.start()
        error = caught(KeyboardInterrupt, lambda: client.send(PAID))
        thread.join()
    assert_hidden(error)
    assert error.__notes__ == ["The track request may have been stored; messageId: m1."]


@pytest.mark.loopback
def test_no_error_of_a_socket_has_the_key_in_a_frame(run: Run) -> None:
    with far_end.saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{") as base_url:
        client = PipelinesClient(OLD, base_url=base_url, retry=AT_ONCE)
        error = caught(CustomerioError, lambda: run.send(client, PAID))
        run.close(client)
    assert_hidden(error)
