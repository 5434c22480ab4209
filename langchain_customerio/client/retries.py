"""When to try again: a value, and the arithmetic of waiting."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from langchain_customerio.errors import ConfigurationError

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
        deadline: No attempt starts later than this after the first one.

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
        if not all(time >= 0 for time in (self.base_delay, self.max_delay, self.max_retry_after, self.deadline)):
            message = "RetryPolicy: times are seconds, zero or more."
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
        return attempt >= self.attempts or too_long or elapsed + wait > self.deadline


def read_retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """Return the seconds that a `Retry-After` header asks to wait; it is a number of seconds or a date.

    >>> read_retry_after("1.5"), read_retry_after("soon")
    (1.5, None)
    """
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(value) - (now or datetime.now(UTC))).total_seconds()
        except (ValueError, TypeError, OverflowError):
            return None
    return min(max(seconds, 0.0), 86_400.0) if seconds == seconds else None  # noqa: PLR0124 - NaN alone differs
