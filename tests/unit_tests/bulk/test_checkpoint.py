"""What is settled is known exactly, in whatever order it was settled, and its file is always whole."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_customerio import ConfigurationError
from langchain_customerio.bulk.batching import Span
from langchain_customerio.bulk.checkpoint import Checkpoint, Settled, State

if TYPE_CHECKING:
    from pathlib import Path

STATE = State(
    source="events.jsonl", fingerprint="1:2", identity="x", lanes=[[(0, 5, 310), (7, 9, None)], []], delivered=7
)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "c")
    assert checkpoint.read() is None
    checkpoint.write(STATE)
    assert Checkpoint(tmp_path / "c").read() == STATE


def test_a_write_replaces_the_file_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "c")
    checkpoint.write(STATE)
    before = (tmp_path / "c").stat().st_ino
    checkpoint.write(STATE.model_copy(update={"delivered": 8}))
    assert [path.name for path in tmp_path.iterdir()] == ["c"]
    assert (tmp_path / "c").stat().st_ino != before


def test_a_write_that_breaks_off_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = Checkpoint(tmp_path / "c")
    checkpoint.write(STATE)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            checkpoint.write(STATE.model_copy(update={"delivered": 8}), last=True)
    assert checkpoint.read() == STATE


def test_it_is_forced_onto_the_disk_once_a_second_and_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, forced = [100.0], list[float]()
    monkeypatch.setattr(os, "fsync", lambda _: forced.append(now[0]))
    checkpoint = Checkpoint(tmp_path / "c", clock=lambda: now[0])
    for _ in range(25):
        now[0] += 0.125
        checkpoint.write(STATE)
    assert forced == [101.0, 102.0, 103.0]
    checkpoint.write(STATE, last=True)
    assert forced == [101.0, 102.0, 103.0, 103.125]


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b'{"version": 2}', b'{"type": "track"}'])
def test_a_file_that_is_no_checkpoint_is_never_taken_for_an_empty_one(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "c").write_bytes(content)
    with pytest.raises(ConfigurationError, match="is no checkpoint, or a damaged one"):
        Checkpoint(tmp_path / "c").read()


spans = st.tuples(st.integers(0, 1), st.integers(0, 30), st.integers(1, 10)).map(
    lambda drawn: Span(drawn[0], drawn[1], drawn[1] + drawn[2], (drawn[1] + drawn[2]) * 100)
)


@given(st.lists(spans, max_size=20))
def test_what_is_settled_agrees_with_two_sets(added: list[Span]) -> None:
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
