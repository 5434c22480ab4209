"""From a record to the bytes of a call, or to the reason why there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from langchain_customerio import Batch, Identify, Policy, Track
from langchain_customerio.bulk.mapping import Mapper
from langchain_customerio.bulk.message_ids import Namer
from langchain_customerio.bulk.readers.base import BadRecord
from langchain_customerio.bulk.tally import Tally
from langchain_customerio.bulk.validate import Checker
from langchain_customerio.api.batching import library

if TYPE_CHECKING:
    from collections.abc import Mapping

SIGNED_UP = {"type": "track", "userId": "ada", "event": "Signed Up"}


def checker(
    policy: Policy | None = None, default: str | None = None, fields: Mapping[str, str] | None = None
) -> Checker:
    mapper = None if fields is None else Mapper(default, fields)
    return Checker(policy or Policy(), Namer("source"), default=default, mapper=mapper)


def sent(record: Any, made: Checker | None = None) -> Any:
    """Return what would be sent for a record."""
    made = made or checker()
    return orjson.loads(made.encode(made.check(record), 0))


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


def test_the_id_does_not_depend_on_the_version_of_this_library(monkeypatch: pytest.MonkeyPatch) -> None:
    call = {**SIGNED_UP, "context": {"locale": "en"}}
    before = sent(call)
    monkeypatch.setattr("langchain_customerio.bulk.validate.library", lambda: {"name": "x", "version": "999"})
    after = sent(call)
    assert after["context"]["library"] == {"name": "x", "version": "999"}
    assert after["messageId"] == before["messageId"]


@pytest.mark.parametrize(
    ("record", "reason", "text"),
    [
        (b'{"type": "track"', "is not JSON: expecting ',' delimiter at column 17", '{"type": "track"'),
        (b'{"a": "\xff"}', "is not UTF-8", '{"a": "\\xff"}'),
        (b'{"a": NaN}', "is not JSON: it has NaN", '{"a": NaN}'),
        (b"[" * 100_000, "is nested too deep", "[" * 100_000),
        ("\ud800", "is not JSON: expecting value at column 1", "\ud800"),
    ],
    ids=["cut off", "not utf-8", "NaN", "deep", "lone surrogate"],
)
def test_what_is_no_json_is_refused_with_what_stood_there(record: bytes | str, reason: str, text: str) -> None:
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
        ({"type": "identify", "userId": "ada", "email": "a@b.c"}, "email: is no field of identify; use traits.email"),
        ({**SIGNED_UP, "properties": {"a": "\ud800"}}, "properties.a: has a broken character (a lone surrogate); send"),
        ({**SIGNED_UP, "properties": {"a": {1: 2}}}, "properties.a: has a key that is a number; keys are strings"),
        (Batch(batch=[Track(user_id="ada", event="E")]), "is a Batch: give its calls one by one"),
        ({"dead_letter": {}, "call": {"type": "track"}}, "event: is required"),
        ({"dead_letter": {}}, "is not JSON: expecting value at column 1"),
    ],
)
def test_what_is_no_call_is_refused_with_the_reason(record: object, reason: str) -> None:
    assert refusal(record).reason.startswith(reason)


def test_a_huge_integer_is_refused_and_not_rounded() -> None:
    line = (
        b'{"type": "track", "userId": "ada", "event": "E", "properties": {"account": 123456789012345678901234567890}}'
    )
    assert refusal(line).reason == "properties.account: is an integer beyond 64 bits; send it as a string"


def test_large_numbers_that_json_can_carry_arrive_exactly() -> None:
    numbers = b'{"a": 9007199254740993, "b": 1e300, "c": -9223372036854775808}'
    line = b'{"type": "track", "userId": "ada", "event": "E", "properties": ' + numbers + b"}"
    assert sent(line)["properties"] == {"a": 9007199254740993, "b": 1e300, "c": -(2**63)}


def test_a_call_over_the_limit_of_the_api_is_refused_with_what_to_shorten() -> None:
    bad = refusal({**SIGNED_UP, "properties": {"note": "x" * 32_000}})
    assert bad.reason.endswith("; the API takes at most 32,000. Shorten properties, its largest field")
    assert isinstance(bad.call, dict)
    assert bad.call["properties"] == {"note": "x" * 32_000}


@pytest.mark.parametrize("context", [None, {"locale": "en"}])
def test_a_call_of_exactly_the_limit_is_sent_and_one_byte_more_is_not(context: dict[str, Any] | None) -> None:
    made = checker()
    shared = orjson.dumps({"context": {"library": library()}})[1:-1]
    lent = 0 if context else len(b"," + shared)  # what the API may add to a call that has no context of its own
    call = {**SIGNED_UP, "properties": {"note": ""}} | ({"context": context} if context else {})
    room = 32_000 - lent - len(made.encode(call, 0))
    fits, exceeds = ({**call, "properties": {"note": "x" * length}} for length in (room, room + 1))
    assert len(made.encode(fits, 0)) + lent == 32_000
    assert made.quick(fits, 0) == made.encode(fits, 0)
    assert made.quick(exceeds, 0) is None
    with pytest.raises(BadRecord, match="32,001 bytes; the API takes at most 32,000"):
        made.encode(exceeds, 0)


def test_the_default_kind_serves_records_without_a_type() -> None:
    made = checker(default="track")
    assert sent({"userId": "ada", "event": "E"}, made)["type"] == "track"
    assert sent({"type": "identify", "userId": "ada"}, made)["type"] == "identify"
    assert refusal(b'{"userId": "ada"}', made).reason == "event: is required"


def test_rows_become_calls_through_the_map() -> None:
    made = checker(default="identify", fields={"userId": "id", "traits.plan": "plan"})
    call = sent(b'{"id": 7, "plan": "pro", "age": 36}', made)
    assert {**call, "messageId": ""} == {"type": "identify", "userId": "7", "traits": {"plan": "pro"}, "messageId": ""}
    assert refusal({"plan": "pro"}, made).call == {"type": "identify", "traits": {"plan": "pro"}}


def test_what_was_corrected_and_what_will_be_read_otherwise_is_counted() -> None:
    made = checker()
    for number in range(3):
        sent({"type": "identify", "user_id": number, "traits": {"unsubscribed": "yes"}}, made)
    assert made.notes.corrections == {"user_id → userId": 3, "userId: number sent as string": 3}
    assert list(made.notes.warnings.values()) == [3]


@pytest.mark.parametrize(
    ("policy", "call", "reason"),
    [
        (Policy(), {**SIGNED_UP, "event": "User Deleted"}, '"User Deleted" deletes the person for good'),
        (Policy(person="bob"), SIGNED_UP, "userId: names somebody or something else"),
        (Policy(approve="all"), SIGNED_UP, "A person has to approve this call, whom a load cannot ask"),
        (Policy(calls=["identify"]), SIGNED_UP, "track calls are not allowed here"),
        (Policy(groups=["acme"]), {"type": "group", "groupId": "other"}, "groupId: this group is not allowed here"),
    ],
)
def test_what_the_policy_forbids_is_refused(policy: Policy, call: dict[str, Any], reason: str) -> None:
    assert refusal(call, checker(policy)).reason.startswith(reason)


def test_the_policys_person_is_filled_in() -> None:
    assert sent({"type": "track", "event": "E"}, checker(Policy(person="ada")))["userId"] == "ada"


def test_no_more_calls_pass_than_the_policy_lets_be_written() -> None:
    made = checker(Policy(max_writes=2))
    spent = [made.spend(SIGNED_UP) for _ in range(3)]
    assert spent[:2] == [None, None]
    assert isinstance(spent[2], BadRecord)
    assert (spent[2].reason, spent[2].call) == ("max_writes: 2 calls are allowed here", SIGNED_UP)


def test_a_policy_of_another_class_is_asked_about_every_call() -> None:
    asked: list[object] = []

    class Own(Policy):
        def check(self, call: Any) -> Any:
            asked.append(call)
            return call

    made = checker(Own())
    asked.clear()
    for user in ("ada", "bob", "ada"):
        sent({**SIGNED_UP, "userId": user}, made)
    assert [call.user_id for call in asked if isinstance(call, Track)] == ["ada", "bob", "ada"]


def test_an_unfit_record_of_the_source_stays_unfit() -> None:
    bad = BadRecord("cannot be read", text="row 7")
    assert refusal(bad) is bad


def test_different_texts_are_counted_one_by_one_up_to_fifty() -> None:
    tally = Tally()
    for number in range(60):
        tally.count(f"text {number}")
        tally.count("text 0")
    assert (len(tally), tally["text 0"], tally["text 49"], tally["others"]) == (51, 61, 1, 10)


@pytest.mark.parametrize(
    "record",
    [
        SIGNED_UP,
        {**SIGNED_UP, "messageId": "mine"},
        {**SIGNED_UP, "context": {"locale": "en"}},
        {**SIGNED_UP, "context": {"locale": "en"}, "messageId": "mine"},
    ],
)
def test_the_quick_way_gives_the_same_bytes(record: dict[str, Any]) -> None:
    made = checker()
    for index in (0, 7):
        assert made.quick(record, index) == made.encode(made.check(record), index)
        assert made.quick(orjson.dumps(record), index) == made.encode(made.check(record), index)


@pytest.mark.parametrize(
    "record",
    [
        b"{",
        b"[]",
        {"userId": "ada"},
        {**SIGNED_UP, "userId": 7},
        {**SIGNED_UP, "userId": "\ud800"},
        {**SIGNED_UP, "properties": {"note": "x" * 32_000}},
        {**SIGNED_UP, "properties": {"note": "x" * 32_000}, "context": {"locale": "en"}},
        Track(user_id="ada", event="E"),
    ],
)
def test_what_takes_a_closer_look_has_no_quick_way(record: object) -> None:
    assert checker().quick(record, 0) is None


def test_calls_of_a_batch_may_be_given_one_by_one() -> None:
    batch = Batch(batch=[Identify(user_id="ada"), Track(user_id="ada", event="E")])
    assert [sent(call)["type"] for call in batch] == ["identify", "track"]


def test_a_named_call_without_context_is_sent_as_it_is() -> None:
    made = checker()
    assert made.encode(made.check({**SIGNED_UP, "messageId": "mine"}), 0) == orjson.dumps(
        {**SIGNED_UP, "messageId": "mine"}
    )
