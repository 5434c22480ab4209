"""Every door through which a call comes, behind one interface: what was reported, and what arrived.

A door takes the JSON text of one call with its `type`, as a model, a file or a person would write it.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from typer.testing import CliRunner

from langchain_customerio import CustomerioError, CustomerioPipelinesToolkit, PipelinesClient, Policy, RetryPolicy
from langchain_customerio.api.calls import CALLS
from langchain_customerio.api.endpoints import ENDPOINTS
from langchain_customerio.api.strict_json import loads
from langchain_customerio.bulk import LoadStoppedError, load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from langchain_customerio.sandbox import Sandbox

AT_ONCE = RetryPolicy(attempts=2, base_delay=0)


@dataclass(frozen=True)
class Desk:
    """What a door needs to work: a workspace, a policy, a folder, and an environment for commands.

    Attributes:
        sandbox: Where calls arrive.
        policy: What may be sent.
        folder: For files.
        patch: Sets the environment.
        dry_run: Whether the door is asked to send nothing.
    """

    sandbox: Sandbox
    policy: Policy
    folder: Path
    patch: pytest.MonkeyPatch

    @property
    def client(self) -> PipelinesClient:
        """A client that ends in the sandbox."""
        return self.sandbox.client(retry=AT_ONCE)


@dataclass(frozen=True)
class Door:
    """One way in.

    Attributes:
        name: What it is called in the table.
        send: Sends one call, and returns all that was reported of it.
        takes_text: Whether it reads JSON text itself.
        takes_policy: Whether any policy can be given to it.
    """

    name: str
    send: Callable[[Desk, str], str]
    takes_text: bool = True
    takes_policy: bool = True


def _kind(text: str) -> str:
    return str(json.loads(text)["type"])


def _tool(desk: Desk, name: str, style: Any, arguments: dict[str, Any]) -> str:
    toolkit = CustomerioPipelinesToolkit(client=desk.client, policy=desk.policy, style=style, strict=True)
    found = [tool for tool in toolkit.get_tools() if tool.name == name]
    if not found:
        return "Not sent. There is no such tool under this policy."
    return str(found[0].invoke({"type": "tool_call", "id": "call-1", "name": name, "args": arguments}).content)


def _two_mode(desk: Desk, text: str) -> str:
    return _tool(desk, ENDPOINTS[_kind(text)].tool, "two_mode", {"mode": "execute", "request_body": text})


def _two_mode_batch(desk: Desk, text: str) -> str:
    body = f'{{"batch": [{text}]}}'
    return _tool(desk, ENDPOINTS["batch"].tool, "two_mode", {"mode": "execute", "request_body": body})


def _typed(desk: Desk, text: str) -> str:
    return _tool(desk, "customerio_batch", "typed", {"calls": f"[{text}]"})


def _client(desk: Desk, text: str) -> str:
    client = desk.sandbox.client(retry=AT_ONCE, policy=desk.policy)
    try:
        return str(client.send(CALLS[_kind(text)].parse(desk.policy.fill_in(loads(text))), strict=True))
    except CustomerioError as error:
        return str(error)


def _load(desk: Desk, source: Any, **options: Any) -> str:
    letters = desk.folder / "refused.jsonl"
    try:
        report = load(desk.client, source, strict=True, policy=desk.policy, dead_letter=letters, **options)
    except LoadStoppedError as error:
        return str(error)
    return "\n".join([*report.lines(), *(example.reason for example in report.examples)])


def _load_lines(desk: Desk, text: str) -> str:
    path = desk.folder / "calls.jsonl"
    path.write_text(f"{text}\n", encoding="utf-8")
    return _load(desk, path)


def _load_mapped(desk: Desk, text: str) -> str:
    path = desk.folder / "rows.jsonl"
    path.write_text(f"{text}\n", encoding="utf-8")
    return _load(desk, path, map={"userId": "userId"})


def _load_csv(desk: Desk, text: str) -> str:
    """Put the objects of a call into cells as JSON, and the rest as text."""
    body = json.loads(text)
    cells = {name: _part(text, name) if isinstance(value, dict) else str(value) for name, value in body.items()}
    path = desk.folder / "rows.csv"
    quoted = (f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in cells.values())
    path.write_text(f"{','.join(cells)}\n{','.join(quoted)}\n", encoding="utf-8")
    return _load(desk, path)


def _part(text: str, name: str) -> str:
    """Return the text of an object in a JSON text as it was written, repeated keys included."""
    start = text.index("{", text.index(f'"{name}"'))
    return (
        text[start : text.index("}", start) + 1]
        if "{" not in text[start + 1 : text.index("}", start)]
        else text[start : text.rindex("}")]
    )


def _command(desk: Desk, *arguments: str) -> str:
    from langchain_customerio.cli.app import app  # noqa: PLC0415 - under an extra

    with desk.sandbox.serve(port=0) as api:
        desk.patch.setenv("CUSTOMERIO_API_KEY", desk.sandbox.any_key)
        desk.patch.setenv("CUSTOMERIO_BASE_URL", api.base_url)
        ended = CliRunner().invoke(app, list(arguments))
    assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
    return ended.stdout + ended.stderr


def _send_command(desk: Desk, text: str) -> str:
    return _command(desk, "send", _kind(text), text, "--strict")


def _load_command(desk: Desk, text: str) -> str:
    path = desk.folder / "calls.jsonl"
    path.write_text(f"{text}\n", encoding="utf-8")
    return _command(desk, "load", str(path), "--strict", "--yes")


def _mcp(desk: Desk, text: str) -> str:
    from mcp import Client  # noqa: PLC0415 - under an extra

    from langchain_customerio.mcp import mcp_server  # noqa: PLC0415 - under an extra too

    server = mcp_server(CustomerioPipelinesToolkit(client=desk.client, policy=desk.policy, strict=True))

    async def call() -> str:
        async with Client(server) as client:
            arguments = {"mode": "execute", "request_body": text}
            result = await client.call_tool(ENDPOINTS[_kind(text)].tool, arguments)
            return " ".join(getattr(block, "text", "") for block in result.content)

    return asyncio.run(call())


DOORS = (
    Door("two-mode tool", _two_mode),
    Door("two-mode batch", _two_mode_batch),
    Door("typed tool", _typed),
    Door("MCP", _mcp),
    Door("client", _client, takes_text=False),
    Door("load, JSON Lines", _load_lines),
    Door("load, with a map", _load_mapped),
    Door("load, CSV", _load_csv),
    Door("command send", _send_command, takes_policy=False),
    Door("command load", _load_command, takes_policy=False),
)
