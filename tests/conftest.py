"""Fixtures for every test: a clean environment, loopback on request, and one body for sync and async."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from langchain_core.runnables import RunnableConfig
    from langchain_core.tools import BaseTool

    from langchain_customerio import PipelinesClient, Receipt
    from langchain_customerio.api.calls import Call

LOOPBACK = ["127.0.0.1", "::1", "localhost"]

# With every warning an error, but for the one that pyproject.toml excepts.
STRICT_PYTHON = (
    *(sys.executable, "-W", "error"),
    *("-W", "ignore:'asyncio.iscoroutinefunction' is deprecated:DeprecationWarning"),
)

# What a developer may have set for their own work, and what would change what the tests see.
_FOREIGN = ("CUSTOMERIO_", "LANGCHAIN_", "LANGSMITH_", "MODEL")

# `default` is the same on every run, so that a change is judged by what it changes; `nightly` looks longer, and
# elsewhere each time (HYPOTHESIS_PROFILE=nightly).
settings.register_profile("default", deadline=None, derandomize=True)
settings.register_profile("nightly", deadline=None, max_examples=5_000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_configure() -> None:
    """Let Ctrl-C mean what it means at a terminal: a shell has its background jobs ignore it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Open loopback to the tests that ask for it, and the world to those marked `network` only.

    Lines are counted where they are reached on purpose; elsewhere it would take as long again as the tests themselves.
    These tests come first, before others import a module or fill a cache.
    """
    for item in items:
        of_a_room = "unit_tests" in item.path.parts and "project" not in item.path.parts
        if not (of_a_room or item.get_closest_marker("counted")):
            item.add_marker(pytest.mark.no_cover)
        if item.get_closest_marker("network"):
            item.add_marker(pytest.mark.enable_socket)
        elif item.get_closest_marker("loopback") or "integration_tests" in item.path.parts:
            item.add_marker(pytest.mark.allow_hosts(LOOPBACK))
    items.sort(key=lambda item: item.get_closest_marker("no_cover") is not None)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their length: compressed ones hold the time, and the two workers must agree on every name."""
    return f"{argname}:{len(val)}-bytes" if isinstance(val, bytes) else None


@pytest.fixture(autouse=True)
def _clean_environment(request: pytest.FixtureRequest) -> Iterator[None]:
    """Hide the developer's keys, tracing and proxies, except from a test of the real API."""
    if request.node.get_closest_marker("network"):
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith(_FOREIGN) or name.lower().endswith("_proxy"):
                patch.delenv(name)
        yield


Mode = Literal["sync", "async"]


@dataclass(frozen=True)
class Run:
    """Drives either half of an API that has two, so that one test body proves both.

    Each async call gets an event loop of its own, as in a program that calls `asyncio.run` more than once.
    """

    mode: Mode

    def method(self, target: object, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call `target.name(…)`, or finish `target.aname(…)`."""
        if self.mode == "sync":
            return getattr(target, name)(*args, **kwargs)

        async def finish() -> Any:
            return await getattr(target, f"a{name}")(*args, **kwargs)

        return asyncio.run(finish())

    def send(self, client: PipelinesClient, call: Call, *, strict: bool = False) -> Receipt:
        """Send a call through `client.send` or `client.asend`."""
        receipt: Receipt = self.method(client, "send", call, strict=strict)
        return receipt

    def check(self, client: PipelinesClient) -> Any:
        """Check the key through `client.check` or `client.acheck`."""
        return self.method(client, "check")

    def invoke(self, tool: BaseTool, tool_input: str | Mapping[str, Any], config: RunnableConfig | None = None) -> Any:
        """Run a tool through `invoke` or `ainvoke`: arguments give its content, a ToolCall its message."""
        return self.method(tool, "invoke", tool_input, config)

    def close(self, client: PipelinesClient) -> None:
        """Close a client through `close` or `aclose`."""
        self.method(client, "close")


@pytest.fixture(params=["sync", "async"])
def mode(request: pytest.FixtureRequest) -> Mode:
    """Run the test twice: once for each half of the API."""
    chosen: Mode = request.param
    return chosen


@pytest.fixture
def run(mode: Mode) -> Run:
    """Drive the half of the API that `mode` names."""
    return Run(mode)
