"""How long a load waits for a far end that does not answer, or not as it should."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from langchain_customerio.client.hooks import logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_customerio.client.exchange import Exchange
    from langchain_customerio.client.retries import RetryPolicy


class Patience:
    """Decides for all workers of a load how long an outage may last: from the first failure to the next success.

    Args:
        seconds: How long that is.
        policy: Says how long to wait between attempts.
        clock: Gives the time in seconds.

    Attributes:
        waiting: What the load waits for, in a few words; empty where it does not wait.
    """

    def __init__(self, seconds: float, policy: RetryPolicy, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin while all is well."""
        self.waiting = ""
        self._seconds = seconds
        self._policy = policy
        self._clock = clock
        self._lock = threading.Lock()
        self._since: float | None = None
        self._logged = False

    def failed(self, exchange: Exchange) -> None:
        """Take it that a request has to be tried again."""
        with self._lock:
            self._fail(exchange)

    def _fail(self, exchange: Exchange) -> float:
        now = self._clock()
        self._since = now if self._since is None else self._since
        since = now - self._since
        self.waiting = f"{exchange.failure} for {since:.0f} s, of {self._seconds:g} s at the most"
        return since

    def pause(self, exchange: Exchange) -> float | None:
        """Return how many seconds to wait before a request is tried once more; None where it is not."""
        if not exchange.retry or not self._seconds:
            return None
        pause = self._policy.wait(exchange.attempts, exchange.retry_after)
        with self._lock:
            if self._fail(exchange) + pause > self._seconds:
                return None
            if not self._logged:
                self._logged = True
                logger.warning("Customer.io: %s; the load waits, for %g s at the most", exchange.failure, self._seconds)
        return pause

    def rewarded(self) -> None:
        """Take it that the far end answers as it should."""
        if not self.waiting:
            return
        with self._lock:
            if self._since is not None and self._logged:
                logger.warning("Customer.io answers again, after %.0f s; the load goes on", self._clock() - self._since)
            self._since, self._logged, self.waiting = None, False, ""
