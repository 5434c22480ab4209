"""Faults on demand: bad answers, slow answers, lost answers and broken connections."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Literal

from langchain_customerio.sandbox.http import ENDPOINTS

if TYPE_CHECKING:
    from collections.abc import Mapping

Moment = Literal["before", "after"]
Cut = Literal["refused", "reset", "hangup", "silence"]
Answer = tuple[int, dict[str, str], bytes]
"""Status, headers and body of an answer."""

_LOWEST_STATUS: Final = 200
_HIGHEST_STATUS: Final = 599
_WORDS: Final[dict[Cut, str]] = {
    "refused": "connection refused",
    "reset": "connection reset",
    "hangup": "connection closed without an answer",
    "silence": "no answer until the client gives up",
}


@dataclass(frozen=True, slots=True)
class Exchange:
    """How a transport must answer one request.

    Attributes:
        answer: Status, headers and body, also when `cut` keeps them from the client.
        cut: How the connection fails instead, or None.
        delay: Seconds to wait first.
    """

    answer: Answer
    cut: Cut | None = None
    delay: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """An injected fault.

    Exactly one of `status`, `redirect`, `reset`, `hangup` and `timeout` says what goes wrong; `delay` goes
    with any of them or stands alone.

    Attributes:
        status: Answer this status, 200 to 599.
        redirect: Answer with this `Location`; `status` then says which redirect, 301 unless given.
        reset: Break the connection (TCP RST), `before` or `after` the request was processed; `connect`
            refuses the connection in the first place (on a socket, where it is accepted already, that is a
            reset before).
        hangup: Close the connection in good order but without an answer, `before` or `after`.
        timeout: Never answer, `before` or `after` the request was processed.
        delay: Seconds before anything else happens; the request is processed at once.
        times: How many requests it hits; None for all that follow.
        after: How many requests pass before it hits one.
        endpoint: Only requests to this one (`/track`) count; None for all.
        retry_after: A `Retry-After` header: seconds, or text as it stands, such as an HTTP date.
        body: The body of the answer.
        content_type: Its `Content-Type`.
        headers: More headers of the answer.
        applied: True lets a request that is answered with `status` be processed all the same, as behind a
            gateway that ran out of patience.
    """

    status: int | None = None
    redirect: str | None = None
    reset: Literal["connect", "before", "after"] | None = None
    hangup: Moment | None = None
    timeout: Moment | None = None
    delay: float = 0.0
    times: int | None = 1
    after: int = 0
    endpoint: str | None = None
    retry_after: float | str | None = None
    body: bytes | str = b""
    content_type: str | None = None
    headers: Mapping[str, str] | None = None
    applied: bool = False

    def __post_init__(self) -> None:
        """Refuse faults that make no sense.

        Raises:
            ValueError: The arguments contradict each other or lie outside their ranges.
        """
        problem = self._problem_of_kind() or self._problem_of_queue() or self._problem_of_answer()
        if problem:
            raise ValueError(problem)

    def _problem_of_kind(self) -> str | None:
        answers = self.status is not None or self.redirect is not None
        kinds = sum((answers, self.reset is not None, self.hangup is not None, self.timeout is not None))
        if kinds > 1:
            return "a fault is one of status (or redirect), reset, hangup and timeout; add one fault for each"
        if kinds == 0 and not self.delay:
            return "a fault needs one of status, redirect, reset, hangup, timeout and delay"
        if self.reset not in {None, "connect", "before", "after"}:
            return f"reset is 'connect', 'before' or 'after', not {self.reset!r}"
        for name in ("hangup", "timeout"):
            if getattr(self, name) not in {None, "before", "after"}:
                return f"{name} is 'before' or 'after' (the request was processed), not {getattr(self, name)!r}"
        return None

    def _problem_of_queue(self) -> str | None:
        if self.times is not None and self.times < 1:
            return f"times is at least 1, or None for every request that follows, not {self.times}"
        if self.after < 0:
            return f"after is a number of requests, 0 or more, not {self.after}"
        if self.delay < 0:
            return f"delay is in seconds, 0 or more, not {self.delay}"
        if self.endpoint is not None and self.endpoint not in ENDPOINTS:
            return f"endpoint is one of {', '.join(sorted(ENDPOINTS))}, not {self.endpoint!r}"
        return None

    def _problem_of_answer(self) -> str | None:
        if self.status is not None and not _LOWEST_STATUS <= self.status <= _HIGHEST_STATUS:
            return f"status is {_LOWEST_STATUS} to {_HIGHEST_STATUS}, not {self.status}"
        if self.redirect is not None and self.status not in {None, 301, 302, 303, 307, 308}:
            return f"a redirect has status 301, 302, 303, 307 or 308, not {self.status}"
        dressed = self.retry_after is not None or self.body or self.content_type or self.headers or self.applied
        if dressed and self.status is None and self.redirect is None:
            return "retry_after, body, content_type, headers and applied belong to an answer: give a status too"
        return None

    @property
    def processed(self) -> bool:
        """Whether the request is checked and stored as if nothing were wrong."""
        if self.status is not None or self.redirect is not None:
            return self.applied
        return "after" in {self.reset, self.hangup, self.timeout} or self.cut is None

    @property
    def cut(self) -> Cut | None:
        """How the connection fails, or None when there is an answer."""
        if self.reset is not None:
            return "refused" if self.reset == "connect" else "reset"
        if self.hangup is not None:
            return "hangup"
        return "silence" if self.timeout is not None else None

    @property
    def answer(self) -> Answer | None:
        """The answer that replaces the API's own, if any."""
        if self.status is None and self.redirect is None:
            return None
        headers = {name.lower(): value for name, value in (self.headers or {}).items()}
        if self.redirect is not None:
            headers["location"] = self.redirect
        if self.retry_after is not None:
            headers["retry-after"] = str(self.retry_after)
        if self.content_type is not None:
            headers["content-type"] = self.content_type
        body = self.body.encode() if isinstance(self.body, str) else self.body
        return self.status or int(HTTPStatus.MOVED_PERMANENTLY), headers, body

    @property
    def text(self) -> str:
        """The fault in a few words, for the ledger."""
        if self.cut is not None:
            when = "after" if self.processed else "before"
            return f"{_WORDS[self.cut]}, {when} the request was processed"
        if self.answer is None:
            return f"answer delayed by {self.delay:g} s"
        return f"answered {self.answer[0]} by an injected fault"


@dataclass(slots=True)
class Waiting:
    """A fault in the queue.

    Attributes:
        fault: The fault as it was added.
        after: How many requests still pass before it hits one.
        times: How many requests it still hits; None for all that follow.
    """

    fault: Fault
    after: int
    times: int | None


class FaultQueue:
    """Faults in the order they were added: the first that concerns an endpoint governs it until used up.

    Attributes:
        waiting: Those that have not hit as many requests as they should.
    """

    def __init__(self) -> None:
        """Start without faults."""
        self.waiting: list[Waiting] = []

    def add(self, fault: Fault) -> None:
        """Queue a fault behind the others."""
        self.waiting.append(Waiting(fault, fault.after, fault.times))

    def take(self, endpoint: str | None) -> Fault | None:
        """Return the fault that hits the next request to this endpoint, if any."""
        for waiting in self.waiting:
            if waiting.fault.endpoint in {None, endpoint}:
                return waiting.fault if self._fires(waiting) else None
        return None

    def _fires(self, waiting: Waiting) -> bool:
        if waiting.after:
            waiting.after -= 1
            return False
        if waiting.times is not None:
            waiting.times -= 1
            if not waiting.times:
                self.waiting.remove(waiting)
        return True
