"""An agent that has the tools from an MCP server, through `langchain.mcp`."""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING, Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from langchain_customerio import Policy
from langchain_customerio.sandbox import Sandbox
from tests.graphs import scripted
from tests.tool_calls import toolkit

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # `langchain.mcp` says that it is a beta
    from langchain.mcp import MCPAdapter

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

THREAD: RunnableConfig = {"configurable": {"thread_id": "t"}}


def turns(*calls: tuple[str, dict[str, Any]]) -> list[AIMessage]:
    """Return the turns of a model that makes some calls, one after the other, and is done."""
    made = [AIMessage("", tool_calls=[{"name": name, "args": arguments, "id": "x"}]) for name, arguments in calls]
    return [*made, AIMessage("Done.")]


def tool_messages(state: Any) -> list[ToolMessage]:
    """Return what the tools said."""
    return [message for message in state["messages"] if isinstance(message, ToolMessage)]


async def test_an_irreversible_call_interrupts_the_graph_and_goes_on_with_the_typed_id() -> None:
    sandbox = Sandbox()
    policy = Policy(approve="risky", allow_destructive=True)
    server = toolkit(sandbox, style="typed", policy=policy).mcp_server()
    script = turns(
        ("customerio_track", {"user_id": "ada", "event": "Signed Up"}), ("customerio_delete_person", {"user_id": "ada"})
    )
    async with MCPAdapter(server) as adapter:
        agent = create_agent(scripted(script), await adapter.list_tools(), checkpointer=InMemorySaver())
        stopped = await agent.ainvoke({"messages": [HumanMessage("Erase Ada.")]}, THREAD)
        [interrupt] = stopped["__interrupt__"]
        [request] = interrupt.value["requests"]
        assert interrupt.value["type"] == "mcp_elicitation"
        assert "deletes the person for good" in request["message"]
        assert [event.name for event in sandbox.events] == ["Signed Up"]
        answer = {request["key"]: {"action": "accept", "content": {"id": "ada"}}}
        done = await agent.ainvoke(Command(resume={"responses": answer}), THREAD)
    first, second = tool_messages(done)
    assert (first.status, second.status) == ("success", "success")
    assert second.artifact["structured_content"]["status"] == "accepted"
    assert len(sandbox.ledger) == 2


async def test_a_person_who_declines_leaves_the_model_with_a_refusal() -> None:
    sandbox = Sandbox()
    server = toolkit(sandbox, style="typed", policy=Policy(approve="risky", allow_destructive=True)).mcp_server()
    script = turns(("customerio_delete_person", {"user_id": "ada"}))
    async with MCPAdapter(server) as adapter:
        agent = create_agent(scripted(script), await adapter.list_tools(), checkpointer=InMemorySaver())
        stopped = await agent.ainvoke({"messages": [HumanMessage("Erase Ada.")]}, THREAD)
        [request] = stopped["__interrupt__"][0].value["requests"]
        resume = {"responses": {request["key"]: {"action": "decline"}}}
        done = await agent.ainvoke(Command(resume=resume), THREAD)
    [message] = tool_messages(done)
    assert message.status == "error"
    assert "did not approve it" in message.text
    assert sandbox.ledger == []


async def test_a_refusal_is_an_error_message_and_the_hints_come_with_the_tools() -> None:
    sandbox = Sandbox()
    script = turns(("customerio_track_user_event", {"mode": "execute", "request_body": '{"event": "Signed Up"}'}))
    async with MCPAdapter(toolkit(sandbox).mcp_server()) as adapter:
        tools = await adapter.list_tools()
        done = await create_agent(scripted(script), tools).ainvoke({"messages": [HumanMessage("Hi.")]})
    [message] = tool_messages(done)
    assert (message.status, sandbox.ledger) == ("error", [])
    assert message.text.startswith("Not sent. ")
    own = {tool.name: tool.metadata for tool in toolkit(sandbox).get_tools()}
    for tool in tools:
        assert tool.metadata is not None
        told = own[tool.name]
        assert told is not None
        found = tool.metadata["mcp"]["tool"]["annotations"]
        assert {name: found[name] for name in told["mcp"]["tool"]["annotations"]} == told["mcp"]["tool"]["annotations"]


async def test_the_one_line_configuration_of_a_terminal_client_is_enough_for_an_agent() -> None:
    arguments = ["-m", "langchain_customerio.cli", "mcp", "--sandbox", "--style", "typed"]
    config = {"mcpServers": {"customerio": {"command": sys.executable, "args": arguments}}}
    script = turns(("customerio_track", {"user_id": "ada", "event": "Signed Up"}))
    async with MCPAdapter(config) as adapter:
        tools = await adapter.list_tools()
        done = await create_agent(scripted(script), tools).ainvoke({"messages": [HumanMessage("Hi.")]})
    [message] = tool_messages(done)
    assert message.status == "success"
    assert '"status": "accepted"' in message.text


@pytest.mark.parametrize("content", [{}, {"id": ""}, {"id": "bob"}])
async def test_an_answer_that_approves_nothing_sends_nothing(content: dict[str, Any]) -> None:
    sandbox = Sandbox()
    server = toolkit(sandbox, style="typed", policy=Policy(approve="risky", allow_destructive=True)).mcp_server()
    script = turns(("customerio_delete_person", {"user_id": "ada"}))
    async with MCPAdapter(server) as adapter:
        agent = create_agent(scripted(script), await adapter.list_tools(), checkpointer=InMemorySaver())
        stopped = await agent.ainvoke({"messages": [HumanMessage("Erase Ada.")]}, THREAD)
        [request] = stopped["__interrupt__"][0].value["requests"]
        resume = {"responses": {request["key"]: {"action": "accept", "content": content}}}
        done = await agent.ainvoke(Command(resume=resume), THREAD)
    assert tool_messages(done)[0].status == "error"
    assert sandbox.ledger == []
