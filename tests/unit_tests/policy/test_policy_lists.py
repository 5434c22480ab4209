"""The lists of a policy: which names they allow and deny, and how nothing gets past them by its spelling."""

from __future__ import annotations

from typing import Any

import pytest

from langchain_customerio import Group, Identify, Policy, Track
from langchain_customerio.errors import PolicyError
from tests.unit_tests.policy.test_policy import batch, passes, rule_against, track


@pytest.mark.parametrize("name", ["Order Completed", "Order Refunded"])
def test_an_event_is_allowed_by_a_pattern(name: str) -> None:
    passes(track(name), events=["Order *", "Signed Up"])
    passes(track(name), events="Order *")


@pytest.mark.parametrize("name", ["Signed Up", "order completed", "ORDER COMPLETED", " Order Completed"])
def test_an_event_that_no_pattern_allows_is_refused_its_case_included(name: str) -> None:
    assert rule_against(track(name), events=["Order *"]) == "events"


@pytest.mark.parametrize(
    "name", ["Order Refunded", "order refunded", "ORDER  REFUNDED ", "Order\u00a0Refunded", "Order Ref\u200bunded"]
)
def test_a_denial_has_the_last_word_and_does_not_mind_the_spelling(name: str) -> None:
    assert rule_against(track(name), events=["*", "!Order Refunded"]) == "events"
    assert rule_against(track(name), events=["!order ref*"]) == "events"


def test_a_list_of_denials_allows_the_rest_and_an_empty_list_nothing() -> None:
    passes(track("Paid"), events=["!Order *"])
    assert rule_against(track("Paid"), events=[]) == "events"


# Traits


def identify(**traits: Any) -> Identify:
    return Identify(user_id="ada", traits=traits)


def test_a_trait_is_allowed_by_its_name_or_by_that_of_what_holds_it() -> None:
    passes(identify(plan="pro"), traits=["plan"])
    passes(identify(address={"city": "London"}), traits=["address"])
    passes(identify(**{"address.city": "London"}), traits=["address"])
    passes(identify(**{"address.city": "London"}), traits=["address.city"])
    passes(identify(**{"address.city": "London"}), traits=["address.*"])
    passes(Identify(user_id="ada"), traits=[])


@pytest.mark.parametrize(
    "traits", [{"email": "x"}, {"Plan": "pro"}, {"plan": "pro", "age": 3}, {"address": {"city": "x"}}]
)
def test_a_trait_that_no_pattern_allows_is_refused(traits: dict[str, Any]) -> None:
    assert rule_against(identify(**traits), traits=["plan", "address.city"]) == "traits"


@pytest.mark.parametrize(
    "traits",
    [
        {"address.city": "x"},
        {"Address.City": "x"},
        {"address": {"city": "x"}},
        {"address": {"street": "x"}},  # replaces the whole address, its city included
        {"address": None},
        {"address.city.name": "x"},
        {"address .\tcity": "x"},
        {"addr\u200bess.ci\u00adty": "x"},
        {"address": [{"city": "x"}]},
    ],
)
def test_what_lies_in_a_trait_is_denied_however_it_is_written(traits: dict[str, Any]) -> None:
    assert rule_against(identify(**traits), traits=["!address.city"]) == "traits"


UNSEEN = "\0\t\n\x0b\x1c\x1f\x7f\x85\u00ad\u034f\u115f\u180e\u200b\u2028\u2800\u3164\ufe0f\ufff9\U0001d159\U000e0041"


@pytest.mark.parametrize("character", UNSEEN, ids=ascii)
def test_a_denied_name_is_found_whatever_nobody_sees_stands_in_it(character: str) -> None:
    name = f"em{character}ail"
    assert rule_against(identify(**{name: "x"}), traits=["!email"]) == "traits"
    assert rule_against(identify(contact={name: "x"}), traits=["!contact.email"]) == "traits"
    assert rule_against(identify(**{f"con{character}tact": 1}), traits=["!contact.email"]) == "traits"
    assert rule_against(track(name), events=["!email"]) == "events"
    assert rule_against(Track(user_id="ada", event="Paid", integrations={name: True}), integrations=["!email"])
    assert rule_against(Group(user_id="ada", group_id=name), groups=["!email"]) == "groups"


def test_a_denial_with_a_wildcard_finds_what_lies_in_any_trait() -> None:
    assert rule_against(identify(card={"pan": {"number": 1}}), traits=["!*.number"]) == "traits"
    assert rule_against(identify(cards=[1, [{"number": 1}]]), traits=["!*.number"]) == "traits"
    passes(identify(card={"pan": {"expires": 1}}, plan="pro"), traits=["!*.number"])
    passes(identify(cards=[1, [{"expires": 1}]]), traits=["!*.number"])
    passes(identify(**{"address.street": "x", "addressee": "y"}), traits=["!address.city"])


def test_a_trait_that_goes_deeper_than_anybody_looks_is_refused_at_once() -> None:
    for deep in ("a." * 8_000, "a" + ".a" * 64):
        with pytest.raises(PolicyError, match="may not be set here"):
            Policy(traits=["!email"]).check(identify(**{deep: 1}))
    passes(identify(**{"a" + ".a" * 63: 1}), traits=["!email"])


def test_a_trait_cannot_ride_in_a_context() -> None:
    context = {"traits": {"email": "x"}}
    assert rule_against(track("Paid", context=context), traits=["plan"]) == "traits"
    with pytest.raises(PolicyError) as caught:
        Policy(traits=["plan"]).check(batch(track("Paid"), context=context))
    assert caught.value.rule == "traits"
    passes(track("Paid", context={"traits": "no object", "ip": "8.8.8.8"}), traits=["plan"])


def test_the_traits_of_a_group_are_traits_but_its_type_is_not() -> None:
    group = Group(group_id="acme", user_id="ada", traits={"objectTypeId": "2", "name": "Acme"})
    passes(group, traits=["name"])
    assert rule_against(group, traits=["plan"]) == "traits"
    riding = group.model_copy(update={"context": {"traits": {"email": "x"}}})
    assert rule_against(riding, traits=["name"]) == "traits"


def test_a_refused_trait_is_named_without_its_value() -> None:
    with pytest.raises(PolicyError, match=r"traits\.e-mail: may not be set here") as caught:
        Policy(traits=["plan"]).check(identify(**{"e-mail": "ada@example.com"}))
    assert "ada@" not in str(caught.value)


# Groups


@pytest.mark.parametrize(
    "call",
    [
        Group(group_id="other"),
        Group(group_id="ACME"),
        Track(user_id="ada", event="Paid", group_id="other"),
        track("Relationship Deleted", properties={"objectId": "other"}),
        track("Relationship Deleted", properties={"objectId": 7}),
        track("Paid", context={"groupId": "other"}),
        identify(cio_relationships={"action": "add_relationships"}),
    ],
    ids=str,
)
def test_a_group_is_allowed_by_its_exact_id_wherever_it_is_named(call: Any) -> None:
    assert rule_against(call, groups=["acme", "org-*"]) == "groups"
    passes(call)


def test_a_relation_of_the_other_api_may_name_a_group_that_is_denied() -> None:
    assert rule_against(identify(cio_relationships=[]), groups=["!vip"]) == "groups"


def test_the_groups_that_are_allowed_pass() -> None:
    for call in (
        Group(group_id="acme", traits={"name": "Acme"}),
        Track(user_id="ada", event="Paid", group_id="org-7"),
        track("Relationship Deleted"),
        track("Paid", properties={"objectId": "other"}),
    ):
        passes(call, groups=["acme", "org-*"])


# Destinations


@pytest.mark.parametrize("named", [{"Webhook": True}, {"Webhook": False}, {"All": False}, {"mixpanel": True}])
def test_a_destination_is_named_on_or_off_only_where_it_is_allowed(named: dict[str, bool]) -> None:
    call = Identify(user_id="ada", integrations=named)
    assert rule_against(call, integrations=["Mixpanel"]) == "integrations"
    passes(call, integrations=["Webhook", "All", "mixpanel"])


def test_a_denied_destination_is_denied_in_any_case() -> None:
    call = Identify(user_id="ada", integrations={"WAREHOUSE": False})
    assert rule_against(call, integrations=["!Warehouse"]) == "integrations"
    passes(Identify(user_id="ada", integrations={"Mixpanel": True}), integrations=["!Warehouse"])
