"""`langchain-customerio check`: is the key good, here?"""

from __future__ import annotations

from langchain_customerio.cli.options import BaseUrlOption, JsonOption, RegionOption, connect
from langchain_customerio.cli.output import show, told


def check(region: RegionOption = None, base_url: BaseUrlOption = None, *, as_json: JsonOption = False) -> None:
    """Ask the API whether it takes the key in CUSTOMERIO_API_KEY. Nothing is stored."""
    with told(as_json=as_json), connect(region, base_url) as client:
        client.check()
    where = client.base_url
    show({"status": "ok", "base_url": where}, as_json=as_json, text=f"The API takes the key at {where}.")
