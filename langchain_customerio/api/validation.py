"""Pydantic's errors as problems that a caller can mend: the path, what was found, what to do, the most useful first."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from langchain_customerio.api.fields import ContextParts
from langchain_customerio.errors import Problem
from langchain_customerio.messages import MESSAGES, Field
from langchain_customerio.text import shown, type_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

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

_SET_BY_THE_API = frozenset({"receivedAt", "version", "_metadata", "projectId", "writeKey"})

_RANK = {"missing": 0, "union_tag_not_found": 0, "union_tag_invalid": 0, "extra_forbidden": 2}
_NEEDED: dict[str, str] = {
    "string": "a string",
    "bool": "true or false",
    "dict": "an object",
    "list": "a list",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """What there is to know of a call in order to say what is wrong with a body.

    Attributes:
        kind: Name of the call.
        fields: Each field's name in Python and on the wire.
        required: The names of the required ones, both of each.
        items: The shapes of the calls that it holds.
    """

    kind: str
    fields: tuple[tuple[str, str], ...]
    required: frozenset[str]
    items: Mapping[str, Shape] = field(default_factory=dict)


def problems_of(error: ValidationError, call: Shape) -> tuple[Problem, ...]:
    """Return what is wrong, the most important first: what is missing, what is unknown, what has a wrong type."""
    details = sorted(error.errors(include_url=False), key=_rank)
    return tuple(_problem(detail, call) for detail in details)


def _rank(detail: ErrorDetails) -> int:
    return _RANK.get(detail["type"], 1 if detail["type"] in MESSAGES else 3)


def _problem(detail: ErrorDetails, call: Shape) -> Problem:
    path, item = _path(detail["loc"], call)
    code, values = _finding(detail, item)
    rest = tuple(shown(part) if isinstance(part, str) else part for part in values.pop("path", ()))
    return Problem(code, (*path, *rest), values)


def _path(loc: tuple[int | str, ...], call: Shape) -> tuple[tuple[str | int, ...], Shape]:
    """Return the path in wire names, and the call that the last part belongs to."""
    item, path = call, list(loc)
    match loc:
        case ("batch", int(), str(kind), *_) if kind in call.items:
            item = call.items[kind]
            del path[2]
    names = dict(item.fields)
    return tuple(names.get(part, shown(part)) if isinstance(part, str) else part for part in path), item


def _finding(  # noqa: PLR0911 - one line for each kind of pydantic's errors
    detail: ErrorDetails, item: Shape
) -> tuple[str, dict[str, Any]]:
    kind, found = detail["type"], type_name(detail["input"])
    if kind == "empty" and str(detail["loc"][-1]) not in item.required:
        return "empty_optional", {}
    if kind in MESSAGES:
        return kind, dict(detail.get("ctx", {}))
    if kind == "invalid_key":
        return "key_not_text", {"found": found}
    if kind == "too_short":
        return "empty_batch", {}
    if kind == "extra_forbidden":
        return _unknown(str(detail["loc"][-1]), item)
    if kind == "literal_error":
        return "needs_one_of", {"choices": detail["ctx"]["expected"]}
    if kind in {"union_tag_not_found", "union_tag_invalid"}:
        problem = untagged(detail["input"], item.items)
        return problem.code, {**problem.values}
    return "needs", {"needed": _NEEDED.get(kind.partition("_")[0], detail["msg"]), "found": found}


def untagged(item: object, calls: Iterable[str]) -> Problem:
    """Return what keeps a batch item from being one of the single calls."""
    if not isinstance(item, dict):
        return Problem("needs", (), {"needed": "an object", "found": type_name(item)})
    return Problem("needs_type", (), {"calls": ", ".join(calls)})


def _unknown(name: str, item: Shape) -> tuple[str, dict[str, Any]]:
    for python, wire in item.fields:
        if name == python:  # a known name is unknown only where its field has been given by the other one
            return "given_twice", {"first": wire, "second": python}
    return _suggestion(name, item)


def _suggestion(name: str, item: Shape) -> tuple[str, dict[str, Any]]:
    known = [wire for _, wire in item.fields]
    camel = _camel(name)
    meant = next((name for calls, names, name in _MEANT if item.kind in calls and camel in names), "")
    if camel in known or meant:
        return _use(camel if camel in known else meant, item)
    if camel in _SET_BY_THE_API:
        return "set_by_the_api", {}
    if camel in ContextParts.__annotations__:
        return _use(f"context.{camel}", item)
    if close := get_close_matches(camel, known, n=1, cutoff=0.75):
        return _use(close[0], item)
    if camel in ELSEWHERE and item.kind in _EVERY:
        return "field_of_another_call", {"call": item.kind, "other": ELSEWHERE[camel]}
    return _in_free_json(shown(name), item, known)


def _use(path: str, item: Shape) -> tuple[str, dict[str, Any]]:
    return "unknown_field", {"call": item.kind, "use": Field(path)}


def _in_free_json(name: str, item: Shape, known: list[str]) -> tuple[str, dict[str, Any]]:
    holder = next((holder for holder in ("traits", "properties") if holder in known), "")
    if not holder:
        return "no_such_field", {"call": item.kind, "fields": tuple(map(Field, known))}
    if item.kind == "group":
        relationship = Field(f"traits.relationshipAttributes.{name}")
        use = Field(f"traits.{name}")
        return "unknown_field_of_group", {"call": item.kind, "use": use, "relationship": relationship}
    return _use(f"{holder}.{name}", item)


def _camel(name: str) -> str:
    head, *tail = name.replace("-", "_").replace(" ", "_").split("_")
    return head[:1].lower() + head[1:] + "".join(part.capitalize() for part in tail)
