"""The record of requests: what came, what became of it, and what it must not show."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from langchain_customerio.sandbox import CallRecord, Entry
from langchain_customerio.sandbox.http import size_of
from langchain_customerio.sandbox.ledger import Ledger
from tests.unit_tests.sandbox.driver import AT, basic, identify, make, post, state, track


def test_an_entry_has_the_exact_bytes_and_everything_about_them() -> None:
    sandbox = make()
    body = b'{ "userId" : "ada",  "messageId": "m1" }'
    sandbox.handle("POST", "/v1/identify", basic("the-key") | {"X-Strict-Mode": "1", "User-Agent": "me"}, body)
    assert sandbox.ledger == [
        Entry(
            number=1,
            at=AT,
            endpoint="/identify",
            method="POST",
            path="/v1/identify",
            headers={"x-strict-mode": "1", "user-agent": "me"},
            key="Basic sha256:ad44dc8e",
            body=body,
            strict=True,
            status=200,
            outcome="accepted",
            reason=None,
            fault=None,
            answer_headers={"content-type": "application/json"},
            answer=b"{}",
            calls=(
                CallRecord(
                    type="identify",
                    message_id="m1",
                    outcome="accepted",
                    reason=None,
                    duplicate=False,
                    index=0,
                    ignored_keys=(),
                    call={"type": "identify", "userId": "ada", "messageId": "m1"},
                ),
            ),
        )
    ]
    assert sandbox.ledger[0].json == {"userId": "ada", "messageId": "m1"}
    assert sandbox.requests == [{"userId": "ada", "messageId": "m1"}]


def test_the_key_is_nowhere_in_what_is_kept() -> None:
    sandbox = make()
    authorization = basic("secret-key")
    post(sandbox, "/identify", {"userId": "ada"}, headers=authorization)
    shown = repr(sandbox.ledger) + str([entry.headers for entry in sandbox.ledger]) + sandbox._repr_html_()
    assert "secret-key" not in shown
    assert authorization["Authorization"].split()[1] not in shown


def test_two_keys_have_two_fingerprints_and_no_key_has_none() -> None:
    sandbox = make()
    for key in ("one", "two", "one"):
        post(sandbox, "/identify", {"userId": "ada"}, headers=basic(key))
    post(sandbox, "/identify", {"userId": "ada"}, headers={"Authorization": ""})
    first, second, third, fourth = (entry.key for entry in sandbox.ledger)
    assert first == third != second
    assert fourth is None


def test_a_duplicate_is_flagged_and_counted_and_stored_all_the_same() -> None:
    sandbox = make()
    for message_id in ("m1", "m2", "m1", "m1", None, None):
        track(sandbox, "E", userId="ada", messageId=message_id)
    assert [call.duplicate for call in sandbox.accepted_calls] == [False, False, True, True, False, False]
    assert (sandbox.duplicates, len(sandbox.events)) == ({"m1": 3}, 6)


def test_duplicates_can_be_dropped_instead() -> None:
    sandbox = make(deduplicate=True)
    for _ in range(2):
        track(sandbox, "E", userId="ada", messageId="m1")
    assert (len(sandbox.events), sandbox.duplicates) == (1, {})
    assert (sandbox.ledger[1].outcome, sandbox.ledger[1].calls[0].duplicate) == ("dropped", True)


def test_what_was_not_stored_does_not_make_a_duplicate() -> None:
    sandbox = make(keys={"key"})
    post(sandbox, "/identify", {"userId": "ada", "messageId": "m1"}, headers=basic("wrong"))
    post(sandbox, "/track", {"userId": "ada", "messageId": "m1"})
    identify(sandbox)
    post(sandbox, "/identify", {"userId": "ada", "messageId": "m1"})
    assert [call.duplicate for call in sandbox.accepted_calls] == [False, False]


def test_counts_add_up() -> None:
    sandbox = make()
    identify(sandbox)
    for _ in range(2):
        track(sandbox, "E", userId="ada", messageId="m1")
    post(sandbox, "/track", {})
    sandbox.handle("POST", "/nowhere", {}, b"")
    assert sandbox.counts == {
        "requests": 5,
        "requests.accepted": 3,
        "requests.dropped": 1,
        "requests.rejected": 1,
        "endpoint./identify": 1,
        "endpoint./track": 3,
        "endpoint.unknown": 1,
        "bytes": sum(len(entry.body) for entry in sandbox.ledger),
        "calls": 4,
        "calls.accepted": 3,
        "calls.dropped": 1,
        "accepted.identify": 1,
        "accepted.track": 2,
        "duplicates": 1,
        "contents": 2,
    }


@pytest.mark.parametrize("record", [True, False])
def test_counts_tell_a_repeat_from_an_id_that_stands_for_two_things_and_from_a_thing_with_two_ids(
    *, record: bool
) -> None:
    sandbox = make(record=record)
    track(sandbox, "E", userId="ada", messageId="m1", properties={"a": 1, "b": 2**70})
    track(sandbox, "E", userId="ada", messageId="m1", properties={"b": 2**70, "a": 1})
    assert [sandbox.counts.get(name, 0) for name in ("duplicates", "conflicts", "contents")] == [1, 0, 1]
    track(sandbox, "F", userId="ada", messageId="m1")
    assert [sandbox.counts[name] for name in ("duplicates", "conflicts", "contents")] == [2, 1, 2]
    track(sandbox, "F", userId="ada", messageId="m2")
    track(sandbox, "F", userId="ada")
    assert [sandbox.counts[name] for name in ("duplicates", "conflicts", "contents")] == [2, 1, 2]
    assert sandbox.counts["calls.accepted"] == 5


@pytest.mark.parametrize("record", [True, False])
def test_each_call_counts_once_by_what_became_of_it_in_all_and_in_its_second(*, record: bool) -> None:
    now = AT
    sandbox = make(record=record, clock=lambda: now)
    for message_id in ("m1", "m1", "m2"):
        track(sandbox, "E", userId="ada", messageId=message_id)
    now += timedelta(seconds=1.5)
    post(sandbox, "/batch", {"batch": [{"type": "track"}, {"type": "identify", "userId": "ada"}]})
    post(sandbox, "/track", {}, strict=True)
    sandbox.handle("GET", "/", {}, b"")
    sandbox.fail(status=500)
    post(sandbox, "/track", {})
    second = int(AT.timestamp())
    assert sandbox.labels == {"accepted": 3, "duplicate": 1, "dropped": 1, "rejected": 2, "faulted": 1}
    assert sandbox.seconds == {
        second: {"accepted": 2, "duplicate": 1},
        second + 1: {"accepted": 1, "dropped": 1, "rejected": 2, "faulted": 1},
    }


@pytest.mark.parametrize("record", [True, False])
def test_reasons_are_counted_by_outcome_with_and_without_a_record(*, record: bool) -> None:
    sandbox = make(record=record, keys={"key"})
    for strict in (True, False, False):
        post(sandbox, "/track", {"userId": "ada", "vip": 1}, strict=strict)
    post(sandbox, "/track", {"userId": "ada"}, headers=basic("wrong"))
    assert sandbox.reasons == {
        ("rejected", "event is required"): 1,
        ("dropped", "event is required"): 2,
        ("dropped", "the API key is unknown"): 1,
        ("ignored", "vip is not a field of track"): 3,
    }


def test_what_a_caller_can_make_up_does_not_fill_the_memory_of_a_sandbox_that_counts() -> None:
    now = AT
    sandbox = make(record=False, clock=lambda: now)
    for number in range(3_700):
        now += timedelta(seconds=1)
        track(sandbox, "E", **{f"x{number}": 1, "userId": "ada"})
    assert (len(sandbox.reasons), sandbox.reasons["ignored", "other reasons"]) == (1_001, 2_700)
    assert (len(sandbox.seconds), max(sandbox.seconds)) == (3_600, int(now.timestamp()))


def test_calls_that_are_nested_too_deeply_to_be_written_count_as_one_content() -> None:
    ledger = Ledger(record=False)
    for _ in range(2):
        ledger.see(None, {"properties": too_deep()})
    assert ledger.counts["contents"] == 1


def too_deep() -> list[object]:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    return deep


def test_counting_keeps_numbers_and_nothing_else() -> None:
    counting, recording = make(record=False), make()
    for sandbox in (counting, recording):
        identify(sandbox)
        for message_id in ("m1", "m2", "m1", None):
            track(sandbox, "E", userId="ada", messageId=message_id)
        post(sandbox, "/track", {}, strict=True)
    assert counting.counts == recording.counts
    assert counting.counts["duplicates"] == 1
    assert (counting.ledger, state(counting)) == ([], {})


def test_reset_forgets_everything_but_keys_and_switches() -> None:
    sandbox = make(keys={"key"}, null_traits="keep")
    identify(sandbox)
    sandbox.fail(status=500)
    sandbox.reset()
    assert (state(sandbox), sandbox.ledger, sandbox.counts, sandbox.faults) == ({}, [], {}, ())
    identify(sandbox, a=None)
    assert (sandbox.ledger[0].number, sandbox.people["ada"].traits) == (1, {"a": None})


@pytest.mark.parametrize(("over", "status", "outcome"), [("throttle", 429, "rejected"), ("drop", 200, "dropped")])
@pytest.mark.parametrize("strict", [True, False])
def test_a_rate_can_be_set(*, over: str, status: int, outcome: str, strict: bool) -> None:
    now = AT
    sandbox = make(requests_per_3_seconds=2, over_rate=over, clock=lambda: now)
    statuses = []
    for seconds in (0, 1, 1, 3.5):
        now = AT + timedelta(seconds=seconds)
        statuses.append(post(sandbox, "/identify", {"userId": "ada"}, strict=strict)[0])
    assert statuses == [200, 200, status, 200]
    assert sandbox.ledger[2].outcome == outcome
    assert sandbox.ledger[2].reason == "more than 2 requests in 3 seconds"


def test_several_threads_lose_nothing() -> None:
    sandbox = make()

    def send() -> None:
        for number in range(50):
            track(sandbox, "E", userId=f"user-{number}")

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(sandbox.events), len(sandbox.people), sandbox.counts["requests"]) == (200, 50, 200)
    assert [entry.number for entry in sandbox.ledger] == list(range(1, 201))


def test_a_value_too_deep_to_write_is_larger_than_any_limit() -> None:
    assert size_of(too_deep()) > 10**9
