"""The dead-letter file says what was not sent, and can be loaded again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson
import pytest

from langchain_customerio.bulk.deadletters import DeadLetters, entry, entry_of_item

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
    letters.write([b"a\n", b"b\n"])
    assert (tmp_path / "d").read_bytes() == b"old\na\nb\n"
    letters.write([b"c\n"])
    assert letters.size == 10
    letters.close()
    assert (tmp_path / "d").read_bytes() == b"old\na\nb\nc\n"


def test_what_no_checkpoint_knows_of_is_taken_back(tmp_path: Path) -> None:
    (tmp_path / "d").write_bytes(b"known\nunknown\n")
    assert DeadLetters(tmp_path / "d", 6).size == 6
    assert (tmp_path / "d").read_bytes() == b"known\n"


def test_a_file_that_has_been_emptied_since_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "d").write_bytes(b"")
    assert DeadLetters(tmp_path / "d", 6).size == 0
    assert DeadLetters(tmp_path / "gone", 6).size == 0
