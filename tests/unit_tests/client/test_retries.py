"""When to try again: the arithmetic, without a clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_customerio import ConfigurationError, RetryPolicy
from langchain_customerio.client.retries import RETRIED_STATUSES, read_retry_after

NOW = "Mon, 23 Nov 2026 10:00:00 GMT"
DAY = 86_400.0


def test_exactly_these_statuses_are_tried_again() -> None:
    assert {408, 429, 500, 502, 503, 504} == RETRIED_STATUSES


@given(st.integers(1, 10_000), st.floats(0, 1e6), st.floats(0, 1e6))
def test_a_wait_is_between_nothing_and_a_bound_that_doubles(attempt: int, base: float, most: float) -> None:
    policy = RetryPolicy(base_delay=base, max_delay=most)
    assert 0 <= policy.wait(attempt, None) <= min(most, base * 2.0 ** min(attempt - 1, 900))


def test_waits_are_spread_over_their_whole_range() -> None:
    policy = RetryPolicy(base_delay=1.0, max_delay=3.0)
    for attempt, bound in ((1, 1.0), (2, 2.0), (3, 3.0), (9, 3.0)):
        waits = sorted(policy.wait(attempt, None) / bound for _ in range(2_000))
        assert waits[0] < 0.05
        assert waits[-1] > 0.95
        assert 0.4 < sum(waits) / len(waits) < 0.6


@given(st.integers(1, 50), st.floats(0, 1e4))
def test_what_the_api_asks_for_is_waited_at_least(attempt: int, retry_after: float) -> None:
    policy = RetryPolicy(base_delay=1.0, max_delay=2.0)
    assert retry_after <= policy.wait(attempt, retry_after) <= max(retry_after, 2.0)


@pytest.mark.parametrize(
    ("attempt", "elapsed", "wait", "retry_after", "gives_up"),
    [
        (1, 0.0, 0.0, None, False),
        (2, 0.0, 0.0, None, False),
        (3, 0.0, 0.0, None, True),
        (4, 0.0, 0.0, None, True),
        (1, 9.9, 0.0, None, False),
        (1, 8.9, 1.0, None, False),
        (1, 9.0, 1.0, None, True),
        (1, 9.0, 1.001, None, True),
        (1, 10.0, 0.0, None, True),
        (1, 0.0, 5.0, 5.0, False),
        (1, 0.0, 5.001, 5.001, True),
        (1, 0.0, 5.5, 5.0, False),
        (1, 8.0, 5.0, 5.0, True),
    ],
)
def test_attempts_end_with_their_number_the_deadline_or_a_retry_after_that_is_too_long(
    *, attempt: int, elapsed: float, wait: float, retry_after: float | None, gives_up: bool
) -> None:
    policy = RetryPolicy(attempts=3, deadline=10.0, max_retry_after=5.0)
    assert policy.gives_up(attempt, elapsed, wait, retry_after) is gives_up


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        ("120", 120.0),
        ("1.5", 1.5),
        (" 7 ", 7.0),
        ("-5", 0.0),
        ("1e9", DAY),
        ("inf", DAY),
        ("-inf", 0.0),
        ("nan", None),
        ("", None),
        ("soon", None),
        ("5 s", None),
        ("Mon, 23 Nov 2026 10:00:30 GMT", 30.0),
        ("Mon, 23 Nov 2026 11:00:30 +0100", 30.0),
        ("Mon, 23 Nov 2026 09:00:00 GMT", 0.0),
        ("Mon, 23 Nov 2099 10:00:00 GMT", DAY),
        ("Mon, 23 Nov 2026 10:00:30 -0000", None),
        ("Fri, 99999999999999999999 Nov 2026 10:00:00 GMT", None),
        ("Mon, 99 Nov 2026 10:00:00 GMT", None),
        ("2026-11-23T10:00:30Z", None),
    ],
)
def test_a_retry_after_is_seconds_or_a_date_within_a_day(header: str | None, seconds: float | None) -> None:
    assert read_retry_after(header, NOW) == seconds


def test_a_date_is_read_against_the_clock_where_no_time_is_given() -> None:
    assert read_retry_after("Mon, 23 Nov 2020 10:00:00 GMT") == 0.0
    assert read_retry_after("Fri, 23 Nov 2096 10:00:00 GMT", "no date") == DAY


@pytest.mark.parametrize("date", ["Mon, 23 Nov 1998 09:59:53 GMT", "Mon, 23 Nov 1998 11:59:53 +0200"])
def test_a_date_is_read_against_the_clock_of_whoever_wrote_it(date: str) -> None:
    assert read_retry_after("Mon, 23 Nov 1998 10:00:00 GMT", date) == 7.0


numbers = st.integers(-10, 10**20).map(str)
dates = st.builds("{}, {} {} {} {}:{}:{} {}".format, st.text(max_size=4), numbers, st.sampled_from(["Nov", "No"]),
                  numbers, numbers, numbers, numbers, st.sampled_from(["GMT", "+9999", "-0000", ""]))  # fmt: skip


@given(st.one_of(st.text(), numbers, dates, st.floats().map(str)))
def test_no_header_can_break_the_client_or_stop_it_for_more_than_a_day(header: str) -> None:
    seconds = read_retry_after(header)
    assert seconds is None or 0.0 <= seconds <= DAY


@pytest.mark.parametrize("attempts", [0, -1])
def test_the_first_attempt_counts(attempts: int) -> None:
    with pytest.raises(ConfigurationError, match="at least 1"):
        RetryPolicy(attempts=attempts)


@pytest.mark.parametrize("name", ["base_delay", "max_delay", "max_retry_after"])
@pytest.mark.parametrize("value", [-0.1, float("nan")])
def test_times_are_seconds(name: str, value: float) -> None:
    with pytest.raises(ConfigurationError, match="times are seconds, zero or more"):
        RetryPolicy(**{name: value})  # type: ignore[arg-type] # each of these is a float


@pytest.mark.parametrize("deadline", [0, -1, float("nan")])
def test_a_deadline_leaves_time_for_an_attempt(deadline: float) -> None:
    with pytest.raises(ConfigurationError, match="deadline is the seconds that a request may take in all: more than"):
        RetryPolicy(deadline=deadline)


def test_a_policy_is_a_value() -> None:
    assert RetryPolicy() == RetryPolicy(attempts=5, base_delay=0.5, max_delay=8.0, max_retry_after=30.0, deadline=60.0)
    assert RetryPolicy(deadline=1) != RetryPolicy()
