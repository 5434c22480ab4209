"""Fixtures for tests with sockets."""

from __future__ import annotations

import sys

import pytest

from tests.conftest import Run


@pytest.fixture(params=["httpx", "aiohttp"])
def pool(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Which library keeps the connections of async calls: aiohttp where its extra is installed, or else httpx."""
    if request.param == "httpx":
        monkeypatch.setitem(sys.modules, "httpx_aiohttp", None)
    else:
        pytest.importorskip("httpx_aiohttp")
    return str(request.param)


@pytest.fixture(params=["sync", "async over httpx", "async over aiohttp"])
def run_over(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Drive the client over each kind of connections."""
    if "aiohttp" in request.param:
        pytest.importorskip("httpx_aiohttp")
    else:
        monkeypatch.setitem(sys.modules, "httpx_aiohttp", None)
    return Run("sync" if request.param == "sync" else "async")
