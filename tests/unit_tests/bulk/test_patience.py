"""How long an outage may last, by a clock that the test turns."""

from __future__ import annotations

from langchain_customerio.bulk.patience import Patience
from langchain_customerio.client.exchange import Exchange, Outgoing
from langchain_customerio.client.retries import RetryPolicy


class Clock:
    """A clock that stands still until it is told otherwise."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def failed(retry_after: float | None = None, *, retry: bool = True) -> Exchange:
    exchange = Exchange(Outgoing("batch", b"{}", strict=False, message_ids=()))
    exchange.attempts, exchange.status, exchange.retry, exchange.retry_after = 1, 503, retry, retry_after
    return exchange


def patience(seconds: float, clock: Clock) -> Patience:
    return Patience(seconds, RetryPolicy(base_delay=0), clock=clock)


def test_an_outage_begins_with_the_first_failure_and_ends_with_the_next_success() -> None:
    clock = Clock()
    load = patience(60.0, clock)
    for seconds in (0, 30, 59):
        clock.now = 1_000.0 + seconds
        assert load.pause(failed()) == 0.0
        assert load.waiting == f"503 for {seconds} s, of 60 s at the most"
    load.rewarded()
    assert not load.waiting
    clock.now += 61
    assert load.pause(failed()) == 0.0
    clock.now += 61
    assert load.pause(failed()) is None


def test_what_the_api_asks_for_is_waited_for_unless_it_is_too_long() -> None:
    load = patience(60.0, Clock())
    assert load.pause(failed(59.0)) == 59.0
    assert load.pause(failed(61.0)) is None


def test_what_no_repeat_would_cure_is_not_waited_for() -> None:
    assert patience(60.0, Clock()).pause(failed(retry=False)) is None


def test_without_patience_nothing_is_waited_for() -> None:
    assert patience(0.0, Clock()).pause(failed()) is None


def test_a_success_without_an_outage_is_nothing_new() -> None:
    load = patience(60.0, Clock())
    load.rewarded()
    load.failed(failed())
    assert load.waiting == "503 for 0 s, of 60 s at the most"
    load.rewarded()
    assert not load.waiting
