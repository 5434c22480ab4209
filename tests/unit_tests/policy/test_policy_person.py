"""`Policy(person=…)`: the tools act for one person, whatever way another one is named."""

from __future__ import annotations

from typing import Any

import pytest

from langchain_customerio import Batch, Group, Identify, Page, Policy, Track
from langchain_customerio.api.calls import SINGLE_CALLS, Call
from langchain_customerio.errors import PolicyError
from tests.unit_tests.policy.test_policy import NEEDED, batch, passes, rule_against, track

ADA = Policy(person="ada")


@pytest.mark.parametrize("kind", ["identify", "track", "page", "screen", "group"])
def test_the_person_is_filled_in_where_the_body_names_nobody(kind: str) -> None:
    example = SINGLE_CALLS[kind].example
    nobody = {name: value for name, value in example.items() if name != "userId"}
    for body in (nobody, nobody | {"userId": None}, nobody | {"user_id": None}):
        assert SINGLE_CALLS[kind].parse(ADA.fill_in(body)).wire() == example | {"userId": "ada"}


def test_the_person_is_filled_in_for_each_item_of_a_batch() -> None:
    body = {"batch": [{"type": "identify"}, {"type": "track", "event": "Paid", "userId": "ada"}, "no item"]}
    assert ADA.fill_in(body) == {
        "batch": [
            {"type": "identify", "userId": "ada"},
            {"type": "track", "event": "Paid", "userId": "ada"},
            "no item",
        ]
    }


@pytest.mark.parametrize("body", [{"userId": "bob"}, {"user_id": "bob"}, {"userId": 7}, [], "text"])
def test_what_names_somebody_is_left_for_the_check(body: object) -> None:
    assert ADA.fill_in(body) == body


def test_without_a_person_nothing_is_filled_in() -> None:
    assert Policy().fill_in({"event": "Paid"}) == {"event": "Paid"}


def test_a_call_made_by_a_program_is_filled_in_too() -> None:
    assert ADA.check(Group(group_id="acme")).user_id == "ada"
    [page] = ADA.check(Batch(batch=[Page(user_id="ada")]))
    assert page.wire() == {"userId": "ada"}


OTHERS: list[Call] = [
    Identify(user_id="bob"),
    Identify(user_id="ADA"),
    Identify(user_id=" ada"),
    Identify(user_id="cio_0123456789"),
    Identify(user_id="ada@example.com"),
    Identify(user_id="ada", anonymous_id="visitor-7"),
    Identify(user_id="ada", anonymous_id="ada"),
    Identify(anonymous_id="ada"),
    Identify(user_id="ada", traits={"id": "bob"}),
    Identify(user_id="ada", traits={"ID ": "bob"}),
    Identify(user_id="ada", traits={"cio_id": "0123456789"}),
    Identify(user_id="ada", traits={"userId": "bob"}),
    Identify(user_id="ada", traits={"anonymous_id": "visitor-7"}),
    Identify(user_id="ada", traits={"id": None}),
    Group(group_id="acme", user_id="bob"),
    Group(group_id="acme", anonymous_id="visitor-7"),
    Track(user_id="bob", event="Paid"),
    Track(anonymous_id="visitor-7", event="Paid"),
    track("Paid", context={"traits": {"id": "bob"}}),
    track("Paid", context={"userId": "bob"}),
    track("Paid", context={"externalIds": [{"id": "bob"}]}),
    track("Object Deleted"),
    track("Report Delivery Event"),
    track("Report Content Event"),
    SINGLE_CALLS["alias"].parse({"previousId": "ada", "userId": "bob"}),
    SINGLE_CALLS["alias"].parse({"previousId": "bob", "userId": "ada"}),
]


@pytest.mark.parametrize("call", OTHERS, ids=str)
def test_whatever_names_somebody_or_something_else_is_refused(call: Call) -> None:
    assert rule_against(call, person="ada", allow_destructive=True) == "person"


@pytest.mark.parametrize("context", [{"traits": {"id": "bob"}}, {"anonymousId": "visitor-7"}])
@pytest.mark.parametrize("own", [None, {"ip": "8.8.8.8"}])
def test_nobody_else_is_named_by_the_context_of_a_batch(context: dict[str, Any], own: dict[str, Any] | None) -> None:
    item = Track(user_id="ada", event="Paid", context=own)
    with pytest.raises(PolicyError) as caught:
        ADA.check(batch(item, context=context))
    assert caught.value.rule == "person"


@pytest.mark.parametrize("name", ["email", "Email", " e-mail"])
def test_a_person_known_by_their_address_keeps_it(name: str) -> None:
    call = Identify(user_id="ada@example.com", traits={name: "bob@example.com"})
    assert rule_against(call, person="ada@example.com") == "person"
    passes(Identify(user_id="ada@example.com", traits={name: "ada@example.com"}), person="ada@example.com")


def test_what_the_person_may_do_for_themselves_passes() -> None:
    for call in (
        Identify(user_id="ada", traits={"email": "ada@example.com", "unsubscribed": True, "id": "ada"}),
        track("Paid", properties={"userId": "bob"}),  # data about the event
        *(track(name) for name in NEEDED if name.startswith(("Device", "User", "Relationship"))),
    ):
        passes(call, person="ada", allow_destructive=True)


def test_a_refusal_names_nobody() -> None:
    with pytest.raises(PolicyError) as caught:
        ADA.check(Identify(user_id="bob@example.com"))
    assert "bob" not in str(caught.value)
    assert "ada" not in str(caught.value)
