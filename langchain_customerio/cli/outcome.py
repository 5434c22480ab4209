"""How a command ends: what it prints, and the exit code that a script can use."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import orjson
import typer

from langchain_customerio.bulk import LoadStoppedError
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

if TYPE_CHECKING:
    from collections.abc import Iterator


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

# The first class that fits decides.
_CODES: tuple[tuple[type[BaseException], Exit], ...] = (
    (AuthenticationError, Exit.KEY),
    (RedirectedError, Exit.WRONG),
    (RejectedError, Exit.REFUSED),
    (DeliveryError, Exit.UNDELIVERED),
    (InvalidRequestError, Exit.REFUSED),
    (PolicyError, Exit.REFUSED),
    (ConfigurationError, Exit.WRONG),
)


def code_of(error: BaseException) -> int:
    """Return the exit code for an error.

    >>> int(code_of(ConfigurationError("no key")))
    2
    """
    if isinstance(error, LoadStoppedError):
        if error.signal is not None:
            return 128 + error.signal
        known = error.__cause__ is not None and isinstance(error.__cause__, AuthenticationError | RedirectedError)
        return code_of(error.__cause__) if known and error.__cause__ else Exit.UNDELIVERED
    return next((code for kind, code in _CODES if isinstance(error, kind)), Exit.WRONG)


def show(value: Any, *, as_json: bool, text: str) -> None:  # noqa: ANN401 - any JSON value
    """Print the result of a command: for a program, or for a person."""
    sys.stdout.write(f"{orjson.dumps(value).decode() if as_json else text}\n")
    sys.stdout.flush()


def _how_far(error: LoadStoppedError) -> str:
    """Say how to go on in the words of the command line."""
    report = error.report
    settled = f"{report.read - report.not_reached:,} of {report.read:,} records read are settled."
    if report.checkpoint is None:
        return f"{error.why} {settled} Without --checkpoint, a new load begins at the first record."
    return f"{error.why} {settled} The same command with --resume goes on from there."


@contextmanager
def told(*, as_json: bool) -> Iterator[None]:
    """End the command with a line and an exit code where it fails for a known reason."""
    try:
        yield
    except (CustomerioError, OSError, ModuleNotFoundError) as error:
        message = _how_far(error) if isinstance(error, LoadStoppedError) else str(error)
        if as_json:
            found: dict[str, Any] = {"status": "error", "error": type(error).__name__, "message": message}
            if isinstance(error, LoadStoppedError):
                found["report"] = error.report.model_dump()
            sys.stdout.write(orjson.dumps(found).decode() + "\n")
        sys.stderr.write(f"{message}\n")
        raise typer.Exit(code_of(error)) from error
