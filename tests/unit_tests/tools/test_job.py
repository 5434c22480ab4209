"""One tool call on its way: whatever the policy, each stage of the gate sees each call once."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from langchain_customerio import Policy
from langchain_customerio.api import batching, lint
from langchain_customerio.api.calls import Call
from langchain_customerio.sandbox import Sandbox
from tests.tool_calls import answer, error, execute, message, tool

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType

    from tests.conftest import Run

GOOD = {"type": "track", "userId": "ada", "event": "Paid"}
MALFORMED = {"type": "track", "userId": "ada"}
LARGE = {**GOOD, "properties": {"note": "x" * 32_000}}
ITEMS = [GOOD, MALFORMED, GOOD, LARGE, GOOD, GOOD, GOOD, GOOD, GOOD, GOOD]
POLICIES = {
    "none": Policy(),
    "good items": Policy(send_valid_items=True),
    "limits": Policy(send_valid_items=True, max_writes=1_000, max_batch=100),
    "lists": Policy(send_valid_items=True, max_writes=1_000, events=["Paid"], traits=["!email"], person="ada"),
    "dry run": Policy(send_valid_items=True, max_writes=1_000, dry_run=True),
}

STAGES: dict[str, CodeType] = {
    "parsed": Call.parse.__func__.__code__,  # type: ignore[attr-defined] # it is a classmethod
    "checked": Policy.check_item.__code__,
    "linted": lint._warnings.__code__,
    "encoded": batching.encode_checked.__code__,
}


def passes(work: Callable[[], object]) -> Counter[str]:
    """Return how often each stage ran while something was done."""
    names = {code: name for name, code in STAGES.items()}
    seen: Counter[str] = Counter()

    def look(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code in names:
            seen[names[frame.f_code]] += 1

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        work()
    finally:
        sys.setprofile(before)
    return seen


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
def test_a_call_passes_each_stage_once(run: Run, policy: Policy) -> None:
    of = tool(Sandbox(), "track", policy=policy)
    found = passes(lambda: answer(execute(run, of, {"userId": "ada", "event": "Paid"})))
    assert found == {"parsed": 1, "checked": 1, "linted": 1, "encoded": 1}


@pytest.mark.parametrize("name", [name for name in POLICIES if name != "none"])
def test_each_item_of_a_batch_passes_each_stage_once_also_beside_bad_ones(run: Run, name: str) -> None:
    of = tool(Sandbox(), "batch", policy=POLICIES[name])
    read: list[Any] = []
    found = passes(lambda: read.append(answer(execute(run, of, {"batch": ITEMS}))))
    assert list(read[0]["not_sent"]) == ["1", "3"]
    around = 1  # the batch without its items
    assert found == {"parsed": len(ITEMS) + around, "checked": 9, "linted": 8, "encoded": 9}


def test_a_repeat_names_the_argument_for_the_id_and_an_id_in_the_wrong_place_is_moved(run: Run) -> None:
    for style, name, arguments, where in (
        ("two_mode", "track", {"mode": "execute", "request_body": {"userId": "ada", "event": "Paid"}}, "request_body"),
        ("typed", "customerio_track", {"user_id": "ada", "event": "Paid"}, "other_fields"),
    ):
        sandbox = Sandbox()
        sandbox.fail(status=503, times=3, applied=True)
        of = tool(sandbox, name, style=style)
        text = error(message(run, of, **arguments))
        assert f" in {where}, by which Customer.io can recognise it." in text
        first = sandbox.accepted_calls[0].message_id
        assert f'"messageId": "{first}"' in text
        inside = {"total": 20, "messageId": first}
        if style == "typed":
            read = message(run, of, **arguments, properties=inside)
        else:
            read = execute(run, of, {"userId": "ada", "event": "Paid", "properties": inside})
        assert answer(read)["message_id"] == first
        [moved] = answer(read)["corrections"]
        assert moved.endswith("moved from properties.messageId")
        assert len({call.message_id for call in sandbox.accepted_calls}) == 1


def test_an_id_of_another_shape_in_the_properties_is_data_and_stays(run: Run) -> None:
    sandbox = Sandbox()
    body = {"userId": "ada", "event": "Message Sent", "properties": {"messageId": "mail-17"}}
    told = answer(execute(run, tool(sandbox, "track"), body))
    assert "corrections" not in told
    assert sandbox.accepted_calls[0].call["properties"] == {"messageId": "mail-17"}


def test_after_retries_the_answer_says_so(run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=503, times=1)
    told = answer(execute(run, tool(sandbox, "track"), {"userId": "ada", "event": "Paid"}))
    assert (told["status"], told["attempts"]) == ("received", 2)


@pytest.mark.parametrize("style", ["two_mode", "typed"])
def test_a_key_from_an_async_function_serves_a_policy_that_needs_to_know_the_workspace(style: str) -> None:
    import asyncio  # noqa: PLC0415 - this test alone is async by nature

    async def key() -> str:
        return "a-key-from-a-vault"

    sandbox = Sandbox()
    of = tool(sandbox, "identify", client=sandbox.client(api_key=key), policy=Policy(max_writes=1), style=style)
    arguments = {"user_id": "ada"} if style == "typed" else {"mode": "execute", "request_body": '{"userId": "ada"}'}
    assert asyncio.run(of.ainvoke(arguments))["status"] in {"accepted", "received"}
    assert "may make 1 call" in asyncio.run(of.ainvoke(arguments))
