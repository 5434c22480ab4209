"""Whatever a model makes up: a malformed body is an error that it can read, and no request."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langchain_customerio.sandbox import Sandbox
from tests.cases import ALIAS, BATCH, CASES, GROUP, IDENTIFY, PAGE, SINGLE_CASES, TRACK, Case, as_item
from tests.conftest import Run
from tests.strategies import MARK, texts
from tests.tool_calls import answer, error, execute

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_WORDS = 60


def refusal(run: Run, case: Case, body: object) -> str:
    """Return what a model reads after it sent this body, having seen that nothing arrived."""
    sandbox = Sandbox()
    text = error(execute(run, case.make_tool(client=sandbox.client()), body))
    assert sandbox.ledger == []
    assert text.startswith("Not sent. ")
    assert len(text.split()) <= MOST_WORDS
    return text


def nested(depth: int) -> dict[str, Any]:
    """Return an object within an object, and so on."""
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"a": value}
    return value


# What no tool takes, whichever its endpoint

NO_BODIES: tuple[object, ...] = (
    *("{}", "[1]", "5", '"x"', "null", "true", "[]", "0", "-1.5", "NaN", "Infinity", " ", "\n", "\x00", "﻿"),
    *([1], 5, True, 0.5, [], [{}], "x", "execute", "userId: ada", "userId=ada", "{userId: ada}", "{'userId'}"),
    *("{", "}", "[", '{"', '{"userId"', '{"userId":', '{"userId":"ada"', '{"userId":"ada",', "{}{}", "{} {}", "{},"),
    *('{"userId":"ada"} and more', '{"userId":"ada"}{"userId":"bob"}', 'Sure! {"userId":"ada"}', "```json\n```"),
    *("```json\n{\n```", "[" * 100_000, "{" * 100_000, '{"a":' * 50_000 + "1" + "}" * 50_000, json.dumps(nested(600))),
    *('{"userId":"ada","userId":"bob"}', '{"traits":{"a":1,"a":2}}', '{"a": 0x10}', '{"a": 01}', '{"a": .5}'),
    *('{"a": "\x01"}', '{"a": "\\x41"}', '{"a": "line\nbreak"}', '{"a": undefined}', "{'a': set()}", "{'a': 1 + 1}"),
    *("__import__('os').getcwd()", "{'a': open('x')}", "dict(userId='ada')", "<userId>ada</userId>", '""', '"{"'),
    *({"mode": "execute"}, {"request_body": {"userId": "ada"}}, {"body": {}}, {"": ""}, {" ": 1}, nested(3)),
)


@pytest.mark.parametrize("body", NO_BODIES, ids=lambda body: repr(body)[:30])
def test_what_is_no_body_is_refused_by_every_tool(body: object) -> None:
    for case in CASES:
        refusal(Run("sync"), case, body)


# What one endpoint takes but for one fault

LONE = "\ud83d"
ITEM = as_item(TRACK, TRACK.minimal)
MANY = {f"trait{i}": "x" * 100 for i in range(320)}

TIMES: tuple[object, ...] = ("", "yesterday", "23.11.2026", 1_763_891_200_000, "1763891200", "2026-13-01", "10:00", {})
NO_BATCHES: tuple[object, ...] = ([], {}, "", None, 5, ITEM, [None], [[]], ["track"], [[ITEM]], [{}])

FAULTY: tuple[tuple[Case, object], ...] = (
    # Whom is it about?
    (IDENTIFY, {"traits": {"plan": "pro"}}),
    (IDENTIFY, {"userId": ""}),
    (IDENTIFY, {"userId": "  ", "anonymousId": ""}),
    (IDENTIFY, {"userId": None, "traits": {}}),
    (IDENTIFY, {"userId": ["ada"]}),
    (IDENTIFY, {"userId": {"id": "ada"}}),
    (IDENTIFY, {"userId": True}),
    (IDENTIFY, {"userId": 1.5}),
    (IDENTIFY, {"userId": LONE}),
    (TRACK, {"event": "Signed Up"}),
    (TRACK, {"userId": "ada"}),
    (TRACK, {"userId": "ada", "event": ""}),
    (TRACK, {"userId": "ada", "event": None}),
    (TRACK, {"userId": "ada", "event": ["Signed Up"]}),
    (PAGE, {"name": "Pricing"}),
    (GROUP, {"userId": "ada"}),
    (GROUP, {"groupId": "acme", "traits": {"relationshipAttributes": {"role": "admin"}}}),
    (GROUP, {"groupId": "acme", "traits": {"objectTypeId": "company"}}),
    (GROUP, {"groupId": "acme", "userId": "ada", "traits": {"relationshipAttributes": "admin"}}),
    (ALIAS, {"userId": "ada"}),
    (ALIAS, {"previousId": "visitor-7"}),
    (ALIAS, {"previousId": "ada", "userId": "ada"}),
    # A field that the API does not have, or that says otherwise
    (IDENTIFY, {"userId": "ada", "email": "ada@example.com"}),
    (IDENTIFY, {"userId": "ada", "traits": {}, "properties": {}}),
    (IDENTIFY, {"userId": "ada", "user_id": "bob"}),
    (IDENTIFY, {"userId": "ada", "receivedAt": "2026-11-23T10:00:00Z"}),
    (IDENTIFY, {"userId": "ada", "x" * 5_000: 1}),
    (IDENTIFY, {"userId": "ada", "type": "track"}),
    (TRACK, {**TRACK.minimal, "type": "identify"}),
    (TRACK, {**TRACK.minimal, "type": ["track"]}),
    (TRACK, BATCH.minimal),
    (TRACK, [TRACK.minimal]),
    # A value of another type
    (IDENTIFY, {"userId": "ada", "traits": "pro"}),
    (IDENTIFY, {"userId": "ada", "traits": [1]}),
    (IDENTIFY, {"userId": "ada", "traits": "[1]"}),
    (TRACK, {**TRACK.minimal, "properties": 5}),
    (TRACK, {**TRACK.minimal, "context": "mobile"}),
    (TRACK, {**TRACK.minimal, "context": {"channel": "telepathy"}}),
    (TRACK, {**TRACK.minimal, "context": {"device": "phone"}}),
    (TRACK, {**TRACK.minimal, "context": {"device": {"type": "windows"}}}),
    (TRACK, {**TRACK.minimal, "context": {"active": "perhaps"}}),
    (TRACK, {**TRACK.minimal, "context": {"page": {"keywords": "a, b"}}}),
    (TRACK, {**TRACK.minimal, "integrations": {"All": "yes please"}}),
    (TRACK, {**TRACK.minimal, "integrations": ["Mixpanel"]}),
    (TRACK, {**TRACK.minimal, "messageId": ""}),
    *((TRACK, {**TRACK.minimal, "timestamp": time}) for time in TIMES),
    *((TRACK, {**TRACK.minimal, "sentAt": time}) for time in TIMES),
    # What JSON cannot carry
    (IDENTIFY, {"userId": "ada", "traits": {"score": math.nan}}),
    (IDENTIFY, {"userId": "ada", "traits": {"score": [{"deep": -math.inf}]}}),
    (IDENTIFY, {"userId": "ada", "traits": {"score": 2**64}}),
    (IDENTIFY, {"userId": "ada", "traits": {"name": f"Ada {LONE}"}}),
    (IDENTIFY, {"userId": "ada", "traits": {LONE: 1}}),
    (IDENTIFY, {"userId": "ada", "traits": nested(65)}),
    (TRACK, {**TRACK.minimal, "context": {"anything": nested(65)}}),
    (IDENTIFY, '{"userId":"ada","traits":{"score":NaN}}'),
    (IDENTIFY, '{"userId":"ada","traits":{"score":-Infinity}}'),
    (IDENTIFY, '{"userId":"ada","traits":{"score":1e999}}'),
    (IDENTIFY, '{"userId":"ada","traits":{"score":123456789012345678901234567890}}'),
    (IDENTIFY, '{"userId":"ada","traits":{"name":"\\ud83d"}}'),
    (IDENTIFY, '{"userId":"ada","traits":{"\\udc00":1}}'),
    (IDENTIFY, f'{{"userId":"ada","traits":{"[" * 5_000}{"]" * 5_000}}}'),
    # What is too large
    (IDENTIFY, {"userId": "ada", "traits": {"note": "x" * 33_000}}),
    (IDENTIFY, {"userId": "ada", "traits": {"note": "ł" * 17_000}}),
    (IDENTIFY, {"userId": "ada", "traits": MANY}),
    (TRACK, {**TRACK.minimal, "event": "x" * 33_000}),
    (TRACK, {**TRACK.minimal, "context": {"anything": "x" * 33_000}}),
    (BATCH, {"batch": [ITEM, {**ITEM, "properties": {"note": "x" * 33_000}}]}),
    (BATCH, {"batch": [ITEM], "context": {"anything": "x" * 33_000}}),
    # Batches
    *((BATCH, {"batch": batch}) for batch in NO_BATCHES),
    *(
        (BATCH, {"batch": [ITEM, {**ITEM, "type": kind}]})
        for kind in ("", "batch", "Track", "user", None, 5, ["track"])
    ),
    (BATCH, {"batch": [TRACK.minimal]}),
    (BATCH, {"batch": [ITEM, as_item(BATCH, BATCH.minimal)]}),
    (BATCH, {"batch": [ITEM, as_item(IDENTIFY, {"traits": {}})]}),
    (BATCH, {"batch": [{**ITEM, "properties": {"x": math.nan}}]}),
    (BATCH, {"batch": [{**ITEM, "properties": {"x": LONE}}]}),
    (BATCH, {"batch": [ITEM] * 40 + [{**ITEM, "timestamp": 5}]}),
    (BATCH, {"batch": [ITEM], "type": "track"}),
    (BATCH, {"batch": [ITEM], "sentAt": "2026-11-23T10:00:00Z"}),
    (BATCH, {"batch": [ITEM], "context": []}),
    (BATCH, {"calls": [ITEM]}),
    (BATCH, [TRACK.minimal]),
    (BATCH, ITEM),
)


def in_words(case_and_body: object) -> str:
    """Name a parameter by its beginning."""
    return case_and_body.call.kind if isinstance(case_and_body, Case) else ascii(case_and_body)[:40]


@pytest.mark.parametrize(("case", "body"), FAULTY, ids=in_words)
def test_a_faulty_body_is_refused(run: Run, case: Case, body: object) -> None:
    refusal(run, case, body)


def test_the_lists_are_as_long_as_promised() -> None:
    assert len(NO_BODIES) + len(FAULTY) >= 150


# What a model may imagine

KNOWN = {"type"} | {name for case in CASES for names in case.call.wire_names() for name in names}


def wrong_types(*right: type) -> st.SearchStrategy[Any]:
    """Return values of every JSON type but these; a JSON string may stand for an object, and null for nothing."""
    kinds: dict[type, st.SearchStrategy[Any]] = {
        str: texts.filter(lambda text: text.strip()),
        bool: st.booleans(),
        int: st.integers(),
        list: st.lists(st.integers(), max_size=3),
        dict: st.dictionaries(texts, st.integers(), max_size=3),
    }
    return st.one_of(*(strategy for kind, strategy in kinds.items() if kind not in right))


@st.composite
def malformed(draw: Callable[[st.SearchStrategy[Any]], Any], case: Case) -> Any:
    """Return a good body of the case with one fault, which is fatal by itself."""
    fault = draw(st.sampled_from((cut_short, with_unknown_key, with_wrong_type, with_bad_value, without_identity)))
    return draw(fault(case))


def cut_short(case: Case) -> st.SearchStrategy[str]:
    """Write the body down and lose its end, as a model does at its token limit."""
    whole = json.dumps(case.complete)
    return st.integers(1, len(whole) - 1).map(lambda end: whole[:end])


def with_unknown_key(case: Case) -> st.SearchStrategy[Any]:
    names = st.text(st.characters(exclude_characters=MARK), max_size=60).filter(lambda name: name not in KNOWN)
    return st.builds(lambda name, value: {**case.complete, name: value}, names, texts)


def with_wrong_type(case: Case) -> st.SearchStrategy[Any]:
    takes = {"traits": (dict,), "properties": (dict,), "context": (dict,), "integrations": (dict,), "batch": (list,)}
    moments = dict.fromkeys(("timestamp", "originalTimestamp", "sentAt"), ())
    names = st.sampled_from(sorted(case.complete))
    return names.flatmap(
        lambda name: wrong_types(*{**takes, **moments}.get(name, (str, int))).map(
            lambda value: {**case.complete, name: value}
        )
    )


def with_bad_value(case: Case) -> st.SearchStrategy[Any]:
    """Hide what JSON cannot carry somewhere in the data."""
    bad = st.sampled_from((math.nan, math.inf, -math.inf, LONE, f"{MARK}\udfff", 2**64, -(2**63) - 1))
    deep = st.recursive(
        bad, lambda inner: st.one_of(inner.map(lambda x: [1, x]), inner.map(lambda x: {"inner": x})), max_leaves=4
    )
    holder = "context" if case in (ALIAS, BATCH) else "traits" if "traits" in case.complete else "properties"
    return deep.map(lambda value: {**case.complete, holder: {"anything": value}})


def without_identity(case: Case) -> st.SearchStrategy[Any]:
    """Leave out, or leave empty, whom or what the call is about."""
    about = case.call.needs_one_of or tuple(
        name for name in ("groupId", "previousId", "batch") if name in case.complete
    )
    rest = {name: value for name, value in case.complete.items() if name not in about}
    empty = st.sampled_from(({}, dict.fromkeys(about), dict.fromkeys(about, ""), dict.fromkeys(about, " \n")))
    return empty.map(rest.__or__)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), case=st.sampled_from(CASES))
def test_no_malformed_body_leaves_this_process_or_is_repeated_to_the_model(
    run: Run, data: st.DataObject, case: Case
) -> None:
    body = data.draw(malformed(case))
    text = refusal(run, case, body)
    assert MARK not in text


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), case=st.sampled_from(SINGLE_CASES), place=st.integers(0, 5))
def test_one_malformed_item_keeps_a_batch_from_leaving_and_is_named(
    run: Run, data: st.DataObject, case: Case, place: int
) -> None:
    body = data.draw(malformed(case).filter(lambda body: isinstance(body, dict)))
    items = [ITEM] * 5
    items.insert(place, {**body, "type": case.call.kind})
    assert refusal(run, BATCH, {"batch": items}).startswith(f"Not sent. batch[{place}]")


# What only looks too large


def test_a_batch_of_501_kb_in_small_items_is_no_fault_and_arrives_in_order(run: Run) -> None:
    sandbox = Sandbox()
    items = [{**ITEM, "messageId": f"m{i}", "properties": {"note": "x" * 400}} for i in range(1_100)]
    assert len(json.dumps({"batch": items})) > 501_000
    told = answer(execute(run, BATCH.make_tool(client=sandbox.client()), json.dumps({"batch": items})))
    assert [call.message_id for call in sandbox.accepted_calls] == [item["messageId"] for item in items]
    assert [len(entry.body) <= 500_000 for entry in sandbox.ledger] == [True, True]
    assert len(told["requests"]) == 2
