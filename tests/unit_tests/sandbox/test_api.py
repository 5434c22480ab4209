"""Batches: item by item in permissive mode, whole or in part in strict mode."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit_tests.sandbox.driver import make, post, state

GOOD = {"type": "identify", "userId": "ada", "messageId": "m1"}
BAD = {"type": "track", "userId": "ada", "messageId": "m2"}
ALSO_GOOD = {"type": "identify", "userId": "bob", "messageId": "m3"}
MIXED = {"batch": [GOOD, BAD, ALSO_GOOD]}


def outcomes(sandbox: Any) -> list[tuple[str | None, str, str | None]]:
    return [(call.message_id, call.outcome, call.reason) for call in sandbox.ledger[0].calls]


def test_permissive_mode_stores_the_good_items_and_drops_the_bad_ones() -> None:
    sandbox = make()
    assert post(sandbox, "/batch", MIXED) == (200, {})
    assert outcomes(sandbox) == [
        ("m1", "accepted", None),
        ("m2", "dropped", "event is required"),
        ("m3", "accepted", None),
    ]
    entry = sandbox.ledger[0]
    assert (entry.outcome, entry.reason) == (
        "accepted",
        "1 of 3 calls not stored; first: batch[1]: event is required",
    )
    assert list(sandbox.people) == ["ada", "bob"]


def test_strict_mode_stores_all_or_nothing_by_default() -> None:
    sandbox = make()
    assert post(sandbox, "/batch", MIXED, strict=True) == (400, {"meta": {"errors": ["batch[1]: event is required"]}})
    spoiled = "another item of the strict batch is wrong"
    assert outcomes(sandbox) == [
        ("m1", "rejected", spoiled),
        ("m2", "rejected", "event is required"),
        ("m3", "rejected", spoiled),
    ]
    entry = sandbox.ledger[0]
    assert (entry.outcome, entry.reason) == (
        "rejected",
        "3 of 3 calls not stored; first: batch[1]: event is required",
    )
    assert state(sandbox) == {}


def test_strict_mode_can_be_switched_to_store_the_good_items() -> None:
    sandbox = make(strict_batch="per_item")
    status, _ = post(sandbox, "/batch", MIXED, strict=True)
    assert (status, list(sandbox.people)) == (400, ["ada", "bob"])
    assert outcomes(sandbox) == [
        ("m1", "accepted", None),
        ("m2", "rejected", "event is required"),
        ("m3", "accepted", None),
    ]
    assert sandbox.ledger[0].outcome == "accepted"


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (5, "the item is not a JSON object"),
        ({"userId": "ada"}, "type is not one of identify, track, page, screen, group, alias"),
        ({"type": "batch", "batch": []}, "type is not one of identify, track, page, screen, group, alias"),
        ({"type": ["track"], "userId": "ada"}, "type is not one of identify, track, page, screen, group, alias"),
    ],
)
def test_an_item_that_is_no_call_is_refused_by_its_place(item: Any, reason: str) -> None:
    sandbox = make()
    assert post(sandbox, "/batch", {"batch": [GOOD, item]}, strict=True) == (
        400,
        {"meta": {"errors": [f"batch[1]: {reason}"]}},
    )
    assert sandbox.ledger[0].calls[1].type is None


def test_the_context_of_a_batch_serves_whole_the_items_without_one() -> None:
    sandbox = make()
    items = [
        {"type": "page", "userId": "ada"},
        {"type": "page", "userId": "ada", "context": {"locale": "de"}, "integrations": {"All": True}},
        {"type": "page", "userId": "ada", "context": {}},
    ]
    shared = {"context": {"locale": "en", "ip": "192.0.2.1"}, "integrations": {"All": False}}
    post(sandbox, "/batch", {"batch": items} | shared)
    assert [(event.context, event.integrations) for event in sandbox.events] == [
        (shared["context"], {"All": False}),
        ({"locale": "de"}, {"All": True}),
        ({}, {"All": False}),
    ]


def test_the_integrations_of_a_batch_can_be_ignored() -> None:
    sandbox = make(batch_integrations="ignore")
    items = [{"type": "page", "userId": "ada"}, {"type": "page", "userId": "ada", "integrations": {"All": True}}]
    post(sandbox, "/batch", {"batch": items, "context": {"locale": "en"}, "integrations": {"All": False}})
    assert [event.integrations for event in sandbox.events] == [{}, {"All": True}]
    assert [event.context for event in sandbox.events] == [{"locale": "en"}] * 2


def test_the_context_of_a_batch_can_be_merged_into_every_item() -> None:
    sandbox = make(batch_context="merge")
    items = [{"type": "page", "userId": "ada", "context": {"locale": "de"}}, {"type": "page", "userId": "ada"}]
    post(sandbox, "/batch", {"batch": items, "context": {"locale": "en", "ip": "192.0.2.1"}})
    assert [event.context for event in sandbox.events] == [
        {"locale": "de", "ip": "192.0.2.1"},
        {"locale": "en", "ip": "192.0.2.1"},
    ]
    post(sandbox, "/batch", {"batch": items})
    assert sandbox.events[2].context == {"locale": "de"}


def test_one_item_over_32_000_bytes_is_dropped_alone() -> None:
    sandbox = make()
    large = {"type": "identify", "userId": "big", "traits": {"a": "é" * 16_000}}
    post(sandbox, "/batch", {"batch": [GOOD, large, ALSO_GOOD]})
    assert [call.reason for call in sandbox.ledger[0].calls] == [None, "the item is over 32,000 bytes", None]
    assert list(sandbox.people) == ["ada", "bob"]


def test_a_batch_over_500_000_bytes_is_dropped_whole() -> None:
    sandbox = make()
    item = {"type": "identify", "userId": "ada", "traits": {"a": "x" * 30_000}}
    post(sandbox, "/batch", {"batch": [item] * 16})
    post(sandbox, "/batch", {"batch": [item] * 17})
    first, second = sandbox.ledger
    assert (first.outcome, second.outcome, second.calls) == ("accepted", "dropped", ())
    assert str(second.reason).endswith("more than the limit of 500,000")
