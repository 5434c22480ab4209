"""What a policy allows, refuses and fills in: one call at a time, without any I/O."""

from __future__ import annotations

from collections.abc import Iterable  # noqa: TC003 - the policy reads its annotations
from dataclasses import FrozenInstanceError, dataclass
from typing import Any

import pytest

from langchain_customerio import Alias, Batch, Group, Identify, Page, Policy, Screen, Track
from langchain_customerio.api.calls import CALLS, SINGLE_CALLS, Call
from langchain_customerio.errors import ConfigurationError, InvalidRequestError, PolicyError
from langchain_customerio.policy.policy import depends_on_names_alone, ruled
from langchain_customerio.policy.rules import Found, Rule, if_true
from tests.cases import CASES, Case

DEVICE = {"device": {"token": "t1", "type": "ios"}}
NEEDED: dict[str, dict[str, Any]] = {
    "User Deleted": {"userId": "ada"},
    "User Suppressed": {"userId": "ada"},
    "User Unsuppressed": {"userId": "ada"},
    "Object Deleted": {"anonymousId": "x", "properties": {"objectId": "acme"}},
    "Relationship Deleted": {"userId": "ada", "properties": {"objectId": "acme"}},
    "Device Created or Updated": {"userId": "ada", "context": DEVICE},
    "Device Deleted": {"userId": "ada", "context": DEVICE},
    "Report Delivery Event": {"userId": "ada", "properties": {"deliveryId": "d", "metric": "opened", "recipient": "r"}},
    "Report Content Event": {"userId": "ada", "properties": {"actionType": "viewed_content"}},
}
"""What each acting event needs."""


def track(name: str, **fields: Any) -> Track:
    return Track.parse({"event": name, **NEEDED.get(name, {"userId": "ada"}), **fields})


def batch(*calls: Call, **fields: Any) -> Batch:
    return Batch.parse({"batch": [{"type": call.kind, **call.wire()} for call in calls], **fields})


def rule_against(call: Call, **settings: Any) -> str:
    """Return the name of the rule that refuses the call alone, and in a batch behind a harmless one."""
    with pytest.raises(PolicyError) as alone:
        Policy(**settings).check(call)
    with pytest.raises(PolicyError, match=r"batch\[1\]") as inside:
        Policy(**settings).check(batch(Identify(user_id=settings.get("person", "ada")), call))
    assert (inside.value.rule, inside.value.index) == (alone.value.rule, 1)
    instructions = ("Only a human operator can change that", "If not, report it", "set one with")
    assert sum(each in str(alone.value) for each in instructions) == 1, "one instruction at a time"
    assert inside.value.problems == tuple(problem.at("batch", 1) for problem in alone.value.problems)
    return alone.value.rule


def passes(call: Call, **settings: Any) -> None:
    """Check that the call passes as it is, alone and in a batch."""
    assert Policy(**settings).check(call) == call
    together = batch(Identify(user_id=settings.get("person", "ada")), call)
    assert Policy(**settings).check(together) == together


@pytest.mark.parametrize("case", CASES)
def test_the_default_lets_ordinary_calls_pass_unchanged(case: Case) -> None:
    for body in case.bodies:
        call = case.call.parse(body)
        assert Policy(allow_preference_replacement=True).check(call) == call


# Events that act


@pytest.mark.parametrize("name", ["User Deleted", "User Suppressed", "Object Deleted"])
def test_an_irreversible_event_needs_a_permission_of_its_own(name: str) -> None:
    others = {"User Deleted", "User Suppressed", "Object Deleted"} - {name}
    assert rule_against(track(name)) == "allow_destructive"
    assert rule_against(track(name), allow_destructive=others) == "allow_destructive"
    passes(track(name), allow_destructive=True)
    passes(track(name), allow_destructive=name)
    passes(track(name), allow_destructive={name})


REVERSIBLE = sorted(NEEDED.keys() - {"User Deleted", "User Suppressed", "Object Deleted"})


@pytest.mark.parametrize("name", REVERSIBLE)
def test_a_reversible_event_passes_and_can_be_switched_off_on_its_own(name: str) -> None:
    passes(track(name))
    assert rule_against(track(name), events=[f"!{name}"]) == "events"
    for other in NEEDED.keys() - {name, "User Deleted", "User Suppressed", "Object Deleted"}:
        passes(track(other), events=[f"!{name}"])


@pytest.mark.parametrize("name", ["user deleted", "User  Deleted ", "Us\u0435r Deleted", "Delete Person"])
def test_a_name_taken_for_an_irreversible_event_is_refused_like_it(name: str) -> None:
    assert rule_against(track(name)) == "allow_destructive"


@pytest.mark.parametrize("written", ["user deleted", "Delete Person", "User Deleted\u200b"])
def test_where_it_is_allowed_a_misspelt_event_is_refused_with_the_right_spelling(written: str) -> None:
    with pytest.raises(InvalidRequestError, match=r'event: is not a reserved name.* Send exactly "User Deleted"'):
        Policy(allow_destructive=True).check(track(written))


def test_a_misspelt_event_that_is_switched_off_is_not_taught() -> None:
    assert rule_against(track("device_deleted"), events=["!Device Deleted"]) == "events"


def test_an_event_without_its_payload_is_refused_with_the_path() -> None:
    call = Track(user_id="ada", event="Device Deleted", properties=DEVICE)
    with pytest.raises(InvalidRequestError, match=r"context\.device\.token: is required"):
        Policy().check(call)
    with pytest.raises(InvalidRequestError, match=r"batch\[1\]\.context\.device\.token: is required") as caught:
        Policy().check(batch(Identify(user_id="ada"), call))
    assert [problem.index for problem in caught.value.problems] == [1, 1]


def test_the_payload_may_stand_in_the_context_of_the_batch() -> None:
    call = Track(user_id="ada", event="Device Deleted")
    passed = batch(call, context=DEVICE)
    assert Policy().check(passed) == passed
    with pytest.raises(InvalidRequestError, match=r"context\.device\.token"):
        Policy().check(batch(call.model_copy(update={"context": {"ip": "8.8.8.8"}}), context=DEVICE))


def test_a_name_of_your_own_that_looks_like_an_acting_one_can_be_let_through() -> None:
    call = track("Device Added")
    with pytest.raises(InvalidRequestError):
        Policy().check(call)
    passes(call, plain_events="Device Added")
    assert not Policy(plain_events=["Device Added"]).is_risky(call)
    with pytest.raises(InvalidRequestError):
        Policy(plain_events=["Device Added"]).check(track("device added"))


# Messages, consent, ids


REDIRECTS = ("recipient", "from_address", "reply_to", "Recipient", "reply-to ", "replyTo", "from address")


@pytest.mark.parametrize("name", REDIRECTS)
@pytest.mark.parametrize("make", [Track, Page, Screen])
def test_a_property_that_redirects_a_message_is_refused_unless_allowed(name: str, make: type[Call]) -> None:
    call = make.parse({"userId": "ada", "properties": {name: "x"}, **({"event": "Paid"} if make is Track else {})})
    assert rule_against(call) == "allow_redirects"
    passes(call, allow_redirects=True)


CONSENT = (
    "unsubscribed",
    "Unsubscribed ",
    "cio_subscription_preferences",
    "cio_subscription_preferences.topics.topic_1",
    "cio-subscription-preferences.topics.topic_1",
    " CIO-Subscription-Preferences/topics",
    "un\u200bsubscribed",
    "\uff55nsubscribed.at",
)


@pytest.mark.parametrize("name", CONSENT)
def test_consent_passes_and_can_be_switched_off(name: str) -> None:
    call = Identify(user_id="ada", traits={"plan": "pro", name: None})
    passes(call, allow_preference_replacement=True)
    assert rule_against(call, allow_consent=False) == "allow_consent"


@pytest.mark.parametrize("name", ["cio_subscription_preferences", " CIO-Subscription-Preferences"])
def test_all_preferences_are_replaced_only_where_that_is_allowed(name: str) -> None:
    call = Identify(user_id="ada", traits={name: {"topics": {"topic_1": True}}})
    assert rule_against(call) == "allow_preference_replacement"
    with pytest.raises(PolicyError, match=r'set one with "cio_subscription_preferences\.topics\.topic_1"\.$'):
        Policy().check(call)
    passes(call, allow_preference_replacement=True)


@pytest.mark.parametrize("name", ["cio_subscription_preferences.channels.text", "cio_subscription_preferences.topic_1"])
def test_a_preference_that_does_not_exist_is_refused_with_the_right_form(name: str) -> None:
    with pytest.raises(InvalidRequestError, match=r'"cio_subscription_preferences\.topics\.topic_1" or "\.channels'):
        Policy().check(Identify(user_id="ada", traits={name: True}))


@pytest.mark.parametrize("name", ["unsubscribed_at", "subscribed", "newsletter.unsubscribed", "cio_id"])
def test_a_trait_that_only_sounds_like_consent_is_none(name: str) -> None:
    passes(Identify(user_id="ada", traits={name: True}), allow_consent=False)


@pytest.mark.parametrize(
    "context",
    [
        {"traits": {"unsubscribed": True}},
        {"Traits": {"unsubscribed": True}},
        {"traits": [{"plan": "pro"}, {"unsubscribed": True}]},
        {"traits.unsubscribed": True},
        {"traits.cio_subscription_preferences.topics.topic_1": True},
    ],
)
def test_consent_cannot_ride_in_a_context_either(context: dict[str, Any]) -> None:
    assert rule_against(track("Paid", context=context), allow_consent=False) == "allow_consent"
    with pytest.raises(PolicyError) as caught:
        Policy(allow_consent=False).check(batch(track("Paid", context={"ip": "8.8.8.8"}), context=context))
    assert caught.value.rule == "allow_consent"


def test_a_trait_of_a_group_is_nobodys_consent() -> None:
    passes(Group(group_id="acme", traits={"unsubscribed": True}), allow_consent=False)


@pytest.mark.parametrize(
    "call",
    [
        Alias(previous_id="a", user_id="b"),
        Identify(user_id="mallory", anonymous_id="visitor-of-bob"),
        Track(user_id="mallory", anonymous_id="visitor-of-bob", event="Paid"),
        Page(user_id="mallory", anonymous_id="visitor-of-bob"),
        Group(group_id="acme", user_id="mallory", anonymous_id="visitor-of-bob"),
    ],
    ids=lambda call: call.kind,
)
def test_two_ids_in_one_call_are_a_merge_which_passes_and_can_be_switched_off(call: Call) -> None:
    passes(call)
    assert rule_against(call, allow_alias=False) == "allow_alias"
    assert Policy().is_risky(call)


CONTACT: list[Call] = [
    *(
        Identify(user_id="ada", traits={name: "bob@example.com"})
        for name in ("email", "Email ", "phone", "id", "cio_id", "e-mail", "email\u3164")
    ),
    track("Paid", context={"traits": {"email": "bob@example.com"}}),
    track("Device Created or Updated"),
]


@pytest.mark.parametrize("call", CONTACT, ids=str)
def test_changing_how_a_person_is_reached_passes_is_risky_and_can_be_switched_off(call: Call) -> None:
    passes(call)
    assert rule_against(call, allow_contact_changes=False) == "allow_contact_changes"
    assert Policy().is_risky(call)


@pytest.mark.parametrize(
    "call",
    [
        Identify(user_id="ada", traits={"email": None}),
        Identify(anonymous_id="visitor-7", traits={"phone": None}),
        Identify(user_id="ada", anonymous_id="eve@example.com", traits={"email": "eve@example.com"}),
        Identify(user_id="ada", traits={"id": ["ada"]}),
    ],
)
def test_an_address_that_is_taken_away_or_named_as_an_id_beside_is_changed(call: Call) -> None:
    assert rule_against(call, allow_contact_changes=False) == "allow_contact_changes"


def test_a_persons_own_address_is_not_a_change() -> None:
    passes(Identify(user_id="7", traits={"id": 7}), allow_contact_changes=False)
    passes(Identify(anonymous_id="v@example.com", traits={"email": "v@example.com"}), allow_contact_changes=False)
    passes(Identify(user_id="ada@example.com", traits={"email": "ada@example.com"}), allow_contact_changes=False)


# Sizes and names of calls


@pytest.mark.parametrize("kind", SINGLE_CALLS)
def test_each_call_can_be_denied_by_its_name(kind: str) -> None:
    call = SINGLE_CALLS[kind].parse(SINGLE_CALLS[kind].example)
    for calls in ([f"!{kind.upper()}"], [other for other in CALLS if other != kind]):
        with pytest.raises(PolicyError) as caught:
            Policy(calls=calls).check(call)
        assert caught.value.rule == "calls"
    passes(call, calls=[kind, "batch", "Identify"])


def test_a_batch_is_a_call_that_can_be_denied_and_bounded() -> None:
    two = batch(track("Paid"), track("Paid"))
    for settings, rule in (({"calls": ["track"]}, "calls"), ({"max_batch": 1}, "max_batch")):
        with pytest.raises(PolicyError) as caught:
            Policy(**settings).check(two)
        assert (caught.value.rule, caught.value.index) == (rule, None)
    passes(track("Paid"), max_batch=2)


def test_a_batch_that_is_too_long_is_told_the_limit_and_whose_it_is() -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(max_batch=1).check(batch(track("Paid"), track("Paid")))
    assert str(caught.value) == ("Not sent. A batch may hold 1 call here, this one has 2: send smaller batches.")


# A policy that cannot mean what it says


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"allow_destructive": ["user deleted"]}, "allow_destructive names 'user deleted'"),
        ({"allow_destructive": "Device Deleted"}, "allow_destructive names 'Device Deleted'"),
        ({"calls": ["tracks"]}, "calls names 'tracks'"),
        ({"calls": ["!trak"]}, "calls names '!trak'"),
        ({"plain_events": ["User Deleted"]}, "plain_events names 'User Deleted'"),
        ({"max_batch": 0}, "max_batch is 0"),
        ({"max_writes": -1}, "max_writes is -1"),
        ({"max_writes": True}, "max_writes is True"),
        ({"max_writes": "3"}, "max_writes is '3'"),
        ({"person": " "}, "person is empty"),
        ({"person": 42}, "as a string"),
        ({"approve": "always"}, "approve takes"),
        ({"dry_run": "no"}, "dry_run takes True or False"),
        ({"allow_alias": "false"}, "allow_alias takes True or False"),
        ({"allow_consent": 0}, "allow_consent takes True or False"),
        ({"allow_redirects": None}, "allow_redirects takes True or False"),
        ({"allow_contact_changes": "no"}, "allow_contact_changes takes True or False"),
        ({"send_valid_items": "yes"}, "send_valid_items takes True or False"),
        ({"allow_destructive": None}, "allow_destructive is None"),
        ({"redact": None}, "redact is None"),
        ({"plain_events": None}, "plain_events is None"),
        ({"events": ["!"]}, "events holds '!'"),
        ({"traits": ["plan", " "]}, "traits holds ' '"),
        ({"groups": [7]}, "groups holds 7"),
        ({"calls": [None]}, "calls holds None"),
        ({"redact": ["batch.traits.email"]}, "redact names 'batch.traits.email'; a path begins with a field of a call"),
        ({"redact": "trait.email"}, "redact names 'trait.email'"),
    ],
)
def test_a_slip_in_a_policy_is_an_error_and_not_a_guard_that_is_off(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Policy(**settings)
    assert words in str(caught.value)


def test_a_policy_keeps_its_lists_when_the_givers_list_changes() -> None:
    names = ["!Paid"]
    policy = Policy(events=names)
    names.clear()
    assert policy.events == ("!Paid",)
    assert hash(policy) == hash(Policy(events=("!Paid",)))
    with pytest.raises(FrozenInstanceError):
        policy.dry_run = True  # type: ignore[misc] # the mistake


# Risk


RISKY: list[Call] = [
    *(track(name) for name in NEEDED),
    track("user deleted"),
    Alias(previous_id="a", user_id="b"),
    track("Paid", properties={"recipient": "x"}),
    Identify(user_id="ada", traits={"unsubscribed": False}),
    track("Paid", context={"traits": {"unsubscribed": True}}),
]


@pytest.mark.parametrize("call", RISKY, ids=str)
def test_what_acts_merges_redirects_or_changes_consent_is_risky_also_in_a_batch(call: Call) -> None:
    policy = Policy(approve="risky")
    assert policy.is_risky(call)
    assert policy.needs_approval(batch(track("Paid"), call))
    assert not Policy().needs_approval(call)


@pytest.mark.parametrize("kind", ["identify", "track", "page", "screen", "group", "batch"])
def test_an_ordinary_call_is_not_risky(kind: str) -> None:
    call = CALLS[kind].parse({**CALLS[kind].example, **({"traits": {"plan": "pro"}} if kind == "identify" else {})})
    assert not Policy().is_risky(call)
    assert not Policy(approve="risky").needs_approval(call)
    assert Policy(approve="all").needs_approval(call)


def test_a_function_of_your_own_can_say_what_waits() -> None:
    policy = Policy(approve=lambda call: isinstance(call, Group))
    assert policy.needs_approval(Group(group_id="acme"))
    assert policy.needs_approval(batch(track("Paid"), Group(group_id="acme")))
    assert not policy.needs_approval(track("User Deleted"))


def test_a_function_of_your_own_is_asked_about_the_batch_too() -> None:
    policy = Policy(approve=lambda call: isinstance(call, Batch) and len(call) > 1)
    assert policy.needs_approval(batch(track("Paid"), track("Paid")))
    assert not policy.needs_approval(batch(track("Paid")))


# A field is a rule


@dataclass(frozen=True, slots=True, kw_only=True)
class StricterPolicy(Policy):
    """A policy of somebody who adds a field: one field, with one rule."""

    allow_screens: bool = ruled(
        Rule(lambda view: iter([Found(("name",))] if view.call.kind == "screen" else []), if_true, risk="shows"),
        default=True,
    )
    screens_of: Iterable[str] | None = None


def test_a_new_field_is_one_field_with_one_rule() -> None:
    call = Screen(user_id="ada", name="Settings")
    assert StricterPolicy().check(call) == call
    with pytest.raises(PolicyError) as caught:
        StricterPolicy(allow_screens=False).check(batch(call))
    assert (caught.value.rule, caught.value.problems[0].path) == ("allow_screens", ("batch", 0, "name"))
    assert [risk.effect for risk in StricterPolicy().risks(call)] == ["shows"]
    for slip in ({"allow_screens": "False"}, {"screens_of": [7]}):
        with pytest.raises(ConfigurationError, match=next(iter(slip))):
            StricterPolicy(**slip)
    assert StricterPolicy(screens_of="a").screens_of == ("a",)
    assert depends_on_names_alone(StricterPolicy())
    assert not depends_on_names_alone(StricterPolicy(allow_screens=False))


def test_what_a_policy_says_depends_on_names_alone_unless_a_rule_in_force_looks_at_values() -> None:
    assert depends_on_names_alone(Policy(events=["!Paid"], traits=["!email"], allow_consent=False))
    for settings in ({"person": "ada"}, {"groups": ["acme"]}, {"allow_contact_changes": False}, {"approve": "risky"}):
        assert not depends_on_names_alone(Policy(**settings))


def test_the_batch_lends_its_context_to_the_risk_of_its_items() -> None:
    assert Policy().is_risky(batch(track("Paid"), context={"traits": {"unsubscribed": True}}))
