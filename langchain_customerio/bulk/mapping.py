"""From a row to a call: which column is which field, and what its values become."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import orjson
from pydantic.alias_generators import to_camel

from langchain_customerio.api.calls import SINGLE_CALLS
from langchain_customerio.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

_TIMES: Final = frozenset({"timestamp", "originalTimestamp", "sentAt"})
_FREE: Final = frozenset({"traits", "properties", "integrations"})
_REST: Final = "*"
_INDEX: Final = "__index_level_"  # what becomes of the index of a filtered or sorted frame of pandas
_MOST_PLANS: Final = 1_000
_MOST_INTEGER: Final = 2**64
_FIRST_ROUNDED: Final = 2.0**53  # from here on several integers are one float, and several people would be one
_MOST_LEFT_OUT: Final = 100

_Path = tuple[str, ...]
_Plan = tuple[tuple[str, _Path, "Callable[[Any], Any]"], ...]


class Mapper:
    """Makes calls of rows.

    A column that is named like a field (`userId`, `user_id`, `timestamp`, `traits.plan`, `context.ip`) is that field,
    unless the map says otherwise. Columns that are no field are left out.

    Args:
        kind: The call that each row is; None where a field `type` says it.
        fields: Field, in wire names, to column, such as `{"userId": "customer_id", "traits.plan": "plan"}`. The column
            `*` for `traits` or `properties` stands for all columns that would be left out.
        timezone: Name of the zone of times that come without one.

    Attributes:
        left_out: Columns that no field has taken.

    Raises:
        ConfigurationError: If a field, the kind or the zone is not known.

    >>> Mapper("identify", {"userId": "id", "traits.plan": "plan"}).call({"id": 7, "plan": "pro", "age": 36})
    {'type': 'identify', 'userId': '7', 'traits': {'plan': 'pro'}}
    """

    def __init__(
        self, kind: str | None = None, fields: Mapping[str, str] | None = None, timezone: str | None = None
    ) -> None:
        """Refuse what no call has."""
        self._kind = kind
        calls = SINGLE_CALLS.values() if kind is None else (SINGLE_CALLS[known_kind(kind)],)
        self._known = {wire for call in calls for _, wire in call.wire_names()} | {"type"}
        self._mapped = [(self._path(field), column) for field, column in (fields or {}).items() if column != _REST]
        rest = [self._path(field)[:1] for field, column in (fields or {}).items() if column == _REST]
        self._rest = rest[0] if rest else None
        self._zone = _zone(timezone)
        self._plans: dict[tuple[str, ...], _Plan] = {}
        self.left_out: set[str] = set()

    def expect(self, columns: Iterable[str]) -> None:
        """Make sure that a table has what the map names.

        Raises:
            ConfigurationError: If it lacks a column, or has two for one field.
        """
        there = list(columns)
        for _, column in self._mapped:
            if column not in there:
                raise ConfigurationError(f"There is no column {column!r}; there are {', '.join(map(repr, there))}.")
        names: dict[_Path, str] = {}
        for column, path, _ in self._plan(tuple(there)):
            if (other := names.setdefault(path, column)) != column:
                raise ConfigurationError(f"Columns {other!r} and {column!r} are the same field: map it to one of them.")

    def texts(self, columns: Iterable[str]) -> set[str]:
        """Return the columns whose values are texts whatever they look like: ids, names and times."""
        return {column for column, path, _ in self._plan(tuple(columns)) if len(path) == 1}

    def call(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return the call that a row is; what has no value is left out."""
        call: dict[str, Any] = {} if self._kind is None else {"type": self._kind}
        for column, path, convert in self._plan(tuple(row)):
            value = row[column]
            if value is not None:
                place = call
                for name in path[:-1]:
                    inner = place.setdefault(name, {})
                    place = inner if isinstance(inner, dict) else {}
                place[path[-1]] = convert(value)
        return call

    def _plan(self, columns: tuple[str, ...]) -> _Plan:
        """Return what to do with rows of these columns, whole objects before their parts."""
        plan = self._plans.get(columns)
        if plan is None:
            steps = sorted(self._steps(columns), key=lambda step: len(step[1]))
            plan = tuple((column, path, self._converter(path)) for column, path in steps)
            if len(self._plans) >= _MOST_PLANS:
                self._plans.clear()
            self._plans[columns] = plan
        return plan

    def _steps(self, columns: tuple[str, ...]) -> Iterator[tuple[str, _Path]]:
        yield from ((column, path) for path, column in self._mapped if column in columns)
        taken = {path for path, _ in self._mapped}
        used = {column for _, column in self._mapped}
        for column in columns:
            path = self._own_path(column)
            if path is not None and path not in taken:
                yield column, path
            elif column not in used and not column.startswith(_INDEX):
                if self._rest is not None:
                    yield column, (*self._rest, column)
                elif len(self.left_out) < _MOST_LEFT_OUT:
                    self.left_out.add(column)

    def _own_path(self, column: str) -> _Path | None:
        """Return the field that a column is by its name."""
        head = to_camel(column.partition(".")[0])
        if head not in self._known:
            return None
        path = _split(head + column[len(column.partition(".")[0]) :])
        return path if len(path) == 1 or head in _FREE or head == "context" else None

    def _path(self, field: str) -> _Path:
        """Return a field of the map as a path, refused where no call has it."""
        head, dot, rest = field.partition(".")
        head = to_camel(head)
        if head not in self._known:
            close = get_close_matches(head, self._known, n=1)
            hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(sorted(self._known))}."
            raise ConfigurationError(
                f"The map names a field {field!r} that is none of {self._kind or 'any call'}: {hint}"
            )
        if dot and head not in _FREE and head != "context":
            raise ConfigurationError(f"The map names a field {field!r}, but {head} has no parts.")
        return _split(head + dot + rest)

    def _converter(self, path: _Path) -> Callable[[Any], Any]:
        if path[0] in _TIMES:
            return partial(_moment, zone=self._zone)
        if len(path) == 1 and path[0] not in _FREE and path[0] != "context":
            return _text
        return partial(_json, zone=self._zone) if len(path) > 1 else partial(_whole, zone=self._zone)


def known_kind(kind: str) -> str:
    """Return the name of a call, or refuse what is none.

    Raises:
        ConfigurationError: If there is no call of this name.
    """
    if kind not in SINGLE_CALLS:
        raise ConfigurationError(f"There is no call {kind!r}; there are {', '.join(SINGLE_CALLS)}.")
    return kind


def _split(field: str) -> _Path:
    """Split a field at its dots; names within traits and properties keep theirs."""
    return tuple(field.split(".", 1) if field.partition(".")[0] in _FREE else field.split("."))


def _zone(name: str | None) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ConfigurationError(
            f"There is no time zone {name!r}; it is a name such as UTC or Europe/Berlin."
        ) from None


def _text(value: Any) -> Any:  # noqa: ANN401 - any value of a table
    """Write a number as the id that it is: a column of ids with gaps comes as floating point."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _FIRST_ROUNDED:
        return str(int(value))
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _moment(value: Any, zone: ZoneInfo | None) -> Any:  # noqa: ANN401 - any value of a table
    """Write a time as ISO 8601, with the zone where it has none of its own."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value) if zone or " " in value else value
        except ValueError:
            return value
    return _json(value, zone)


def _whole(value: Any, zone: ZoneInfo | None) -> Any:  # noqa: ANN401 - any value of a table
    """Return an object of its own, also one that comes as JSON text."""
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except ValueError:
            return value
    return _json(value, zone)


def _json(value: Any, zone: ZoneInfo | None) -> Any:  # noqa: ANN401 - any value of a table
    """Return a value as JSON has it; what JSON cannot carry stays, for the models to refuse."""
    if isinstance(value, dict):
        return {name: _json(inner, zone) for name, inner in value.items()}
    if isinstance(value, list):
        return [_json(inner, zone) for inner in value]
    if isinstance(value, date):
        return _date(value, zone)
    if isinstance(value, Decimal) and value.is_finite():
        whole = abs(value) < _MOST_INTEGER and value == value.to_integral_value()
        return int(value) if whole else float(value)
    return value


def _date(value: date, zone: ZoneInfo | None) -> Any:  # noqa: ANN401 - a time without a zone stays what it is
    if not isinstance(value, datetime):
        return value.isoformat()
    moment = value if value.tzinfo is not None else value.replace(tzinfo=zone)
    return value if moment.tzinfo is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
