"""`langchain-customerio sandbox`: a stand-in for the API on a socket of this machine."""

from __future__ import annotations

import signal
import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from langchain_customerio.cli.options import JsonOption  # noqa: TC001 - typer reads the annotation when it runs
from langchain_customerio.cli.output import show, told
from langchain_customerio.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
_SHOWN: Final = 5


def sandbox(
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Which port; 0 takes any free one.", min=0, max=65_535)] = 0,
    key: Annotated[
        list[str] | None, typer.Option(metavar="TEXT", help="A key that is good; any key, if none is given.")
    ] = None,
    *,
    count_only: Annotated[
        bool, typer.Option("--count-only", help="Forget what was counted, so that big loads need no memory.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Serve a stand-in for the API, with a workspace in memory, until Ctrl-C. Then say what has arrived."""
    workspace = Sandbox(key or None, record=not count_only)
    with told(as_json=as_json), _asked_to_stop() as stop, workspace.serve(host, port) as server:
        found = {"url": server.url, "base_url": server.base_url, "key": workspace.any_key}
        exports = f"export CUSTOMERIO_BASE_URL={server.base_url} CUSTOMERIO_API_KEY={workspace.any_key}"
        show(found, as_json=as_json, text=f"The sandbox listens, until Ctrl-C. In another terminal:\n  {exports}")
        stop.wait()
    arrived = _arrived(workspace)
    show(arrived, as_json=as_json, text="\n".join(_lines(arrived)))


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
    return {
        "requests": counts["requests"],
        "calls": counts["calls"],
        "accepted": {name.partition(".")[2]: count for name, count in counts.items() if name.startswith("accepted.")},
        "repeats": counts["duplicates"],
        "reasons": dict(Counter(_reasons(workspace))),
    }


def _reasons(workspace: Sandbox) -> Iterator[str]:
    """Give why something was not accepted: a call, or a request as a whole."""
    for entry in workspace.ledger:
        yield from (record.reason for record in entry.calls or (entry,) if record.reason)


def _lines(arrived: dict[str, Any]) -> Iterator[str]:
    accepted = ", ".join(f"{count:,} {kind}" for kind, count in sorted(arrived["accepted"].items())) or "none"
    yield f"Arrived: {arrived['requests']:,} requests with {arrived['calls']:,} calls."
    yield f"Accepted: {accepted}; {arrived['repeats']:,} of them again, with a messageId that was there before."
    often = sorted(arrived["reasons"].items(), key=lambda each: -each[1])
    yield from (f"Not accepted {count:,} times: {reason}" for reason, count in often[:_SHOWN])
