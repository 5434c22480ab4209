"""Calls as rows of the list, and the search that picks them."""

from __future__ import annotations

from typing import Any

import pytest

from langchain_customerio.sandbox.rows import Row, Search, rows_of
from tests.unit_tests.sandbox.driver import AT, basic, identify, make, post, track


def rows(sandbox: Any, **params: str) -> list[Row]:
    search = Search.read(params, sandbox.identifiers_of)
    return [row for entry in sandbox.ledger for row in rows_of(entry) if search.admits(row)]


def whats(sandbox: Any, **params: str) -> list[str]:
    return [row.what for row in rows(sandbox, **params)]


def test_a_row_says_what_the_list_shows() -> None:
    sandbox = make()
    track(sandbox, "Paid", userId="ada", messageId="m1", vip=True)
    (row,) = rows(sandbox)
    assert row.json() == {
        "number": 1,
        "index": 0,
        "at": AT.timestamp(),
        "type": "track",
        "endpoint": "/track",
        "who": "ada",
        "what": "Paid",
        "label": "accepted",
        "reason": "",
        "fault": None,
        "ignored": ["vip"],
        "status": 200,
        "strict": False,
    }


@pytest.mark.parametrize(
    ("endpoint", "body", "who", "what"),
    [
        ("/identify", {"userId": "ada", "traits": {"email": "a@b.c", "plan": "pro"}}, "ada", "email, plan"),
        ("/identify", {"traits": {"email": "a@b.c"}}, "a@b.c", "email"),
        ("/identify", {"anonymousId": "v1", "traits": 5}, "v1", ""),
        ("/track", {"userId": 7, "event": ["E"]}, "7", "['E']"),
        ("/track", {"groupId": "acme", "event": "E"}, "acme", "E"),
        ("/page", {"userId": "ada", "category": "Docs", "name": "Home"}, "ada", "Docs Home"),
        ("/screen", {"userId": "ada"}, "ada", ""),
        ("/group", {"userId": "ada", "groupId": "acme"}, "ada", "acme"),
        ("/alias", {"previousId": "old", "userId": "ada"}, "ada", "old → ada"),
        ("/alias", {}, "", "? → ?"),
        ("/batch", {"batch": [1]}, "", "POST /v1/batch"),
        ("/batch", {"batch": []}, "", "POST /v1/batch"),
        ("/track", b"{", "", "POST /v1/track"),
    ],
)
def test_who_and_what_are_said_in_a_few_words_however_odd_the_call(
    endpoint: str, body: Any, who: str, what: str
) -> None:
    sandbox = make()
    post(sandbox, endpoint, body)
    (row,) = rows(sandbox)
    assert (row.json()["who"], row.what) == (who, what)


def test_what_is_long_is_cut_in_the_list() -> None:
    sandbox = make()
    track(sandbox, "E" * 1_000, userId="u" * 1_000, **{"k" * 1_000: 1})
    row = rows(sandbox)[0].json()
    assert {len(row["who"]), len(row["what"]), len(row["ignored"][0])} == {200}


def test_outcomes_can_be_picked_and_swallowed_is_all_that_a_200_hides() -> None:
    sandbox = make()
    track(sandbox, "Stored", userId="ada", messageId="m1")
    track(sandbox, "Again", userId="ada", messageId="m1")
    track(sandbox, "Partly", userId="ada", extra=1)
    track(sandbox, "Nobody")
    post(sandbox, "/track", {"event": "Told"}, strict=True)
    sandbox.fail(status=503)
    post(sandbox, "/track", {"event": "Faulted", "userId": "ada"})
    found = {
        outcome: whats(sandbox, outcome=outcome)
        for outcome in ("accepted", "duplicate", "dropped", "rejected", "faulted", "swallowed")
    }
    assert found == {
        "accepted": ["Stored", "Partly"],
        "duplicate": ["Again"],
        "dropped": ["Nobody"],
        "rejected": ["Told"],
        "faulted": ["POST /v1/track"],
        "swallowed": ["Partly", "Nobody"],
    }


def test_a_search_finds_every_word_anywhere_in_a_call_or_in_what_became_of_it() -> None:
    sandbox = make(keys={"key"})
    track(sandbox, "Order Completed", userId="ada", properties={"city": "ŁÓDŹ", "deep": [{"sku": "A-1"}]})
    track(sandbox, "Order Cancelled", userId="bob")
    track(sandbox, "")
    post(sandbox, "/track", {"userId": "eve"}, headers=basic("wrong"))
    assert whats(sandbox, q="order") == ["Order Completed", "Order Cancelled"]
    assert whats(sandbox, q="łódź ORDER") == ["Order Completed"]
    assert whats(sandbox, q="a-1") == ["Order Completed"]
    assert whats(sandbox, q="event is required") == [""]
    assert whats(sandbox, q="eve unknown") == ["POST /v1/track"]
    assert whats(sandbox, q="order nothing") == []
    assert len(rows(sandbox, q="  ")) == 4
    assert whats(sandbox, q="order", type="track", outcome="accepted") == ["Order Completed", "Order Cancelled"]
    assert whats(sandbox, type="identify") == []


def test_a_person_is_found_by_every_identifier_of_theirs_whichever_is_given() -> None:
    sandbox = make()
    track(sandbox, "As visitor", anonymousId="v1")
    identify(sandbox, "old-ada")
    track(sandbox, "As old", userId="old-ada")
    post(sandbox, "/identify", {"userId": "ada", "anonymousId": "v1", "traits": {"email": "ada@example.com"}})
    post(sandbox, "/identify", {"traits": {"email": "ada@example.com", "by": "mail"}})
    post(sandbox, "/alias", {"previousId": "old-ada", "userId": "ada"})
    track(sandbox, "Other", userId="bob")
    track(sandbox, "", userId="ada")
    for identifier in ("ada", "v1", "old-ada", "ada@example.com"):
        assert len(rows(sandbox, person=identifier)) == 7, identifier
    assert whats(sandbox, person="bob") == ["Other"]
    assert whats(sandbox, person="nobody") == []
