"""A call that is prepared once and then only sent; ids that a key gives; and a policy of the client's own."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from langchain_customerio import (
    Batch,
    ConfigurationError,
    Identify,
    InvalidRequestError,
    Policy,
    PolicyError,
    RejectedError,
    Track,
)
from langchain_customerio.api.calls import Call
from langchain_customerio.client.client import PipelinesClient
from langchain_customerio.sandbox import Sandbox
from tests.cases import Case, each_case

if TYPE_CHECKING:
    from tests.conftest import Run

CallT = TypeVar("CallT", bound=Call)
PAID = Track(user_id="ada", event="Paid", properties={"total": 20, "items": [1, 2]})


class Counted(Track):
    """A call that counts how often it is turned into JSON."""

    @override
    def wire(self) -> dict[str, Any]:
        COUNTS["wire"] += 1
        return super().wire()


COUNTS = {"wire": 0, "check": 0}


class CountedPolicy:
    """A policy that counts how often it is asked."""

    def check(self, call: CallT) -> CallT:
        COUNTS["check"] += 1
        return call


@pytest.mark.parametrize("key", [None, "delivery-7"])
@pytest.mark.parametrize("items", [0, 1, 30])
def test_a_call_is_checked_and_encoded_once_for_each_time_it_is_sent(items: int, key: str | None, run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=503, times=1)
    one = Counted(user_id="ada", event="Paid", properties={"fill": "x" * 30_000})
    call: Call = Batch(batch=[one] * items) if items else one
    with sandbox.client(policy=CountedPolicy()) as client:
        COUNTS.update(wire=0, check=0)
        receipt = run.method(client, "send", call, idempotency_key=key)
    assert receipt.attempts > 1
    assert {"wire": max(1, items), "check": 1} == COUNTS


@each_case
def test_what_is_prepared_is_what_is_shown_and_what_is_sent(case: Case, run: Run) -> None:
    sandbox = Sandbox()
    with sandbox.client() as client:
        prepared = client.prepare(case.call.parse(case.complete), strict=True)
        shown = run.method(prepared, "preview")
        assert sandbox.ledger == []
        receipt = run.method(prepared, "send")
    assert shown.message_ids == receipt.message_ids == prepared.message_ids
    assert shown.size == receipt.size == prepared.size
    assert [preview.body for preview in shown.previews] == sandbox.requests
    assert receipt.status == "accepted"


def test_what_is_prepared_can_be_sent_again_with_the_same_ids(run: Run) -> None:
    sandbox = Sandbox()
    with sandbox.client() as client:
        prepared = client.prepare(PAID)
        assert run.method(prepared, "send") == run.method(prepared, "send")
    assert sandbox.duplicates == {prepared.message_ids[0]: 2}


def test_what_is_prepared_shows_no_data_and_does_not_travel() -> None:
    prepared = Sandbox().client(api_key="pk_us_0123456789").prepare(Track(user_id="ada@example.com", event="Paid"))
    assert "ada@example.com" not in repr(prepared)
    assert "0123456789" not in repr(prepared)
    with pytest.raises(TypeError, match="holds an API key and is not pickled"):
        pickle.dumps(prepared)
    assert copy.deepcopy(prepared).sender is prepared.sender


def test_warnings_of_what_is_prepared_are_data_and_words_in_the_receipt(run: Run) -> None:
    call = Identify(user_id="ada", traits={"unsubscribed": "yes"})
    with Sandbox().client() as client:
        prepared = client.prepare(call)
        receipt = run.method(prepared, "send")
    [warning] = prepared.warnings
    assert (receipt.warnings, receipt.warning_codes) == ((str(warning),), (warning.code,))


# Ids that a key gives


KEYS = st.text(min_size=1).filter(str.strip)


@given(KEYS)
def test_the_same_key_and_content_give_the_same_id_whatever_the_order_of_fields(key: str) -> None:
    client = PipelinesClient("a-key")
    other_way = Track(properties={"items": [1, 2], "total": 20}, event="Paid", user_id="ada")
    one, same = (client.prepare(call, idempotency_key=key) for call in (PAID, other_way))
    assert one.message_ids == same.message_ids
    assert len(one.message_ids[0]) == 26


@given(KEYS, KEYS)
def test_another_key_gives_another_id(key: str, other: str) -> None:
    client = PipelinesClient("a-key")
    ids = [client.prepare(PAID, idempotency_key=each).message_ids for each in (key, other)]
    assert (ids[0] == ids[1]) is (key == other)


@pytest.mark.parametrize(
    "call",
    [
        Track(user_id="bob", event="Paid", properties=PAID.properties),
        Track(user_id="ada", event="Refunded", properties=PAID.properties),
        Track(user_id="ada", event="Paid", properties={"total": 20, "items": [2, 1]}),
        Track(user_id="ada", event="Paid", properties=PAID.properties, timestamp="2026-11-28T10:00:00Z"),
        Identify(user_id="ada"),
    ],
)
def test_other_content_gives_another_id(call: Call) -> None:
    client = PipelinesClient("a-key")
    one, other = (client.prepare(each, idempotency_key="delivery-7").message_ids for each in (PAID, call))
    assert one != other


def test_items_of_a_batch_have_ids_of_their_own_by_position_also_where_they_are_equal(run: Run) -> None:
    sandbox = Sandbox()
    batch = Batch(batch=[PAID, PAID, Track(user_id="ada", event="Paid", message_id="own")])
    with sandbox.client() as client:
        first = run.method(client, "send", batch, idempotency_key="delivery-7")
        again = run.method(client, "send", batch, idempotency_key="delivery-7")
    assert first.message_ids == again.message_ids
    assert len(set(first.message_ids)) == 3
    assert first.message_ids[2] == "own"
    assert sandbox.duplicates == dict.fromkeys(first.message_ids, 2)


def test_without_a_key_every_call_has_a_new_id(run: Run) -> None:
    with Sandbox().client() as client:
        ids = {run.send(client, PAID).message_id for _ in range(3)}
    assert len(ids) == 3


@pytest.mark.parametrize("key", ["", " \n"])
def test_a_key_that_went_missing_is_refused(key: str, run: Run) -> None:
    sandbox = Sandbox()
    with sandbox.client() as client, pytest.raises(InvalidRequestError, match="idempotency_key is empty"):
        run.method(client, "send", PAID, idempotency_key=key)
    assert sandbox.ledger == []


def test_a_key_that_is_a_number_is_one(run: Run) -> None:
    with Sandbox().client() as client:
        number, text = (run.method(client, "send", PAID, idempotency_key=key) for key in (17, "17"))
    assert number.message_ids == text.message_ids


# A policy of the client's own


DELETED = Track(user_id="ada", event="User Deleted")


def test_a_client_deletes_where_it_has_no_policy_and_refuses_where_it_has_one(run: Run) -> None:
    sandbox = Sandbox()
    with sandbox.client(policy=Policy()) as guarded, sandbox.client() as free:
        assert guarded.policy is not None
        for act in (
            lambda: run.send(guarded, DELETED),
            lambda: run.send(guarded, Batch(batch=[PAID, DELETED])),
            lambda: guarded.preview(DELETED),
            lambda: guarded.prepare(DELETED),
        ):
            with pytest.raises(PolicyError) as caught:
                act()
            assert caught.value.rule == "allow_destructive"
        assert sandbox.ledger == []
        assert free.policy is None
        run.send(free, DELETED)
    assert [deletion.id for deletion in sandbox.deleted] == ["ada"]


def test_what_a_policy_makes_of_a_call_is_what_is_sent(run: Run) -> None:
    class Named:
        def check(self, call: CallT) -> CallT:
            return call.model_copy(update={"user_id": "bob"})

    sandbox = Sandbox()
    with sandbox.client(policy=Named()) as client:
        run.send(client, PAID)
    assert list(sandbox.people) == ["bob"]


@pytest.mark.parametrize(
    "settings",
    [
        {"approve": "risky"},
        {"approve": "all"},
        {"dry_run": True},
        {"max_writes": 3},
        {"send_valid_items": True},
        {"redact": True},
        {"redact": ["traits.email"]},
        {"person": lambda _: "ada"},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_a_promise_that_a_client_alone_cannot_keep_is_refused(settings: dict[str, Any]) -> None:
    [name] = settings
    with pytest.raises(ConfigurationError, match=f"^policy: a client cannot keep {name}; only tools and loads can"):
        Sandbox().client(policy=Policy(**settings))


@pytest.mark.parametrize("policy", [Policy, "strict", {"allow_destructive": False}, True])
def test_what_is_no_policy_is_refused(policy: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^policy takes a Policy, or an object with a method check\(call\)"):
        Sandbox().client(policy=policy)


def test_a_call_that_contains_the_key_is_refused_before_it_is_sent(run: Run) -> None:
    sandbox, key = Sandbox(), "pk_us_0123456789"
    with sandbox.client(api_key=key) as client:
        prepared = client.prepare(Identify(user_id="ada", traits={"key": key}))
        for name in ("send", "preview"):
            with pytest.raises(InvalidRequestError, match="contains the API key: leave it out"):
                run.method(prepared, name)
    assert sandbox.ledger == []


def test_where_the_first_requests_of_a_batch_were_delivered_the_error_says_so(run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=400, after=1, times=None)
    items = [Track(user_id="ada", event="Paid", properties={"fill": "x" * 30_000})] * 20
    with sandbox.client() as client:
        prepared = client.prepare(Batch(batch=list(items)))
        with pytest.raises(RejectedError) as caught:
            run.method(prepared, "send")
    assert caught.value.delivered == prepared.requests[1].first > 0
    assert caught.value.message_ids == prepared.requests[1].message_ids
