"""What a command reads: a file, the standard input, or the rows of a query."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from langchain_customerio.bulk.readers.lake import WILD, root_of
from langchain_customerio.bulk.readers.sql import Query, has_password
from langchain_customerio.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

STDIN: Final = "-"
_DATABASE: Final = "CUSTOMERIO_DATABASE"
_PANEL: Final = "SQL"
_NEITHER: Final = "Give a file or --query."
_BOTH: Final = "Give a file or --query, not both."
_SEEN: Final = (
    "Whoever lists the processes of this machine would see the password in --database: leave it out and type it when"
    f" you are asked, or put it into PGPASSWORD, or the whole address into {_DATABASE}."
)

FileArgument = Annotated[
    str | None,
    typer.Argument(
        help=".jsonl, .csv or .parquet, also .gz and .zst; a folder or a pattern of .parquet; - is the standard input."
    ),
]
QueryOption = Annotated[
    str | None, typer.Option("--query", metavar="SQL", rich_help_panel=_PANEL, help="Read the rows of a query.")
]
DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URI",
        rich_help_panel=_PANEL,
        help=f"postgresql://user@host/name, sqlite:///file.db or duckdb:///file.duckdb; by default {_DATABASE}, or else"
        " DuckDB without a file, which can read files. A password is asked for, or taken from PGPASSWORD.",
    ),
]


@contextmanager
def opened(file: str | None, query: str | None, database: str | None) -> Iterator[str | Query]:
    """Give what was named on a command line, for as long as it is needed.

    Raises:
        ConfigurationError: If it is not one source, or a password would be seen.
    """
    if (file is None) == (query is None):
        raise ConfigurationError(_NEITHER if file is None else _BOTH)
    if query is None:
        if database is not None:
            raise ConfigurationError("--database goes with --query.")
        yield file or ""
        return
    if database is not None and has_password(database):
        raise ConfigurationError(_SEEN)
    ask = getpass if sys.stdin.isatty() and sys.stderr.isatty() else None
    with Query(query, database or os.environ.get(_DATABASE), ask) as source:
        yield source


def beside(file: str | None, suffix: str) -> Path | None:
    """Return where a load of a file keeps what it writes down; None if nothing was named that it could be beside.

    >>> beside("orders/2026-*/part-?.parquet", ".checkpoint").as_posix()
    'orders/2026-_-part-_.parquet.checkpoint'
    """
    if file in {None, STDIN}:
        return None
    path = Path(file or "")
    root = root_of(path)
    if path.exists() or root == path:
        return Path(f"{path}{suffix}")
    name = "".join("_" if letter in WILD else letter for letter in "-".join(path.relative_to(root).parts))
    return root / f"{name}{suffix}"
