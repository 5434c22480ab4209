"""A client in a process that forks: connections are not shared, and so no receipt belongs to another call."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from langchain_customerio import Identify, PipelinesClient
from tests import far_end
from tests.forking import CALLS, CHILDREN
from tests.paths import ROOT

if TYPE_CHECKING:
    from tests.conftest import Mode


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that forks")
@pytest.mark.parametrize("pool", ["httpx", "aiohttp"])
def test_no_receipt_of_a_forked_process_belongs_to_another_call(mode: Mode, pool: str) -> None:
    if pool == "aiohttp":
        if mode == "sync":
            pytest.skip("sync calls do not use aiohttp")
        pytest.importorskip("httpx_aiohttp")
    hide = "" if pool == "aiohttp" else "sys.modules['httpx_aiohttp'] = None; "
    script = f"import sys; {hide}from tests.forking import main; main(*sys.argv[1:])"
    with far_end.echoing() as base_url:
        process = subprocess.run(
            [sys.executable, "-c", script, base_url, mode],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
    told = json.loads(process.stdout)
    assert told["mixed up"] == [0] * (1 + CHILDREN)
    assert told["sent"] == [CALLS] * (1 + CHILDREN)
    assert process.stderr == ""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that forks")
def test_a_client_that_was_closed_before_the_fork_stays_closed() -> None:
    script = """
import os, sys
from langchain_customerio import ConfigurationError, Identify, PipelinesClient
client = PipelinesClient("a-key", base_url=sys.argv[1])
client.close()
if os.fork() == 0:
    try:
        client.send(Identify(user_id="ada"))
    except ConfigurationError as error:
        print(error, flush=True)
    os._exit(0)
os.wait()
"""
    process = subprocess.run(
        [sys.executable, "-c", script, "http://127.0.0.1:9/v1"], capture_output=True, text=True, check=True, timeout=60
    )
    assert process.stdout == "This client is closed: build another one.\n"


def test_a_process_that_never_sent_has_nothing_to_close() -> None:
    client = PipelinesClient("a-key")
    assert client.preview(Identify(user_id="ada")).status == "dry_run"
    client.close()
