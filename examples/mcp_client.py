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
from typing import Any

from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.types import CallToolResult, ElicitRequestParams, ElicitResult, TextContent

OPTIONS = ["--sandbox", "--style", "typed", "--approve", "risky", "--allow-destructive"]
SERVER = StdioServerParameters(command=sys.executable, args=["-m", "langchain_customerio.cli", "mcp", *OPTIONS])


async def person(_context: Any, params: ElicitRequestParams) -> ElicitResult:
    """Read the question, and type the id of Bob, whoever is asked about."""
    print(f"\nA person is asked:\n{params.message}\nand types: bob")
    return ElicitResult(action="accept", content={"id": "bob"})


def said(result: CallToolResult) -> str:
    """Return what a model would read."""
    [content] = result.content
    assert isinstance(content, TextContent)
    return content.text


async def main() -> None:
    with Path(os.devnull).open("w", encoding="utf-8") as log:  # where the server's log would go
        await talk(Client(stdio_client(SERVER, errlog=log), elicitation_callback=person))
    print("\n✓ Bob was deleted because his id was typed, and Ada was not because hers was not.")


async def talk(connection: Client) -> None:
    """Connect, and call tools as a model would."""
    async with connection as client:
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


if __name__ == "__main__":
    asyncio.run(main())
