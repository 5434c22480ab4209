"""The quick test of a call says yes only where models, policy and warnings would have nothing to say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_customerio import InvalidRequestError, Policy, PolicyError
from langchain_customerio.api.calls import SINGLE_CALLS
from langchain_customerio.api.lint import lint
from langchain_customerio.api.semantic_events import ACTING_EVENTS, REDIRECTING_PROPERTIES
from langchain_customerio.bulk.fast_path import Certain
from langchain_customerio.bulk.message_ids import Namer
from langchain_customerio.bulk.readers.base import BadRecord
from langchain_customerio.bulk.validate import Checker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

POLICIES = [
    Policy(),
    Policy(allow_destructive=True, allow_redirects=True),
    Policy(allow_consent=False, allow_alias=False),
    Policy(calls=["identify", "track"], events=["Order *", "!Order Refunded"]),
    Policy(traits=["*", "!*.street"]),
    Policy(person="ada"),
    Policy(groups=["acme"], integrations=["All"]),
    Policy(plain_events=["user deleted"], approve="risky"),
]

GOOD_TIMES = ["2026-11-20T10:11:12Z", "2026-11-20T10:11:12.123+02:00", "2026-W47-5T10:00Z"]
ODD_TIMES = [
    "2026-11-20 10:11:12Z",
    "2026-11-20T10:11:12",
    "20261120T101112Z",
    "2026-11-20",
    "1700000000",
    "",
    "2026-11-20_10:11:12Z",
]
ODD_TIMES += ["2026-13-20T10:11:12Z", "2026-11-20T1", "2026-11-20T10:11:12z", "2026-11-20T10:11:12\u221201:00"]
ODD_TIMES += [(datetime.now(UTC) + timedelta(days=days)).isoformat() for days in (0, 3)]
ODD_TEXTS = [
    "",
    " ",
    "ada@example.com",
    "cio_0a1b",
    "x" * 101,
    "é" * 26,
    "x" * 1_001,
    "\ud800",
    "a\nb",
    "\x1c",
    "\u2003",
    "\u2003a",
]
ODD_NAMES = ["unsubscribed", "cio_subscription_preferences.topics.topic_1", "id", "objectTypeId", "object_type_id"]
ODD_NAMES += ["relationshipAttributes", "Recipient ", *REDIRECTING_PROPERTIES, "ü", "", "x" * 151, "street", "\ud800"]
ODD_NAMES += ["Unsubscribed", "cio_subscription_preferences", "cio_relationships", "relationship_attributes"]
ODD_EVENTS = [
    "Email Opened",
    "Application Opened",
    "Order Refunded",
    " Order",
    "user deleted",
    "é" * 60,
    *ACTING_EVENTS,
]
NUMBERS = [0, -1, 2.5, -0.0, 10**12, 1_700_000_000_000, 2**64, -(2**63) - 1, 1e300, float("nan"), float("inf")]


def mostly(good: list[Any], odd: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return something good, but for one time in ten."""
    return st.integers(0, 9).flatmap(lambda dice: odd if dice == 9 else st.sampled_from(good))


def near(*limits: int) -> st.SearchStrategy[str]:
    """Return texts about as long as limits are, of characters that take one to four bytes."""
    length = st.sampled_from(limits).flatmap(lambda limit: st.integers(limit - 2, limit + 2))
    return st.builds(lambda one, count: one * count, st.sampled_from("xé€😀"), length)


@st.composite
def nearly_times(draw: Callable[[st.SearchStrategy[Any]], Any]) -> str:
    """Return what is a time in one of many spellings, or nearly."""
    day = (datetime.now(UTC) + timedelta(hours=draw(st.sampled_from([-1_000, -1, 1, 23, 25, 1_000])))).isoformat()[:10]
    clock = draw(st.sampled_from(["10:11", "10:11:12", "10:11:12.5", "10:11:12.123456", "1011", "24:00", "10:11:12,5"]))
    zone = draw(st.sampled_from(["", "Z", "z", "+02:00", "-0200", "+02", "+02:00:30", "-23:59", " ", "\n"]))
    text: str = day + draw(st.sampled_from("TTT t_")) + clock + zone
    one: str = draw(mostly(["1"], st.just("\u0661")))
    return text.replace("1", one)


odd_texts = st.one_of(
    st.sampled_from([*ODD_TEXTS, *ODD_TIMES, *GOOD_TIMES]),
    st.text(max_size=30),
    near(15, 25, 29, 37, 50, 75, 100, 150, 250, 333, 500, 1_000),
    nearly_times(),
)
numbers = st.sampled_from([0, 10**12, 10**13, 2**53, 2**63, 2**64]).flatmap(
    lambda limit: st.integers(-2, 2).flatmap(lambda more: st.sampled_from([limit + more, -limit + more]))
)
odd_leaves = st.one_of(
    odd_texts, st.sampled_from(NUMBERS), numbers, numbers.map(float), st.floats(), st.just(datetime.now(UTC))
)
leaves = mostly(["pro", "", 7, 20.5, True, None, "2026-11-20T10:11:12Z", "é" * 40], odd_leaves)
names = mostly(
    ["plan", "email", "created_at", "address", "total"], st.one_of(st.sampled_from(ODD_NAMES), near(37, 50, 100, 150))
)


def nested(depth: int) -> list[Any]:
    return [nested(depth - 1)] if depth else []


values = st.one_of(
    st.recursive(
        leaves, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=3))
    ),
    mostly([1], st.one_of(near(325, 490, 990).map(lambda text: [text]), st.sampled_from([20, 64]).map(nested))),
)
objects = st.one_of(
    st.dictionaries(names, values, max_size=4),
    mostly([{}], st.integers(298, 302).map(lambda count: {f"t{number}": number for number in range(count)})),
)
ids = mostly(["ada", "u-7", "acme", "é"], st.one_of(odd_texts, st.just(7), st.none()))
times = mostly(GOOD_TIMES, st.one_of(st.sampled_from(ODD_TIMES), odd_leaves))
contexts = st.fixed_dictionaries(
    {},
    optional={
        "ip": mostly(["8.8.8.8", "2001:4860:4860::8888"], st.sampled_from(["10.0.0.1", "nowhere", "8.8.8.8 ", 7])),
        "locale": mostly(["en-GB"], odd_leaves),
        "active": mostly([True], odd_leaves),
        "channel": mostly(["server"], st.sampled_from(["fax", 1])),
        "page": st.dictionaries(st.sampled_from(["url", "title"]), mostly(["/"], odd_leaves)),
        "device": st.fixed_dictionaries(
            {}, optional={"token": ids, "type": mostly(["ios"], st.sampled_from(["iOS", 1]))}
        ),
    },
).flatmap(lambda fine: mostly([fine], st.one_of(objects, values, st.just({**fine, "traits": {"plan": "pro"}}))))

NEEDED: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "identify": {"userId": ids},
    "track": {
        "userId": ids,
        "event": mostly(["Order Completed", "Signed Up"], st.one_of(st.sampled_from(ODD_EVENTS), near(25, 50, 100))),
    },
    "page": {"anonymousId": ids},
    "screen": {"userId": ids},
    "group": {"groupId": ids},
    "alias": {"previousId": ids, "userId": ids},
}
OPTIONAL = {
    "userId": ids,
    "anonymousId": ids,
    "messageId": ids,
    "context": contexts,
    "timestamp": times,
    "originalTimestamp": times,
    "sentAt": times,
}
OWN: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "identify": {"traits": objects},
    "track": {"groupId": ids, "properties": objects},
    "page": {"name": ids, "category": ids, "properties": objects},
    "screen": {"name": ids, "properties": objects},
    "group": {"traits": objects},
    "alias": {},
}


@st.composite
def calls(draw: Callable[[st.SearchStrategy[Any]], Any]) -> dict[str, Any]:
    """Return a call that is good, or nearly."""
    kind = draw(st.sampled_from(list(SINGLE_CALLS)))
    may = {name: values for name, values in {**OPTIONAL, **OWN[kind]}.items() if name not in NEEDED[kind]}
    body = draw(st.fixed_dictionaries(NEEDED[kind], optional=may))
    body.pop(draw(mostly([""], st.sampled_from(sorted(NEEDED[kind])))), None)
    odd = st.sampled_from(
        [{"type": "batch"}, {"type": None}, {"type": [1]}, {"colour": 1}, {"traits": 1}, {"event": "E"}]
    )
    spoilt = draw(mostly([{}], st.one_of(odd, st.just({"integrations": {"All": False}}))))
    return {"type": kind, **body, **spoilt}


def alone(body: dict[str, Any], policy: Policy) -> tuple[object, list[str]]:
    """Return what models, policy and warnings make of a call: the call or the reason, and what they had to say."""
    corrections: list[str] = []
    if not isinstance(body.get("type"), str) or body["type"] not in SINGLE_CALLS:
        return 'needs "type": one of identify, track, page, screen, group, alias', []
    try:
        call = policy.check(SINGLE_CALLS[body["type"]].parse(policy.fill_in(body), corrections))
    except InvalidRequestError as error:
        return "; ".join(map(str, error.problems)), []
    except PolicyError as error:
        return str(error).removeprefix("Not sent. "), []
    if policy.needs_approval(call):
        return "A person has to approve this call, whom a load cannot ask", []
    return {"type": call.kind, **call.wire()}, sorted([*corrections, *lint(call)])


def through(checker: Checker, body: dict[str, Any]) -> tuple[object, list[str]]:
    """Return the same from a checker, by way of the bytes that would be sent."""
    checker.notes.warnings.clear()
    checker.notes.corrections.clear()
    try:
        sent = orjson.loads(checker.encode(checker.check(body), 0))
    except BadRecord as bad:
        return bad.reason, []
    said = sorted([*checker.notes.warnings.elements(), *checker.notes.corrections.elements()])
    return sent, said


def comparable(call: object, body: dict[str, Any]) -> object:
    """Return a call as JSON, without what only the sending adds."""
    if not isinstance(call, dict):
        return call
    plain = orjson.loads(orjson.dumps(call))
    if body.get("messageId") is None:
        plain.pop("messageId", None)
    if "library" not in (body.get("context") or {}):
        plain.get("context", {}).pop("library", None)
    return plain


def assert_judged_alike(checker: Checker, policy: Policy, body: dict[str, Any]) -> None:
    """Compare the quick way with the models alone."""
    call, said = through(checker, body)
    expected, to_say = alone(body, policy)
    assert (comparable(call, body), said) == (comparable(expected, body), to_say), body
    quick = checker.quick(body, 0)
    assert quick is None or (orjson.loads(quick), said) == (call, [])


COMMON: dict[str, Any] = {
    "context": {"ip": "8.8.8.8", "locale": "en", "active": True, "channel": "server", "page": {"url": "/"}},
    "timestamp": "2026-11-20T10:11:12.123Z",
    "sentAt": "2026-11-20T10:11:12+00:00",
    "messageId": "m-1",
}
VALUES = {"plan": "pro", "total": 20.5, "items": 3, "vip": True, "gone": None, "tags": ["a"], "address": {"city": "x"}}
COMPLETE: dict[str, dict[str, Any]] = {
    "identify": {"userId": "ada", "anonymousId": "v-1", "traits": VALUES},
    "track": {"userId": "ada", "groupId": "acme", "event": "Order Completed", "properties": VALUES},
    "page": {"userId": "ada", "name": "Pricing", "category": "Sales", "properties": VALUES},
    "screen": {"anonymousId": "v-1", "name": "Pricing", "properties": VALUES},
    "group": {"groupId": "acme", "userId": "ada", "traits": VALUES},
}


ODD_VALUES = [*ODD_TEXTS, *ODD_TIMES, *GOOD_TIMES, *NUMBERS, [], {}, ["\ud800"], {"a": [float("nan")]}, {1: 2}, (1, 2)]
ODD_VALUES += [b"a", datetime.now(UTC), datetime(2026, 1, 1), {"street": "x"}, ["x" * 1_001], 10**13, "ios", "iOS"]  # noqa: DTZ001 - naive on purpose
ODD_VALUES += [
    {"x": {"y": 10**12}},
    {"street": {"no": 1}},
    {"plan": "x" * 1_001},
    [[[[[[1]]]]]],
    nested(30),
    nested(70),
    "a" * 250 + "é" * 400,
]


def one_thing_odd(kind: str) -> Iterator[dict[str, Any]]:
    """Yield a good call of a kind with one thing changed, in every place where one may be."""
    good = {"type": kind, **COMPLETE[kind], **COMMON}
    yield good
    holder = "traits" if "traits" in good else "properties"
    for name in good:
        yield {key: value for key, value in good.items() if key != name}
        yield from ({**good, name: odd} for odd in [*ODD_VALUES, *ODD_EVENTS, "identify", "alias"])
    for name in ("userId", "anonymousId", "groupId"):
        yield {key: value for key, value in good.items() if key not in {"userId", "anonymousId", "groupId"} - {name}}
    yield from ({**good, holder: {**VALUES, name: value}} for name in ODD_NAMES for value in ("1", True, {"plan": 1}))
    yield from ({**good, holder: {**VALUES, "plan": odd}} for odd in ODD_VALUES)
    yield from ({**good, holder: {**VALUES, "created_at": odd}} for odd in ODD_VALUES)
    yield from (
        {**good, holder: {**VALUES, "address": {name: odd}}} for name in ("city", "street") for odd in ODD_VALUES
    )
    yield from ({**good, holder: {**VALUES, "tags": [odd]}} for odd in ODD_VALUES)
    yield {**good, holder: {f"trait {number}": 1 for number in range(301)}}
    for part in ("ip", "locale", "active", "channel", "page", "device", "location", "traits", "user_agent", "colour"):
        yield from ({**good, "context": {**COMMON["context"], part: odd}} for odd in ODD_VALUES)
    yield from ({**good, "context": {"ip": ip}} for ip in ("10.0.0.1", "nowhere", "127.0.0.1", "2001:4860:4860::8888"))
    yield from ({**good, "context": {"device": {"type": odd}}} for odd in ODD_VALUES)
    yield {**good, "integrations": {"All": False}}
    yield {**good, "colour": "blue"}


@pytest.mark.parametrize("kind", list(COMPLETE))
@pytest.mark.parametrize("policy", POLICIES, ids=repr)
def test_one_odd_thing_anywhere_is_judged_as_models_policy_and_warnings_judge_it(policy: Policy, kind: str) -> None:
    checker = Checker(policy, Namer(""))
    for body in one_thing_odd(kind):
        assert_judged_alike(checker, policy, body)


@given(st.sampled_from(POLICIES), st.lists(calls(), min_size=1, max_size=3))
def test_whatever_comes_is_judged_as_models_policy_and_warnings_judge_it(
    policy: Policy, bodies: list[dict[str, Any]]
) -> None:
    checker = Checker(policy, Namer(""))
    for body in [*bodies, *bodies]:  # the second time, every name is known
        assert_judged_alike(checker, policy, body)


@pytest.mark.parametrize("policy", POLICIES, ids=repr)
def test_an_acting_event_is_judged_together_with_the_rest_of_its_call(policy: Policy) -> None:
    checker = Checker(policy, Namer(""))
    device = {"device": {"token": "t", "type": "ios"}}
    payloads: list[dict[str, Any]] = [
        {"objectId": "acme"},
        {"objectId": "acme", "objectTypeId": "x"},
        {"deliveryId": "d", "metric": "opened", "recipient": "a@b.c"},
        {"actionType": "viewed_content"},
    ]
    everybody = {"userId": "ada", "anonymousId": "v-1", "groupId": "acme"}
    for event in [*ACTING_EVENTS, *ODD_EVENTS]:
        for missing in [(), ("userId",), ("anonymousId",), ("userId", "anonymousId"), ("anonymousId", "groupId")]:
            who = {name: value for name, value in everybody.items() if name not in missing}
            body = {"type": "track", "event": event, **who}
            assert_judged_alike(checker, policy, body)
            assert_judged_alike(checker, policy, {**body, "context": device})
            for payload in payloads:
                assert_judged_alike(checker, policy, {**body, "properties": payload})


def certain(policy: Policy | None = None) -> Certain:
    """Return the quick test for a policy."""
    return Checker(policy or Policy(), Namer(""))._certain


@pytest.mark.parametrize("kind", list(COMPLETE))
def test_the_usual_calls_are_certain(kind: str) -> None:
    assert certain().fits({"type": kind, **COMPLETE[kind], **COMMON})


@pytest.mark.parametrize("body", [None, [], "call", 7, {}, {"type": "alias", "previousId": "a", "userId": "b"}])
def test_what_is_not_certain_is_not_refused_but_left_to_the_models(body: object) -> None:
    assert not certain().fits(body)


def test_a_name_is_tried_once_and_remembered() -> None:
    tried: list[dict[str, Any]] = []

    def passes(call: dict[str, Any]) -> bool:
        tried.append(call)
        return "bad" not in call.get("properties", {})

    quick = Certain(passes)
    tried.clear()
    good = {"type": "track", "userId": "u", "event": "E", "properties": {"fine": 1}}
    bad = {"type": "track", "userId": "u", "event": "E", "properties": {"bad": 1}}
    assert [quick.fits(call) for call in (good, good, bad, bad)] == [True, True, False, False]
    assert tried == [
        {"type": "track", "userId": "u", "event": "e", "properties": {"fine": "x"}},
        {"type": "track", "userId": "u", "event": "E"},
        {"type": "track", "userId": "u", "event": "e", "properties": {"bad": "x"}},
    ]


def test_however_many_names_there_are_memory_stays_flat() -> None:
    quick = Certain(lambda _: True)
    for number in range(25_000):
        assert quick.fits({"type": "track", "userId": "u", "event": f"E {number}"})
    assert len(quick._events) <= 10_000


def test_however_many_shapes_there_are_memory_stays_flat() -> None:
    quick = Certain(lambda _: True)
    for number in range(2_500):
        assert not quick.fits({"type": "track", "userId": "u", "event": "E", f"field {number}": 1})
    assert len(quick._shapes["track"]) <= 1_000


def test_a_time_that_was_in_the_future_when_the_load_began_is_certain_once_it_is_past() -> None:
    checker = Checker(Policy(), Namer(""))
    checker._certain.now = datetime(2026, 1, 1, tzinfo=UTC)
    call = {"type": "track", "userId": "u", "event": "E", "timestamp": "2026-11-20T10:11:12Z"}
    assert not checker._certain.fits(call)
    checker.tick()
    assert checker._certain.fits(call)
