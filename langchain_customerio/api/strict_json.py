"""The one JSON reader, strict where other readers lose data in silence.

A key that stands twice in an object, NaN, an integer beyond 64 bits and a decimal with more digits than a number keeps
are refused, because a lenient reader would send something else than was written.

Source: RFC 8259, sections 4 and 6: https://www.rfc-editor.org/rfc/rfc8259
"""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NoReturn

import jiter

from langchain_customerio.errors import InvalidRequestError, Problem
from langchain_customerio.text import quoted, shown

MOST_DEPTH: Final = 64
"""Levels of objects and lists in each other."""

MOST_CHARACTERS: Final = 5_000_000
"""Length of a text that is read at all: ten of the largest batches."""

LEAST_INTEGER: Final = -(2**63)
MOST_INTEGER: Final = 2**64 - 1

_MOST_KEY: Final = 40
_MOST_DIGITS: Final = len(str(LEAST_INTEGER))
# A number of up to 15 digits and two-digit exponent is a double and back again: IEEE 754, DBL_DIG. What may be more is
# looked for in the text with each digit and point as 0, each e as e and each sign as +, a sixth of the time of a regex.
_OUTLINE: Final = bytes.maketrans(b"123456789.E-", b"0000000000e+")
_DOUBTFUL: Final = (b"0" * 17, b"e000", b"e+000")
_BRACKETS: Final = re.compile(rb'"(?:[^"\\]|\\.)*"?|([\[{])|([\]}])', re.DOTALL)


def loads(data: bytes | str, *, most: int = MOST_CHARACTERS) -> Any:  # noqa: ANN401 - any JSON value
    """Read a JSON text.

    Args:
        data: The text, or its UTF-8 bytes.
        most: Bytes that are read at the most.

    Raises:
        InvalidRequestError: If it is not JSON, or would not be the same if it were written again; with a code
            (`not_json`, `not_utf8`, `too_long`, `too_deep`, `duplicate_key`, `not_finite`, `integer_too_large`,
            `loses_digits`, `broken_text`), and with line and column where a character is at fault.

    >>> loads('{"total": 19.99}')
    {'total': 19.99}
    >>> loads('{"id": 1, "id": 2}')
    Traceback (most recent call last):
    langchain_customerio.errors.InvalidRequestError: Not sent. The body has the key "id" twice in one object: keep one.
    """
    if len(data) > most:
        _refuse("too_long", size=len(data), most=most)
    if isinstance(data, str):
        try:
            data = data.encode()
        except UnicodeEncodeError:
            _refuse("broken_text")
    try:
        value = jiter.from_json(data, allow_inf_nan=False, catch_duplicate_keys=True, cache_mode="keys")
    except ValueError:
        _explain(data)
    if data.count(b"{") + data.count(b"[") > MOST_DEPTH and _depth(data) > MOST_DEPTH:
        _refuse("too_deep", most=MOST_DEPTH)
    outline = data.translate(_OUTLINE)
    if any(each in outline for each in _DOUBTFUL):
        _check_numbers(jiter.from_json(data, allow_inf_nan=False, float_mode="lossless-float"), ())
    return value


def number_problem(text: str) -> str:
    """Return the code of what a number would lose, `loses_digits`, `integer_too_large` or `not_finite`; or nothing.

    >>> number_problem("19.99"), number_problem("1234567890123456.123456789")
    ('', 'loses_digits')
    """
    try:
        exact = Decimal(text)
    except InvalidOperation:  # an exponent beyond all that a decimal has
        return "not_finite" if float(text) else "loses_digits"
    if not set(".eE") & set(text):
        return "" if LEAST_INTEGER <= exact <= MOST_INTEGER else "integer_too_large"
    kept = float(text)
    if not math.isfinite(kept):
        return "not_finite"
    return "" if Decimal(repr(kept)) == exact else "loses_digits"


def _check_numbers(value: object, path: tuple[str | int, ...]) -> None:
    """Check every number of a value; nesting is bounded by now."""
    if isinstance(value, dict):
        for key, item in value.items():
            _check_numbers(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _check_numbers(item, (*path, index))
    elif type(value) in {jiter.LosslessFloat, int} and (code := number_problem(str(value))):
        raise InvalidRequestError(problems=(Problem(code, tuple(map(_shown, path))),))


def _shown(part: str | int) -> str | int:
    return part if isinstance(part, int) else shown(part)


def _explain(data: bytes) -> NoReturn:
    """Say what is wrong with a refused text; the reader of the standard library knows the place."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        _refuse("not_utf8", line=data.count(b"\n", 0, error.start) + 1, byte=error.start + 1)
    if _depth(data) > MOST_DEPTH:
        _refuse("too_deep", most=MOST_DEPTH)
    try:
        json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_no_constant, parse_int=_bounded)
    except json.JSONDecodeError as error:
        what = error.msg.lower().removesuffix(" at")
        _refuse("not_json", what=what, line=error.lineno, column=error.colno)
    _refuse("broken_text")  # all that the reader of the standard library lets pass: a lone surrogate


def _depth(data: bytes) -> int:
    depth = most = 0
    for bracket in _BRACKETS.finditer(data):
        depth += bool(bracket[1]) - bool(bracket[2])
        most = max(most, depth)
    return most


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            _refuse("duplicate_key", key=quoted(key, _MOST_KEY))
        found[key] = value
    return found


def _bounded(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:  # Python itself refuses to read thousands of them
        _refuse("integer_too_large")
    return int(digits)


def _no_constant(_: str) -> NoReturn:
    _refuse("not_finite")


def _refuse(code: str, **values: object) -> NoReturn:
    raise InvalidRequestError(problems=(Problem(code, (), values),)) from None
