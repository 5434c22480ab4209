"""The typed tools: what each does to a workspace, and what it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from langchain_customerio import Policy
from langchain_customerio.sandbox import Sandbox
from tests.tool_calls import answer, error, message
from tests.typed_tools import (
    ACME,
    ADA,
    BEFORE,
    BOB,
    DESTRUCTIVE,
    GENTLE,
    MEMBER,
    PHONE,
    event,
    state,
    typed,
    with_preference,
    workspace,
)

if TYPE_CHECKING:
    from tests.conftest import Run

TIME = "2026-11-20T08:00:00Z"
EFFECTS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "identify",
        {"user_id": "ada", "traits": '{"plan": "pro"}', "anonymous_id": "v7"},
        {"people": [{**ADA, "traits": {**ADA["traits"], "plan": "pro"}, "anonymous_ids": ["v7"]}, BOB]},
    ),
    ("identify", {"anonymous_id": "v7"}, {"anonymous": ["v7"]}),
    (
        "track",
        {"user_id": "ada", "event": "Order Completed", "properties": '{"total": 20}', "timestamp": TIME},
        {"events": [event("Order Completed", at="2026-11-20T08:00:00+00:00", total=20)]},
    ),
    (
        "page",
        {
            "user_id": "ada",
            "name": "Pricing",
            "url": "https://example.com/pricing",
            "title": "Prices",
            "properties": '{"variant": "b"}',
        },
        {"events": [event("Pricing", "page", url="https://example.com/pricing", title="Prices", variant="b")]},
    ),
    (
        "screen",
        {"user_id": "ada", "name": "Settings", "properties": {"tab": "billing"}},
        {"events": [event("Settings", "screen", tab="billing")]},
    ),
    (
        "group",
        {"group_id": "crew", "object_type_id": "2", "traits": '{"name": "Crew"}', "user_id": "bob"},
        {
            "objects": [ACME, {"type_id": "2", "id": "crew", "traits": {"name": "Crew"}}],
            "relationships": [MEMBER, {"user_id": "bob", "type_id": "2", "object_id": "crew", "attributes": {}}],
        },
    ),
    (
        "group",
        {"group_id": "acme", "user_id": "ada", "relationship": '{"role": "admin"}'},
        {"relationships": [{**MEMBER, "attributes": {"role": "admin"}}]},
    ),
    ("alias", {"previous_id": "bob", "user_id": "ada"}, {"people": [ADA], "aliases": {"bob": "ada"}}),
    (
        "batch",
        {
            "calls": '[{"type": "identify", "userId": "bob", "traits": {"plan": "pro"}},'
            ' {"type": "track", "userId": "bob", "event": "Upgraded"}]'
        },
        {"people": [ADA, {**BOB, "traits": {"plan": "pro"}}], "events": [event("Upgraded", who="bob")]},
    ),
    (
        "set_subscription",
        {"user_id": "ada", "what": "topic", "name": "topic_2", "subscribed": False},
        with_preference("topics.topic_2", wanted=False),
    ),
    (
        "set_subscription",
        {"user_id": "ada", "what": "channel", "name": "email", "subscribed": False},
        with_preference("channels.email", wanted=False),
    ),
    (
        "set_subscription",
        {"user_id": "ada", "what": "channel", "name": "in_app", "subscribed": True},
        with_preference("channels.in_app", wanted=True),
    ),
    (
        "set_subscription",
        {"user_id": "ada", "what": "everything", "name": "", "subscribed": False},
        {"people": [{**ADA, "traits": {**ADA["traits"], "unsubscribed": True}, "unsubscribed": True}, BOB]},
    ),
    (
        "set_subscription",
        {"user_id": "ada", "what": "everything", "subscribed": True},
        {"people": [{**ADA, "traits": {**ADA["traits"], "unsubscribed": False}}, BOB]},
    ),
    (
        "add_device",
        {"user_id": "bob", "token": "t2", "platform": "android", "attributes": '{"colour": "red"}'},
        {"devices": [PHONE, {"user_id": "bob", "type": "android", "token": "t2"}]},
    ),
    ("remove_device", {"user_id": "ada", "token": "t1", "platform": "ios"}, {"devices": []}),
    ("remove_from_object", {"user_id": "ada", "object_id": "acme"}, {"relationships": []}),
    ("remove_from_object", {"user_id": "ada", "object_id": "acme", "object_type_id": "2"}, {}),
    ("unsuppress_person", {"user_id": "eve@example.com"}, {"suppressed": []}),
    ("delete_person", {"user_id": "ada"}, {"people": [BOB], "relationships": [], "devices": []}),
    (
        "suppress_person",
        {"user_id": "ada"},
        {"people": [BOB], "relationships": [], "devices": [], "suppressed": ["ada", "eve@example.com"]},
    ),
    ("delete_object", {"object_id": "acme", "object_type_id": "1"}, {"objects": [], "relationships": []}),
    ("delete_object", {"object_id": "acme", "object_type_id": "2"}, {}),
]


@pytest.mark.parametrize(("name", "arguments", "after"), EFFECTS, ids=lambda value: str(value)[:60])
def test_a_tool_does_one_thing_to_the_workspace_and_nothing_else(
    run: Run, name: str, arguments: dict[str, Any], after: dict[str, Any]
) -> None:
    sandbox = workspace()
    assert state(sandbox) == BEFORE
    read = message(run, typed(sandbox, name, strict=True), **arguments)
    assert answer(read)["status"] == "accepted"
    assert state(sandbox) == BEFORE | after


def test_every_tool_has_been_seen_at_work() -> None:
    assert {name for name, *_ in EFFECTS} == {*GENTLE, *DESTRUCTIVE}


def test_what_a_device_is_told_is_kept_with_it(run: Run) -> None:
    sandbox = workspace()
    of = typed(sandbox, "add_device")
    answer(
        message(
            run,
            of,
            user_id="bob",
            token="t2",
            platform="android",
            attributes={"colour": "red"},
            other_fields='{"context": {"app": {"namespace": "com.example"}, "device": {"model": "5"}}}',
        )
    )
    device = sandbox.devices["bob", "t2"]
    assert (device.attributes, device.app) == ({"colour": "red"}, "com.example")
    assert sandbox.ledger[-1].json["context"]["device"] == {"model": "5", "token": "t2", "type": "android"}  # type: ignore[index] # the JSON of a call


# The same policy, receipts and honesty


def test_a_typed_tool_tells_what_every_tool_tells(run: Run) -> None:
    sandbox = workspace()
    for strict, status in ((False, "received"), (True, "accepted")):
        read = message(run, typed(sandbox, "track", strict=strict), user_id="ada", event="Signed Up")
        told = answer(read)
        assert (told["status"], told["message_id"]) == (status, read.artifact.message_ids[0])
        assert sandbox.ledger[-1].headers.get("x-strict-mode") == ("1" if strict else None)
    assert [event.message_id for event in sandbox.events] == [call.message_id for call in sandbox.accepted_calls[-2:]]


def test_a_wrong_key_is_an_error_in_strict_mode(run: Run) -> None:
    sandbox = Sandbox(keys={"right"})
    of = typed(sandbox, "identify", client=sandbox.client(api_key="wrong"), strict=True)
    assert "answered 401" in error(message(run, of, user_id="ada"))


def test_a_dry_run_shows_the_request_and_sends_nothing(run: Run) -> None:
    sandbox = workspace()
    of = typed(sandbox, "delete_object", Policy(dry_run=True, allow_destructive=True))
    [request] = message(run, of, object_id="acme").artifact.previews
    assert request.body["event"] == "Object Deleted"
    assert request.body["properties"] == {"objectId": "acme"}
    assert state(sandbox) == BEFORE


def test_the_call_that_would_be_sent_can_be_looked_at_before(run: Run) -> None:
    of: Any = typed(workspace(), "delete_person")
    call = of.would_send({"user_id": "ada"})
    assert call.wire() == {"userId": "ada", "event": "User Deleted"}
    assert of.would_send({}) is None


def test_an_unanswered_call_can_be_repeated_with_the_id_that_the_error_gives(run: Run) -> None:
    sandbox = workspace()
    for name, arguments in (
        ("track", {"user_id": "ada", "event": "Signed Up"}),
        ("set_subscription", {"user_id": "ada", "what": "topic", "name": "1", "subscribed": False}),
    ):
        of = typed(sandbox, name)
        sandbox.fail(reset="after", times=3)
        text = error(message(run, of, **arguments))
        [message_id] = {call.message_id for entry in sandbox.ledger[-3:] for call in entry.calls}
        assert f'"{message_id}"' in text
        answer(message(run, of, **arguments, messageId=message_id))
        last = sandbox.accepted_calls[-1]
        assert (last.message_id, last.duplicate) == (message_id, True)


def test_no_arguments_and_bare_strings_are_refused_with_what_is_needed(run: Run) -> None:
    sandbox = workspace()
    assert error(message(run, typed(sandbox, "track"))) == "Not sent. event: is required."
    assert run.invoke(typed(sandbox, "alias"), "ada is bob") == (
        "Not sent. customerio_alias takes named arguments, not text: previous_id, user_id."
    )
    assert state(sandbox) == BEFORE


def test_the_items_of_a_batch_that_were_left_out_are_named_as_the_model_gave_them(run: Run) -> None:
    sandbox = workspace()
    calls = [{"type": "track", "userId": "ada", "event": "Signed Up"}, {"type": "track", "user_id": " ", "event": "E"}]
    read = message(run, typed(sandbox, "batch", Policy(send_valid_items=True)), calls=calls)
    assert answer(read)["not_sent"] == {"1": "calls[1].userId: is empty: leave it out, or give a value"}
    assert [item.index for item in read.artifact.refused] == [1]
