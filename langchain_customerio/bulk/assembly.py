"""How calls are put together of the values of rows that all have the same columns."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from langchain_customerio.bulk.column_json import lines
from langchain_customerio.bulk.readers.base import BadRecord
from langchain_customerio.bulk.readers.values import Misfit
from langchain_customerio.errors import Problem
from langchain_customerio.text import shown

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Mapping, Sequence

Path: TypeAlias = tuple[str, ...]

_IDS: Final = frozenset({"userId", "anonymousId", "groupId", "previousId"})
_TEXTS: Final = frozenset({("traits", "phone"), ("traits", "email"), ("traits", "id")})


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one column.

    Attributes:
        column: Its name.
        path: The field that it is.
        convert: Makes any of its values that of the field.
        stay: Types of values of tables that are what they should be.
        like: Matches texts that are what they should be, a line for each; None where `stay` says all.
    """

    column: str
    path: Path
    convert: Callable[[Any], Any]
    stay: frozenset[type]
    like: re.Pattern[str] | None = None

    @property
    def is_id(self) -> bool:
        """Whether it says whom or what a call is about."""
        return self.path[0] in _IDS

    @property
    def is_text(self) -> bool:
        """Whether its values are text whatever they look like: ids, names, times, telephone numbers."""
        return len(self.path) == 1 or self.path in _TEXTS

    def values(self, values: Sequence[Any], bad: dict[int, Problem]) -> Sequence[Any]:
        """Return the values of the field; what is wrong with one goes among the bad ones, by its place."""
        types = {*map(type, values)}
        if types <= self.stay or (types == {str} and self.like is not None and self._are_like(self.like, values)):
            return values
        converted: list[Any] = [None] * len(values)
        for i, value in enumerate(values):
            try:
                converted[i] = None if value is None else self.convert(value)
            except Exception as error:  # noqa: BLE001 - whatever goes wrong in one row stays in that row
                bad.setdefault(i, self.problem(error))
        return converted

    @staticmethod
    def _are_like(pattern: re.Pattern[str], values: Sequence[str]) -> bool:
        text = "\n".join([*values, ""])
        return text.count("\n") == len(values) and pattern.fullmatch(text) is not None

    def problem(self, error: Exception) -> Problem:
        """Return what an error says about a value of the column."""
        path = (shown(self.column),)
        if isinstance(error, Misfit):
            return error.problem.at(*path)
        return Problem("unreadable", path, {"kind": type(error).__name__})


class Assembly:
    """Puts calls together.

    Args:
        steps: What becomes of each column that is a field, whole objects before their parts.
        kind: The call that each row is; None where a column says it.
        nulls: Whether a part that is missing is sent as null.

    Attributes:
        steps: As given.
    """

    def __init__(self, steps: Sequence[Step], kind: str | None, *, nulls: bool) -> None:
        """Find out once where each value goes."""
        self.steps = steps
        self._kind = kind
        self._nulls = nulls
        self._fields = [(i, step.path[0]) for i, step in enumerate(steps) if len(step.path) == 1]
        self._parts: dict[Path, list[tuple[int, str]]] = {}
        for i, step in enumerate(steps):
            if len(step.path) > 1:
                self._parts.setdefault(step.path[:-1], []).append((i, step.path[-1]))
        whole = {name for _, name in self._fields}
        self._is_flat = all(len(holder) == 1 and holder[0] not in whole for holder in self._parts)

    def lines(self, columns: Sequence[Sequence[Any]], count: int, bad: dict[int, Problem]) -> Sequence[Any]:
        """Return the calls of the rows of a table as lines of JSON; the models refuse what JSON cannot carry.

        Args:
            columns: The values of each step's column.
            count: How many rows there are.
            bad: Receives what is wrong with a row, by its place; then its call is of no use.
        """
        found = [step.values(values, bad) for step, values in zip(self.steps, columns, strict=True)]
        if self._is_flat:
            kind = [] if self._kind is None else [("type", [self._kind] * count)]
            fields = [(name, found[i]) for i, name in self._fields]
            objects = [(holder, [(name, found[i]) for i, name in names]) for (holder,), names in self._parts.items()]
            made = lines([*kind, *fields], objects, count, nulls=self._nulls)
            if made is not None:
                return made
        return [self._call(row) for row in (zip(*found, strict=True) if found else repeat((), count))]

    def call(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return the call of a row of its own.

        Raises:
            BadRecord: If a value cannot be sent.
        """
        values = []
        for step in self.steps:
            try:
                values.append(step.convert(row[step.column]))
            except Exception as error:  # noqa: BLE001 - whatever goes wrong in one row stays in that row
                raise BadRecord(step.problem(error)) from None
        return self._call(values)

    def _call(self, values: Sequence[Any]) -> dict[str, Any]:
        call: dict[str, Any] = {} if self._kind is None else {"type": self._kind}
        for i, name in self._fields:
            if (value := values[i]) is not None:
                call[name] = value
        for holder, parts in self._parts.items():
            if found := {name: value for i, name in parts if (value := values[i]) is not None or self._nulls}:
                _put(call, holder, found)
        return call


def _put(call: dict[str, Any], holder: Path, parts: dict[str, Any]) -> None:
    """Add parts to an object of a call; what is there and not an object stays, for the models to refuse."""
    if len(holder) == 1 and holder[0] not in call:
        call[holder[0]] = parts
        return
    place = call
    for name in holder:
        inner = place.setdefault(name, {})
        if not isinstance(inner, dict):
            return
        place = inner
    place.update(parts)
