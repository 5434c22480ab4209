"""What a program can be told of requests while they are under way, and the logger `langchain_customerio`.

Nothing here has the key or the data of a call.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from langchain_customerio.client.explain import plain_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

logger: Final = logging.getLogger("langchain_customerio")

_FEW: Final = 3


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class RequestInfo:
    """A request, as hooks are told of it; the same object for all its attempts.

    Attributes:
        call: The endpoint, such as `track`.
        url: Where it goes.
        strict: Whether the API is asked to validate.
        size: Bytes of its body.
        message_ids: The `messageId` of each call in it, where they are known; one that could be anything, such as an
            e-mail address, is given as `[messageId]`.
    """

    call: str
    url: str
    strict: bool
    size: int
    message_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of one attempt.

    Attributes:
        number: Which one it was, from 1.
        seconds: How long it took.
        status: The HTTP status; None where no answer came.
        error: What happened where no answer came, such as `ReadTimeout`, or which exception ended the attempt.
    """

    number: int
    seconds: float
    status: int | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request.

    Attributes:
        attempts: How often it was sent.
        seconds: How long all took, waits included.
        status: HTTP status of the last answer; None where none came.
        error: Class of the error that it ends in, such as `RateLimitedError`; None for success.
    """

    attempts: int
    seconds: float
    status: int | None = None
    error: str | None = None


class Hooks:
    """Base of what is told of requests: override what you want to know.

    The methods are called in the thread, or in the task, that sends; they must not wait. What one raises is logged and
    changes nothing for the request.

    Example:
        >>> from langchain_customerio import Track
        >>> from langchain_customerio.sandbox import Sandbox
        >>> class Printer(Hooks):
        ...     def on_end(self, request: RequestInfo, outcome: Outcome) -> None:
        ...         print(request.call, outcome.status, outcome.attempts)
        >>> with Sandbox().client(hooks=Printer()) as client:
        ...     receipt = client.send(Track(user_id="ada", event="Signed Up"))
        track 200 1
    """

    def on_attempt(self, request: RequestInfo, number: int) -> None:
        """Be told that an attempt begins; the first one is number 1."""

    def on_answer(self, request: RequestInfo, attempt: Attempt) -> None:
        """Be told what became of an attempt."""

    def on_wait(self, request: RequestInfo, attempt: Attempt, seconds: float) -> None:
        """Be told that another attempt follows after so many seconds, and which attempt has failed."""

    def on_end(self, request: RequestInfo, outcome: Outcome) -> None:
        """Be told what became of the request, once for each whose first attempt has begun."""


class LogHooks(Hooks):
    """Writes to the logger `langchain_customerio`: each answer at DEBUG, and at INFO that a retry is waited for."""

    def on_answer(self, request: RequestInfo, attempt: Attempt) -> None:
        """Log an attempt."""
        if logger.isEnabledFor(logging.DEBUG):
            what, number, size = _what(attempt), attempt.number, request.size
            logger.debug("%s: %s in %.3f s (attempt %d, %d bytes)", _name(request), what, attempt.seconds, number, size)

    def on_wait(self, request: RequestInfo, attempt: Attempt, seconds: float) -> None:
        """Log a retry."""
        if logger.isEnabledFor(logging.INFO):
            number = attempt.number + 1
            logger.info("%s: %s; attempt %d follows in %.1f s", _name(request), _what(attempt), number, seconds)

    def on_end(self, request: RequestInfo, outcome: Outcome) -> None:
        """Log the end of a request that took several attempts."""
        if outcome.attempts > 1 and logger.isEnabledFor(logging.INFO):
            what, times = outcome.error or outcome.status, outcome.attempts
            logger.info("%s: %s after %d attempts in %.1f s", _name(request), what, times, outcome.seconds)


def _name(request: RequestInfo) -> str:
    """Return the endpoint and the first of the ids, by which a request is found in a log."""
    ids = request.message_ids
    shown = ", ".join(ids[:_FEW]) + (f" and {len(ids) - _FEW} more" if len(ids) > _FEW else "")
    return f"{request.call} ({shown})" if ids else request.call


def _what(attempt: Attempt) -> str:
    return str(attempt.status or attempt.error)


_WATCHERS: Final[ContextVar[tuple[Hooks, ...]]] = ContextVar("hooks of this task or thread", default=())


@contextmanager
def watching(*hooks: Hooks) -> Iterator[None]:
    """Tell hooks of the requests that are sent in this block, by whichever client, and of no others.

    The block's own task or thread counts, and the tasks that are begun in it.

    Example:
        >>> from langchain_customerio import Track
        >>> from langchain_customerio.sandbox import Sandbox
        >>> class Counter(Hooks):
        ...     sent = 0
        ...
        ...     def on_end(self, request: RequestInfo, outcome: Outcome) -> None:
        ...         self.sent += 1
        >>> counter = Counter()
        >>> with Sandbox().client() as client, watching(counter):
        ...     receipt = client.send(Track(user_id="ada", event="Signed Up"))
        >>> counter.sent
        1
    """
    token = _WATCHERS.set((*_WATCHERS.get(), *hooks))
    try:
        yield
    finally:
        _WATCHERS.reset(token)


def watchers() -> tuple[Hooks, ...]:
    """Return the hooks that `watching` has set for this task or thread."""
    return _WATCHERS.get()


def tell(hooks: Iterable[Hooks], what: Callable[[Hooks], None]) -> None:
    """Tell all hooks; what one raises is logged, because the request must not fail for it."""
    for hook in hooks:
        try:
            what(hook)
        except Exception:
            logger.exception("%s has failed", type(hook).__name__)


def shown_ids(message_ids: Iterable[str]) -> tuple[str, ...]:
    """Return ids as hooks may see them."""
    return tuple(map(plain_id, message_ids))
