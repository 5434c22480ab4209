"""From a call to bodies: named, encoded once, refused for its largest field, and split where it is too large."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_customerio import Batch, Identify, InvalidRequestError, Track
from langchain_customerio.api.batching import HEAD, bodies, fresh, keyed, largest, lent, library, tail
from langchain_customerio.text import shown

if TYPE_CHECKING:
    from langchain_customerio.errors import Problem

BIG = "x" * 33_000
ODD = "a\x1b[31m" + "b" * 60


def test_each_item_is_named_by_its_place_unless_it_has_a_name() -> None:
    items = [Identify(user_id="a"), Track(user_id="a", event="E", message_id="mine"), Identify(user_id="b")]
    [body] = bodies(Batch(batch=list(items)), lambda position, kind, wire: f"{kind}-{position}-{wire['userId']}")
    assert body.message_ids == ("identify-0-a", "mine", "identify-2-b")
    assert [item["messageId"] for item in json.loads(body.content)["batch"]] == list(body.message_ids)
    assert [item.message_id for item in items] == [None, "mine", None]


def test_fresh_names_never_repeat_and_names_of_a_key_always_do() -> None:
    wire = {"userId": "ada"}
    assert fresh(0, "track", wire) != fresh(0, "track", wire)
    assert keyed("a")(0, "track", wire) == keyed("a")(0, "track", {**wire})
    names = {keyed(*key)(place, "track", wire) for key in (("a",), ("a", "b"), ("ab",)) for place in (0, 1)}
    assert len(names) == 6


def test_what_stands_around_the_items_is_the_same_for_a_client_and_a_load() -> None:
    [body] = bodies(Batch(batch=[Track(user_id="ada", event="E", message_id="m")], context={"locale": "pl"}))
    end = tail({"locale": "pl"})
    assert body.content.startswith(HEAD)
    assert body.content.endswith(end)
    assert json.loads(b"[{" + end[2:-1].lstrip(b",") + b"}]") == [{"context": {"library": library(), "locale": "pl"}}]
    assert lent(end) == len(f',"context":{json.dumps({"library": library(), "locale": "pl"}, separators=(",", ":"))}')


@pytest.mark.parametrize(
    ("wire", "path"),
    [
        ({"userId": BIG}, "userId"),
        ({"userId": "ada", "traits": {"plan": "pro", "transcript": BIG}}, "traits.transcript"),
        ({"traits": {"a": {"b": {"c": BIG}}}}, "traits.a.b.c"),
        ({"traits": {f"t{i}": "x" * 900 for i in range(40)}}, "traits"),
        ({"traits": {"notes": {f"t{i}": "x" * 900 for i in range(40)}}}, "traits.notes"),
        ({"properties": {"items": [BIG]}, "context": {}}, "properties.items"),
        ({"properties": {}}, "properties"),
        ({"traits": {ODD: BIG}}, f"traits.{shown(ODD)}"),
    ],
)
def test_the_largest_field_is_named_to_the_leaf_that_makes_it_so(wire: dict[str, Any], path: str) -> None:
    assert largest(wire) == path


def test_a_call_that_is_too_large_is_refused_by_that_field() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        bodies(Identify(user_id="ada", traits={"plan": "pro", "transcript": BIG}))
    [problem] = caught.value.problems
    assert (problem.code, problem.values["largest"]) == ("call_too_large", "traits.transcript")
    assert "Shorten traits.transcript or report it" in str(caught.value)


GOOD, TOO_LARGE = Track(user_id="ada", event="E"), Track(user_id="ada", event="E", properties={"note": BIG})


def test_items_that_are_too_large_are_left_out_where_it_is_asked_for() -> None:
    left_out: dict[int, Problem] = {}
    [body] = bodies(Batch(batch=[TOO_LARGE, GOOD, TOO_LARGE]), left_out=left_out)
    assert len(body.message_ids) == len(json.loads(body.content)["batch"]) == 1
    assert [(position, problem.index) for position, problem in left_out.items()] == [(0, 0), (2, 2)]


def test_a_batch_of_which_nothing_would_be_left_is_refused() -> None:
    left_out: dict[int, Problem] = {}
    with pytest.raises(InvalidRequestError):
        bodies(Batch(batch=[TOO_LARGE]), left_out=left_out)
    assert left_out == {}


@given(st.lists(st.integers(0, 31_000), min_size=1, max_size=60))
def test_a_batch_is_split_in_order_and_nothing_is_lost(sizes: list[int]) -> None:
    items = [Track(user_id="ada", event="E", properties={"x": "x" * size}) for size in sizes]
    parts = bodies(Batch(batch=list(items)))
    sent = [item for body in parts for item in json.loads(body.content)["batch"]]
    assert [len(item["properties"]["x"]) for item in sent] == sizes
    assert [item["messageId"] for item in sent] == [name for body in parts for name in body.message_ids]
    assert [body.first for body in parts] == [sum(len(b.message_ids) for b in parts[:i]) for i in range(len(parts))]
    assert max(len(body.content) for body in parts) <= 500_000
