"""Many tool calls kept in flight in one process, with and without the extra, against plain httpx and the limit."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from tests.benchmarks.calls import contest, plain_tool, tool_call
from tests.benchmarks.harness import ROUNDS, Column, Table, ainterleaved, in_process, receiver

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

DELAYS = (0.0, 0.05)
IN_FLIGHT = (1, 10, 50, 200)
KINDS = (("with", ""), ("without", "httpx_aiohttp"))
FEWEST_CALLS = 400
CALLS_OF_EACH = 8
"""How many calls each place in flight makes, where the far end takes its time: the last one of each has no company."""


def run(*, quick: bool) -> list[Table]:
    """Measure each number of calls, with and without the extra, in a process of its own."""
    return [_table(delay, quick=quick) for delay in (DELAYS[:1] if quick else DELAYS)]


def _table(delay: float, *, quick: bool) -> Table:
    rows = []
    for kind, without in KINDS:
        for in_flight in (3,) if quick else IN_FLIGHT:
            calls = in_flight if quick else _calls(delay, in_flight)
            with receiver(delay) as base_url:
                found = in_process(measure, base_url, in_flight, calls, 1 if quick else ROUNDS, without=without)
            ideal = in_flight / delay if delay else None
            rates = [found[name] for name in ("ours", "tool", "post", "sockets")]
            rows.append([kind, in_flight, *rates, ideal, rates[0] / rates[1], rates[0] / rates[2]])
    columns = [
        Column("extra `aiohttp`"),
        Column("in flight"),
        Column("our tool", "{:,.0f}/s"),
        Column("plain tool", "{:,.0f}/s"),
        Column("bare posts", "{:,.0f}/s"),
        Column("sockets", "{:,.0f}/s"),
        Column("ideal", "{:,.0f}/s"),
        Column("ours by plain tool", "{:.2f}"),
        Column("ours by bare posts", "{:.2f}"),
    ]
    note = (
        "The plain tool posts the same bytes through an `httpx.AsyncClient` with its default settings and does nothing"
        " else; the bare posts do so without a tool, and sockets without httpx. The ideal is the number in flight by"
        " the time of the far end."
    )
    return Table(f"Calls kept in flight, {delay * 1000:.0f} ms at the far end", columns, rows, note)


def _calls(delay: float, in_flight: int) -> int:
    return CALLS_OF_EACH * in_flight if delay else max(FEWEST_CALLS, 2 * in_flight)


def measure(base_url: str, in_flight: int, calls: int, rounds: int) -> dict[str, float]:
    """Return calls per second of each contender."""
    return asyncio.run(_measure(base_url, in_flight, calls, rounds))


async def _measure(base_url: str, in_flight: int, calls: int, rounds: int) -> dict[str, float]:
    given = contest(base_url)
    call = tool_call(given.tool.name)
    async with httpx.AsyncClient() as http, given.client:
        plain = plain_tool(apost=lambda: http.post(**given.request))
        sockets = await Sockets.opened(base_url, given.request, in_flight)
        contenders: dict[str, Callable[[], Awaitable[object]]] = {
            "ours": lambda: given.tool.ainvoke(call),
            "tool": lambda: plain.ainvoke(call),
            "post": lambda: http.post(**given.request),
            "sockets": sockets.post,
        }
        turns = {name: lambda f=function: rate(f, in_flight, calls) for name, function in contenders.items()}
        for function in contenders.values():
            await rate(function, in_flight, in_flight)
        found = await ainterleaved(turns, rounds)
        sockets.close()
    return found


async def rate(function: Callable[[], Awaitable[object]], in_flight: int, calls: int) -> float:
    """Return calls per second, so many being kept in flight."""
    left = iter(range(calls))

    async def keep_one_in_flight() -> None:
        for _ in left:
            await function()

    begin = time.perf_counter()
    await asyncio.gather(*(keep_one_in_flight() for _ in range(in_flight)))
    return calls / (time.perf_counter() - begin)


class Sockets:
    """The limit: the same bytes over connections that nobody manages."""

    def __init__(self, request: dict[str, Any]) -> None:
        headers = {**request["headers"], "Host": "127.0.0.1", "Content-Length": str(len(request["content"]))}
        head = f"POST {urlsplit(request['url']).path} HTTP/1.1\r\n" + "".join(
            f"{k}: {v}\r\n" for k, v in headers.items()
        )
        self._bytes = f"{head}\r\n".encode() + request["content"]
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    @classmethod
    async def opened(cls, base_url: str, request: dict[str, Any], number: int) -> Sockets:
        """Return so many open connections."""
        sockets = cls(request)
        where = urlsplit(base_url)
        for _ in range(number):
            sockets._free.append(await asyncio.open_connection(where.hostname, where.port))
        return sockets

    async def post(self) -> None:
        """Send the request over a free connection and read the answer, whose body is `{}`."""
        reader, writer = connection = self._free.pop()
        writer.write(self._bytes)
        await reader.readuntil(b"\r\n\r\n{}")
        self._free.append(connection)

    def close(self) -> None:
        """Close the connections."""
        for _, writer in self._free:
            writer.close()
