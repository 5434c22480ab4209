"""A client of the MCP server: it starts the command, as desktop and terminal clients do, and asks a person.

    python examples/mcp_client.py

The server is `langchain-customerio mcp --sandbox`, so that no account is needed. The person here is a function.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.types import CallToolResult, ElicitRequestParams, ElicitResult, TextContent

if TYPE_CHECKING:
    from mcp.client.context import ClientRequestContext

OPTIONS = ["--sandbox", "--style", "typed", "--approve", "risky", "--allow-destructive"]
SERVER = StdioServerParameters(command=sys.executable, args=["-m", "langchain_customerio.cli", "mcp", *OPTIONS])


async def person(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:  # noqa: ARG001 - the SDK gives both
    """Read the question, and type the id of Bob, whoever is asked about."""
    print(f"\nA person is asked:\n{params.message}\nand types: bob")
    return ElicitResult(action="accept", content={"id": "bob"})


def said(result: CallToolResult) -> str:
    """Return what a model would read."""
    [content] = result.content
    assert isinstance(content, TextContent)
    return content.text


async def talk(log: TextIO) -> None:
    """Start the server, and call tools as a model would."""
    async with Client(stdio_client(SERVER, errlog=log), elicitation_callback=person) as client:
        names = [tool.name for tool in (await client.list_tools()).tools]
        print(f"The server speaks {client.protocol_version} and has {len(names)} tools: {', '.join(names)}")

        tracked = await client.call_tool("customerio_track", {"user_id": "ada", "event": "Signed Up"})
        print(f"\ncustomerio_track: {said(tracked)}")
        assert json.loads(said(tracked))["status"] == "accepted"

        wrong = await client.call_tool("customerio_track", {"user_id": "ada"})
        print(f"customerio_track, without the event: {said(wrong)}")
        assert wrong.is_error

        kept = await client.call_tool("customerio_delete_person", {"user_id": "ada"})
        deleted = await client.call_tool("customerio_delete_person", {"user_id": "bob"})
        print(f"\ncustomerio_delete_person, Ada: {said(kept)}\ncustomerio_delete_person, Bob: {said(deleted)}")
        assert (kept.is_error, deleted.is_error) == (True, False)


def main() -> None:
    with Path(os.devnull).open("w", encoding="utf-8") as log:
        asyncio.run(talk(log))
    print("\n✓ Bob was deleted because his id was typed, and Ada was not because hers was not.")


if __name__ == "__main__":
    main()
