"""What a far end answers: read and unpacked up to a bound, and turned into words; whatever it is, nothing is raised."""

from __future__ import annotations

import html
import re
import zlib
from dataclasses import dataclass
from itertools import takewhile
from operator import eq
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import orjson

from langchain_customerio.text import bounded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from langchain_customerio.client.keys import Key

MOST_BYTES: Final = 100_000
"""Bytes of an answer that are read, before and after unpacking; the documented answers have less than a hundred."""

MOST_DETAIL: Final = 200
"""Characters of a far end's words that are repeated."""

_MOST_TEXT: Final = 1_000
_MOST_HEADER: Final = 1_000
_WORDS: Final = ("errors", "error", "message")
_UNPACKED_BY: Final = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer.

    Attributes:
        status: The status.
        headers: The headers, by name; looked up in any case.
        content: The body, unpacked; of one beyond the bound, or packed in a way that nobody asked for, nothing.
        complete: Whether the body was read to its end.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes = b""
    complete: bool = True

    def header(self, name: str) -> str | None:
        """Return the value of a header, if it is of a sensible length."""
        value = self.headers.get(name)
        return None if value is None or len(value) > _MOST_HEADER else value

    def json_object(self, key: Key) -> dict[str, Any] | None:
        """Return the body, if it is a JSON object, without the key that a server may echo."""
        try:
            value = orjson.loads(self.content)
        except ValueError:
            return None
        return key.clean_json(value) if isinstance(value, dict) else None

    def redirected_to(self) -> str:
        """Return the host that a redirect names, `another path` for one on the same host; empty if it names nothing."""
        location = self.header("Location")
        if location is None:
            return ""
        try:
            return urlsplit(location).hostname or "another path"
        except ValueError:
            return "an address that is none"

    @property
    def is_page(self) -> bool:
        """Whether it is a page of HTML, which the API never gives, but a proxy or a login does."""
        return self.content.lstrip()[:1] == b"<"

    @property
    def text(self) -> str:
        """The body as text; what is not UTF-8 is replaced."""
        return self.content.decode(errors="replace")


class Reading:
    """Reads the body of an answer piece by piece.

    Args:
        encoding: The `Content-Encoding` header.
    """

    def __init__(self, encoding: str | None) -> None:
        """Start with nothing read."""
        name = (encoding or "identity").strip().lower()
        self._unpack = zlib.decompressobj(_UNPACKED_BY[name]) if name in _UNPACKED_BY else None
        self._known = self._unpack is not None or name == "identity"
        self._pieces: list[bytes] = []
        self._room = MOST_BYTES
        self._arrived = 0

    def add(self, piece: bytes) -> bool:
        """Take a piece, and return whether there is a use for more."""
        self._arrived += len(piece)
        if self._known and self._arrived <= MOST_BYTES:
            self._keep(piece)
        return self.complete

    def _keep(self, piece: bytes) -> None:
        if self._unpack is not None:
            try:
                piece = self._unpack.decompress(piece, self._room + 1)
            except zlib.error:
                self._known = False
                return
        self._pieces.append(piece)
        self._room -= len(piece)

    @property
    def complete(self) -> bool:
        """Whether all that was taken could be kept."""
        return self._known and self._arrived <= MOST_BYTES and self._room >= 0

    @property
    def content(self) -> bytes:
        """The body, or nothing where it could not be kept as a whole."""
        ended = self._unpack is None or self._unpack.eof or not self._arrived
        return b"".join(self._pieces) if self.complete and ended else b""


def named_errors(json: Mapping[str, Any], names: Iterable[str] = _WORDS) -> list[str]:
    """Return the messages of an error body: `meta.errors`, `meta.error`, or what stands in their place."""
    for holder in (json.get("meta"), json):
        found = next((holder[name] for name in names if holder.get(name)), None) if isinstance(holder, dict) else None
        if found is not None:
            return [str(item) for item in (found if isinstance(found, list) else [found])]
    return []


_TAG_NAME: Final = re.compile(r"\s*(/?\w*)")
_E_MAILS: Final = re.compile(r"[^\s@<>\"']{1,64}@[^\s@<>\"']+\.[^\s@<>\"']+")
_ALSO_SAID: Final = frozenset({"type", "event", "messageId", "library"})
_FEWEST: Final = 3
_KNOWN_BY: Final = 40


def data_of(value: object) -> Iterator[str]:
    """Yield the texts and numbers that a request carries about people; names of calls and events are not such."""
    if isinstance(value, dict):
        for name, item in value.items():
            if name not in _ALSO_SAID:
                yield from data_of(item)
    elif isinstance(value, list):
        for item in value:
            yield from data_of(item)
    elif not isinstance(value, bool) and value is not None:
        yield str(value)


def clean(text: str, key: Key | None = None, data: Iterable[str] = ()) -> str:
    r"""Return somebody else's text, bounded, as one line without markup, control characters, the key and people's data.

    >>> clean("<h1>Bad\x00 Gateway</h1> for ada@example.com, Ada", data=["Ada"])
    'Bad Gateway for [e-mail] [data]'
    """
    text = html.unescape(_without_markup(text))
    if key is not None:
        text = key.clean(text)
    text = _one_line(text)[:_MOST_TEXT]
    text = _without_data(_E_MAILS.sub("[e-mail]", text), data)
    return bounded(text, MOST_DETAIL)


def _without_markup(text: str) -> str:
    """Return a text without tags, and without what is in scripts and styles; in one pass, however odd the text is."""
    first, *parts = text.split("<")
    kept = [first]
    inside = ""
    for part in parts:
        tag, closed, rest = part.partition(">")
        name = _name_of(tag)
        if inside:
            inside = "" if closed and name == f"/{inside}" else inside
        elif closed and name in {"script", "style"}:
            inside = name
        if not inside:
            kept += [" ", rest] if closed else ["<", part]
    return "".join(kept)


def _name_of(tag: str) -> str:
    found = _TAG_NAME.match(tag)
    return found[1].lower() if found else ""


def _one_line(text: str) -> str:
    """Return a text without control characters, and with single spaces."""
    return " ".join((text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)).split())


def _without_data(text: str, data: Iterable[str]) -> str:
    """Return a text without the values that it repeats, the longest first; of a long one, as much as it repeats."""
    found = {value for value in map(_one_line, data) if len(value) >= _FEWEST and value[:_KNOWN_BY] in text}
    for value in sorted(found, key=len, reverse=True):
        if len(value) <= _KNOWN_BY:
            text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", "[data]", text)
        while len(value) > _KNOWN_BY and (at := text.find(value[:_KNOWN_BY])) >= 0:
            end = at + sum(takewhile(bool, map(eq, text[at:], value)))
            text = f"{text[:at]}[data]{text[end:]}"
    return text
