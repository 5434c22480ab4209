"""Records are known by their places, by a key, or by what a dead letter says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from langchain_customerio import Track
from langchain_customerio.bulk import LoadStoppedError, load
from langchain_customerio.bulk.origins import Origins, number_of
from langchain_customerio.bulk.readers.base import BadRecord, Block
from langchain_customerio.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path


def test_a_record_is_known_by_its_place() -> None:
    origins = Origins()
    assert origins.note(block := Block(5, [{}, {}])) is block
    origin = origins.of(6)
    assert (origin.position, origin.number, origin.key, origin.letter) == (7, 6, {}, {})


def test_what_is_settled_is_forgotten() -> None:
    origins = Origins()
    for first in (0, 2, 4):
        origins.note(Block(first, [b"1", b"2"], numbers=[first + 100, first + 101]))
    origins.forget(3)
    assert [origins.of(index).number for index in range(2, 6)] == [102, 103, 104, 105]
    assert origins.of(1).number == 1
    origins.forget(100)
    assert origins.of(5).number == 105


@pytest.mark.parametrize(
    "record",
    [
        {"type": "track", "userId": "ada", "event": "Paid", "properties": {"order": 7}},
        b'{"type": "track", "userId": "ada", "event": "Paid", "properties": {"order": 7}}',
        '{"type": "track", "userId": "ada", "event": "Paid", "properties": {"order": 7}}',
        Track(user_id="ada", event="Paid", properties={"order": 7}),
    ],
)
def test_a_key_is_a_name_or_a_path(record: Any) -> None:
    origins = Origins(["userId", "properties.order"])
    block = origins.note(Block(0, [record]))
    assert list(block.records) == [record]
    assert origins.of(0).key == {"userId": "ada", "properties.order": 7}
    assert block.numbers == [number_of(["ada", 7])]


def test_a_part_of_a_key_may_be_missing_and_all_of_it_may_not() -> None:
    block = Origins(["day", "order"]).note(Block(0, [{"order": 7, "day": None}, {"x": 1}, b"", b"{", b"7", b"[]"]))
    assert block.numbers == [number_of([None, 7]), 0, 0, 0, 0, 0]
    assert block.records[0] == {"order": 7, "day": None}
    assert isinstance(block.records[1], BadRecord)
    assert block.records[1].reason == "has no day and no order, which tells it from others"
    assert list(block.records[2:]) == [b"", b"{", b"7", b"[]"]


def test_numbers_that_a_source_gives_itself_stay() -> None:
    origins = Origins(["order"])
    assert origins.note(Block(0, [{"order": 7}], numbers=[5])).numbers == [5]


def test_a_dead_letter_says_where_its_record_comes_from() -> None:
    about = {"source": "e.jsonl", "load": "x", "position": 3, "reason": "bad", "messageId": "m"}
    lines = [orjson.dumps({"dead_letter": about, "call": {}}), b'{"dead_letter": 7}', b'{"dead_letter": {', b"{}"]
    origins = Origins()
    origins.note(Block(0, lines))
    assert [origins.of(index).letter for index in range(4)] == [about, {}, {}, {}]
    assert origins.are_letters


def test_a_file_whose_lines_have_keys_goes_on_from_the_place_where_it_was_stopped(tmp_path: Path) -> None:
    path, sandbox = tmp_path / "orders.jsonl", Sandbox()
    lines = [{"type": "track", "userId": "ada", "event": "Paid", "properties": {"n": n}} for n in range(20_000)]
    path.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    sandbox.fail(status=401, after=2)
    options: dict[str, Any] = {"key": "properties.n", "checkpoint": tmp_path / "c", "workers": 1}
    with pytest.raises(LoadStoppedError):
        load(sandbox.client(), path, **options)
    report = load(sandbox.client(), path, resume=True, **options)
    assert 0 < report.earlier < report.delivered == len(sandbox.events) == 20_000
