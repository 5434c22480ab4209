"""What is settled is known exactly, in whatever order it was settled."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from langchain_customerio.bulk.batching import Span
from langchain_customerio.bulk.settled import Settled

spans = st.tuples(st.integers(0, 1), st.integers(0, 30), st.integers(1, 10)).map(
    lambda drawn: Span(drawn[0], drawn[1], drawn[1] + drawn[2], (drawn[1] + drawn[2]) * 100)
)


@given(st.lists(spans, max_size=20))
def test_it_agrees_with_two_sets(added: list[Span]) -> None:
    settled = Settled([[], []])
    for span in added:
        settled.add(span)
    sets = [{i for span in added if span.lane == lane for i in range(span.start, span.end)} for lane in (0, 1)]
    assert [{i for i in range(45) if settled.has(lane, i)} for lane in (0, 1)] == sets
    firsts = [min(set(range(50)) - each) for each in sets]
    assert [settled.lane_start(lane) for lane in (0, 1)] == [(first, first * 100) for first in firsts]
    assert settled.start == (min(firsts), min(firsts) * 100)
    assert settled.is_beyond(45)
    assert settled.is_beyond(0) == (not added)


@given(st.lists(spans, max_size=20))
def test_runs_are_apart_and_in_order(added: list[Span]) -> None:
    settled = Settled([[], []])
    for span in added:
        settled.add(span)
    for runs in settled.runs:
        ends = [edge for start, end, _ in runs for edge in (start, end)]
        assert ends == sorted(set(ends))


def test_it_goes_on_from_runs_that_were_written_down() -> None:
    written = [[(0, 5, 310), (7, 9, None)]]
    settled = Settled(written)
    settled.add(Span(0, 5, 7, 400))
    assert settled.runs == [[(0, 9, None)]]
    assert written == [[(0, 5, 310), (7, 9, None)]]


def test_a_known_offset_is_kept_when_the_same_part_is_settled_again_without_it() -> None:
    settled = Settled([[(0, 5, 310)]])
    settled.add(Span(0, 3, 5))
    assert settled.start == (5, 310)
