"""How many calls a run has made: the one piece of state that a policy needs, kept out of the policy."""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import TYPE_CHECKING, NoReturn, Self

from langchain_customerio.errors import PolicyError, Problem
from langchain_customerio.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterable


_LOCK = threading.Lock()
_RUNS: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
"""What each run of this process has written, whichever toolkit or tool it used."""


class WriteBudget:
    """Counts the calls of each run, safe among threads.

    A run is a thread of a graph in one workspace, and counts for the whole process; without threads, all calls of a
    toolkit are one run. A count lives as long as the process: a run that is forgotten could begin again at zero. That
    takes about 100 bytes a call, and only where a policy has `max_writes`.
    """

    def __init__(self) -> None:
        """Start with nothing spent."""
        self._own: set[str] = set()

    def spend(self, run: tuple[str, ...], writes: Iterable[str], most: int) -> None:
        """Count writes against the limit of a run.

        Args:
            run: The run: its workspace and its thread; empty where there is no thread.
            writes: A name for each call, or for each item of a batch. A name that comes again, as in a replay, counts
                once; so it must not be the caller's to choose.
            most: The limit.

        Raises:
            PolicyError: If the run would make more than `most` calls; nothing is counted then.
        """
        names = set(writes)
        with _LOCK:
            spent = _RUNS[run] if run else self._own
            if len(spent | names) > most:
                values = {
                    "most": plural(most, "call"),
                    "made": len(spent),
                    "more": len(names - spent),
                    "fit": max(0, most - len(spent)),
                }
                raise PolicyError(problems=(Problem("max_writes", (), values),))
            spent |= names

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        """Return the budget itself: a copied tool spends from the same one."""
        return self

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled: a copy in another process would allow as much again."""
        message = "A WriteBudget is not pickled, since a copy would allow as much again."
        raise TypeError(message)
