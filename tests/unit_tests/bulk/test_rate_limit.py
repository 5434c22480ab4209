"""One rate for all workers, by a clock that the test turns."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from langchain_customerio import ConfigurationError
from langchain_customerio.bulk.rate_limit import RateLimit


class Clock:
    """A clock that stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def departures(limit: RateLimit, clock: Clock, count: int) -> list[float]:
    """Return when so many requests leave, each asking as soon as the one before has left."""
    left = []
    for _ in range(count):
        clock.now += limit.reserve()
        left.append(clock.now - 1_000.0)
    return left


def test_a_full_window_leaves_at_once_and_the_next_three_seconds_later() -> None:
    clock = Clock()
    left = departures(RateLimit(2.0, clock=clock), clock, 13)
    assert left == [0.0] * 6 + [3.0] * 6 + [6.0]


def test_workers_that_ask_at_the_same_time_get_places_one_after_the_other() -> None:
    limit = RateLimit(1.0, clock=Clock())
    assert [limit.reserve() for _ in range(7)] == [0.0, 0.0, 0.0, 3.0, 3.0, 3.0, 6.0]


def test_the_documented_limit_is_the_default() -> None:
    limit = RateLimit(clock=Clock())
    assert [limit.reserve() for _ in range(3_001)] == [0.0] * 3_000 + [3.0]


@pytest.mark.parametrize("rate", [0.1, 0.5, 1 / 3, 0.7])
def test_a_low_rate_is_kept_exactly(rate: float) -> None:
    clock = Clock()
    left = departures(RateLimit(rate, clock=clock), clock, 41)
    assert left[-1] == pytest.approx(40 / rate, rel=0.05)


@given(
    st.floats(0.5, 50),
    st.lists(st.tuples(st.floats(0, 2), st.sampled_from([None, None, None, 0.5, 4.0])), min_size=1, max_size=60),
)
@example(1.0, [(0.0, None), (0.0, None), (0.0, 0.5), (2.0, None), (2.0, None)])
def test_no_window_ever_sees_more_than_the_rate_allows(rate: float, steps: list[tuple[float, float | None]]) -> None:
    clock = Clock()
    limit = RateLimit(rate, clock=clock)
    left = []
    for wait, slow in steps:
        clock.now += wait
        if slow is not None:
            limit.slow_down(slow)
        left += [clock.now + limit.reserve() for _ in range(3)]
    most = max(1, int(rate * 3))
    window = most / rate
    for first, beyond in zip(sorted(left), sorted(left)[most:], strict=False):
        assert beyond - first >= window - 1e-6


def test_when_the_api_asks_for_time_everybody_waits() -> None:
    clock = Clock()
    limit = RateLimit(1_000.0, clock=clock)
    limit.slow_down(7.5)
    assert [limit.reserve() for _ in range(3)] == [7.5] * 3
    clock.now += 7.5
    assert limit.reserve() == 0.0


def test_when_it_is_too_much_without_a_time_less_is_sent_and_nobody_waits_for_it() -> None:
    limit = RateLimit(10.0, clock=Clock())  # thirty in three seconds
    limit.slow_down()
    assert [limit.reserve() for _ in range(16)] == [0.0] * 15 + [3.0]


def test_a_pause_lets_everybody_wait_and_slows_nobody_down() -> None:
    clock = Clock()
    limit = RateLimit(10.0, clock=clock)
    limit.hold(4.0)
    assert [limit.reserve() for _ in range(31)] == [4.0] * 30 + [7.0]


def test_however_often_it_is_too_much_the_rate_is_halved_once_in_a_window() -> None:
    clock = Clock()
    for quiet, at_once in ((0.0, 15), (0.3, 7)):
        limit = RateLimit(10.0, clock=clock)
        for _ in range(29):
            clock.now += 0.1
            limit.slow_down(0.0)
        clock.now += quiet
        limit.slow_down(0.0)
        assert sum(limit.reserve() == 0.0 for _ in range(40)) == at_once


def test_without_a_limit_only_the_api_slows_it_down() -> None:
    clock = Clock()
    limit = RateLimit(None, clock=clock)
    assert {limit.reserve() for _ in range(10_000)} == {0.0}
    limit.slow_down(2.0)
    assert limit.reserve() == 2.0


def test_too_much_halves_the_rate_and_each_quiet_window_gives_a_tenth_back() -> None:
    clock = Clock()
    limit = RateLimit(10.0, clock=clock)  # thirty in three seconds
    limit.slow_down(0.0)
    assert sum(limit.reserve() == 0.0 for _ in range(40)) == 15
    clock.now += 300.0
    assert sum(limit.reserve() == 0.0 for _ in range(40)) == 30


def test_one_quiet_window_gives_a_tenth() -> None:
    clock = Clock()
    limit = RateLimit(10.0, clock=clock)
    limit.slow_down(0.0)
    clock.now += 3.0
    assert sum(limit.reserve() == 0.0 for _ in range(40)) == 18


def test_what_was_in_flight_and_is_told_the_same_slows_down_only_once() -> None:
    clock = Clock()
    limit = RateLimit(10.0, clock=clock)
    for _ in range(8):
        limit.slow_down(5.0)
    clock.now += 5.0
    assert sum(limit.reserve() == 0.0 for _ in range(40)) == 15


@pytest.mark.parametrize("rate", [0, -1.0])
def test_a_rate_that_lets_nothing_through_is_refused(rate: float) -> None:
    with pytest.raises(ConfigurationError, match="above zero"):
        RateLimit(rate)
