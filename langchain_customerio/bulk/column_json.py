"""Lines of JSON from columns of values: a column is encoded at once, which costs a tenth of a dict for each row."""

from __future__ import annotations

from itertools import repeat
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_NUMBERS: Final[frozenset[type]] = frozenset({int, float, bool})
_JSON: Final[frozenset[type]] = _NUMBERS | {str, type(None), dict, list}
_EMPTY: Final = b"{}"

Values = tuple[str, "Sequence[Any]"]
"""The name of a column, and its values."""


class Column(NamedTuple):
    """A column, encoded.

    Attributes:
        texts: The JSON of each value, without its quotes where all have some; None where a value is missing.
        quote: What they are without.
        array: All values that there are, as an array of JSON.
        has_gaps: Whether a value is missing.
    """

    texts: Sequence[bytes | None]
    quote: bytes
    array: bytes
    has_gaps: bool = False


Fields: TypeAlias = "Mapping[str, Column | Mapping[str, Column]]"
"""The columns of fields by their names, and those of the parts of objects."""


class Lines(tuple[bytes, ...]):  # noqa: SLOT001 - which an attribute of a tuple cannot have
    """Each row of a table as a line of JSON.

    Attributes:
        fields: The columns of which they are made; none without a value.
    """

    fields: Fields

    def __reduce__(self) -> tuple[type[tuple[bytes, ...]], tuple[list[bytes]]]:
        """Send the lines alone to another process: with their columns they would be twice as much."""
        return tuple, ([*self],)


def lines(
    fields: Sequence[Values], parts: Sequence[tuple[str, Sequence[Values]]], count: int, *, nulls: bool
) -> Lines | None:
    """Return each row as a line of JSON, what is missing in it left out; None where JSON cannot carry them as they are.

    Args:
        fields: Name and values of each field.
        parts: Names of objects, and the columns of each.
        count: How many rows there are.
        nulls: Whether a part that is missing is null.

    >>> lines([("userId", ["7", "8"])], [("traits", [("plan", [None, "pro"])])], 2, nulls=False)
    (b'{"userId":"7"}', b'{"userId":"8","traits":{"plan":"pro"}}')
    """
    found: dict[str, Column | Mapping[str, Column]] = {}
    try:
        found |= _columns(fields, nulls=False)
        for holder, columns in parts:
            if inner := _columns(columns, nulls=nulls):
                found[holder] = inner
    except TypeError:  # text with a lone surrogate, an integer that is too large, very deep nesting
        return None
    made = Lines(_objects(found, count))
    made.fields = found
    return made


def _columns(columns: Iterable[Values], *, nulls: bool) -> dict[str, Column]:
    """Encode columns, but for those without a value."""
    found = {name: _encoded(values, nulls=nulls) for name, values in columns}
    return {name: column for name, column in found.items() if column.array != b"[]"}


def _encoded(values: Sequence[Any], *, nulls: bool) -> Column:
    """Encode a column.

    Raises:
        TypeError: If the encoder would refuse a value, or write something else.
    """
    types = {*map(type, values)}
    if not types <= _JSON or (float in types and not all(isfinite(each) for each in values if type(each) is float)):
        raise TypeError  # infinity it would write as null
    if type(None) in types and not nulls:
        there = _encoded([value for value in values if value is not None], nulls=nulls)
        texts = iter(there.texts)
        return there._replace(texts=[None if value is None else next(texts) for value in values], has_gaps=True)
    array = orjson.dumps(values)
    if types == {str} and b'\\",' not in array:  # no quote that is escaped looks like an end
        return Column(array[2:-2].split(b'","'), b'"', array)
    if types and types <= _NUMBERS:
        return Column(array[1:-1].split(b","), b"", array)
    return Column([*map(orjson.dumps, values)], b"", array)


# ---- columns side by side


class _Pieces:
    """What rows are put together of: pieces that are the same in each, and others."""

    def __init__(self) -> None:
        self._pieces: list[Iterable[bytes]] = []
        self._same = b""

    def same(self, text: bytes) -> None:
        """Add a text to each row."""
        self._same += text

    def each(self, texts: Iterable[bytes]) -> None:
        """Add to each row a text of its own."""
        self._pieces += (repeat(self._same), texts)
        self._same = b""

    def rows(self, count: int) -> list[bytes]:
        """Return the rows."""
        return [*map(b"".join, zip(*self._pieces, repeat(self._same, count), strict=False))]


def _objects(members: Fields, count: int) -> list[bytes]:
    """Return an object for each row."""
    pieces, is_first_there = _Pieces(), _is_first_there(members)
    _add(pieces, members, count, b"{" if is_first_there else b",")
    rows = pieces.rows(count)
    return rows if is_first_there else [b"{" + (row[1:] or b"}") for row in rows]


def _is_first_there(members: Fields) -> bool:
    """Return whether each row has the first member of an object, so that a comma is before each of the others."""
    first = next(iter(members.values()), None)
    return _is_first_there(first) if isinstance(first, dict) else isinstance(first, Column) and not first.has_gaps


def _add(pieces: _Pieces, members: Fields, count: int, begin: bytes) -> None:
    """Add an object to each row."""
    for name, member in members.items():
        before = begin + orjson.dumps(name) + b":"
        begin = b","
        if isinstance(member, Column):
            _add_column(pieces, before, member)
        elif _is_first_there(member):
            pieces.same(before)
            _add(pieces, member, count, b"{")
        else:
            pieces.each([b"" if inner == _EMPTY else before + inner for inner in _objects(member, count)])
    pieces.same(b"}")


def _add_column(pieces: _Pieces, before: bytes, column: Column) -> None:
    """Add a member to each row that has one."""
    texts, quote, _, has_gaps = column
    before += quote
    if has_gaps:
        pieces.each([b"" if text is None else before + text + quote for text in texts])
    else:
        pieces.same(before)
        pieces.each(texts)  # type: ignore[arg-type] # none of which is None
        pieces.same(quote)
