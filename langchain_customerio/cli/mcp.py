"""`langchain-customerio mcp`: the tools for every MCP client, over the standard streams or over HTTP."""

from __future__ import annotations

import logging
import os
import socket
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path  # noqa: TC003 - typer reads the annotation when it runs
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from langchain_customerio.cli.options import BaseUrlOption, RegionOption, connect
from langchain_customerio.cli.output import say, told
from langchain_customerio.cli.policy import PANEL, PolicyOption, read_policy, takes_policy_options
from langchain_customerio.errors import ConfigurationError
from langchain_customerio.messages import Door
from langchain_customerio.sandbox import Sandbox

if TYPE_CHECKING:
    from langchain_customerio.client.client import PipelinesClient
    from langchain_customerio.policy.policy import Policy
    from langchain_customerio.tools.toolkit import CustomerioPipelinesToolkit

Style = Literal["two_mode", "typed"]

TOKEN: Final = "CUSTOMERIO_MCP_TOKEN"  # noqa: S105 - the name of a variable
STATE_KEY: Final = "CUSTOMERIO_MCP_STATE_KEY"
_HTTP: Final = "HTTP"

StyleOption = Annotated[
    Style, typer.Option(help="Seven tools with two modes, or one tool with flat arguments for each action.")
]
ToolsOption = Annotated[
    list[str] | None, typer.Option(metavar="NAME", help="Only the tools with this name, or with this in their name.")
]
ExcludeOption = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="All tools except those with this name, or with this in their name."),
]


@takes_policy_options
def mcp(  # noqa: PLR0913 - one option for each
    *,
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="Serve a sandbox in this process: no account and no key are needed.")
    ] = False,
    style: StyleOption = "two_mode",
    tools: ToolsOption = None,
    exclude: ExcludeOption = None,
    policy: PolicyOption = None,
    read_only: Annotated[
        bool,
        typer.Option(
            "--read-only", rich_help_panel=PANEL, help="Only schemas and dry runs, whatever the other options say."
        ),
    ] = False,
    strict: Annotated[
        bool | None,
        typer.Option(
            "--strict/--no-strict",
            help="Whether the API validates. By default it does for typed tools; for two modes the model decides.",
        ),
    ] = None,
    http: Annotated[
        bool,
        typer.Option(
            "--http", rich_help_panel=_HTTP, help=f"Serve over HTTP at /mcp, with the bearer token in {TOKEN}."
        ),
    ] = False,
    host: Annotated[str, typer.Option(rich_help_panel=_HTTP, help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(rich_help_panel=_HTTP, help="Port to listen on; 0 takes any free one.", min=0, max=65_535)
    ] = 8765,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            rich_help_panel=_HTTP,
            help="A host name by which clients reach the server, besides localhost.",
        ),
    ] = None,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(metavar="ORIGIN", rich_help_panel=_HTTP, help="An origin whose web pages may call the server."),
    ] = None,
    token_file: Annotated[
        Path | None, typer.Option(rich_help_panel=_HTTP, help="A file with the bearer token.")
    ] = None,
    state_key_file: Annotated[
        Path | None,
        typer.Option(
            rich_help_panel=_HTTP, help=f"A file with the key that several workers share, in place of {STATE_KEY}."
        ),
    ] = None,
    region: RegionOption = None,
    base_url: BaseUrlOption = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Log each attempt, without data.")] = False,
    **fields: Any,  # noqa: ANN401 - the fields of a policy, typed where they are made
) -> None:
    """Serve the tools to MCP clients, over the standard streams or over HTTP. Logs go to the standard error.

    langchain-customerio mcp --sandbox --style typed
    """
    with told(as_json=False, door=Door()):  # what is said in here is read by models
        chosen = read_policy(policy, fields)
        chosen = replace(chosen, dry_run=True) if read_only else chosen
        _log(verbose=verbose)
        token = _secret(TOKEN, token_file)
        if http and token is None:
            raise ConfigurationError(f"Over HTTP, a bearer token is required: set {TOKEN}, or give --token-file.")
        with _client(chosen, region, base_url, sandbox=sandbox) as client:
            toolkit = toolkit_of(style, chosen, tools, exclude, client=client, strict=strict)
            state_key = _secret(STATE_KEY, state_key_file)
            state_keys = [] if state_key is None else [state_key]
            if not http:
                toolkit.mcp_server(state_keys=state_keys).run()
                return
            names = [*([] if host in _EVERYWHERE else [host]), *(allow_host or ())]
            _serve(toolkit, host, port, names, allow_origin or [], token=token, state_keys=state_keys)


_EVERYWHERE: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not listened on


def toolkit_of(
    style: Style,
    policy: Policy,
    tools: list[str] | None,
    exclude: list[str] | None,
    **options: Any,  # noqa: ANN401 - those of the toolkit
) -> CustomerioPipelinesToolkit:
    """Return a toolkit as the options of a command want it."""
    from langchain_customerio.tools.toolkit import CustomerioPipelinesToolkit  # noqa: PLC0415 - loads LangChain

    return CustomerioPipelinesToolkit(
        style=style, policy=policy, tools=tuple(tools) if tools else None, exclude=tuple(exclude or ()), **options
    )


def _client(policy: Policy, region: Any, base_url: str | None, *, sandbox: bool) -> PipelinesClient:  # noqa: ANN401 - as typer read it
    if sandbox:
        say("This is a sandbox in memory: nothing reaches Customer.io, and all is forgotten at the end.")
        return Sandbox().client()
    return connect(region, base_url, dry_run=policy.dry_run)


def _secret(variable: str, file: Path | None) -> str | None:
    """Return a secret from a file or from the environment: never from the command line, which others can read."""
    found = file.read_text(encoding="utf-8") if file is not None else os.environ.get(variable, "")
    return found.strip() or None


def _log(*, verbose: bool) -> None:
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # says of each request what `client/hooks` says better
    logging.getLogger("langchain_customerio").setLevel(logging.DEBUG if verbose else logging.INFO)


def _serve(
    toolkit: CustomerioPipelinesToolkit,
    host: str,
    port: int,
    names: list[str],
    origins: list[str],
    **options: Any,  # noqa: ANN401 - those of `mcp_server`
) -> None:
    import uvicorn  # noqa: PLC0415 - comes with an extra

    from langchain_customerio.mcp.http import PATH, http_app  # noqa: PLC0415 - needs an extra

    app = http_app(toolkit.mcp_server(**options), hosts=names, origins=origins)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family) as listening:
        place = f"[{host}]" if ":" in host else host
        say(f"Serving MCP at http://{place}:{listening.getsockname()[1]}{PATH}, until Ctrl-C.")
        with suppress(KeyboardInterrupt):
            uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False)).run(sockets=[listening])
