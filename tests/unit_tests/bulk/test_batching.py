"""Items are packed in order, as many as fit, and every part of a request accounts for its own part of the source."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_customerio.api.batching import library, pack
from langchain_customerio.bulk.batching import BatchRequest, Packer, Refused, Run, Span

TAIL = b'],"context":' + orjson.dumps({"library": library()}) + b"}"
FRAME = len(b'{"batch":[') + len(TAIL)


def packed(items: list[bytes], most_bytes: int, most_items: int | None = None) -> list[BatchRequest]:
    """Pack items that come from the places 0, 10, 20 …"""
    packer = Packer(most_bytes=most_bytes, most_items=most_items)
    requests = []
    for number, item in enumerate(items):
        run = Run.of(0, [10 * number], [item])
        if not packer.extend(run, 0, 1, 0):
            requests.append(packer.take(10 * number, None))
            assert packer.extend(run, 0, 1, 0) == 1
    return [*requests, packer.take(10 * len(items), 999)]


def json_of(request: BatchRequest) -> Any:
    return orjson.loads(request.body)


def item(number: int, size: int) -> bytes:
    return orjson.dumps({"n": number, "x": "x" * size})


@given(st.lists(st.integers(0, 60), min_size=1, max_size=30), st.integers(100, 300))
def test_runs_are_those_that_a_batch_call_is_split_into(sizes: list[int], room: int) -> None:
    items = [item(number, size) for number, size in enumerate(sizes)]
    requests = packed(items, FRAME + room)
    runs = [(first, last) for first, last in pack([len(each) for each in items], room)]
    assert [[request.item(i) for i in range(len(request.ends))] for request in requests] == [
        items[first:last] for first, last in runs
    ]
    assert all(len(request.body) <= FRAME + room for request in requests)
    assert all(json_of(request)["context"] == {"library": library()} for request in requests)


def test_a_full_parcel_has_not_one_byte_more_than_the_api_takes() -> None:
    items = [item(number, 1_000) for number in range(1_000)]
    requests = packed(items, 500_000)
    assert 498_900 < len(requests[0].body) <= 500_000
    assert [each for request in requests for each in json_of(request)["batch"]] == [
        orjson.loads(each) for each in items
    ]


def test_the_number_of_items_may_be_limited_too() -> None:
    requests = packed([b"{}"] * 7, 500_000, most_items=3)
    assert [len(request.ends) for request in requests] == [3, 3, 1]


def test_parcels_follow_each_other_without_gaps() -> None:
    requests = packed([b"{}"] * 7, 500_000, most_items=3)
    assert [request.span for request in requests] == [Span(0, 0, 30), Span(0, 30, 60), Span(0, 60, 70, 999)]


@given(st.lists(st.integers(0, 9), min_size=1, max_size=12), st.data())
def test_a_part_has_its_items_and_what_was_refused_between_them(sizes: list[int], data: st.DataObject) -> None:
    packer = Packer(lane=2, start=5)
    items = [item(number, size) for number, size in enumerate(sizes)]
    refused = []
    for number, each in enumerate(items):
        packer.extend(Run.of(2, [7], [each]), 0, 1, 10 * number)
        refused.append(Refused(10 * number + 9, "bad"))
        packer.refuse(refused[-1])
    whole = packer.take(500, 12_345)
    cuts = sorted({0, len(items), *data.draw(st.lists(st.integers(0, len(items)), max_size=4))})
    parts = [whole.part(first, last) for first, last in pairwise(cuts)]
    assert [each for part in parts for each in json_of(part)["batch"]] == json_of(whole)["batch"]
    assert [index for part in parts for index in part.indexes] == list(whole.indexes)
    assert [each for part in parts for each in part.refused] == refused
    assert [part.item(0) for part in parts] == [items[first] for first in cuts[:-1]]
    assert (parts[0].span.start, parts[-1].span.end, parts[-1].span.offset) == (5, 500, 12_345)
    assert [part.span.end for part in parts[:-1]] == [part.span.start for part in parts[1:]]
    assert sum(part.records for part in parts) == whole.records == 2 * len(items)
    assert {part.span.lane for part in parts} == {2}


def test_without_items_there_is_nothing_to_send() -> None:
    packer = Packer()
    packer.refuse(Refused(0, "bad"))
    request = packer.take(1, None)
    assert (request.body, request.records, packer.waiting) == (b"", 1, 0)
    assert request.part(0, 0) is request


def test_what_is_left_when_nothing_is_sent_is_what_was_refused() -> None:
    packer = Packer()
    packer.extend(Run.of(0, [0], [b"{}"]), 0, 1, 0)
    packer.refuse(Refused(1, "bad"))
    request = packer.take(2, None)
    assert request.unsent() == BatchRequest(Span(0, 0, 2), refused=(Refused(1, "bad"),))


@pytest.mark.parametrize(("entries", "size"), [(1_000, 0), (5, 100_000)])
def test_refused_records_are_not_kept_without_end(entries: int, size: int) -> None:
    packer = Packer()
    for index in range(entries):
        assert not packer.has_refused_enough
        packer.refuse(Refused(index, "bad", b"x" * size))
    assert packer.has_refused_enough
    packer.take(entries, None)
    assert not packer.has_refused_enough
