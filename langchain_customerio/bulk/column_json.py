"""Lines of JSON from columns of values: a column is encoded at once, which costs a third of a dict for each row."""

from __future__ import annotations

from itertools import repeat
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

import orjson

if TYPE_CHECKING:
    from collections.abc import Sequence

_NUMBERS: Final[frozenset[type]] = frozenset({int, float, bool})
_JSON: Final[frozenset[type]] = _NUMBERS | {str, type(None), dict, list}
_NONE: Final[frozenset[type]] = frozenset({type(None)})

Column = tuple[str, "Sequence[Any]"]


def lines(
    fields: Sequence[Column], parts: Sequence[tuple[str, Sequence[Column]]], count: int, *, nulls: bool
) -> list[bytes] | None:
    """Return each row as a line of JSON, what is missing in it left out; None where JSON cannot carry them as they are.

    Args:
        fields: Name and values of each field.
        parts: Names of objects, and the columns of each.
        count: How many rows there are.
        nulls: Whether a part that is missing is null.

    >>> lines([("userId", ["7", "8"])], [("traits", [("plan", [None, "pro"])])], 2, nulls=False)
    [b'{"userId":"7"}', b'{"userId":"8","traits":{"plan":"pro"}}']
    """
    pieces = [_pieces(name, values, nulls=False) for name, values in fields]
    for holder, columns in parts:
        inner = [_pieces(name, values, nulls=nulls) for name, values in columns]
        if None in inner:
            return None
        head = b',"%b":{' % orjson.dumps(holder)[1:-1]
        pieces.append([head + piece[1:] + b"}" if piece else b"" for piece in _joined(inner, count)])
    return None if None in pieces else [b"{%b}" % piece[1:] for piece in _joined(pieces, count)]


def _joined(pieces: list[Any], count: int) -> Sequence[bytes]:
    return list(map(b"".join, zip(*pieces, strict=True))) if pieces else [b""] * count


def _pieces(name: str, values: Sequence[Any], *, nulls: bool) -> Sequence[bytes] | None:
    """Return a column as members of objects, each after a comma; None where the encoder would write something else."""
    types = {*map(type, values)}
    # Infinity it would write as null.
    if not types <= _JSON or (float in types and not all(isfinite(each) for each in values if type(each) is float)):
        return None
    try:
        head = b"," + orjson.dumps(name) + b":"
        if type(None) not in types or nulls:
            return _encoded(head, values, types)
        there = iter(_encoded(head, [value for value in values if value is not None], types - _NONE))
        return [b"" if value is None else next(there) for value in values]
    except TypeError:  # text with a lone surrogate, an integer that is too large, very deep nesting
        return None


def _encoded(head: bytes, values: Sequence[Any], types: set[type]) -> Sequence[bytes]:
    if not values:
        return []
    if types == {str} and b'\\",' not in (texts := orjson.dumps(values)):  # no quote that is escaped looks like an end
        return [b'%b"%b"' % pair for pair in zip(repeat(head), texts[2:-2].split(b'","'), strict=False)]
    if types <= _NUMBERS:
        return [head + text for text in orjson.dumps(values)[1:-1].split(b",")]
    return [head + orjson.dumps(value) for value in values]
