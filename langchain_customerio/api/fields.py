"""The types of the fields that calls are made of: what each accepts, corrects and refuses.

A validator that corrects an obvious slip appends a finding to the list that it finds in the validation context, so that
whoever parses a model's text can report what was changed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, GetPydanticSchema, ValidationInfo
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from langchain_customerio.api.strict_json import LEAST_INTEGER, MOST_DEPTH, MOST_INTEGER, loads, number_problem
from langchain_customerio.errors import InvalidRequestError, Problem
from langchain_customerio.text import type_name

_Path = tuple[str | int, ...]


def note(info: ValidationInfo, code: str, *path: str, **values: object) -> None:
    """Report a correction to the list in the validation context, where there is one."""
    found = Problem(code, path, values)
    if isinstance(info.context, list) and found not in info.context:
        info.context.append(found)


def refuse(code: str, path: _Path = (), **values: object) -> PydanticCustomError:
    """Build the error of a validator; `path` leads on from the field."""
    return PydanticCustomError(code, code, {"path": path, **values})  # the words are made later


def wire_name(info: ValidationInfo) -> str:
    """Return the wire name of the field that is being validated."""
    return to_camel(info.field_name or "")


def _identifier(value: object, info: ValidationInfo) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        note(info, "number_as_text", wire_name(info))
        return str(_scalar(value, ()))
    if not isinstance(value, str):
        raise refuse("needs", needed="a string", found=type_name(value))
    if not value.strip():
        raise refuse("empty")
    return _text(value, ())


_EXAMPLE_TIME = "2026-11-23T10:00:00Z"
_ISO_8601 = re.compile(r"[\dW-]{7,10}([Tt ][\d:.,]+(Z|[+-][\d:.]+)?)?", re.ASCII)  # Python takes any separator


def _moment(value: object) -> str:
    if isinstance(value, datetime):
        return _iso(value, ())
    if not isinstance(value, str):
        raise refuse("not_iso_8601", example=_EXAMPLE_TIME, found=type_name(value))
    try:  # digits alone are too easily seconds or milliseconds
        datetime.fromisoformat(value if _ISO_8601.fullmatch(value) and not value.isdigit() else "")
    except ValueError:
        found = "digits" if value.isdigit() else "other text"
        raise refuse("not_iso_8601", example=_EXAMPLE_TIME, found=found) from None
    return value


def _iso(value: datetime, path: _Path) -> str:
    if value.utcoffset() is None:
        raise refuse("naive_datetime", path)
    return re.sub(r"\+00:00$", "Z", value.isoformat())


def json_value(value: Any, path: _Path = (), depth: int = 0) -> Any:  # noqa: ANN401 - it is any JSON value
    """Return `value` as plain JSON data, or refuse it with the path to the part that JSON cannot carry.

    Aware datetimes and dates become ISO 8601 strings, tuples become lists, decimals become numbers. NaN, infinities,
    integers beyond 64 bits, decimals that would lose digits, lone surrogates, naive datetimes, keys that are not
    strings and other types are refused.
    """
    kind = type(value)
    if kind is str:
        return value if value.isascii() else _text(value, path)
    if value is None or kind is bool:
        return value
    if depth > MOST_DEPTH:
        raise refuse("too_deep", most=MOST_DEPTH)
    if kind is int and LEAST_INTEGER <= value <= MOST_INTEGER:  # told sooner than by `_scalar`
        return value
    if kind is dict:
        return {_key(key, path): json_value(item, (*path, key), depth + 1) for key, item in value.items()}
    if kind is list or kind is tuple:
        return [json_value(item, (*path, i), depth + 1) for i, item in enumerate(value)]
    return json_value(dict(value), path, depth) if isinstance(value, Mapping) else _scalar(value, path)


def _key(key: object, path: _Path) -> str:
    if not isinstance(key, str):
        raise refuse("key_not_text", path, found=type_name(key))
    return key if key.isascii() else _text(key, path)


def _text(value: str, path: _Path) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise refuse("broken_text", path) from None
    return value


def _scalar(value: object, path: _Path) -> object:
    if isinstance(value, float):
        if not math.isfinite(value):
            raise refuse("not_finite", path)
        return float(value)
    if isinstance(value, int):
        if not LEAST_INTEGER <= value <= MOST_INTEGER:
            raise refuse("integer_too_large", path)
        return int(value)
    if isinstance(value, Decimal):
        return _decimal(value, path)
    if isinstance(value, datetime):
        return _iso(value, path)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return _text(str.__str__(value), path)
    raise refuse("not_a_json_type", path, found=type_name(value))


def _decimal(value: Decimal, path: _Path) -> int | float:
    """Return a decimal as the JSON number that keeps all its digits."""
    if not value.is_finite():
        raise refuse("not_finite", path)
    whole = value == value.to_integral_value()
    if code := number_problem(f"{value:f}".partition(".")[0] if whole else str(value)):
        raise refuse(code, path)
    return int(value) if whole else float(value)


def _object(value: object, info: ValidationInfo) -> dict[str, Any]:
    """Take a JSON object, also one that was wrapped in a string."""
    if isinstance(value, str):
        value = _unwrapped(value)
        note(info, "text_as_object", wire_name(info))
    if not isinstance(value, Mapping):
        raise refuse("needs", needed="an object", found=type_name(value))
    return json_value(value if type(value) is dict else dict(value))  # type: ignore[no-any-return] # a dict in is a dict out


def _unwrapped(text: str) -> object:
    try:
        value = loads(text)
    except InvalidRequestError as error:
        problem = error.problems[0]
        if problem.code == "not_json":
            raise refuse("needs", needed="an object", found="a string") from None
        raise refuse(problem.code, problem.path, **problem.values) from None
    if not isinstance(value, dict):
        raise refuse("needs", needed="an object", found="a string")
    return value


Identifier = Annotated[str, BeforeValidator(_identifier)]
Moment = Annotated[str | datetime, BeforeValidator(_moment), Field(json_schema_extra={"format": "date-time"})]
JsonObject = Annotated[dict[str, Any], BeforeValidator(_object)]


class Part(TypedDict, total=False):
    """A documented part of `context`; keys beyond the documented ones are data and stay."""

    __pydantic_config__ = ConfigDict(extra="allow")  # type: ignore[misc] # how pydantic configures a TypedDict


class Campaign(Part, total=False):
    """The campaign that brought the person."""

    name: str
    source: str
    medium: str
    term: str
    content: str


class PageContext(Part, total=False):
    """The page that was open."""

    name: str
    path: str
    referrer: str
    search: str
    title: str
    url: str
    keywords: list[str]


class App(Part, total=False):
    """The app in use."""

    name: str
    version: str
    build: str
    namespace: str


def _platform(value: object, info: ValidationInfo) -> object:
    if isinstance(value, str) and value != value.lower():
        note(info, "lower_case", "context", "device", "type")
        return value.lower()
    return value


class Device(Part, total=False):
    """The device in use."""

    id: str
    advertisingId: str
    manufacturer: str
    model: str
    name: str
    type: Annotated[Literal["android", "ios"], BeforeValidator(_platform)]
    version: str
    token: str


class Network(Part, total=False):
    """The network in use."""

    bluetooth: bool
    carrier: str
    cellular: bool
    wifi: bool


class System(Part, total=False):
    """The operating system."""

    name: str
    version: str


class Library(Part, total=False):
    """The software that made the call; filled in when it is left out."""

    name: str
    version: str


class ContextParts(Part, total=False):
    """What surrounded the call."""

    active: bool
    ip: Annotated[str, Field(description="The person's address; locates them")]
    locale: Annotated[str, Field(description="Such as en-US")]
    userAgent: str
    channel: Literal["browser", "server", "mobile"]
    campaign: Campaign
    page: PageContext
    app: App
    device: Device
    network: Network
    os: System
    library: Library
    location: Any
    timezone: Annotated[str, Field(description="IANA name")]


_CONTEXT_SPELLINGS = {"user_agent": "userAgent"}


def _context(value: object, info: ValidationInfo) -> dict[str, Any]:
    parts = _object(value, info)
    for wrong, right in _CONTEXT_SPELLINGS.items():
        if wrong in parts and right not in parts:
            parts[right] = parts.pop(wrong)
            note(info, "renamed", "context", right, given=f"context.{wrong}")
    return {key: part for key, part in parts.items() if part is not None or key not in ContextParts.__annotations__}


_AsContext = GetPydanticSchema(lambda _source, handler: handler(ContextParts))
Context = Annotated[dict[str, Any], _AsContext, BeforeValidator(_context)]
