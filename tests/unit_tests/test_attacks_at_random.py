"""No sequence of calls, whatever they are and by whatever door they come, does what the policy forbids.

`HYPOTHESIS_PROFILE=nightly` looks at 5,000 sequences, CI at 300.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_core.messages import ToolMessage
from pydantic.alias_generators import to_snake

from langchain_customerio import Policy
from langchain_customerio.api.semantic_events import ACTING_EVENTS, IRREVERSIBLE, REDIRECTING_PROPERTIES
from langchain_customerio.sandbox import Sandbox
from tests import strategies
from tests.cases import CASES
from tests.doors import DOORS, Desk, Door
from tests.tool_calls import tool_call, toolkit

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.tools import BaseTool

pytestmark = [pytest.mark.slow, pytest.mark.no_cover, pytest.mark.timeout(1_800)]  # 5,000 sequences take minutes

MOST_WRITES = 3

EVENTS = [*ACTING_EVENTS, "Paid", "user deleted", "User  Suppressed ", "Us\u0435r Deleted", "Delete Person"]
IRREVERSIBLE_FIRST = [*sorted(IRREVERSIBLE) * 2, *sorted(ACTING_EVENTS.keys() - IRREVERSIBLE)]
IDS = ["ada", "bob", "ADA", "ada ", "cio_01", "bob@example.com", "", None, 7, ["bob"]]
NAMES = [
    "id",
    "cio_id",
    "userId",
    "anonymous_id",
    "email",
    "unsubscribed",
    "cio_subscription_preferences.topics.topic_1",
]
NAMES += [
    *REDIRECTING_PROPERTIES,
    "Recipient ",
    "reply-to",
    "objectId",
    "objectTypeId",
    "deliveryId",
    "actionType",
    "plan",
]


def mostly(usual: st.SearchStrategy[Any], odd: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return what is usual, but for one time in eight: a body that is odd all over is refused for that."""
    return st.integers(0, 7).flatmap(lambda dice: odd if dice == 0 else usual)


ids = mostly(st.sampled_from(["ada", "ada", "bob", "bob@example.com"]), st.sampled_from(IDS))
values = mostly(
    st.one_of(st.sampled_from(["ada", "bob", "opened", "viewed_content", "2"]), st.booleans()), strategies.json
)
parts = mostly(
    st.dictionaries(st.sampled_from(NAMES), values, max_size=2), st.dictionaries(strategies.keys, values, max_size=3)
)
devices = st.just({"device": {"token": "t1", "type": "ios"}})
contexts = mostly(
    devices, st.dictionaries(st.sampled_from(["traits", "groupId", "externalIds"]), st.one_of(parts, ids), max_size=2)
)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "userId": ids,
    "user_id": ids,
    "anonymousId": ids,
    "previousId": ids,
    "groupId": st.sampled_from(["acme", "other"]),
    "event": mostly(st.sampled_from(["Paid", *IRREVERSIBLE_FIRST]), st.sampled_from(EVENTS)),
    "name": st.sampled_from(EVENTS),
    "traits": mostly(st.dictionaries(st.sampled_from(["plan", "unsubscribed", "id"]), values, max_size=2), parts),
    "properties": parts,
    "context": contexts,
    "messageId": st.just("one-and-the-same"),
    "integrations": st.dictionaries(st.sampled_from(["All", "Mixpanel"]), st.booleans(), max_size=2),
    "timestamp": st.just("2026-11-23T10:00:00Z"),
}
KINDS = ["identify", "track", "track", "page", "screen", "group", "alias"]
FITTING = {
    "identify": ["userId", "anonymousId", "traits"],
    "track": ["userId", "event", "properties", "context"],
    "page": ["userId", "name", "properties"],
    "screen": ["userId", "name", "properties"],
    "group": ["userId", "groupId", "traits"],
    "alias": ["userId", "previousId"],
}


@st.composite
def single(draw: Callable[[st.SearchStrategy[Any]], Any], kind: str) -> dict[str, Any]:
    """Return a body that is likely to be taken: what the call needs, but for a field left out, and one besides."""
    body = {name: draw(FIELDS[name]) for name in FITTING[kind] if draw(st.integers(0, 4))}
    if kind == "track" and "properties" in body and draw(st.booleans()):
        body["properties"] = {"objectId": "acme"}
    odd = draw(mostly(st.sampled_from(["context", "messageId", "timestamp"]), st.sampled_from(sorted(FIELDS))))
    return body | {odd: draw(FIELDS[odd])}


items = st.sampled_from(KINDS).flatmap(lambda kind: single(kind).map(lambda body: {"type": kind, **body}))
batches = st.builds(
    lambda batch, context: {"batch": batch, **({"context": context} if context else {})},
    st.lists(mostly(items, strategies.json), max_size=3),
    st.one_of(st.none(), contexts),
)
BODIES = {
    case.call.kind: mostly(batches if case.call.kind == "batch" else single(case.call.kind), strategies.near(case))
    for case in CASES
}


def written(body: object, form: str) -> object:
    """Return a body in one of the ways in which models write one down."""
    try:
        text = json.dumps(body)
    except (TypeError, ValueError):
        return body
    return {"object": body, "text": text, "fence": f"```json\n{text}\n```", "twice": json.dumps(text)}[form]


forms = st.sampled_from(["object", "text", "fence", "twice"])


@st.composite
def two_mode(draw: Callable[[st.SearchStrategy[Any]], Any]) -> tuple[str, dict[str, Any]]:
    """Return a call of one of the seven tools."""
    case = draw(st.sampled_from(CASES))
    name = str(case.tool.model_fields["name"].default)
    return name, {"mode": "execute", "request_body": written(draw(BODIES[case.call.kind]), draw(forms))}


sequences = st.lists(two_mode(), min_size=3, max_size=6)


FORBIDDING = Policy(person="ada", allow_alias=False, allow_consent=False, max_writes=MOST_WRITES)
TYPED = [(of.name, sorted(of.args)) for of in toolkit(Sandbox(), style="typed").get_tools()]
ARGUMENTS: dict[str, st.SearchStrategy[Any]] = {
    **{to_snake(name): field for name, field in FIELDS.items()},
    "calls": st.lists(items, max_size=3),
    "other_fields": st.fixed_dictionaries({}, optional={"context": contexts, "messageId": FIELDS["messageId"]}),
    "relationship": parts,
    "attributes": parts,
    "object_id": FIELDS["groupId"],
    "object_type_id": st.sampled_from(["", "1", "2", "x"]),
    "token": st.just("t1"),
    "platform": st.sampled_from(["ios", "android", "windows"]),
    "what": st.sampled_from(["topic", "channel", "everything"]),
    "subscribed": st.booleans(),
}


@st.composite
def typed(draw: Callable[[st.SearchStrategy[Any]], Any]) -> tuple[str, dict[str, Any]]:
    """Return a call of one of the typed tools, with most of its arguments."""
    name, fields = draw(st.sampled_from(TYPED))
    given = [field for field in fields if draw(st.integers(0, 4))]
    arguments = {field: draw(mostly(ARGUMENTS.get(field, ids), strategies.json)) for field in given}
    as_text = draw(st.booleans())
    return name, {
        field: written(each, "text") if as_text and isinstance(each, dict | list) else each
        for field, each in arguments.items()
    }


def let_loose(tools: list[BaseTool], calls: list[tuple[str, dict[str, Any]]]) -> int:
    """Make all calls for which there is a tool, as one run of an agent, and return how many were told to be sent."""
    sent, of_name = 0, {of.name: of for of in tools}
    for place, (name, arguments) in enumerate(calls):
        if (of := of_name.get(name)) is None:
            continue
        read = of.invoke(tool_call(of, arguments, f"call-{place}"), {"configurable": {"thread_id": "t1"}})
        assert isinstance(read, ToolMessage)
        sent += len(read.artifact.message_ids) if read.status == "success" else 0
    return sent


def assert_nobody_was_harmed(sandbox: Sandbox) -> None:
    """Look at the workspace, and at every call that it has taken."""
    assert [deletion for deletion in sandbox.deleted if deletion.kind in {"person", "object"}] == []
    assert {deletion.user_id for deletion in sandbox.deleted} <= {"ada"}
    assert sandbox.suppressed == set()
    assert set(sandbox.people) <= {"ada"}
    assert (sandbox.anonymous, sandbox.aliases) == ({}, {})
    assert {event.user_id for event in sandbox.events} <= {"ada"}
    assert {user_id for user_id, *_ in (*sandbox.relationships, *sandbox.devices)} <= {"ada"}
    assert (sandbox.delivery_metrics, sandbox.content_metrics) == ([], [])
    for taken in sandbox.accepted_calls:
        call = taken.call
        assert call["userId"] == "ada"
        assert call.keys().isdisjoint({"anonymousId", "previousId"})
        assert call.get("event") not in IRREVERSIBLE
        assert REDIRECTING_PROPERTIES.isdisjoint(call.get("properties", {})) or call.get("event") in ACTING_EVENTS
        traits = {} if call["type"] == "group" else call.get("traits", {})
        assert "unsubscribed" not in traits
        assert {traits.get(name, "ada") for name in ("id", "cio_id", "userId", "anonymous_id")} == {"ada"}
    assert [event.name for event in sandbox.events if event.kind == "track" and event.name in ACTING_EVENTS] == []


at_random = settings(suppress_health_check=[HealthCheck.too_slow])


@at_random
@given(sequences)
def test_no_sequence_of_calls_of_the_seven_tools_does_what_the_policy_forbids(calls: list[Any]) -> None:
    sandbox = Sandbox()
    sent = let_loose(toolkit(sandbox, policy=FORBIDDING).get_tools(), calls)
    assert len(sandbox.accepted_calls) == sent <= MOST_WRITES
    assert_nobody_was_harmed(sandbox)


@at_random
@given(st.lists(typed(), min_size=3, max_size=6))
def test_no_sequence_of_calls_of_typed_tools_does_what_the_policy_forbids(calls: list[Any]) -> None:
    sandbox = Sandbox()
    sent = let_loose(toolkit(sandbox, style="typed", policy=FORBIDDING).get_tools(), calls)
    assert len(sandbox.accepted_calls) == sent <= MOST_WRITES
    assert_nobody_was_harmed(sandbox)


@at_random
@given(sequences)
def test_where_good_items_are_sent_without_the_bad_ones_these_are_harmless_too(calls: list[Any]) -> None:
    sandbox = Sandbox()
    policy = Policy(person="ada", allow_alias=False, allow_consent=False, max_writes=MOST_WRITES, send_valid_items=True)
    let_loose(toolkit(sandbox, policy=policy).get_tools(), calls)
    assert len(sandbox.accepted_calls) <= MOST_WRITES
    assert_nobody_was_harmed(sandbox)


@at_random
@given(st.one_of(sequences, st.lists(typed(), min_size=3, max_size=6)))
def test_nothing_irreversible_happens_by_default(calls: list[Any]) -> None:
    sandbox = Sandbox()
    style = "two_mode" if all("mode" in arguments for _, arguments in calls) else "typed"
    let_loose(toolkit(sandbox, style=style).get_tools(), calls)
    assert [deletion for deletion in sandbox.deleted if deletion.kind in {"person", "object"}] == []
    assert sandbox.suppressed == set()
    for taken in sandbox.accepted_calls:
        assert (
            REDIRECTING_PROPERTIES.isdisjoint(taken.call.get("properties", {})) or taken.call["event"] in ACTING_EVENTS
        )


@at_random
@given(sequences)
def test_a_dry_run_sends_nothing_whatever_it_is_asked(calls: list[Any]) -> None:
    sandbox = Sandbox()
    let_loose(toolkit(sandbox, policy=Policy(dry_run=True, allow_destructive=True)).get_tools(), calls)
    assert sandbox.ledger == []


@pytest.mark.parametrize(
    ("style", "calls_of"), [("two_mode", two_mode()), ("typed", typed())], ids=["two_mode", "typed"]
)
def test_calls_like_these_do_harm_where_nothing_forbids_it(style: str, calls_of: st.SearchStrategy[Any]) -> None:
    """Show that the sequences above are no harmless ones, and that not all of them are refused."""
    harm: dict[str, int] = {"deleted": 0, "merged": 0, "others": 0, "accepted": 0, "consent": 0, "sent to ada": 0}

    @settings(max_examples=100, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(calls_of, min_size=6, max_size=10))
    def look(calls: list[Any]) -> None:
        sandbox, allowed = Sandbox(), Sandbox()
        policy = Policy(allow_destructive=True, allow_redirects=True)
        let_loose(toolkit(sandbox, style=style, policy=policy).get_tools(), calls)
        let_loose(toolkit(allowed, style=style, policy=FORBIDDING).get_tools(), calls)
        harm["deleted"] += len(sandbox.deleted)
        harm["merged"] += len(sandbox.aliases)
        harm["others"] += len(set(sandbox.people) - {"ada"})
        harm["accepted"] += len(sandbox.accepted_calls) > MOST_WRITES
        harm["consent"] += any("unsubscribed" in call.call.get("traits", {}) for call in sandbox.accepted_calls)
        harm["sent to ada"] += len(allowed.accepted_calls)

    look()
    assert min(harm.values()) >= 1, harm


# ---- by any door

KEY = "pk_us_0123456789abcdef"
FORBIDDING_A_CLIENT = replace(FORBIDDING, max_writes=None)
"""Where `max_writes` has no meaning: see the reasons in the table of doors."""

AT_DOORS = [door for door in DOORS if not door.is_process]
COUNT_NO_WRITES = {"client", "worker of an engine", "command send"}

# What a lenient reader would read otherwise: the text of a call with the one put in the place of the other.
SLIPS = [
    ("", ""),
    ('{"type"', '{"userId": "bob", "type"'),
    ("}", ', "userId": "bob"}'),
    ('": {', '": {"id": "bob", "id": "ada", '),
    ('": {', '": {"n": NaN, '),
    ('": {', '": {"n": 12345678901234567890123, '),
    ('": {', '": {"n": 0.1234567890123456789, '),
    ('": {', f'": {{"note": "{KEY}", '),
    ('": {', f'": {{"\\u0070{KEY[1:]}": 1, '),
    ('": {', '": {"\\u001b[2Jx": "\\u0000\\u202e", '),
    ('": {', '": {"unsub\\u200bscribed": true, "reply-to": "eve@example.com", '),
    ('": {', f'": {{"deep": {"[" * 70}{"]" * 70}, '),
    ('": {', f'": {{"long": "{"x" * 33_000}", '),
]


@st.composite
def texts(draw: Callable[[st.SearchStrategy[Any]], Any]) -> str:
    """Return the text of a call as a stranger may write it: mostly JSON of the usual form, now and then with a slip."""
    text = json.dumps(draw(items))
    old, new = draw(mostly(st.just(SLIPS[0]), st.sampled_from(SLIPS)))
    slipped = text.replace(old, new, 1) if old else text
    try:
        json.loads(slipped)
    except ValueError:
        return text
    return slipped


@pytest.mark.loopback
@at_random
@given(st.sampled_from(AT_DOORS), st.lists(texts(), min_size=1, max_size=5))
def test_by_no_door_there_comes_what_the_policy_forbids(door: Door, calls: list[str]) -> None:
    sandbox = Sandbox({KEY})
    counts = door.name not in COUNT_NO_WRITES
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        desk = Desk(sandbox, FORBIDDING if counts else FORBIDDING_A_CLIENT, Path(folder), patch)
        reported = door.send(desk, *calls)
    assert KEY not in reported
    assert "\x1b" not in reported
    assert_nobody_was_harmed(sandbox)
    assert KEY not in json.dumps([call.call for call in sandbox.accepted_calls])
    assert len(sandbox.accepted_calls) <= (MOST_WRITES if counts else len(calls)) * door.sends


@pytest.mark.loopback
@pytest.mark.parametrize("door", [door for door in AT_DOORS if door.sends], ids=lambda door: door.name)
def test_what_is_drawn_gets_through_every_door_where_nothing_forbids_it(door: Door) -> None:
    """Show that the calls above are refused for what they are, and not because a door is shut."""
    others: set[str] = set()

    @settings(max_examples=30, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(texts())
    def look(text: str) -> None:
        sandbox = Sandbox({KEY})
        with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
            door.send(Desk(sandbox, Policy(allow_destructive=True, allow_redirects=True), Path(folder), patch), text)
        others.update(set(sandbox.people) - {"ada"})

    look()
    assert others
