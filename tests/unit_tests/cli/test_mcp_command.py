"""`mcp`: what it refuses to serve, and how it ends. What it serves is tried as a process, in the integration tests."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from typing import TYPE_CHECKING

import httpx
import pytest
from typer.testing import CliRunner

from langchain_customerio.cli.app import app
from tests.unit_tests.cli.test_sandbox_command import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from typer.testing import Result

TOKEN = "a-token-for-tests"


@pytest.fixture(autouse=True)
def _levels_stay() -> Iterator[None]:
    """Undo what the command says about logging, which ends with its process."""
    loggers = [logging.getLogger(name) for name in ("httpx", "langchain_customerio")]
    levels = [logger.level for logger in loggers]
    yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


def run(*arguments: str) -> Result:
    """Run the command with nothing on its standard input."""
    return CliRunner().invoke(app, ["mcp", *arguments], input="")


def test_over_the_standard_streams_it_ends_with_its_client() -> None:
    result = run("--sandbox", "--style", "typed", "--verbose")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "This is a sandbox in memory" in result.stderr


def test_without_a_key_there_is_nothing_to_serve() -> None:
    result = run()
    assert (result.exit_code, result.stdout) == (2, "")
    assert "No Customer.io key" in result.stderr


def test_a_server_that_only_reads_needs_no_key() -> None:
    assert run("--read-only", "--no-dry-run").exit_code == 0


def test_over_http_a_token_is_required() -> None:
    result = run("--sandbox", "--http")
    assert result.exit_code == 2
    assert "Over HTTP, a bearer token is required: set CUSTOMERIO_MCP_TOKEN, or give --token-file." in result.stderr


def test_a_token_that_is_no_secret_is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTOMERIO_MCP_TOKEN", "hush")
    result = run("--sandbox", "--http")
    assert result.exit_code == 2
    assert "at least 16 characters" in result.stderr
    assert "hush" not in result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--tools", "drop"], "tools names 'drop'; there are customerio_identify"),
        (["--exclude", "drop"], "exclude names 'drop'; there are customerio_identify"),
        (["--person", " "], "person is empty"),
        (["--policy", "nowhere.toml"], "nowhere.toml: No such file or directory"),
        (["--token-file", "nowhere.txt"], "nowhere.txt: No such file or directory"),
    ],
)
def test_what_cannot_be_served_is_said_in_one_line(arguments: list[str], said: str) -> None:
    result = run("--sandbox", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.loopback
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_over_http_it_serves_until_ctrl_c(host: str, tmp_path: Path) -> None:
    secret, key = tmp_path / "token", tmp_path / "key"
    secret.write_text(f"{TOKEN}\n")
    key.write_text("0123456789abcdef" * 2)
    port, answers = free_port(), list[httpx.Response]()

    def visit() -> None:
        place = f"[{host}]" if ":" in host else host
        with httpx.Client(base_url=f"http://{place}:{port}", transport=httpx.HTTPTransport(retries=20)) as http:
            answers.append(http.get("/healthz"))
            answers.append(http.post("/mcp", json={}))
        os.kill(os.getpid(), signal.SIGINT)

    visitor = threading.Thread(target=visit)
    visitor.start()
    options = ["--http", "--host", host, "--port", str(port), "--allow-host", "mcp.example.com"]
    result = run("--sandbox", *options, "--token-file", str(secret), "--state-key-file", str(key))
    visitor.join()
    assert result.exit_code == 0
    assert f":{port}/mcp, until Ctrl-C." in result.stderr
    assert [answer.status_code for answer in answers] == [200, 401]


@pytest.mark.loopback
def test_a_port_that_is_taken_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTOMERIO_MCP_TOKEN", TOKEN)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = run("--sandbox", "--http", "--port", str(taken.getsockname()[1]))
    assert result.exit_code == 2
    assert "in use" in result.stderr
