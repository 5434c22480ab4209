"""Where commands send to and what they may do: the key from the environment, the rest from the command line too."""

from __future__ import annotations

import warnings
from typing import Annotated, Any, Final

import typer

from langchain_customerio.cli.output import say
from langchain_customerio.client.client import PipelinesClient
from langchain_customerio.client.settings import Region, read_environment

SAFETY: Final = "Safety"
_NO_KEY_NEEDED: Final = "dry-run"

RegionOption = Annotated[
    Region | None,
    typer.Option(
        case_sensitive=False, help="Region of the workspace; by default CUSTOMERIO_REGION, or that of the key."
    ),
]
BaseUrlOption = Annotated[
    str | None, typer.Option(help="Another address of the API, ending in /v1; by default CUSTOMERIO_BASE_URL.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
StrictOption = Annotated[
    bool,
    typer.Option(
        "--strict", rich_help_panel=SAFETY, help="Ask the API to validate; otherwise it answers 200 to everything."
    ),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", rich_help_panel=SAFETY, help="Check everything, send nothing; needs no key.")
]


def connect(region: Region | None, base_url: str | None, *, dry_run: bool = False) -> PipelinesClient:
    """Return a client with the key of the environment, and pass its warnings on.

    Raises:
        ConfigurationError: If there is no key and one is needed, or it belongs elsewhere.
    """
    given: dict[str, Any] = {} if region is None else {"region": region}
    environment = read_environment()
    if dry_run and environment.api_key is None:
        given["api_key"] = _NO_KEY_NEEDED
        base_url = base_url or environment.base_url
    if base_url is not None:
        given["base_url"] = base_url
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        client = PipelinesClient(**given)
    for warning in caught:
        say(f"Warning: {warning.message}")
    return client
