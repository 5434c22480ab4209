"""What values of tables become: JSON that says the same, nothing at all where a value is missing, or a refusal."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias
from uuid import UUID

from pydantic_core import PydanticCustomError

from langchain_customerio.api.fields import json_value
from langchain_customerio.api.strict_json import MOST_DEPTH, loads
from langchain_customerio.errors import InvalidRequestError, Problem
from langchain_customerio.text import shown, type_name

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_FIRST_ROUNDED: Final = 2.0**53  # from here on several integers are one float, and several people would be one
_SECONDS: Final = 1_000_000
_DATE_LENGTH: Final = 10
_PLAIN: Final = frozenset({str, bool, int})

WITH_ZONE: Final = re.compile(rf"(?:[^\n]{{{_DATE_LENGTH}}}T[^\n]*Z\n)*+")
"""Matches times that `moment` leaves as they are, a line for each."""

Path = tuple[str | int, ...]

Nulls: TypeAlias = Literal["drop", "send"]
"""What becomes of missing values: they are left out, or sent as null, which removes a trait."""


class Misfit(ValueError):  # noqa: N818 - a value is wrong here, not the program; it never leaves this package
    """A value that cannot be sent.

    Attributes:
        problem: Why; its path leads on from the field.
    """

    def __init__(self, code: str, path: Path = (), **values: object) -> None:
        """Keep the data."""
        super().__init__(code)
        self.problem = Problem(code, path, values)


def is_missing(value: object) -> bool:
    """Return whether a value says that there is none: None, a float that is not a number, and what pandas has for it.

    >>> is_missing(None), is_missing(float("nan")), is_missing(0)
    (True, True, False)
    """
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or type(value).__name__ in {"NaTType", "NAType"}


def plain(value: Any, zone: ZoneInfo | None = None, *, nulls: bool = False, path: Path = ()) -> Any:  # noqa: ANN401, C901, PLR0911 - any value of a table, and what it becomes; a line for each kind
    """Return a value as JSON has it, without what is missing in it.

    Args:
        value: Any value of a table or of an object in Python.
        zone: The zone of times that come without one.
        nulls: Whether missing values are null, instead of being left out.
        path: Where the value is, from its field on.

    Raises:
        Misfit: If JSON cannot carry it as it is.

    >>> plain({"a": Decimal("19.90"), "b": None, "c": date(1815, 12, 10)})
    {'a': 19.9, 'c': '1815-12-10'}
    """
    if type(value) in _PLAIN:
        return value
    if is_missing(value):
        return None
    if len(path) > MOST_DEPTH:
        raise Misfit("too_deep", most=MOST_DEPTH)
    if isinstance(value, Mapping):
        return _object(value, zone, nulls=nulls, path=path)
    if isinstance(value, list | tuple):
        return [plain(item, zone, nulls=nulls, path=(*path, i)) for i, item in enumerate(value)]
    if isinstance(value, date):
        return day_text(value, zone, path)
    if isinstance(value, time | UUID):
        return str(value)
    if isinstance(value, timedelta):
        return plain(Decimal(value // timedelta(microseconds=1)) / _SECONDS, path=path)
    if type(value).__module__ == "numpy" and hasattr(value, "item"):
        return plain(_of_numpy(value), zone, nulls=nulls, path=path)
    try:
        return json_value(value, path)
    except PydanticCustomError as error:
        raise Misfit(error.type, **(error.context or {})) from None


def _object(value: Mapping[Any, Any], zone: ZoneInfo | None, *, nulls: bool, path: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, inner in value.items():
        if not isinstance(name, str):
            raise Misfit("key_not_text", path, found=type_name(name))
        kept = plain(inner, zone, nulls=nulls, path=(*path, shown(name)))
        if kept is not None or nulls:
            found[name] = kept
    return found


def _of_numpy(value: Any) -> Any:  # noqa: ANN401 - a scalar or an array, and the value of Python that says the same
    found = value.tolist()
    return float(str(value)) if isinstance(found, float) and math.isfinite(found) else found


def date_text(value: date, zone: ZoneInfo | None, path: Path = ()) -> str:
    """Return a date or a time as ISO 8601, a time with its zone.

    Raises:
        Misfit: If a time has no zone, or is one that the zone moves out of the years that there are.

    >>> date_text(datetime(2026, 11, 20, 9, 30, tzinfo=UTC), None)
    '2026-11-20T09:30:00Z'
    """
    if not isinstance(value, datetime):
        return value.isoformat()
    moment = value if value.tzinfo is not None else value.replace(tzinfo=zone)
    if moment.tzinfo is None:
        raise Misfit("no_zone", path)
    try:
        return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except (OverflowError, ValueError):
        raise Misfit("beyond_years", path) from None


def day_text(value: date, zone: ZoneInfo | None, path: Path = ()) -> str:
    """Return a date or a time as ISO 8601; a midnight without a zone, which may stand for a day, stays on its day.

    >>> from zoneinfo import ZoneInfo
    >>> day_text(datetime(1990, 1, 9), ZoneInfo("Europe/Berlin"))
    '1990-01-09T00:00:00+01:00'
    """
    text = date_text(value, zone, path)
    if isinstance(value, datetime) and value.tzinfo is None and value.time() == time.min:
        local = value.replace(tzinfo=zone)
        offset = local.utcoffset() or timedelta()
        if (
            offset % timedelta(minutes=1) == timedelta()
        ):  # local mean time, long ago, had seconds, which RFC 3339 has not
            return local.isoformat().replace("+00:00", "Z")
    return text


def id_text(value: Any) -> Any:  # noqa: ANN401 - any value of a table; what is not an id stays for the models to refuse
    """Return a number as the id that it is: a column of ids with gaps comes as floating point.

    >>> id_text(7), id_text(7.0), id_text(Decimal("7")), id_text(7.5)
    ('7', '7', '7', 7.5)
    """
    if type(value) is str:
        return value
    if is_missing(value):
        return None
    value = value.item() if type(value).__module__ == "numpy" and hasattr(value, "item") else value
    if isinstance(value, float | Decimal):
        is_whole = math.isfinite(value) and value == int(value)
        exact = is_whole and (isinstance(value, Decimal) or abs(value) < _FIRST_ROUNDED)
        return str(int(value)) if exact else value
    return str(value) if isinstance(value, int | UUID) and not isinstance(value, bool) else value


def moment(value: Any, zone: ZoneInfo | None) -> Any:  # noqa: ANN401 - any value of a table
    """Return a time as ISO 8601 with a zone; a text that is not a time stays for the models to refuse."""
    if isinstance(value, str):
        if value.endswith("Z") and value[_DATE_LENGTH : _DATE_LENGTH + 1] == "T":
            return value
        try:
            value = datetime.fromisoformat(value) if zone or " " in value else value
        except ValueError:
            return value
    return date_text(value, zone) if isinstance(value, date) and not is_missing(value) else plain(value, zone)


def whole_object(value: Any, zone: ZoneInfo | None, *, nulls: bool) -> Any:  # noqa: ANN401 - any value of a table
    """Return an object as it is, also one that comes as JSON text."""
    if isinstance(value, str):
        try:
            value = loads(value)
        except InvalidRequestError as error:
            problem = error.problems[0]
            raise Misfit(problem.code, problem.path, **problem.values) from None
    return plain(value, zone, nulls=nulls)
