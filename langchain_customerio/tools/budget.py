"""How many calls a run has made: the one piece of state that a policy needs, kept out of the policy."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, NoReturn, Self

from langchain_customerio.errors import PolicyError

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_RUNS = 10_000


class WriteBudget:
    """Counts the calls of each run, shared by the tools of one toolkit and safe among threads.

    A run is a thread of a graph; without threads, all calls of the toolkit are one run. The counts live as long as
    this process, those of the 10,000 runs that were last at work.
    """

    def __init__(self) -> None:
        """Start with nothing spent."""
        self._lock = threading.Lock()
        self._spent: OrderedDict[str, set[str]] = OrderedDict()

    def spend(self, run: str, writes: Iterable[str], most: int) -> None:
        """Count writes against the limit of a run.

        Args:
            run: The run.
            writes: A name for each call, or for each item of a batch. A name that comes again, as in a replay, counts
                once; so it must not be the caller's to choose.
            most: The limit.

        Raises:
            PolicyError: If the run would make more than `most` calls; nothing is counted then.
        """
        names = set(writes)
        with self._lock:
            spent = self._spent.setdefault(run, set())
            self._spent.move_to_end(run)
            while len(self._spent) > _MOST_RUNS:
                self._spent.popitem(last=False)
            if len(spent | names) > most:
                message = (
                    f"Not sent. This run may make {most} calls, has made {len(spent)}, and this would be"
                    f" {len(names - spent)} more. Only a human operator can change that; report what is left to do."
                )
                raise PolicyError(message, rule="max_writes")
            spent |= names

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        """Return the budget itself: a copied tool spends from the same one."""
        return self

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled: a copy in another process would allow as much again."""
        message = "A WriteBudget is not pickled, since a copy would allow as much again."
        raise TypeError(message)
