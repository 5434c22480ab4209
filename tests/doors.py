"""Every door through which a call comes, behind one interface: what was reported, and what arrived.

A door takes the JSON texts of calls with their `type`, as a model, a file or a person would write them.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from pydantic.alias_generators import to_snake
from typer.testing import CliRunner

from langchain_customerio import CustomerioError, CustomerioPipelinesToolkit, PipelinesClient, Policy, RetryPolicy
from langchain_customerio.api.calls import CALLS
from langchain_customerio.api.endpoints import ENDPOINTS
from langchain_customerio.api.strict_json import loads
from langchain_customerio.bulk import LoadReport, LoadStoppedError, aload, load
from langchain_customerio.bulk.dead_letters import entry
from langchain_customerio.bulk.engines import WHOLE_ROW, RayLoader, combine
from langchain_customerio.cli.app import app
from langchain_customerio.mcp import mcp_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pytest

    from langchain_customerio.sandbox import Sandbox

AT_ONCE = RetryPolicy(attempts=2, base_delay=0)
NO_SUCH_TOOL = "Not sent. There is no such tool under this policy."


@dataclass(frozen=True)
class Desk:
    """What a door needs to work: a workspace, a policy, a folder, and an environment for commands.

    Attributes:
        sandbox: Where calls arrive.
        policy: What may be sent.
        folder: For files; its name is that of the run.
        patch: Sets the environment.
    """

    sandbox: Sandbox
    policy: Policy
    folder: Path
    patch: pytest.MonkeyPatch

    @property
    def client(self) -> PipelinesClient:
        """A client that ends in the sandbox."""
        return self.sandbox.client(retry=AT_ONCE)

    def file(self, name: str, *lines: str) -> Path:
        """Write a file of these lines; one that is there stays as it is, or it would be another source."""
        path = self.folder / name
        if not path.exists():
            path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", errors="surrogatepass")
        return path


@dataclass(frozen=True)
class Door:
    """One way in.

    Attributes:
        name: What it is called in the table.
        send: Sends calls, and returns all that was reported of them.
        takes_text: Whether it reads JSON text itself.
        takes_many: Whether several calls may come through in one run.
        sends: Whether anything ever leaves through it.
        is_process: Whether it starts a process, which takes a second.
    """

    name: str
    send: Callable[..., str]
    takes_text: bool = True
    takes_many: bool = True
    sends: bool = True
    is_process: bool = False


def _kind(text: str) -> str:
    return str(json.loads(text)["type"])


def _parts(text: str) -> Iterator[tuple[str, Any, str]]:
    """Yield the fields of a call, each with its value and with its text as it was written, repeated keys included."""
    decoder = json.JSONDecoder()
    for name in json.loads(text):
        start = text.index(":", text.index(json.dumps(name))) + 2
        value, end = decoder.raw_decode(text, start)
        yield name, value, text[start:end]


# ---- tools


def _tools(desk: Desk, style: Any, calls: list[tuple[str, dict[str, Any]]]) -> str:
    """Make calls as one run of an agent."""
    toolkit = CustomerioPipelinesToolkit(client=desk.client, policy=desk.policy, style=style, strict=True)
    found = {tool.name: tool for tool in toolkit.get_tools()}
    config: Any = {"configurable": {"thread_id": str(desk.folder)}}
    told = []
    for place, (name, arguments) in enumerate(calls):
        if name not in found:
            told.append(NO_SUCH_TOOL)
            continue
        call = {"type": "tool_call", "id": f"call-{place}", "name": name, "args": arguments}
        told.append(str(found[name].invoke(call, config).content))
    return "\n".join(told)


def _two_mode(desk: Desk, *texts: str) -> str:
    calls = [(ENDPOINTS[_kind(text)].tool, {"mode": "execute", "request_body": text}) for text in texts]
    return _tools(desk, "two_mode", calls)


def _two_mode_batch(desk: Desk, *texts: str) -> str:
    body = f'{{"batch": [{", ".join(texts)}]}}'
    return _tools(desk, "two_mode", [(ENDPOINTS["batch"].tool, {"mode": "execute", "request_body": body})])


def _typed(desk: Desk, *texts: str) -> str:
    return _tools(desk, "typed", [_as_typed(text) for text in texts])


def _as_typed(text: str) -> tuple[str, dict[str, Any]]:
    """Return a call as its typed tool takes it: objects as JSON text, what has no argument in `other_fields`."""
    body = json.loads(text)
    context = body.get("context")
    device = context.get("device") if isinstance(context, dict) else None
    if body.get("event") == "Device Created or Updated" and isinstance(device, dict):
        found = {"user_id": body.get("userId"), "token": device.get("token"), "platform": device.get("type")}
        return "customerio_add_device", found
    arguments, rest = {}, []
    for name, value, raw in _parts(text):
        if name in {"traits", "properties"}:
            arguments[name] = raw
        elif to_snake(name) in {"user_id", "anonymous_id", "previous_id", "group_id", "event", "name"}:
            arguments[to_snake(name)] = value
        elif name != "type":
            rest.append(f"{json.dumps(name)}: {raw}")
    if rest:
        arguments["other_fields"] = f"{{{', '.join(rest)}}}"
    return f"customerio_{_kind(text)}", arguments


def _typed_batch(desk: Desk, *texts: str) -> str:
    return _tools(desk, "typed", [("customerio_batch", {"calls": f"[{', '.join(texts)}]"})])


# ---- MCP


async def _over_mcp(client: Client, texts: tuple[str, ...]) -> str:
    known = {tool.name for tool in (await client.list_tools()).tools}
    told = []
    for text in texts:
        name = ENDPOINTS[_kind(text)].tool
        if name not in known:
            told.append(NO_SUCH_TOOL)
            continue
        result = await client.call_tool(name, {"mode": "execute", "request_body": text})
        told.append(" ".join(getattr(block, "text", "") for block in result.content))
    return "\n".join(told)


def _mcp(desk: Desk, *texts: str) -> str:
    server = mcp_server(CustomerioPipelinesToolkit(client=desk.client, policy=desk.policy, strict=True))

    async def talk() -> str:
        async with Client(server) as client:
            return await _over_mcp(client, texts)

    return asyncio.run(talk())


def _mcp_command(desk: Desk, *texts: str) -> str:
    async def talk(base_url: str) -> str:
        arguments = ["-m", "langchain_customerio.cli", "mcp", "--strict", *_policy_options(desk)]
        env = {**os.environ, "CUSTOMERIO_API_KEY": desk.sandbox.any_key, "CUSTOMERIO_BASE_URL": base_url}
        server = StdioServerParameters(command=sys.executable, args=arguments, env=env)
        with (desk.folder / "log").open("w+", encoding="utf-8") as log:
            async with Client(stdio_client(server, errlog=log)) as client:
                told = await _over_mcp(client, texts)
            log.seek(0)
            return f"{told}\n{log.read()}"

    with desk.sandbox.serve(port=0) as api:
        return asyncio.run(talk(api.base_url))


# ---- the client


def _client(desk: Desk, *texts: str) -> str:
    try:
        client = desk.sandbox.client(retry=AT_ONCE, policy=desk.policy)
    except CustomerioError as error:
        return str(error)
    told = []
    for text in texts:
        try:
            call = CALLS[_kind(text)].parse(desk.policy.fill_in(loads(text)))
            told.append(str(client.send(call, strict=True)))
        except CustomerioError as error:
            told.append(str(error))
    return "\n".join(told)


# ---- loads


def _told(report: LoadReport) -> str:
    return "\n".join([*report.lines(), *(example.reason for example in report.examples)])


def _options(desk: Desk) -> dict[str, Any]:
    return {"strict": True, "policy": desk.policy, "patience": 0}


def _load(desk: Desk, source: Any, **options: Any) -> str:
    letters = desk.folder / "refused.jsonl"
    try:
        return _told(load(desk.client, source, dead_letter=letters, **_options(desk), **options))
    except LoadStoppedError as error:
        return str(error)


def _load_lines(desk: Desk, *texts: str) -> str:
    return _load(desk, desk.file("calls.jsonl", *texts))


def _load_mapped(desk: Desk, *texts: str) -> str:
    return _load(desk, desk.file("rows.jsonl", *texts), map={"userId": "userId"})


def _load_csv(desk: Desk, *texts: str) -> str:
    """Put the objects of a call into cells as JSON, and the rest as text."""
    rows = [{name: raw if isinstance(value, dict) else str(value) for name, value, raw in _parts(t)} for t in texts]
    cells = [",".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row.values()) for row in rows]
    return _load(desk, desk.file("rows.csv", ",".join(rows[0]), *cells))


def _load_arrow(desk: Desk, *texts: str) -> str:
    """Put the objects of a call into columns of the type `arrow.json`, and what is of several types as text."""
    rows = [{name: (value, raw) for name, value, raw in _parts(text)} for text in texts]
    columns = {}
    for name in rows[0]:
        cells = [row.get(name, (None, "null")) for row in rows]
        if any(isinstance(value, dict) for value, _ in cells):
            columns[name] = pa.array([raw for _, raw in cells], pa.json_())
            continue
        try:
            columns[name] = pa.array([value for value, _ in cells])
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, UnicodeEncodeError):
            columns[name] = pa.array([raw for _, raw in cells])
    return _load(desk, pa.table(columns))


def _load_letters(desk: Desk, *texts: str) -> str:
    """Load what somebody has written into a dead-letter file once more."""
    letters = desk.folder / "refused.jsonl"
    about = {"source": "calls.jsonl", "load": None, "reason": "not JSON"}
    letters.write_bytes(b"".join(entry({**about, "position": at}, text=text) for at, text in enumerate(texts, 1)))
    told = _load(desk, desk.file("calls.jsonl"), retry=True, checkpoint=desk.folder / "checkpoint")
    refused = letters.read_text().splitlines() if letters.exists() else []
    again = [json.loads(line)["dead_letter"]["reason"] for line in refused]
    return "\n".join([told, *again])


def _aload(desk: Desk, *texts: str) -> str:
    path = desk.file("calls.jsonl", *texts)
    try:
        return _told(asyncio.run(aload(desk.client, path, **_options(desk))))
    except LoadStoppedError as error:
        return str(error)


def _worker(desk: Desk, *texts: str) -> str:
    """Hand rows to what Ray runs in a worker."""
    settings: dict[str, Any] = {"name": "calls", "key": WHOLE_ROW, "concurrency": 1, "rate": None, "json": "call"}
    try:
        loader = RayLoader(client=lambda: desk.client, **settings, **_options(desk))
        return _told(combine(loader(pa.table({"call": list(texts)})).to_pylist()))
    except CustomerioError as error:
        return str(error)


# ---- commands


def _policy_options(desk: Desk) -> list[str]:
    """Write what differs from the default into a file, as somebody at a command line would."""
    default = Policy()
    given = {each.name: getattr(desk.policy, each.name) for each in fields(desk.policy)}
    changed = {name: value for name, value in given.items() if value != getattr(default, name)}
    lines = [f"{name} = {json.dumps(list(v) if isinstance(v, tuple) else v)}" for name, v in changed.items()]
    return ["--policy", str(desk.file("policy.toml", *lines))] if lines else []


def _command(desk: Desk, *arguments: str) -> str:
    with desk.sandbox.serve(port=0) as api:
        desk.patch.setenv("CUSTOMERIO_API_KEY", desk.sandbox.any_key)
        desk.patch.setenv("CUSTOMERIO_BASE_URL", api.base_url)
        ended = CliRunner().invoke(app, [*arguments, *_policy_options(desk)])
    assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
    return ended.stdout + ended.stderr


def _send_command(desk: Desk, *texts: str) -> str:
    return "\n".join(_command(desk, "send", _kind(text), text, "--strict") for text in texts)


def _load_command(desk: Desk, *texts: str) -> str:
    return _command(desk, "load", str(desk.file("calls.jsonl", *texts)), "--strict", "--yes")


def _preview_command(desk: Desk, *texts: str) -> str:
    return _command(desk, "preview", str(desk.file("calls.jsonl", *texts)))


DOORS = (
    Door("two-mode tool", _two_mode),
    Door("two-mode batch", _two_mode_batch),
    Door("typed tool", _typed),
    Door("typed batch", _typed_batch),
    Door("MCP", _mcp),
    Door("client", _client, takes_text=False),
    Door("load, JSON Lines", _load_lines),
    Door("load, with a map", _load_mapped),
    Door("load, CSV", _load_csv),
    Door("load, Arrow", _load_arrow),
    Door("load, dead letters again", _load_letters),
    Door("aload", _aload),
    Door("worker of an engine", _worker),
    Door("command send", _send_command, takes_many=False),
    Door("command load", _load_command),
    Door("command preview", _preview_command, sends=False),
    Door("command mcp", _mcp_command, is_process=True),
)
