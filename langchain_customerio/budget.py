"""How many calls a run has made: the one piece of state that a policy needs, kept out of the policy."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, NoReturn, Self

from langchain_customerio.calls import Batch, Call, Common
from langchain_customerio.errors import PolicyError

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_RUNS = 10_000


class WriteBudget:
    """Counts the calls of each run, shared by the tools of one toolkit and safe among threads.

    A run is a thread of a graph; outside a graph, all calls of the toolkit are one run. A replayed call has the
    id that it had, and counts once. The counts live as long as this process.
    """

    def __init__(self) -> None:
        """Start with nothing spent."""
        self._lock = threading.Lock()
        self._spent: OrderedDict[str, set[str]] = OrderedDict()

    def spend(self, run: str, call: Call, most: int | None) -> None:
        """Count a call, or every item of a batch, against the limit.

        Raises:
            PolicyError: If the run would make more than `most` calls; nothing is counted then.
        """
        if most is None:
            return
        ids = set(_ids([call] if isinstance(call, Common) else call if isinstance(call, Batch) else []))
        with self._lock:
            spent = self._spent.setdefault(run, set())
            self._spent.move_to_end(run)
            if len(spent | ids) > most:
                message = (
                    f"Not sent. This run may make {most} calls, has made {len(spent)}, and this would be {len(ids)} more."
                    " Only a person can change that; report what is left to do."
                )
                raise PolicyError(message, rule="max_writes")
            spent |= ids
            while len(self._spent) > _MOST_RUNS:
                self._spent.popitem(last=False)

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        """Return the budget itself: a copied tool spends from the same one."""
        return self

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled: a copy in another process would allow as much again."""
        message = "A WriteBudget is not pickled, since a copy would allow as much again."
        raise TypeError(message)


def _ids(calls: Iterable[Common]) -> Iterable[str]:
    return (call.message_id or "" for call in calls)
