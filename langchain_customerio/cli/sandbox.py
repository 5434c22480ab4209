"""`langchain-customerio sandbox`: a stand-in for the API on a socket of this machine."""

from __future__ import annotations

import signal
import threading
import warnings
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from langchain_customerio.cli.options import JsonOption  # noqa: TC001 - typer reads the annotation when it runs
from langchain_customerio.cli.output import say, show, told
from langchain_customerio.sandbox import Sandbox, SandboxServer
from langchain_customerio.sandbox.rows import Row, rows_of
from langchain_customerio.text import escaped, plural

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
_SHOWN: Final = 5
_MOST_LINE: Final = 200
_LOG_SECONDS: Final = 0.2

Log = Literal["refused", "all", "none"]


def sandbox(  # noqa: PLR0913 - each parameter is an option of the command
    host: Annotated[
        str, typer.Option(help="Address to listen on; beyond this machine the console asks for a token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes any free one.", min=0, max=65_535)] = 0,
    key: Annotated[
        list[str] | None, typer.Option(metavar="TEXT", help="A valid API key; by default any key is valid.")
    ] = None,
    *,
    token: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Token for the console, 16 characters or more; generated if one is needed."),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Another host name by which clients reach the sandbox."),
    ] = None,
    log: Annotated[
        Log, typer.Option(help="Which calls to print as they arrive: those that were not stored, all, or none.")
    ] = "refused",
    count_only: Annotated[
        bool, typer.Option("--count-only", help="Count calls without keeping them, for large loads.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Serve a sandbox of the API until Ctrl-C, with a page that shows what arrives. Print a summary at the end."""
    workspace = Sandbox(key or None, record=not count_only)
    with told(as_json=as_json), _asked_to_stop() as stop, _serve(workspace, host, port, token, allow_host) as server:
        exports = f"export CUSTOMERIO_BASE_URL={server.base_url} CUSTOMERIO_API_KEY={workspace.any_key}"
        found = {
            "url": server.url,
            "base_url": server.base_url,
            "console_url": server.console_url,
            "key": workspace.any_key,
        }
        text = (
            f"The sandbox listens, until Ctrl-C. In another terminal:\n  {exports}"
            f"\nWatch what arrives in a browser:\n  {server.console_url}"
        )
        show(found, as_json=as_json, text=text)
        _follow(workspace, stop, "none" if as_json else log)
    arrived = _arrived(workspace)
    show(arrived, as_json=as_json, text="\n".join(_lines(arrived)))


def _serve(workspace: Sandbox, host: str, port: int, token: str | None, allow_host: list[str] | None) -> SandboxServer:
    """Bind the socket, and pass the warning on.

    Raises:
        typer.BadParameter: The token is too short.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            server = workspace.serve(host, port, token=token, hosts=allow_host or ())
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--token") from error
    for warning in caught:
        say(f"Warning: {warning.message}")
    return server


def _follow(workspace: Sandbox, stop: threading.Event, log: Log) -> None:
    """Print calls as they arrive, until somebody asks to stop."""
    seen = 0
    asked = False
    while not asked:
        asked = stop.wait(_LOG_SECONDS if log != "none" else None)
        entries = workspace.ledger[seen:] if log != "none" else []
        seen += len(entries)
        for row in (row for entry in entries for row in rows_of(entry)):
            if log == "all" or row.label not in {"accepted", "duplicate"}:
                say(escaped(_line(row), _MOST_LINE))


def _line(row: Row) -> str:
    outcome = f"{row.label}: {row.reason}" if row.reason else row.label
    words = (f"{row.entry.at.astimezone():%H:%M:%S}", row.kind, row.who, row.what, outcome)
    return " ".join(word for word in words if word)


@contextmanager
def _asked_to_stop() -> Iterator[threading.Event]:
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = [(number, signal.signal(number, ask)) for number in _SIGNALS]
    try:
        yield stop
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def _arrived(workspace: Sandbox) -> dict[str, Any]:
    counts = Counter(workspace.counts)
    reasons: Counter[str] = Counter()
    for (outcome, reason), times in workspace.reasons.items():
        reasons[reason] += times if outcome != "ignored" else 0
    return {
        "requests": counts["requests"],
        "calls": counts["calls"],
        "accepted": {name.partition(".")[2]: count for name, count in counts.items() if name.startswith("accepted.")},
        "repeats": counts["duplicates"],
        "reasons": dict(+reasons),
    }


def _lines(arrived: dict[str, Any]) -> Iterator[str]:
    accepted = ", ".join(f"{count:,} {kind}" for kind, count in sorted(arrived["accepted"].items())) or "none"
    yield f"Arrived: {plural(arrived['requests'], 'request')} with {plural(arrived['calls'], 'call')}."
    yield f"Accepted: {accepted}; {arrived['repeats']:,} with a messageId that had been stored before."
    often = sorted(arrived["reasons"].items(), key=lambda each: -each[1])
    yield from (f"Not accepted, {plural(count, 'time')}: {reason}" for reason, count in often[:_SHOWN])
