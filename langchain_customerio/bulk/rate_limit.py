"""How fast requests leave: one pace for all workers, slowed down by the API when it asks for it.

Source: Customer.io documentation, Pipelines API, Limits: 3,000 requests in 3 seconds.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Final

from langchain_customerio.errors import ConfigurationError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

WINDOW: Final = 3.0
REQUESTS_PER_SECOND: Final = 1_000.0


class RateLimit:
    """Tells each request when it may leave, so that no three seconds see more than the rate allows.

    When the API answers that it is too much, the rate is halved, once in a window at the most, and everybody waits as
    long as the API asks; each window without another such answer gives a tenth of the full rate back.

    Args:
        rate: Requests per second, on average over three seconds; None for no limit.
        spent: Whether to begin as if the rate had been used up until now, so that paces that follow each other at short
            intervals keep to it together.
        clock: Gives the time in seconds.

    Raises:
        ConfigurationError: If the rate is not above zero.

    >>> pace = RateLimit(rate=1 / 3, clock=lambda: 100.0)
    >>> pace.reserve(), pace.reserve(), pace.reserve()
    (0.0, 3.0, 6.0)
    """

    def __init__(
        self,
        rate: float | None = REQUESTS_PER_SECOND,
        *,
        spent: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with an empty window, or with a full one."""
        if rate is not None and rate <= 0:
            raise ConfigurationError(problem=Problem("low_rate"))
        self._most = None if rate is None else max(1, int(rate * WINDOW))
        self._window = WINDOW if rate is None or self._most is None else self._most / rate
        self._clock = clock
        self._lock = threading.Lock()
        self._leaving: deque[float] = deque()
        self._limit = self._most
        self._not_before = 0.0
        self._eased = 0.0
        self._halved = -math.inf
        if spent and self._most is not None:
            now, step = clock(), self._window / self._most
            self._leaving.extend(now - step * places for places in reversed(range(self._most)))

    def reserve(self) -> float:
        """Book the next place, and return how many seconds from now it is."""
        with self._lock:
            now = self._clock()
            self._ease(now)
            at = max(now, self._not_before)
            if self._limit is not None:
                if self._leaving:
                    at = max(at, self._leaving[-1])  # nobody overtakes, or there would be too many when the limit rises
                while len(self._leaving) >= self._limit:
                    at = max(at, self._leaving.popleft() + self._window)
                self._leaving.append(at)
            return at - now

    def slow_down(self, seconds: float | None = None) -> None:
        """Send less from now on.

        Args:
            seconds: How long the API asks everybody to wait; None where it only says that it was too much.
        """
        with self._lock:
            now = self._clock()
            if (
                self._limit is not None and now - self._halved >= self._window
            ):  # all that was in flight is told the same
                self._limit = max(1, self._limit // 2)
                self._halved = self._eased = now
            self._hold(now, seconds or 0.0)

    def hold(self, seconds: float) -> None:
        """Let everybody wait, and send as much as before afterwards."""
        with self._lock:
            self._hold(self._clock(), seconds)

    def _hold(self, now: float, seconds: float) -> None:
        self._not_before = max(self._not_before, now + seconds)

    def _ease(self, now: float) -> None:
        if self._limit is not None and self._most is not None and self._limit < self._most:
            windows = int((now - max(self._eased, self._not_before)) // self._window)
            if windows > 0:
                self._limit = min(self._most, self._limit + windows * max(1, self._most // 10))
                self._eased = now
