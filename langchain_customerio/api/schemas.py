"""What a model is shown when it asks what a body looks like: JSON Schema with wire names, and small.

Rarely used parts are shown when they are asked for by path, for example `context.device`.
"""

from __future__ import annotations

from copy import deepcopy
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic.json_schema import GenerateJsonSchema

from langchain_customerio.api.calls import SINGLE_CALLS, Alias, Batch, Call, Common
from langchain_customerio.api.endpoints import ENDPOINTS
from langchain_customerio.errors import InvalidRequestError, Problem
from langchain_customerio.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic_core import core_schema

Schema = dict[str, Any]


class _Compact(GenerateJsonSchema):
    """Pydantic's schema without titles, defaults and null alternatives: a model leaves out what it does not need."""

    def field_title_should_be_set(self, _schema: Any) -> bool:  # noqa: ANN401 - pydantic's union of schema kinds
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> Schema:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> Schema:
        return self.generate_inner(schema["schema"])

    def dict_schema(self, schema: core_schema.DictSchema) -> Schema:
        found = super().dict_schema(schema)
        return {"type": "object"} if found.get("additionalProperties") is True else found

    def union_schema(self, schema: core_schema.UnionSchema) -> Schema:
        first = schema["choices"][0]  # the only unions are a field's: a string, or what Python may give instead
        return self.generate_inner(first[0] if isinstance(first, tuple) else first)


def describe(call: type[Call], part: str = "") -> Schema:
    """Return the answer to `get_request_schema`: schema, example and instructions.

    Args:
        call: The call.
        part: Path of a part to be shown in detail, such as `context` or `context.device`; in a batch also the name of
            a call, such as `track` or `track.context`.

    Raises:
        InvalidRequestError: If there is no such part.

    >>> sorted(describe(SINGLE_CALLS["alias"]))
    ['example', 'instructions', 'request_body_schema']
    """
    path = [name for name in part.replace("/", ".").split(".") if name]
    target = call
    if path and call is Batch and path[0] in SINGLE_CALLS:
        target = SINGLE_CALLS[path.pop(0)]
    if path:
        return deepcopy({"part": part, "part_schema": _part(target, path)})
    schema = _batch_schema() if target is Batch else _single_schema(target)
    answer = {"request_body_schema": schema, "example": target.example, "instructions": _instructions(call)}
    return deepcopy(answer)  # it is handed to programs too, and what they do to it must not change the next one


def _instructions(call: type[Call]) -> str:
    if call is Alias:
        common = ", ".join(wire for _, wire in Common.wire_names())
        return f'Send with mode execute. Also: {common}; request_body "context" shows that part.'
    named = '" or "'.join(ENDPOINTS[call.kind].parts)
    return f'Send with mode execute. More on a part: get_request_schema with request_body "{named}".'


@cache
def _full(call: type[Call]) -> Schema:
    """Return the whole schema of a call, with `$defs`."""
    return call.model_json_schema(by_alias=True, schema_generator=_Compact)


@cache
def _single_schema(call: type[Call]) -> Schema:
    properties = {name: _short(name, schema) for name, schema in _ordered(call)}
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    if call is Alias:  # two ids are all that it needs: the instructions name the common fields
        own = set(call.model_fields) - set(Common.model_fields)
        properties = {wire: properties[wire] for name, wire in call.wire_names() if name in own}
        schema = {"type": "object", "properties": properties}
    if required := _full(call).get("required"):
        schema["required"] = required
    if call.needs_one_of:
        schema["anyOf"] = [{"required": [name]} for name in call.needs_one_of]
    return schema


def _ordered(call: type[Call]) -> list[tuple[str, Schema]]:
    properties = _full(call)["properties"]
    return [(wire, properties[wire]) for _, wire in call.wire_names()]


def _short(name: str, schema: Schema) -> Schema:
    """Return a field as the first answer shows it: the context by the names of its parts only."""
    if name != "context":
        return schema
    parts = ", ".join(_resolve(_full(SINGLE_CALLS["track"]), schema)["properties"])
    return {"type": "object", "description": f"Parts: {parts}"}


@cache
def _batch_schema() -> Schema:
    """Return the batch's schema: what all items share once, and what each call adds."""
    shared = {wire for _, wire in Common.wire_names()}
    common = {name: _bare(_short(name, schema)) for name, schema in _ordered(SINGLE_CALLS["alias"]) if name in shared}
    choices = [_choice(call, shared) for call in SINGLE_CALLS.values()]
    item = {"type": "object", "properties": common, "anyOf": choices, "unevaluatedProperties": False}
    return {
        "type": "object",
        "properties": {
            "batch": {"type": "array", "minItems": 1, "items": item},
            "context": {
                "type": "object",
                "description": _full(Batch)["properties"]["context"]["description"],
            },
        },
        "required": ["batch"],
        "additionalProperties": False,
    }


def _choice(call: type[Call], shared: set[str]) -> Schema:
    own = {name: _bare(schema) for name, schema in _ordered(call) if name not in shared}
    schema = {
        "properties": {"type": {"const": call.kind}, **own},
        "required": ["type", *_full(call).get("required", [])],
    }
    return {**schema, "anyOf": [{"required": [name]} for name in call.needs_one_of]} if call.needs_one_of else schema


def _bare(schema: Schema) -> Schema:
    """Drop what the single call's own schema explains."""
    return {key: value for key, value in schema.items() if key in {"type", "format", "additionalProperties"}} | (
        {"description": schema["description"]} if "Parts: " in schema.get("description", "") else {}
    )


def _part(call: type[Call], path: list[str]) -> Schema:
    full = _full(call)
    schema = full
    for depth, name in enumerate(path):
        known = _resolve(full, schema).get("properties", {})
        if name not in known:
            place = ".".join(path[:depth]) or call.kind
            has = f"it has {', '.join(known)}" if known else "it is free JSON"
            values = {"name": quoted(name), "near": _nearest(call, name, known) or has}
            raise InvalidRequestError(problems=(Problem("no_such_part", (place,), values),))
        schema = known[name]
    found = _resolve(full, schema)
    inner = {name: _resolve(full, part) for name, part in found.get("properties", {}).items()}
    return {**found, "properties": inner} if inner else found


def _nearest(call: type[Call], name: str, known: Iterable[str]) -> str:
    """Return the words for the part that is likely meant: one of those known here, or one that stands elsewhere."""
    properties = _full(call).get("properties", {})
    inside = _resolve(_full(call), properties["context"]).get("properties", {}) if "context" in properties else {}
    paths = {**{part: f"context.{part}" for part in inside}, **dict.fromkeys(properties), **dict.fromkeys(known)}
    by_look = {part.casefold(): path or part for part, path in paths.items()}
    close = get_close_matches(name.casefold(), by_look, n=1, cutoff=0.7)
    return f"did you mean {quoted(by_look[close[0]])}?" if close else ""


def _resolve(full: Schema, schema: Schema) -> Schema:
    """Follow a `$ref`, and drop what only explains it to a programmer."""
    name = schema.get("$ref", "").rpartition("/")[2]
    found = full["$defs"][name] if name else schema
    return {key: value for key, value in found.items() if key not in {"title", "additionalProperties"}}
