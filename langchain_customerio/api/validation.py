"""Pydantic's errors, told so that a model gets it right the next time: the path, what was found, what to do."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from langchain_customerio.api.fields import ContextParts, type_name
from langchain_customerio.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from langchain_customerio.api.calls import Call

_MOST_NAME = 40
ELSEWHERE = {"groupId": "group", "event": "track", "previousId": "alias"}
"""Which call has a field that most others lack."""

_EVERY = frozenset({"identify", "track", "page", "screen", "group", "alias"})
_ABOUT_SOMEBODY = frozenset({"identify", "group"})
_HAPPENED = frozenset({"track", "page", "screen"})
_VIEWED = frozenset({"page", "screen"})
_MEANT: tuple[tuple[frozenset[str], set[str], str], ...] = (
    (frozenset({"alias"}), {"from", "fromId", "oldId", "oldUserId", "previousUserId", "sourceId"}, "previousId"),
    (frozenset({"alias"}), {"to", "toId", "newId", "newUserId", "targetId"}, "userId"),
    (frozenset({"identify"}), {"email"}, "traits.email"),
    (_ABOUT_SOMEBODY, {"createdAt"}, "traits.createdAt"),
    (frozenset({"group"}), {"objectTypeId"}, "traits.objectTypeId"),
    (_ABOUT_SOMEBODY, {"attributes", "customAttributes", "data", "customer", "properties"}, "traits"),
    (
        frozenset({"group"}),
        {"relationship", "relationshipAttributes", "relationshipTraits", "membership"},
        "traits.relationshipAttributes",
    ),
    (frozenset({"track"}), {"token", "deviceToken", "pushToken"}, "context.device.token"),
    (frozenset({"track"}), {"name", "eventName", "action", "eventType"}, "event"),
    (_VIEWED, {"page", "pageName", "screen", "screenName", "view"}, "name"),
    (_HAPPENED, {"attributes", "data", "payload", "params", "traits"}, "properties"),
    (_EVERY, {"time", "date", "createdAt", "datetime", "occurredAt", "ts"}, "timestamp"),
    (_EVERY, {"id", "user", "customerId", "personId", "email", "identifier", "uid", "distinctId"}, "userId"),
)
"""What is usually meant by a well-known wrong name, in which calls; the first row counts."""

_RANK = {"missing": 0, "union_tag_not_found": 0, "union_tag_invalid": 0, "refused": 1, "extra_forbidden": 2}


def problems_of(error: ValidationError, call: type[Call]) -> tuple[Problem, ...]:
    """Return what is wrong, the most important first: what is missing, what is unknown, what has a wrong type."""
    details = sorted(error.errors(include_url=False), key=lambda detail: _RANK.get(detail["type"], 3))
    return tuple(_problem(detail, call) for detail in details)


def _problem(detail: ErrorDetails, call: type[Call]) -> Problem:
    path, index, item = _path(detail["loc"], call)
    rest = detail.get("ctx", {}).get("path", "") if detail["type"] == "refused" else ""
    return Problem((path + shown(rest, 2 * _MOST_NAME)).lstrip("."), _message(detail, item), index)


def _path(loc: tuple[int | str, ...], call: type[Call]) -> tuple[str, int | None, type[Call]]:
    """Return the path in wire names, the batch index, and the call that the last part belongs to."""
    from langchain_customerio.api.calls import SINGLE_CALLS  # noqa: PLC0415 - calls.py reports through this module

    path, index, item = "", None, call
    for position, part in enumerate(loc):
        if isinstance(part, int):
            path += f"[{part}]"
            index = part if position == 1 and call.kind == "batch" else index
        elif index is not None and position == 2 and part in SINGLE_CALLS:  # noqa: PLR2004 - batch, index, tag
            item = SINGLE_CALLS[part]
        else:
            path += f".{dict(item.wire_names()).get(part, shown(part))}"
    return path.lstrip("."), index, item


def shown(name: str, most: int = _MOST_NAME) -> str:
    """Return a key that somebody else made up, short and without control characters."""
    clean = "".join(character if character.isprintable() else "?" for character in name[: most + 1])
    return clean if len(clean) <= most else clean[: most - 1] + "…"


def _message(detail: ErrorDetails, item: type[Call]) -> str:
    kind, found = detail["type"], type_name(detail["input"])
    if kind == "refused":
        return str(detail["ctx"]["reason"])
    if kind in _FIXED:
        return _FIXED[kind]
    if kind == "extra_forbidden":
        return _unknown(str(detail["loc"][-1]), item)
    if kind == "literal_error":
        return f"needs {detail['ctx']['expected']}"
    if kind in {"union_tag_not_found", "union_tag_invalid"}:
        return _untagged(detail["input"])
    needed = _NEEDED.get(kind.partition("_")[0], detail["msg"])
    return f"needs {needed}, found {found}"


_FIXED: dict[str, str] = {
    "invalid_key": "is no key: keys are strings",
    "missing": "is required",
    "too_short": "is empty; give at least one call",
}
_NEEDED: dict[str, str] = {
    "string": "a string",
    "bool": "true or false",
    "dict": "an object",
    "list": "a list",
}


def _untagged(item: object) -> str:
    """Say what keeps a batch item from being one of the six calls."""
    from langchain_customerio.api.calls import SINGLE_CALLS  # noqa: PLC0415 - calls.py reports through this module

    if not isinstance(item, dict):
        return f"needs an object, found {type_name(item)}"
    return f'needs "type": one of {", ".join(SINGLE_CALLS)}'


def _unknown(name: str, item: type[Call]) -> str:
    for python, wire in item.wire_names():
        if name == python:  # a known name is unknown only where its field has been given by the other one
            return f"is given twice, as {wire} and {python}; keep one"
    return f"is no field of {item.kind}; {_suggestion(name, item)}"


def _suggestion(name: str, item: type[Call]) -> str:
    known: dict[str, Any] = {wire: python for python, wire in item.wire_names()}
    camel = _camel(name)
    if camel in known:
        return f"use {camel}"
    for calls, names, field in _MEANT:
        if item.kind in calls and camel in names:
            return f"use {field}"
    if camel in ContextParts.__annotations__:
        return f"use context.{camel}"
    if close := get_close_matches(camel, known, n=1, cutoff=0.75):
        return f"use {close[0]}"
    if camel in ELSEWHERE and item.kind in _EVERY:
        return f"it belongs to {ELSEWHERE[camel]} calls"
    return _in_free_json(shown(name), item, known)


def _in_free_json(name: str, item: type[Call], known: Iterable[str]) -> str:
    holder = next((holder for holder in ("traits", "properties") if holder in known), "")
    if not holder:
        return f"its fields are {', '.join(known)}"
    about_both = f", or traits.relationshipAttributes.{name} if about the person there"
    return f"use {holder}.{name}{about_both * (item.kind == 'group')}"


def _camel(name: str) -> str:
    head, *tail = name.replace("-", "_").replace(" ", "_").split("_")
    return head[:1].lower() + head[1:] + "".join(part.capitalize() for part in tail)
