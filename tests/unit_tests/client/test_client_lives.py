"""One client for many threads and event loops, one after the other and at once, until it is closed."""

from __future__ import annotations

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from typing_extensions import override

from langchain_customerio import (
    Batch,
    ConfigurationError,
    Identify,
    NoAnswerError,
    PipelinesClient,
    RetryPolicy,
)
from langchain_customerio.client.hooks import Attempt, Hooks, RequestInfo
from langchain_customerio.sandbox import Sandbox
from tests.far_end import FarEnd

if TYPE_CHECKING:
    from tests.conftest import Run

ADA = Identify(user_id="ada")


def test_many_threads_share_a_client(run: Run) -> None:
    sandbox = Sandbox()
    with sandbox.client() as client, ThreadPoolExecutor(16) as pool:
        receipts = list(pool.map(lambda i: run.send(client, Identify(user_id=f"u{i}")), range(200)))
    assert set(sandbox.people) == {f"u{i}" for i in range(200)}
    assert len({receipt.message_id for receipt in receipts}) == 200


def test_keys_of_different_threads_are_not_mixed_up(run: Run) -> None:
    far_end, here = FarEnd(), threading.local()
    with far_end.client(lambda: getattr(here, "key", "none")) as client, ThreadPoolExecutor(8) as pool:

        def send(i: int) -> None:
            here.key = f"pk_us_{i}"
            run.send(client, Identify(user_id=f"pk_us_{i}"))

        list(pool.map(send, range(200)))
    for request in far_end.requests:
        assert request.headers["Authorization"] == f"Bearer {json.loads(request.content)['userId']}"


def test_several_event_loops_share_a_client_one_after_the_other_and_at_once() -> None:
    sandbox = Sandbox()
    client = sandbox.client()
    together = threading.Barrier(4)

    async def send(i: int) -> None:
        await asyncio.gather(*(client.asend(Identify(user_id=f"u{i}-{j}")) for j in range(5)))

    def at_once(i: int) -> None:
        together.wait()
        asyncio.run(send(i))

    for i in range(3):
        asyncio.run(send(i))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(at_once, range(3, 7)))
    assert set(sandbox.people) == {f"u{i}-{j}" for i in range(7) for j in range(5)}
    asyncio.run(send(7))
    [connections] = client._processes.values()
    assert len(connections._async) == 1, "what belongs to loops that have ended is forgotten"


class Recorded(httpx.MockTransport):
    """A transport that says when it was closed, and in which event loop."""

    def __init__(self) -> None:
        super().__init__(lambda _: httpx.Response(200, json={}))
        self.closed: list[asyncio.AbstractEventLoop | None] = []

    def close(self) -> None:
        self.closed.append(None)

    async def aclose(self) -> None:
        self.closed.append(asyncio.get_running_loop())


def test_connections_close_with_their_event_loop() -> None:
    transport = Recorded()
    client = PipelinesClient("old", async_transport=transport)
    loops: list[asyncio.AbstractEventLoop] = []

    async def send() -> None:
        loops.append(asyncio.get_running_loop())
        await client.asend(ADA)
        assert len(transport.closed) == len(loops) - 1

    for _ in range(3):
        asyncio.run(send())
    assert transport.closed == loops


# Closing


def test_connections_close_at_the_end_of_the_block() -> None:
    transport = Recorded()
    with PipelinesClient("old", transport=transport) as client:
        client.send(ADA)
        assert transport.closed == []
    assert transport.closed == [None]

    async def send() -> list[asyncio.AbstractEventLoop | None]:
        both = PipelinesClient("old", transport=transport, async_transport=transport)
        async with both as client:
            client.send(ADA)
            await client.asend(ADA)
        return [None, None, asyncio.get_running_loop()]

    assert asyncio.run(send()) == transport.closed


@pytest.mark.parametrize("used", [True, False])
@pytest.mark.parametrize("close", ["close", "aclose"])
def test_a_closed_client_says_so_and_sends_nothing(*, used: bool, close: str) -> None:
    sandbox = Sandbox()
    client = sandbox.client()

    async def one_life() -> None:
        if used:
            client.send(ADA)
            await client.asend(ADA)
        if close == "close":
            client.close()
        else:
            await client.aclose()
        with pytest.raises(ConfigurationError, match=r"^This client is closed: build another one\.$"):
            client.send(ADA)
        with pytest.raises(ConfigurationError, match=r"^This client is closed: build another one\.$"):
            await client.asend(ADA)
        with pytest.raises(ConfigurationError, match="closed"):
            client.check()
        with pytest.raises(ConfigurationError, match="closed"):
            await client.acheck()
        await client.aclose()
        client.close()

    asyncio.run(one_life())
    assert len(sandbox.ledger) == 2 * used
    assert client.preview(ADA).status == "dry_run"


def test_a_closed_client_is_closed_for_other_event_loops_too(run: Run) -> None:
    sandbox = Sandbox()
    client = sandbox.client()
    run.send(client, ADA)
    run.close(client)
    with pytest.raises(ConfigurationError, match="closed"):
        run.send(client, Batch(batch=[ADA]))
    assert len(sandbox.ledger) == 1


class ClosedMeanwhile(Hooks):
    """Closes its client while a call waits for its next attempt."""

    client: PipelinesClient

    @override
    def on_wait(self, request: RequestInfo, attempt: Attempt, seconds: float) -> None:
        self.client.close()


@pytest.mark.parametrize(
    ("fault", "may_have_arrived"), [({"status": 503}, True), ({"status": 429}, False), ({"reset": "connect"}, False)]
)
def test_a_client_that_is_closed_between_two_attempts_tells_what_may_have_arrived(
    *, fault: dict[str, Any], may_have_arrived: bool, run: Run
) -> None:
    sandbox, hooks = Sandbox(), ClosedMeanwhile()
    sandbox.fail(**fault, times=None)
    hooks.client = sandbox.client(hooks=hooks, retry=RetryPolicy(base_delay=0))
    with pytest.raises(NoAnswerError) as caught:
        run.send(hooks.client, Identify(user_id="ada", message_id="m1"))
    error = caught.value
    assert (error.may_have_arrived, error.message_ids) == (may_have_arrived, ("m1",))
    assert (error.attempts, error.detail, error.status) == (1, "the client was closed", None)
    assert "after 1 attempt (the client was closed)." in str(error)
    assert len(sandbox.ledger) == 1


class Closing(Hooks):
    """Closes its client before a retry is decided upon."""

    client: PipelinesClient

    @override
    def on_answer(self, request: RequestInfo, attempt: Attempt) -> None:
        self.client.close()


def test_a_client_that_is_closed_during_an_attempt_makes_no_other_one(run: Run) -> None:
    sandbox, hooks = Sandbox(), Closing()
    sandbox.fail(status=503, times=None)
    hooks.client = sandbox.client(hooks=hooks, retry=RetryPolicy(base_delay=0))
    with pytest.raises(NoAnswerError) as caught:
        run.send(hooks.client, ADA)
    assert (caught.value.attempts, caught.value.detail) == (1, "the client was closed")
    assert len(sandbox.ledger) == 1


class ClosesAndFails(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport whose library stumbles when its connections are taken away."""

    client: PipelinesClient

    def handle_request(self, request: httpx.Request) -> httpx.Response:  # noqa: ARG002 - httpx names it
        self.client.close()
        raise RuntimeError("Session is closed")

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)


def test_whatever_a_library_raises_when_it_is_closed_is_no_answer(run: Run) -> None:
    transport = ClosesAndFails()
    transport.client = PipelinesClient("old", transport=transport, async_transport=transport)
    with pytest.raises(NoAnswerError) as caught:
        run.send(transport.client, Identify(user_id="ada", message_id="m1"))
    assert (caught.value.may_have_arrived, caught.value.detail) == (True, "the client was closed")
