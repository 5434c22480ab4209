"""From a record to the bytes of a call, or to the reason why there is none."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from langchain_customerio import Batch, Identify, Policy, PolicyError, Track
from langchain_customerio.api.batching import MOST_CALL_BYTES, library
from langchain_customerio.bulk.lanes import lane_of
from langchain_customerio.bulk.message_ids import Namer
from langchain_customerio.bulk.readers.base import BadRecord, Block
from langchain_customerio.bulk.records import BLANK
from langchain_customerio.bulk.tally import Notes, Tally
from langchain_customerio.bulk.validate import Checker

SIGNED_UP = {"type": "track", "userId": "ada", "event": "Signed Up"}


def checker(policy: Policy | None = None, default: str | None = None) -> Checker:
    return Checker(policy or Policy(), Namer("source"), default=default)


def sent(record: Any, made: Checker | None = None) -> Any:
    """Return what would be sent for a record."""
    return orjson.loads(item(record, made or checker()))


def item(record: Any, made: Checker, index: int = 0) -> bytes:
    """Return the bytes that would be sent for a record; also after it has met others like it."""
    checked = [made.items(Block(index, [record])) for _ in range(2)]
    assert checked[0].items == checked[1].items
    if checked[0].bad:
        raise checked[0].bad[0]
    return checked[0].items[0]


def refusal(record: Any, made: Checker | None = None) -> BadRecord:
    """Return why a record would not be sent."""
    with pytest.raises(BadRecord) as caught:
        sent(record, made)
    return caught.value


@pytest.mark.parametrize(
    "record",
    [
        orjson.dumps(SIGNED_UP),
        orjson.dumps(SIGNED_UP).decode(),
        SIGNED_UP,
        Track(user_id="ada", event="Signed Up"),
        {"dead_letter": {"reason": "…"}, "call": SIGNED_UP},
        {"dead_letter": {"reason": "…"}, "text": orjson.dumps(SIGNED_UP).decode()},
        {"type": "track", "user_id": "ada", "event": "Signed Up"},
    ],
    ids=["line", "text", "object", "call", "dead letter", "dead letter of text", "python names"],
)
def test_a_record_of_any_kind_becomes_the_same_call_with_the_same_id(record: object) -> None:
    assert sent(record) == {**SIGNED_UP, "messageId": sent(SIGNED_UP)["messageId"]}


def test_a_call_keeps_its_own_message_id_and_its_own_context() -> None:
    call = {**SIGNED_UP, "messageId": "mine", "context": {"library": {"name": "theirs"}, "locale": "en"}}
    assert sent(call) == call


@pytest.mark.parametrize("context", [{}, {"locale": "en"}])
def test_a_context_of_its_own_is_told_which_library_sends(context: dict[str, Any]) -> None:
    assert sent({**SIGNED_UP, "context": context})["context"] == {"library": library(), **context}


def test_the_objects_of_the_caller_stay_as_they_were() -> None:
    call = {**SIGNED_UP, "context": {"locale": "en"}}
    sent(call)
    assert call == {**SIGNED_UP, "context": {"locale": "en"}}


def test_an_id_is_made_from_the_call_and_not_from_what_is_added_to_it() -> None:
    call = {**SIGNED_UP, "context": {"locale": "en"}}
    assert sent(call)["messageId"].encode() == Namer("source").name(0, orjson.dumps(call))


@pytest.mark.parametrize(
    ("record", "reason", "text"),
    [
        (b'{"type": "track"', "is not JSON: expecting ',' delimiter at column 17", '{"type": "track"'),
        (b'{"a": "\xff"}', "is not UTF-8", '{"a": "\\xff"}'),
        (b'{"a": NaN}', "is NaN or infinite, which JSON cannot carry: leave it out", '{"a": NaN}'),
        (b'{"a": 1, "a": 2}', 'has the key "a" twice in one object: keep one', '{"a": 1, "a": 2}'),
        (b"[" * 100_000, "is nested more than 64 levels deep", "[" * 100_000),
        ("\ud800", "has a broken character (a lone surrogate): send well-formed Unicode", "\ud800"),
    ],
    ids=["cut off", "not utf-8", "NaN", "key twice", "deep", "lone surrogate"],
)
def test_what_is_not_json_is_refused_with_what_stood_there(record: bytes | str, reason: str, text: str) -> None:
    bad = refusal(record)
    assert (bad.reason, bad.text, bad.call) == (reason, text, None)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (b"[1]", "needs a JSON object, found a list"),
        (7, "needs a JSON object, found a number"),
        ({"userId": "ada"}, 'needs "type": one of identify, track, page, screen, group, alias'),
        ({"type": ["track"]}, 'needs "type": one of identify, track, page, screen, group, alias'),
        ({"type": "track", "userId": "ada"}, "event: is required"),
        ({"type": "identify", "userId": "a", "email": "a@b.c"}, "email: is not a field of identify: use traits.email"),
        ({**SIGNED_UP, "properties": {"a": "\ud800"}}, "properties.a: has a broken character (a lone surrogate): send"),
        ({**SIGNED_UP, "properties": {"a": {1: 2}}}, "properties.a: has a key that is a number: keys are strings"),
        (Batch(batch=[Track(user_id="ada", event="E")]), "is a Batch: give its calls one by one"),
        ({"dead_letter": {}, "call": {"type": "track"}}, "event: is required"),
        ({"dead_letter": {}}, "is not JSON: expecting value at column 1"),
    ],
)
def test_what_is_not_a_call_is_refused_with_the_reason(record: object, reason: str) -> None:
    assert refusal(record).reason.startswith(reason)


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("123456789012345678901234567890", "is an integer beyond 64 bits: send it as a string"),
        ("1234567890123456.123456789", "has more digits than a JSON number keeps: send it as a string"),
        ("1e400", "is NaN or infinite, which JSON cannot carry: leave it out"),
    ],
)
@pytest.mark.parametrize("spaces", ["", " ", "\t"])
@pytest.mark.parametrize("default", [None, "track"])
def test_a_number_that_would_be_another_one_is_refused(
    number: str, reason: str, spaces: str, default: str | None
) -> None:
    line = f'{{"type": "track",{spaces}"userId": "a", "event": "E", "properties": {{"account": {number}}}}}'
    assert refusal(line.encode(), checker(default=default)).reason == f"properties.account: {reason}"


def test_large_numbers_that_json_can_carry_arrive_exactly() -> None:
    numbers = b'{"a": 9007199254740993, "b": 1e300, "c": -9223372036854775808}'
    line = b'{"type": "track", "userId": "ada", "event": "E", "properties": ' + numbers + b"}"
    assert sent(line)["properties"] == {"a": 9007199254740993, "b": 1e300, "c": -(2**63)}


def test_a_call_over_the_limit_of_the_api_is_refused_with_what_to_shorten() -> None:
    bad = refusal({**SIGNED_UP, "properties": {"note": "x" * 32_000}})
    assert bad.reason.endswith(", the API takes at most 32,000. Shorten properties.note or report it")
    assert isinstance(bad.call, dict)
    assert bad.call["properties"] == {"note": "x" * 32_000}


@pytest.mark.parametrize("context", [None, {"locale": "en"}])
def test_a_call_of_exactly_the_limit_is_sent_and_one_byte_more_is_not(context: dict[str, Any] | None) -> None:
    made = checker()
    shared = orjson.dumps({"context": {"library": library()}})[1:-1]
    lent = 0 if context else len(b"," + shared)  # what the API may add to a call that has no context of its own
    call = {**SIGNED_UP, "properties": {"note": ""}} | ({"context": context} if context else {})
    room = 32_000 - lent - len(item(call, made))
    fits, exceeds = ({**call, "properties": {"note": "x" * length}} for length in (room, room + 1))
    assert len(item(fits, made)) + lent == 32_000
    with pytest.raises(BadRecord, match="32,001 bytes, the API takes at most 32,000"):
        item(exceeds, made)


def test_the_default_kind_serves_records_without_a_type() -> None:
    made = checker(default="track")
    assert sent({"userId": "ada", "event": "E"}, made)["type"] == "track"
    assert sent({"type": "identify", "userId": "ada"}, made)["type"] == "identify"
    assert refusal(b'{"userId": "ada"}', made).reason == "event: is required"


def test_what_was_corrected_and_what_will_be_read_otherwise_is_counted() -> None:
    people = [{"type": "identify", "user_id": number, "traits": {"unsubscribed": "yes"}} for number in range(3)]
    checked, notes = checker().items(Block(0, [SIGNED_UP, *people])), Notes()
    for at, said in checked.notes.items():
        notes.count(said, at + 1)
    assert notes.corrections == {"userId: given as user_id": 3, "userId: number sent as string": 3}
    assert list(notes.warnings.values()) == [3]
    assert set(notes.corrections.first.values()) == {2}


@pytest.mark.parametrize(
    ("policy", "call", "reason"),
    [
        (Policy(), {**SIGNED_UP, "event": "User Deleted"}, 'event: "User Deleted" deletes the person for good'),
        (Policy(person="bob"), SIGNED_UP, "userId: names somebody or something else"),
        (Policy(approve="all"), SIGNED_UP, "a person must approve this call, and a load cannot ask one"),
        (Policy(calls=["identify"]), SIGNED_UP, "track calls are not allowed here"),
        (Policy(groups=["acme"]), {"type": "group", "groupId": "other"}, "groupId: this group is not allowed here"),
    ],
)
def test_what_the_policy_forbids_is_refused(policy: Policy, call: dict[str, Any], reason: str) -> None:
    assert refusal(call, checker(policy)).reason.startswith(reason)


def test_the_policys_person_is_filled_in() -> None:
    assert sent({"type": "track", "event": "E"}, checker(Policy(person="ada")))["userId"] == "ada"


def test_a_policy_of_another_class_is_asked_about_every_call() -> None:
    asked: list[object] = []

    class Own(Policy):
        def check(self, call: Any) -> Any:
            asked.append(call)
            return call

    users = ["ada", "bob", "ada"]
    checker(Own()).items(Block(0, [{**SIGNED_UP, "userId": user} for user in users]))
    assert [call.user_id for call in asked if isinstance(call, Track)] == users


def test_what_a_policy_of_another_class_says_is_the_reason() -> None:
    class Own(Policy):
        def check(self, call: Any) -> Any:
            raise PolicyError(f"Not today, {call.kind}.")

    assert refusal(SIGNED_UP, checker(Own())).reason == "Not today, track."


def test_an_unfit_record_of_the_source_stays_unfit() -> None:
    bad = BadRecord("cannot be read", text="row 7")
    assert refusal(bad) is bad


def test_different_texts_are_counted_one_by_one_up_to_fifty() -> None:
    tally = Tally()
    for number in range(60):
        tally.count(f"text {number}")
        tally.count("text 0")
    assert (len(tally), tally["text 0"], tally["text 49"], tally["others"]) == (51, 61, 1, 10)


@pytest.mark.parametrize("more", [{}, {"messageId": "mine"}, {"context": {"locale": "en"}}])
def test_a_line_in_which_nothing_is_changed_is_sent_as_it_was_written(more: dict[str, Any]) -> None:
    made, call = checker(), {**SIGNED_UP, "properties": {"city": "São Paulo", "total": 20.5}, **more}
    for line in (
        json.dumps(call).encode(),
        json.dumps(call, indent=1, ensure_ascii=False).encode(),
        b" " + json.dumps(call).replace("20.5", "20.50").encode() + b"\t\r",
    ):
        written = line.strip()
        name = b'"messageId":"%b",' % Namer("source").name(0, written) if "messageId" not in more else b""
        library_too = re.sub(rb'("context": \{)', rb'\1"library":%b,' % orjson.dumps(library()), written[1:])
        assert item(line, made) == b"{" + name + library_too


@pytest.mark.parametrize("text", [r"\u0070ro", r"a\/b", r"\\u0070"])
def test_a_line_in_which_an_escape_hides_a_plain_character_is_written_anew(text: str) -> None:
    made = checker()
    line = b'{"type": "track", "userId": "ada", "event": "E", "properties": {"plan": "%b"}}' % text.encode()
    for _ in range(3):
        assert item(line, made).endswith(orjson.dumps(orjson.loads(line))[1:])


def test_a_call_that_is_corrected_or_large_is_written_anew() -> None:
    named = {"type": "track", "user_id": "ada", "event": "E"}
    wire = orjson.dumps({"type": "track", "userId": "ada", "event": "E"})[1:]
    assert item(json.dumps(named).encode(), checker()).endswith(wire)
    large = {**SIGNED_UP, "properties": {"items": list(range(6_000))}}
    assert len(json.dumps(large)) > MOST_CALL_BYTES > len(orjson.dumps(large))
    assert sent(json.dumps(large).encode())["properties"] == large["properties"]


def test_fields_stay_in_their_order_also_where_they_are_corrected() -> None:
    assert list(sent({"userId": "ada", "type": "track", "event": "E"}))[1:] == ["userId", "type", "event"]
    corrected = {"timestamp": None, "event": "E", "user_id": 7, "type": "track"}
    assert list(sent(corrected))[1:] == ["event", "userId", "type"]
    slowly = {"event": "E", "context": {"user_agent": "x"}, "user_id": 7, "type": "track"}
    assert list(sent(slowly))[1:] == ["event", "context", "userId", "type"]
    assert list(sent({"event": "E", "type": "track"}, checker(Policy(person="ada"))))[1:] == ["event", "type", "userId"]


def test_a_context_within_another_object_is_not_taken_for_the_calls_own() -> None:
    inner = {"context": {"mine": 1}}
    for call in (
        {**SIGNED_UP, "properties": inner, "context": {"locale": "en"}},
        {**SIGNED_UP, "context": {"locale": "en"}, "properties": inner},
        {**SIGNED_UP, "context": {"locale": "en"}, "properties": {"text": '"context":{'}},
    ):
        assert sent(call) == {
            **call,
            "context": {"library": library(), "locale": "en"},
            "messageId": sent(call)["messageId"],
        }


def test_a_line_with_nothing_in_it_is_blank() -> None:
    checked = checker().items(Block(0, [b"", b" \r", "", SIGNED_UP]))
    assert {at: bad.reason for at, bad in checked.bad.items()} == dict.fromkeys(range(3), BLANK)


def test_each_record_has_the_number_that_its_block_gives_it() -> None:
    items = checker().items(Block(5, [SIGNED_UP, SIGNED_UP], numbers=[11, 12])).items
    ids = [orjson.loads(each)["messageId"].encode() for each in items]
    assert ids == [Namer("source").name(number, orjson.dumps(SIGNED_UP)) for number in (11, 12)]


def test_the_lane_is_that_of_the_call_that_is_sent_or_of_what_was_to_be_one() -> None:
    named = {"type": "track", "user_id": 7, "event": "E"}
    checked = checker().items(Block(0, [SIGNED_UP, named, b"{", {"type": "track"}]), 1_000)
    wire = {"type": "track", "userId": "7", "event": "E"}
    assert checked.lanes == [lane_of(call, 1_000) for call in (SIGNED_UP, wire, None, {"type": "track"})]
    assert len({*checked.lanes}) > 2


def test_what_json_has_no_word_for_is_left_to_the_models() -> None:
    noon = datetime(2026, 11, 28, 12, tzinfo=UTC)
    call = {**SIGNED_UP, "properties": {"pair": (1, 2), "at": noon}}
    assert sent(call)["properties"] == {"pair": [1, 2], "at": "2026-11-28T12:00:00Z"}
    assert sent({**SIGNED_UP, "properties": {"pair": (1, 2)}})["properties"] == {"pair": [1, 2]}


def test_calls_of_a_batch_may_be_given_one_by_one() -> None:
    batch = Batch(batch=[Identify(user_id="ada"), Track(user_id="ada", event="E")])
    assert [sent(call)["type"] for call in batch] == ["identify", "track"]


def test_a_named_call_without_context_is_sent_as_it_is() -> None:
    call = {**SIGNED_UP, "messageId": "mine"}
    assert item(call, checker()) == orjson.dumps(call)


def test_what_a_record_would_become_can_be_seen_without_sending_it() -> None:
    call, notes = checker().check({"type": "track", "user_id": 7, "event": "E"})
    assert call == {"type": "track", "userId": "7", "event": "E"}
    assert dict(notes).keys() == {"corrections"}
    with pytest.raises(BadRecord, match="event: is required"):
        checker().check({"type": "track", "userId": "ada"})
