"""Rows of a table that are known at once, by their columns, become what each becomes when it is read."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from langchain_customerio import Policy
from langchain_customerio.bulk import known_lines, validate
from langchain_customerio.bulk.column_json import Lines, lines
from langchain_customerio.bulk.lanes import MERGES
from langchain_customerio.bulk.readers.base import Block
from tests.benchmarks.shapes import SHAPES, events
from tests.made_up_calls import TIMES
from tests.unit_tests.bulk.judging import fresh
from tests.unit_tests.bulk.test_fast_path import COMMON, COMPLETE, POLICIES
from tests.unit_tests.bulk.test_known_lines import changed, outcome, reading

if TYPE_CHECKING:
    from langchain_customerio.bulk.validate import Checker

LANES = 50
LATER = "2099-01-02T03:04:05Z"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a pattern be written for each line that is read."""
    monkeypatch.setattr(known_lines, "OFTEN", 1)
    monkeypatch.setattr(validate, "LOOKED_AT", 1)


def rows(calls: list[dict[str, Any]]) -> Lines | None:
    """Return calls as rows of a table: with a column for each field, or for each part of it where all have parts."""
    names = dict.fromkeys(name for call in calls for name in call)
    parts: list[tuple[str, list[tuple[str, list[Any]]]]] = []
    fields: list[tuple[str, list[Any]]] = []
    for name in names:
        values = [call.get(name) for call in calls]
        if all(isinstance(value, dict) for value in values if value is not None):
            inner = dict.fromkeys(key for value in values for key in value or {})
            parts.append((name, [(key, [(value or {}).get(key) for value in values]) for key in inner]))
        else:
            fields.append((name, values))
    return lines(fields, parts, len(calls), nulls=False)


def table(calls: list[dict[str, Any]]) -> Lines:
    """Return calls as rows of a table, as JSON can carry them."""
    found = rows(calls)
    assert found is not None
    return found


def met(checker: Checker, *tables: Lines) -> list[bool]:
    """Let a checker read the first of some tables, line by line, and return whether each is known at once by then."""
    for _ in range(5):
        for line in tables[0]:
            checker.items(Block(0, [line]))
    return [checker._known.take_all(each, range(len(each))) is not None for each in tables]


def _compare(seed: int, rounds: int) -> int:
    """Compare the two ways on tables of calls that are alike, and return how many were known at once."""
    random, known = Random(seed), 0  # noqa: S311 - the same tables in every run
    bases = [next(events(shape, 1, seed=random.randrange(10**6))) for shape in SHAPES]
    bases += [{"type": kind, **COMPLETE[kind], **COMMON} for kind in COMPLETE]
    for policy in (Policy(), *random.choices(POLICIES, k=rounds)):
        for base in bases:
            quick, slow = fresh(policy), reading(policy)
            met(quick, table([base]))
            for odds in (0.0, 0.01, 0.02, 0.05, 0.1, 0.1):
                calls = [{name: changed(random, value, odds) for name, value in base.items()} for _ in range(4)]
                found = rows(random.choice((calls, calls[:1])))
                if found is None:
                    continue
                known += quick._known.take_all(found, range(len(found))) is not None
                both = (quick.items(Block(7, found), LANES), slow.items(Block(7, [*found]), LANES))
                assert outcome(both[0]) == outcome(both[1]), (policy, found)
    return known


@pytest.mark.parametrize("seed", range(3))
def test_rows_that_are_known_become_what_they_become_when_they_are_read(seed: int) -> None:
    assert _compare(seed, rounds=1) > 30


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(10))
def test_many_rows_that_are_known_become_what_they_become_when_they_are_read(seed: int) -> None:
    assert _compare(datetime.now(UTC).toordinal() * 10 + seed, rounds=100) > 1_000


PERSON: dict[str, Any] = {
    "type": "identify",
    "userId": "ada",
    "anonymousId": "visitor",
    "timestamp": TIMES[0],
    "sentAt": "2026-11-20T10:11:12+01:00",
    "traits": {"plan": "pro", "age": 36},
}


@pytest.mark.parametrize(
    "change",
    [
        {"timestamp": LATER},
        {"sentAt": LATER.replace("Z", "+01:00")},
        {"sentAt": TIMES[0]},
        {"userId": "Ada Lovelace"},
        {"userId": None},
        {"traits": {"plan": "x" * 1_000, "age": 36}},
        {"traits": {"plan": "pro"}},
        {"traits": {"plan": "\x01", "age": 36}},
        {"traits": {"plan": "pro", "age": 36, "more": 1}},
        {"traits": {"plan": 7, "age": {"a": 1}}},
        {"traits": ["pro"]},
        {"traits": None},
        {"groupId": "x"},
    ],
    ids=lambda change: str(change)[:40],
)
def test_a_table_with_one_row_that_is_not_like_the_others_is_looked_at_row_by_row(change: dict[str, Any]) -> None:
    quick, slow = fresh(Policy()), reading(Policy())
    usual, odd = table([PERSON] * 3), table([PERSON, {**PERSON, **change}, PERSON])
    assert met(quick, usual, odd) == [True, False]
    assert outcome(quick.items(Block(0, odd), LANES)) == outcome(slow.items(Block(0, [*odd]), LANES))


@pytest.mark.parametrize(
    "change",
    [{"userId": "eve"}, {"timestamp": "2025-01-02T03:04:05.678Z"}, {"traits": {"plan": "São", "age": 0}}],
)
def test_other_values_of_the_same_kinds_are_known(change: dict[str, Any]) -> None:
    assert met(fresh(Policy()), table([PERSON]), table([PERSON, {**PERSON, **change}])) == [True, True]


def test_columns_in_another_order_are_not_known() -> None:
    others = dict(reversed(PERSON.items())), {**PERSON, "traits": {"age": 36, "plan": "pro"}}
    assert met(fresh(Policy()), table([PERSON]), *(table([each]) for each in others)) == [True, False, False]


def test_what_may_be_missing_in_a_line_may_be_missing_in_a_row() -> None:
    some = [{**PERSON, "traits": traits} for traits in ({"plan": "pro"}, {"age": 36}, {"plan": "pro", "age": 36})]
    quick = fresh(Policy())
    for _ in range(9):
        quick.items(Block(0, [*table(some)]))
    known = [quick._known.take_all(table(each), range(3)) is not None for each in (some, some[:1], some[::2])]
    assert known == [True, True, True]


def test_an_event_that_may_not_be_sent_and_an_id_that_is_there_twice_are_seen_in_a_column() -> None:
    order = {"type": "track", "userId": "ada", "event": "Order Completed"}
    assert met(fresh(Policy()), table([order]), table([order, {**order, "event": "User Deleted"}])) == [True, False]
    alias = {"type": "alias", "previousId": "visitor", "userId": "ada"}
    quick = fresh(Policy())
    assert met(quick, table([alias]), table([alias, {**alias, "previousId": "ada"}])) == [True, False]
    assert quick.items(Block(0, table([alias] * 2)), LANES).lanes == [MERGES] * 2


def test_rows_that_are_corrected_or_in_which_this_library_is_named_are_looked_at_one_by_one() -> None:
    snake = {"type": "track", "user_id": "ada", "event": "E"}
    located = {**PERSON, "context": {"ip": "8.8.8.8"}}
    for call in (snake, located):
        assert met(fresh(Policy()), table([call] * 2)) == [False]


def test_rows_with_ids_of_their_own_and_something_to_say_of_each_are_known() -> None:
    call = {**PERSON, "messageId": "m-1", "traits": {"seen": "2026-11-20T10:11:12"}}
    quick, slow, found = fresh(Policy()), reading(Policy()), table([call] * 3)
    assert met(quick, found) == [True]
    checked = quick.items(Block(0, found), LANES)
    assert checked.items == [*found]
    assert [*checked.notes] == [0, 1, 2]
    assert outcome(checked) == outcome(slow.items(Block(0, [*found]), LANES))


def test_to_another_process_rows_go_without_their_columns() -> None:
    found = table([PERSON] * 3)
    assert found.fields["userId"]
    gone = pickle.loads(pickle.dumps(found))  # noqa: S301 - our own
    assert type(gone) is tuple
    assert gone == found
