"""`toolkit.interrupt_on()`: which calls wait for a person is said by their arguments, not by the name of the tool."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from langchain_customerio import ConfigurationError, CustomerioPipelinesToolkit, Policy
from langchain_customerio.sandbox import Sandbox
from tests import strategies
from tests.cases import BATCH
from tests.tool_calls import toolkit

if TYPE_CHECKING:
    from langchain_customerio.api.calls import Call

TRACK, BATCHES = "customerio_track_user_event", "customerio_send_batch_requests"
DELETE = {"event": "User Deleted", "userId": "ada"}
PAID = {"event": "Paid", "userId": "ada"}
ALLOWED = Policy(allow_destructive=True)


def execute(body: object) -> dict[str, Any]:
    return {"mode": "execute", "request_body": body}


def waits(of: CustomerioPipelinesToolkit, name: str, arguments: dict[str, Any], **settings: Any) -> bool:
    asked = of.interrupt_on(**settings)[name]["when"](
        SimpleNamespace(tool_call={"name": name, "args": arguments}, runtime=None)
    )
    assert isinstance(asked, bool)
    return asked


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        (TRACK, PAID, False),
        (TRACK, DELETE, True),
        (TRACK, '{"event": "User Deleted", "userId": "ada",}', True),
        (TRACK, '```json\n{"event": "User Deleted", "userId": "ada"}\n```', True),
        (TRACK, {**DELETE, "event": "Device Deleted", "context": {"device": {"token": "t", "type": "IOS"}}}, True),
        (TRACK, {**PAID, "properties": {"recipient": "x"}}, False),  # refused by the tool
        (TRACK, {"event": "User Deleted"}, False),  # refused by the tool
        (TRACK, "{", False),
        ("customerio_identify_person_and_assign_traits", {"userId": "ada", "traits": {"plan": "pro"}}, False),
        ("customerio_identify_person_and_assign_traits", {"userId": "ada", "traits": {"unsubscribed": True}}, True),
        ("customerio_alias_user_identity", {"previousId": "v7", "userId": "ada"}, True),
        (BATCHES, {"batch": [{"type": "track", **PAID}]}, False),
        (BATCHES, {"batch": [{"type": "track", **PAID}, {"type": "track", **DELETE}]}, True),
    ],
)  # fmt: skip
def test_the_arguments_decide_whether_a_call_waits(name: str, body: object, *, expected: bool) -> None:
    assert waits(toolkit(Sandbox(), policy=ALLOWED), name, execute(body)) is expected


def test_the_schema_is_shown_without_asking() -> None:
    arguments = {"mode": "get_request_schema", "request_body": str(DELETE)}
    assert not waits(toolkit(Sandbox(), policy=ALLOWED), TRACK, arguments)


def test_what_the_policy_forbids_is_not_asked_about() -> None:
    assert not waits(toolkit(Sandbox()), TRACK, execute(DELETE))


def test_arguments_that_the_tool_refuses_are_not_asked_about() -> None:
    of = toolkit(Sandbox(), policy=ALLOWED)
    assert not waits(of, TRACK, {"mode": "delete", "request_body": DELETE})
    assert not waits(of, TRACK, execute(DELETE) | {"force": True})
    assert not waits(of, TRACK, {})


def asked(of: CustomerioPipelinesToolkit, arguments: dict[str, Any]) -> str:
    """Return what a reviewer reads of a call; a langchain that knows no conditions asks about every call."""
    runtime = SimpleNamespace(config={"configurable": {}})
    text = of.interrupt_on()[TRACK]["description"]({"name": TRACK, "args": arguments}, None, runtime)
    assert isinstance(text, str)
    return text


def test_of_what_would_send_nothing_there_is_nothing_to_read() -> None:
    assert asked(toolkit(Sandbox()), execute(DELETE)) == ""


def test_where_nobody_knows_the_workspace_the_call_is_shown_all_the_same() -> None:
    def nobody(_: object) -> Any:
        raise ConfigurationError("There is no such workspace.")

    text = asked(CustomerioPipelinesToolkit(client=nobody, policy=ALLOWED), execute(DELETE))
    assert text.startswith('track "User Deleted" for "ada"')


def test_a_rule_of_your_own_says_what_waits() -> None:
    def is_group(call: Call) -> bool:
        return call.kind == "group"

    of = toolkit(Sandbox(), policy=ALLOWED)
    assert waits(of, "customerio_add_to_group", execute({"groupId": "acme"}), risky=is_group)
    assert not waits(of, TRACK, execute(DELETE), risky=is_group)


@pytest.mark.parametrize(("style", "name"), [("two_mode", BATCHES), ("typed", "customerio_batch")])
def test_a_rule_of_your_own_is_asked_about_each_item_of_a_batch(style: Any, name: str) -> None:
    def is_alias(call: Call) -> bool:
        return call.kind == "alias"

    of = toolkit(Sandbox(), policy=ALLOWED, style=style)
    merging = [{"type": "track", **PAID}, {"type": "alias", "previousId": "v7", "userId": "ada"}]
    for items, expected in ((merging, True), (merging[:1], False)):
        arguments = execute({"batch": items}) if style == "two_mode" else {"calls": items}
        assert waits(of, name, arguments, risky=is_alias) is expected


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("customerio_track", {"event": "Paid", "user_id": "ada"}, False),
        ("customerio_delete_person", {"user_id": "ada"}, True),
        ("customerio_set_subscription", {"user_id": "ada", "what": "everything", "subscribed": False}, True),
        ("customerio_remove_device", {"user_id": "ada", "token": "t", "platform": "ios"}, True),
        ("customerio_batch", {"calls": '[{"type": "track", "event": "User Deleted", "userId": "ada"}]'}, True),
        ("customerio_batch", {"calls": '[{"type": "track", "event": "Paid", "userId": "ada"}]'}, False),
    ],
)
def test_typed_tools_wait_by_their_arguments_too(name: str, arguments: dict[str, Any], *, expected: bool) -> None:
    assert waits(toolkit(Sandbox(), policy=ALLOWED, style="typed"), name, arguments) is expected


@given(strategies.near(BATCH))
def test_a_call_that_runs_without_asking_does_nothing_risky(body: Any) -> None:
    sandbox = Sandbox()
    of = toolkit(sandbox, policy=Policy(allow_destructive=True, allow_redirects=True), tools=("batch",))
    if not waits(of, BATCHES, execute(body)):
        of.get_tools()[0].invoke(execute(body))
    assert (sandbox.deleted, sandbox.aliases, sandbox.devices) == ([], {}, {})
