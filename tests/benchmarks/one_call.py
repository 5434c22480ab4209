"""One tool call after the other, against what it stands on: a post of the same bytes, and LangChain."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from tests.benchmarks.calls import Contest, contest, plain_tool, tool_call
from tests.benchmarks.harness import Column, Table, ainterleaved, in_process, interleaved, receiver

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

KINDS = (("sync", False, ""), ("async, with the extra", True, ""), ("async, without it", True, "httpx_aiohttp"))


def run(*, quick: bool) -> list[Table]:
    """Measure each kind of call in a process of its own."""
    times = 5 if quick else 2_000
    rows = []
    for name, is_async, without in KINDS:
        with receiver() as base_url:
            found = in_process(measure, base_url, is_async, times, without=without)
        tool, post, none = (found[each] * 1e6 for each in ("tool", "post", "no-op"))
        rows.append([name, tool, post, none, tool / (post + none), tool - post - none])
    columns = [
        Column("one tool call"),
        Column("takes", "{:,.0f} µs"),
        Column("bare post", "{:,.0f} µs"),
        Column("no-op tool", "{:,.0f} µs"),
        Column("ratio to both", "{:.2f}"),
        Column("own share", "{:,.0f} µs"),
    ]
    note = (
        "The bare post sends the same bytes with the same httpx client, the no-op tool has the same arguments."
        " The ratio is the tool call's time by the sum of both, the own share what it takes beyond."
    )
    return [Table("One call at a time", columns, rows, note)]


def measure(base_url: str, is_async: bool, times: int) -> dict[str, float]:  # noqa: FBT001 - given as JSON
    """Return seconds per call of each contender; they take turns call by call."""
    given = contest(base_url)
    return asyncio.run(_async(given, times)) if is_async else _sync(given, times)


def _sync(given: Contest, times: int) -> dict[str, float]:
    none, call = plain_tool(), tool_call(given.tool.name)
    given.tool.invoke(call)
    http = given.client._http()

    def timed(function: Callable[[], object]) -> float:
        begin = time.perf_counter()
        function()
        return time.perf_counter() - begin

    contenders = {
        "tool": lambda: timed(lambda: given.tool.invoke(call)),
        "post": lambda: timed(lambda: http.post(**given.request)),
        "no-op": lambda: timed(lambda: none.invoke(call)),
    }
    found = interleaved(contenders, times)
    given.client.close()
    return found


async def _async(given: Contest, times: int) -> dict[str, float]:
    none, call = plain_tool(), tool_call(given.tool.name)
    await given.tool.ainvoke(call)
    async with (await given.client._connections()).client() as http:
        pass

    async def timed(awaitable: Awaitable[object]) -> float:
        begin = time.perf_counter()
        await awaitable
        return time.perf_counter() - begin

    contenders = {
        "tool": lambda: timed(given.tool.ainvoke(call)),
        "post": lambda: timed(http.post(**given.request)),
        "no-op": lambda: timed(none.ainvoke(call)),
    }
    found = await ainterleaved(contenders, times)
    await given.client.aclose()
    return found
