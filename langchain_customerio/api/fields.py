"""The types of the fields that calls are made of: what each accepts, corrects and refuses.

A validator that corrects an obvious slip appends a note to the list that it finds in the validation context,
so that whoever parses a model's text can report what was changed.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, GetPydanticSchema, ValidationInfo
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

MOST_DEPTH = 64
_LEAST_INTEGER, _MOST_INTEGER = -(2**63), 2**64 - 1


def note(info: ValidationInfo, text: str) -> None:
    """Report a correction to the list in the validation context, where there is one."""
    if isinstance(info.context, list) and text not in info.context:
        info.context.append(text)


def type_name(value: object) -> str:
    """Name the JSON type of a value, the way that a model thinks of it."""
    names: dict[type, str] = {
        bool: "a boolean",
        str: "a string",
        dict: "an object",
        list: "a list",
        tuple: "a list",
    }
    if value is None:
        return "null"
    return names.get(type(value)) or ("a number" if isinstance(value, int | float) else type(value).__name__)


def refuse(message: str, path: str = "") -> PydanticCustomError:
    """Build the error of a validator; `path` leads on from the field, such as `.plan` or `.items[2]`."""
    return PydanticCustomError("refused", "{reason}", {"reason": message, "path": path})


def _identifier(value: object, info: ValidationInfo) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        note(info, f"{to_camel(info.field_name or '')}: number sent as string")
        return str(_scalar(value, ""))
    if not isinstance(value, str):
        raise refuse(f"needs a string, found {type_name(value)}")
    if not value.strip():
        raise refuse("is empty; give it, or leave it out where it is optional")
    return _text(value, "")


_EXAMPLE_TIME = "2026-11-23T10:00:00Z"
_ISO_8601 = re.compile(r"[\dW-]{7,10}([Tt ][\d:.,]+(Z|[+-][\d:.]+)?)?", re.ASCII)  # Python takes any separator


def _moment(value: object) -> str:
    if isinstance(value, datetime):
        return _iso(value, "")
    if not isinstance(value, str):
        raise refuse(f"needs an ISO 8601 string such as {_EXAMPLE_TIME}, found {type_name(value)}")
    try:  # digits alone are too easily seconds or milliseconds
        datetime.fromisoformat(value if _ISO_8601.fullmatch(value) and not value.isdigit() else "")
    except ValueError:
        found = "digits" if value.isdigit() else "other text"
        raise refuse(f"needs ISO 8601 such as {_EXAMPLE_TIME}, found {found}") from None
    return value


def _iso(value: datetime, path: str) -> str:
    if value.utcoffset() is None:
        raise refuse("is a datetime without a time zone; add one, for example datetime.now(UTC)", path)
    return re.sub(r"\+00:00$", "Z", value.isoformat())


def json_value(value: Any, path: str = "", depth: int = 0) -> Any:  # noqa: ANN401 - it is any JSON value
    """Return `value` as plain JSON data, or refuse it with the path to the part that JSON cannot carry.

    Aware datetimes and dates become ISO 8601 strings, tuples become lists. NaN, infinities, integers beyond
    64 bits, lone surrogates, naive datetimes, keys that are not strings and other types are refused.
    """
    kind = type(value)
    if kind is str:
        return value if value.isascii() else _text(value, path)
    if value is None or kind is bool:
        return value
    if depth > MOST_DEPTH:
        raise refuse(f"is nested more than {MOST_DEPTH} levels deep", "")
    if kind is dict:
        return {_key(key, path): json_value(item, f"{path}.{key}", depth + 1) for key, item in value.items()}
    if kind is list or kind is tuple:
        return [json_value(item, f"{path}[{i}]", depth + 1) for i, item in enumerate(value)]
    if isinstance(value, Mapping):
        return json_value(dict(value), path, depth)
    return _scalar(value, path)


def _key(key: object, path: str) -> str:
    if not isinstance(key, str):
        raise refuse(f"has a key that is {type_name(key)}; keys are strings", path)
    return key if key.isascii() else _text(key, path)


def _text(value: str, path: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise refuse("has a broken character (a lone surrogate); send well-formed Unicode", path) from None
    return value


def _scalar(value: object, path: str) -> object:
    if isinstance(value, float):
        if not math.isfinite(value):
            raise refuse("is NaN or infinite, which JSON cannot carry; leave it out", path)
        return float(value)
    if isinstance(value, int):
        if not _LEAST_INTEGER <= value <= _MOST_INTEGER:
            raise refuse("is an integer beyond 64 bits; send it as a string", path)
        return int(value)
    if isinstance(value, datetime):
        return _iso(value, path)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return _text(str.__str__(value), path)
    raise refuse(f"is {type_name(value)}, which is not JSON", path)


def _object(value: object, info: ValidationInfo) -> dict[str, Any]:
    """Take a JSON object, also one that was wrapped in a string."""
    if isinstance(value, str):
        value = _unwrapped(value)
        note(info, f"{to_camel(info.field_name or '')}: JSON string sent as object")
    if not isinstance(value, Mapping):
        raise refuse(f"needs an object, found {type_name(value)}")
    return json_value(value if type(value) is dict else dict(value))  # type: ignore[no-any-return] # a dict in is a dict out


def _unwrapped(text: str) -> object:
    try:
        # not orjson, which rounds a huge integer to a float
        value: object = json.loads(text, object_pairs_hook=_without_repeats)
    except PydanticCustomError:  # a ValueError too
        raise
    except (ValueError, RecursionError):
        raise refuse("needs an object, found a string") from None
    if not isinstance(value, dict):
        raise refuse("needs an object, found a string")
    return value


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(found := dict(pairs)) < len(pairs):
        raise refuse("has a key twice in one object; keep one")
    return found


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
        note(info, "context.device.type: written in lower case")
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
            note(info, f"context.{wrong} → {right}")
    return {key: part for key, part in parts.items() if part is not None or key not in ContextParts.__annotations__}


_AsContext = GetPydanticSchema(lambda _source, handler: handler(ContextParts))
Context = Annotated[dict[str, Any], _AsContext, BeforeValidator(_context)]
