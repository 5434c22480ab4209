"""The quick way to judge calls says what models, policy and warnings say, and asks them once for each kind of call."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from langchain_customerio import Policy
from langchain_customerio.api.semantic_events import ACTING_EVENTS
from langchain_customerio.bulk.fast_path import FastPath
from langchain_customerio.bulk.readers.base import Block
from tests.benchmarks.shapes import SHAPES, events
from tests.made_up_calls import (
    ADDRESSES,
    EVENTS,
    NUMBERS,
    ODD_EVENTS,
    ODD_IDS,
    ODD_NAMES,
    ODD_TEXTS,
    ODD_TIMES,
    TIMES,
    WRONG,
    made_up,
    nested,
    shaped,
    stored,
    written,
)
from tests.unit_tests.bulk.judging import fresh, loaded, one_by_one

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from langchain_customerio.bulk.examples import Note
    from langchain_customerio.bulk.validate import Checker

POLICIES = [
    Policy(),
    Policy(),
    Policy(allow_destructive=True, allow_redirects=True, allow_preference_replacement=True),
    Policy(allow_consent=False, allow_alias=False),
    Policy(calls=["identify", "track", "page"], events=["Order *", "!Order Refunded", "x"]),
    Policy(traits=["*", "!*.street"]),
    Policy(traits=["plan", "address.*", "x*"]),
    Policy(events=["!*x*"], traits=["!x"], integrations=["!x"]),
    Policy(person="ada"),
    Policy(groups=["acme", "x"], integrations=["All"]),
    Policy(allow_contact_changes=False),
    Policy(plain_events=["user deleted"], approve="risky"),
]

# ---- the same as models, policy and warnings


def _assert_judged_alike(checker: Checker, policy: Policy, records: list[bytes | dict[str, Any]]) -> None:
    """Compare the two on a block of records."""
    expected = [one_by_one(policy, record) for record in records]
    found = loaded(checker, records)
    for record, one, other in zip(records, found, expected, strict=True):
        assert one == other, (policy, record)


def _try(seed: int, number: int) -> None:
    """Compare the two on so many calls, in blocks of many sizes, by checkers that have seen much or little."""
    random = Random(seed)  # noqa: S311 - the same calls in every run
    checkers = [(fresh(policy), policy) for policy in POLICIES]
    while number > 0:
        records = [_record(random) for _ in range(random.choice((1, 2, 20, 100)))]
        _assert_judged_alike(*random.choice(checkers), records)
        number -= len(records)


def _record(random: Random) -> bytes | dict[str, Any]:
    make = random.choice((made_up, made_up, shaped, stored))
    dice = random.random()
    call = made_up(random, wrong=True) if make is made_up and dice < 0.2 else make(random)
    return call if dice < 0.4 else written(random, call)


@pytest.mark.parametrize("seed", range(2))
def test_what_becomes_of_calls_is_what_models_policy_and_warnings_say(seed: int) -> None:
    _try(seed, number=1_500)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(10))
def test_what_becomes_of_millions_of_calls_is_what_models_policy_and_warnings_say(seed: int) -> None:
    _try(seed=datetime.now(UTC).toordinal() * 10 + seed, number=200_000)


COMMON: dict[str, Any] = {
    "context": {"ip": "8.8.8.8", "locale": "en", "active": True, "channel": "server", "page": {"url": "/"}},
    "timestamp": "2026-11-20T10:11:12.123Z",
    "sentAt": "2026-11-20T10:11:12+00:00",
    "messageId": "m-1",
}
VALUES = {"plan": "pro", "total": 20.5, "items": 3, "vip": True, "tags": ["a"], "address": {"city": "x"}}
COMPLETE: dict[str, dict[str, Any]] = {
    "identify": {"userId": "ada", "anonymousId": "v-1", "traits": VALUES},
    "track": {"userId": "ada", "groupId": "acme", "event": "Order Completed", "properties": VALUES},
    "page": {"userId": "ada", "name": "Pricing", "category": "Sales", "properties": VALUES},
    "screen": {"anonymousId": "v-1", "name": "Pricing", "properties": VALUES},
    "group": {"groupId": "acme", "userId": "ada", "traits": VALUES},
    "alias": {"previousId": "v-1", "userId": "ada"},
}
ODD_VALUES: list[Any] = [*ODD_TEXTS, *ODD_TIMES, *TIMES, *ODD_IDS, *NUMBERS, *WRONG, {"street": {"no": 1}}, ["\ud800"]]
ODD_VALUES += [
    {"plan": "x" * 1_001},
    ["x" * 990],
    nested(30),
    nested(70),
    {f"t{number}": number for number in range(301)},
]


def _one_thing_odd(kind: str) -> Iterator[dict[str, Any]]:
    """Yield a good call of a kind with one thing changed, in every place where one may be."""
    good = {"type": kind, **COMPLETE[kind], **COMMON}
    yield good
    for name in good:
        yield {key: value for key, value in good.items() if key != name}
        yield from ({**good, name: odd} for odd in [*ODD_VALUES, *ODD_EVENTS, "identify", "alias"])
    for name in ("userId", "anonymousId", "groupId"):
        yield {key: value for key, value in good.items() if key not in {"userId", "anonymousId", "groupId"} - {name}}
    for holder in {"traits", "properties"} & good.keys():
        yield from (
            {**good, holder: {**VALUES, name: value}} for name in ODD_NAMES for value in ("1", True, {"plan": 1})
        )
        for part in ("plan", "created_at"):
            yield from ({**good, holder: {**VALUES, part: odd}} for odd in ODD_VALUES)
        for part in ("city", "street"):
            yield from ({**good, holder: {**VALUES, "address": {part: odd}}} for odd in ODD_VALUES)
        yield from ({**good, holder: {**VALUES, "tags": [odd]}} for odd in ODD_VALUES)
    for part in ("ip", "locale", "active", "channel", "page", "device", "location", "traits", "user_agent", "colour"):
        yield from ({**good, "context": {**COMMON["context"], part: odd}} for odd in ODD_VALUES)
    yield from ({**good, "context": {"ip": ip}} for ip in ADDRESSES)
    yield from ({**good, "context": {"device": {"type": odd}}} for odd in ODD_VALUES)
    yield from ({**good, "integrations": {"All": value}} for value in (True, False, 1, "true", None))
    yield {**good, "colour": "blue"}


@pytest.mark.parametrize(
    "kind", [pytest.param(each, marks=[pytest.mark.nightly] if each in {"page", "screen"} else ()) for each in COMPLETE]
)
def test_one_odd_thing_anywhere_is_judged_as_models_policy_and_warnings_judge_it(kind: str) -> None:
    checker, bodies = fresh(Policy()), list(_one_thing_odd(kind))
    for at in range(0, len(bodies), 20):
        _assert_judged_alike(checker, Policy(), [*bodies[at : at + 20]])


@pytest.mark.parametrize("policy", [POLICIES[0], POLICIES[2], POLICIES[4]], ids=["default", "lenient", "strict"])
def test_an_acting_event_is_judged_together_with_the_rest_of_its_call(policy: Policy) -> None:
    checker = fresh(policy)
    device = {"device": {"token": "t", "type": "ios"}}
    payloads: list[dict[str, Any]] = [
        {},
        {"objectId": "acme"},
        {"objectId": "acme", "objectTypeId": "x"},
        {"deliveryId": "d", "metric": "opened", "recipient": "a@b.c"},
        {"actionType": "viewed_content"},
        {"email_id": ""},
        {"email_id": "7"},
    ]
    everybody = {"userId": "ada", "anonymousId": "v-1", "groupId": "acme"}
    for event in [*ACTING_EVENTS, *EVENTS, "Email Opened", "Application Opened", "user deleted", "Order Refunded"]:
        for missing in [(), ("userId",), ("anonymousId",), ("userId", "anonymousId"), ("anonymousId", "groupId")]:
            who = {name: value for name, value in everybody.items() if name not in missing}
            for payload in payloads:
                for context in ({}, {"context": device}):
                    body = {"type": "track", "event": event, **who, "properties": payload, **context}
                    _assert_judged_alike(checker, policy, [body])


def test_what_a_record_becomes_does_not_depend_on_what_was_there_before_it() -> None:
    random = Random(2)  # noqa: S311 - the same calls in every run
    records = [written(random, made_up(random)) for _ in range(300)]
    items = fresh(Policy()).items(Block(0, records, numbers=[7] * 300)).items
    assert [fresh(Policy()).items(Block(0, [record], numbers=[7])).items for record in records] == [
        [each] for each in items
    ]


# ---- asked once for each kind of call


class Slow:
    """The slow way, which counts how often it is asked."""

    def __init__(self, policy: Policy | None = None) -> None:
        self.policy = policy or Policy()
        self.asked: list[dict[str, Any]] = []

    def __call__(self, call: dict[str, Any]) -> tuple[dict[str, Any], tuple[Note, ...]] | None:
        self.asked.append(orjson.loads(orjson.dumps(call)))
        judged = one_by_one(self.policy, call)
        return None if judged.call is None else (judged.call, tuple(judged.notes))

    def fast(self) -> FastPath:
        return FastPath(self, nested=False)


def look(fast: FastPath, *calls: dict[str, Any]) -> list[bool]:
    """Look at calls, learn from them, and return of which of them the fast path knows."""
    for call in calls:
        fast.look(call, orjson.dumps(call))
    while fast.learn():
        for call in calls:
            fast.look(call, orjson.dumps(call))
    return [fast.look(call, orjson.dumps(call)) is not None for call in calls]


@pytest.mark.parametrize("shape", SHAPES)
def test_once_it_has_met_a_few_calls_of_a_usual_shape_it_knows_all_others(shape: str) -> None:
    slow = Slow()
    fast = slow.fast()
    calls = list(events(shape, 400))
    look(fast, *calls[:200])
    asked = len(slow.asked)
    assert look(fast, *calls[200:]) == [True] * 200
    assert len(slow.asked) - asked <= (5 if shape == "ever new names" else 0)


@pytest.mark.parametrize(
    "call", [{}, {"type": 7}, {"type": "batch"}, {"type": "track", "userId": "u", "event": "User Deleted"}]
)
def test_what_it_does_not_know_is_not_refused_but_left_to_the_models(call: dict[str, Any]) -> None:
    assert look(Slow().fast(), call) == [False]


TRACK: dict[str, Any] = {"type": "track", "userId": "u", "event": "E"}


def test_a_name_is_asked_about_once_in_the_plainest_call_of_its_shape() -> None:
    slow = Slow()
    fast = slow.fast()
    call = {**TRACK, "properties": {"plan": "pro", "recipient": "eve"}}
    assert look(fast, call, call, {**TRACK, "properties": {"plan": "free"}}) == [False, False, True]
    plainest = {"type": "track", "userId": "userId", "event": "E"}
    assert slow.asked[:4] == [
        {**plainest, "properties": {}},
        {**plainest, "properties": {"plan": "x", "recipient": "x"}},  # refused, and so asked one by one
        {**plainest, "properties": {"plan": "x"}},
        {**plainest, "properties": {"recipient": "x"}},
    ]
    asked = len(slow.asked)
    look(fast, call, {**TRACK, "properties": {"plan": "other"}})
    assert len(slow.asked) == asked


def test_two_spellings_of_a_name_are_asked_about_apart_because_one_may_hide_what_is_said_of_the_other() -> None:
    slow = Slow()
    context = {"user_agent": "a", "userAgent": "b"}
    look(slow.fast(), {**TRACK, "context": context})
    assert not any(context.keys() <= call.get("context", {}).keys() for call in slow.asked)


def test_of_objects_that_are_deep_in_the_context_only_the_models_know() -> None:
    deep: dict[str, Any] = {"x": 1}
    for _ in range(15):
        deep = {"x": deep}
    assert look(Slow().fast(), {**TRACK, "context": {"app": deep}}) == [False]
    _assert_judged_alike(fresh(Policy()), Policy(), [{**TRACK, "context": {"app": deep}}])


def test_a_rule_that_knows_a_few_words_is_asked_about_each_value_of_its_name() -> None:
    fast = Slow().fast()
    people = [
        {"type": "identify", "userId": "u", "traits": {"unsubscribed": value}} for value in (True, "yes", "true", 1, 2)
    ]
    look(fast, *people)
    verdicts = [fast.look(person, orjson.dumps(person)) for person in people]
    assert [bool(verdict and verdict.notes) for verdict in verdicts] == [False, True, False, False, True]


def test_a_time_that_lay_in_the_future_is_known_once_it_is_past() -> None:
    fast = Slow().fast()
    call = {**TRACK, "timestamp": "2026-11-20T10:11:12Z"}
    fast.begin(datetime(2026, 1, 1, tzinfo=UTC))
    assert look(fast, call) == [False]
    fast.begin(datetime(2027, 1, 1, tzinfo=UTC))
    assert look(fast, call) == [True]


@pytest.mark.parametrize(
    "call",
    [
        lambda number: {**TRACK, "event": f"E {number}"},
        lambda number: {**TRACK, "properties": {f"name {number}": 1}},
        lambda number: {**TRACK, "properties": {"recipient": str(number)}},
        lambda number: {**TRACK, "context": {f"part {number}": {"x": 1}}},
        lambda number: {**TRACK, f"field {number}": 1},
        lambda number: {**TRACK, f"{number} " * 500: 1},
    ],
    ids=["events", "names", "values", "parts", "shapes", "long names"],
)
def test_however_much_it_meets_its_memory_is_bounded(call: Callable[[int], dict[str, Any]]) -> None:
    fast = FastPath(lambda asked: (asked, ()), nested=False)
    examples = fast._examples
    for block in range(48):
        fast.begin(datetime.now(UTC))
        look(fast, *(call(number) for number in range(block * 250, block * 250 + 250)))
        assert examples._kept <= 10_000 + 1_000
        assert sum(map(len, (examples.shapes, examples._refused, examples._questions))) <= 11_000
