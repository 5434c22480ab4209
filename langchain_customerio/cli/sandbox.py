"""`langchain-customerio sandbox`: a stand-in for the API on a socket of this machine."""

from __future__ import annotations

import signal
import sys
import threading
from typing import TYPE_CHECKING, Annotated

import typer

from langchain_customerio.cli.connection import JsonOption  # noqa: TC001 - typer reads the annotation when it runs
from langchain_customerio.cli.outcome import show, told
from langchain_customerio.sandbox import Sandbox

if TYPE_CHECKING:
    from types import FrameType


def sandbox(
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Which port; 0 takes any free one.", min=0, max=65_535)] = 0,
    key: Annotated[list[str] | None, typer.Option(help="A key that is good; any key, if none is given.")] = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Serve a workspace in memory until Ctrl-C. Its address goes into CUSTOMERIO_BASE_URL."""
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = [signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)]
    workspace = Sandbox(key or None)
    try:
        with told(as_json=as_json), workspace.serve(host, port) as server:
            exports = f"export CUSTOMERIO_BASE_URL={server.base_url} CUSTOMERIO_API_KEY={workspace.any_key}"
            text = f"The sandbox listens. In another terminal:\n  {exports}"
            show({"url": server.url, "base_url": server.base_url, "key": workspace.any_key}, as_json=as_json, text=text)
            stop.wait()
    finally:
        for number, handler in zip((signal.SIGINT, signal.SIGTERM), before, strict=True):
            signal.signal(number, handler)
    sys.stderr.write(f"{workspace!r}\n")
