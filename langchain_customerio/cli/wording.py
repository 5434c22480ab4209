"""What is written for programs and models, in the words of a command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from langchain_customerio.bulk import LoadStoppedError
from langchain_customerio.errors import AuthenticationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_customerio.bulk import LoadReport

_PLACES: Final = 10
_ASK_A_PERSON: Final = (
    "that is not allowed here. Only a human operator can change that; report it instead of trying another way"
)

# In this order: the first two share their end.
_FLAGS: Final = (
    (f"redirects a message; {_ASK_A_PERSON}", "redirects a message; that takes --allow-redirects"),
    (_ASK_A_PERSON, "that takes --allow-destructive"),
    ("set CUSTOMERIO_API_KEY, or pass api_key=", "set CUSTOMERIO_API_KEY"),
    ("pass region= or set", "give --region or set"),
    ("resume=True goes on", "--resume goes on"),
    ("holds: format is", "holds: --format is"),
    ("leave types out", "leave --type out"),
    ("Sandbox.serve() needs", "This command needs"),
)


def in_flags(text: str) -> str:
    """Return a text that names the flags of the command line instead of keywords of Python.

    >>> in_flags("No Customer.io key: set CUSTOMERIO_API_KEY, or pass api_key=.")
    'No Customer.io key: set CUSTOMERIO_API_KEY.'
    """
    for ours, theirs in _FLAGS:
        text = text.replace(ours, theirs)
    return text


def message(error: BaseException) -> str:
    """Return what a person at a terminal has to know of an error."""
    if isinstance(error, LoadStoppedError):
        return f"{_why(error)} {how_to_go_on(error.report.checkpoint)}"
    if isinstance(error, AuthenticationError):
        before = f" The first {error.delivered} calls had been delivered." if error.delivered else ""
        return f"The API answered {error.status}: here, it does not take the key in CUSTOMERIO_API_KEY.{before}"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return in_flags(str(error))


def _why(error: LoadStoppedError) -> str:
    if error.__cause__ is None:
        return error.why
    return f"Stopped: {message(error.__cause__).removesuffix('.')}."


def how_to_go_on(checkpoint: object) -> str:
    """Say how a load that was stopped goes on."""
    if checkpoint is None:
        return "Without --checkpoint, a new load begins at the first record."
    return "The same command with --resume goes on from there."


def lines(report: LoadReport) -> Iterator[str]:
    """Give a report line by line, with the places of refused records where no file holds them."""
    yield from (in_flags(line) for line in report.lines())
    if report.refused and report.examples:
        shown = sorted(example.position for example in report.examples[:_PLACES])
        more = ", …" if report.refused > len(shown) else ""
        yield f"Refused records, by their position: {', '.join(map(str, shown))}{more}."
