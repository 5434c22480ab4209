"""A sandbox with a workspace in it, and a way to write to it that goes round the tools under test."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from langchain_customerio.sandbox import Sandbox
from tests.evals.task import KEY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.evals.task import Step

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def new_workspace(steps: Iterable[Step]) -> Sandbox:
    """Return a sandbox that holds what these calls store, at a time that never changes."""
    sandbox = Sandbox(keys={KEY}, clock=lambda: NOW)
    for step in steps:
        status = post(sandbox, f"/v1/{step.call}", json.dumps(step.body).encode())
        assert status == 200, step
    return sandbox


def post(sandbox: Sandbox, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> int:
    """Hand a request to a sandbox as if key and network were good and validation asked for; return the status."""
    own = {"authorization": authorization(KEY), "x-strict-mode": "1"}
    status, _, _ = sandbox.handle("POST", path, {**(headers or {}), **own}, body)
    return status


def authorization(key: str) -> str:
    """Return the header that carries a key."""
    return f"Basic {base64.b64encode(f'{key}:'.encode()).decode()}"
