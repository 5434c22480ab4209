"""From record batches to calls, a column at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from langchain_customerio.bulk.readers.arrow_values import Values
from langchain_customerio.bulk.readers.base import BadRecord, no_such_column, reading_error
from langchain_customerio.bulk.readers.columns import Column
from langchain_customerio.bulk.readers.dirt import look_at
from langchain_customerio.bulk.readers.extras import need_arrow
from langchain_customerio.bulk.readers.keys import keyed
from langchain_customerio.errors import Problem
from langchain_customerio.text import quoted, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from langchain_customerio.bulk.assembly import Step
    from langchain_customerio.bulk.mapping import Mapper
    from langchain_customerio.bulk.readers.arrow_scalars import Array, Bad
    from langchain_customerio.bulk.readers.keys import Key

_MOST_COLUMNS: Final = 5_000
_TICKS: Final = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_DAY: Final = 86_400


class ArrowRows:
    """Makes calls of the rows of a table.

    Args:
        schema: The columns.
        mapper: Says which column is which field.
        types: Column to type; `text` is the only one.

    Attributes:
        columns: What each column is taken for.

    Raises:
        ReadingError: If the columns are not those that were asked for.
    """

    def __init__(self, schema: Any, mapper: Mapper, types: Mapping[str, str] | None = None) -> None:  # noqa: ANN401 - pyarrow ships no types
        """Look at the columns."""
        if len(schema.names) > _MOST_COLUMNS:
            raise reading_error("too_many_columns", count=len(schema.names), most=_MOST_COLUMNS)
        names = mapper.names(schema.names)
        self._assembly = mapper.expect(names)
        self._noticed = mapper.noticed
        self._key, self._key_at = mapper.key, [names.index(name) for name in mapper.key]
        self._texts = _texts(types or {}, names)
        self._at = [names.index(step.column) for step in self._assembly.steps]
        self._plain = Values(mapper.zone, nulls=mapper.nulls)
        self._days = Values(mapper.zone, nulls=mapper.nulls, midnights=True)
        self._has_days: dict[int, bool] = {}
        self._empty = set(range(len(self._at)))
        of = {at: step for step, at in zip(self._assembly.steps, self._at, strict=True)}
        self.columns = tuple(
            Column(shown(name), ".".join(map(shown, of[at].path)) if at in of else "", str(schema.types[at]))
            for at, name in enumerate(names)
        )

    def records(self, batch: Any, index: int) -> Sequence[Any]:  # noqa: ANN401 - pyarrow ships no types
        """Return the call of each row, or why there is none.

        Args:
            batch: The rows.
            index: Place of the first in the source.
        """
        bad: Bad = {}
        places = range(index + 1, index + 1 + batch.num_rows)
        columns = []
        for i, (step, at) in enumerate(zip(self._assembly.steps, self._at, strict=True)):
            array, wrong = batch.column(at), dict[int, Problem]()
            values = self._values(i, step, array, wrong)
            look_at(step, values, places, self._noticed)
            if i in self._empty and array.null_count < len(array):
                self._empty.discard(i)
            for row, problem in wrong.items():
                bad.setdefault(row, problem.at(shown(step.column)))
            columns.append(values)
        made = self._assembly.lines(columns, batch.num_rows, bad)
        if not bad:
            return made
        records = [*made]
        for row, problem in bad.items():
            records[row] = BadRecord(problem, text=row_text(batch, row))
        return records

    def keys(self, batch: Any) -> Sequence[Key] | None:  # noqa: ANN401 - pyarrow ships no types
        """Return the key of each row, if the rows are named by one."""
        if not self._key:
            return None
        return keyed(self._key, zip(*(python_values(batch.column(at)) for at in self._key_at), strict=True))

    def _values(self, i: int, step: Step, array: Array, wrong: Bad) -> list[Any]:
        """Return the values of a column; what nobody has thought of spoils its rows, and not the source."""
        try:
            if step.column in self._texts:
                return self._plain.read(array.cast("string"), wrong)
            return self._reading(i, step, array)(array, wrong)
        except Exception as error:  # noqa: BLE001 - of pyarrow, or of a type that is nested too deep
            wrong |= dict.fromkeys(range(len(array)), Problem("unreadable", (), {"kind": type(error).__name__}))
            return [None] * len(array)

    def _reading(self, i: int, step: Step, array: Array) -> Callable[[Array, Bad], list[Any]]:
        types = need_arrow("tables").types
        if len(step.path) == 1 and types.is_decimal(array.type):
            return self._plain.same  # of an id, all digits count
        if len(step.path) > 1 and types.is_timestamp(array.type) and array.type.tz is None:
            day = _DAY * _TICKS[array.type.unit]
            if i not in self._has_days and array.null_count < len(array):
                ticks = array.drop_null().cast("int64").to_pylist()
                self._has_days[i] = not any(tick % day for tick in ticks)
            return self._days.read if self._has_days.get(i) else self._plain.read
        return self._plain.read

    def end(self) -> None:
        """Take notice of what only the end of the source tells."""
        for i in sorted(self._empty):
            self._noticed.add(Problem("column_empty", (shown(self._assembly.steps[i].column),)))


def python_values(array: Any) -> list[Any]:  # noqa: ANN401 - pyarrow ships no types
    """Return the values of a column as Python has them, times to the microsecond."""
    pa = need_arrow("tables")
    try:
        if pa.types.is_timestamp(array.type) and array.type.unit == "ns":
            array = array.cast(pa.timestamp("us", array.type.tz), safe=False)
        found: list[Any] = array.to_pylist()
    except (ValueError, OverflowError):  # a time of a year that Python does not have
        found = array.cast("int64").to_pylist()
    return found


def _texts(types: Mapping[str, str], names: list[str]) -> frozenset[str]:
    """Return the columns that are to be text."""
    for column, of in types.items():
        if column not in names:
            raise no_such_column(column, names)
        if of != "text":
            raise reading_error("table_type", column=quoted(column))
    return frozenset(types)


def row_text(batch: Any, row: int) -> str:  # noqa: ANN401 - pyarrow ships no types
    """Return a row as JSON, as far as it can be written, for the dead-letter file."""
    try:
        (values,) = batch.slice(row, 1).to_pylist()
        return orjson.dumps(values, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    except Exception:  # noqa: BLE001 - a value that cannot be read is why the row is here
        return ""
