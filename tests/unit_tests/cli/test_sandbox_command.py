"""`sandbox`: a workspace on a socket, until somebody asks it to stop."""

from __future__ import annotations

import os
import re
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


def visit(port: int, answers: list[Any], number: int, event: str = "Paid") -> None:
    """Track an event with a good and with a wrong key as soon as somebody listens, then ask them to stop."""
    body = {"userId": "ada", "event": event}
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
        {"url": base_url[:-3], "base_url": base_url, "console_url": f"{base_url[:-3]}/", "key": "good"},
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
        "Watch what arrives in a browser:",
        f"  http://127.0.0.1:{port}/",
        "Arrived: 2 requests with 1 call.",
        "Accepted: 1 track; 0 with a messageId that had been stored before.",
        "Not accepted, 1 time: the API key is unknown",
    ]


def test_a_port_that_is_taken_ends_with_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        ended = CliRunner().invoke(app, ["sandbox", "--port", str(server.getsockname()[1])])
    assert ended.exit_code == 2
    assert "Address already in use" in ended.stderr


@pytest.mark.parametrize(
    ("option", "logged"),
    [
        ([], ["request POST /v1/track rejected: the API key is unknown"]),
        (
            ["--log", "all"],
            ["track ada Paid\\x1b[31m accepted", "request POST /v1/track rejected: the API key is unknown"],
        ),
        (["--log", "none"], []),
    ],
)
def test_calls_that_were_not_stored_are_logged_as_they_arrive_and_nothing_drives_the_terminal(
    option: list[str], logged: list[str]
) -> None:
    port = free_port()
    visitor = threading.Thread(target=visit, args=(port, [], signal.SIGINT, "Paid\x1b[31m"))
    visitor.start()
    ended = CliRunner().invoke(app, ["sandbox", "--port", str(port), "--key", "good", *option])
    visitor.join()
    assert [line.partition(" ")[2] for line in ended.stderr.splitlines()] == logged
    assert all(re.match(r"\d\d:\d\d:\d\d ", line) for line in ended.stderr.splitlines())


def test_beyond_this_machine_it_warns_and_makes_a_token() -> None:
    port = free_port()
    visitor = threading.Thread(target=visit, args=(port, [], signal.SIGINT))
    visitor.start()
    command = ["sandbox", "--host", "0.0.0.0", "--port", str(port), "--allow-host", "box.example"]  # noqa: S104 - that is what is tested
    ended = CliRunner().invoke(app, [*command, "--log", "none"])
    visitor.join()
    assert ended.exit_code == 0
    assert ended.stderr.startswith("Warning: The sandbox listens on 0.0.0.0, so that other machines can connect.")
    assert re.search(rf"http://0\.0\.0\.0:{port}/#token=[\w-]{{32,}}\n", ended.stdout)


def test_a_token_can_be_given_and_one_that_can_be_guessed_is_refused() -> None:
    port = free_port()
    visitor = threading.Thread(target=visit, args=(port, [], signal.SIGINT))
    visitor.start()
    ended = CliRunner().invoke(app, ["sandbox", "--port", str(port), "--token", "a-token-of-my-own", "--json"])
    visitor.join()
    assert orjson.loads(ended.stdout.splitlines()[0])["console_url"].endswith("/#token=a-token-of-my-own")
    refused = CliRunner().invoke(app, ["sandbox", "--token", "short"])
    assert (refused.exit_code, "at least 16 characters" in refused.stderr) == (2, True)
