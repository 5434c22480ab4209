"""Requests as they come off the wire: route, key, strictness, body."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
import re
import sys
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import orjson

if TYPE_CHECKING:
    from datetime import datetime

CALLS: Final = ("identify", "track", "page", "screen", "group", "alias")
ENDPOINTS: Final = frozenset(f"/{name}" for name in (*CALLS, "batch"))

BODY_BYTES: Final = 1_000_000
"""Largest body, as sent and as unpacked, that the sandbox reads: twice what the API documents for a batch."""

_REGION: Final = re.compile(r"(?:pk|sk)_(us|eu)_")
_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")

Headers = Mapping[str, str] | Iterable[tuple[str, str]]
JsonObject = dict[str, Any]


class UnreadableError(ValueError):
    """A body that is not the JSON it claims to be; the text says why."""


@dataclass(frozen=True, slots=True)
class Key:
    """The API key of a request (Customer.io docs: Pipelines API > Authentication).

    Attributes:
        scheme: `Basic` (older write keys) or `Bearer` (`pk_…` and `sk_…`).
        value: The key itself. It stays out of `repr` and out of the ledger.
    """

    scheme: str
    value: str = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """The scheme and eight hex digits that tell keys apart without giving one away."""
        return f"{self.scheme} sha256:{hashlib.sha256(self.value.encode()).hexdigest()[:8]}"

    @property
    def region(self) -> str | None:
        """`us` or `eu` for a key that names its region, otherwise None."""
        match = _REGION.match(self.value)
        return match and match[1]

    @property
    def is_new_style(self) -> bool:
        """Whether the key is one of those that are sent as Bearer."""
        return self.value.startswith(("pk_", "sk_"))

    @property
    def is_public(self) -> bool:
        """Whether the key is one that may be shown, such as in a browser."""
        return self.value.startswith("pk_")

    @classmethod
    def read(cls, authorization: str) -> Key | None:
        """Read an `Authorization` header; None when it holds no key."""
        scheme, _, rest = authorization.partition(" ")
        if scheme.lower() == "bearer":
            value = rest.strip()
        elif scheme.lower() == "basic":
            value = _user_name(rest.strip())
        else:
            return None
        return cls(scheme.capitalize(), value) if value else None


def _user_name(credentials: str) -> str:
    """The user name of Basic credentials, or nothing when they are broken or carry a password."""
    try:
        user, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return "" if password else user


@dataclass(frozen=True, slots=True)
class Request:
    """One request, read as far as its headers.

    Attributes:
        method: As sent.
        path: As sent, with its query.
        endpoint: `/track` and the like, or None for a path that the API does not have.
        headers: Names in lower case, without `authorization`.
        key: The key that came with it, if any.
        body: The bytes on the wire, still compressed if they came so; empty when there are more than `BODY_BYTES`.
        size: How many bytes came; a server stops reading behind `BODY_BYTES`.
        at: When it arrived.
    """

    method: str
    path: str
    endpoint: str | None
    headers: dict[str, str]
    key: Key | None
    body: bytes
    size: int
    at: datetime

    @property
    def strict(self) -> bool:
        """Whether errors are answered: the header is exactly `1` (docs: Pipelines API > Strict mode)."""
        return self.headers.get("x-strict-mode") == "1"

    @classmethod
    def read(cls, method: str, path: str, headers: Headers, body: bytes, at: datetime) -> Request:
        """Take a request apart; a repeated header is joined with a comma, as HTTP says."""
        seen: dict[str, str] = {}
        for name, value in headers.items() if isinstance(headers, Mapping) else headers:
            key = name.lower()
            seen[key] = f"{seen[key]}, {value}" if key in seen else value
        key_seen = Key.read(seen.pop("authorization", ""))
        route = path.partition("?")[0]
        endpoint = route.removeprefix("/v1") if route.startswith("/v1/") else ""
        size = len(body)
        return cls(
            method=method,
            path=path,
            endpoint=endpoint if endpoint in ENDPOINTS else None,
            headers=seen,
            key=key_seen,
            body=body if size <= BODY_BYTES else b"",
            size=size,
            at=at,
        )


def unpack(headers: Mapping[str, str], body: bytes, *, gzip: bool = True) -> bytes:
    """Undo the `Content-Encoding` of a body.

    Returns:
        The plain bytes; of a huge gzip body no more than one byte over `BODY_BYTES`.

    Raises:
        UnreadableError: The gzip data is broken, or the encoding is not one the sandbox knows.
    """
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding == "identity":
        return body
    if encoding != "gzip" or not gzip:
        raise UnreadableError(f"the body has an unknown content encoding, {encoding!r}")
    inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        plain = inflater.decompress(body, BODY_BYTES + 1)
    except zlib.error as error:
        raise UnreadableError("the body is not gzip, although its header says so") from error
    if not inflater.eof and len(plain) <= BODY_BYTES:
        raise UnreadableError("the gzip body is cut short")
    return plain


def parse(data: bytes) -> object:
    """Read JSON as the standard has it: UTF-8, no NaN, no infinities, no halves of surrogate pairs.

    Raises:
        UnreadableError: It is something else.
    """
    try:
        value: object = json.loads(data.decode(), parse_constant=_no_constant, parse_float=_finite)
        if _SURROGATE.search(data):
            json.dumps(value, ensure_ascii=False).encode()
    except UnreadableError:
        raise
    except RecursionError as error:
        raise UnreadableError("the JSON is nested too deeply") from error
    except ValueError as error:
        raise UnreadableError("the body is not JSON in UTF-8") from error
    return value


def compact(value: object) -> bytes:
    """A JSON value, written compactly in UTF-8, with its keys in order.

    Raises:
        RecursionError: It is nested too deeply to write.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # integers beyond 64 bits, and what is nested deeper than 254 levels
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def size_of(value: object) -> int:
    """Bytes of a JSON value, written compactly in UTF-8; endless when it is nested too deeply to write."""
    try:
        return len(compact(value))
    except RecursionError:
        return sys.maxsize


def _no_constant(name: str) -> object:
    raise UnreadableError(f"{name} is not a JSON value")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise UnreadableError("a number is too large")
    return number
