"""The attempts of one request: when, for how long, and whether there is another; and who is told of them."""

from __future__ import annotations

import sys
import time
import traceback
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Self

from langchain_customerio.client.explain import plain_id
from langchain_customerio.client.hooks import Attempt, Outcome, RequestInfo, shown_ids, tell
from langchain_customerio.client.retries import Deadline
from langchain_customerio.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

    from langchain_customerio.client.exchange import Exchange
    from langchain_customerio.client.hooks import Hooks
    from langchain_customerio.client.retries import RetryPolicy

_CLOSED_MEANWHILE = "the client was closed"
_FEW = 20


class Attempts:
    """Iterates over the seconds to wait before each attempt of a request, as long as there is one.

    Args:
        exchange: The request.
        policy: When to try again.
        hooks: Who is told.
        is_closed: Says whether the client has been closed.
    """

    def __init__(
        self, exchange: Exchange, policy: RetryPolicy, hooks: Sequence[Hooks], is_closed: Callable[[], bool]
    ) -> None:
        """Start nothing yet."""
        self._exchange = exchange
        self._policy = policy
        self._hooks = hooks
        self._is_closed = is_closed
        self._spent = 0.0
        self._last = Attempt(0, 0.0)
        self._handled: BaseException | None = None
        request = exchange.request
        self._info = RequestInfo(
            request.call, request.url(exchange.to), request.strict, len(request.body), shown_ids(request.message_ids)
        )

    def __iter__(self) -> Iterator[float]:
        """Yield each wait; the caller waits, and then makes the attempt."""
        exchange, policy = self._exchange, self._policy
        yield 0.0
        while exchange.retry:
            pause = policy.wait(exchange.attempts, exchange.retry_after)
            if policy.gives_up(exchange.attempts, self._spent, pause, exchange.retry_after):
                return
            if self._is_closed():
                exchange.lost(_CLOSED_MEANWHILE, left=False)
                return
            self._tell(partial(self._tell_of_wait, seconds=pause))
            self._spent += pause
            yield pause

    @contextmanager
    def attempt(self) -> Iterator[Deadline]:
        """Make an attempt in this block, by the deadline that it is given.

        Raises:
            ConfigurationError: If the client had been closed before the first attempt.
        """
        exchange, number, error = self._exchange, self._exchange.attempts + 1, None
        self._tell(lambda hook: hook.on_attempt(self._info, number))
        began = time.monotonic()
        try:
            with exchange:
                yield Deadline(self._policy.deadline - self._spent)
        except BaseException as failure:
            error = type(failure).__name__
            if not self._is_closed() or not isinstance(failure, Exception):
                raise
            unsent = isinstance(failure, ConfigurationError)
            if unsent:
                exchange.attempts -= 1
            if not exchange.attempts:
                raise
            exchange.lost(_CLOSED_MEANWHILE, left=not unsent)
        finally:
            seconds = time.monotonic() - began
            self._spent += seconds
            lost = exchange.detail if exchange.status is None else None
            self._last = Attempt(number, seconds, exchange.status, error or lost)
            self._tell(lambda hook: hook.on_answer(self._info, self._last))

    def __enter__(self) -> Self:
        """Begin."""
        self._handled = sys.exception()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End: tell the hooks, and prepare an exception that goes on for whoever records it."""
        exchange = self._exchange
        if error is not None:
            _forget_locals(error, self._handled)
        if exchange.attempts and error is not None and not isinstance(error, Exception):
            error.add_note(self._note())
        if not self._last.number:
            return
        failure = type(error).__name__ if error is not None else exchange.failure and exchange.kind.__name__
        outcome = Outcome(exchange.attempts, self._spent, exchange.status, failure)
        self._tell(lambda hook: hook.on_end(self._info, outcome))

    def _tell_of_wait(self, hook: Hooks, *, seconds: float) -> None:
        hook.on_wait(self._info, self._last, seconds)

    def _tell(self, what: Callable[[Hooks], None]) -> None:
        tell(self._hooks, what)

    def _note(self) -> str:
        """Say what a caller has to know of a request that was broken off."""
        ids, first = self._exchange.request.message_ids, self._exchange.request.first
        shown = ", ".join(map(plain_id, ids[:_FEW])) + (f" and {len(ids) - _FEW} more" if len(ids) > _FEW else "")
        before = f"The first {first:,} calls had been delivered. " if first else ""
        return f"{before}The {self._info.call} request may have been stored; messageId: {shown or 'unknown'}."


def _forget_locals(error: BaseException, known: BaseException | None) -> None:
    """Clear the local variables of the frames that an exception has left behind: those of HTTP libraries hold the key.

    Args:
        error: The exception.
        known: What was handled when all began, which is not ours to clear.
    """
    waiting: list[BaseException | None] = [error]
    seen = {id(known)}
    while waiting:
        link = waiting.pop()
        if link is not None and id(link) not in seen:
            seen.add(id(link))
            traceback.clear_frames(link.__traceback__)
            waiting += [link.__cause__, link.__context__]
