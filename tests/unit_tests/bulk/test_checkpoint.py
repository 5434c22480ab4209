"""The checkpoint file is always whole, and on the disk when it matters."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from langchain_customerio import ConfigurationError
from langchain_customerio.bulk.checkpoint import Checkpoint, State

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
