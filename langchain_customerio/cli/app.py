"""The commands, put together."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from langchain_customerio.cli.check import check
from langchain_customerio.cli.load import load
from langchain_customerio.cli.mcp import mcp
from langchain_customerio.cli.output import EXIT_CODES
from langchain_customerio.cli.preview import preview
from langchain_customerio.cli.sandbox import sandbox
from langchain_customerio.cli.send import send
from langchain_customerio.cli.tools import tools

app = typer.Typer(name="langchain-customerio", no_args_is_help=True, pretty_exceptions_enable=False, epilog=EXIT_CODES)


def _version(asked: bool) -> None:  # noqa: FBT001 - typer calls it so
    if asked:
        sys.stdout.write(f"langchain-customerio {version('langchain-customerio')}\n")
        raise typer.Exit


@app.callback()
def _root(
    *,
    show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Write to Customer.io's Pipelines API from a terminal. The key comes from CUSTOMERIO_API_KEY."""


for _command in (check, send, preview, load, sandbox, mcp, tools):
    app.command(epilog=EXIT_CODES)(_command)
