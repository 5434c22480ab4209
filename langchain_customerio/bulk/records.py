"""What a record is: the object of a call, or why it is none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from langchain_customerio.api import strict_json
from langchain_customerio.api.calls import Batch, Common
from langchain_customerio.bulk.dead_letters import record_in
from langchain_customerio.bulk.readers.base import BadRecord
from langchain_customerio.errors import InvalidRequestError, Problem
from langchain_customerio.text import few, type_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_customerio.bulk.examples import Call

_MOST_KEYS: Final = 1_000
_MOST_PROBLEMS: Final = 10
_BACKSLASH: Final = ord("\\")  # a number is looked for in a tenth of the time of a text
_HIDING: Final = re.compile(rb"\\(?:/|u00[0-7])")

BLANK: Final = "is blank"
"""What is wrong with a line with nothing in it, which is not a record."""


def body_of(record: Any, default: str | None = None) -> Call:  # noqa: ANN401 - whatever the source gives
    """Return a record as the object of a call; of an entry of a dead-letter file, the call in it.

    Raises:
        BadRecord: If it is none.
    """
    if isinstance(record, BadRecord):
        raise record
    if isinstance(record, bytes | str) and not record.strip():
        raise BadRecord(BLANK)
    if isinstance(record, Batch):
        raise BadRecord(Problem("batch_in_load"), call=record.wire())
    if isinstance(record, Common):
        return {"type": record.kind, **record.wire()}
    found = _parsed(record) if isinstance(record, bytes | str) else record
    if not isinstance(found, Mapping):
        problem = Problem("needs", (), {"needed": "a JSON object", "found": type_name(found)})
        raise BadRecord(problem, call=found)
    if "dead_letter" in found:
        return body_of(record_in(found), default)
    if len(found) > _MOST_KEYS:
        raise BadRecord(Problem("too_many_keys", (), {"count": len(found), "most": _MOST_KEYS}), call=dict(found))
    call = dict(found)
    return call if default is None or "type" in call else {"type": default, **call}


def hides_text(line: bytes) -> bool:
    r"""Return whether an escape in a line stands for what needs none: the key is looked for in what is sent.

    >>> hides_text(rb'{"plan": "\u0070ro"}'), hides_text(rb'{"city": "S\u00e3o Paulo"}')
    (True, False)
    """
    return _BACKSLASH in line and _HIDING.search(line) is not None


def trimmed(content: bytes) -> bytes:
    """Return the same bytes in the memory that they need: the encoder keeps a kilobyte for what is shorter."""
    return b"%b" % content


def bad_record(problems: Sequence[Problem], reason: str = "", *, call: object = None, text: str = "") -> BadRecord:
    """Return what is wrong with a record; where that is much, some of it is told, and the first counts."""
    if len(problems) == 1:
        return BadRecord(problems[0], call=call, text=text)
    bad = BadRecord("; ".join(few([*map(str, problems)], _MOST_PROBLEMS)) or reason, call=call, text=text)
    bad.problem = next(iter(problems), None)
    return bad


def _parsed(line: bytes | str) -> object:
    """Read JSON, or say what is wrong with it."""
    try:
        return strict_json.loads(line)
    except InvalidRequestError as error:
        text = line if isinstance(line, str) else line.decode(errors="backslashreplace")
        raise bad_record(error.problems, text=text) from None
