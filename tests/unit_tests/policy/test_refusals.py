"""What a model reads when the policy refuses: the field, why, and who can change that; never how to get round it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from langchain_customerio import Identify, Policy, PolicyError
from langchain_customerio.api.calls import SINGLE_CALLS
from langchain_customerio.policy.policy import rules_of
from langchain_customerio.sandbox import Sandbox
from tests.tool_calls import error, execute, tool, toolkit

if TYPE_CHECKING:
    from tests.conftest import Run

PAID: dict[str, Any] = {"userId": "ada", "event": "Paid"}
LONG = "x" * 400
WAY_ROUND = ("use ", "try ", "send it", "allow_", "policy")

REFUSED: list[tuple[dict[str, Any], str, dict[str, Any], str]] = [
    ({"calls": ["identify", "batch"]}, "track", PAID, "track calls are not allowed here"),
    ({}, "track", {**PAID, "event": "User Deleted"}, 'event: "User Deleted" deletes the person for good'),
    ({}, "track", {**PAID, "event": "delete person"}, 'event: is read as "User Deleted", which deletes'),
    ({"events": ["Signed Up"]}, "track", PAID, "event: this name is not allowed here"),
    ({}, "track", {**PAID, "properties": {"reply_to": 1}}, "properties.reply_to: redirects a message"),
    (
        {"allow_consent": False},
        "identify",
        {"userId": "a", "traits": {"unsubscribed": 1}},
        "traits.unsubscribed: changes consent",
    ),
    (
        {"allow_contact_changes": False},
        "identify",
        {"userId": "a", "traits": {"phone": "1"}},
        "traits.phone: changes how the person is reached",
    ),
    (
        {"allow_alias": False},
        "alias",
        {"previousId": "a", "userId": "b"},
        "previousId: merging ids is not allowed here",
    ),
    ({"traits": ["plan"]}, "identify", {"userId": "a", "traits": {LONG: 1}}, "traits.xxxxxxxx"),
    ({"groups": ["acme"]}, "group", {"groupId": "other"}, "groupId: this group is not allowed here"),
    ({"groups": ["acme"]}, "track", {**PAID, "context": {"groupId": "b"}}, "context.groupId: this group"),
    (
        {"groups": ["acme"]},
        "track",
        {**PAID, "event": "Relationship Deleted", "properties": {"objectId": "b"}},
        "properties.objectId: this group",
    ),
    ({"groups": ["a"]}, "identify", {"userId": "a", "traits": {"cio_relationships": []}}, "traits.cio_relationships: "),
    ({"integrations": ["a"]}, "track", {**PAID, "integrations": {LONG: True}}, "integrations.xxxxxxxx"),
    ({"person": "bob"}, "track", PAID, "userId: names somebody or something else"),
    ({"person": "ada"}, "track", {**PAID, "anonymousId": "v"}, "anonymousId: names somebody"),
    ({"person": "ada"}, "alias", {"previousId": "b", "userId": "ada"}, "previousId: names somebody"),
    ({"person": "ada"}, "identify", {"userId": "ada", "traits": {"ID": "bob"}}, "traits.ID: names somebody"),
    ({"person": "ada"}, "track", {**PAID, "context": {"externalId": "bob"}}, "context.externalId: names somebody"),
    (
        {"person": "ada", "allow_destructive": True},
        "track",
        {**PAID, "event": "Object Deleted", "properties": {"objectId": "b"}},
        "event: names somebody",
    ),
]


@pytest.mark.parametrize(("settings", "kind", "body", "says"), REFUSED, ids=lambda each: str(each)[:40])
def test_a_refusal_names_the_field_the_reason_and_who_can_change_it(
    settings: dict[str, Any], kind: str, body: dict[str, Any], says: str, run: Run
) -> None:
    sandbox, policy = Sandbox(), Policy(**settings)
    if not toolkit(sandbox, policy=policy, tools=(kind,)).get_tools():  # what it forbids is not offered
        with pytest.raises(PolicyError, match=re.escape(says)):
            policy.check(SINGLE_CALLS[kind].parse(policy.fill_in(body)))
        return
    alone = error(execute(run, tool(sandbox, kind, policy=policy), body))
    inside = error(execute(run, tool(sandbox, "batch", policy=policy), {"batch": [{"type": kind, **body}]}))
    assert alone.startswith(f"Not sent. {says}")
    assert inside == alone.replace("Not sent. ", f"Not sent. batch[0]{': ' if 'calls' in settings else '.'}", 1)
    assert alone.endswith(" Only a human operator can change that: report it instead of trying another way.")
    assert len(inside.split()) <= 45
    assert len(inside) <= 300
    before_the_end = alone.lower().partition("only a human")[0]
    assert not any(words in before_the_end for words in WAY_ROUND)
    assert sandbox.ledger == []


def test_every_rule_has_its_refusal_here() -> None:
    refused_by: set[str] = set()
    for settings, kind, body, _ in REFUSED:
        policy = Policy(**settings)
        with pytest.raises(PolicyError) as caught:
            policy.check(SINGLE_CALLS[kind].parse(policy.fill_in(body)))
        refused_by.add(caught.value.rule)
    lists = {"calls", "events", "traits", "groups", "integrations"}
    replacing = Identify(user_id="ada", traits={"cio_subscription_preferences": {}})  # refused with the right form
    assert Policy(allow_preference_replacement=True).check(replacing) == replacing
    assert {*refused_by, "allow_preference_replacement"} - lists == rules_of(Policy()).keys() - lists


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"max_batch": 1}, "A batch may hold 1 call here, this one has 2: send smaller batches."),
        (
            {"max_writes": 1},
            "has made 0, and this would be 2 more: 1 still fits. Only a human operator can raise the limit: report",
        ),
    ],
    ids=str,
)
def test_a_limit_is_told_with_its_number_and_who_can_change_it(settings: dict[str, Any], says: str, run: Run) -> None:
    two = {"batch": [{"type": "track", **PAID}] * 2}
    told = error(execute(run, tool(Sandbox(), "batch", policy=Policy(**settings)), two))
    assert says in told
    assert len(told.split()) <= 45
