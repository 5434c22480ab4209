"""From blocks to requests: nothing is lost between them, and nothing that is settled comes again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_customerio import Policy
from langchain_customerio.bulk.batching import BatchRequest, Span
from langchain_customerio.bulk.checking import check
from langchain_customerio.bulk.checkpoint import Settled, State
from langchain_customerio.bulk.message_ids import Namer
from langchain_customerio.bulk.options import Options
from langchain_customerio.bulk.outcomes import Outcomes
from langchain_customerio.bulk.prepare import Preparer
from langchain_customerio.bulk.readers.base import Block
from langchain_customerio.bulk.tracker import Tracker
from langchain_customerio.bulk.validate import Checker

if TYPE_CHECKING:
    from pathlib import Path

    from langchain_customerio.bulk.checkpoint import Run


class Prepared(Preparer):
    """A preparer, and the tracker that counts what it reads."""

    def __init__(
        self,
        lanes: list[list[Run]] | None = None,
        most_items: int | None = None,
        letters: Path | None = None,
        most_writes: int | None = None,
    ) -> None:
        state = State(source="e.jsonl", fingerprint=None, identity="s", lanes=lanes or [[]])
        self.tracker = Tracker(state, Outcomes(state, Options(dead_letter=letters)))
        self.checker = Checker(Policy(), Namer("s"))
        self.lanes = len(state.lanes)
        super().__init__(self.tracker, most_items=most_items, most_writes=most_writes)


def fed(made: Prepared, block: Block) -> list[BatchRequest | None]:
    return list(made.feed(block, check(made.checker, made.lanes, block)))


def track(number: int, user: str = "ada") -> bytes:
    return orjson.dumps({"type": "track", "userId": user, "event": "E", "properties": {"n": number}})


def prepared(made: Prepared, records: list[bytes], per_block: int = 4, start: int = 0) -> list[BatchRequest | None]:
    found: list[BatchRequest | None] = []
    for first in range(start, len(records), per_block):
        begin = sum(len(line) + 1 for line in records[:first])
        found += fed(made, Block(first, records[first : first + per_block], begin))
    return [*found, *made.finish()]


def numbers(request: BatchRequest) -> list[int]:
    return [item["properties"]["n"] for item in orjson.loads(request.body)["batch"]] if request.ends else []


def requests_of(found: list[BatchRequest | None]) -> list[BatchRequest]:
    return [request for request in found if request is not None]


def test_requests_cover_the_source_and_know_where_they_end_in_the_file() -> None:
    records = [track(number) for number in range(10)]
    made = Prepared(most_items=3)
    requests = requests_of(prepared(made, records))
    assert [numbers(request) for request in requests] == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9]]
    ends = [sum(len(line) + 1 for line in records[: request.span.end]) for request in requests]
    assert [request.span.offset for request in requests] == ends
    assert made.tracker.read == 10


def test_what_is_refused_rides_with_its_neighbours(tmp_path: Path) -> None:
    made = Prepared(letters=tmp_path / "d")
    (request,) = requests_of(prepared(made, [track(0), b"{", track(2), b"", b" \r", b"[]"]))
    assert numbers(request) == [0, 2]
    assert [(each.index, each.reason) for each in request.refused] == [
        (1, "is not JSON: expecting property name enclosed in double quotes at column 2"),
        (5, "needs a JSON object, found a list"),
    ]
    assert [orjson.loads(each.entry)["dead_letter"]["position"] for each in request.refused] == [2, 6]
    assert (made.tracker.read, made.tracker.blank) == (4, 2)


def test_without_a_dead_letter_file_no_entry_is_written() -> None:
    (request,) = requests_of(prepared(Prepared(), [b"{"]))
    assert [each.entry for each in request.refused] == [b""]


def test_a_source_in_which_everything_is_wrong_does_not_pile_up() -> None:
    requests = requests_of(prepared(Prepared(), [b"{"] * 2_500, per_block=2_500))
    assert [len(request.refused) for request in requests] == [1_000, 1_000, 500]
    assert [request.span.end for request in requests] == [1_000, 2_000, 2_500]


@given(st.sets(st.integers(0, 39)), st.integers(1, 7), st.integers(1, 9), st.sampled_from([1, 3]))
def test_a_resumed_source_gives_exactly_what_is_not_settled(
    settled: set[int], most_items: int, per_block: int, lanes: int
) -> None:
    records = [track(number, f"u{number % 5}") if number % 11 else b"{" for number in range(40)]
    merged = Settled([[] for _ in range(lanes)])
    for lane in range(lanes):
        for index in settled:
            merged.add(Span(lane, index, index + 1))
    made = Prepared(merged.runs, most_items)
    requests = requests_of(prepared(made, records, per_block, merged.start[0]))
    got = [index for request in requests for index in (*request.indexes, *(each.index for each in request.refused))]
    assert sorted(got) == sorted(set(range(40)) - settled)
    assert made.tracker.read == len(got)
    for request in requests:
        merged.add(request.span)
    assert merged.start[0] == 40


def test_one_persons_calls_stay_in_one_lane_and_in_order() -> None:
    records = [track(number, f"u{number % 30}") for number in range(300)]
    lanes: dict[str, set[int]] = {}
    order: dict[str, list[int]] = {}
    for request in requests_of(prepared(Prepared([[], [], []], most_items=4), records)):
        for position in range(len(request.ends)):
            item = orjson.loads(request.item(position))
            lanes.setdefault(item["userId"], set()).add(request.span.lane)
            order.setdefault(item["userId"], []).append(item["properties"]["n"])
    assert set(map(len, lanes.values())) == {1}
    assert len(set.union(*lanes.values())) == 3
    assert order == {f"u{user}": list(range(user, 300, 30)) for user in range(30)}


def test_who_has_no_user_id_is_known_by_what_there_is() -> None:
    about: list[dict[str, Any]] = [
        {"type": "track", "anonymousId": "v1", "event": "E"},
        {"type": "page", "anonymousId": "v1"},
        {"type": "group", "groupId": "v1"},
        {"type": "track", "groupId": "v1", "event": "E"},
        {"type": "identify", "userId": "v1", "anonymousId": "x"},
    ]
    requests = requests_of(prepared(Prepared([[] for _ in range(8)]), list(map(orjson.dumps, about))))
    assert [len(request.ends) for request in requests if request.ends] == [5]


def test_an_alias_waits_for_all_before_it_and_all_after_it_wait_for_it() -> None:
    alias = orjson.dumps({"type": "alias", "previousId": "u1", "userId": "u2"})
    records = [track(0, "u1"), track(1, "u2"), alias, alias, track(4, "u1"), track(5, "u2")]
    found = prepared(Prepared([[], [], []]), records)
    kinds = [
        None if request is None else {item["type"] for item in orjson.loads(request.body or b'{"batch":[]}')["batch"]}
        for request in found
        if request is None or request.ends
    ]
    before, after = [kinds.index(None), len(kinds) - 1 - kinds[::-1].index(None)]
    assert set(map(str, kinds[:before])) == {"{'track'}"}
    assert kinds[before : after + 1] == [None, {"alias"}, None]
    assert set(map(str, kinds[after + 1 :])) == {"{'track'}"}


def test_an_alias_waits_only_for_lanes_in_which_somebody_waits() -> None:
    alias = orjson.dumps({"type": "alias", "previousId": "u1", "userId": "u2"})
    found = prepared(Prepared([[], [], []]), [track(0, "u1"), alias])
    assert [None if request is None else len(request.ends) for request in found[:2]] == [1, None]


def test_of_nothing_no_request_is_made() -> None:
    assert prepared(Prepared(), []) == []


@pytest.mark.parametrize("lanes", [1, 3])
@pytest.mark.parametrize("per_block", [1, 4, 10])
def test_no_more_calls_are_sent_than_may_be_written(lanes: int, per_block: int) -> None:
    records = [b"{" if number == 1 else track(number, f"u{number}") for number in range(7)]
    requests = requests_of(prepared(Prepared([[] for _ in range(lanes)], most_writes=3), records, per_block))
    assert sorted(number for request in requests for number in numbers(request)) == [0, 2, 3]
    refused = {each.index: each.reason for request in requests for each in request.refused}
    assert {index: refused[index] for index in (4, 5, 6)} == dict.fromkeys(
        (4, 5, 6), "max_writes: 3 calls are allowed here"
    )


@pytest.mark.parametrize("lanes", [1, 3])
def test_however_a_source_is_divided_into_blocks_the_requests_hold_the_same(lanes: int) -> None:
    records = [b"{" if number % 7 == 3 else track(number, f"u{number % 9}") for number in range(100)]
    found = [
        [
            (request.span.lane, request.body, [*request.indexes])
            for lane in range(lanes)
            for request in requests_of(prepared(Prepared([[] for _ in range(lanes)], most_items=8), records, per_block))
            if request.ends and request.span.lane == lane
        ]
        for per_block in (1, 3, 40, 100)
    ]
    assert found == [found[0]] * 4


def test_lanes_in_which_nobody_waits_keep_up_with_the_source() -> None:
    made = Prepared([[], []])
    records = [track(number, "ada") for number in range(12_000)]
    spans = [request.span for request in requests_of(list(fed(made, Block(0, records, 0)))) if not request.ends]
    assert [(span.start, span.end) for span in spans] == [(0, 12_000)]
