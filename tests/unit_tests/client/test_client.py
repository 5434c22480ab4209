"""The client: where a call goes, with which key, and what is told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from langchain_customerio import (
    AuthenticationError,
    ConfigurationError,
    DeliveryError,
    Identify,
    InvalidRequestError,
    NoAnswerError,
    PipelinesClient,
    RateLimitedError,
    RejectedError,
    RetryPolicy,
    ServerError,
    Track,
)
from langchain_customerio.errors import RedirectedError, UnexpectedAnswerError
from langchain_customerio.sandbox import Sandbox
from tests.cases import Case, each_case
from tests.far_end import FarEnd, basic

if TYPE_CHECKING:
    from tests.conftest import Run

ADA = Identify(user_id="ada")
AT_ONCE = RetryPolicy(attempts=2, base_delay=0)


@pytest.mark.parametrize(
    ("key", "settings", "expected"),
    [
        ("0123456789abcdef", {}, (basic("0123456789abcdef"), "cdp.customer.io")),
        ("0123456789abcdef", {"region": "eu"}, (basic("0123456789abcdef"), "cdp-eu.customer.io")),
        ("pk_us_123", {}, ("Bearer pk_us_123", "cdp.customer.io")),
        (" pk_eu_123\n", {}, ("Bearer pk_eu_123", "cdp-eu.customer.io")),
        (SecretStr("pk_eu_123"), {"region": "EU"}, ("Bearer pk_eu_123", "cdp-eu.customer.io")),
        ("old", {"base_url": "https://proxy.example/v1/"}, (basic("old"), "proxy.example")),
    ],
)
@each_case
def test_a_call_goes_to_the_keys_region_with_the_key_in_its_own_way(
    case: Case, key: str | SecretStr, settings: dict[str, str], expected: tuple[str, str], run: Run
) -> None:
    authorization, host = expected
    far_end = FarEnd()
    with far_end.client(key, **settings) as client:
        run.send(client, case.call.parse(case.minimal), strict=True)
        run.check(client)
    assert [str(request.url) for request in far_end.requests] == [
        f"https://{host}/v1{case.endpoint}",
        f"https://{host}/v1/batch",
    ]
    for request in far_end.requests:
        assert request.method == "POST"
        assert request.headers.get_list("Authorization") == [authorization]
        assert request.headers.get_list("X-Strict-Mode") == ["1"]


def test_nothing_in_a_call_can_add_a_header(run: Run) -> None:
    far_end = FarEnd()
    evil = "a\r\nX-Strict-Mode: 1\r\nAuthorization: Bearer pk_us_evil"
    with far_end.client("old") as client:
        run.send(client, Track(user_id=evil, event=evil, message_id=evil, context={"userAgent": evil}))
    (request,) = far_end.requests
    assert set(request.headers) == {
        *("host", "accept", "accept-encoding", "user-agent", "content-type", "content-length", "authorization"),
    }
    assert request.headers["Authorization"] == basic("old")


@each_case
def test_accepted_is_said_in_strict_mode_only_and_what_is_received_may_have_been_dropped(case: Case, run: Run) -> None:
    sandbox = Sandbox(keys={"right"})
    call = case.call.parse(case.minimal)
    with sandbox.client() as right, sandbox.client(api_key="wrong") as wrong:
        assert run.send(right, call, strict=True).status == "accepted"
        assert run.send(right, call).status == "received"
        assert run.send(wrong, call).status == "received"
        with pytest.raises(AuthenticationError):
            run.send(wrong, call, strict=True)
    assert [entry.outcome for entry in sandbox.ledger] == ["accepted", "accepted", "dropped", "rejected"]


@pytest.mark.parametrize("body", [{"userId": "ada"}, '{"userId": "ada"}', [Track(user_id="ada", event="E")], Track])
def test_what_is_no_call_is_refused_with_what_one_looks_like(body: Any, run: Run) -> None:
    sandbox = Sandbox()
    with (
        sandbox.client() as client,
        pytest.raises(InvalidRequestError, match=r"is a call, such as Track\(user_id=…, event=…\), not"),
    ):
        run.send(client, body)
    assert sandbox.ledger == []


def test_a_number_is_no_retry_policy() -> None:
    three: Any = 3
    with pytest.raises(ConfigurationError, match="retry takes a RetryPolicy, such as"):
        PipelinesClient("a-key", retry=three)


def test_a_receipt_tells_what_became_of_the_call(run: Run) -> None:
    sandbox = Sandbox()
    with sandbox.client() as client:
        receipt = run.send(client, Track(user_id="ada", event="E", message_id="m1"), strict=True)
    assert receipt.model_dump(exclude_defaults=True) == {
        "status": "accepted",
        "call": "track",
        "strict": True,
        "message_ids": ("m1",),
        "http_status": 200,
        "response_json": {},
        "requests": ({"size": len(sandbox.ledger[0].body), "attempts": 1, "http_status": 200},),
    }
    assert (receipt.message_id, receipt.attempts, receipt.size) == ("m1", 1, len(sandbox.ledger[0].body))


# Checking a key


def test_a_good_key_is_found_good_and_nothing_is_stored(run: Run) -> None:
    sandbox = Sandbox(keys={"pk_us_right"})
    with sandbox.client() as client:
        assert run.check(client) is True
    (entry,) = sandbox.ledger
    assert (entry.endpoint, entry.strict, entry.calls) == ("/batch", True, ())


@pytest.mark.parametrize("status", [400, 422])
def test_a_verdict_about_the_batch_of_nothing_shows_that_the_key_was_taken(status: int, run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=status, body='{"meta": {"errors": ["batch is empty"]}}')
    with sandbox.client() as client:
        assert run.check(client) is True


@pytest.mark.parametrize(
    ("fault", "error", "attempts"),
    [
        ({"status": 401}, AuthenticationError, 1),
        ({"status": 403}, AuthenticationError, 1),
        ({"status": 404}, RejectedError, 1),
        ({"status": 429}, RateLimitedError, 2),
        ({"status": 500}, ServerError, 2),
        ({"status": 501}, ServerError, 1),
        ({"redirect": "https://cdp-eu.customer.io/v1/batch"}, RedirectedError, 1),
        ({"reset": "connect"}, NoAnswerError, 2),
        ({"status": 200, "body": "<html>Sign in</html>"}, UnexpectedAnswerError, 1),
        ({"status": 204}, UnexpectedAnswerError, 1),
    ],
)
def test_a_key_is_not_found_good_without_a_verdict(
    fault: dict[str, Any], error: type[DeliveryError], attempts: int, run: Run
) -> None:
    sandbox = Sandbox()
    sandbox.fail(**fault, times=None)
    with sandbox.client(retry=AT_ONCE) as client, pytest.raises(error) as caught:
        run.check(client)
    assert type(caught.value) is error
    assert len(sandbox.ledger) == caught.value.attempts == attempts


@pytest.mark.parametrize(("key", "region"), [("pk_us_1", "eu"), ("wrong", "us")])
def test_a_key_that_is_wrong_or_of_another_region_is_found_so(key: str, region: str, run: Run) -> None:
    sandbox = Sandbox(keys={"pk_us_1", "old"}, region=region)  # type: ignore[arg-type] # one of the two
    with sandbox.client(api_key=key) as client, pytest.raises(AuthenticationError):
        run.check(client)


# Rotating keys


def test_a_function_is_asked_for_the_key_before_each_call(run: Run) -> None:
    far_end, key = FarEnd(), "pk_us_1"
    with far_end.client(lambda: key) as client:
        run.send(client, ADA)
        key = " pk_us_2\n"
        run.send(client, ADA)
        run.check(client)
        key = "old"
        run.send(client, ADA)
        assert [request.headers["Authorization"] for request in far_end.requests] == [
            *("Bearer pk_us_1", "Bearer pk_us_2", "Bearer pk_us_2"),
            basic("old"),
        ]
        assert client.preview(ADA).previews[0].url == "https://cdp.customer.io/v1/identify"
        key = "pk_eu_3"
        run.send(client, ADA)
        assert far_end.requests[-1].url.host == "cdp-eu.customer.io"


@pytest.mark.parametrize("bad", ["", None, "a b", "pk_us_1"])
def test_a_key_that_goes_bad_is_an_error_and_nothing_is_sent(bad: str | None, run: Run) -> None:
    far_end, keys = FarEnd(), ["pk_eu_1", bad]
    with far_end.client(lambda: keys[0], region="eu") as client:
        del keys[0]
        for attempt in (lambda: run.send(client, ADA), lambda: run.check(client), lambda: client.preview(ADA)):
            with pytest.raises(ConfigurationError):
                attempt()
        assert repr(client) == "PipelinesClient(base_url='https://cdp-eu.customer.io/v1')"
    assert far_end.requests == []
