"""What a model reads when the arguments of a typed tool are wrong: in their own names, all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from langchain_customerio import InvalidRequestError, Policy
from langchain_customerio.messages import MOST_WORDS
from langchain_customerio.sandbox import Sandbox
from langchain_customerio.tools.typed import TYPED_TOOLS
from tests.tool_calls import answer, error, message, tool
from tests.typed_tools import ANYTHING, typed

if TYPE_CHECKING:
    from tests.conftest import Run

ADA = {"user_id": "ada"}
TRACKED = {**ADA, "event": "Signed Up"}
DEVICE = {**ADA, "token": "t1", "platform": "ios"}
TOPIC = {**ADA, "what": "topic", "name": "topic_1", "subscribed": False}
ITEM = {"type": "track", "userId": "ada", "event": "Signed Up"}


def sent(run: Run, name: str, /, **arguments: Any) -> tuple[dict[str, Any], list[str]]:
    """Return the body that arrived, without what is filled in, and the corrections that the model read."""
    sandbox = Sandbox()
    read = message(run, typed(sandbox, name, strict=True), **arguments)
    told = answer(read)
    body: Any = sandbox.requests[0]
    body.pop("messageId", None)
    body["context"].pop("library")
    return {field: value for field, value in body.items() if value != {}}, told.get("corrections", [])


def refusal(run: Run, name: str, policy: Policy = ANYTHING, /, **arguments: Any) -> str:
    """Return what the model reads; nothing may have been sent."""
    sandbox = Sandbox()
    text = error(message(run, typed(sandbox, name, policy), **arguments))
    assert sandbox.ledger == []
    assert len(text.split()) <= MOST_WORDS
    return text


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("track", ADA, "event: is required."),
        ("track", {"event": " ", **ADA}, "event: is required."),
        ("alias", {}, "previous_id: is required; user_id: is required."),
        ("delete_person", {"user_id": ""}, "user_id: is required."),
        ("remove_device", ADA, "token: is required; platform: is required: ios or android."),
        ("batch", {"calls": ""}, "calls: is required."),
        ("batch", {"calls": []}, "calls: is empty: give at least one call."),
        ("batch", {"calls": {"type": "track"}}, "calls: needs a list, found an object."),
        ("batch", {"calls": [{**ITEM, "event": 5.5}]}, "calls[0].event: needs a string, found a number."),
        ("identify", {"user_id": ["ada"]}, "user_id: needs a string, found a list."),
        ("identify", {"user_id": True}, "user_id: needs a string, found a boolean."),
        ("page", {**ADA, "url": {"a": 1}}, "url: needs a string, found an object."),
        ("identify", {**ADA, "traits": [1]}, "traits: needs a JSON object, found a list."),
        ("identify", {**ADA, "traits": "pro"}, "traits: is not JSON: expecting value at line 1, column 1."),
        ("add_device", {**DEVICE, "attributes": "[1]"}, "attributes: needs a JSON object, found a list."),
        ("add_device", {**DEVICE, "platform": "windows"}, "platform: needs ios or android, found other text."),
        ("add_device", {**DEVICE, "platform": ["ios"]}, "platform: needs ios or android, found a list."),
        (
            "set_subscription",
            {**TOPIC, "what": "all"},
            "what: needs topic, channel or everything, found other text.",
        ),
        ("set_subscription", {**TOPIC, "subscribed": "maybe"}, "subscribed: needs true or false, found other text."),
        ("set_subscription", {**TOPIC, "subscribed": 2}, "subscribed: needs true or false, found a number."),
        ("set_subscription", {**TOPIC, "name": "newsletter"}, "name: needs the id of a topic, such as topic_1."),
        ("set_subscription", {**TOPIC, "name": "topic_1.x"}, "name: needs the id of a topic, such as topic_1."),
        ("set_subscription", {**TOPIC, "name": ""}, "name: needs the id of a topic, such as topic_1."),
        (
            "set_subscription",
            {**TOPIC, "what": "channel"},
            "name: needs one of email, sms, push, in_app, whatsapp, slack, line, inbox.",
        ),
        (
            "set_subscription",
            {**TOPIC, "what": "everything"},
            "name: is for a topic or a channel: leave it empty for everything.",
        ),
        (
            "group",
            {"group_id": "acme", "object_type_id": "company", **ADA},
            'object_type_id: needs the id of an object type, a string of digits such as "1".',
        ),
        (
            "remove_from_object",
            {**ADA, "object_id": "acme", "object_type_id": "company"},
            'object_type_id: needs digits, such as 1, for "Relationship Deleted", which removes the person from ',
        ),
        (
            "group",
            {"group_id": "acme", "relationship": {"role": "admin"}},
            "relationship: needs a person: give user_id or anonymous_id.",
        ),
        (
            "alias",
            {"previous_id": "a", "user_id": "a"},
            "previous_id: is the same as user_id: give the id to give up.",
        ),
        ("page", {"name": "Home"}, "One of user_id, anonymous_id is required."),
        (
            "track",
            {"event": "Signed Up"},
            "One of user_id, anonymous_id, other_fields.groupId is required.",
        ),
        (
            "identify",
            {**ADA, "timestamp": 1764500000000},
            "timestamp: needs ISO 8601 such as 2026-11-23T10:00:00Z, found digits.",
        ),
        (
            "track",
            {**TRACKED, "other_fields": {"total": 20}},
            "other_fields.total: is not a field of track: use properties.total.",
        ),
        (
            "add_device",
            {**DEVICE, "other_fields": {"colour": "red"}},
            "other_fields.colour: is not a field of track: use attributes.colour.",
        ),
        (
            "track",
            {**TRACKED, "other_fields": {"context": {"device": {"type": "palm"}}}},
            "other_fields.context.device.type: needs 'android' or 'ios'.",
        ),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_refusal_names_the_argument_and_what_is_needed(
    run: Run, name: str, arguments: dict[str, Any], says: str
) -> None:
    assert refusal(run, name, **arguments).startswith(f"Not sent. {says}")


@pytest.mark.parametrize(
    ("name", "key", "advice"),
    [
        ("identify", "email", "put it in traits"),
        ("identify", "trait", "use traits"),
        ("track", "total", "put it in properties"),
        ("add_device", "model", "put it in attributes"),
        ("remove_from_object", "group", "leave it out"),
        ("remove_from_object", "objectid", "use object_id"),
        ("remove_device", "device_token", "use token"),
        ("page", "page_url", "use url"),
        ("track", "event_name", "use event"),
        ("group", "role", "put it in traits, or in relationship if about the person there"),
        ("identify", "group_id", "it belongs to group calls"),
        ("identify", "event", "it belongs to track calls"),
        ("identify", "x" * 100, "put it in traits"),
    ],
)
def test_what_is_no_argument_is_refused_with_the_place_for_it(run: Run, name: str, key: str, advice: str) -> None:
    shown = key if len(key) < 40 else "x" * 59 + "…"
    assert f"{shown} is not an argument: {advice}" in refusal(run, name, **{key: "a-value"})


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("delete_person", {"user_id": "ada", "userId": "bob"}, "user_id: is given twice, with two values: keep one."),
        ("page", {**ADA, "url": "a", "properties": {"url": "b"}}, "url: is given twice, with two values: keep one."),
        ("track", {**TRACKED, "other_fields": {"userId": "b"}}, "user_id: is given twice, with two values: keep one."),
        (
            "track",
            {**TRACKED, "messageId": "m1", "other_fields": {"messageId": "m2"}},
            "other_fields: is given twice, with two values: keep one.",
        ),
        (
            "track",
            {**TRACKED, "messageId": "m1", "message_id": "m2"},
            "other_fields.message_id: is given twice, with two values",
        ),
    ],
    ids=lambda value: str(value)[:50],
)
def test_two_values_for_one_thing_are_refused(run: Run, name: str, arguments: dict[str, Any], says: str) -> None:
    assert refusal(run, name, **arguments).startswith(f"Not sent. {says}")


def test_the_same_value_twice_is_no_contradiction(run: Run) -> None:
    body, _ = sent(run, "page", **ADA, url="a", properties={"url": "a"}, other_fields={"userId": "ada"})
    assert body == {"userId": "ada", "properties": {"url": "a"}}


def test_what_a_tool_sets_itself_cannot_be_set_otherwise(run: Run) -> None:
    assert refusal(run, "remove_device", **DEVICE, event="User Deleted") == (
        "Not sent. other_fields.event: is set by this tool: leave it out."
    )
    assert "anonymousId: is set by this tool" in refusal(run, "delete_object", object_id="a", anonymous_id="v7")
    assert sent(run, "remove_device", **DEVICE, event="Device Deleted")[0]["event"] == "Device Deleted"


def test_a_context_that_is_no_object_cannot_hold_a_device(run: Run) -> None:
    text = refusal(run, "add_device", **DEVICE, other_fields={"context": "x"})
    assert text.startswith(
        "Not sent. token: cannot go into other_fields.context, which is a string: send that as an object; "
    )


def test_everything_that_is_wrong_is_told_at_once_what_is_missing_first(run: Run) -> None:
    text = refusal(run, "track", user_id=["a"], properties="[]", timestamp="yesterday", foo=1)
    assert text == (
        "Not sent. event: is required; foo is not an argument: put it in properties; user_id: needs a string, found a"
        " list; properties: needs a JSON object, found a list; timestamp: needs ISO 8601 such as"
        " 2026-11-23T10:00:00Z, found other text."
    )


def test_problems_are_data_too_where_errors_are_raised(run: Run) -> None:
    of = typed(Sandbox(), "track", handle_tool_errors=False)
    with pytest.raises(InvalidRequestError) as caught:
        run.invoke(of, {"user_id": "ada", "other_fields": "{"})
    assert [problem.field for problem in caught.value.problems] == ["event", "other_fields"]


def test_no_refusal_repeats_a_value(run: Run) -> None:
    secret = "a-value-that-nobody-may-read"
    for kind in TYPED_TOOLS:
        name = str(kind.model_fields["name"].default).removeprefix("customerio_")
        values: tuple[Any, ...] = (secret, [secret], {"field": secret}, f'["{secret}"]')
        for value in values:
            arguments = {argument.name: value for argument in kind.arguments} | {"wrong": value}
            assert secret not in refusal(run, name, **arguments)


# Policy, warnings, size


def test_the_policy_s_refusals_speak_of_arguments(run: Run) -> None:
    text = refusal(
        run, "batch", Policy(max_batch=5, calls=["batch", "track"]), calls=[ITEM, {**ITEM, "type": "identify"}]
    )
    assert "calls[1]" in text
    text = refusal(run, "add_device", Policy(integrations=[]), **DEVICE, other_fields={"integrations": {"All": False}})
    assert "integrations.All: may not be named here" in text


def test_warnings_speak_of_arguments(run: Run) -> None:
    of = tool(Sandbox(), "customerio_track", style="typed")
    told = answer(message(run, of, anonymous_id="ada@example.com", event="E", context={"ip": "10.0.0.1"}))
    assert told["warnings"] == [
        "anonymous_id: looks like an e-mail address; a known person goes in user_id",
        "other_fields.context.ip: sent as given; private addresses locate nobody. Nothing to repeat",
    ]


@pytest.mark.parametrize("policy", [Policy(), Policy(dry_run=True), Policy(max_writes=5)], ids=["send", "dry", "few"])
def test_what_is_too_large_names_the_argument_to_shorten(run: Run, policy: Policy) -> None:
    text = refusal(run, "add_device", policy, **DEVICE, attributes={"note": "x" * 33_000})
    assert text.endswith("Shorten attributes.note or report it.")
