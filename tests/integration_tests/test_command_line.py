"""The command as its users run it: a process of its own, a real socket, pipes, signals and a terminal."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import termios
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import orjson
import pytest

from langchain_customerio.sandbox import Sandbox
from tests.documents import run_page
from tests.paths import DOCS
from tests.reading import without_progress

if TYPE_CHECKING:
    from collections.abc import Iterator

BIN = Path(sys.executable).parent
MODULE = [sys.executable, "-m", "langchain_customerio.cli"]
SCRIPT = [str(BIN / "langchain-customerio")]
KEY = "k3y-0123456789abcdef"


@dataclass(frozen=True)
class Ended:
    """How a command has ended."""

    code: int
    out: str
    err: str


@dataclass
class Shell:
    """Runs commands in a folder, against a sandbox."""

    sandbox: Sandbox
    base_url: str
    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def start(self, *arguments: object, command: list[str] = MODULE, **pipes: Any) -> Iterator[subprocess.Popen[str]]:
        """Start a command; whatever is not said otherwise is a pipe, and nothing is in the standard input."""
        known = {"CUSTOMERIO_API_KEY": KEY, "CUSTOMERIO_BASE_URL": self.base_url, "TERM": "xterm", **self.variables}
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **pipes}
        line = [*command, *map(str, arguments)]
        with subprocess.Popen(line, text=True, cwd=self.folder, env={**os.environ, **known}, **pipes) as process:
            try:
                yield process
            finally:
                process.kill()

    def __call__(self, *arguments: object, stdin: str = "", command: list[str] = MODULE) -> Ended:
        """Run a command to its end."""
        with self.start(*arguments, command=command, stdin=subprocess.PIPE) as process:
            out, err = process.communicate(stdin)
        return Ended(process.returncode, out, without_progress(err))

    def events(self, count: int, *more: str) -> Path:
        """Write a file of events, numbered from 0."""
        event = {"type": "track", "userId": "ada", "event": "Paid"}
        lines = [orjson.dumps({**event, "properties": {"n": number}}).decode() for number in range(count)]
        path = self.folder / "events.jsonl"
        path.write_text("\n".join([*lines, *more]) + "\n")
        return path

    def arrived(self) -> list[int]:
        """Return the numbers of the events that were stored, in order of arrival; a repeated request adds none."""
        events = {call.message_id: call.call["properties"]["n"] for call in self.sandbox.accepted_calls}
        return list(events.values())


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    sandbox = Sandbox({KEY})
    with sandbox.serve() as server:
        yield Shell(sandbox, server.base_url, tmp_path)


@pytest.mark.parametrize("command", [MODULE, SCRIPT], ids=["module", "script"])
def test_it_runs_by_its_name_and_as_a_module(shell: Shell, command: list[str]) -> None:
    ended = shell("check", command=command)
    assert ended == Ended(0, f"The API takes the key at {shell.base_url}.\n", "")
    assert shell.sandbox.accepted_calls == []


def test_a_batch_comes_through_a_pipe(shell: Shell) -> None:
    batch = [{"type": "identify", "userId": "ada"}, {"type": "page", "userId": "ada", "name": "Start"}]
    ended = shell("send", "batch", "-", "--strict", "--json", stdin=orjson.dumps({"batch": batch}).decode())
    assert (ended.code, ended.err) == (0, "")
    assert orjson.loads(ended.out)["status"] == "accepted"
    assert [call.type for call in shell.sandbox.accepted_calls] == ["identify", "page"]
    assert [call.message_id for call in shell.sandbox.accepted_calls] == orjson.loads(ended.out)["message_ids"]


def test_what_is_refused_can_be_mended_and_loaded_again(shell: Shell) -> None:
    ended = shell("load", shell.events(3, '{"type": "track", "userId": "ada"}'), "--strict", "--json")
    assert (ended.code, ended.err) == (1, "")
    report = orjson.loads(ended.out)
    assert (report["read"], report["delivered"], report["dead_lettered"]) == (4, 3, 1)
    letters = Path(report["dead_letter"])
    letters.write_text(
        letters.read_text().replace('"userId":"ada"', '"userId":"ada","event":"Paid","properties":{"n":3}')
    )
    assert shell("load", letters, "--strict").code == 0
    assert sorted(shell.arrived()) == [0, 1, 2, 3]


def test_the_sandbox_serves_other_commands_and_says_what_has_arrived(shell: Shell) -> None:
    with shell.start("sandbox", "--port", 0, "--key", "another", "--json") as process:
        found = orjson.loads(_first_line(process.stdout))
        shell.variables = {"CUSTOMERIO_API_KEY": found["key"], "CUSTOMERIO_BASE_URL": found["base_url"]}
        assert shell("load", "-", stdin=shell.events(5).read_text()).code == 0
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    assert orjson.loads(out) == {"requests": 2, "calls": 5, "accepted": {"track": 5}, "repeats": 0, "reasons": {}}
    assert shell.sandbox.ledger == []


def _first_line(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.readline()


# Signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_load_that_was_stopped_in_the_middle_goes_on_and_repeats_nothing(shell: Shell, number: int) -> None:
    def now() -> datetime:
        requests.append(1)
        if len(requests) == 4:
            process.send_signal(number)
        return datetime.now(UTC)

    requests: list[int] = []
    shell.events(40_000)
    with shell.start("load", "events.jsonl", "--workers", 2) as process:
        shell.sandbox.clock = now
        _, err = process.communicate()
    assert process.returncode == 128 + number
    said = f"Stopped by signal {number}. The same command with --resume goes on from there.\n"
    assert without_progress(err) == said
    first, repeated = shell.arrived(), dict(shell.sandbox.duplicates)
    assert 0 < len(first) < 40_000
    ended = shell("load", "events.jsonl", "--resume", "--rate", 0, "--json")
    assert ended.code == 0
    report = orjson.loads(ended.out)
    assert (report["earlier"], report["delivered"]) == (len(first), 40_000)
    assert sorted(shell.arrived()) == list(range(40_000))
    assert report["retries"] or shell.sandbox.duplicates == repeated


def test_whoever_presses_ctrl_c_until_it_ends_is_told_what_that_leaves_behind(shell: Shell) -> None:
    shell.sandbox.fail(delay=100, after=1)
    with shell.start("load", shell.events(10)) as process:
        while not _has_ended_within(3, process):
            if shell.arrived():
                process.send_signal(signal.SIGINT)
        _, err = process.communicate()
    assert process.returncode == 130
    assert err.endswith(
        "Stopped at once: pending requests may have arrived. The same command with --resume goes on from there.\n"
    )
    assert shell("load", "events.jsonl", "--resume").code == 0
    assert sorted(shell.arrived()) == list(range(10))
    assert list(shell.sandbox.duplicates.values()) == [2] * 10, "what came again has the ids that it had"


def _has_ended_within(seconds: float, process: subprocess.Popen[str]) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


# On a terminal


def on_a_terminal(shell: Shell, *arguments: object, answer: bytes) -> tuple[Ended, str]:
    """Run a command whose standard input and standard error are a terminal; return what is seen there too."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (30, 120))
    seen = b""
    with shell.start(*arguments, stdin=theirs, stderr=theirs) as process:
        os.close(theirs)
        while chunk := _read(ours):
            seen += chunk
            if answer and b"[y/N]: " in seen:
                os.write(ours, answer)
                answer = b""
        out, _ = process.communicate()
    os.close(ours)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen.decode()).replace("\r", "\n")
    return Ended(process.returncode, out, ""), text


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # Linux says so when nobody has the other end open any more
        return b""


def test_on_a_terminal_one_is_asked_and_then_sees_a_bar(shell: Shell) -> None:
    shell.sandbox.fail(status=503, after=3)
    ended, seen = on_a_terminal(shell, "load", shell.events(20_000), "--strict", "--json", answer=b"y\n")
    assert (ended.code, orjson.loads(ended.out)["delivered"]) == (0, 20_000)
    assert '1: {"type":"track","userId":"ada","event":"Paid","properties":{"n":0}}' in seen
    assert f"Send all to {shell.base_url}? [y/N]: y" in seen
    assert "Ctrl-C lets pending requests finish." in seen
    assert re.search(r"━+ 100%  20,000 delivered  0 refused  [\d,]+/s  [\d.]+ MB  1 retries 0:00:00 left", seen)
    assert sorted(shell.arrived()) == list(range(20_000))


def test_without_a_yes_nothing_is_sent(shell: Shell) -> None:
    ended, seen = on_a_terminal(shell, "load", shell.events(3), answer=b"n\n")
    assert (ended.code, ended.out) == (4, "")
    assert seen.strip().endswith("Nothing was sent.")
    assert [entry.body for entry in shell.sandbox.ledger] == [b'{"batch":[]}'], "which asks whether the key is good"
    assert [path.name for path in shell.folder.iterdir()] == ["events.jsonl"]


def test_from_its_beginning_the_bar_has_figures(shell: Shell) -> None:
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (30, 120))
    shell.sandbox.fail(delay=100, after=1)
    seen = b""
    with shell.start("load", shell.events(10), "--yes", stdin=theirs, stderr=theirs) as process:
        os.close(theirs)
        while b"10 read" not in seen and (chunk := _read(ours)):
            seen += chunk
        process.kill()
    os.close(ours)
    assert b"10 read  0 delivered  0 refused" in seen


def test_nobody_reading_its_output_makes_no_load_fail(shell: Shell) -> None:
    read, write = os.pipe()
    os.close(read)
    with shell.start("load", shell.events(10), "--json", stdout=write) as process:
        os.close(write)
        _, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    assert sorted(shell.arrived()) == list(range(10))


# What goes wrong

BLOCKED = """
import runpy, sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in blocked:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

blocked = sys.argv.pop(1).split(",")
sys.meta_path.insert(0, Blocked())
runpy.run_module("langchain_customerio.cli", run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize(
    ("missing", "arguments", "said"),
    [
        ("typer,rich", ["check"], "The command needs an extra: pip install 'langchain-customerio[cli]'\n"),
        ("rich", ["--help"], "The command needs an extra: pip install 'langchain-customerio[cli]'\n"),
        ("uvicorn", ["sandbox"], "The sandbox's server needs an extra: pip install 'langchain-customerio[sandbox]'\n"),
        ("pyarrow", ["load", "a.parquet"], "To load Parquet files, pip install 'langchain-customerio[files]'\n"),
    ],
)
def test_without_an_extra_one_line_says_how_to_get_it(
    shell: Shell, missing: str, arguments: list[str], said: str
) -> None:
    (shell.folder / "a.parquet").write_bytes(b"PAR1")
    ended = shell(*arguments, command=[sys.executable, "-c", BLOCKED, missing])
    assert ended == Ended(2, "", said)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["check"], 3),
        (["send", "identify", "--user-id", "ada.lovelace", "--trait", "ada@example.com", "--strict"], 2),
        (["send", "identify", "--user-id", "ada.lovelace", "--trait", "email=ada@example.com", "--strict"], 3),
        (["send", "identify", '{"userId": "ada.lovelace", "email": "ada@example.com"}'], 1),
        (["load", "people.csv", "--as", "identify", "--strict"], 3),
        (["load", "people.csv", "--as", "identify", "--dry-run"], 1),
    ],
)
def test_no_message_shows_a_key_or_a_person_or_a_traceback(shell: Shell, arguments: list[str], code: int) -> None:
    (shell.folder / "people.csv").write_text("userId,timestamp\nada.lovelace,\n,ada@example.com\n")
    shell.variables = {"CUSTOMERIO_API_KEY": "an0ther-k3y"}
    ended = shell(*arguments)
    assert ended.code == code
    assert len(ended.out + ended.err) > 0
    for hidden in ("an0ther-k3y", "lovelace", "ada@", "Traceback"):
        assert hidden not in ended.out + ended.err
    assert shell.sandbox.accepted_calls == []


# The page


def test_the_commands_on_their_page_do_what_it_says(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    page = DOCS / "reference" / "command-line.md"
    monkeypatch.chdir(shell.folder)
    monkeypatch.setenv("CUSTOMERIO_API_KEY", KEY)
    monkeypatch.setenv("CUSTOMERIO_BASE_URL", shell.base_url)
    assert run_page(page.read_text(), page.name) == 2
    assert [call.type for call in shell.sandbox.accepted_calls] == ["track", "identify", "identify"]
