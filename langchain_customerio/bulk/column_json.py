"""Lines of JSON from columns of values: a column is encoded at once, which costs a third of a dict for each row."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_NUMBERS: Final[frozenset[type]] = frozenset({int, float, bool})
_JSON: Final[frozenset[type]] = _NUMBERS | {str, type(None), dict, list}
_NONE: Final[frozenset[type]] = frozenset({type(None)})

Column = tuple[str, "Sequence[Any]"]


class _Encoded(NamedTuple):
    """A column, encoded.

    Attributes:
        member: A member of an object with a place for the value, as bytes are formatted.
        texts: The JSON of each value, without the quotes that are in `member`; None where there is no such member.
    """

    member: bytes
    texts: Sequence[bytes | None]


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
    try:
        members = [_encoded(name, values, nulls=False) for name, values in fields]
        for holder, columns in parts:
            inner = [_encoded(name, values, nulls=nulls) for name, values in columns]
            members.append(_Encoded(_formatted(orjson.dumps(holder)) + b":%b", _objects(inner, count, or_none=True)))
        return _objects(members, count)  # type: ignore[return-value] # which are none only where asked for
    except TypeError:  # text with a lone surrogate, an integer that is too large, very deep nesting
        return None


def _objects(members: Sequence[_Encoded], count: int, *, or_none: bool = False) -> list[bytes | None]:
    """Return an object for each row, or None for an empty one if so asked."""
    if not members:
        return [None if or_none else b"{}"] * count
    rows = zip(*(each.texts for each in members), strict=True)
    if not any(None in each.texts for each in members):
        form = b"{%b}" % b",".join(each.member for each in members)
        return [form % row for row in rows]
    return [_object(members, row, or_none=or_none) for row in rows]


def _object(members: Iterable[_Encoded], row: Sequence[bytes | None], *, or_none: bool) -> bytes | None:
    there = [each.member % text for each, text in zip(members, row, strict=True) if text is not None]
    return b"{%b}" % b",".join(there) if there or not or_none else None


def _encoded(name: str, values: Sequence[Any], *, nulls: bool) -> _Encoded:
    """Encode a column.

    Raises:
        TypeError: If the encoder would refuse a value, or write something else.
    """
    types = {*map(type, values)}
    if not types <= _JSON or (float in types and not all(isfinite(each) for each in values if type(each) is float)):
        raise TypeError  # infinity it would write as null
    member = _formatted(orjson.dumps(name)) + b":"
    if type(None) in types and not nulls:
        known = _encoded(name, [value for value in values if value is not None], nulls=nulls)
        texts = iter(known.texts)
        return _Encoded(known.member, [None if value is None else next(texts) for value in values])
    if types == {str} and b'\\",' not in (text := orjson.dumps(values)):  # no quote that is escaped looks like an end
        return _Encoded(member + b'"%b"', text[2:-2].split(b'","'))
    if types and types <= _NUMBERS:
        return _Encoded(member + b"%b", orjson.dumps(values)[1:-1].split(b","))
    return _Encoded(member + b"%b", list(map(orjson.dumps, values)))


def _formatted(text: bytes) -> bytes:
    return text.replace(b"%", b"%%")
