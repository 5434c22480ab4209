"""One tool call after the other, against what it stands on: a post of the same bytes, and LangChain."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING

import httpx

from tests.benchmarks.calls import Contest, contest, plain_tool, tool_call
from tests.benchmarks.harness import Column, Table, ainterleaved, in_process, interleaved, receiver

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

CONTENDERS = ("tool", "post", "no-op")
KINDS = (("sync", False, ""), ("async, with the extra", True, ""), ("async, without it", True, "httpx_aiohttp"))


def run(*, quick: bool) -> list[Table]:
    """Measure each kind of call in a process of its own."""
    times = 5 if quick else 1_000
    rows = []
    for name, is_async, without in KINDS:
        with receiver() as base_url:
            walls, cpus = in_process(measure, base_url, is_async, times, without=without)
        rows.append([name, *(walls[each] * 1e6 for each in CONTENDERS), *_beyond(walls), *_beyond(cpus)])
    columns = [
        Column("one tool call"),
        Column("takes", "{:,.0f} µs"),
        Column("bare post", "{:,.0f} µs"),
        Column("no-op tool", "{:,.0f} µs"),
        Column("ratio to both", "{:.2f}"),
        Column("own share", "{:,.0f} µs"),
        Column("ratio, CPU", "{:.2f}"),
        Column("own share, CPU", "{:,.0f} µs"),
    ]
    note = (
        "The bare post sends the same bytes with the same httpx client. The no-op tool has the same arguments, and"
        " makes the look-ups of LangChain that ours spare. The ratio is the tool call's time by the sum of both, the"
        " own share what it takes beyond; both are there in CPU time too, which other work on the machine changes"
        " little."
    )
    return [Table("One call at a time", columns, rows, note)]


def _beyond(found: dict[str, float]) -> tuple[float, float]:
    tool, *both = (found[each] for each in CONTENDERS)
    return tool / sum(both), (tool - sum(both)) * 1e6


def measure(base_url: str, is_async: bool, times: int) -> list[dict[str, float]]:  # noqa: FBT001 - given as JSON
    """Return seconds per call of each contender, by the clock and of the CPU; they take turns call by call."""
    given = contest(base_url)
    clocks = (time.perf_counter, time.process_time)
    if is_async:
        return asyncio.run(_async(given, times, clocks))
    none, call = plain_tool(), tool_call(given.tool.name)
    given.tool.invoke(call)
    http = httpx.Client()
    functions: list[Callable[[], object]] = [
        lambda: given.tool.invoke(call),
        lambda: http.post(**given.request),
        lambda: none.invoke(call),
    ]

    def timed(function: Callable[[], object], clock: Callable[[], float]) -> float:
        begin = clock()
        function()
        return clock() - begin

    with given.client, http:
        return [
            interleaved({name: partial(timed, f, clock) for name, f in zip(CONTENDERS, functions, strict=True)}, times)
            for clock in clocks
        ]


async def _async(given: Contest, times: int, clocks: tuple[Callable[[], float], ...]) -> list[dict[str, float]]:
    none, call = plain_tool(), tool_call(given.tool.name)
    await given.tool.ainvoke(call)
    http = httpx.AsyncClient()
    functions: list[Callable[[], Awaitable[object]]] = [
        lambda: given.tool.ainvoke(call),
        lambda: http.post(**given.request),
        lambda: none.ainvoke(call),
    ]

    async def timed(function: Callable[[], Awaitable[object]], clock: Callable[[], float]) -> float:
        begin = clock()
        await function()
        return clock() - begin

    async with given.client, http:
        return [
            await ainterleaved(
                {name: partial(timed, f, clock) for name, f in zip(CONTENDERS, functions, strict=True)}, times
            )
            for clock in clocks
        ]
