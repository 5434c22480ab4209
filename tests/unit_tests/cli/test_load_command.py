"""`load`: a file, what is printed of it, and how it ends."""

from __future__ import annotations

import io
import os
import signal
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from langchain_customerio.bulk import LoadReport, PreviewedRecord
from langchain_customerio.cli.app import app
from langchain_customerio.cli.output import DeclinedError
from langchain_customerio.cli.progress import figures, previewed, progress

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit_tests.cli.conftest import Terminal

pytestmark = pytest.mark.loopback


def events(path: Path, count: int, *more: str) -> Path:
    lines = [
        orjson.dumps({"type": "track", "userId": "ada", "event": "Paid", "properties": {"n": n}}).decode()
        for n in range(count)
    ]
    path.write_text("\n".join([*lines, *more]) + "\n")
    return path


def arrived(terminal: Terminal) -> list[int]:
    return [call.call["properties"]["n"] for call in terminal.sandbox.accepted_calls]


def test_a_file_is_loaded_and_the_report_is_printed(terminal: Terminal, tmp_path: Path) -> None:
    ended = terminal("load", events(tmp_path / "e.jsonl", 100), "--strict", "--workers", 1)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("Loaded e.jsonl: 100 read, 100 delivered, 0 refused")
    assert arrived(terminal) == list(range(100))
    assert {entry.strict for entry in terminal.sandbox.ledger} == {True}


def test_what_is_refused_ends_with_1_and_is_written_beside_the_file(terminal: Terminal, tmp_path: Path) -> None:
    ended = terminal("load", events(tmp_path / "e.jsonl", 3, "{"), "--json")
    assert (ended.code, ended.json["status"], ended.json["delivered"], ended.json["dead_lettered"]) == (
        1,
        "complete",
        3,
        1,
    )
    letters = (tmp_path / "e.jsonl.dead-letter.jsonl").read_bytes().splitlines()
    assert [orjson.loads(line)["dead_letter"]["position"] for line in letters] == [4]


def test_rows_are_mapped_and_typed(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("id,plan,zip,seen\n7,pro,10115,2026-11-20 10:00:00\n")
    ended = terminal(
        *["load", tmp_path / "p.csv", "--as", "identify", "--map", "userId=id", "--map", "traits=*"],
        *["--map", "timestamp=seen", "--type", "zip=text", "--timezone", "Europe/Berlin"],
    )
    assert ended.code == 0
    (call,) = terminal.sandbox.accepted_calls
    assert (call.call["userId"], call.call["traits"]) == ("7", {"plan": "pro", "zip": "10115"})
    assert call.call["timestamp"] == "2026-11-20T09:00:00Z"


def test_a_stopped_load_says_how_to_go_on_and_goes_on(terminal: Terminal, tmp_path: Path) -> None:
    source = events(tmp_path / "e.jsonl", 20_000)
    terminal.sandbox.fail(status=401, after=2)
    ended = terminal("load", source, "--workers", 1, "--json")
    assert (ended.code, ended.json["error"], ended.json["report"]["status"]) == (3, "LoadStoppedError", "stopped")
    assert (
        ended.err
        == f"{ended.json['message']}\n"
        == (
            "Stopped: The API answered 401: here, it does not take the key in CUSTOMERIO_API_KEY. The same command with"
            " --resume goes on from there.\n"
        )
    )
    delivered = ended.json["report"]["delivered"]
    assert 0 < delivered == len(arrived(terminal)) < 20_000
    ended = terminal("load", source, "--workers", 1)
    assert ended.code == 2
    assert "has not ended: --resume goes on with it" in ended.err
    ended = terminal("load", source, "--resume", "--ordered")
    assert ended.code == 2
    assert "with another ordered" in ended.err
    ended = terminal("load", source, "--resume", "--rate", 0, "--gzip")
    assert ended.code == 0
    assert sorted(arrived(terminal)) == list(range(20_000))


@pytest.mark.parametrize(("fault", "code"), [({"status": 404}, 4), ({"redirect": "https://example.com/"}, 2)])
def test_why_a_load_stopped_is_in_the_exit_code(
    terminal: Terminal, tmp_path: Path, fault: dict[str, Any], code: int
) -> None:
    terminal.sandbox.fail(**fault)
    ended = terminal("load", events(tmp_path / "e.jsonl", 3), "--strict")
    assert ended.code == code
    assert ended.out.startswith("Stopped e.jsonl: 3 read, 0 delivered, 0 refused, 3 not reached")


def test_too_many_refused_records_end_with_4(terminal: Terminal, tmp_path: Path) -> None:
    ended = terminal("load", events(tmp_path / "e.jsonl", 3, "{", "{"), "--max-refused", 1)
    assert ended.code == 4
    assert ended.err.startswith("Stopped: More than 1 records were refused. The same command")


def test_without_validation_a_wrong_key_is_found_before_anything_is_sent(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUSTOMERIO_API_KEY", "bad")
    ended = terminal("load", events(tmp_path / "e.jsonl", 3))
    assert (ended.code, ended.out) == (3, "")
    assert ended.err == "The API answered 401: here, it does not take the key in CUSTOMERIO_API_KEY.\n"
    assert [entry.body for entry in terminal.sandbox.ledger] == [b'{"batch":[]}']


def test_a_dry_run_sends_and_writes_nothing(terminal: Terminal, tmp_path: Path) -> None:
    ended = terminal("load", events(tmp_path / "e.jsonl", 3), "--dry-run")
    assert (ended.code, ended.out.split()[0]) == (0, "Checked")
    assert terminal.sandbox.ledger == []
    assert [path.name for path in tmp_path.iterdir()] == ["e.jsonl"]


def test_a_dry_run_needs_no_key_and_says_where_the_refused_records_are(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CUSTOMERIO_API_KEY")
    ended = terminal("load", events(tmp_path / "e.jsonl", 3, "{", "{"), "--dry-run")
    assert ended.code == 1
    assert ended.out.endswith("Refused records, by their position: 4, 5.\n")
    ended = terminal("load", events(tmp_path / "e.jsonl", 3, *"{" * 11), "--dry-run")
    assert ended.out.endswith(": 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, ….\n")


def test_paths_and_the_name_can_be_chosen(terminal: Terminal, tmp_path: Path) -> None:
    checkpoint, letters = tmp_path / "c", tmp_path / "d"
    options = ["--checkpoint", checkpoint, "--dead-letter", letters, "--name", "payments", "--format", "jsonl"]
    ended = terminal("load", events(tmp_path / "export", 1, "{"), *options, "--json")
    assert (ended.json["source"], ended.json["checkpoint"], ended.json["dead_letter"]) == (
        "payments",
        str(checkpoint),
        str(letters),
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c", "d", "export"]


def test_what_cannot_be_undone_is_loaded_when_one_says_so(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "e.jsonl").write_text('{"type": "track", "userId": "ada", "event": "User Deleted"}\n')
    ended = terminal("load", tmp_path / "e.jsonl", "--dry-run")
    assert ended.code == 1
    assert "that takes --allow-destructive.\n" in ended.out
    assert terminal("load", tmp_path / "e.jsonl", "--allow-destructive").code == 0
    assert [deletion.id for deletion in terminal.sandbox.deleted] == ["ada"]


def test_messages_are_redirected_when_one_says_so(terminal: Terminal, tmp_path: Path) -> None:
    event = {"type": "track", "userId": "ada", "event": "Paid", "properties": {"recipient": "bob@example.com"}}
    (tmp_path / "e.jsonl").write_bytes(orjson.dumps(event))
    assert "that takes --allow-redirects.\n" in terminal("load", tmp_path / "e.jsonl", "--dry-run").out
    assert terminal("load", tmp_path / "e.jsonl", "--allow-redirects").code == 0
    assert [event.properties for event in terminal.sandbox.events] == [{"recipient": "bob@example.com"}]


def test_the_standard_input_is_loaded_and_leaves_no_files(terminal: Terminal, tmp_path: Path) -> None:
    lines = events(tmp_path / "e.jsonl", 3, "{").read_text()
    ended = terminal("load", "-", stdin=lines)
    assert ended.code == 1
    assert ended.out.startswith("Loaded stdin: 4 read, 3 delivered, 1 refused, 0 not reached")
    assert sorted(arrived(terminal)) == [0, 1, 2]
    terminal.sandbox.fail(status=401)
    ended = terminal("load", "-", "--strict", stdin=lines)
    assert ended.err.endswith("Without --checkpoint, a new load begins at the first record.\n")
    assert [path.name for path in tmp_path.iterdir()] == ["e.jsonl"]


def test_a_file_that_is_not_there_ends_with_2(terminal: Terminal, tmp_path: Path) -> None:
    ended = terminal("load", tmp_path / "gone.jsonl")
    assert (ended.code, ended.err) == (2, f"{tmp_path / 'gone.jsonl'}: No such file or directory\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["people"], "The name of people does not say what it holds: --format is jsonl, csv or parquet."),
        (["-", "--type", "zip=text"], "Only CSV has columns whose types can be chosen: leave --type out."),
    ],
)
def test_what_makes_no_sense_is_said_in_flags(terminal: Terminal, arguments: list[str], said: str) -> None:
    ended = terminal("load", *arguments, stdin="")
    assert (ended.code, ended.err) == (2, f"{said}\n")


# How it is shown

REPORT = LoadReport(
    status="running", source="e", strict=True, read=1_000, delivered=900, refused=100, seconds=2.0, size=2_500_000
)


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


def test_the_figures_fit_into_a_line() -> None:
    assert figures(REPORT) == "900 delivered  100 refused  500/s  2.5 MB  0 retries"
    half = REPORT.model_copy(update={"total": 80, "reached": 40, "retries": 3})
    assert figures(half) == " 50%  900 delivered  100 refused  500/s  2.5 MB  3 retries"


def test_elsewhere_than_on_a_terminal_a_plain_line_comes_every_five_seconds() -> None:
    now, stream = [100.0], io.StringIO()
    with progress(stream, "Wait.", lambda: now[0]) as tell:
        for _ in range(12):
            now[0] += 1.0
            tell(REPORT)
    assert stream.getvalue() == f"{figures(REPORT)}\n" * 2


def test_on_a_terminal_there_is_a_bar_and_a_hint_until_there_are_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    screen = Screen()
    with progress(screen, "Wait.") as tell:
        tell(REPORT.model_copy(update={"total": 80, "reached": 40}))
    assert "Wait." in screen.getvalue()
    assert "900 delivered" in screen.getvalue()
    assert "━" in screen.getvalue()


PREVIEWED = [PreviewedRecord(position=1, call={"type": "page"}), PreviewedRecord(position=2, reason="is not JSON")]
QUESTION = ['1: {"type":"page"}', "2: refused: is not JSON", "Send all to https://x/v1? [y/N]:"]


def test_one_is_asked_after_seeing_what_the_first_records_become(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    previewed(PREVIEWED, "https://x/v1")
    assert capsys.readouterr().err.strip().splitlines() == QUESTION


class CtrlC:
    """A standard input at which somebody presses Ctrl-C."""

    def readline(self) -> str:
        raise KeyboardInterrupt


@pytest.mark.parametrize("stdin", [io.StringIO("n\n"), io.StringIO("\n"), io.StringIO(""), CtrlC()])
def test_anything_but_a_yes_is_a_no(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], stdin: object
) -> None:
    monkeypatch.setattr("sys.stdin", stdin)
    with pytest.raises(DeclinedError, match="Nothing was sent"):
        previewed(PREVIEWED, "https://x/v1")
    assert capsys.readouterr().err.strip().splitlines() == QUESTION


@pytest.mark.parametrize(("answer", "sent"), [("y", 3), ("n", 0), (None, 3)])
def test_on_a_terminal_one_is_asked_before_anything_is_sent(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str | None, sent: int
) -> None:
    source = events(tmp_path / "e.jsonl", 3)
    monkeypatch.setattr("sys.stdin", Screen(f"{answer}\n"))
    monkeypatch.setattr("sys.stderr", Screen())
    with pytest.raises(SystemExit) as ended:
        app(["load", str(source), *([] if answer else ["--yes"])])
    assert (ended.value.code, len(arrived(terminal))) == (0 if sent else 4, sent)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_command_with_its_own_code(
    terminal: Terminal, tmp_path: Path, number: int, code: int
) -> None:
    def now() -> datetime:
        if len(requests) == 1:  # not the first, which only asks whether the key is good
            os.kill(os.getpid(), number)
        requests.append(1)
        return datetime.now(UTC)

    requests: list[int] = []
    terminal.sandbox.clock = now
    ended = terminal("load", events(tmp_path / "e.jsonl", 30_000), "--workers", 1)
    assert ended.code == code
    assert ended.err == f"Stopped by signal {number}. The same command with --resume goes on from there.\n"
    assert 0 < len(arrived(terminal)) < 30_000
    assert terminal("load", tmp_path / "e.jsonl", "--resume").code == 0
    assert sorted(arrived(terminal)) == list(range(30_000))


def test_who_cannot_wait_is_told_that_something_may_have_arrived(terminal: Terminal, tmp_path: Path) -> None:
    def now() -> datetime:
        os.kill(os.getpid(), signal.SIGINT)
        return datetime.now(UTC)

    terminal.sandbox.clock = now
    ended = terminal("load", events(tmp_path / "e.jsonl", 3), "--json")
    assert (ended.code, ended.json["error"]) == (130, "KeyboardInterrupt")
    assert ended.err == (
        "Ended at once: what was in flight may have arrived. The same command with --resume goes on from there.\n"
    )
