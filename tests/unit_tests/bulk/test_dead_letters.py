"""The dead-letter file says what was not sent, and can be loaded again."""

from __future__ import annotations

import json
import os
import stat
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

from langchain_customerio import ConfigurationError
from langchain_customerio.bulk.batching import Refused
from langchain_customerio.bulk.dead_letters import DeadLetters, entry, entry_of_item
from tests.disks import most_bytes

ABOUT: dict[str, Any] = {"source": "e.jsonl", "load": "id", "position": 5, "reason": "event: is required"}


def test_an_entry_says_where_the_record_was_and_why_it_was_refused() -> None:
    assert orjson.loads(entry(ABOUT, call={"type": "track"})) == {"dead_letter": ABOUT, "call": {"type": "track"}}


def test_what_was_no_call_is_kept_as_it_stood_there() -> None:
    assert orjson.loads(entry(ABOUT, text='{"a')) == {"dead_letter": ABOUT, "text": '{"a'}


def test_a_call_that_was_sent_is_kept_with_its_bytes_and_so_with_its_id() -> None:
    item = b'{"messageId":"m",  "type":"track"}'
    line = entry_of_item(ABOUT, item)
    assert item in line
    assert orjson.loads(line)["call"] == {"messageId": "m", "type": "track"}


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (datetime(2026, 11, 20, tzinfo=UTC), "2026-11-20T00:00:00+00:00"),
        (date(1990, 1, 9), "1990-01-09"),
        ("\ud800", "\ud800"),
        (2**70, 2**70),
        ((1, 2.5, True, None), [1, 2.5, True, None]),
    ],
)
def test_a_value_is_kept_as_json_has_it(value: object, kept: object) -> None:
    line = entry(ABOUT, call={"traits": [value]})
    assert json.loads(line)["call"] == {"traits": [kept]}
    assert line.count(b"\n") == 1


@pytest.mark.parametrize(
    "value",
    [float("inf"), float("nan"), Decimal("1.10"), datetime(2026, 11, 20), b"\xff", {1: 2}, {(1, 2): "\ud800"}],  # noqa: DTZ001 - without a zone on purpose
)
def test_a_value_that_json_has_not_is_kept_as_text_and_never_as_another_value(value: object) -> None:
    call = {"traits": {"plan": "pro", "odd": [value]}}
    letter = json.loads(entry(ABOUT, call=call))
    assert letter == {"dead_letter": ABOUT, "text": repr(call)}


def test_what_is_nested_too_deep_to_be_written_is_kept_as_it_was_read() -> None:
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    assert orjson.loads(entry(ABOUT, call={"traits": nested}, text="[[[")) == {"dead_letter": ABOUT, "text": "[[["}
    assert orjson.loads(entry(ABOUT, call={"traits": nested})) == {"dead_letter": ABOUT, "text": ""}


def test_a_file_that_stays_empty_is_not_left_behind(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path / "d", "e")
    assert (tmp_path / "d").exists()
    letters.close()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_empty_before_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "d").touch()
    DeadLetters(tmp_path / "d", "e").close()
    assert (tmp_path / "d").exists()


def test_a_new_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    with closing(DeadLetters(tmp_path / "d", "e")) as letters:
        letters.write(refused("e", 0))
    assert stat.S_IMODE((tmp_path / "d").stat().st_mode) == 0o600


def test_a_symbolic_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "d").symlink_to(tmp_path / "precious")
    with pytest.raises(ConfigurationError, match="is a symbolic link"):
        DeadLetters(tmp_path / "d", "e")
    assert (tmp_path / "precious").read_text() == "precious"


def test_entries_are_added_at_once_to_what_the_file_holds(tmp_path: Path) -> None:
    (tmp_path / "d").write_bytes(b"old\n")
    letters = DeadLetters(tmp_path / "d", "e")
    letters.write([Refused(0, "", b"a\n"), Refused(1, "", b"b\n")])
    assert (tmp_path / "d").read_bytes() == b"old\na\nb\n"
    letters.write([Refused(2, "", b"c\n")])
    letters.close()
    assert (tmp_path / "d").read_bytes() == b"old\na\nb\nc\n"


def test_what_is_not_a_file_can_take_entries_too() -> None:
    with closing(DeadLetters(Path(os.devnull), "e")) as letters:
        letters.write(refused("e", 0))


def refused(load: str, *indexes: int, reason: str = "bad") -> list[Refused]:
    found = []
    for index in indexes:
        about = {"source": "s", "load": load, "position": index + 1, "reason": reason}
        found.append(Refused(index, reason, entry(about, text="{"), (load, index + 1)))
    return found


def positions(path: Path) -> list[tuple[str, int]]:
    letters = [orjson.loads(line)["dead_letter"] for line in path.read_bytes().splitlines()]
    return [(letter["load"], letter["position"]) for letter in letters]


def test_a_load_that_goes_on_adds_what_is_not_there_yet_and_takes_nothing_away(tmp_path: Path) -> None:
    path = tmp_path / "d"
    with closing(DeadLetters(path, "e")) as killed:
        killed.write(refused("e", 0, 4, 7))
    with closing(DeadLetters(path, "other")) as other:
        other.write(refused("other", 4, 5))
    with closing(DeadLetters(path, "e", resumed=True, first=1)) as letters:
        letters.write(refused("e", 4, reason="bad in other words"))
        letters.write(refused("e", 5, 7))
    assert positions(path) == [("e", 1), ("e", 5), ("e", 8), ("other", 5), ("other", 6), ("e", 6)]


def test_a_source_that_is_loaded_again_adds_what_is_refused_for_another_reason(tmp_path: Path) -> None:
    path = tmp_path / "d"
    for reason in ("bad", "bad", "worse"):
        with closing(DeadLetters(path, "e")) as letters:
            letters.write(refused("e", 0, 1, reason=reason))
    reasons = [orjson.loads(line)["dead_letter"]["reason"] for line in path.read_bytes().splitlines()]
    assert reasons == ["bad", "bad", "worse", "worse"]


@pytest.mark.parametrize("end", [b"", b'{"dead_letter": {"source": "e", "po', b'"text"', b'{"dead_letter": 7}'])
def test_an_entry_never_ends_up_on_a_line_with_another(tmp_path: Path, end: bytes) -> None:
    path = tmp_path / "d"
    first = refused("e", 0)[0].entry
    path.write_bytes(first + end if end else first.rstrip())
    with closing(DeadLetters(path, "e")) as letters:
        letters.write(refused("e", 0, 1))
    lines = path.read_bytes().split(b"\n")
    assert lines[-2:] == [refused("e", 1)[0].entry.strip(), b""]
    assert lines[:-2] == [first.rstrip(), *([end] if end else [])]


def test_a_full_disk_leaves_no_broken_entry(tmp_path: Path) -> None:
    path = tmp_path / "d"
    letters = DeadLetters(path, "e")
    letters.write(refused("e", 0))
    with most_bytes(path.stat().st_size + 100), pytest.raises(OSError, match="File too large"):
        letters.write(refused("e", *range(1, 10)))
    assert positions(path) == [("e", 1)]
    letters.write(refused("e", 1, 2))
    letters.close()
    assert positions(path) == [("e", 1), ("e", 2), ("e", 3)]


def test_on_a_full_disk_what_another_load_has_added_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, write = tmp_path / "d", os.write

    def full(descriptor: int, data: bytes) -> int:
        if len(data) == 7:
            raise OSError(28, "No space left on device")
        write(descriptor, data[:-7])
        with path.open("ab") as other:
            other.write(b"\nother\n")
        return len(data) - 7

    with closing(DeadLetters(path, "e")) as letters:
        monkeypatch.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space"):
            letters.write(refused("e", 0))
        monkeypatch.undo()
        letters.write(refused("e", 1))
    *_, other, last = path.read_bytes().splitlines(keepends=True)
    assert (other, last) == (b"other\n", refused("e", 1)[0].entry)


def test_a_file_that_somebody_deletes_is_noticed_and_begun_again(tmp_path: Path) -> None:
    path = tmp_path / "d"
    letters = DeadLetters(path, "e")
    letters.write(refused("e", 0, 1))
    path.unlink()
    letters.write(refused("e", 2))
    assert (letters.lost, positions(path)) == (2, [("e", 3)])
    path.unlink()
    letters.close()
    assert (letters.lost, path.exists()) == (3, False)


def test_a_file_that_somebody_moves_is_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "d"
    letters = DeadLetters(path, "e")
    letters.write(refused("e", 0))
    path.rename(tmp_path / "d.1")
    letters.write(refused("e", 1))
    letters.close()
    assert (letters.lost, positions(tmp_path / "d.1"), positions(path)) == (0, [("e", 1)], [("e", 2)])


def test_a_file_that_is_removed_while_it_is_written_to_is_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, write = tmp_path / "d", os.write

    def after_somebody_removed_it(descriptor: int, data: bytes) -> int:
        monkeypatch.setattr(os, "write", write)
        path.unlink()
        return write(descriptor, data)

    with closing(DeadLetters(path, "e")) as letters:
        monkeypatch.setattr(os, "write", after_somebody_removed_it)
        letters.write(refused("e", 0, 1))
    assert positions(path) == [("e", 1), ("e", 2)]
