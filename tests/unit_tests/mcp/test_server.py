"""The server shows and says what the LangChain tools do, to clients of both eras."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from langchain_core.messages import ToolMessage
from langchain_core.runnables.config import var_child_runnable_config
from langchain_core.utils.function_calling import convert_to_openai_tool

from langchain_customerio import ConfigurationError, CustomerioPipelinesToolkit, PipelinesClient, Policy
from langchain_customerio.api.calls import CALLS
from langchain_customerio.sandbox import Sandbox
from tests.mcp_clients import Era, connected, refused, text
from tests.tool_calls import tool_call, toolkit

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

STYLES = ("two_mode", "typed")
TRACK = "customerio_track_user_event"
DELETE = {"userId": "ada", "event": "User Deleted"}


def execute(body: object, **more: Any) -> dict[str, Any]:
    """Return the arguments with which a model sends a body."""
    return {"mode": "execute", "request_body": body, **more}


@pytest.mark.parametrize("style", STYLES)
async def test_a_client_sees_the_names_texts_and_schemas_that_langchain_shows(style: Any, era: Era) -> None:
    kit = toolkit(Sandbox(), style=style)
    async with connected(kit.mcp_server(), era) as client:
        listed = (await client.list_tools()).tools
    shown = [convert_to_openai_tool(tool)["function"] for tool in kit.get_tools()]
    assert [
        {"name": tool.name, "description": tool.description, "parameters": tool.input_schema} for tool in listed
    ] == shown


def hints(policy: Policy, style: Any) -> dict[str, tuple[Any, ...]]:
    """Return whether each tool only reads, destroys, and may be repeated."""
    server = toolkit(Sandbox(), style=style, policy=policy).mcp_server()
    listed = asyncio.run(server.list_tools())
    found = {tool.name: tool.annotations for tool in listed}
    return {
        name: (hint.read_only_hint, hint.destructive_hint, hint.idempotent_hint)
        for name, hint in found.items()
        if hint is not None
    }


READS, ADDS, SETS, DESTROYS = (True, False, True), (False, False, False), (False, False, True), (False, True, True)


def test_the_hints_are_true_of_a_tool_under_its_policy() -> None:
    usual = hints(Policy(), "two_mode")
    assert usual[TRACK] == usual["customerio_send_page_view_event"] == ADDS
    assert usual["customerio_add_to_group"] == SETS
    assert usual["customerio_alias_user_identity"] == DESTROYS
    assert hints(Policy(allow_destructive=True), "two_mode")[TRACK] == (False, True, False)
    assert hints(Policy(allow_destructive=["Object Deleted"]), "two_mode")[TRACK] == (False, True, False)
    assert hints(Policy(allow_alias=False), "two_mode")["customerio_send_batch_requests"] == ADDS
    typed = hints(Policy(allow_destructive=True), "typed")
    assert typed["customerio_delete_person"] == DESTROYS
    assert typed["customerio_add_device"] == typed["customerio_set_subscription"] == SETS


@pytest.mark.parametrize("style", STYLES)
def test_where_nothing_is_sent_all_tools_only_read(style: Any) -> None:
    assert set(hints(Policy(dry_run=True, allow_destructive=True), style).values()) == {READS}


@pytest.mark.parametrize("style", STYLES)
async def test_the_list_is_the_same_each_time_and_says_how_long_it_is_good(style: Any, era: Era) -> None:
    first, second = (toolkit(Sandbox(), style=style).mcp_server() for _ in range(2))
    async with connected(first, era) as one, connected(second, era) as other:
        listed = await one.list_tools()
        assert listed.tools == (await other.list_tools()).tools
    if era == "2026-07-28":
        assert (listed.ttl_ms, listed.cache_scope) == (300_000, "private")


async def test_a_call_arrives_and_gives_the_model_a_text_and_the_program_the_receipt(era: Era) -> None:
    sandbox = Sandbox()
    body = {"userId": "ada", "event": "Signed Up"}
    async with connected(toolkit(sandbox).mcp_server(), era) as client:
        result = await client.call_tool(TRACK, execute(body, enable_strict_validation="1"))
    [event] = sandbox.events
    assert (event.name, event.user_id) == ("Signed Up", "ada")
    read, structured = json.loads(text(result)), result.structured_content
    assert (read["status"], read["message_id"]) == ("accepted", event.message_id)
    assert structured is not None
    assert (structured["status"], structured["message_ids"]) == ("accepted", [event.message_id])
    assert structured["requests"][0]["http_status"] == 200


@pytest.mark.parametrize("style", STYLES)
async def test_what_a_program_gets_is_what_the_output_schema_says(style: Any, era: Era) -> None:
    batch = {"batch": [{"type": "identify", "userId": "ada"}, {"type": "track", "userId": "ada"}]}
    name = "customerio_send_batch_requests" if style == "two_mode" else "customerio_batch"
    arguments = execute(batch) if style == "two_mode" else {"calls": batch["batch"]}
    kit = toolkit(Sandbox(), style=style, policy=Policy(send_valid_items=True))
    async with connected(kit.mcp_server(), era) as client:
        schemas = {tool.name: tool.output_schema for tool in (await client.list_tools()).tools}
        result = await client.call_tool(name, arguments)
        dry = toolkit(Sandbox(), style=style, policy=Policy(dry_run=True))
        async with connected(dry.mcp_server(), era) as other:
            shown = await other.call_tool(
                name, execute(batch["batch"][:1]) if style == "two_mode" else {"calls": batch["batch"][:1]}
            )
    schema = schemas[name]
    assert schema is not None
    Draft202012Validator.check_schema(schema)
    for found in (result, shown):
        Draft202012Validator(schema).validate(found.structured_content)
    assert result.structured_content is not None
    assert result.structured_content["status"].startswith("partly_")
    assert not Draft202012Validator(schema).is_valid({"status": "surely"})


async def test_the_schema_of_a_body_is_shown_and_sends_nothing(era: Era) -> None:
    sandbox = Sandbox()
    async with connected(toolkit(sandbox).mcp_server(), era) as client:
        result = await client.call_tool(TRACK, {"mode": "get_request_schema"})
    assert result.structured_content == json.loads(text(result))
    assert json.loads(text(result))["example"]["event"] == "Order Completed"
    assert sandbox.ledger == []


def in_langchain(tools: list[BaseTool], name: str, arguments: dict[str, Any]) -> str:
    """Return what a model reads of a refusal in LangChain."""
    [tool] = [tool for tool in tools if tool.name == name]
    found = tool.invoke(tool_call(tool, arguments))
    assert isinstance(found, ToolMessage)
    assert found.status == "error"
    return str(found.content)


WRONG: list[tuple[str, dict[str, Any]]] = [
    (TRACK, {}),
    (TRACK, {"mode": "delete"}),
    (TRACK, {"mode": "execute", "body": "{}"}),
    (TRACK, execute("{")),
    (TRACK, execute('{"userId": "ada", "userId": "bob", "event": "Signed Up"}')),
    (TRACK, execute({"event": "Signed Up"})),
    (TRACK, execute(DELETE)),
    (TRACK, execute("x" * 300_000)),
    (TRACK, {"mode": "execute", "config": {"configurable": {"thread_id": "t"}}, "runtime": 1}),
    ("customerio_send_batch_requests", execute({"batch": [DELETE]})),
]


@pytest.mark.parametrize(("name", "arguments"), WRONG)
async def test_a_wrong_call_is_a_result_with_the_words_that_langchain_has_for_it(
    name: str, arguments: dict[str, Any], era: Era
) -> None:
    sandbox = Sandbox()
    kit = toolkit(sandbox)
    async with connected(kit.mcp_server(), era) as client:
        result = await client.call_tool(name, arguments)
    assert refused(result) == in_langchain(kit.get_tools(), name, arguments)
    assert sandbox.ledger == []


async def test_what_the_api_refuses_is_a_result_too_even_where_a_program_wants_exceptions(era: Era) -> None:
    sandbox = Sandbox(["another-key"])
    client = PipelinesClient(
        "a-wrong-key", base_url="https://sandbox.invalid/v1", async_transport=sandbox.async_transport
    )
    kit = toolkit(sandbox, client=client, handle_tool_errors=False)
    async with connected(kit.mcp_server(), era) as connection:
        body = {"userId": "ada", "event": "Signed Up"}
        result = await connection.call_tool(TRACK, execute(body, enable_strict_validation="1"))
    assert refused(result).startswith("sandbox.invalid answered 401")


async def test_a_tool_that_there_is_not_is_a_refusal(era: Era) -> None:
    async with connected(toolkit(Sandbox()).mcp_server(), era) as client:
        assert "customerio_drop" in refused(await client.call_tool("customerio_drop", {}))


async def test_a_fault_of_the_programs_own_says_nothing_of_itself_to_the_client(
    era: Era, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: Any) -> PipelinesClient:
        raise ValueError("ada@example.com")

    async with connected(toolkit(Sandbox(), client=broken).mcp_server(), era) as client:
        result = await client.call_tool(TRACK, execute({"userId": "ada", "event": "Signed Up"}))
    assert refused(result) == f"Error executing tool {TRACK}"


@pytest.mark.parametrize("style", STYLES)
async def test_the_instructions_are_the_servers_and_a_resource(style: Any, era: Era) -> None:
    kit = toolkit(Sandbox(), style=style, policy=Policy(approve="risky"))
    async with connected(kit.mcp_server(), era) as client:
        assert client.instructions == kit.instructions()
        [content] = (await client.read_resource("customerio://instructions")).contents
    assert getattr(content, "text", None) == kit.instructions()


async def test_the_resources_are_the_instructions_the_events_and_each_schema(era: Era) -> None:
    async with connected(toolkit(Sandbox()).mcp_server(), era) as client:
        uris = [str(resource.uri) for resource in (await client.list_resources()).resources]
        read = {uri: (await client.read_resource(uri)).contents[0] for uri in uris}
    assert uris == [
        "customerio://instructions",
        "customerio://events",
        *(f"customerio://schemas/{kind}" for kind in CALLS),
    ]
    events = json.loads(getattr(read["customerio://events"], "text", ""))
    assert {"name", "effect", "needs", "irreversible", "allowed"} == set(events[0])
    schema = json.loads(getattr(read["customerio://schemas/track"], "text", ""))
    assert schema["request_body_schema"]["required"] == ["event"]


async def test_without_a_client_one_from_the_environment_serves_all_calls(
    era: Era, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = CustomerioPipelinesToolkit(policy=Policy(dry_run=True)).mcp_server()
    body = execute({"userId": "ada", "event": "Signed Up"})
    async with connected(server, era) as client:
        assert "No Customer.io key" in refused(await client.call_tool(TRACK, body))
        monkeypatch.setenv("CUSTOMERIO_API_KEY", "a-key-for-tests")
        for _ in range(2):
            assert json.loads(text(await client.call_tool(TRACK, body)))["status"] == "dry_run"


async def test_two_calls_from_within_a_graph_are_two_events(era: Era) -> None:
    """A server in the process of the graph would else take the graph's thread for its own, and repeat its ids."""
    sandbox = Sandbox()
    in_graph = {"configurable": {"thread_id": "t"}, "metadata": {"langgraph_step": 1}}
    token = var_child_runnable_config.set(in_graph)  # type: ignore[arg-type] # as LangGraph sets it
    try:
        for _ in range(2):
            async with connected(toolkit(sandbox).mcp_server(), era) as client:
                await client.call_tool(TRACK, execute({"userId": "ada", "event": "Signed Up"}))
    finally:
        var_child_runnable_config.reset(token)
    assert len({event.message_id for event in sandbox.events}) == 2


async def test_the_limit_of_writes_holds_for_all_clients_of_a_server(era: Era) -> None:
    sandbox = Sandbox()
    server = toolkit(sandbox, policy=Policy(max_writes=1)).mcp_server()
    body = execute({"userId": "ada", "event": "Signed Up"})
    async with connected(server, era) as first, connected(server, era) as second:
        assert not (await first.call_tool(TRACK, body)).is_error
        assert "This run may make 1 call" in refused(await second.call_tool(TRACK, body))
    assert len(sandbox.events) == 1


async def test_the_log_names_tools_and_results_and_no_data(era: Era, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "langchain_customerio")
    async with connected(toolkit(Sandbox()).mcp_server(), era) as client:
        await client.call_tool(TRACK, execute({"userId": "ada@example.com", "event": "Signed Up"}))
        await client.call_tool(TRACK, execute({"userId": "ada@example.com", "evnt": "Signed Up"}))
    own = [record for record in caplog.records if record.name == "langchain_customerio.mcp"]
    assert [record.getMessage().split(" in ")[0] for record in own] == [f"{TRACK}: done", f"{TRACK}: refused"]
    assert "ada@example.com" not in caplog.text
    assert "Signed Up" not in caplog.text


@pytest.mark.parametrize("token", ["short", "with a space in the middle", "ümlaut-in-a-bearer-token"])
def test_a_token_that_is_no_secret_is_refused_at_once(token: str) -> None:
    with pytest.raises(ConfigurationError, match="at least 16 characters") as caught:
        CustomerioPipelinesToolkit().mcp_server(token=token)
    assert token not in str(caught.value)


def test_a_state_key_that_is_too_short_is_refused_at_once() -> None:
    with pytest.raises(ConfigurationError, match="at least 32 bytes"):
        CustomerioPipelinesToolkit().mcp_server(state_keys=["short"])
