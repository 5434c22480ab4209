"""The quick way to judge calls says what models, policy and warnings say, and asks them once for each kind of call."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from langchain_customerio import Policy
from langchain_customerio.api.semantic_events import ACTING_EVENTS
from langchain_customerio.bulk.fast_path import FastPath
from tests.benchmarks.shapes import SHAPES, events
from tests.made_up_calls import (
    ADDRESSES,
    EVENTS,
    IDS,
    NAMES,
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
    written,
)
from tests.unit_tests.bulk.judging import fresh, loaded, one_by_one

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_customerio.bulk.examples import Note

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


def _assert_judged_alike(seed: int, number: int) -> None:
    """Compare the two on so many calls: in blocks of many sizes, by checkers that have seen thousands and some that have not."""
    random = Random(seed)  # noqa: S311 - the same calls in every run
    checkers = [(policy, fresh(policy)) for policy in POLICIES]
    done = 0
    while done < number:
        policy, checker = random.choice(checkers)
        records = [_record(random) for _ in range(random.choice((1, 2, 20, 100)))]
        expected = [one_by_one(policy, record) for record in records]
        found = loaded(checker, records, done)
        for record, one, other in zip(records, found, expected, strict=True):
            assert (one.call, one.reason) == (other.call, other.reason), (seed, policy, record)
        said = sum((each.notes for each in expected), Counter[str]())
        assert found[-1].notes == said or len(said) > 50, (seed, policy, said - found[-1].notes, found[-1].notes - said)
        done += len(records)


def _record(random: Random) -> bytes | dict[str, Any]:
    dice = random.random()
    call = made_up(random, wrong=dice < 0.2)
    return call if dice < 0.4 else written(random, call)


def test_what_becomes_of_calls_is_what_models_policy_and_warnings_say() -> None:
    _assert_judged_alike(seed=1, number=6_000)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(10))
def test_what_becomes_of_millions_of_calls_is_what_models_policy_and_warnings_say(seed: int) -> None:
    _assert_judged_alike(seed=datetime.now(UTC).toordinal() * 10 + seed, number=200_000)


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
ODD_VALUES += [{"plan": "x" * 1_001}, ["x" * 990], nested(30), nested(70), {f"t{number}": number for number in range(301)}]


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
        yield from ({**good, holder: {**VALUES, name: value}} for name in ODD_NAMES for value in ("1", True, {"plan": 1}))
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


@pytest.mark.parametrize("kind", list(COMPLETE))
@pytest.mark.parametrize("policy", [Policy(), POLICIES[2], POLICIES[6]], ids=["default", "lenient", "strict"])
def test_one_odd_thing_anywhere_is_judged_as_models_policy_and_warnings_judge_it(policy: Policy, kind: str) -> None:
    checker = fresh(policy)
    for body in _one_thing_odd(kind):
        expected = one_by_one(policy, body)
        (found,) = loaded(checker, [body])
        assert (found.call, found.reason, found.notes) == (expected.call, expected.reason, expected.notes), body


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
                    expected = one_by_one(policy, body)
                    (found,) = loaded(checker, [body])
                    assert (found.call, found.reason, found.notes) == (expected.call, expected.reason, expected.notes)


def test_what_a_record_becomes_does_not_depend_on_what_was_there_before_it() -> None:
    random = Random(2)  # noqa: S311 - the same calls in every run
    checker = fresh(Policy())
    for _ in range(5):
        records = [written(random, made_up(random)) for _ in range(100)]
        items = loaded_items(checker, records)
        assert [loaded_items(fresh(Policy()), [record]) for record in records] == [[item] for item in items]


def loaded_items(checker: Any, records: list[bytes]) -> list[bytes]:
    """Return the bytes of each record, all as if they were the first."""
    from langchain_customerio.bulk.readers.base import Block

    return list(checker.items(Block(0, records, numbers=[0] * len(records))).items)
