"""The rows of a query are loaded as they come, and what a database says is one sentence without secrets or data."""

from __future__ import annotations

import socket
import sqlite3
import sys
import threading
from contextlib import closing, suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pytest

from langchain_customerio.bulk import LoadStoppedError, load, preview
from langchain_customerio.bulk.mapping import Mapper
from langchain_customerio.bulk.readers.arrow import Table
from langchain_customerio.bulk.readers.base import ReadingError
from langchain_customerio.bulk.readers.sql import Query, has_password
from langchain_customerio.sandbox import Sandbox
from tests.unit_tests.bulk.readers.reading import as_call

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from langchain_customerio.bulk import LoadReport

MAP = {"userId": "id", "traits": "*"}
ROWS = [(1, "pro"), (2, None), (3, "free")]
ALL = "select id, plan from people order by id"


def duckdb_file(path: Path) -> str:
    with closing(duckdb.connect(path)) as database:
        database.execute("create table people (id int, plan text)")
        database.executemany("insert into people values (?, ?)", ROWS)
    return f"duckdb:///{path}"


def sqlite_file(path: Path) -> str:
    with closing(sqlite3.connect(path)) as database:
        database.execute("create table people (id, plan)")
        database.executemany("insert into people values (?, ?)", ROWS)
        database.commit()
    return f"sqlite:///{path}"


KINDS = pytest.mark.parametrize("made", [duckdb_file, sqlite_file])


def loaded(source: Query, sandbox: Sandbox, **options: Any) -> LoadReport:
    with source, sandbox.client() as client:
        return load(client, source, as_="identify", map=MAP, strict=True, **options)


@KINDS
def test_a_query_of_a_file_is_loaded(tmp_path: Path, made: Any) -> None:
    sandbox = Sandbox()
    report = loaded(Query(ALL, made(tmp_path / "shop file#1.db")), sandbox)
    assert (report.read, report.delivered) == (3, 3)
    assert {name: person.traits for name, person in sandbox.people.items()} == {
        "1": {"plan": "pro"},
        "2": {},
        "3": {"plan": "free"},
    }
    assert report.source.startswith("query ")
    assert "shop file#1.db" in report.source


def test_without_a_database_duckdb_reads_files(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("id,plan\n1,pro\n2,free\n")
    sandbox = Sandbox()
    loaded(Query(f"from '{tmp_path}/people.csv' where plan = 'pro'"), sandbox)
    assert list(sandbox.people) == ["1"]


@KINDS
def test_a_query_is_looked_at_and_then_loaded(tmp_path: Path, made: Any) -> None:
    sandbox, source = Sandbox(), Query(ALL, made(tmp_path / "shop.db"))
    assert [each.call for each in preview(source, 1, as_="identify", map=MAP)] == [
        {"type": "identify", "userId": "1", "traits": {"plan": "pro"}}
    ]
    loaded(source, sandbox)
    assert list(sandbox.people) == ["1", "2", "3"]


@KINDS
def test_a_key_names_the_rows_in_whatever_order_they_come(tmp_path: Path, made: Any) -> None:
    sandbox, database = Sandbox(), made(tmp_path / "shop.db")
    for query in ("select * from people order by id", "select * from people order by id desc"):
        report = loaded(Query(query, database), sandbox, key="id", name="people", log=tmp_path / "log.jsonl")
        assert report.delivered == 3
    assert set(sandbox.duplicates.values()) == {2}
    assert '"key":{"id":3}' in (tmp_path / "log.jsonl").read_text()


def test_a_query_of_a_database_that_is_written_to_reads_what_is_there(tmp_path: Path) -> None:
    database = sqlite_file(tmp_path / "shop.db")
    with closing(sqlite3.connect(tmp_path / "shop.db")) as writer:
        writer.execute("insert into people values (4, 'pro')")
        writer.commit()
        sandbox = Sandbox()
        loaded(Query(ALL, database), sandbox)
    assert list(sandbox.people) == ["1", "2", "3", "4"]


def test_another_query_or_database_has_another_name() -> None:
    names = {Query(text, database).name for text in ("select 1", "select 2") for database in (None, "sqlite:///a.db")}
    assert len(names) == 4


# Block by block


@pytest.mark.parametrize(
    ("query", "database"),
    [
        ("select range as id from range(1_000_000_000_000)", "duckdb:"),
        ("with recursive t(id) as (select 0 union all select id + 1 from t) select id from t", "sqlite:///{}/empty.db"),
    ],
)
def test_a_query_that_never_ends_gives_its_first_rows(tmp_path: Path, query: str, database: str) -> None:
    sqlite3.connect(tmp_path / "empty.db").close()
    with Query(query, database.format(tmp_path)) as source:
        blocks = Table(source, Mapper("identify", MAP)).blocks(0)
        assert [as_call(block.records[0])["userId"] for block in islice(blocks, 2)] == ["0", "500"]


# What may not be


@pytest.mark.parametrize("statement", ["insert into people values (9, 'x')", "drop table people", "delete from people"])
@KINDS
def test_a_query_cannot_write_to_its_database(tmp_path: Path, made: Any, statement: str) -> None:
    database = made(tmp_path / "shop.db")
    with pytest.raises(ReadingError, match=r"^The query of .*shop\.db failed: "):
        loaded(Query(statement, database), Sandbox())
    sandbox = Sandbox()
    loaded(Query(ALL, database), sandbox)
    assert len(sandbox.people) == 3


def test_a_name_in_a_query_is_never_a_variable_of_the_program() -> None:
    secrets = pa.table({"id": [1]})
    with pytest.raises(ReadingError, match="Table with name secrets does not exist"):
        loaded(Query("select * from secrets"), Sandbox())
    assert secrets.num_rows == 1


# What goes wrong


@pytest.mark.parametrize("database", ["mysql://ada:s3@localhost/shop", "shop.db", "host=localhost password=s3", ":"])
def test_a_database_of_another_kind_is_refused_without_its_address(database: str) -> None:
    with pytest.raises(ReadingError, match=r"^The database must be one of postgresql://") as caught:
        Query("select 1", database)
    assert "s3" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["duckdb", "sqlite"])
def test_a_file_that_is_not_there_is_not_made(tmp_path: Path, scheme: str) -> None:
    with pytest.raises(FileNotFoundError):
        loaded(Query("select 1 as id", f"{scheme}:///{tmp_path}/gone.db"), Sandbox())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("scheme", ["duckdb", "sqlite"])
def test_a_damaged_database_is_said_in_a_sentence(tmp_path: Path, scheme: str) -> None:
    (tmp_path / "bad.db").write_bytes(b"junk" * 2_000)
    with pytest.raises(ReadingError, match=r"^The query of .*bad\.db failed: .*not a") as caught:
        loaded(Query("select 1 as id", f"{scheme}:///{tmp_path}/bad.db"), Sandbox())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("query", ["", "selec 1", "select * from gone", "select missing from people", "-- nothing"])
@KINDS
def test_a_wrong_query_is_said_in_a_sentence(tmp_path: Path, made: Any, query: str) -> None:
    with pytest.raises(ReadingError) as caught:
        loaded(Query(query, made(tmp_path / "shop.db")), Sandbox())
    assert "\n" not in str(caught.value)


def test_what_is_wrong_with_a_value_is_said_without_the_value() -> None:
    with pytest.raises(ReadingError, match="Could not convert string … to INT32") as caught:
        loaded(Query("select 'it''s Ada'::int as id"), Sandbox())
    assert "Ada" not in str(caught.value)


def test_a_query_that_fails_further_on_ends_the_load_without_its_data() -> None:
    query = "select case when range > 150_000 then 'Ada' else range::text end::int as id from range(200_000)"
    # it depends on the threads of DuckDB how much has been sent by then
    with pytest.raises((LoadStoppedError, ReadingError), match=r"The query of duckdb failed: Conversion .*…") as caught:
        loaded(Query(query), Sandbox())
    assert "Ada" not in str(caught.value)


@pytest.mark.parametrize(
    ("module", "database"),
    [
        ("duckdb", None),
        ("adbc_driver_sqlite", "sqlite:///a.db"),
        ("adbc_driver_postgresql", "postgresql:///a"),
        ("pyarrow", None),
    ],
)
def test_without_the_extra_one_line_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, module: str, database: str | None
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ModuleNotFoundError, match=r"^To load the rows of a query, pip install .*\[sql\]"):
        Query("select 1", database).run()


# Passwords


@pytest.mark.parametrize(
    ("database", "password"),
    [
        ("postgresql://ada:s3cret@localhost/shop", True),
        ("postgresql://ada:s3?cret@localhost/shop", True),
        ("postgresql://ada:s3/cret@localhost/shop", True),
        ("postgres://ada:s3@cret@localhost/shop", True),
        ("postgresql://ada@localhost/shop?password=s3cret", True),
        ("postgresql://ada@localhost/shop?sslmode=require&sslpassword=s3cret", True),
        ("postgresql://ada@localhost/shop?%70assword=s3cret", True),
        ("postgresql://ada@localhost/shop?password=", False),
        ("postgresql://localhost:5432/shop?user=ada@shop", False),
        ("postgresql:///shop", False),
        ("sqlite:////srv/a:b@c.db", False),
        ("duckdb:", False),
    ],
)
def test_a_password_in_an_address_is_seen_and_never_shown(database: str, password: bool) -> None:  # noqa: FBT001 - a value
    assert has_password(database) is password
    name = Query("select 1", database).name
    assert "ada" not in name
    assert "s3" not in name


class Guarded:
    """Speaks as much of PostgreSQL's protocol (version 3) as it takes to ask for a password, and to refuse."""

    def __init__(self) -> None:
        self.passwords: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = (
            f"postgresql://ada@127.0.0.1:{self._socket.getsockname()[1]}/shop?sslmode=disable&gssencmode=disable"
        )
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):  # which it is when the test has ended
            while True:
                connection, _ = self._socket.accept()
                with connection, connection.makefile("rb") as asked:
                    asked.read(int.from_bytes(asked.read(4)) - 4)  # who asks for what
                    connection.sendall(b"R" + (8).to_bytes(4) + (3).to_bytes(4))  # wants a password in clear text
                    if asked.read(1) == b"p":
                        self.passwords.append(asked.read(int.from_bytes(asked.read(4)) - 4).rstrip(b"\0"))
                        refusal = b"SFATAL\0VFATAL\0C28P01\0Mthe password is wrong\0\0"
                        connection.sendall(b"E" + (len(refusal) + 4).to_bytes(4) + refusal)

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def guarded() -> Iterator[Guarded]:
    with closing(Guarded()) as server:
        yield server


@pytest.mark.loopback
def test_a_password_is_asked_for_only_where_a_server_wants_one_and_is_never_shown(guarded: Guarded) -> None:
    with pytest.raises(ReadingError, match="no password supplied"):
        Query("select 1", guarded.address).run()
    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question)
        return "s3cret &?/@ä"

    with pytest.raises(ReadingError, match=r"the password is wrong\.$") as caught:
        Query("select 1", guarded.address, answer).run()
    place = guarded.address.replace("ada@", "").partition("?")[0]
    assert asked == [f"Password for {place}: "]
    assert guarded.passwords == ["s3cret &?/@ä".encode()]
    assert "s3cret" not in str(caught.value)


@pytest.mark.loopback
def test_a_password_joins_an_address_without_options(guarded: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSSLMODE", "disable")
    monkeypatch.setenv("PGGSSENCMODE", "disable")
    with pytest.raises(ReadingError, match=r"the password is wrong\.$"):
        Query("select 1", guarded.address.partition("?")[0], lambda _: "s3cret").run()
    assert guarded.passwords == [b"s3cret"]
