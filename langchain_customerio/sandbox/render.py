"""Records as plain JSON, and as tables in a terminal or a notebook. Everything shown is escaped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar, cast

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

    from langchain_customerio.sandbox.http import JsonObject

KeyT = TypeVar("KeyT")
RecordT = TypeVar("RecordT", bound="Shown")
Tables = Mapping[str, list["JsonObject"]]
"""Rows of plain JSON by the name of their table; the rows of a table have the same keys."""

_ROWS_SHOWN: Final = 50
_CELL_SHOWN: Final = 200
_DEPTH_SHOWN: Final = 100
_NOTHING: Final = "Nothing has arrived yet."
# Colours come from the page around it, so that it is readable on a dark one too.
_BORDER: Final = "1px solid color-mix(in srgb, currentColor 25%, transparent)"
_CELL: Final = f"padding:.25em .6em;border-bottom:{_BORDER};text-align:left;vertical-align:top;overflow-wrap:anywhere"
_TABLE: Final = "border-collapse:collapse;color:inherit;background:transparent"


class Shown:
    """Gives a dataclass a table of its fields in a terminal (rich) and in a notebook.

    Attributes:
        plural: What several of them are called.
        columns: The attributes that a table of several of them shows.
    """

    __slots__ = ()
    plural: ClassVar[str]
    columns: ClassVar[tuple[str, ...]] = ()

    def row(self) -> JsonObject:
        """Give it as a row of plain JSON in a table of several."""
        return {name: plain(getattr(self, name)) for name in self.columns}

    def __rich__(self) -> Table:
        """Draw it in a terminal, for `rich.print`."""
        return rich_table(type(self).__name__, _fields_of(self))

    def _repr_html_(self) -> str:
        return html_table(type(self).__name__, _fields_of(self))


class _Table:
    """Gives a collection of records a table with a row for each."""

    __slots__ = ()

    def _tables(self) -> Tables:
        records: list[Shown] = list(self.values() if isinstance(self, dict) else cast("Iterable[Shown]", self))
        return {records[0].plural: [record.row() for record in records]} if records else {}

    def __rich__(self) -> Group:
        """Draw it in a terminal, for `rich.print`."""
        return rich_tables(self._tables())

    def _repr_html_(self) -> str:
        return html_tables(self._tables())


class RecordList(_Table, list[RecordT]):
    """A list that shows its records as a table."""


class RecordDict(_Table, dict[KeyT, RecordT]):
    """A dict that shows its records as a table."""


def plain(value: object, depth: int = 0) -> Any:  # noqa: ANN401 - JSON of any shape
    """Turn records into plain JSON: times as ISO 8601, sets sorted, what is nested 100 deep as `"…"`."""
    if depth > _DEPTH_SHOWN:
        return "…"
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name), depth + 1) for field in fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {_name(key): plain(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, set):
        return sorted(value)
    return [plain(inner, depth + 1) for inner in value] if isinstance(value, list) else value


def to_json(value: object, *, indent: int | None = None) -> str:
    """Write a value as JSON, also one that is nested too deeply to write: then only as far down as `plain` goes."""
    try:
        return json.dumps(value, ensure_ascii=False, indent=indent)
    except RecursionError:
        return json.dumps(plain(value), ensure_ascii=False, indent=indent)


def html_tables(tables: Tables) -> str:
    """Draw tables as HTML, each with the number of its rows."""
    drawn = [html_table(_counted(name, found), found) for name, found in tables.items() if found]
    return "".join(drawn) or f"<p>{_NOTHING}</p>"


def html_table(title: str, found: list[JsonObject]) -> str:
    """Draw the first 50 rows as HTML."""
    head = "".join(f'<th style="{_CELL}">{escape(column)}</th>' for column in found[0])
    body = "".join(f"<tr>{_html_cells(row)}</tr>" for row in found[:_ROWS_SHOWN])
    return (
        f'<h4>{escape(title)}</h4><table style="{_TABLE}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    )


def rich_tables(tables: Tables) -> Group:
    """Draw tables for a terminal, each with the number of its rows."""
    from rich.console import Group  # noqa: PLC0415 - whoever asks for a drawing has rich
    from rich.text import Text  # noqa: PLC0415 - whoever asks for a drawing has rich

    drawn = [rich_table(_counted(name, found), found) for name, found in tables.items() if found]
    return Group(*drawn) if drawn else Group(Text(_NOTHING))


def rich_table(title: str, found: list[JsonObject]) -> Table:
    """Draw the first 50 rows for a terminal."""
    from rich.table import Table  # noqa: PLC0415 - whoever asks for a drawing has rich
    from rich.text import Text  # noqa: PLC0415 - whoever asks for a drawing has rich

    table = Table(*found[0], title=Text(title, style="bold"), title_justify="left")
    for row in found[:_ROWS_SHOWN]:
        table.add_row(*(Text(_cell(value), overflow="fold") for value in row.values()))
    return table


def visible(text: str, most: int = _CELL_SHOWN) -> str:
    """Write what is not printable as an escape, and cut the text at so many characters."""
    shown = text[: most + 1]
    if not shown.isprintable():
        shown = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in shown)
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def _name(key: str | tuple[str, ...]) -> str:
    return key if isinstance(key, str) else "/".join(key)


def _flat(record: JsonObject, above: str = "") -> Iterable[tuple[str, object]]:
    """Give every value of a record with its path, such as `traits.plan`."""
    for name, value in record.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _fields_of(record: object) -> list[JsonObject]:
    found = [{"field": name, "value": value} for name, value in _flat(plain(record))]
    return [row for row in found if row["value"] not in (None, [], {})]


def _counted(name: str, found: list[JsonObject]) -> str:
    more = f" (first {_ROWS_SHOWN})" if len(found) > _ROWS_SHOWN else ""
    return f"{name}: {len(found)}{more}"


def _html_cells(row: JsonObject) -> str:
    return "".join(f'<td style="{_CELL}">{escape(_cell(value))}</td>' for value in row.values())


def _cell(value: object) -> str:
    return "" if value is None else visible(str(value))
