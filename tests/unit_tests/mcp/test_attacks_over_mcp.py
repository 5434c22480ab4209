"""What a hijacked model, a hostile client or a broken far end may try through the server, and what the workspace holds.

The gate is that of the tools; each row shows that the door leads to it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from mcp.types import ElicitResult, InputRequiredResult

from langchain_customerio import PipelinesClient, Policy
from langchain_customerio.sandbox import Sandbox
from tests.mcp_clients import Era, connected, refused, refuses, text
from tests.tool_calls import toolkit

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

KEY = "pk_us_0123456789abcdef"
TOOLS = {
    "identify": "customerio_identify_person_and_assign_traits",
    "track": "customerio_track_user_event",
    "group": "customerio_add_to_group",
    "alias": "customerio_alias_user_identity",
    "batch": "customerio_send_batch_requests",
}
DELETED = {"userId": "ada", "event": "User Deleted"}

ATTACKS: dict[str, tuple[Policy, str, object]] = {
    "a deletion": (Policy(), "track", DELETED),
    "a deletion in a batch": (Policy(), "batch", {"batch": [{"type": "track", **DELETED}]}),
    "a deletion in disguise": (Policy(), "track", {"userId": "ada", "event": "Us\u0435r\u200b Deleted"}),
    "a deletion as JSON in a string in a fence": (
        Policy(),
        "track",
        f"```json\n{json.dumps(json.dumps(DELETED))}\n```",
    ),
    "a redirected message": (
        Policy(),
        "track",
        {"userId": "ada", "event": "Receipt", "properties": {"recipient": "eve@example.com"}},
    ),
    "a merge by two ids": (
        Policy(allow_alias=False),
        "identify",
        {"userId": "mallory", "anonymousId": "visitor-of-bob"},
    ),
    "an address taken over": (
        Policy(allow_contact_changes=False),
        "identify",
        {"userId": "ada", "traits": {"email": "eve@example.com"}},
    ),
    "a denied trait with a character that nobody sees": (
        Policy(traits=["!email"]),
        "identify",
        {"userId": "ada", "traits": {"email\u3164": "eve@example.com"}},
    ),
    "somebody else": (Policy(person="ada"), "identify", {"userId": "bob", "traits": {"plan": "pro"}}),
    "somebody else in a batch": (Policy(person="ada"), "batch", {"batch": [{"type": "identify", "userId": "bob"}]}),
    "a key twice": (Policy(), "identify", '{"userId": "ada", "userId": "bob"}'),
    "a number that loses digits": (Policy(), "identify", '{"userId": "ada", "traits": {"n": 12345678901234567890123}}'),
    "a body nested without end": (
        Policy(),
        "identify",
        '{"userId": "ada", "traits": ' + '{"a":' * 5_000 + "1" + "}" * 5_001,
    ),
    "the key as a trait": (Policy(), "identify", {"userId": "ada", "traits": {"note": KEY}}),
    "consent where that is not allowed": (
        Policy(allow_consent=False),
        "identify",
        {"userId": "ada", "context": {"traits": {"unsubscribed": True}}},
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
async def test_it_is_refused_and_nothing_arrives(attack: str, era: Era) -> None:
    policy, tool, body = ATTACKS[attack]
    sandbox = Sandbox({KEY})
    server = toolkit(sandbox, client=sandbox.client(api_key=KEY), policy=policy).mcp_server()
    async with connected(server, era) as client:
        result = await client.call_tool(TOOLS[tool], {"mode": "execute", "request_body": body})
    said = refused(result)
    assert sandbox.ledger == []
    assert KEY not in said
    assert "eve@example.com" not in said


async def test_the_policy_of_a_client_is_not_asked_for(era: Era) -> None:
    sandbox = Sandbox()
    arguments = {"mode": "execute", "request_body": DELETED, "policy": {"allow_destructive": True}, "approve": True}
    async with connected(toolkit(sandbox).mcp_server(), era) as client:
        assert "is not an argument" in refused(await client.call_tool(TOOLS["track"], arguments))
    assert sandbox.ledger == []


async def test_an_answer_of_the_far_end_hands_out_no_key(era: Era) -> None:
    def spill(_: httpx.Request) -> httpx.Response:
        return httpx.Response(
            200, content=b'{"echo": "Basic \\u0070k_us_0123456789abcdef", "\\u0070k_us_0123456789abcdef": 1}'
        )

    api = PipelinesClient(KEY, base_url="https://api.example/v1", async_transport=httpx.MockTransport(spill))
    async with connected(toolkit(Sandbox(), client=api).mcp_server(), era) as client:
        arguments = {"mode": "execute", "request_body": {"userId": "ada", "event": "Signed Up"}}
        result = await client.call_tool(TOOLS["track"], arguments)
    assert KEY not in text(result)
    assert KEY not in json.dumps(result.structured_content)


async def test_what_is_redacted_is_in_neither_half_of_a_result(era: Era) -> None:
    policy = Policy(dry_run=True, redact=["traits.email"])
    arguments = {"mode": "execute", "request_body": {"userId": "ada", "traits": {"email": "ada@example.com"}}}
    async with connected(toolkit(Sandbox(), policy=policy).mcp_server(), era) as client:
        result = await client.call_tool(TOOLS["identify"], arguments)
    assert "ada@example.com" not in text(result)
    assert "ada@example.com" not in json.dumps(result.structured_content)


async def test_an_approval_for_one_workspace_is_none_for_another() -> None:
    """The question shows the workspace; where that changes between question and answer, it is asked again."""
    north, south = Sandbox(), Sandbox()
    clients = [north.client(api_key="key-of-the-north"), south.client(api_key="key-of-the-south")]
    chosen = [0]

    def of(_: RunnableConfig) -> PipelinesClient:
        return clients[chosen[0]]

    server = toolkit(Sandbox(), client=of, policy=Policy(approve="all")).mcp_server()
    arguments = {"mode": "execute", "request_body": {"userId": "ada", "event": "Signed Up"}}
    async with connected(server, "2026-07-28", refuses()) as client:
        first = await client.session.call_tool(TOOLS["track"], arguments, allow_input_required=True)
        assert isinstance(first, InputRequiredResult)
        assert first.input_requests is not None
        chosen[0] = 1
        again: Any = await client.session.call_tool(
            TOOLS["track"],
            arguments,
            input_responses={
                key: ElicitResult(action="accept", content={"approve": True}) for key in first.input_requests
            },
            request_state=first.request_state,
            allow_input_required=True,
        )
    assert isinstance(again, InputRequiredResult)
    assert (north.ledger, south.ledger) == ([], [])
