"""How a command ends: what it prints, and the exit code that a script can use."""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING, Any, TextIO

import orjson
import typer

from langchain_customerio.bulk import LoadStoppedError
from langchain_customerio.bulk.readers.base import ReadingError
from langchain_customerio.cli.words import TERMINAL, lines, message
from langchain_customerio.errors import (
    AuthenticationError,
    ConfigurationError,
    CustomerioError,
    DeliveryError,
    InvalidRequestError,
    PolicyError,
    RedirectedError,
    RejectedError,
)
from langchain_customerio.messages import Door, read_at
from langchain_customerio.text import without_invisible

if TYPE_CHECKING:
    from collections.abc import Iterator


class DeclinedError(CustomerioError):
    """Whoever was asked has said no."""


class Exit(IntEnum):
    """What the exit code of a command says; `128 + n` says that signal `n` ended it."""

    DONE = 0
    REFUSED = 1
    WRONG = 2
    KEY = 3
    UNDELIVERED = 4


EXIT_CODES = (
    "Exit codes: 0 done; 1 something was refused, by the checks here or by the API; 2 the command line, the set-up or a"
    " file is wrong; 3 the API does not take the key; 4 not delivered, or stopped before the end; 130 and 143 ended by"
    " a signal."
)

_NO_API_THERE = frozenset({404, 405, 410})
"""Statuses of an address where there is no such API."""

# The first class that fits decides.
_CODES: tuple[tuple[type[BaseException], int], ...] = (
    (KeyboardInterrupt, 128 + signal.SIGINT),
    (AuthenticationError, Exit.KEY),
    (RedirectedError, Exit.WRONG),
    (RejectedError, Exit.REFUSED),
    (DeliveryError, Exit.UNDELIVERED),
    (InvalidRequestError, Exit.REFUSED),
    (PolicyError, Exit.REFUSED),
    (ConfigurationError, Exit.WRONG),
    (DeclinedError, Exit.UNDELIVERED),
)


def code_of(error: BaseException) -> int:
    """Return the exit code for an error.

    >>> int(code_of(ConfigurationError("no key")))
    2
    """
    if isinstance(error, LoadStoppedError):
        if error.signal is not None:
            return 128 + error.signal
        cause = error.__cause__
        known = isinstance(cause, AuthenticationError | RedirectedError | ReadingError)
        return code_of(cause) if known and cause is not None else Exit.UNDELIVERED
    if isinstance(error, RejectedError) and error.status in _NO_API_THERE:
        return Exit.WRONG
    return next((code for kind, code in _CODES if isinstance(error, kind)), Exit.WRONG)


def show(value: Any, *, as_json: bool, text: str) -> None:  # noqa: ANN401 - any JSON value
    """Print the result of a command: for a program, or for a person."""
    _write(sys.stdout, _json(value) if as_json else text)


def say(text: str) -> None:
    """Tell a person something that is not a result."""
    _write(sys.stderr, text)


def _json(value: Any) -> str:  # noqa: ANN401 - any JSON value
    try:
        text = orjson.dumps(value).decode()
        return text if without_invisible(text) == text else json.dumps(value)  # a program may run at a terminal
    except TypeError:  # broken text, as in the name of a file that is not UTF-8
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode()


def _write(stream: TextIO, text: str) -> None:
    """Write a line, whatever the terminal can show: what has been delivered is not undone by an odd character."""
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(f"{text.encode(encoding, 'backslashreplace').decode(encoding)}\n")
        stream.flush()
    except BrokenPipeError:  # nobody reads on; what Python flushes when it ends must not fail either
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextmanager
def told(*, as_json: bool, interrupted: str = "Interrupted.", door: Door | None = None) -> Iterator[None]:
    """End the command with a line and an exit code where it fails for a known reason.

    Args:
        as_json: Whether a program is told too.
        interrupted: What to say to Ctrl-C.
        door: Where the words are read that are made in here; None for a terminal.
    """
    try:
        with read_at(TERMINAL if door is None else door):
            yield
    except (CustomerioError, OSError, ModuleNotFoundError, KeyboardInterrupt) as error:
        why = message(error) or interrupted
        report = error.report if isinstance(error, LoadStoppedError) else None
        if as_json:
            found: dict[str, Any] = {"status": "error", "error": type(error).__name__, "message": why}
            show(found if report is None else {**found, "report": report.model_dump()}, as_json=True, text="")
        elif report is not None:
            show(None, as_json=False, text="\n".join(lines(report)))
        say(why)
        raise typer.Exit(code_of(error)) from error
