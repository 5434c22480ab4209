"""`sandbox`: a workspace on a socket, until somebody asks it to stop."""

from __future__ import annotations

import os
import signal
import socket
import threading
from typing import Any

import httpx
import orjson
import pytest
from typer.testing import CliRunner

from langchain_customerio.cli.app import app

pytestmark = pytest.mark.loopback


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def visit(port: int, answers: list[Any], number: int) -> None:
    """Track an event with a good and with a wrong key as soon as somebody listens, then ask them to stop."""
    body = {"userId": "ada", "event": "Paid"}
    with httpx.Client(
        base_url=f"http://127.0.0.1:{port}/v1",
        transport=httpx.HTTPTransport(retries=20),
        headers={"X-Strict-Mode": "1"},
    ) as http:
        answers += [http.post("/track", json=body, auth=(key, "")).status_code for key in ("good", "bad")]
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_asked_to_stop(number: int) -> None:
    port, answers = free_port(), list[Any]()
    before = signal.getsignal(number)
    visitor = threading.Thread(target=visit, args=(port, answers, number))
    visitor.start()
    ended = CliRunner().invoke(app, ["sandbox", "--port", str(port), "--key", "good", "--json"])
    visitor.join()
    assert ended.exit_code == 0
    base_url = f"http://127.0.0.1:{port}/v1"
    assert [orjson.loads(line) for line in ended.stdout.splitlines()] == [
        {"url": base_url[:-3], "base_url": base_url, "key": "good"},
        {"requests": 2, "calls": 1, "accepted": {"track": 1}, "repeats": 0, "reasons": {"the API key is unknown": 1}},
    ]
    assert (ended.stderr, answers) == ("", [200, 401])
    assert signal.getsignal(number) is before


@pytest.mark.parametrize("count_only", [False, True])
def test_it_says_how_to_point_others_at_it_and_in_the_end_what_has_arrived(count_only: bool) -> None:  # noqa: FBT001 - pytest passes it by name
    port = free_port()
    visitor = threading.Thread(target=visit, args=(port, [], signal.SIGINT))
    visitor.start()
    ended = CliRunner().invoke(
        app, ["sandbox", "--port", str(port), "--key", "good", *(["--count-only"] if count_only else [])]
    )
    visitor.join()
    assert ended.stdout.splitlines() == [
        "The sandbox listens, until Ctrl-C. In another terminal:",
        f"  export CUSTOMERIO_BASE_URL=http://127.0.0.1:{port}/v1 CUSTOMERIO_API_KEY=good",
        "Arrived: 2 requests with 1 calls.",
        "Accepted: 1 track; 0 of them again, with a messageId that was there before.",
        *([] if count_only else ["Not accepted 1 times: the API key is unknown"]),
    ]


def test_a_port_that_is_taken_ends_with_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        ended = CliRunner().invoke(app, ["sandbox", "--port", str(server.getsockname()[1])])
    assert ended.exit_code == 2
    assert "Address already in use" in ended.stderr
