"""What is settled is known exactly, in whatever order it was settled, and its file is always whole."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_customerio import ConfigurationError
from langchain_customerio.bulk.batching import Span
from langchain_customerio.bulk.checkpoint import Checkpoint, Settled, State
from langchain_customerio.bulk.private_files import new_beside

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STATE = State(
    source="events.jsonl", fingerprint="1:2", identity="x", lanes=[[(0, 5, 310), (7, 9, None)], []], delivered=7
)


def read(path: Path) -> State | None:
    """Return what a checkpoint file holds, and let go of it."""
    with closing_checkpoint(path) as checkpoint:
        return checkpoint.read()


@contextmanager
def closing_checkpoint(path: Path, **options: Any) -> Iterator[Checkpoint]:
    checkpoint = Checkpoint(path, **options)
    try:
        yield checkpoint
    finally:
        checkpoint.release()


def test_what_was_written_is_read(tmp_path: Path) -> None:
    with closing_checkpoint(tmp_path / "c") as checkpoint:
        assert checkpoint.read() is None
        checkpoint.write(STATE)
    assert read(tmp_path / "c") == STATE.model_copy(update={"process": os.getpid()})


def test_a_write_replaces_the_file_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    with closing_checkpoint(tmp_path / "c") as checkpoint:
        checkpoint.write(STATE)
        before = (tmp_path / "c").stat().st_ino
        checkpoint.write(STATE.model_copy(update={"delivered": 8}))
        assert [path.name for path in tmp_path.iterdir()] == ["c"]
        assert (tmp_path / "c").stat().st_ino != before


def test_it_is_for_its_owner_alone(tmp_path: Path) -> None:
    with closing_checkpoint(tmp_path / "c") as checkpoint:
        checkpoint.write(STATE)
    assert stat.S_IMODE((tmp_path / "c").stat().st_mode) == 0o600


def test_a_symbolic_link_is_neither_read_nor_written_through(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "c").symlink_to(tmp_path / "precious")
    with closing_checkpoint(tmp_path / "c") as checkpoint:
        with pytest.raises(ConfigurationError, match="is a symbolic link"):
            checkpoint.read()
        with pytest.raises(ConfigurationError, match="in use"):
            checkpoint.write(STATE)
    assert (tmp_path / "precious").read_text() == "precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c", "precious"]


def test_what_a_killed_process_has_left_beside_it_is_removed(tmp_path: Path) -> None:
    with closing_checkpoint(tmp_path / "c[1]") as checkpoint:
        checkpoint.write(STATE)
    descriptor, left = new_beside(tmp_path / "c[1]")
    os.close(descriptor)
    assert left.exists()
    read(tmp_path / "c[1]")
    assert [path.name for path in tmp_path.iterdir()] == ["c[1]"]


def test_while_one_load_has_it_no_other_can_have_it(tmp_path: Path) -> None:
    with closing_checkpoint(tmp_path / "c") as first, closing_checkpoint(tmp_path / "c") as second:
        first.write(STATE)
        first.write(STATE)
        for use in (second.read, lambda: second.write(STATE)):
            with pytest.raises(ConfigurationError, match=rf"c is in use by process {os.getpid()}: wait"):
                use()
        first.release()
        assert second.read() is not None
        second.write(STATE)
        with pytest.raises(ConfigurationError, match="is in use"):
            first.write(STATE)


def test_a_load_that_lets_go_of_it_while_another_one_opens_it_does_not_share_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing_checkpoint(tmp_path / "c") as first, closing_checkpoint(tmp_path / "c") as second:
        first.write(STATE)

        def late(descriptor: int, operation: int) -> None:
            monkeypatch.undo()
            first.write(STATE.model_copy(update={"delivered": 8}))
            first.release()
            fcntl.flock(descriptor, operation)

        monkeypatch.setattr(fcntl, "flock", late)
        state = second.read()
    assert state is not None
    assert state.delivered == 8


def test_it_can_be_begun_again_where_somebody_has_deleted_it(tmp_path: Path) -> None:
    with closing_checkpoint(tmp_path / "c") as checkpoint:
        checkpoint.write(STATE)
        (tmp_path / "c").unlink()
        checkpoint.write(STATE)
    assert read(tmp_path / "c") is not None


@pytest.mark.parametrize("error", [OSError(errno.ENOLCK, "No locks"), OSError(errno.EPERM, "No links")])
def test_a_file_system_that_knows_no_locks_or_links_does_not_keep_a_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(*((fcntl, "flock") if error.errno == errno.ENOLCK else (os, "link")), refuse)
    with closing_checkpoint(tmp_path / "c") as checkpoint:
        checkpoint.write(STATE)
        checkpoint.write(STATE)
    assert [path.name for path in tmp_path.iterdir()] == ["c"]
    assert read(tmp_path / "c") is not None


def test_a_write_that_breaks_off_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with closing_checkpoint(tmp_path / "c") as checkpoint:
        checkpoint.write(STATE)
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            with pytest.raises(OSError, match="No space"):
                checkpoint.write(STATE.model_copy(update={"delivered": 8}), last=True)
    assert [path.name for path in tmp_path.iterdir()] == ["c"]
    assert (read(tmp_path / "c") or STATE).delivered == 7


def test_a_disk_that_takes_little_at_once_gets_the_rest_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:7]))
    with closing_checkpoint(tmp_path / "c") as checkpoint:
        checkpoint.write(STATE)
    assert (read(tmp_path / "c") or STATE).lanes == STATE.lanes


def test_a_disk_that_does_not_hold_what_was_written_to_it_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    with closing_checkpoint(tmp_path / "c") as checkpoint:
        checkpoint.write(STATE)
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:7]) and len(data))
            with pytest.raises(OSError, match="does not hold what was written to it"):
                checkpoint.write(STATE.model_copy(update={"delivered": 8}))
    assert (read(tmp_path / "c") or STATE).delivered == 7


def test_it_is_forced_onto_the_disk_once_a_second_and_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, forced = [100.0], list[float]()
    monkeypatch.setattr(os, "fsync", lambda _: forced.append(now[0]))
    with closing_checkpoint(tmp_path / "c", clock=lambda: now[0]) as checkpoint:
        for _ in range(25):
            now[0] += 0.125
            checkpoint.write(STATE)
        assert forced == [101.0, 102.0, 103.0]
        checkpoint.write(STATE, last=True)
    assert forced == [101.0, 102.0, 103.0, 103.125]


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b'{"version": 1}', b'{"type": "track"}'])
def test_a_file_that_is_no_checkpoint_is_never_taken_for_an_empty_one(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "c").write_bytes(content)
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="is not a checkpoint of this version, or it is damaged"):
            read(tmp_path / "c")


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
