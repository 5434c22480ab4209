"""`watching` tells hooks of the requests of one block, and of no others."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from typing_extensions import override

from langchain_customerio import PipelinesClient, Track
from langchain_customerio.client.hooks import Hooks, Outcome, RequestInfo, watching
from langchain_customerio.sandbox import Sandbox

if TYPE_CHECKING:
    from tests.conftest import Run

CALL = Track(user_id="ada", event="Signed Up")


class Counter(Hooks):
    """Counts requests that have ended."""

    def __init__(self) -> None:
        self.ended = 0

    @override
    def on_end(self, request: RequestInfo, outcome: Outcome) -> None:
        self.ended += 1


def test_what_is_sent_in_the_block_is_told_and_nothing_else(run: Run) -> None:
    client, counter = Sandbox().client(), Counter()
    run.send(client, CALL)
    with watching(counter):
        run.send(client, CALL)
    run.send(client, CALL)
    assert counter.ended == 1


async def test_two_tasks_are_told_of_their_own_requests() -> None:
    client = Sandbox().client()

    async def send(times: int) -> int:
        counter = Counter()
        with watching(counter):
            for _ in range(times):
                await client.asend(CALL)
                await asyncio.sleep(0)
        return counter.ended

    assert list(await asyncio.gather(send(1), send(3))) == [1, 3]


def test_an_inner_block_adds_to_the_outer_one(run: Run) -> None:
    client: PipelinesClient = Sandbox().client()
    outer, inner = Counter(), Counter()
    with watching(outer):
        with watching(inner):
            run.send(client, CALL)
        run.send(client, CALL)
    assert (outer.ended, inner.ended) == (2, 1)
