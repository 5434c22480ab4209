"""SIGINT and SIGTERM ask a load to finish what is in flight; a second one does what it always does."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType


@contextmanager
def caught(stop: Callable[[int], None]) -> Iterator[None]:
    """Call `stop` with the first signal. Outside the main thread there are no signals, and nothing is done."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def handle(number: int, _frame: FrameType | None) -> None:
        restore()
        stop(number)

    for number in before:
        signal.signal(number, handle)
    try:
        yield
    finally:
        restore()
