"""How many calls each run has made: the one piece of state that a policy needs, kept out of the policy."""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from langchain_customerio.errors import PolicyError, Problem
from langchain_customerio.text import plural

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

_LOCK: Final = threading.Lock()
_RUNS: Final[defaultdict[tuple[Hashable, ...], set[str]]] = defaultdict(set)
"""What each run of this process has written, whichever toolkit or tool it used.

A count lives as long as the process: a run that is forgotten could begin again at zero. That takes about 100 bytes a
call, and only where a policy has `max_writes`.
"""


def spend(run: tuple[Hashable, ...], writes: Iterable[str], most: int) -> None:
    """Count writes against the limit of a run.

    Args:
        run: What the limit holds for: a thread of a graph in one workspace; without threads, the workspace.
        writes: A name for each call, or for each item of a batch. A name that comes again, as in a replay, counts once;
            so it must not be the caller's to choose.
        most: The limit.

    Raises:
        PolicyError: If the run would make more than `most` calls; nothing is counted then.
    """
    names = set(writes)
    with _LOCK:
        spent = _RUNS[run]
        if len(spent | names) > most:
            fit = max(0, most - len(spent))
            values = {
                "most": plural(most, "call"),
                "made": len(spent),
                "more": len(names - spent),
                "fit": f"{fit} still {'fits' if fit == 1 else 'fit'}",
            }
            raise PolicyError(problems=(Problem("max_writes", (), values),))
        spent |= names
