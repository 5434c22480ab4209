"""The values of Arrow arrays whose types have no parts, as JSON has them."""

from __future__ import annotations

import struct
from datetime import datetime, timedelta
from decimal import Decimal
from math import isfinite, isnan
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from langchain_customerio.bulk.readers.extras import need_arrow
from langchain_customerio.bulk.readers.values import Misfit, date_text, plain
from langchain_customerio.errors import InvalidRequestError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from zoneinfo import ZoneInfo

Array: TypeAlias = Any
"""An array of pyarrow, which ships no types."""

Bad: TypeAlias = dict[int, Problem]
"""What is wrong with values, by their places in an array."""

_TICKS: Final = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_FIRST: Final = -62_135_596_800  # seconds from 1970 to the years 1 and 9999, which are all that ISO 8601 has
_LAST: Final = 253_402_300_799
_DAY: Final = 86_400
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - a time without a zone, as such arrays hold it
_DOUBLE: Final = 64
_HALF: Final = 16
_HALF_DIGITS: Final = 5
_MICRO: Final = 6


class Scalars:
    """Reads arrays into values of JSON; missing ones are None.

    Args:
        zone: The zone of times that come without one.
        nulls: Whether what is missing within objects is null, instead of being left out.
        midnights: Whether a midnight without a zone is a date.
    """

    def __init__(self, zone: ZoneInfo | None = None, *, nulls: bool = False, midnights: bool = False) -> None:
        """Keep what there is to know."""
        self._zone, self.nulls, self._midnights = zone, nulls, midnights

    def nothing(self, array: Array, _: Bad) -> list[Any]:
        """Read what is missing throughout."""
        return [None] * len(array)

    def same(self, array: Array, _: Bad) -> list[Any]:
        """Read what JSON has too."""
        found: list[Any] = array.to_pylist()
        return found

    def texts(self, array: Array, bad: Bad) -> list[Any]:
        """Read text, which a producer may not have checked."""
        try:
            return self.same(array, bad)
        except UnicodeDecodeError:
            return [self.one(i, bad, scalar.as_py) for i, scalar in enumerate(array)]

    def floats(self, array: Array, bad: Bad) -> list[Any]:
        """Read floating point; what has less than 64 bits by its shortest text: 19.99, not 19.989999771118164."""
        bits = array.type.bit_width
        if bits == _DOUBLE:
            found: list[Any] = array.to_pylist()
        elif bits == _HALF:
            found = [None if value is None else _shortest_half(value) for value in array.to_pylist()]
        else:
            found = [None if text is None else float(text) for text in array.cast("string").to_pylist()]
        for i, value in enumerate(found):
            if value is not None and not isfinite(value):
                found[i] = None
                if not isnan(value):
                    bad.setdefault(i, Problem("not_finite"))
        return found

    def decimals(self, array: Array, bad: Bad) -> list[Any]:
        """Read decimals as the numbers that keep all their digits."""
        return [None if value is None else self.one(i, bad, plain, value) for i, value in enumerate(array.to_pylist())]

    def dates(self, array: Array, bad: Bad) -> list[Any]:
        """Read dates as ISO 8601."""
        days = array.cast("date32")
        return _within(days.cast("int32").to_pylist(), _FIRST // _DAY, _LAST // _DAY, days.cast("string"), bad)

    def clocks(self, array: Array, _: Bad) -> list[Any]:
        """Read times of a day as ISO 8601."""
        return [None if text is None else _clock_text(text) for text in array.cast("string").to_pylist()]

    def moments(self, array: Array, bad: Bad) -> list[Any]:
        """Read times as ISO 8601 with a zone."""
        unit, ticks = array.type.unit, array.cast("int64").to_pylist()
        second = _TICKS[unit]
        if array.type.tz is None:
            local = self._local
            return [None if tick is None else self.one(i, bad, local, tick, second) for i, tick in enumerate(ticks)]
        texts = array.cast(need_arrow("tables").timestamp(unit, "UTC")).cast("string")
        found = _within(ticks, _FIRST * second, (_LAST + 1) * second - 1, texts, bad)
        return [None if text is None else f"{text[:10]}T{_clock_text(text[11:-1])}Z" for text in found]

    def _local(self, tick: int, second: int) -> str:
        """Return a time that has no zone of its own."""
        seconds, rest = divmod(tick, second)
        if not _FIRST <= seconds <= _LAST:
            raise Misfit("beyond_years")
        moment = _EPOCH + timedelta(seconds=seconds)
        if self._midnights and not rest and not seconds % _DAY:
            return moment.date().isoformat()
        text = date_text(moment, self._zone).removesuffix("Z")
        digits = len(str(second)) - 1
        return f"{text[:11]}{_clock_text(f'{text[11:]}.{rest:0{digits}}')}Z"

    def durations(self, array: Array, bad: Bad) -> list[Any]:
        """Read durations as seconds."""
        second, ticks = _TICKS[array.type.unit], array.cast("int64").to_pylist()
        return [
            None if tick is None else self.one(i, bad, plain, Decimal(tick) / second) for i, tick in enumerate(ticks)
        ]

    def intervals(self, array: Array, _: Bad) -> list[Any]:
        """Read intervals as ISO 8601."""
        return [None if found is None else _interval_text(*found) for found in array.to_pylist()]

    def binary(self, array: Array, bad: Bad) -> list[Any]:
        """Refuse what is not text."""
        bad |= {i: Problem("binary") for i, is_valid in enumerate(array.is_valid().to_pylist()) if is_valid}
        return [None] * len(array)

    def names(self, array: Array, _: Bad) -> list[Any]:
        """Read what has a usual text, such as a UUID."""
        return [None if value is None else str(value) for value in array.to_pylist()]

    def one(self, index: int, bad: Bad, convert: Callable[..., Any], *values: Any) -> Any:  # noqa: ANN401 - any value, and what it becomes
        """Return what a value becomes; None if something is wrong with it."""
        try:
            return convert(*values)
        except Misfit as misfit:
            bad.setdefault(index, misfit.problem)
        except InvalidRequestError as error:
            bad.setdefault(index, error.problems[0])
        except ValueError as error:
            bad.setdefault(index, Problem("unreadable", (), {"kind": type(error).__name__}))
        return None


def _within(ticks: Sequence[int | None], first: int, last: int, texts: Array, bad: Bad) -> list[Any]:
    """Return the texts of dates or times; those of other years than 1 to 9999 are bad."""
    found: list[Any] = texts.to_pylist()
    for i, tick in enumerate(ticks):
        if tick is not None and not first <= tick <= last:
            bad.setdefault(i, Problem("beyond_years"))
            found[i] = None
    return found


def _clock_text(text: str) -> str:
    """Return a time of a day with the fraction that Python would write; nanoseconds where there are any.

    >>> _clock_text("09:30:00.500"), _clock_text("09:30:00.000000"), _clock_text("09:30:00.000000001")
    ('09:30:00.500000', '09:30:00', '09:30:00.000000001')
    """
    clock, _, fraction = text.partition(".")
    if not fraction.strip("0"):
        return clock
    return f"{clock}.{fraction.ljust(_MICRO, '0') if len(fraction) <= _MICRO else fraction.removesuffix('000')}"


def _shortest_half(value: float) -> float:
    """Return the number with the fewest digits that is the same in 16 bits; a whole number stays itself.

    >>> _shortest_half(0.0999755859375)
    0.1
    """
    if value.is_integer():
        return value
    packed = struct.pack("e", value)
    texts = (float(f"{value:.{digits}g}") for digits in range(1, _HALF_DIGITS))
    return next((found for found in texts if struct.pack("e", found) == packed), value)


def _interval_text(months: int, days: int, nanoseconds: int) -> str:
    """Return an interval as ISO 8601 has it.

    >>> _interval_text(1, 2, 3_500_000_000)
    'P1M2DT3.5S'
    """
    return f"P{months}M{days}DT{Decimal(nanoseconds) / 10**9:f}S"
