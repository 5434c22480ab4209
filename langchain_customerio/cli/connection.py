"""Where commands send to: the key from the environment, the rest from there or from the command line."""

from __future__ import annotations

import sys
import warnings
from typing import Annotated

import typer

from langchain_customerio.client import PipelinesClient
from langchain_customerio.settings import Region

RegionOption = Annotated[
    Region | None,
    typer.Option(
        case_sensitive=False, help="Where the workspace is; by default CUSTOMERIO_REGION, or what the key says."
    ),
]
BaseUrlOption = Annotated[
    str | None, typer.Option(help="Another address, up to and including /v1; by default CUSTOMERIO_BASE_URL.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
StrictOption = Annotated[
    bool, typer.Option("--strict", help="Let the API validate; without it, it answers 200 to everything.")
]


def connect(region: Region | None, base_url: str | None) -> PipelinesClient:
    """Return a client with the key of the environment, and pass its warnings on.

    Raises:
        ConfigurationError: If there is no key, or it belongs elsewhere.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        client = PipelinesClient(region=region, base_url=base_url)
    for warning in caught:
        sys.stderr.write(f"Warning: {warning.message}\n")
    return client
