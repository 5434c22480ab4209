"""Faults on demand, through the in-process transports, sync and async."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Literal

import httpx
import pytest

from langchain_customerio.sandbox import Fault
from tests.unit_tests.sandbox.driver import make, post, track

if TYPE_CHECKING:
    from langchain_customerio.sandbox import Sandbox

BODY = {"userId": "ada", "event": "E", "messageId": "m1"}


def send(sandbox: Sandbox, mode: Literal["sync", "async"], timeout: float | None = 5.0) -> httpx.Response:
    """Send a track call through the transport of this mode."""
    settings: dict[str, Any] = {"base_url": "https://anywhere.invalid/v1", "auth": ("key", ""), "timeout": timeout}
    if mode == "sync":
        with httpx.Client(transport=sandbox.transport, **settings) as client:
            return client.post("/track", json=BODY)

    async def finish() -> httpx.Response:
        async with httpx.AsyncClient(transport=sandbox.async_transport, **settings) as client:
            return await client.post("/track", json=BODY)

    return asyncio.run(finish())


def test_without_a_fault_the_call_arrives(mode: Literal["sync", "async"]) -> None:
    sandbox = make()
    response = send(sandbox, mode)
    assert (response.status_code, response.json()) == (200, {})
    assert response.headers["content-type"] == "application/json"
    assert (sandbox.ledger[0].path, len(sandbox.events)) == ("/v1/track", 1)


def test_a_status_fires_as_often_as_asked_and_stores_nothing(mode: Literal["sync", "async"]) -> None:
    sandbox = make()
    sandbox.fail(status=503, times=2, retry_after=7)
    responses = [send(sandbox, mode) for _ in range(3)]
    assert [(response.status_code, response.headers.get("retry-after")) for response in responses] == [
        (503, "7"),
        (503, "7"),
        (200, None),
    ]
    assert [(entry.outcome, entry.status, entry.fault) for entry in sandbox.ledger] == [
        ("faulted", 503, "answered 503 by an injected fault"),
        ("faulted", 503, "answered 503 by an injected fault"),
        ("accepted", 200, None),
    ]
    assert (len(sandbox.events), sandbox.faults) == (1, ())


def test_an_answer_can_be_dressed(mode: Literal["sync", "async"]) -> None:
    sandbox = make()
    sandbox.fail(
        status=502,
        body="<h1>Bäd</h1>",
        content_type="text/html",
        headers={"X-Extra": "1"},
        retry_after="Tue, 24 Nov 2026 12:00:30 GMT",
    )
    response = send(sandbox, mode)
    assert (response.status_code, response.text) == (502, "<h1>Bäd</h1>")
    assert (
        response.headers.items()
        >= {
            "content-type": "text/html",
            "x-extra": "1",
            "retry-after": "Tue, 24 Nov 2026 12:00:30 GMT",
        }.items()
    )


def test_bytes_that_are_no_text_can_be_answered() -> None:
    sandbox = make()
    sandbox.fail(status=200, body=b"\xff")
    assert sandbox.handle("POST", "/v1/track", {}, b"{}") == (200, {}, b"\xff")


def test_a_gateway_that_gave_up_may_still_have_passed_the_call_on() -> None:
    sandbox = make()
    sandbox.fail(status=504, applied=True)
    assert send(sandbox, "sync").status_code == 504
    entry = sandbox.ledger[0]
    assert (entry.outcome, entry.status, entry.fault) == ("accepted", 504, "answered 504 by an injected fault")
    assert len(sandbox.events) == 1


@pytest.mark.parametrize("status", [None, 302])
def test_a_redirect_points_elsewhere(mode: Literal["sync", "async"], status: int | None) -> None:
    sandbox = make()
    sandbox.fail(redirect="https://elsewhere.invalid/", status=status)
    response = send(sandbox, mode)
    assert (response.status_code, response.headers["location"]) == (status or 301, "https://elsewhere.invalid/")
    assert sandbox.ledger[0].outcome == "faulted"


LOST: list[tuple[dict[str, Any], type[httpx.TransportError], bool, str]] = [
    ({"reset": "connect"}, httpx.ConnectError, False, "connection refused, before the request was processed"),
    ({"reset": "before"}, httpx.ReadError, False, "connection reset, before the request was processed"),
    ({"reset": "after"}, httpx.ReadError, True, "connection reset, after the request was processed"),
    (
        {"hangup": "before"},
        httpx.RemoteProtocolError,
        False,
        "connection closed without an answer, before the request was processed",
    ),
    (
        {"hangup": "after"},
        httpx.RemoteProtocolError,
        True,
        "connection closed without an answer, after the request was processed",
    ),
    (
        {"timeout": "before"},
        httpx.ReadTimeout,
        False,
        "no answer until the client gives up, before the request was processed",
    ),
    (
        {"timeout": "after"},
        httpx.ReadTimeout,
        True,
        "no answer until the client gives up, after the request was processed",
    ),
]


@pytest.mark.parametrize(("fault", "error", "stored", "text"), LOST)
def test_a_lost_answer_is_the_error_that_httpx_raises_and_the_ledger_knows_what_was_stored(
    mode: Literal["sync", "async"],
    fault: dict[str, Any],
    error: type[httpx.TransportError],
    text: str,
    *,
    stored: bool,
) -> None:
    sandbox = make()
    sandbox.fail(**fault)
    with pytest.raises(error) as caught:
        send(sandbox, mode)
    assert caught.type is error
    assert caught.value.request.url.path == "/v1/track"
    entry = sandbox.ledger[0]
    assert (entry.status, entry.outcome, entry.fault) == (None, "accepted" if stored else "faulted", text)
    assert sandbox.requests == [BODY]
    assert len(sandbox.events) == stored
    assert send(sandbox, mode).status_code == 200
    assert sandbox.duplicates == ({"m1": 2} if stored else {})


@pytest.mark.parametrize(("fault", "error"), [("reset", ConnectionResetError), ("timeout", TimeoutError)])
def test_handle_raises_when_there_is_no_answer(fault: str, error: type[Exception]) -> None:
    sandbox = make()
    sandbox.fail(**{fault: "before"})  # type: ignore[arg-type] # both keywords take this value
    with pytest.raises(error):
        post(sandbox, "/track", BODY)


@pytest.mark.parametrize("timeout", [5.0, None])
def test_a_slow_answer_arrives_when_the_client_waits(mode: Literal["sync", "async"], timeout: float | None) -> None:
    sandbox = make()
    sandbox.fail(delay=0.001)
    assert send(sandbox, mode, timeout).status_code == 200
    assert (sandbox.ledger[0].outcome, sandbox.ledger[0].fault) == ("accepted", "answer delayed by 0.001 s")


def test_an_answer_slower_than_the_client_waits_is_a_time_out_and_was_stored(mode: Literal["sync", "async"]) -> None:
    sandbox = make()
    sandbox.fail(delay=3600)
    with pytest.raises(httpx.ReadTimeout):
        send(sandbox, mode, timeout=0.001)
    assert len(sandbox.events) == 1


def test_faults_fire_in_the_order_they_were_added() -> None:
    sandbox = make()
    sandbox.fail(status=500)
    sandbox.fail(status=429, times=2)
    sandbox.fail(status=503, after=1)
    assert [post(sandbox, "/track", BODY)[0] for _ in range(6)] == [500, 429, 429, 200, 503, 200]


def test_a_fault_for_one_endpoint_leaves_the_others_alone() -> None:
    sandbox = make()
    fault = sandbox.fail(status=500, endpoint="/identify")
    sandbox.fail(status=429)
    assert post(sandbox, "/track", BODY)[0] == 429
    assert sandbox.faults == (fault,)
    assert post(sandbox, "/track", BODY)[0] == 200
    assert post(sandbox, "/identify", {"userId": "ada"})[0] == 500


def test_a_fault_can_last() -> None:
    sandbox = make()
    sandbox.fail(status=500, times=None)
    assert [post(sandbox, "/track", BODY)[0] for _ in range(5)] == [500] * 5
    sandbox.reset()
    track(sandbox, "E", userId="ada")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "a fault needs one of status, redirect, reset, hangup, timeout and delay"),
        ({"status": 500, "reset": "before"}, "a fault is one of status"),
        ({"reset": "later"}, "reset is 'connect', 'before' or 'after', not 'later'"),
        ({"timeout": "connect"}, "timeout is 'before' or 'after'"),
        ({"hangup": "no"}, "hangup is 'before' or 'after'"),
        ({"status": 99}, "status is 200 to 599, not 99"),
        ({"redirect": "https://x.invalid", "status": 500}, "a redirect has status 301"),
        ({"status": 500, "times": 0}, "times is at least 1"),
        ({"status": 500, "after": -1}, "after is a number of requests"),
        ({"delay": -1}, "delay is in seconds"),
        ({"status": 500, "endpoint": "track"}, "endpoint is one of /alias, /batch"),
        ({"reset": "after", "retry_after": 1}, "belong to an answer"),
        ({"delay": 1, "applied": True}, "belong to an answer"),
    ],
)
def test_a_fault_that_cannot_be_played_is_refused(arguments: dict[str, Any], message: str) -> None:
    sandbox = make()
    with pytest.raises(ValueError, match=message):
        sandbox.fail(**arguments)
    assert sandbox.faults == ()


def test_fail_and_fault_take_the_same_arguments() -> None:
    assert make().fail(status=503, times=3, delay=0.5) == Fault(status=503, times=3, delay=0.5)
