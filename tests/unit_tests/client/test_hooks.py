"""What a program is told of requests under way: each attempt, wait and outcome, and never the key or the data."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import astuple, dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from typing_extensions import override

from langchain_customerio import Batch, ConfigurationError, DeliveryError, Identify, RetryPolicy, Track
from langchain_customerio.bulk import load
from langchain_customerio.client.hooks import Attempt, Hooks, Outcome, RequestInfo
from langchain_customerio.sandbox import Sandbox

if TYPE_CHECKING:
    from tests.conftest import Run

KEY = "pk_us_0123456789abcdef"
AT_ONCE = RetryPolicy(attempts=3, base_delay=0)
PAID = Track(user_id="ada.lovelace", event="Paid", properties={"email": "ada@example.com"}, message_id="order-17")


@dataclass
class Notes(Hooks):
    """Writes down all that hooks are told, without the seconds."""

    told: list[tuple[object, ...]] = field(default_factory=list)
    requests: list[RequestInfo] = field(default_factory=list)

    @override
    def on_attempt(self, request: RequestInfo, number: int) -> None:
        self.requests.append(request)
        self.told.append(("attempt", number))

    @override
    def on_answer(self, request: RequestInfo, attempt: Attempt) -> None:
        assert attempt.seconds >= 0
        self.requests.append(request)
        self.told.append(("answer", attempt.number, attempt.status, attempt.error))

    @override
    def on_wait(self, request: RequestInfo, attempt: Attempt, seconds: float) -> None:
        self.requests.append(request)
        self.told.append(("wait", attempt.number, seconds))

    @override
    def on_end(self, request: RequestInfo, outcome: Outcome) -> None:
        assert outcome.seconds >= 0
        self.requests.append(request)
        self.told.append(("end", outcome.attempts, outcome.status, outcome.error))


def test_a_call_that_arrives_at_once_is_one_attempt_one_answer_and_an_end(run: Run) -> None:
    sandbox, notes = Sandbox(), Notes()
    with sandbox.client(hooks=notes) as client:
        receipt = run.send(client, PAID, strict=True)
    assert notes.told == [("attempt", 1), ("answer", 1, 200, None), ("end", 1, 200, None)]
    [request] = set(notes.requests)
    assert astuple(request) == ("track", "https://sandbox.invalid/v1/track", True, receipt.size, ("order-17",))


def test_retries_and_waits_are_told_in_their_order_with_the_same_request(run: Run) -> None:
    sandbox, notes = Sandbox(), Notes()
    sandbox.fail(status=503, times=1)
    sandbox.fail(reset="after", times=1)
    with sandbox.client(hooks=[notes], retry=AT_ONCE) as client:
        run.send(client, PAID)
    assert notes.told == [
        *(("attempt", 1), ("answer", 1, 503, None), ("wait", 1, 0.0)),
        *(("attempt", 2), ("answer", 2, None, "ReadError"), ("wait", 2, 0.0)),
        *(("attempt", 3), ("answer", 3, 200, None), ("end", 3, 200, None)),
    ]
    assert len(set(notes.requests)) == 1


@pytest.mark.parametrize(
    ("fault", "ends"),
    [
        ({"status": 401}, ("end", 1, 401, "AuthenticationError")),
        ({"status": 429}, ("end", 3, 429, "RateLimitedError")),
        ({"status": 200, "body": "<html>"}, ("end", 1, 200, "UnexpectedAnswerError")),
        ({"reset": "connect"}, ("end", 3, None, "NoAnswerError")),
    ],
    ids=str,
)
def test_a_failure_is_told_by_the_name_of_the_error_that_is_raised(
    fault: dict[str, Any], ends: tuple[object, ...], run: Run
) -> None:
    sandbox, notes = Sandbox(), Notes()
    sandbox.fail(**fault, times=None)
    with sandbox.client(hooks=notes, retry=AT_ONCE) as client, pytest.raises(DeliveryError) as caught:
        run.send(client, PAID)
    assert notes.told[-1] == ends
    assert type(caught.value).__name__ == ends[-1]


def test_each_request_of_a_batch_that_is_split_is_told_by_itself(run: Run) -> None:
    notes = Notes()
    items = [Identify(user_id=f"u{i}", traits={"fill": "x" * 30_000}) for i in range(20)]
    with Sandbox().client(hooks=notes) as client:
        receipt = run.send(client, Batch(batch=list(items)))
    requests = list(dict.fromkeys(notes.requests))
    assert [request.size for request in requests] == [part.size for part in receipt.requests]
    assert [i for request in requests for i in request.message_ids] == list(receipt.message_ids)


def test_a_check_of_the_key_is_told_too(run: Run) -> None:
    notes = Notes()
    with Sandbox().client(hooks=notes) as client:
        run.check(client)
    assert notes.told == [("attempt", 1), ("answer", 1, 200, None), ("end", 1, 200, None)]
    assert (notes.requests[0].call, notes.requests[0].message_ids) == ("batch", ())


def test_a_load_is_told_since_it_goes_through_the_client() -> None:
    sandbox, notes = Sandbox(), Notes()
    sandbox.fail(status=503, times=1)
    with sandbox.client(hooks=notes, retry=AT_ONCE) as client:
        load(client, [{"type": "track", "userId": "ada", "event": "Paid"}], workers=1)
    assert [told[0] for told in notes.told] == ["attempt", "answer", "wait", "attempt", "answer", "end"]


async def test_a_call_that_is_cancelled_is_told_with_its_end() -> None:
    sandbox, notes = Sandbox(), Notes()
    sandbox.fail(delay=3_600.0)
    async with sandbox.client(hooks=notes, timeout=7_200.0) as client:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.asend(PAID), 0.01)
    assert notes.told == [
        ("attempt", 1),
        ("answer", 1, None, "CancelledError"),
        ("end", 1, None, "CancelledError"),
    ]


def test_of_what_is_not_sent_no_attempt_is_counted(run: Run) -> None:
    notes = Notes()
    with Sandbox().client(hooks=notes) as client:
        client.preview(PAID)
        run.close(client)
        with pytest.raises(ConfigurationError):
            run.send(client, PAID)
    assert notes.told == [
        ("attempt", 1),
        ("answer", 1, None, "ConfigurationError"),
        ("end", 0, None, "ConfigurationError"),
    ]


@pytest.mark.parametrize("message_id", ["ada@example.com", "a b", "x" * 101, "1\n2"])
def test_an_id_that_could_be_anything_is_not_told(message_id: str, run: Run, caplog: pytest.LogCaptureFixture) -> None:
    notes = Notes()
    with caplog.at_level(logging.DEBUG), Sandbox().client(hooks=notes) as client:
        run.send(client, Track(user_id="ada", event="Paid", message_id=message_id))
    assert notes.requests[0].message_ids == ("[messageId]",)
    assert message_id not in caplog.text


class Broken(Hooks):
    """A hook with a bug in every method."""

    @override
    def on_attempt(self, request: RequestInfo, number: int) -> None:
        raise ZeroDivisionError

    on_answer = on_wait = on_end = on_attempt  # type: ignore[assignment] # each is called, and each fails


def test_a_hook_that_fails_is_logged_and_changes_nothing(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    sandbox, notes = Sandbox(), Notes()
    sandbox.fail(status=503, times=1)
    with sandbox.client(hooks=[Broken(), notes], retry=AT_ONCE) as client:
        assert run.send(client, PAID).attempts == 2
    assert len(notes.told) == 6
    assert [r.message for r in caplog.records if r.levelname == "ERROR"] == ["Broken has failed"] * 6


# The logger


def test_the_logger_says_at_info_that_a_retry_follows_and_at_debug_each_answer(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=503, times=1)
    sandbox.fail(timeout="after", times=1)
    with caplog.at_level(logging.DEBUG, "langchain_customerio"), sandbox.client(retry=AT_ONCE) as client:
        run.send(client, PAID)
    ours = [record for record in caplog.records if record.name == "langchain_customerio"]
    assert [(record.levelname, record.message.partition(" in ")[0]) for record in ours] == [
        ("DEBUG", "track (order-17): 503"),
        ("INFO", "track (order-17): 503; attempt 2 follows"),
        ("DEBUG", "track (order-17): ReadTimeout"),
        ("INFO", "track (order-17): ReadTimeout; attempt 3 follows"),
        ("DEBUG", "track (order-17): 200"),
        ("INFO", "track (order-17): 200 after 3 attempts"),
    ]


def test_a_call_that_arrives_at_once_is_logged_at_debug_only(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "langchain_customerio"), Sandbox().client(retry=AT_ONCE) as client:
        run.send(client, PAID)
        run.check(client)
    assert [record.message for record in caplog.records if record.name == "langchain_customerio"] == []


def test_of_many_ids_the_first_are_logged(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    items = [Identify(user_id="ada", message_id=f"m{i}") for i in range(5)]
    with caplog.at_level(logging.DEBUG, "langchain_customerio"), Sandbox().client() as client:
        run.send(client, Batch(batch=list(items)))
        run.check(client)
    [batch, check] = [record.message for record in caplog.records if record.name == "langchain_customerio"]
    assert batch.startswith("batch (m0, m1, m2 and 2 more): 200 in ")
    assert check.startswith("batch: 200 in ")


def test_neither_hooks_nor_the_logger_have_key_or_data(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    sandbox, notes = Sandbox(), Notes()
    sandbox.fail(status=503, body=f"{KEY} ada.lovelace ada@example.com", times=None)
    client = sandbox.client(api_key=KEY, hooks=notes, retry=AT_ONCE)
    with caplog.at_level(1), pytest.raises(DeliveryError):
        run.send(client, PAID)
    shown = f"{caplog.text}{notes.told}{notes.requests}"
    assert all(secret not in shown for secret in (KEY, "ada.lovelace", "ada@example.com"))


@pytest.mark.parametrize("hooks", [print, [print], Notes, 7])
def test_what_is_no_hook_is_refused(hooks: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^hooks takes Hooks, or several"):
        Sandbox().client(hooks=hooks)
