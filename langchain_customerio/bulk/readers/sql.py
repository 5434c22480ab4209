"""The rows of a query: from PostgreSQL and SQLite over ADBC, and from DuckDB."""

from __future__ import annotations

import re
from contextlib import ExitStack, closing, contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import quote, unquote

from langchain_customerio.bulk.readers.base import reading_error
from langchain_customerio.bulk.readers.extras import first_line, of_extra
from langchain_customerio.text import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_EXTRA: Final = ("sql", "the rows of a query")
_DIGEST_BYTES: Final = 4
_BATCH_ROWS: Final = 10_000
_SECRET: Final = frozenset({"password", "sslpassword"})
_MOST_PLACE: Final = 200
_MOST_REASON: Final = 300
_OF_POSTGRESQL: Final = {"adbc.postgresql.batch_size_hint_bytes": str(1 << 20)}  # 16 MB by default
_IN_MEMORY: Final = "duckdb:"
_NO_PASSWORD: Final = "no password supplied"  # noqa: S105 - what the client library of PostgreSQL says
_OF_DATA: Final = frozenset({"ConversionException", "InvalidInputException", "OutOfRangeException"})
"""What DuckDB raises where a value is wrong."""
_DATA_EXCEPTION: Final = "22"  # the class of such errors in SQL (ISO/IEC 9075-2, SQLSTATE)


class Query:
    """A query to a database; each time that it is opened, it runs anew. It cannot write to that database.

    Beside the database, DuckDB does what the query says: it reads files, and writes one for `copy … to`.

    Args:
        text: SQL that gives rows.
        database: `postgresql://user@host/name`, `sqlite:///file.db` or `duckdb:///file.duckdb`; by default DuckDB
            without a file, which can read files.
        ask: Asks for the password that a server wants, given what to ask with; None if nobody can be asked.

    Attributes:
        name: The query and the database, without who asks.

    Raises:
        ReadingError: If there is no such kind of database.
    """

    def __init__(self, text: str, database: str | None = None, ask: Callable[[str], str] | None = None) -> None:
        """Keep the query; nothing is opened yet."""
        self._text, self._database, self._ask = text, database or _IN_MEMORY, ask
        connect = {
            "duckdb": self._of_duckdb,
            "postgres": self._of_postgresql,
            "postgresql": self._of_postgresql,
            "sqlite": self._of_sqlite,
        }
        scheme = self._database.partition(":")[0]
        if scheme not in connect:
            raise reading_error("database_unknown")
        self._connect = connect[scheme]
        place = _after_scheme(self._database).removeprefix(_user_of(self._database)).partition("?")[0].removeprefix("@")
        self._place = shown(f"{scheme}://{place}", _MOST_PLACE) if place else scheme
        content = f"{place}\n{text}".encode("utf-8", "surrogatepass")
        digest = blake2b(content, digest_size=_DIGEST_BYTES).hexdigest()
        self.name = f"query {digest} of {self._place}"
        self._opened = ExitStack()

    def __enter__(self) -> Self:
        """Stay open as long as it is needed."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close what is open."""
        self._opened.close()

    def run(self) -> Any:  # noqa: ANN401 - a record batch reader of pyarrow, which ships no types
        """Run the query, and return its rows as a stream of record batches. What was run before is closed.

        Raises:
            ModuleNotFoundError: If the extra is not installed.
            FileNotFoundError: If there is no such file.
            ReadingError: If the database does not open, or does not take the query.
        """
        with of_extra(*_EXTRA):
            import pyarrow as pa  # noqa: PLC0415 - under an extra, and slow to import
        self._opened.close()
        with self._told():
            rows = self._connect()
        return pa.RecordBatchReader.from_batches(rows.schema, self._batches(rows))

    def _batches(self, rows: Any) -> Iterator[Any]:  # noqa: ANN401 - as above
        with self._opened, self._told(reading=True):
            yield from rows

    @contextmanager
    def _told(self, *, reading: bool = False) -> Iterator[None]:
        """Pass on in one sentence what a database says, and close it; while rows are read, that may be about data."""
        try:
            yield
        except (ModuleNotFoundError, FileNotFoundError):
            raise
        except Exception as error:  # noqa: BLE001 - each library has its own, and nothing of ours runs in here
            self._opened.close()
            reason = first_line(error, data=not (reading or _is_about_data(error)))
            for secret in _secrets(self._database):
                reason = reason.replace(secret, "…")
            raise reading_error("query_failed", place=self._place, reason=shown(reason, _MOST_REASON)) from None

    def _of_duckdb(self) -> Any:  # noqa: ANN401 - as above
        with of_extra(*_EXTRA):
            import duckdb  # noqa: PLC0415 - under an extra, and slow to import
        path = _path_of(self._database)
        # a name in the query means a table or a file, and never a variable of this program
        config: dict[str, Any] = {"python_enable_replacements": "false"}
        opened = duckdb.connect(_there(path) if path else ":memory:", read_only=bool(path), config=config)
        self._opened.enter_context(closing(opened))
        rows = opened.sql(self._text)
        if rows is None:
            raise ValueError("the query gives no rows")
        return batches_of(rows)

    def _of_sqlite(self) -> Any:  # noqa: ANN401 - as above
        with of_extra(*_EXTRA):
            from adbc_driver_sqlite import dbapi  # noqa: PLC0415 - under an extra, and slow to import
        return self._over_adbc(dbapi.connect(f"file:{quote(_there(_path_of(self._database)))}?mode=ro"))

    def _of_postgresql(self) -> Any:  # noqa: ANN401 - as above
        with of_extra(*_EXTRA):
            from adbc_driver_postgresql import dbapi  # noqa: PLC0415 - under an extra, and slow to import
        return self._over_adbc(self._let_in(dbapi), "SET TRANSACTION READ ONLY", options=_OF_POSTGRESQL)

    def _let_in(self, dbapi: Any) -> Any:  # noqa: ANN401 - a module that ships no types, and what it opens
        """Connect, with a password where the server wants one."""
        try:
            return dbapi.connect(self._database)
        except dbapi.Error as error:
            if self._ask is None or _NO_PASSWORD not in str(error):
                raise
        self._database = _with_password(self._database, self._ask(f"Password for {self._place}: "))
        return dbapi.connect(self._database)

    def _over_adbc(self, opened: Any, *first: str, options: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401 - as above
        connection = self._opened.enter_context(closing(opened))
        cursor = self._opened.enter_context(closing(connection.cursor(adbc_stmt_kwargs=options)))
        for each in (*first, self._text):
            cursor.execute(each)
        return cursor.fetch_record_batch()


def batches_of(relation: Any, rows: int = _BATCH_ROWS) -> Any:  # noqa: ANN401 - of DuckDB, and a record batch reader
    """Return the rows of a relation of DuckDB as they are made; older versions make all for `__arrow_c_stream__`."""
    return (getattr(relation, "to_arrow_reader", None) or relation.fetch_record_batch)(rows)


def has_password(database: str) -> bool:
    """Return whether an address holds a password, which everybody sees who lists the processes of a machine.

    >>> has_password("postgresql://ada:secret@localhost/shop"), has_password("postgresql://ada@localhost/shop")
    (True, False)
    """
    return bool(_secrets(database))


def _secrets(database: str) -> list[str]:
    """Return the passwords in an address, as they are written in it."""
    given = [each.partition("=") for each in re.split("[?&]", database)]
    found = [_user_of(database).partition(":")[2], *(value for name, _, value in given if unquote(name) in _SECRET)]
    return [secret for secret in found if secret]


def _after_scheme(database: str) -> str:
    return database.partition(":")[2].removeprefix("//")


def _user_of(database: str) -> str:
    """Return who asks, with the password; it may hold what should have been written as %3F or %2F."""
    if not database.startswith("postgres"):
        return ""
    rest = _after_scheme(database)
    parts = (rest.partition("/")[0], rest.partition("?")[0])
    return next((part.rpartition("@")[0] for part in parts if "@" in part), "")


def _is_about_data(error: Exception) -> bool:
    """Return whether a value is wrong, which the database then quotes."""
    return type(error).__name__ in _OF_DATA or (getattr(error, "sqlstate", None) or "").startswith(_DATA_EXCEPTION)


def _with_password(database: str, password: str) -> str:
    separator = "&" if "?" in database else "?"
    return f"{database}{separator}password={quote(password, safe='')}"


def _path_of(database: str) -> str:
    """Return the path in an address: three slashes before a relative one, four before an absolute one.

    >>> _path_of("duckdb:///shop.duckdb"), _path_of("sqlite:////srv/shop.db")
    ('shop.duckdb', '/srv/shop.db')
    """
    return unquote(_after_scheme(database).partition("?")[0].removeprefix("/"))


def _there(path: str) -> str:
    """Return a path if there is something.

    Raises:
        FileNotFoundError: If not, which the libraries say in other words.
    """
    Path(path).stat()
    return path
