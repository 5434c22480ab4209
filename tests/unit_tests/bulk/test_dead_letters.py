"""The dead-letter file says what was not sent, and can be loaded again."""

from __future__ import annotations

import resource
import signal
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson
import pytest

from langchain_customerio.bulk.batching import Refused
from langchain_customerio.bulk.dead_letters import DeadLetters, entry, entry_of_item

if TYPE_CHECKING:
    from pathlib import Path


def test_an_entry_says_where_the_record_was_and_why_it_was_refused() -> None:
    assert orjson.loads(entry("e.jsonl", 4, "event: is required", call={"type": "track"})) == {
        "dead_letter": {"source": "e.jsonl", "position": 5, "reason": "event: is required"},
        "call": {"type": "track"},
    }


def test_what_was_no_call_is_kept_as_it_stood_there() -> None:
    assert orjson.loads(entry("e.jsonl", 0, "is not JSON", text='{"a')) == {
        "dead_letter": {"source": "e.jsonl", "position": 1, "reason": "is not JSON"},
        "text": '{"a',
    }


def test_a_call_that_was_sent_is_kept_with_its_bytes_and_so_with_its_id() -> None:
    item = b'{"messageId":"m",  "type":"track"}'
    line = entry_of_item("e.jsonl", 1, "no", item)
    assert item in line
    assert orjson.loads(line)["call"] == {"messageId": "m", "type": "track"}


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (datetime(2026, 11, 20, tzinfo=UTC), "2026-11-20T00:00:00+00:00"),
        ("\ud800", "\ud800"),
        (2**70, 2**70),
        ({1: 2}, {"1": 2}),
        (b"\xff", "b'\\xff'"),
        ({"a": {(1, 2): "\ud800"}}, {"a": {}}),
    ],
)
def test_what_json_cannot_carry_is_kept_as_far_as_it_can(value: object, kept: object) -> None:
    import json  # noqa: PLC0415 - reads what orjson does not: lone surrogates and huge integers

    line = entry("s", 0, "bad", call={"traits": value})
    assert json.loads(line)["call"] == {"traits": kept}
    assert line.count(b"\n") == 1


def test_the_file_is_made_when_there_is_something_to_write(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path / "d")
    assert letters.size == 0
    letters.close()
    assert not (tmp_path / "d").exists()


def test_entries_are_added_at_once_to_what_the_file_holds(tmp_path: Path) -> None:
    (tmp_path / "d").write_bytes(b"old\n")
    letters = DeadLetters(tmp_path / "d")
    letters.write([Refused(0, "", b"a\n"), Refused(1, "", b"b\n")])
    assert (tmp_path / "d").read_bytes() == b"old\na\nb\n"
    letters.write([Refused(2, "", b"c\n")])
    assert letters.size == 10
    letters.close()
    assert (tmp_path / "d").read_bytes() == b"old\na\nb\nc\n"


def refused(source: str, *indexes: int) -> list[Refused]:
    return [Refused(index, "bad", entry(source, index, "bad", text="{")) for index in indexes]


def positions(path: Path) -> list[tuple[str, int]]:
    letters = [orjson.loads(line)["dead_letter"] for line in path.read_bytes().splitlines()]
    return [(letter["source"], letter["position"]) for letter in letters]


def test_what_no_checkpoint_knows_of_is_not_written_again_and_nothing_is_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "d"
    with closing(DeadLetters(path, "e")) as killed:
        killed.write(refused("e", 0))
        known = killed.size
        killed.write(refused("e", 4, 7))  # and then it was killed, before it could write the checkpoint
    with closing(DeadLetters(path, "other")) as other:
        other.write(refused("other", 4, 5))

    with closing(DeadLetters(path, "e", known)) as letters:
        letters.write(refused("e", 4))
        assert letters.size == known  # there is still one of which no checkpoint knows
        letters.write(refused("e", 5, 7))
        assert letters.size == path.stat().st_size
    assert positions(path) == [("e", 1), ("e", 5), ("e", 8), ("other", 5), ("other", 6), ("e", 6)]


@pytest.mark.parametrize("end", [b"", b'{"dead_letter": {"source": "e", "po', b'"text"', b'{"dead_letter": 7}'])
def test_an_entry_never_ends_up_on_a_line_with_another(tmp_path: Path, end: bytes) -> None:
    path = tmp_path / "d"
    first = refused("e", 0)[0].entry
    path.write_bytes(first + end if end else first.rstrip())
    with closing(DeadLetters(path, "e", 0)) as letters:
        letters.write(refused("e", 0, 1))
    lines = path.read_bytes().split(b"\n")
    assert lines[-2:] == [refused("e", 1)[0].entry.strip(), b""]
    assert lines[:-2] == [first.rstrip(), *([end] if end else [])]


def test_after_a_full_disk_the_next_entry_has_a_line_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "d"
    letters = DeadLetters(path, "e")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            letters.write(refused("e", *range(10)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert (letters.size, path.stat().st_size) == (0, 100)
    letters.write(refused("e", 1, 2))
    letters.close()
    lines = path.read_bytes().splitlines(keepends=True)
    assert lines[-2:] == [each.entry for each in refused("e", 1, 2)]


def test_a_file_that_has_been_emptied_since_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "d").write_bytes(b"")
    assert DeadLetters(tmp_path / "d", size=6).size == 0
    assert DeadLetters(tmp_path / "gone", size=6).size == 0
