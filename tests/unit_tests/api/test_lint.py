"""What the API takes and Customer.io reads otherwise than meant: a warning, never a refusal, never a value."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_customerio import Alias, Batch, Group, Identify, InvalidRequestError, Page, Screen, Track
from langchain_customerio.api.lint import lint as found
from langchain_customerio.sandbox import Sandbox
from tests import strategies
from tests.cases import CASES, Case, each_case
from tests.unit_tests.api.test_validation import call_or_refusal

if TYPE_CHECKING:
    from langchain_customerio.api.calls import Call
    from tests.conftest import Run

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
CONSENT = "traits.unsubscribed: anything but true, 1 and their text means subscribed; send true or false"
REPLACES = (
    "traits.cio_subscription_preferences: replaces every preference; to set one, use"
    ' "cio_subscription_preferences.topics.topic_1"'
)
SAID_OF_COMPLETE_CALLS = {"null_clears", "device_not_registered", "preferences_replaced"}
ADDRESS = "context.ip: sent as given; {} addresses locate nobody. Nothing to repeat"
NO_ADDRESS = "context.ip: sent as given; it is not an IP address, so it locates nobody"


def lint(call: Call, now: datetime | None = None) -> list[str]:
    return [str(warning) for warning in found(call, now)]


def identify(**traits: Any) -> list[str]:
    return lint(Identify(user_id="ada", traits=traits), NOW)


@each_case
def test_ordinary_calls_are_not_warned_of(case: Case) -> None:
    for body in case.bodies:
        warnings = found(case.call.parse(body), datetime(2026, 11, 23, 11, tzinfo=UTC))
        assert {warning.code for warning in warnings} <= SAID_OF_COMPLETE_CALLS


@pytest.mark.parametrize("value", ["yes", "no", "Y", "on", "", 2, 1.0, [], {}, "True "])
def test_consent_in_other_words_is_warned_of(value: object) -> None:
    assert identify(unsubscribed=value) == [CONSENT]


@pytest.mark.parametrize("value", [True, False, 1, 0, "true", "TRUE", "False", "1", "0"])
def test_consent_that_is_read_as_meant_is_not(value: object) -> None:
    assert identify(unsubscribed=value) == []
    assert lint(Group(group_id="acme", traits={"unsubscribed": "yes"}), NOW) == []


@pytest.mark.parametrize("name", ["unsubscribed", "cio_subscription_preferences", "plan"])
def test_a_null_that_clears_a_trait_is_warned_of(name: str) -> None:
    warning = f"traits.{name}: null removes the trait"
    assert identify(**{name: None}) == [warning]
    assert lint(Group(group_id="acme", traits={name: None}), NOW) == [warning]
    assert lint(Track(user_id="ada", event="E", properties={name: None}), NOW) == []
    assert identify(nested={name: None}) == []


@pytest.mark.parametrize("value", [{"topics": {"topic_1": False}}, {}, "x"])
def test_preferences_that_replace_all_others_are_warned_of_and_a_single_one_is_not(value: object) -> None:
    assert identify(cio_subscription_preferences=value) == [REPLACES]
    assert identify(**{"cio_subscription_preferences.topics.topic_1": True}) == []
    assert lint(Group(group_id="acme", traits={"cio_subscription_preferences": value}), NOW) == []


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("Unsubscribed", True, "is an ordinary trait; consent is traits.unsubscribed"),
        (" unsubscribed", True, "is an ordinary trait; consent is traits.unsubscribed"),
        ("cio_subscription_preferences.topics.topic_1", "yes", "needs true or false, found a string"),
        ("cio_subscription_preferences.channels.in_app", 1, "needs true or false, found a number"),
        ("cio_relationships", [], "belongs to the Track API; here a group call relates a person to an object"),
        ("relationshipAttributes", {}, "is an ordinary trait of a person; it belongs to a group call"),
        ("relationship_attributes", {}, "is an ordinary trait of a person; it belongs to a group call"),
    ],
)
def test_a_trait_that_means_something_else_for_a_person_is_warned_of(name: str, value: object, says: str) -> None:
    assert identify(**{name: value}) == [f"traits.{name}: {says}"]
    assert lint(Track(user_id="ada", event="E", properties={name: value}), NOW) == []


@pytest.mark.parametrize("part", [".topic_1", ".topics.1", ".channels.fax", "_1", ".topics.topic_1.x", "[topics]"])
def test_a_preference_that_there_is_not_is_warned_of(part: str) -> None:
    name = f"cio_subscription_preferences{part}"
    [warning] = identify(**{name: True})
    assert warning.startswith(f'traits.{name}: is not a preference. Use "cio_subscription_preferences.topics.topic_1"')


def test_what_is_about_person_and_group_is_warned_of_where_it_stays_with_the_group() -> None:
    says = "is an ordinary trait of the group; the relation has relationshipAttributes"
    for name, warned in (("relationship_attributes", True), ("relationshipAttributes", False), ("cio_x", False)):
        call = Group(group_id="acme", user_id="ada", traits={name: {"role": "admin"}})
        assert lint(call, NOW) == [f"traits.{name}: {says}"] * warned


@pytest.mark.parametrize("name", ["createdAt", "signed_up_at", "lastTime", "birthdate", "timestamp"])
@pytest.mark.parametrize("value", [10**12, 10**13 - 1])
def test_a_time_in_milliseconds_is_warned_of(name: str, value: int) -> None:
    says = "looks like milliseconds; dates are seconds or ISO 8601"
    assert identify(**{name: value}) == [f"traits.{name}: {says}"]
    assert lint(Track(user_id="a", event="E", properties={name: value}), NOW) == [f"properties.{name}: {says}"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("createdAt", 1_764_000_000), ("createdAt", 10**13), ("phone", 10**12), ("createdAt", True), ("createdAt", 1e12)],
)
def test_other_numbers_are_not(name: str, value: object) -> None:
    assert identify(**{name: value}) == []


@pytest.mark.parametrize("value", ["2026-11-23T10:00:00", "2026-11-23 10:00", "2026-11-23T10:00:00.123456789"])
def test_a_time_without_a_zone_is_warned_of(value: str) -> None:
    assert identify(when=value) == ["traits.when: looks like a time without a zone: add Z or an offset"]
    for field, wire in (("timestamp", "timestamp"), ("original_timestamp", "originalTimestamp"), ("sent_at", "sentAt")):
        call = Page(user_id="ada", **{field: value})  # type: ignore[arg-type] # a time each
        assert lint(call, NOW) == [f"{wire}: has no time zone: add Z or an offset"]


@pytest.mark.parametrize(
    "value", ["2026-11-23T10:00:00Z", "2026-11-23", "10:00", "2026-11-23T10:00:00+01:00", "on 2026-11-23 10:00"]
)
def test_other_text_is_not(value: str) -> None:
    assert identify(when=value) == []


@pytest.mark.parametrize(
    ("timestamp", "warned"),
    [
        ("2026-11-24T10:00:00Z", False),
        ("2026-11-24T10:00:00.000001Z", True),
        ("2026-11-24T12:00:00+02:00", False),
        ("2099-01-01T00:00:00Z", True),
        ("9999-12-31T23:59:59-23:59", True),
        ("0001-01-01T00:00:00+23:59", False),
        ("2020-01-01T00:00:00Z", False),
    ],
)
def test_a_time_more_than_a_day_ahead_is_warned_of(*, timestamp: str, warned: bool) -> None:
    assert lint(Page(user_id="ada", sent_at=timestamp), NOW) == ["sentAt: lies in the future"] * warned


@pytest.mark.parametrize("size", [150, 151])
@pytest.mark.parametrize("field", ["userId", "anonymousId", "previousId", "groupId"])
def test_an_id_over_150_bytes_is_warned_of(field: str, size: int) -> None:
    others: dict[str, type[Call]] = {"previousId": Alias, "groupId": Group}
    call = others.get(field, Identify)
    body = next(case.minimal for case in CASES if case.call is call)
    for long in ("x" * size, "é" * (size // 2) + "x" * (size % 2)):
        warnings = lint(call.parse({**body, field: long}), NOW)
        assert warnings == [f"{field}: over 150 bytes; the workspace may not keep it"] * (size > 150)
    assert lint(Page(user_id="ada", message_id="x" * 200), NOW) == []


def test_an_id_that_is_read_as_customer_ios_own_is_warned_of() -> None:
    says = ["userId: begins with cio_, so it is read as Customer.io's own id"]
    assert lint(Identify(user_id="cio_0a1b"), NOW) == says
    assert lint(Group(group_id="cio_0a1b", user_id="ada"), NOW) == []


def test_an_id_that_stands_for_two_items_of_a_batch_is_warned_of() -> None:
    ids = ["m1", None, "m2", "m1", None, "m1"]
    items = [Track(user_id="ada", event="E", message_id=each) for each in ids]
    says = "messageId: is the id of an earlier item, so this one may be dropped as a repeat"
    assert lint(Batch(batch=items), NOW) == [f"batch[3].{says}", f"batch[5].{says}"]  # type: ignore[arg-type] # of one kind


@pytest.mark.parametrize(
    ("integrations", "warned"),
    [({"All": False}, True), ({"All": False, "Mixpanel": False}, True), ({"All": False, "Mixpanel": True}, False)],
)
def test_a_call_for_no_destination_is_warned_of(*, integrations: dict[str, bool], warned: bool) -> None:
    says = "integrations: turns every destination off"
    assert lint(Page(user_id="ada", integrations=integrations), NOW) == [says] * warned
    assert lint(Page(user_id="ada", integrations={"Mixpanel": False}), NOW) == []


def test_an_e_mail_as_anonymous_id_is_warned_of() -> None:
    says = "anonymousId: looks like an e-mail address; a known person goes in userId"
    assert lint(Identify(anonymous_id="ada@example.com"), NOW) == [says]
    assert lint(Identify(user_id="ada@example.com"), NOW) == []


@pytest.mark.parametrize(
    ("event", "warnings"),
    [
        ("x" * 100, []),
        ("é" * 50 + "x", ["event: over 100 bytes; the workspace may not keep it"]),
        (" Signed Up", ["event: has odd white space, which makes it another event"]),
        ("Signed  Up", ["event: has odd white space, which makes it another event"]),
        ("Signed\u00a0Up", ["event: has odd white space, which makes it another event"]),
        ("Signed Up\n", ["event: has odd white space, which makes it another event"]),
    ],
)
def test_an_event_name_that_is_long_or_oddly_spaced_is_warned_of(event: str, warnings: list[str]) -> None:
    assert lint(Track(user_id="ada", event=event), NOW) == warnings


@pytest.mark.parametrize("event", ["Email Bounced", "Email Opened", "Email Marked as Spam"])
def test_an_event_about_an_e_mail_that_names_none_is_warned_of(event: str) -> None:
    assert lint(Track(user_id="ada", event=event), NOW) == [f'properties.email_id: is missing; "{event}" needs it']
    assert lint(Track(user_id="ada", event=event, properties={"email_id": "m7"}), NOW) == []


@pytest.mark.parametrize("event", ["Application Installed", "Application Opened", "Application Uninstalled"])
def test_an_event_that_may_change_devices_is_warned_of(event: str) -> None:
    assert lint(Track(user_id="ada", event=event), NOW) == ["event: may also change the devices of the person"]


@pytest.mark.parametrize(
    ("traits", "warnings"),
    [
        ({"a": "x" * 1_000}, []),
        ({"a": "x" * 1_001}, ["traits.a: over 1,000 bytes; the workspace may not keep it"]),
        ({"a": ["é" * 499]}, ["traits.a: over 1,000 bytes; the workspace may not keep it"]),
        ({"x" * 150: 1}, []),
        ({"x" * 151: 1}, ["traits: a name over 150 bytes; the workspace may not keep it"]),
        ({f"t{i}": i for i in range(300)}, []),
        ({f"t{i}": i for i in range(301)}, ["traits: more than 300; the workspace may not keep them all"]),
    ],
)
def test_traits_beyond_the_limits_of_a_workspace_are_warned_of(traits: dict[str, Any], warnings: list[str]) -> None:
    assert lint(Identify(user_id="ada", traits=traits), NOW) == warnings
    assert lint(Group(group_id="acme", traits=traits), NOW) == warnings
    assert lint(Track(user_id="ada", event="E", properties=traits), NOW) == []


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("8.8.8.8", ""),
        ("2001:4860:4860::8888", ""),
        ("10.0.0.1", "private"),
        ("192.168.1.1", "private"),
        ("fd00::1", "private"),
        ("127.0.0.1", "loopback"),
        ("::1", "loopback"),
        ("::ffff:127.0.0.1", "loopback"),
        ("169.254.1.1", "link-local"),
        ("fe80::1", "link-local"),
        ("203.0.113.7", "documentation"),
        ("2001:db8::1", "documentation"),
        ("100.64.0.1", "shared"),
        ("224.0.0.1", "multicast"),
        ("::", "unspecified"),
        ("240.0.0.1", "reserved"),
    ],
)
def test_an_address_that_locates_nobody_is_warned_of_as_what_it_is(address: str, kind: str) -> None:
    context = {"ip": address}
    warnings = [ADDRESS.format(kind)] * bool(kind)
    assert lint(Identify(user_id="ada", context=context), NOW) == warnings
    assert lint(Batch(batch=[Identify(user_id="ada")], context=context), NOW) == warnings


@pytest.mark.parametrize("address", ["localhost", "", "8.8.8", "8.8.8.8/32"])
def test_what_is_not_an_address_is_warned_of(address: str) -> None:
    assert lint(Identify(user_id="ada", context={"ip": address}), NOW) == [NO_ADDRESS]


@pytest.mark.parametrize("field", ["event", "name", "category"])
def test_a_name_over_100_bytes_is_warned_of_in_every_call(field: str) -> None:
    for call in (Track, Page, Screen):
        if field in call.model_fields:
            body = (
                {"userId": "ada", "event": "E", field: "x" * 101}
                if call is Track
                else {"userId": "a", field: "x" * 101}
            )
            assert lint(call.parse(body), NOW) == [f"{field}: over 100 bytes; the workspace may not keep it"]


def test_a_device_in_a_context_that_registers_nothing_is_warned_of() -> None:
    context = {"device": {"token": "t1", "type": "ios"}}
    says = 'context.device.token: registers no device; track "Device Created or Updated" does'
    assert lint(Identify(user_id="ada", context=context), NOW) == [says]
    assert lint(Track(user_id="ada", event="Paid", context=context), NOW) == [says]
    for event in ("Device Created or Updated", "Device Deleted"):
        assert lint(Track(user_id="ada", event=event, context=context), NOW) == []
    assert lint(Identify(user_id="ada", context={"device": {"type": "ios"}}), NOW) == []


def test_the_items_of_a_batch_are_warned_of_with_their_place() -> None:
    items = [
        Identify(user_id="ada"),
        Identify(user_id="bob", traits={"unsubscribed": "no"}),
        Track(user_id="c", event=" E"),
    ]
    assert lint(Batch(batch=items), NOW) == [
        f"batch[1].{CONSENT}",
        "batch[2].event: has odd white space, which makes it another event",
    ]


def test_a_name_in_a_warning_is_short_and_clean() -> None:
    (long,) = lint(Track(user_id="a", event="E", properties={"x" * 400: "2026-11-23 10:00"}), NOW)
    assert len(long) < 130
    (odd,) = lint(Track(user_id="a", event="E", properties={"a\n\x1b[1m": "2026-11-23 10:00"}), NOW)
    assert odd.isprintable()
    (address,) = lint(Identify(user_id="a", traits={"ada@example.com": None}), NOW)
    assert address == "traits.[e-mail]: null removes the trait"


def test_warnings_stand_in_the_receipt_of_a_call_that_was_sent_all_the_same(run: Run) -> None:
    sandbox = Sandbox()
    with sandbox.client() as client:
        receipt = run.send(client, Identify(user_id="ada", traits={"unsubscribed": "yes"}))
    assert receipt.warnings == (CONSENT,)
    assert sandbox.people["ada"].traits == {"unsubscribed": "yes"}


@each_case
@given(data=st.data())
def test_whatever_a_call_takes_can_be_looked_through_without_repeating_it(case: Case, data: st.DataObject) -> None:
    body = data.draw(strategies.near(case))
    call = call_or_refusal(case, body)
    if not isinstance(call, InvalidRequestError):
        warnings = " ".join(lint(call))
        assert {value for value in strategies.values_of(body) if value in warnings} == set()
