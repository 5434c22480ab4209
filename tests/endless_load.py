"""A load in two processes that never ends, for those who try how it ends: it says which processes they are."""

from __future__ import annotations

import multiprocessing
import sys
from itertools import count
from typing import TYPE_CHECKING, Any

from langchain_customerio.bulk import LoadReport, LoadStoppedError, load
from langchain_customerio.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator


def _events() -> Iterator[dict[str, Any]]:
    return ({"type": "track", "userId": f"u{number}", "event": "Paid"} for number in count())


def _tell(report: LoadReport) -> None:
    if report.requests == 1:
        sys.stdout.write(" ".join(str(each.pid) for each in multiprocessing.active_children()) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    try:
        load(Sandbox().client(), _events(), processes=2, workers=1, dry_run=True, on_progress=_tell)
    except LoadStoppedError as error:
        sys.stdout.write(f"{error.signal}\n")
