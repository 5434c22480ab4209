"""Reading the JSON that a language model wrote, as it is and not as it should be.

Slips with one obvious meaning are corrected and noted; what has none is refused with the place. Nothing is completed: a
truncated body is an error.
"""

from __future__ import annotations

import ast
import re
from typing import Final

from langchain_customerio.api.strict_json import MOST_CHARACTERS, loads
from langchain_customerio.errors import InvalidRequestError, Problem
from langchain_customerio.text import quoted

_FENCE: Final = re.compile(r"```[a-zA-Z0-9]*[ \t]*\n(.*)```", re.DOTALL)
# These also take a string or a comment that never ends: looking for its end from every quote would take for ever.
_TOKEN: Final = re.compile(r'//[^\n]*|/\*.*?\*/|("(?:\\.|[^"\\])*"?|/\*.*)', re.DOTALL)
_TRAILING_COMMA: Final = re.compile(r'("(?:\\.|[^"\\])*"?)|,(?=\s*[}\]])', re.DOTALL)
_PLAIN: Final = re.compile(r"""(?:[^\\]|\\[\\'"bfnrtu])*""")  # escapes that Python and JSON read alike
_MOST_LITERAL: Final = 40_000  # what a Python literal may measure: a single call is never larger


def read_body(
    text: object, corrections: list[Problem], name: str = "request_body", most: int = MOST_CHARACTERS
) -> object:
    """Return the JSON value of a request body.

    Args:
        text: The body as a string, a fenced block, a string within a string, or an object as it stands.
        corrections: Receives a finding for each slip that was corrected.
        name: The argument that it comes from.
        most: Characters that are read at the most.

    Raises:
        InvalidRequestError: If it is not JSON, with line and column, or would lose data; see `api.strict_json`.

    >>> read_body('{"userId": "ada",}', notes := []), [note.code for note in notes]
    ({'userId': 'ada'}, ['comma_removed'])
    """
    if not isinstance(text, str):
        return text
    try:
        return _Reading(corrections, name, most).read(text)
    except InvalidRequestError as error:
        raise InvalidRequestError(problems=tuple(problem.at(name) for problem in error.problems)) from None


class _Reading:
    def __init__(self, corrections: list[Problem], name: str, most: int) -> None:
        self._corrections = corrections
        self._name = name
        self._most = most

    def _note(self, code: str) -> None:
        self._corrections.append(Problem(code, (self._name,)))

    def read(self, text: str, depth: int = 0) -> object:
        if fenced := _FENCE.fullmatch(text.strip()) if len(text) <= self._most else None:
            text = fenced[1]
            self._note("fence_removed")
        value = self._parsed(text)
        if isinstance(value, str) and value.lstrip()[:1] in {"{", "[", "`"} and depth < _MOST_WRAPPED:
            self._note("unwrapped")
            return self.read(value, depth + 1)
        return value

    def _parsed(self, text: str) -> object:
        try:
            return loads(text, most=self._most)
        except InvalidRequestError as error:
            if error.problems[0].code != "not_json":
                raise
            first = error
        relaxed = _TRAILING_COMMA.sub(lambda m: m[1] or "", _TOKEN.sub(lambda m: m[1] or " ", text))
        try:
            value = loads(relaxed, most=self._most)
        except InvalidRequestError as error:
            if error.problems[0].code != "not_json":
                raise
            return self._literal(text, first)
        self._note("comma_removed")
        return value

    def _literal(self, text: str, error: InvalidRequestError) -> object:
        """Read a Python literal (single quotes, True, None), which has one meaning as JSON too."""
        try:
            tree = (
                ast.parse(text.strip(), mode="eval") if len(text) <= _MOST_LITERAL and _PLAIN.fullmatch(text) else None
            )
            value = None if tree is None else ast.literal_eval(tree)
        except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
            tree = value = None
        if tree is None or not isinstance(value, dict | list):
            raise error
        for node in ast.walk(tree):
            if isinstance(node, ast.Dict):
                _refuse_repeats(node)
        self._note("python_literal")
        return value


_MOST_WRAPPED: Final = 3


def _refuse_repeats(node: ast.Dict) -> None:
    seen: set[str] = set()
    for key in node.keys:
        name = str(key.value) if isinstance(key, ast.Constant) else ""
        if name in seen:
            raise InvalidRequestError(problems=(Problem("duplicate_key", (), {"key": quoted(name)}),))
        seen.add(name)
