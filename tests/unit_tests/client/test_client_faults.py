"""What becomes of a call when things go wrong: which class of error, tried again or not, after which wait."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from langchain_customerio import (
    AuthenticationError,
    Batch,
    DeliveryError,
    NoAnswerError,
    PipelinesClient,
    RateLimitedError,
    RejectedError,
    RetryPolicy,
    ServerError,
    Track,
)
from langchain_customerio.errors import RedirectedError, TooLargeError
from langchain_customerio.sandbox import Sandbox
from tests.cases import Case, each_case, each_single_case

if TYPE_CHECKING:
    from tests.conftest import Run

TRACK = Track(user_id="ada", event="E", message_id="m1")
AT_ONCE = RetryPolicy(attempts=3, base_delay=0)
RETRIED = {408, 429, 500, 502, 503, 504}
CLASSES: dict[int, type[DeliveryError]] = {
    401: AuthenticationError,
    403: AuthenticationError,
    408: ServerError,
    413: TooLargeError,
    429: RateLimitedError,
    **dict.fromkeys((300, 301, 302, 303, 304, 307, 308), RedirectedError),
    **dict.fromkeys((400, 402, 404, 405, 406, 409, 410, 411, 415, 418, 421, 422, 425, 431, 451, 499), RejectedError),
    **dict.fromkeys((500, 501, 502, 503, 504, 505, 507, 511, 520, 521, 522, 524, 529, 599), ServerError),
}


def failed(run: Run, sandbox: Sandbox, call: Any = TRACK, **settings: Any) -> DeliveryError:
    """Send a call strictly, and return the error that it ends in."""
    with sandbox.client(**{"retry": AT_ONCE} | settings) as client, pytest.raises(DeliveryError) as caught:
        run.send(client, call, strict=True)
    return caught.value


@pytest.mark.parametrize("status", sorted(CLASSES))
def test_each_status_ends_in_its_class_and_exactly_the_listed_ones_are_tried_again(status: int, run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=status, times=None)
    error = failed(run, sandbox)
    assert type(error) is CLASSES[status]
    assert len(sandbox.ledger) == error.attempts == (3 if status in RETRIED else 1)
    assert (error.status, error.message_ids, error.detail, error.delivered) == (status, ("m1",), "", 0)
    assert error.may_have_arrived is (status >= 500 or status == 408)
    assert f"{status}" in str(error)
    assert len(str(error).split()) <= 45


LOST: list[dict[str, Any]] = [
    {"reset": "connect"},
    {"reset": "before"},
    {"reset": "after"},
    {"hangup": "before"},
    {"hangup": "after"},
    {"timeout": "before"},
    {"timeout": "after"},
]


@pytest.mark.parametrize("fault", LOST, ids=str)
@each_case
def test_a_connection_that_fails_is_tried_again_with_the_same_bytes_and_ids(
    case: Case, fault: dict[str, Any], run: Run
) -> None:
    sandbox = Sandbox()
    sandbox.fail(**fault, times=2)
    with sandbox.client(retry=AT_ONCE) as client:
        receipt = run.send(client, case.call.parse(case.minimal), strict=True)
    assert receipt.attempts == 3
    assert len({entry.body for entry in sandbox.ledger}) == 1
    arrived = 3 if "after" in fault.values() else 1
    assert [call.message_id for call in sandbox.accepted_calls] == list(receipt.message_ids) * arrived
    assert sandbox.duplicates == (dict.fromkeys(receipt.message_ids, 3) if arrived == 3 else {})


@pytest.mark.parametrize("fault", LOST, ids=str)
def test_a_connection_that_fails_every_time_is_no_answer(fault: dict[str, Any], run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(**fault, times=None)
    error = failed(run, sandbox)
    assert type(error) is NoAnswerError
    assert (error.status, error.attempts, error.message_ids, error.retry_after) == (None, 3, ("m1",), None)
    assert error.detail in {"ConnectError", "ReadError", "RemoteProtocolError", "ReadTimeout"}
    assert error.may_have_arrived is (fault != {"reset": "connect"})
    began = "No connection to sandbox.invalid for track" if "connect" in fault.values() else "No answer to track from"
    assert str(error).startswith(began)
    assert f" after 3 attempts ({error.detail}). " in str(error)


def test_503_503_200_is_three_requests_of_the_same_bytes_and_one_event(run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=503, times=2)
    with sandbox.client(retry=AT_ONCE) as client:
        receipt = run.send(client, Track(user_id="ada", event="E"))
    assert [entry.status for entry in sandbox.ledger] == [503, 503, 200]
    assert len({entry.body for entry in sandbox.ledger}) == 1
    assert [event.name for event in sandbox.events] == ["E"]
    assert (receipt.attempts, receipt.http_status, receipt.status) == (3, 200, "received")


@each_single_case
def test_every_item_of_a_batch_keeps_its_id_in_every_attempt(case: Case, run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=502, times=1, applied=True)
    body = {"type": case.call.kind, **case.minimal}
    with sandbox.client(retry=AT_ONCE) as client:
        receipt = run.send(client, Batch.parse({"batch": [body, body, body]}))
    assert len(set(receipt.message_ids)) == 3
    assert sandbox.duplicates == dict.fromkeys(receipt.message_ids, 2)


@pytest.mark.parametrize("attempts", [1, 2, 5])
def test_a_request_is_sent_as_often_as_the_policy_says(attempts: int, run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=500, times=None)
    error = failed(run, sandbox, retry=RetryPolicy(attempts=attempts, base_delay=0))
    assert len(sandbox.ledger) == error.attempts == attempts
    assert f"after {attempts} attempt{'' if attempts == 1 else 's'}." in str(error)


# Waiting


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What would be waited between attempts; nobody waits."""
    asked: list[float] = []

    async def sleep(seconds: float) -> None:
        if seconds:
            asked.append(seconds)

    monkeypatch.setattr("time.sleep", lambda seconds: asked.append(seconds) if seconds else None)
    monkeypatch.setattr("asyncio.sleep", sleep)
    return asked


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("header", ["7", "7.0"])
def test_what_retry_after_asks_for_is_waited(status: int, header: str, run: Run, waits: list[float]) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=status, retry_after=header, times=2)
    with sandbox.client(retry=RetryPolicy(base_delay=0)) as client:
        assert run.send(client, TRACK).attempts == 3
    assert waits == [7.0, 7.0]


def test_a_date_in_the_past_is_not_waited_for_and_one_too_far_ends_the_attempts(run: Run, waits: list[float]) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=429, retry_after="Mon, 23 Nov 2020 10:00:00 GMT")
    with sandbox.client(retry=RetryPolicy(base_delay=0)) as client:
        assert run.send(client, TRACK).attempts == 2
    assert waits in ([], [0.0])
    sandbox.fail(status=429, retry_after="Fri, 23 Nov 2096 10:00:00 GMT", times=None)
    error = failed(run, sandbox, retry=RetryPolicy(base_delay=0))
    assert (error.attempts, error.retry_after) == (1, 86_400.0)
    assert waits in ([], [0.0])
    assert "It asks for a wait of 86,400 s. Nothing was stored. Report it as not stored." in str(error)


@pytest.mark.parametrize(("header", "attempts"), [("30", 5), ("30.1", 1), ("soon", 5)])
def test_a_retry_after_is_obeyed_up_to_its_bound(header: str, attempts: int, run: Run, waits: list[float]) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=429, retry_after=header, times=None)
    error = failed(run, sandbox, retry=RetryPolicy(deadline=1_000, base_delay=0))
    assert len(sandbox.ledger) == error.attempts == attempts
    assert len([wait for wait in waits if wait]) == (4 if header == "30" else 0)


def test_waits_grow_and_never_exceed_their_bound(run: Run, waits: list[float]) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=500, times=None)
    failed(run, sandbox, retry=RetryPolicy(attempts=6, base_delay=1.0, max_delay=4.0, deadline=1_000))
    assert len(waits) == 5
    assert all(0 <= wait <= bound for wait, bound in zip(waits, [1.0, 2.0, 4.0, 4.0, 4.0], strict=True))


def test_no_attempt_starts_after_the_deadline(run: Run, waits: list[float]) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=503, retry_after=5, times=None)
    error = failed(run, sandbox, retry=RetryPolicy(base_delay=0, deadline=4.9))
    assert (error.attempts, error.retry_after, waits) == (1, 5.0, [])


# Nothing is counted twice, and nothing is lost in silence


FATES: list[dict[str, Any]] = [
    *({"status": status} for status in (200, 400, 401, 408, 413, 429, 500, 503)),
    *({"status": status, "applied": True} for status in (200, 500, 503)),
    *LOST,
]


@pytest.mark.parametrize("fate", FATES, ids=str)
@pytest.mark.parametrize("times", [1, 2, 3])
@each_case
def test_what_arrived_and_what_was_reported_add_up_to_what_was_sent(
    case: Case, fate: dict[str, Any], times: int, run: Run
) -> None:
    sandbox = Sandbox(deduplicate=True)
    sandbox.fail(**fate, times=times)
    with sandbox.client(retry=AT_ONCE) as client:
        told = run_or_error(run, client, case.call.parse(case.minimal))
    stored = len(sandbox.accepted_calls)
    if isinstance(told, DeliveryError):
        assert stored == 0 or (stored == 1 and told.may_have_arrived)
    else:
        assert stored == 1


def run_or_error(run: Run, client: PipelinesClient, call: Any) -> object:
    try:
        return run.send(client, call)
    except DeliveryError as error:
        return error


# What is none of our business goes on


class Broken(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport with a bug."""

    def __init__(self, error: BaseException) -> None:
        self.error = error
        self.times = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:  # noqa: ARG002 - httpx names it
        self.times += 1
        raise self.error

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)


@pytest.mark.parametrize("error", [ZeroDivisionError("bug"), MemoryError(), KeyError("code"), httpx.StreamClosed()])
def test_a_bug_is_not_taken_for_an_answer_and_not_tried_again(error: BaseException, run: Run) -> None:
    transport = Broken(error)
    client = PipelinesClient("old", transport=transport, async_transport=transport, retry=AT_ONCE)
    with client, pytest.raises(type(error)) as caught:
        run.send(client, TRACK)
    assert caught.value is error
    assert transport.times == 1


async def test_a_call_that_is_cancelled_is_cancelled() -> None:
    sandbox = Sandbox()
    sandbox.fail(delay=3_600.0, times=None)
    async with sandbox.client(retry=AT_ONCE, timeout=7_200.0) as client:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.asend(TRACK), 0.01)
        assert len(sandbox.ledger) == 1
        sandbox.reset()
        assert (await client.asend(TRACK)).status == "received"
