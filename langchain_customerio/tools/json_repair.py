"""Reading the JSON that a language model wrote, as it is and not as it should be.

Slips with one obvious meaning are corrected and noted; what has none is refused with the place. Nothing is
completed: a truncated body is an error.
"""

from __future__ import annotations

import ast
import json
import re
from typing import Any

from langchain_customerio.errors import InvalidRequestError, Problem

_FENCE = re.compile(r"```[a-zA-Z0-9]*[ \t]*\n(.*)```", re.DOTALL)
# These also take a string or a comment that never ends: looking for its end from every quote would take for ever.
_TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|("(?:\\.|[^"\\])*"?|/\*.*)', re.DOTALL)
_TRAILING_COMMA = re.compile(r'("(?:\\.|[^"\\])*"?)|,(?=\s*[}\]])', re.DOTALL)
_PLAIN = re.compile(r"""(?:[^\\]|\\[\\'"bfnrtu])*""")  # escapes that Python and JSON read alike
_MOST_LITERAL = 40_000  # what a Python literal may measure: a single call is never larger


def read_body(text: object, corrections: list[str]) -> object:
    """Return the JSON value of a request body.

    Args:
        text: The body as a string, a fenced block, a string within a string, or an object as it stands.
        corrections: Receives a note for each slip that was corrected.

    Raises:
        InvalidRequestError: If it is no JSON, with line and column, or has a key twice.

    >>> read_body('{"userId": "ada",}', notes := []), notes
    ({'userId': 'ada'}, ['request_body: trailing comma or comment removed'])
    """
    if not isinstance(text, str):
        return text
    if fenced := _FENCE.fullmatch(text.strip()):
        text = fenced[1]
        corrections.append("request_body: code fence removed")
    value = _parsed(text, corrections)
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "[", "`"}:
        corrections.append("request_body: JSON within a string unwrapped")
        return read_body(value, corrections)
    return value


def _parsed(text: str, corrections: list[str]) -> object:
    try:
        return _loads(text)
    except json.JSONDecodeError as error:
        first = error
    except RecursionError:
        raise _refused("is nested too deep") from None
    relaxed = _TRAILING_COMMA.sub(lambda m: m[1] or "", _TOKEN.sub(lambda m: m[1] or " ", text))
    try:
        value = _loads(relaxed)
    except (json.JSONDecodeError, RecursionError):
        return _literal(text, first, corrections)
    corrections.append("request_body: trailing comma or comment removed")
    return value


def _literal(text: str, error: json.JSONDecodeError, corrections: list[str]) -> object:
    """Read a Python literal (single quotes, True, None), which has one meaning as JSON too."""
    try:
        tree = ast.parse(text.strip(), mode="eval") if len(text) <= _MOST_LITERAL and _PLAIN.fullmatch(text) else None
        value = None if tree is None else ast.literal_eval(tree)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        tree = value = None
    if not isinstance(value, dict | list):
        what = error.msg.lower().removesuffix(" at")
        place = f"line {error.lineno}, column {error.colno}"
        raise _refused(f"is not JSON: {what} at {place}. Send one complete JSON object") from None
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Dict):
            _without_repeats([(str(key.value), None) for key in node.keys if isinstance(key, ast.Constant)])
    corrections.append("request_body: Python literal read as JSON")
    return value


def _loads(text: str) -> object:
    return json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_no_constant, parse_int=_integer)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _refused(f"has the key {twice[:40]!r} twice in one object; keep one")
    return found


def _no_constant(name: str) -> object:
    raise _refused(f"has {name}, which JSON cannot carry; leave the value out")


_MOST_DIGITS = 20


def _integer(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise _refused("has an integer beyond 64 bits; send it as a string")
    return int(digits)


def _refused(message: str) -> InvalidRequestError:
    return InvalidRequestError(problems=(Problem("request_body", message),))
