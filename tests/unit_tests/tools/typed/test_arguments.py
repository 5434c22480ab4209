"""The arguments of typed tools: what is taken for them, where it arrives, and what is corrected."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from langchain_customerio import Policy
from langchain_customerio.api.calls import SINGLE_CALLS
from langchain_customerio.sandbox import Sandbox
from langchain_customerio.tools.typed import TYPED_TOOLS
from tests.cases import SINGLE_CASES, Case, each_single_case
from tests.tool_calls import answer, error, message
from tests.typed_tools import typed

if TYPE_CHECKING:
    from tests.conftest import Run

ADA = {"user_id": "ada"}
TRACKED = {**ADA, "event": "Signed Up"}
DEVICE = {**ADA, "token": "t1", "platform": "ios"}
TOPIC = {**ADA, "what": "topic", "name": "topic_1", "subscribed": False}
ITEM = {"type": "track", "userId": "ada", "event": "Signed Up", "messageId": "m1"}


def sent(run: Run, name: str, /, **arguments: Any) -> tuple[dict[str, Any], list[str]]:
    """Return the body that arrived, without what is filled in, and the corrections that the model read."""
    sandbox = Sandbox()
    read = message(run, typed(sandbox, name, strict=True), **arguments)
    told = answer(read)
    body: Any = sandbox.requests[0]
    body.pop("messageId", None)
    body["context"].pop("library")
    return {field: value for field, value in body.items() if value != {}}, told.get("corrections", [])


OBJECT = {"total": 20, "items": [{"n": 1}], "note": None}


@pytest.mark.parametrize(
    ("value", "corrections"),
    [
        (OBJECT, []),
        (json.dumps(OBJECT), []),
        (json.dumps(json.dumps(OBJECT)), ["properties: JSON within a string unwrapped"]),
        (f"```json\n{json.dumps(OBJECT)}\n```", ["properties: code fence removed"]),
        (str(OBJECT), ["properties: Python literal read as JSON"]),
        (json.dumps(OBJECT)[:-1] + ",}", ["properties: trailing comma or comment removed"]),
    ],
    ids=["object", "json", "twice", "fence", "literal", "comma"],
)
def test_a_json_argument_is_taken_as_an_object_and_in_any_string(
    run: Run, value: object, corrections: list[str]
) -> None:
    body = {"userId": "ada", "event": "Signed Up", "properties": OBJECT}
    assert sent(run, "track", **TRACKED, properties=value) == (body, corrections)


@pytest.mark.parametrize(
    "value",
    [
        [ITEM],
        json.dumps([ITEM]),
        json.dumps(json.dumps([ITEM])),
        str([ITEM]),
        {"batch": [ITEM]},
        json.dumps({"batch": [ITEM]}),
    ],
    ids=["list", "json", "twice", "literal", "body", "body in json"],
)
def test_the_calls_of_a_batch_are_taken_as_a_list_and_as_a_body_and_in_any_string(run: Run, value: object) -> None:
    assert sent(run, "batch", calls=value)[0]["batch"] == [ITEM]


def test_a_batch_can_carry_the_context_of_all_its_calls(run: Run) -> None:
    body, _ = sent(run, "batch", calls={"batch": [ITEM], "context": {"locale": "en-GB"}})
    assert body["context"]["locale"] == "en-GB"


@pytest.mark.parametrize("nothing", ["", "  ", None], ids=repr)
def test_what_is_empty_counts_as_left_out(run: Run, nothing: object) -> None:
    empty = dict.fromkeys(("anonymous_id", "properties", "timestamp", "other_fields"), nothing)
    assert sent(run, "track", **TRACKED, **empty) == ({"userId": "ada", "event": "Signed Up"}, [])


@pytest.mark.parametrize("nothing", [{}, "{}"], ids=repr)
def test_an_empty_object_is_not_sent(run: Run, nothing: object) -> None:
    assert sent(run, "identify", **ADA, traits=nothing, other_fields=nothing) == ({"userId": "ada"}, [])


@pytest.mark.parametrize("word", [False, "false", "False", " NO ", "off", "0", 0], ids=repr)
def test_no_is_taken_in_words(run: Run, word: object) -> None:
    body, corrections = sent(run, "set_subscription", **TOPIC | {"subscribed": word})
    assert body["traits"] == {"cio_subscription_preferences.topics.topic_1": False}
    kind = "a number" if word == 0 and word is not False else "a string"
    assert corrections == ([] if word is False else [f"subscribed: {kind} read as false"])


@pytest.mark.parametrize("word", [True, "true", "YES", "on", "1", 1], ids=repr)
def test_yes_is_taken_in_words(run: Run, word: object) -> None:
    body, _ = sent(run, "set_subscription", **TOPIC | {"subscribed": word})
    assert body["traits"] == {"cio_subscription_preferences.topics.topic_1": True}


@pytest.mark.parametrize(
    ("what", "name", "trait"),
    [
        ("Topic", "1", "topics.topic_1"),
        ("topic", 7, "topics.topic_7"),
        ("topic", "Topic 3", "topics.topic_3"),
        ("channel", "E-Mail", "channels.email"),
        ("channel", "in-app", "channels.in_app"),
        (" CHANNEL", "WhatsApp", "channels.whatsapp"),
    ],
)
def test_topics_and_channels_are_found_however_they_are_written(run: Run, what: str, name: object, trait: str) -> None:
    body, _ = sent(run, "set_subscription", **TOPIC | {"what": what, "name": name})
    assert body["traits"] == {f"cio_subscription_preferences.{trait}": False}


@pytest.mark.parametrize(
    ("name", "arguments", "body", "corrections"),
    [
        ("identify", {"user_id": 5}, {"userId": "5"}, ["user_id: number sent as string"]),
        (
            "add_device",
            {**DEVICE, "platform": "iOS"},
            {
                "userId": "ada",
                "event": "Device Created or Updated",
                "context": {"device": {"token": "t1", "type": "ios"}},
            },
            ["platform: written in lower case"],
        ),
        (
            "group",
            {"group_id": 7, "object_type_id": 2},
            {"groupId": "7", "traits": {"objectTypeId": "2"}},
            ["group_id: number sent as string", "object_type_id: number sent as string"],
        ),
        (
            "delete_object",
            {"object_id": 7, "object_type_id": 2},
            {
                "anonymousId": "unused",
                "event": "Object Deleted",
                "properties": {"objectId": "7", "objectTypeId": "2"},
            },
            ["object_id: number sent as string", "object_type_id: number sent as string"],
        ),
        ("identify", {"userId": "ada"}, {"userId": "ada"}, ['user_id: given as "userId"']),
        ("group", {"GroupId": "acme"}, {"groupId": "acme"}, ['group_id: given as "GroupId"']),
        (
            "delete_person",
            {"user-id": "ada", "type": "track"},
            {"userId": "ada", "event": "User Deleted"},
            ['user_id: given as "user-id"', "type: taken as a field of the call"],
        ),
        (
            "track",
            {"event": "Signed Up", "groupId": "acme"},
            {"event": "Signed Up", "groupId": "acme"},
            ["other_fields.groupId: taken as a field of the call"],
        ),
        (
            "identify",
            {**ADA, "other_fields": {"original_timestamp": "2026-11-20T08:00:00Z"}},
            {"userId": "ada", "originalTimestamp": "2026-11-20T08:00:00Z"},
            ["other_fields.originalTimestamp: given as original_timestamp"],
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_slip_with_one_meaning_is_corrected_and_told(
    run: Run, name: str, arguments: dict[str, Any], body: dict[str, Any], corrections: list[str]
) -> None:
    assert sent(run, name, **arguments) == (body, corrections)


@pytest.mark.parametrize(
    ("item", "arrived", "corrections"),
    [
        (
            {"type": "group", "group_id": "acme", "user_id": "ada", "relationship": {"role": "admin"}},
            {"groupId": "acme", "userId": "ada", "traits": {"relationshipAttributes": {"role": "admin"}}},
            [],
        ),
        (
            {"type": "group", "group_id": 7, "traits": {"name": "Acme"}, "object_type_id": 2},
            {"groupId": "7", "traits": {"name": "Acme", "objectTypeId": "2"}},
            ["calls[0].group_id: number sent as string", "calls[0].object_type_id: number sent as string"],
        ),
        (
            {"type": "page", "userId": "ada", "url": "https://example.com/", "title": ""},
            {"userId": "ada", "properties": {"url": "https://example.com/"}},
            [],
        ),
        (
            {"type": "track", "user_id": "ada", "event": "E", "properties": '{"total": 20}', "other_fields": {}},
            {"userId": "ada", "event": "E", "properties": {"total": 20}},
            [],
        ),
        ({"type": "alias", "previous_id": "a", "user_id": "b"}, {"previousId": "a", "userId": "b"}, []),
        ({"type": "identify", "userId": "ada"}, {"userId": "ada"}, []),
    ],
    ids=lambda value: str(value)[:40],
)
def test_an_item_of_a_batch_takes_the_arguments_of_its_tool(
    run: Run, item: dict[str, Any], arrived: dict[str, Any], corrections: list[str]
) -> None:
    body, told = sent(run, "batch", calls=[item])
    [found] = body["batch"]
    assert {key: value for key, value in found.items() if key not in {"type", "messageId"}} == arrived
    assert told == corrections


def test_what_is_wrong_with_an_argument_of_an_item_is_told_by_its_place(run: Run) -> None:
    of = typed(Sandbox(), "batch")
    items = [{"type": "track", "user_id": "ada", "event": "E"}, {"type": "page", "user_id": "ada", "url": 5.5}]
    assert error(message(run, of, calls=items)) == "Not sent. calls[1].url: needs a string, found a number."
    items[1] = {"type": "group", "group_id": "acme", "relationship": {"role": "admin"}}
    assert error(message(run, of, calls=items)) == (
        "Not sent. calls[1].traits.relationshipAttributes: needs a person: give userId or anonymousId."
    )


def test_what_the_model_sent_is_not_changed(run: Run) -> None:
    arguments = {**DEVICE, "other_fields": {"context": {"device": {"model": "5"}}}}
    before = deepcopy(arguments)
    body, _ = sent(run, "add_device", **arguments)
    assert body["context"]["device"] == {"model": "5", "token": "t1", "type": "ios"}
    assert arguments == before


# Everything documented can be reached


@each_single_case
def test_every_field_of_a_call_arrives_through_the_typed_tool(run: Run, case: Case) -> None:
    kind = next(found for found in TYPED_TOOLS if found.model_fields["name"].default == f"customerio_{case.call.kind}")
    rest = deepcopy(case.complete)
    arguments: dict[str, Any] = {}
    for argument in sorted(kind.arguments, key=lambda each: each.path.count("."), reverse=True):
        *above, last = argument.path.split(".")
        holder = rest
        for step in above:
            holder = holder[step]
        if argument.path:
            arguments[argument.name] = holder.pop(last)
    arguments["other_fields"] = rest
    body = sent_whole(run, case.call.kind, arguments)
    assert body == case.complete


def sent_whole(run: Run, name: str, arguments: dict[str, Any]) -> Any:
    sandbox = Sandbox()
    policy = Policy(allow_preference_replacement=True)
    answer(message(run, typed(sandbox, name, policy, strict=True), **arguments))
    return sandbox.requests[0]


def test_there_is_a_case_for_every_call() -> None:
    assert {case.call.kind for case in SINGLE_CASES} == set(SINGLE_CALLS)
