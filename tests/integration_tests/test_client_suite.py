"""The client's unit tests once more, with the sandbox on a socket: what holds in process holds over both transports."""

from __future__ import annotations

from inspect import signature
from typing import TYPE_CHECKING, Any, ClassVar

import httpx
import pytest

from langchain_customerio.sandbox import Sandbox
from tests.conftest import Run
from tests.unit_tests.client import test_client, test_client_errors, test_client_faults, test_client_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from langchain_customerio import PipelinesClient
    from langchain_customerio.sandbox import SandboxServer

SUITES = (test_client, test_client_errors, test_client_faults, test_client_secrets)
IMPATIENT = httpx.Timeout(10.0, read=0.2)

NOT_HERE = {
    "waits": "the time between attempts, which no transport has a say in",
    "log": "httpcore writes what it is answered into its own log",
    "test_a_connection_that_fails_every_time_is_no_answer": "a socket that listens refuses nobody: test_transports.py",
}


class Switchboard(Sandbox):
    """What listens: it hands each request to the sandbox of the test that runs."""

    test: Sandbox

    def exchange(self, *request: Any) -> Any:
        return self.test.exchange(*request)


class OnASocket(Sandbox):
    """A sandbox whose clients talk to it over the socket."""

    server: ClassVar[SandboxServer]
    switchboard: ClassVar[Switchboard]
    has_silence = False

    def fail(self, **fault: Any) -> Any:
        self.has_silence |= "timeout" in fault
        return super().fail(**fault)

    def client(self, **settings: Any) -> PipelinesClient:
        self.switchboard.test = self
        base_url = {"base_url": self.server.base_url, "transport": None, "async_transport": None}
        timeout = {"timeout": IMPATIENT} if self.has_silence else {}
        return super().client(**base_url | timeout | settings)


@pytest.fixture(scope="module")
def switchboard() -> Iterator[Switchboard]:
    board = Switchboard()
    with board.serve() as OnASocket.server:
        yield board


@pytest.fixture(autouse=True)
def _on_a_socket(monkeypatch: pytest.MonkeyPatch, switchboard: Switchboard) -> None:
    monkeypatch.setattr(OnASocket, "switchboard", switchboard, raising=False)
    for suite in SUITES:
        monkeypatch.setattr(suite, "Sandbox", OnASocket)


@pytest.fixture
def run(pool: str) -> Run:
    """Drive the async half, once over each library."""
    return Run("async")


def driving(suite: ModuleType) -> dict[str, Callable[..., None]]:
    """Return the tests of a module that drive a client, without those that are not for here."""
    tests = {name: test for name, test in vars(suite).items() if name.startswith("test_")}
    words = {name: {name, *signature(test).parameters} for name, test in tests.items()}
    return {name: test for name, test in tests.items() if "run" in words[name] and not words[name] & NOT_HERE.keys()}


for _suite in SUITES:
    globals().update(driving(_suite))
