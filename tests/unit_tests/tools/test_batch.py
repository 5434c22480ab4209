"""A batch: the six calls in a list, each judged by itself and reported by its place."""

from __future__ import annotations

from typing import Any

import pytest

from langchain_customerio import Alias, Batch, Identify, InvalidRequestError, Track
from langchain_customerio.messages import MOST_WORDS
from tests.cases import BATCH, CONTEXT, SINGLE_CASES, Case, as_item, each_single_case
from tests.reading import parsed, refusal

Json = dict[str, Any]
TYPES = "identify, track, page, screen, group, alias"
GOOD: Json = {"type": "identify", "userId": "ada"}


def batch(*items: object) -> Json:
    return {"batch": list(items)}


def test_the_items_go_on_the_wire_in_order_each_with_its_type() -> None:
    items = [as_item(case, case.complete) for case in (*SINGLE_CASES, *SINGLE_CASES[::-1])]
    assert Batch.parse(batch(*items)).wire() == batch(*items)


def test_a_batch_is_made_of_calls_and_is_their_sequence() -> None:
    bodies = zip(SINGLE_CASES, BATCH.complete["batch"], strict=True)
    calls = [case.call.parse(body) for case, body in bodies]
    made = Batch(batch=calls)  # type: ignore[arg-type] # parse says Call, and these are the six
    assert list(made) == calls
    assert len(made) == 6
    assert made.wire() == {"batch": BATCH.complete["batch"]}
    assert made == Batch.parse(made)


def test_calls_and_bodies_may_be_mixed() -> None:
    made = Batch.parse(batch(Identify(user_id="ada"), {"type": "track", "user_id": "ada", "event": "E"}))
    assert list(made) == [Identify(user_id="ada"), Track(user_id="ada", event="E")]


def test_the_context_of_a_batch_stands_beside_its_items() -> None:
    own = {**GOOD, "context": {"ip": "8.8.8.8"}}
    body = {**batch(own, GOOD), "context": CONTEXT}
    assert Batch.parse(body).wire() == body


@each_single_case
def test_an_item_is_judged_as_its_call_is(case: Case) -> None:
    wrong = {**case.complete, "zzz": 1, "timestamp": 5}
    alone = refusal(case.call, wrong).problems
    assert len(alone) == 2
    found = refusal(Batch, batch(GOOD, as_item(case, wrong))).problems
    assert found == tuple(problem.at("batch", 1) for problem in alone)


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        ({"userId": "ada"}, f'batch[1]: needs "type": one of {TYPES}'),
        ({"type": None, "userId": "ada"}, f'batch[1]: needs "type": one of {TYPES}'),
        ({"type": ["track"], "userId": "ada"}, f'batch[1]: needs "type": one of {TYPES}'),
        ({"type": "Track", "userId": "ada", "event": "E"}, f'batch[1]: needs "type": one of {TYPES}'),
        ({"type": "batch", "batch": []}, f'batch[1]: needs "type": one of {TYPES}'),
        ("track", "batch[1]: needs an object, found a string"),
        (None, "batch[1]: needs an object, found null"),
        ([], "batch[1]: needs an object, found a list"),
        ({"type": "track", "userId": "ada"}, "batch[1].event: is required"),
        ({"type": "identify"}, "batch[1]: one of userId, anonymousId is required"),
        (
            {"type": "identify", "userId": "a", "email": "b"},
            "batch[1].email: is not a field of identify: use traits.email",
        ),
        (
            {"type": "page", "userId": "a", "properties": {"n": [float("nan")]}},
            "batch[1].properties.n[0]: is NaN or infinite, which JSON cannot carry: leave it out",
        ),
        (
            {"type": "page", "userId": "a", "context": {"os": {"version": 14}}},
            "batch[1].context.os.version: needs a string, found a number",
        ),
        (
            {"type": "alias", "userId": "a", "previousId": "a"},
            "batch[1].previousId: is the same as userId: give the id to give up",
        ),
    ],
)
def test_an_item_that_is_wrong_is_reported_by_its_index(item: object, problem: str) -> None:
    error = refusal(Batch, batch(GOOD, item, GOOD))
    assert [str(found) for found in error.problems] == [problem]
    assert error.problems[0].index == 1
    assert str(error) == f"Not sent. {problem}."


def test_every_item_that_is_wrong_is_reported() -> None:
    error = refusal(Batch, batch({"type": "track"}, 5, GOOD, {"type": "identify", "userId": "a", "email": "b"}, {}))
    assert [(problem.index, problem.field) for problem in error.problems] == [
        (0, "batch[0].event"),
        (1, "batch[1]"),
        (4, "batch[4]"),
        (3, "batch[3].email"),
    ]


def test_a_batch_of_many_wrong_items_is_still_told_in_few_words() -> None:
    error = refusal(Batch, batch(*({"type": "track"} for _ in range(2_000))))
    assert len(error.problems) == 2_000
    assert len(str(error).split()) <= MOST_WORDS + 2
    assert str(error).startswith("Not sent. batch[0].event: is required; batch[1].event: is required; ")


@pytest.mark.parametrize(
    ("body", "problems"),
    [
        ({"batch": []}, ["batch: is empty: give at least one call"]),
        ({}, ["batch: is required"]),
        ({"batch": GOOD}, ["batch: needs a list, found an object"]),
        ({"batch": "[]"}, ["batch: needs a list, found a string"]),
        ({"batch": None}, ["batch: needs a list, found null"]),
        ({**batch(GOOD), "type": "track"}, ['type: is not "batch": leave it out, or use the tool for that call']),
        ({**batch(GOOD), "context": 5}, ["context: needs an object, found a number"]),
        ({**batch(GOOD), "context": {"ip": 5}}, ["context.ip: needs a string, found a number"]),
        (
            {**batch(GOOD), "integrations": {"All": False}},
            ["integrations: is not a field of batch: its fields are batch, context"],
        ),
        (GOOD, ['type: is not "batch": leave it out, or use the tool for that call']),
    ],
)
def test_what_is_wrong_around_the_items_is_reported_without_an_index(body: Json, problems: list[str]) -> None:
    error = refusal(Batch, body)
    assert [str(problem) for problem in error.problems] == problems
    assert {problem.index for problem in error.problems} == {None}


def test_slips_in_the_items_are_put_right_and_noted_once() -> None:
    items = [{"type": "track", "user_id": 7, "event": "E"} for _ in range(3)]
    assert parsed(Batch, batch=items) == (
        batch(*({"type": "track", "userId": "7", "event": "E"} for _ in range(3))),
        ["userId: given as user_id", "userId: number sent as string"],
    )


def test_a_batch_made_of_calls_keeps_their_own_checks() -> None:
    with pytest.raises(InvalidRequestError, match=r"batch\[0\]\.previousId"):
        Batch.parse(batch({"type": "alias", "previousId": "a", "userId": "a"}, Alias(previous_id="a", user_id="b")))
