"""A sandbox on loopback, and the command line pointed at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from typer.testing import CliRunner

from langchain_customerio.cli.app import app
from langchain_customerio.sandbox import Sandbox
from tests.reading import without_progress

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Ended:
    """How a command has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, for a program."""
        return orjson.loads(self.out)


@dataclass(frozen=True)
class Terminal:
    """Runs commands against a sandbox."""

    sandbox: Sandbox

    def __call__(self, *arguments: object, stdin: str | None = None) -> Ended:
        result = CliRunner().invoke(app, list(map(str, arguments)), input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ended(result.exit_code, result.stdout, without_progress(result.stderr))


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    sandbox = Sandbox({"good"})
    with sandbox.serve() as server:
        monkeypatch.setenv("CUSTOMERIO_API_KEY", "good")
        monkeypatch.setenv("CUSTOMERIO_BASE_URL", server.base_url)
        yield Terminal(sandbox)
