"""The one tool call that is measured, and what it is measured against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson
from langchain_core.tools import StructuredTool

from langchain_customerio import PipelinesClient, Track, TrackUserEvent
from tests.benchmarks.harness import KEY

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import httpx

BODY: Final = '{"userId": "ada", "event": "Order Completed", "properties": {"total": 20, "currency": "EUR"}}'
ARGUMENTS: Final = {"mode": "execute", "request_body": BODY, "enable_strict_validation": "1"}


def tool_call(name: str) -> dict[str, Any]:
    """Return the tool call as a model makes it."""
    return {"type": "tool_call", "id": "call-1", "name": name, "args": ARGUMENTS}


@dataclass(frozen=True)
class Contest:
    """A tool of ours, its client, and the request that it sends."""

    client: PipelinesClient
    tool: TrackUserEvent
    request: dict[str, Any]
    """What a bare post of the same bytes takes."""


def contest(base_url: str) -> Contest:
    """Return the tool and what it will send, byte by byte but for the id."""
    client = PipelinesClient(KEY, base_url=base_url)
    preview = client.preview(Track.parse(orjson.loads(BODY)), strict=True).previews[0]
    headers = {**preview.headers, "Authorization": f"Bearer {KEY}"}
    request = {"url": preview.url, "content": orjson.dumps(preview.body), "headers": headers}
    return Contest(client, TrackUserEvent(client=client), request)


def plain_tool(post: Callable[[], object] | None = None, apost: Callable[[], Awaitable[object]] | None = None) -> Any:
    """Return a tool with the same arguments that only does this."""

    def run(mode: str, request_body: str = "", enable_strict_validation: str = "") -> str:
        return str(post()) if post else "{}"

    async def arun(mode: str, request_body: str = "", enable_strict_validation: str = "") -> str:
        return str(await apost()) if apost else "{}"

    return StructuredTool.from_function(run, arun, name="plain", description="Track an event.")


async def bare_post(http: httpx.AsyncClient, request: dict[str, Any]) -> bytes:
    """Post, and read the answer."""
    return (await http.post(**request)).content
