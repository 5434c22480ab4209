"""Talks to a sandbox as any HTTP client would, without the client of this package."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from langchain_customerio.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Mapping

    from langchain_customerio.sandbox.http import JsonObject

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
"""The time at which everything arrives."""


def make(**switches: Any) -> Sandbox:
    """Make a sandbox whose clock stands still."""
    return Sandbox(**{"clock": lambda: AT} | switches)


def basic(key: str, password: str = "") -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'{key}:{password}'.encode()).decode()}"}


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def post(
    sandbox: Sandbox,
    endpoint: str,
    body: object,
    *,
    strict: bool = False,
    headers: Mapping[str, str] | None = None,
) -> tuple[int, Any]:
    """Post a body, JSON unless it is bytes, and return status and parsed answer (None when empty)."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    all_headers = basic("key") | ({"X-Strict-Mode": "1"} if strict else {}) | dict(headers or {})
    status, _, answer = sandbox.handle("POST", f"/v1{endpoint}", all_headers, data)
    return status, json.loads(answer) if answer else None


def identify(sandbox: Sandbox, user_id: str = "ada", **traits: Any) -> None:
    assert post(sandbox, "/identify", {"userId": user_id, "traits": traits}) == (200, {})


def track(sandbox: Sandbox, event: str, **fields: Any) -> None:
    assert post(sandbox, "/track", {"event": event, **fields}) == (200, {})


EMPTY: JsonObject = {
    "people": {},
    "anonymous": {},
    "objects": [],
    "relationships": [],
    "devices": [],
    "events": [],
    "suppressed": [],
    "aliases": {},
    "deleted": [],
    "delivery_metrics": [],
    "content_metrics": [],
    "duplicates": {},
}


def state(sandbox: Sandbox) -> JsonObject:
    """Return what the workspace holds, without the parts that are empty, without times and counters."""
    summary = {name: value for name, value in sandbox.summary().items() if name != "counts"}
    assert summary.keys() == EMPTY.keys()
    return {name: _timeless(value) for name, value in summary.items() if value != EMPTY[name]}


def _timeless(value: Any) -> Any:
    """Leave out times, and what is empty or None."""
    if isinstance(value, dict):
        kept = {name: _timeless(inner) for name, inner in value.items() if name not in _TIMES}
        return {name: inner for name, inner in kept.items() if inner not in (None, {}, [])}
    return [_timeless(inner) for inner in value] if isinstance(value, list) else value


_TIMES = {"created_at", "updated_at", "timestamp", "at"}
