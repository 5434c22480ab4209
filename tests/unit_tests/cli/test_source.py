"""What a command reads: a file, a folder, a pattern, or the rows of a query."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit_tests.cli.conftest import Terminal

pytestmark = pytest.mark.loopback

PEOPLE = ["--as", "identify", "--map", "userId=id", "--map", "traits=*"]
PASSWORD = "s3cret-word"


@pytest.fixture
def shop(tmp_path: Path) -> str:
    with closing(sqlite3.connect(tmp_path / "shop.db")) as database:
        database.execute("create table people (id, plan)")
        database.executemany("insert into people values (?, ?)", [(1, "pro"), (2, "x")])
        database.commit()
    return f"sqlite:///{tmp_path}/shop.db"


# What is to be read


def test_the_rows_of_a_query_are_loaded(terminal: Terminal, shop: str) -> None:
    ended = terminal("load", "--query", "select * from people", "--database", shop, *PEOPLE, "--strict")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("Loaded query ")
    assert {name: person.traits for name, person in terminal.sandbox.people.items()} == {
        "1": {"plan": "pro"},
        "2": {"plan": "x"},
    }


def test_a_query_without_a_database_can_read_files(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("id,plan\n7,pro\n")
    assert terminal("load", "--query", f"from '{tmp_path}/people.csv'", *PEOPLE).code == 0
    assert list(terminal.sandbox.people) == ["7"]


def test_the_database_may_come_from_the_environment(
    terminal: Terminal, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUSTOMERIO_DATABASE", shop)
    assert terminal("load", "--query", "select * from people", *PEOPLE).code == 0
    assert list(terminal.sandbox.people) == ["1", "2"]


def test_a_query_is_previewed(terminal: Terminal, shop: str) -> None:
    ended = terminal("preview", "--query", "select * from people", "--database", shop, *PEOPLE, "--count", 1)
    assert (ended.code, ended.err) == (0, "")
    assert '1: {"type":"identify","userId":"1","traits":{"plan":"pro"}}' in ended.out
    assert terminal.sandbox.ledger == []


def test_a_key_names_the_rows_of_a_query(terminal: Terminal, shop: str, tmp_path: Path) -> None:
    query = "select id, case when id = 1 then plan end as event from people"
    ended = terminal(
        *["load", "--query", query, "--database", shop, "--as", "track", "--map", "userId=id", "--key", "id"],
        *["--log", tmp_path / "log.jsonl", "--dead-letter", tmp_path / "letters", "--json"],
    )
    assert (ended.code, ended.json["delivered"], ended.json["dead_lettered"]) == (1, 1, 1)
    assert ended.json["examples"][0]["key"] == {"id": 2}
    assert '"key":{"id":2}' in (tmp_path / "letters").read_text()
    assert '"key":{"id":1}' in (tmp_path / "log.jsonl").read_text()


def test_a_folder_and_a_pattern_keep_their_files_beside_them(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    for number in range(2):
        pq.write_table(pa.table({"id": [number, None]}), tmp_path / "lake" / f"part-{number}.parquet")
    assert terminal("load", tmp_path / "lake", *PEOPLE).code == 1
    assert terminal("load", tmp_path / "lake" / "part-?.parquet", *PEOPLE).code == 1
    assert {path.name for path in tmp_path.iterdir()} == {"lake", "lake.checkpoint", "lake.dead-letter.jsonl"}
    assert {path.name for path in (tmp_path / "lake").iterdir()} == {
        *["part-0.parquet", "part-1.parquet"],
        *["part-_.parquet.checkpoint", "part-_.parquet.dead-letter.jsonl"],
    }
    assert terminal("load", tmp_path / "lake", *PEOPLE).err.startswith(f"{tmp_path / 'lake'} was loaded completely")


# What goes wrong ends with one sentence and 2


@pytest.mark.parametrize("command", ["load", "preview"])
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Give a file or --query."),
        (["e.jsonl", "--query", "select 1"], "Give a file or --query, not both."),
        (["e.jsonl", "--database", "duckdb:"], "--database goes with --query."),
        (["--database", "duckdb:"], "Give a file or --query."),
        (
            ["--query", "select 1", "--database", "mysql://localhost/shop"],
            "The database must be one of postgresql://user@host/name, sqlite:///file.db and duckdb:///file.duckdb.",
        ),
        (["--query", "select 1", "--decimal", ","], "--decimal has no meaning for this kind of source: leave it out."),
        (["--query", "select 1 as a", "--map", "userId=id"], 'There is no column "id"; there are "a".'),
    ],
)
def test_it_has_to_be_one_source(terminal: Terminal, command: str, arguments: list[str], said: str) -> None:
    ended = terminal(command, *arguments)
    assert (ended.code, ended.out, ended.err) == (2, "", f"{said}\n")
    assert terminal.sandbox.accepted_calls == []


@pytest.mark.parametrize(
    ("query", "database", "said"),
    [
        ("selec", "sqlite:///{}/shop.db", 'near "selec": syntax error'),
        ("select * from gone", "sqlite:///{}/shop.db", "no such table: gone"),
        ("select 1", "sqlite:///{}/bad.db", "file is not a database"),
        ("select 1", "duckdb:///{}/bad.db", "is not a valid DuckDB database file!"),
        ("selec", "duckdb:", 'syntax error at or near "selec"'),
        ("select 1", "sqlite:///{}/gone.db", "gone.db: No such file or directory"),
        ("select 1 as id", "postgresql://127.0.0.1:1/shop", "Connection refused"),
    ],
)
@pytest.mark.usefixtures("shop")
def test_a_damaged_query_or_database_is_one_sentence(
    terminal: Terminal, tmp_path: Path, query: str, database: str, said: str
) -> None:
    (tmp_path / "bad.db").write_bytes(b"junk" * 2_000)
    ended = terminal("load", "--query", query, "--database", database.format(tmp_path), *PEOPLE)
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert said in ended.err
    assert terminal.sandbox.accepted_calls == []


def test_a_query_that_fails_further_on_ends_with_2_too(terminal: Terminal) -> None:
    query = "select case when range > 150_000 then 'Ada' else range::text end::int as id from range(200_000)"
    ended = terminal("load", "--query", query, "--as", "identify", "--map", "userId=id")
    assert ended.code == 2
    assert "The query of duckdb failed: Conversion Error: " in ended.err.splitlines()[-1]
    assert "Ada" not in ended.err + ended.out


# Passwords


@pytest.mark.parametrize("address", ["postgresql://ada:{}@db/shop", "postgresql://ada@db/shop?password={}"])
def test_a_password_that_others_would_see_is_refused_and_not_shown(terminal: Terminal, address: str) -> None:
    ended = terminal("load", "--query", "select 1", "--database", address.format(PASSWORD))
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("Whoever lists the processes of this machine would see the password in --database: ")
    assert PASSWORD not in ended.err


def test_a_password_from_the_environment_is_never_shown(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTOMERIO_DATABASE", f"postgresql://ada:{PASSWORD}@127.0.0.1:1/shop?sslpassword={PASSWORD}")
    ended = terminal("load", "--query", "select 1 as id", *PEOPLE, "--json")
    assert (ended.code, ended.json["error"]) == (2, "ReadingError")
    assert "postgresql://127.0.0.1:1/shop failed" in ended.err
    assert PASSWORD not in ended.out + ended.err
