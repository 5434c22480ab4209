"""What a person at a terminal reads: options by their flags, errors in a sentence, nothing that drives the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from langchain_customerio.bulk import LoadStoppedError
from langchain_customerio.cli.load_options import FLAGS
from langchain_customerio.errors import AuthenticationError, NoAnswerError
from langchain_customerio.messages import Door
from langchain_customerio.text import escaped, plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_customerio.bulk import LoadReport

_PLACES: Final = 10
_MOST_LINE: Final = 500
_FIELDS: Final = frozenset({"name"})  # what is an option as well, and in a message always the field

_ADVICE: Final = {
    "no_key": (
        "no Customer.io key: set CUSTOMERIO_API_KEY to the API key of a source under Data & Integrations, Integrations"
    ),
    "no_such_region": "the region is neither us nor eu: give --region, or set CUSTOMERIO_REGION",
}


def _named(field: str) -> str:
    return FLAGS.get(field, field) if field not in _FIELDS else field


def _permission(rule: str) -> str:
    flag = f"--{rule.replace('_', '-')}"
    return f"{flag} allows it." if rule.startswith("allow_") else f"The policy says so: see {flag}."


TERMINAL: Final = Door(_named, _ADVICE, _permission)
"""The words of a command line."""


def message(error: BaseException) -> str:
    """Return what a person at a terminal has to know of an error.

    >>> message(FileNotFoundError(2, "No such file or directory", "people.csv"))
    'people.csv: No such file or directory'
    """
    if isinstance(error, LoadStoppedError):
        return f"{_why(error)} {how_to_go_on(error.report.checkpoint)}"
    if isinstance(error, AuthenticationError):
        before = f" {plural(error.delivered, 'call')} had been delivered before." if error.delivered else ""
        return f"The API answered {error.status}: here, it does not take the key in CUSTOMERIO_API_KEY.{before}"
    if isinstance(error, NoAnswerError) and not error.may_have_arrived:
        what = f"No connection to {error.host} ({error.detail})."
        return safe(f"{what} Check the address (--base-url, CUSTOMERIO_BASE_URL) and the network.")
    if isinstance(error, OSError) and error.filename is not None:
        return safe(f"{error.filename}: {error.strerror}")
    return safe(str(error))


def _why(error: LoadStoppedError) -> str:
    if error.__cause__ is None:
        return error.why
    return f"Stopped: {message(error.__cause__).removesuffix('.')}."


def how_to_go_on(checkpoint: object) -> str:
    """Say how a load that was stopped goes on."""
    if checkpoint is None:
        return "Without --checkpoint, a new load begins at the first record."
    return "The same command with --resume goes on from there."


def safe(text: str) -> str:
    r"""Return a line that may hold foreign text, bounded and without anything that would drive a terminal.

    >>> safe("a\x1b[31mb")
    'a\\x1b[31mb'
    """
    return escaped(text, _MOST_LINE)


def lines(report: LoadReport) -> Iterator[str]:
    """Give a report line by line, with the places of refused records where no file holds them."""
    yield from map(safe, report.lines())
    if report.refused and report.examples:
        shown = sorted(example.position for example in report.examples)[:_PLACES]
        more = ", …" if report.refused > len(shown) else ""
        yield f"Refused records, by their position: {', '.join(map(str, shown))}{more}."
