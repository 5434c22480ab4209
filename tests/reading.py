"""How the tests read a body or a command: what became of it, or what was wrong with it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from langchain_customerio import InvalidRequestError

if TYPE_CHECKING:
    from langchain_customerio.api.calls import Call
    from langchain_customerio.errors import Problem


def parsed(call: type[Call], **fields: Any) -> tuple[dict[str, Any], list[str]]:
    """Return the wire form of a body, and what was corrected in it."""
    corrections: list[Problem] = []
    wire = call.parse(fields, corrections).wire()
    return wire, [str(correction) for correction in corrections]


def refusal(call: type[Call], body: object) -> InvalidRequestError:
    """Return the error that a body meets."""
    with pytest.raises(InvalidRequestError) as caught:
        call.parse(body)
    return caught.value


def refused(call: type[Call], body: object) -> list[str]:
    """Return what is wrong with a body, problem by problem, as a model reads it."""
    return [str(problem) for problem in refusal(call, body).problems]


def without_progress(text: str) -> str:
    """Return what a command said, without the lines that tell how far it is: a slow machine makes more of them."""
    return "".join(line for line in text.splitlines(keepends=True) if not re.search(r" refused  [\d,]+/s  ", line))
