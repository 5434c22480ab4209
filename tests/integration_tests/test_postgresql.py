"""A query of a real PostgreSQL, from Debian's packages, is loaded by the command; its password is shown to nobody."""

from __future__ import annotations

import os
import pty
import pwd
import shutil
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson
import pytest

from langchain_customerio.bulk.mapping import Mapper
from langchain_customerio.bulk.readers.arrow import Table
from langchain_customerio.bulk.readers.sql import Query
from langchain_customerio.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PASSWORD = "s3cret word/?"
PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)
TABLE = """
create table people as select id, case when id % 2 = 0 then 'pro' end as plan, (id || '.50')::numeric as spent,
timestamptz '2026-11-20 10:00+01' as joined, jsonb_build_object('city', 'Ulm') as address
from generate_series(1, 5) id
"""
LOAD = ["load", "--query", "select * from people order by id", "--strict", "--yes"]
AS_PEOPLE = ["--as", "identify", "--map", "userId=id", "--map", "traits=*"]

pytestmark = pytest.mark.skipif(PROGRAMS is None, reason="needs PostgreSQL: apt-get install postgresql")


def as_nobody() -> list[str]:
    """Return what runs a program as a user that PostgreSQL accepts: it refuses root."""
    if os.getuid() != 0:
        return []
    with suppress(KeyError):
        pwd.getpwnam("postgres")
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    pytest.skip("PostgreSQL does not run as root, and there is no user postgres")


def run(*arguments: object) -> None:
    done = subprocess.run([*as_nobody(), *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """Start a server, and give the address of a database with five people."""
    assert PROGRAMS is not None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with TemporaryDirectory(prefix="postgresql") as folder:
        if os.getuid() == 0:
            shutil.chown(folder, "postgres")
        secret = Path(folder, "password")
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        data = Path(folder, "data")
        owner = ["-U", "ada", f"--pwfile={secret}", "-A", "scram-sha-256"]
        run(PROGRAMS / "initdb", "-D", data, *owner, "-E", "UTF8", "--no-sync")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        run(PROGRAMS / "pg_ctl", "-D", data, "-o", options, "-l", Path(folder, "log"), "-w", "start")
        try:
            address = f"postgresql://ada@127.0.0.1:{port}/postgres"
            filled(address)
            yield address
        finally:
            run(PROGRAMS / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


def filled(address: str) -> None:
    from adbc_driver_postgresql import dbapi  # noqa: PLC0415 - an extra

    given = f"{address}?password={quote(PASSWORD, safe='')}"
    with dbapi.connect(given, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(TABLE)


@dataclass
class Command:
    """Runs the command against a sandbox."""

    sandbox: Sandbox
    environment: dict[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "langchain_customerio.cli", *map(str, arguments)],
            env={**os.environ, **self.environment, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def at_a_terminal(self, arguments: list[str], typed: Mapping[str, str]) -> tuple[int, str]:
        """Run it at a pseudo-terminal of its own, and type an answer after each question.

        Returns:
            The exit code, and all that was to be seen.
        """
        child, terminal = pty.fork()
        if child == 0:
            command = [sys.executable, "-m", "langchain_customerio.cli", *arguments]
            os.execve(sys.executable, command, {**os.environ, **self.environment, "TERM": "dumb"})  # noqa: S606 - no shell
        shown, left = "", dict(typed)
        with suppress(OSError):  # which is how a terminal says that nobody is left at its other end
            while part := os.read(terminal, 65_536):
                shown += part.decode()
                for question in [each for each in left if each in shown]:
                    os.write(terminal, f"{left.pop(question)}\n".encode())
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown


@pytest.fixture
def command() -> Iterator[Command]:
    sandbox = Sandbox({"good"})
    with sandbox.serve() as server:
        environment = {"CUSTOMERIO_API_KEY": "good", "CUSTOMERIO_BASE_URL": server.base_url, "NO_COLOR": "1"}
        yield Command(sandbox, environment)


def traits(sandbox: Sandbox) -> dict[str, Any]:
    return {name: person.traits for name, person in sandbox.people.items()}


def test_a_query_is_loaded_with_the_password_of_the_environment(database: str, command: Command) -> None:
    ended = command(*LOAD, *AS_PEOPLE, "--database", database, PGPASSWORD=PASSWORD)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert PASSWORD not in ended.stdout
    assert list(command.sandbox.people) == ["1", "2", "3", "4", "5"]
    assert traits(command.sandbox)["2"] == {
        "plan": "pro",
        "spent": 2.5,
        "joined": "2026-11-20T09:00:00Z",
        "address": {"city": "Ulm"},
    }
    assert "plan" not in traits(command.sandbox)["1"]


def test_a_query_is_loaded_with_an_address_from_the_environment(database: str, command: Command) -> None:
    address = f"{database}?password=s3cret%20word%2F%3F"
    ended = command(*LOAD, *AS_PEOPLE, "--json", CUSTOMERIO_DATABASE=address)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert orjson.loads(ended.stdout)["delivered"] == 5
    assert "s3cret" not in ended.stdout


def test_a_password_is_asked_for_at_a_terminal_and_not_shown(database: str, command: Command) -> None:
    host = database.replace("ada@", "")
    code, shown = command.at_a_terminal(
        [*LOAD, *AS_PEOPLE, "--database", database], {f"Password for {host}: ": PASSWORD}
    )
    assert code == 0, shown
    assert "5 read, 5 delivered" in shown
    assert "s3cret" not in shown
    assert len(command.sandbox.people) == 5


def test_it_is_asked_for_once_although_the_query_is_looked_at_first(database: str, command: Command) -> None:
    arguments = [argument for argument in LOAD if argument != "--yes"]
    code, shown = command.at_a_terminal(
        [*arguments, *AS_PEOPLE, "--database", database], {"Password for ": PASSWORD, "[y/N]: ": "y"}
    )
    assert code == 0, shown
    assert shown.count("Password for ") == 1
    assert '1: {"type":"identify","userId":"1"' in shown
    assert len(command.sandbox.people) == 5


def test_a_wrong_password_is_one_sentence(database: str, command: Command) -> None:
    code, shown = command.at_a_terminal([*LOAD, *AS_PEOPLE, "--database", database], {"Password for ": "s3cret-wrong"})
    assert code == 2
    assert 'password authentication failed for user "ada"' in shown
    assert "s3cret" not in shown
    ended = command(*LOAD, *AS_PEOPLE, "--database", database, PGPASSWORD="s3cret-wrong")
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert "s3cret" not in ended.stderr
    assert command.sandbox.accepted_calls == []


def test_where_nobody_can_be_asked_the_command_says_so_and_waits_for_nobody(database: str, command: Command) -> None:
    ended = command(*LOAD, *AS_PEOPLE, "--database", database)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert "no password supplied" in ended.stderr


def test_a_password_in_the_command_line_is_refused_before_anything_is_asked(database: str, command: Command) -> None:
    ended = command(*LOAD, *AS_PEOPLE, "--database", database.replace("ada@", "ada:s3cret@"))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("Whoever lists the processes of this machine would see the password")
    assert "s3cret" not in ended.stderr
    assert command.sandbox.ledger == []


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc, to list the processes")
def test_no_process_shows_the_password_in_its_command_line(database: str, command: Command) -> None:
    command.sandbox.fail(delay=1.0)
    given = {**os.environ, **command.environment, "PGPASSWORD": PASSWORD}
    arguments = [sys.executable, "-m", "langchain_customerio.cli", *LOAD, *AS_PEOPLE, "--database", database]
    with subprocess.Popen(arguments, env=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as running:
        seen = set[bytes]()
        while running.poll() is None:
            seen |= set(command_lines())
        assert running.returncode == 0
    assert any(database.encode() in line for line in seen)
    assert not [line for line in seen if b"s3cret" in line]


def command_lines() -> Iterator[bytes]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # of a process that has just ended
            yield path.read_bytes()


def test_a_key_names_the_rows(database: str, command: Command, tmp_path: Path) -> None:
    query = "select id, case when id < 5 then 'Paid' end as event from people order by id"
    ended = command(
        *["load", "--query", query, "--database", database, "--as", "track", "--map", "userId=id", "--key", "id"],
        *["--log", tmp_path / "log.jsonl", "--dead-letter", tmp_path / "letters", "--name", "orders"],
        PGPASSWORD=PASSWORD,
    )
    assert ended.returncode == 1, ended.stderr
    rows = [orjson.loads(line) for line in (tmp_path / "log.jsonl").read_bytes().splitlines()]
    assert sorted((row["key"]["id"], row["status"]) for row in rows) == [
        *[(number, "received") for number in range(1, 5)],
        (5, "refused"),
    ]
    (letter,) = (tmp_path / "letters").read_bytes().splitlines()
    assert orjson.loads(letter)["dead_letter"]["key"] == {"id": 5}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("selec", 'syntax error at or near "selec"'),
        ("select * from gone", 'relation "gone" does not exist'),
        ("select 1; select 2", "cannot insert multiple commands"),
        ("delete from people", "cannot execute DELETE in a read-only transaction"),
        ("drop table people", "cannot execute DROP TABLE in a read-only transaction"),
        ("select 'ada@example.com'::text::int as id", "invalid input syntax for type integer: …"),
        ("select 1.5::money as id", "is of type money"),
    ],
)
def test_a_wrong_query_is_one_sentence_without_data(database: str, command: Command, query: str, said: str) -> None:
    ended = command("load", "--query", query, "--database", database, *AS_PEOPLE, PGPASSWORD=PASSWORD)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert said in ended.stderr
    assert "ada@" not in ended.stderr
    assert command.sandbox.accepted_calls == []


def test_a_query_that_fails_further_on_ends_with_2(database: str, command: Command) -> None:
    query = "select case when g > 100000 then 'Ada' else g::text end::int as id from generate_series(1, 150000) g"
    ended = command("load", "--query", query, "--database", database, *AS_PEOPLE, PGPASSWORD=PASSWORD)
    assert ended.returncode == 2
    assert "broke off" not in ended.stderr
    assert "invalid input syntax for type integer: …" in ended.stderr
    assert "Ada" not in ended.stderr + ended.stdout


def test_rows_come_as_they_are_read(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    # the server makes a row when it is asked for it: all of them would be a thousand million
    with Query("select generate_series(1, 1000000000) as id", database) as source:
        blocks = Table(source, Mapper("identify", {"userId": "id"})).blocks(0)
        assert orjson.loads(next(iter(blocks)).records[0])["userId"] == "1"
