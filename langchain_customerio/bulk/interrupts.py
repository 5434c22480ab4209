"""SIGINT and SIGTERM ask all loads to finish what is in flight; a second one does what it always does."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class StopAsked(Exception):  # noqa: N818 - nothing went wrong
    """The load has been asked to stop: what has not left yet stays."""


class Interrupts:
    """The loads of a process that a signal stops, and the handlers that it has for as long as there are any.

    Python lets the main thread alone set handlers, so that they are there while a load runs in the main thread; then
    they stop the loads of other threads too.
    """

    def __init__(self) -> None:
        """Watch nothing yet."""
        self._loads: list[Callable[[int], bool]] = []
        self._in_main_thread = 0
        self._before: dict[int, Any] = {}
        self._handler = self._handle  # one object, to be recognised

    @contextmanager
    def stopping(self, stop: Callable[[int], bool]) -> Iterator[None]:
        """Call `stop` with the number of the first signal, as long as the block runs.

        Args:
            stop: Returns whether it needs `StopAsked` to be raised in the main thread, to break off what waits there.
        """
        here = threading.current_thread() is threading.main_thread()
        self._loads.append(stop)
        if here:
            self._in_main_thread += 1
            self._install()
        try:
            yield
        finally:
            self._loads.remove(stop)
            if here:
                self._in_main_thread -= 1
                if not self._in_main_thread:
                    self._restore()

    def _install(self) -> None:
        """Set the handlers, unless they are set already. A signal that is ignored stays ignored."""
        for number in _SIGNALS:
            before = signal.getsignal(number)
            if before not in {None, signal.SIG_IGN, self._handler}:
                self._before[number] = before
                signal.signal(number, self._handler)

    def _restore(self) -> None:
        """Put back what was there before, unless somebody else has put something else there since."""
        for number, before in self._before.items():
            if signal.getsignal(number) == self._handler:
                signal.signal(number, before)
        self._before.clear()

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        self._restore()
        if any([stop(number) for stop in tuple(self._loads)]):  # noqa: C419 - all of them, also after the first True
            raise StopAsked


INTERRUPTS: Final = Interrupts()
"""Those of this process."""
