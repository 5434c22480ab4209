"""From a row to a call: which column is which field, and what its values become."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import orjson
from pydantic.alias_generators import to_camel

from langchain_customerio.api.calls import SINGLE_CALLS, Common
from langchain_customerio.api.strict_json import loads
from langchain_customerio.bulk.assembly import Assembly, Path, Step
from langchain_customerio.bulk.dead_letters import record_in
from langchain_customerio.bulk.readers.base import BadRecord, no_such_column, reading_error
from langchain_customerio.bulk.readers.noticed import Noticed
from langchain_customerio.bulk.readers.values import WITH_ZONE, Nulls, id_text, moment, plain, whole_object
from langchain_customerio.errors import InvalidRequestError, Problem
from langchain_customerio.messages import Field
from langchain_customerio.text import quoted, shown, type_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_TIMES: Final = frozenset({"timestamp", "originalTimestamp", "sentAt"})
_FREE: Final = frozenset({"traits", "properties", "integrations"})
_PARTED: Final = _FREE | {"context"}
_REST: Final = "*"
_INDEXES: Final = ("__index_level_", "Unnamed: ")  # what pandas makes of an index without a name
_APART: Final = re.compile(r"[\s_.-]")
_TEXT: Final[frozenset[type]] = frozenset({str, type(None)})
_NOTHING: Final[frozenset[type]] = frozenset({type(None)})
_SCALARS: Final[frozenset[type]] = frozenset({str, int, float, bool, type(None)})
_MOST_PLANNED: Final = 20_000
_MOST_KEYS: Final = 5_000
_MOST_LEFT_OUT: Final = 100
_ANY_KEYS: Final = orjson.OPT_NON_STR_KEYS


class Mapper:
    """Makes calls of rows.

    A column that is named like a field (`userId`, `user_id`, `timestamp`, `traits.plan`, `context.ip`) is that field. A
    column that the map names is what the map says, and nothing else. Columns that are not fields are left out.

    Args:
        kind: The call that each row is, whatever a column `type` says; None where that column says it.
        fields: Field, in wire names, to column, such as `{"userId": "customer_id", "traits.plan": "plan"}`. The column
            `*` for `traits` or `properties` stands for all columns that would be left out.
        timezone: Name of the zone of times that come without one.
        nulls: `drop` leaves out what is missing; `send` sends it as null, which removes a trait.
        key: Columns that name the rows.

    Attributes:
        key: As given.
        left_out: Columns that no field has taken.
        noticed: What was noticed about the source.
        zone: The zone of times that come without one.
        nulls: Whether what is missing is sent as null.

    Raises:
        ConfigurationError: If a field, the kind or the zone is not known.

    >>> Mapper("identify", {"userId": "id", "traits.plan": "plan"}).call({"id": 7, "plan": "pro", "age": 36})
    {'type': 'identify', 'userId': '7', 'traits': {'plan': 'pro'}}
    """

    def __init__(
        self,
        kind: str | None = None,
        fields: Mapping[str, str] | None = None,
        timezone: str | None = None,
        nulls: Nulls = "drop",
        key: Sequence[str] = (),
    ) -> None:
        """Refuse what no call has."""
        if nulls not in {"drop", "send"}:
            raise reading_error("no_such_nulls")
        self._kind = kind
        calls = SINGLE_CALLS.values() if kind is None else (SINGLE_CALLS[known_kind(kind)],)
        self._known = {wire for call in calls for _, wire in call.wire_names()} | ({"type"} if kind is None else set())
        self._mapped = [(self._path(field), column) for field, column in (fields or {}).items() if column != _REST]
        rest = [self._path(field)[:1] for field, column in (fields or {}).items() if column == _REST]
        self._rest = rest[0] if rest else None
        self._assemblies: dict[tuple[str, ...], Assembly] = {}
        self._planned = 0
        self.key = tuple(key)
        self.zone = _zone(timezone)
        self.nulls = nulls == "send"
        self.left_out: set[str] = set()
        self.noticed = Noticed()

    # Tables

    def names(self, columns: Iterable[str]) -> list[str]:
        """Return the names of columns without the blanks around them, unless the map means them so."""
        wanted = {column for _, column in self._mapped}
        found = [column if column in wanted else column.strip() for column in columns]
        for column, name in zip(columns, found, strict=True):
            if column != name:
                self.noticed.add(Problem("name_blanks", (shown(name),)))
        return found

    def expect(self, columns: Iterable[str]) -> Assembly:
        """Make sure that a table has what the map names, and return how its rows become calls.

        Raises:
            ReadingError: If it lacks a column, has one twice, or has two for one field.
        """
        there = tuple(columns)
        if twice := next((column for column in there if column and there.count(column) > 1), None):
            raise reading_error("column_twice", column=quoted(twice))
        for column in (*(column for _, column in self._mapped), *self.key):
            if column not in there:
                raise no_such_column(column, there)
        found: dict[Path, str] = {}
        assembly = self.assembly(there)
        for step in assembly.steps:
            if (other := found.setdefault(step.path, step.column)) != step.column:
                raise reading_error("same_field", first=quoted(other), second=quoted(step.column))
        self._look_at(there, assembly)
        return assembly

    def _look_at(self, columns: Sequence[str], assembly: Assembly) -> None:
        """Notice names that are nearly others."""
        used = {step.column for step in assembly.steps}
        fields = {step.path for step in assembly.steps}
        nearly = {_APART.sub("", field).casefold(): field for field in self._known if (field,) not in fields}
        alike: dict[str, str] = {}
        for column in columns:
            field = nearly.get(_APART.sub("", column).casefold())
            if field is not None and self._own_path(column) is None:
                self.noticed.add(Problem("nearly_field", (shown(column),), {"field": Field(field)}))
            other = alike.setdefault(column.strip().casefold(), column)
            if other != column and {other, column} <= used:
                self.noticed.add(Problem("names_alike", (shown(column),), {"other": quoted(other)}))
            if column not in used and (not column or column.startswith(_INDEXES)):
                self.noticed.add(Problem("index_column", (shown(column) or '""',)))

    # Rows of their own

    def records(self, rows: Iterable[Any]) -> list[Any]:
        """Return the call of each row, or why there is none; what is not a row stays what it is."""
        return list(map(self._record, rows))

    def _record(self, record: Any) -> Any:  # noqa: ANN401 - whatever a source gives, and what becomes of it
        if isinstance(record, BadRecord | Common) or (isinstance(record, bytes | str) and not record.strip()):
            return record
        try:
            row = loads(record) if isinstance(record, bytes | str) else record
            if not isinstance(row, Mapping):
                return record
            return self._again(row) if "dead_letter" in row else self.call(row)
        except InvalidRequestError as error:
            problem: Problem | str = error.problems[0]
        except BadRecord as bad:
            problem = bad.problem or bad.reason
        except Exception as error:  # noqa: BLE001 - whatever goes wrong in one row stays in that row
            problem = Problem("unreadable", (), {"kind": type(error).__name__})
        return BadRecord(problem, text=_shown(record))

    def _again(self, entry: Mapping[str, Any]) -> Any:  # noqa: ANN401 - as above
        """Return what an entry of a dead-letter file is about: a call, or a row that was none."""
        if "call" not in entry:
            return self._record(str(entry.get("text")))
        call = record_in(entry)
        return {"type": self._kind, **call} if self._kind is not None and isinstance(call, Mapping) else call

    def call(self, row: Mapping[Any, Any]) -> dict[str, Any]:
        """Return the call that a row is; what is missing is left out.

        Raises:
            BadRecord: If a value cannot be sent.
        """
        if len(row) > _MOST_KEYS:
            raise BadRecord(Problem("too_many_keys", (), {"count": len(row), "most": _MOST_KEYS}))
        if (odd := next((key for key in row if not isinstance(key, str)), None)) is not None:
            raise BadRecord(Problem("key_not_text", (), {"found": type_name(odd)}))
        return self.assembly(tuple(row)).call(row)

    # Which column is which field

    def assembly(self, columns: tuple[str, ...]) -> Assembly:
        """Return how rows of these columns become calls, whole objects before their parts."""
        found = self._assemblies.get(columns)
        if found is None:
            steps = sorted(self._steps(columns), key=lambda step: len(step.path))
            found = Assembly(steps, self._kind, nulls=self.nulls)
            self._planned += len(columns) + 1
            if self._planned > _MOST_PLANNED:
                self._assemblies.clear()
                self._planned = 0
            self._assemblies[columns] = found
        return found

    def _steps(self, columns: Sequence[str]) -> Iterator[Step]:
        there = set(columns)
        yield from (self._step(column, path) for path, column in self._mapped if column in there)
        taken = {path for path, _ in self._mapped}
        used = {column for _, column in self._mapped}
        for column in columns:
            if column in used:
                continue
            path = self._own_path(column)
            if path is not None and path not in taken:
                yield self._step(column, path)
            elif path is None and self._rest is not None and column and not column.startswith(_INDEXES):
                yield self._step(column, (*self._rest, column))
            elif len(self.left_out) < _MOST_LEFT_OUT:
                self.left_out.add(shown(column))

    def _step(self, column: str, path: Path) -> Step:
        if path[0] in _TIMES:
            return Step(column, path, partial(moment, zone=self.zone), _NOTHING, WITH_ZONE)
        if len(path) > 1:
            return Step(column, path, partial(plain, zone=self.zone, nulls=self.nulls), _SCALARS)
        if path[0] in _PARTED:
            whole = partial(whole_object, zone=self.zone, nulls=self.nulls)
            return Step(column, path, whole, _NOTHING)
        return Step(column, path, id_text, _TEXT)

    def _own_path(self, column: str) -> Path | None:
        """Return the field that a column is by its name."""
        first, dot, rest = column.partition(".")
        head = to_camel(first)
        if head not in self._known or (dot and head not in _PARTED):
            return None
        return _split(head + dot + rest)

    def _path(self, field: str) -> Path:
        """Return a field of the map as a path, refused where no call has it."""
        head, dot, rest = field.partition(".")
        head = to_camel(head)
        if head not in self._known:
            close = get_close_matches(head, self._known, n=1)
            about = {"field": quoted(field), "call": self._kind or "any call"}
            if close:
                raise reading_error("map_nearly", **about, close=Field(close[0]))
            raise reading_error("map_no_field", **about, fields=tuple(map(Field, sorted(self._known))))
        if dot and head not in _PARTED:
            raise reading_error("map_no_parts", field=quoted(field), head=Field(head))
        return _split(head + dot + rest)


def known_kind(kind: str) -> str:
    """Return the name of a call, or refuse what is none.

    Raises:
        ReadingError: If there is no call of this name.
    """
    if kind not in SINGLE_CALLS:
        raise reading_error("no_such_call", call=quoted(kind), calls=tuple(SINGLE_CALLS))
    return kind


def _split(field: str) -> Path:
    """Split a field at its dots; names within traits and properties keep theirs."""
    return tuple(field.split(".", 1) if field.partition(".")[0] in _FREE else field.split("."))


def _zone(name: str | None) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise reading_error("no_such_zone", timezone_name=quoted(name)) from None


def _shown(record: object) -> str:
    """Return a record that cannot be sent as text, as far as it has any."""
    if isinstance(record, bytes):
        return record.decode(errors="backslashreplace")
    try:
        return record if isinstance(record, str) else orjson.dumps(record, default=str, option=_ANY_KEYS).decode()
    except (TypeError, ValueError, RecursionError):
        return ""
