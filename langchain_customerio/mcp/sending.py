"""What happens while a call is sent: progress of a batch that takes several requests, and cancellation between two."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

import anyio
from typing_extensions import override

from langchain_customerio.client.hooks import Attempt, Hooks, Outcome, RequestInfo, watching

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from typing import Any

ResultT = TypeVar("ResultT")


class Sending(Hooks):
    """Runs the work that sends a call, and watches its requests.

    Attributes:
        left: How many single calls have been sent and answered with success.
    """

    def __init__(self) -> None:
        """Start with nothing sent."""
        self.left = 0
        self._task: asyncio.Task[Any] | None = None
        self._stopping = False
        self._under_way = False
        self._news: asyncio.Queue[int | None] = asyncio.Queue()

    async def run(self, work: Coroutine[Any, Any, ResultT], report: Callable[[int], Awaitable[object]]) -> ResultT:
        """Run the work and report how many calls have left, after each request.

        Where the caller is cancelled, a request that is under way ends first: whether it arrived is known then. No
        other one begins.
        """
        with watching(self):
            task = asyncio.create_task(work)
        self._task = task
        async with anyio.create_task_group() as group:
            group.start_soon(self._report, report)
            try:
                await asyncio.wait({task})
            except asyncio.CancelledError:
                self._stop(task)
                with anyio.CancelScope(shield=True):
                    await asyncio.wait({task})
                raise
            finally:
                self._news.put_nowait(None)
        return task.result()

    async def _report(self, report: Callable[[int], Awaitable[object]]) -> None:
        while (left := await self._news.get()) is not None:
            await report(left)

    def _stop(self, task: asyncio.Task[Any]) -> None:
        task.add_done_callback(_look_at)
        self._stopping = True
        if not self._under_way:
            task.cancel()

    def _stop_now_if_wanted(self) -> None:
        if self._stopping and self._task is not None:
            self._task.cancel()

    @override
    def on_attempt(self, request: RequestInfo, number: int) -> None:
        self._under_way = True

    @override
    def on_answer(self, request: RequestInfo, attempt: Attempt) -> None:
        self._under_way = False

    @override
    def on_wait(self, request: RequestInfo, attempt: Attempt, seconds: float) -> None:
        self._stop_now_if_wanted()

    @override
    def on_end(self, request: RequestInfo, outcome: Outcome) -> None:
        if outcome.error is None:
            self.left += len(request.message_ids)
            self._news.put_nowait(self.left)
        self._stop_now_if_wanted()


def _look_at(task: asyncio.Task[Any]) -> None:
    """Look at how a task ended, since nobody else will."""
    if not task.cancelled():
        task.exception()
