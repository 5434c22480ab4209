"""The names that act: which they are, what they need, and which other names a reader would take for them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_customerio.api.semantic_events import ACTING_EVENTS, IRREVERSIBLE, resembles
from langchain_customerio.tools.typed import TYPED_TOOLS

NAMES = sorted(ACTING_EVENTS)


def test_the_table_holds_the_events_that_customer_io_documents() -> None:
    assert {name: (event.irreversible, event.identity, event.payload) for name, event in ACTING_EVENTS.items()} == {
        "User Deleted": (True, "userId", ()),
        "User Suppressed": (True, "userId", ()),
        "User Unsuppressed": (False, "userId", ()),
        "Object Deleted": (True, "anonymousId", ("properties.objectId",)),
        "Relationship Deleted": (False, "userId", ("properties.objectId",)),
        "Device Created or Updated": (False, "userId", ("context.device.token", "context.device.type")),
        "Device Deleted": (False, "userId", ("context.device.token", "context.device.type")),
        "Report Delivery Event": (False, "", ("properties.deliveryId", "properties.metric")),
        "Report Content Event": (False, "", ("properties.actionType",)),
    }
    assert {"User Deleted", "User Suppressed", "Object Deleted"} == IRREVERSIBLE


def test_a_tool_that_an_event_names_exists_and_sends_that_event() -> None:
    sent = {str(tool.model_fields["name"].default): tool.event for tool in TYPED_TOOLS if tool.event}
    assert sent == {event.tool: event.name for event in ACTING_EVENTS.values() if event.tool}


@pytest.mark.parametrize("name", NAMES)
def test_an_exact_name_is_that_event(name: str) -> None:
    assert resembles(name) is ACTING_EVENTS[name]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("user deleted", "User Deleted"),
        ("User  Deleted ", "User Deleted"),
        ("\tUser\u00a0Deleted\n", "User Deleted"),
        ("user_deleted", "User Deleted"),
        ("USER-DELETED", "User Deleted"),
        ("userDeleted", "User Deleted"),
        ("Us\u0435r D\u0435l\u0435t\u0435d", "User Deleted"),  # Cyrillic e
        ("User\u200b Dele\u00adted", "User Deleted"),  # zero width space, soft hyphen
        ("\u202eUser Deleted", "User Deleted"),  # right-to-left override
        ("\uff35\uff53\uff45\uff52 Deleted", "User Deleted"),  # full width
        ("\U0001d414ser Deleted", "User Deleted"),  # mathematical bold
        ("\u00dc\u0161\u00e9r Deleted", "User Deleted"),  # accents
        (f"User{' ' * 9_000}Deleted", "User Deleted"),
        ("User De\u0142eted", "User Deleted"),  # a letter that is not in the table of look-alikes
        ("User De1eted", "User Deleted"),
        ("U$er Deleted", "User Deleted"),
        ("User Deleted!", "User Deleted"),
        ("User Deletd", "User Deleted"),
        ("User Deletedd", "User Deleted"),
        ("User Deketed", "User Deleted"),
        ("Usre Deleted", "User Deleted"),
        ("Delete Person", "User Deleted"),
        ("delete_user", "User Deleted"),
        ("User Supressed", "User Suppressed"),
        ("Suppress Person", "User Suppressed"),
        ("user unsuppressed", "User Unsuppressed"),
        ("User Unsupressed", "User Unsuppressed"),
        ("Group Deleted", "Object Deleted"),
        ("0bject Deleted", "Object Deleted"),
        ("Delete Relationship", "Relationship Deleted"),
        ("Create Device", "Device Created or Updated"),
        ("device created/or/updated", "Device Created or Updated"),
        ("device_deleted", "Device Deleted"),
        ("Remove Device", "Device Deleted"),
        ("report delivery event", "Report Delivery Event"),
        ("Report Content", "Report Content Event"),
    ],
)
def test_a_name_that_a_reader_would_take_for_an_event_is_taken_for_it(written: str, meant: str) -> None:
    found = resembles(written)
    assert found is not None
    assert found.name == meant


@pytest.mark.parametrize(
    "name",
    [
        "Order Completed",
        "Signed Up",
        "User Created",
        "User Detected",
        "User Selected",
        "Account Deleted",
        "Delivery Event",
        "Email Unsubscribed",
        "Application Uninstalled",
        "Deleted",
        "用户已经完成了他的订单",  # as many unknown letters as an event's name has letters
        "用户 Deleted",
        "",
        "!",
    ],
)
def test_an_ordinary_name_is_no_event(name: str) -> None:
    assert resembles(name) is None


@given(st.sampled_from(NAMES), st.data())
def test_case_and_what_stands_between_the_letters_make_no_difference(name: str, data: st.DataObject) -> None:
    between = st.text(st.sampled_from(" \t\n_-./\u00a0\u200b\u2060\ufeff\u0301"), max_size=2)
    written = "".join(data.draw(st.sampled_from((c.lower(), c.upper()))) + data.draw(between) for c in name)
    assert resembles(written) is ACTING_EVENTS[name]


@given(st.text(max_size=40))
def test_any_text_gets_an_answer_and_only_the_exact_name_is_exact(text: str) -> None:
    found = resembles(text)
    assert found is None or found.name in ACTING_EVENTS
    assert (text in ACTING_EVENTS) <= (found is not None and found.name == text)


DEVICE: dict[str, Any] = {"token": "t1", "type": "ios"}


@pytest.mark.parametrize(
    ("name", "body", "faults"),
    [
        ("User Deleted", {"userId": "ada"}, {}),
        ("User Deleted", {"anonymousId": "ada"}, {"userId": "is required"}),
        ("User Deleted", {"userId": ""}, {"userId": "is required"}),
        ("Object Deleted", {"anonymousId": "x", "properties": {"objectId": "acme"}}, {}),
        ("Object Deleted", {"anonymousId": "x", "properties": {"objectId": 7}}, {}),
        ("Object Deleted", {"anonymousId": "x", "properties": {"objectId": True}}, {"properties.objectId": "string"}),
        ("Object Deleted", {"anonymousId": "x", "properties": {"objectId": ["a"]}}, {"properties.objectId": "string"}),
        ("Object Deleted", {"anonymousId": "x", "properties": {}}, {"properties.objectId": "required"}),
        ("Object Deleted", {"properties": {"objectId": "acme"}}, {"anonymousId": "is required (any text will do)"}),
        (
            "Relationship Deleted",
            {"userId": "ada", "properties": {"objectId": "c-7", "object_type_id": "2"}},
            {"properties.object_type_id": "must be written objectTypeId"},
        ),
        (
            "Relationship Deleted",
            {"userId": "ada", "properties": {"objectId": "c-7", "objectTypeId": "2", "object_type_id": "2"}},
            {},
        ),
        ("Device Deleted", {"userId": "ada", "context": {"device": DEVICE}}, {}),
        (
            "Device Deleted",
            {"userId": "ada", "properties": {"device": DEVICE}},
            {"context.device.token": "required", "context.device.type": '"ios" or "android"'},
        ),
        (
            "Device Deleted",
            {"userId": "ada", "context": {"device": {"token": 5, "type": "windows"}}},
            {"context.device.token": "string", "context.device.type": 'needs "ios" or "android"'},
        ),
        ("Device Deleted", {"userId": "ada", "context": {"device": "t1"}}, {"context.device.token": "required"}),
        ("Report Delivery Event", {"properties": {"deliveryId": "d", "metric": "opened"}}, {}),
        (
            "Report Delivery Event",
            {"properties": {"deliveryId": "d", "metric": "read"}},
            {"properties.metric": 'needs "delivered" or "opened" or "clicked" or "converted"'},
        ),
        ("Report Content Event", {"properties": {"actionType": "viewed_content"}}, {}),
        ("Report Content Event", {}, {"properties.actionType": 'needs "viewed_content" or "clicked_content"'}),
    ],
)
def test_what_an_event_lacks_is_said_by_path(name: str, body: dict[str, Any], faults: dict[str, str]) -> None:
    found = {problem.field: problem.message for problem in ACTING_EVENTS[name].faults(body)}
    assert found.keys() >= faults.keys()
    assert bool(found) == bool(faults)
    assert all(words in found[path] for path, words in faults.items())
