"""When to try again: a value, and the arithmetic of waiting."""

from __future__ import annotations

import math
import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from langchain_customerio.errors import ConfigurationError

_DAY: Final = 86_400.0

RETRIED_STATUSES: Final = frozenset({408, 429, 500, 502, 503, 504})
"""The statuses that a later attempt may cure; no other one is tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often and how long to try again.

    A retry waits a random time between nothing and an upper bound that doubles with each attempt ("full jitter"),
    or as long as the API's `Retry-After` says. All times are seconds.

    Attributes:
        attempts: How often a request is sent at the most; 1 means no retry.
        base_delay: Upper bound of the first wait.
        max_delay: Upper bound of every wait that the API did not ask for.
        max_retry_after: The longest `Retry-After` that is obeyed; a longer one ends the attempts.
        deadline: How long a request may take in all, attempts and waits together: connecting, sending, waiting for
            one's turn, for an answer and between attempts. An attempt that is under way then is broken off.

    Raises:
        ConfigurationError: If a number is out of range.
    """

    attempts: int = 5
    base_delay: float = 0.5
    max_delay: float = 8.0
    max_retry_after: float = 30.0
    deadline: float = 60.0

    def __post_init__(self) -> None:
        """Refuse numbers that mean nothing."""
        if self.attempts < 1:
            message = "RetryPolicy.attempts counts the first one too: at least 1."
            raise ConfigurationError(message)
        if not all(time >= 0 for time in (self.base_delay, self.max_delay, self.max_retry_after)):
            message = "RetryPolicy: times are seconds, zero or more."
            raise ConfigurationError(message)
        if not self.deadline > 0:
            message = "RetryPolicy.deadline is the seconds that a request may take in all: more than zero."
            raise ConfigurationError(message)

    def wait(self, attempt: int, retry_after: float | None) -> float:
        """Return how many seconds to wait after an attempt, counted from 1.

        >>> RetryPolicy(base_delay=0).wait(1, retry_after=2.5)
        2.5
        """
        jitter = random.uniform(0, min(self.max_delay, self.base_delay * 2.0 ** min(attempt - 1, 64)))  # noqa: S311 - no secret
        return jitter if retry_after is None else max(jitter, retry_after)

    def gives_up(self, attempt: int, elapsed: float, wait: float, retry_after: float | None) -> bool:
        """Return whether no further attempt is made, `wait` seconds being the next pause.

        >>> RetryPolicy(attempts=2).gives_up(1, elapsed=0.1, wait=0.5, retry_after=None)
        False
        >>> RetryPolicy().gives_up(1, elapsed=0.1, wait=600.0, retry_after=600.0)
        True
        """
        too_long = retry_after is not None and retry_after > self.max_retry_after
        return attempt >= self.attempts or too_long or elapsed + wait >= self.deadline


class Deadline:
    """The moment at which an attempt is broken off.

    Args:
        seconds: How long it may take; a day at the most, so that every library takes the number.
    """

    def __init__(self, seconds: float) -> None:
        """Start now."""
        self._end = time.monotonic() + min(seconds, _DAY)

    @property
    def left(self) -> float:
        """Seconds until then; 0 at the least."""
        return max(0.0, self._end - time.monotonic())

    def bound(self, seconds: float | None) -> float:
        """Return a time-out that ends with the deadline at the latest."""
        return self.left if seconds is None else min(seconds, self.left)


def read_retry_after(value: str | None, date: str | None = None) -> float | None:
    """Return the seconds that a `Retry-After` header asks to wait; it is a number of seconds or a date.

    Args:
        value: The header.
        date: The answer's `Date`, against which a date is read, since clocks differ; by default, now.

    >>> read_retry_after("1.5"), read_retry_after("soon")
    (1.5, None)
    """
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        until, now = _moment(value), _moment(date or "") or datetime.now(UTC)
        if until is None:
            return None
        seconds = (until - now).total_seconds()
    return None if math.isnan(seconds) else min(max(seconds, 0.0), _DAY)


def _moment(header: str) -> datetime | None:
    """Return a date with a time zone; without one, it says nothing."""
    try:
        moment = parsedate_to_datetime(header)
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else None
