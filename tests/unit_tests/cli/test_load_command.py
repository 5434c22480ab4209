"""`load`: a file, what is printed of it, and how it ends."""

from __future__ import annotations

import gzip
import io
import os
import signal
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from langchain_customerio.bulk import LoadReport
from langchain_customerio.cli.app import app
from langchain_customerio.cli.output import DeclinedError
from langchain_customerio.cli.preview import asked
from langchain_customerio.cli.progress import figures, progress

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
    events = {call.message_id: call.call["properties"]["n"] for call in terminal.sandbox.accepted_calls}
    return list(events.values())  # a request that took too long is repeated, and its events have the same ids


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
    terminal.sandbox.fail(**fault, after=1)  # the first request asks whether the key is good
    ended = terminal("load", events(tmp_path / "e.jsonl", 3), "--strict")
    assert ended.code == code
    assert ended.out.startswith("Stopped e.jsonl: 3 read, 0 delivered, 0 refused, 3 not reached")


def test_too_many_refused_records_end_with_4(terminal: Terminal, tmp_path: Path) -> None:
    ended = terminal("load", events(tmp_path / "e.jsonl", 3, "{", "{"), "--max-refused", 1)
    assert ended.code == 4
    assert ended.err.startswith("Stopped: More than 1 record was refused. The same command")


@pytest.mark.parametrize("strict", [[], ["--strict"]])
def test_a_wrong_key_is_found_before_anything_is_sent(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, strict: list[str]
) -> None:
    monkeypatch.setenv("CUSTOMERIO_API_KEY", "bad")
    ended = terminal("load", events(tmp_path / "e.jsonl", 3), *strict)
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
    assert "--allow-destructive allows it.\n" in ended.out
    assert terminal("load", tmp_path / "e.jsonl", "--allow-destructive").code == 0
    assert [deletion.id for deletion in terminal.sandbox.deleted] == ["ada"]


def test_messages_are_redirected_when_one_says_so(terminal: Terminal, tmp_path: Path) -> None:
    event = {"type": "track", "userId": "ada", "event": "Paid", "properties": {"recipient": "bob@example.com"}}
    (tmp_path / "e.jsonl").write_bytes(orjson.dumps(event))
    assert "--allow-redirects allows it.\n" in terminal("load", tmp_path / "e.jsonl", "--dry-run").out
    assert terminal("load", tmp_path / "e.jsonl", "--allow-redirects").code == 0
    assert [event.properties for event in terminal.sandbox.events] == [{"recipient": "bob@example.com"}]


def test_the_standard_input_is_loaded_and_leaves_no_files(terminal: Terminal, tmp_path: Path) -> None:
    lines = events(tmp_path / "e.jsonl", 3, "{").read_text()
    ended = terminal("load", "-", stdin=lines)
    assert ended.code == 1
    assert ended.out.startswith("Loaded stdin: 4 read, 3 delivered, 1 refused, 0 not reached")
    assert sorted(arrived(terminal)) == [0, 1, 2]
    terminal.sandbox.fail(status=401, after=1)
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
        (["-", "--type", "zip=text"], "--type has no meaning for this kind of source: leave it out."),
    ],
)
def test_what_makes_no_sense_is_said_in_flags(terminal: Terminal, arguments: list[str], said: str) -> None:
    ended = terminal("load", *arguments, stdin="")
    assert (ended.code, ended.err) == (2, f"{said}\n")


def test_a_load_that_is_complete_is_said_to_be_when_it_is_run_again(terminal: Terminal, tmp_path: Path) -> None:
    source = events(tmp_path / "e.jsonl", 3)
    assert terminal("load", source).err == ""
    again, same = terminal("load", source), "the calls have the same messageIds."
    assert (again.code, again.err) == (
        0,
        f"{source} was loaded completely before, and has not changed; {same} It is loaded again.\n",
    )
    assert terminal("load", source, "--resume").err == ""
    source.write_text(source.read_text() + "\n")
    assert terminal("load", source).err == ""


def test_on_a_terminal_one_is_asked_whether_to_load_it_again(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = events(tmp_path / "e.jsonl", 3)
    terminal("load", source)
    screen = Screen()
    monkeypatch.setattr("sys.stdin", Screen("n\n"))
    monkeypatch.setattr("sys.stderr", screen)
    with pytest.raises(SystemExit) as ended:
        app(["load", str(source)])
    assert ended.value.code == 4
    assert "was loaded completely before, and has not changed" in screen.getvalue()
    assert len(arrived(terminal)) == 3


@pytest.mark.parametrize(
    ("name", "content", "arguments", "said"),
    [
        (
            "p.csv",
            b"id,Gr\xf6\xdfe\n1,x\n",
            ["--json"],
            "p.csv is not UTF-8: line 1, byte 6 is 0xF6. Give its --encoding,",
        ),
        ("p.parquet", b"PAR1 this is not one", ["--json"], "p.parquet is damaged, or is not what its name says"),
        ("p.csv", b"id,n\n1,x\n", ["--type", "n=many"], 'The type of column "n" is not one of integer, number,'),
        ("p.csv", b"id\n1\n", ["--decimal", ";"], "--decimal must be a point or a comma."),
        ("p.csv", b"key\n1\n", [], 'There is no column "id"; there are "key".'),
    ],
)
def test_a_file_that_cannot_be_read_ends_with_2_and_one_sentence(  # noqa: PLR0913, PLR0917 - the parts of a case
    terminal: Terminal, tmp_path: Path, name: str, content: bytes, arguments: list[str], said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    ended = terminal("load", tmp_path / name, "--as", "identify", "--map", "userId=id", "--map", "traits=*", *arguments)
    assert ended.code == 2
    assert ended.err.startswith(said)
    assert ended.err.count("\n") == 1
    assert len(terminal.sandbox.ledger) == 1, "which asks whether the key is good"


def test_a_file_that_is_damaged_further_on_ends_with_2_too(terminal: Terminal, tmp_path: Path) -> None:
    packed = gzip.compress(events(tmp_path / "e.jsonl", 50_000).read_bytes())
    (tmp_path / "p.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    ended = terminal("load", tmp_path / "p.jsonl.gz")
    assert ended.code == 2
    said = ended.err.splitlines()[-1]  # how far it had come stands before it, where that took a while
    assert said.startswith("Stopped: p.jsonl.gz is damaged, or is not what its name says (EOFError). The same command")


def test_csv_from_the_standard_input_takes_its_format(terminal: Terminal) -> None:
    ended = terminal("load", "-", "--as", "identify", stdin="userId\n7\n")
    assert (ended.code, ended.err) == (
        2,
        "stdin does not begin with a JSON object: --format says what it holds, jsonl or csv.\n",
    )
    assert terminal("load", "-", "--as", "identify", "--format", "csv", stdin="userId\n7\n").code == 0
    assert list(terminal.sandbox.people) == ["7"]


def test_a_german_file_is_read_with_its_options(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_bytes(
        "sep=;\nNr;Umsatz;Geburtstag;Aktiv;Größe\n1;311,90;09.01.1990;ja;x\n".encode("cp1252")
    )
    ended = terminal(
        *["load", tmp_path / "p.csv", "--as", "identify", "--map", "userId=Nr", "--map", "traits=*", "--decimal", ","],
        *["--encoding", "windows-1252", "--date-format", "%d.%m.%Y", "--true", "ja", "--false", "nein"],
        *["--timezone", "Europe/Berlin"],
    )
    assert (ended.code, ended.err) == (0, "")
    assert terminal.sandbox.people["1"].traits == {
        "Umsatz": 311.9,
        "Geburtstag": "1990-01-09",
        "Aktiv": True,
        "Größe": "x",
    }


def test_positions_are_lines_of_the_file_in_order(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text('userId,traits\n1,"{\n}"\n,\n\n2,{\n')
    ended = terminal("load", tmp_path / "p.csv", "--as", "identify", "--dry-run")
    assert ended.out.endswith("Refused records, by their position: 4, 6.\n")


def test_nothing_in_a_file_drives_the_terminal(terminal: Terminal, tmp_path: Path) -> None:
    evil = "\x1b[2J\x1b]0;x\x07"
    (tmp_path / "p.csv").write_text(f"userId,traits.{evil},{evil},n\n{evil},{evil},{evil},1\n,x,y,{evil}\n")
    long = tmp_path / "e.jsonl"
    long.write_text('{"type": "track", "userId": "ada", "event": "E", "' + evil + "x" * 100_000 + '": 1}\n')
    for arguments in (
        ["load", tmp_path / "p.csv", "--as", "identify"],
        ["load", tmp_path / "p.csv", "--as", "identify", "--map", f"traits.x={evil}y"],
        ["preview", tmp_path / "p.csv", "--as", "identify"],
        ["load", long],
        ["preview", long],
        ["load", tmp_path / f"{evil}.csv"],
    ):
        ended = terminal(*arguments)
        shown = ended.out + ended.err
        assert not set(shown) & set("\x1b\x07")
        assert max(map(len, shown.splitlines())) <= 500


def test_a_broken_name_is_printed_and_nothing_fails_after_it_was_delivered(terminal: Terminal, tmp_path: Path) -> None:
    source = tmp_path / os.fsdecode(b"\xff.jsonl")
    events(source, 1)
    for as_json in ([], ["--json"]):
        ended = terminal("load", source, *as_json)
        assert ended.code == 0
        assert "1 delivered" in ended.out or ended.json["delivered"] == 1


# preview


def test_a_preview_shows_columns_with_reasons_that_name_the_option(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(
        "id,price,when,other\n1,19.99,1.2.2026,x\nNULL,19.90,3.2.2026,y\n,1.00,4.2.2026,z\n"
    )
    mapped = ["--map", "userId=id", "--map", "traits.price=price", "--map", "traits.when=when"]
    ended = terminal("preview", tmp_path / "p.csv", "--as", "identify", *mapped, "--count", 3)
    loses = "a number would lose the zero at the end of a cell"
    assert ended.code == 1
    assert ended.out.splitlines() == [
        "id → userId: text",
        f"price → traits.price: text (is text: {loses}; --type makes it a number; line 3)",
        "when → traits.when: text (is text: --date-format says how dates are written; line 2)",
        "other: left out, since it is not a field",
        '2: {"type":"identify","userId":"1","traits":{"price":"19.99","when":"1.2.2026"}}',
        '3: {"type":"identify","userId":"NULL","traits":{"price":"19.90","when":"3.2.2026"}}',
        "4: refused: one of userId, anonymousId is required",
        "Warning: userId: looks like a missing value, so that several people may become one (first in line 3)",
    ]
    assert terminal.sandbox.ledger == []


def test_a_preview_is_data_for_programs_and_takes_the_options_of_a_load(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("userId,n\n1,01\n")
    ended = terminal(
        *["preview", tmp_path / "p.csv", "--as", "identify", "--map", "traits.n=n", "--type", "n=number", "--json"],
        *["--strict", "--resume", "--rate", 5, "--no-allow-alias"],
    )
    assert (ended.code, ended.json) == (
        0,
        {
            "columns": [
                {"name": "userId", "field": "userId", "type": "text", "reason": None, "line": None},
                {"name": "n", "field": "traits.n", "type": "number", "reason": None, "line": None},
            ],
            "records": [
                {"position": 2, "call": {"type": "identify", "userId": "1", "traits": {"n": 1}}, "reason": ""},
            ],
            "warnings": {},
        },
    )


def test_of_very_many_columns_only_some_are_shown(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(",".join(f"c{number}" for number in range(100)) + "\n")
    assert "and 60 more columns\n" in terminal("preview", tmp_path / "p.csv").out


# How it is shown

REPORT = LoadReport(
    status="running", source="e", strict=True, read=1_000, delivered=900, refused=100, seconds=2.0, size=2_500_000
)


class Screen(io.StringIO):
    """A terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_the_figures_fit_into_a_line() -> None:
    assert figures(REPORT) == "900 delivered  100 refused  500/s  2.5 MB  0 retries"
    half = REPORT.model_copy(update={"total": 80, "reached": 40, "retries": 3})
    assert figures(half) == " 50%  900 delivered  100 refused  500/s  2.5 MB  3 retries"
    assert figures(half.model_copy(update={"reached": 90})).startswith("100%")


def test_until_something_is_delivered_the_figures_say_what_was_read_and_what_it_waits_for() -> None:
    waiting = REPORT.model_copy(update={"delivered": 0, "refused": 0, "waiting": "503\x1b[2J"})
    assert figures(waiting) == "1,000 read  0 delivered  0 refused  500/s  2.5 MB  0 retries  503\\x1b[2J"


def test_elsewhere_than_on_a_terminal_plain_lines_come_as_long_as_it_lasts() -> None:
    asked, stream = threading.Semaphore(0), io.StringIO()

    def report(status: str) -> LoadReport:
        asked.release()
        return REPORT.model_copy(update={"status": status})

    with progress(stream, "Wait.", report, every=0):
        for _ in range(3):
            asked.acquire()
    lines = stream.getvalue().splitlines()
    assert len(lines) >= 2
    assert set(lines) == {figures(REPORT)}


def test_on_a_terminal_there_is_a_bar_with_figures_from_the_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    screen = Screen()
    half = REPORT.model_copy(update={"total": 80, "reached": 40})
    with progress(screen, "Wait.", lambda _: half):
        pass
    assert screen.getvalue().startswith("Wait.\n")
    assert "900 delivered" in screen.getvalue()
    assert "━" in screen.getvalue()
    silent = Screen()
    with progress(silent, "", lambda _: half):
        pass
    assert "Wait." not in silent.getvalue()


class CtrlC:
    """A standard input at which somebody presses Ctrl-C."""

    def readline(self) -> str:
        raise KeyboardInterrupt


def test_one_goes_on_after_a_yes(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    asked("Send all to https://x/v1?")
    assert capsys.readouterr().err == "Send all to https://x/v1? [y/N]: "


@pytest.mark.parametrize("stdin", [io.StringIO("n\n"), io.StringIO("\n"), io.StringIO(""), CtrlC()])
def test_anything_but_a_yes_is_a_no(monkeypatch: pytest.MonkeyPatch, stdin: object) -> None:
    monkeypatch.setattr("sys.stdin", stdin)
    with pytest.raises(DeclinedError, match="Nothing was sent"):
        asked("Send all?")


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
        "Stopped at once: pending requests may have arrived. The same command with --resume goes on from there.\n"
    )
