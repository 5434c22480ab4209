"""The text of a file: which encoding it has, and where it is not what it says."""

from __future__ import annotations

import codecs
import io
from typing import TYPE_CHECKING, Any, Final, NoReturn

from typing_extensions import override

from langchain_customerio.bulk.readers.base import reading_error
from langchain_customerio.text import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from langchain_customerio.bulk.readers.files import Bytes

_PIECE: Final = 1 << 16
_SEARCHED: Final = 1 << 20
_MARK: Final = "\ufeff"
UTF_8: Final = "utf-8"

# The longer marks first, since that of UTF-32 begins like that of UTF-16.
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def known_encoding(name: str) -> str:
    """Return the usual name of an encoding.

    Raises:
        ReadingError: If there is no such encoding, or it is not one of text.

    >>> known_encoding("Latin1")
    'iso8859-1'
    """
    try:
        "a".encode(name)  # which refuses what is not an encoding of text
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        raise reading_error("no_such_encoding", encoding=quoted(name)) from None


def encoding_of(data: bytes, name: str) -> str:
    """Return the encoding that the first bytes of a file tell.

    Raises:
        ReadingError: If they are not text, as far as one can see.
    """
    marked = next((codec for mark, codec in _MARKS if data.startswith(mark)), None)
    halves = (data[:3:2], data[1:4:2])  # of the first two characters of UTF-16, one byte each, in both orders
    if marked is None and b"\0\0" in halves and any(b"\0" not in half for half in halves):
        raise reading_error("zero_bytes", name=name)
    return marked or UTF_8


class Decoded:
    """The text of a source, in pieces.

    It is UTF-8, or UTF-16 or UTF-32 with a mark, unless somebody says otherwise. A wrong byte is found before the first
    piece is given, where the source can be read twice. Elsewhere, and where somebody has said that it is UTF-8, it
    becomes a lone surrogate, for which its record is refused.

    Args:
        source: Where the bytes come from.
        encoding: Name of the encoding.

    Attributes:
        codec: Name of the encoding, as far as it is known.
        is_broken: Whether a wrong byte has been read so far.

    Raises:
        ReadingError: If there is no such encoding.
    """

    def __init__(self, source: Bytes, encoding: str | None = None) -> None:
        """Look the encoding up."""
        self._source = source
        self._is_said = encoding is not None
        self.codec = UTF_8 if encoding is None else known_encoding(encoding)
        self.is_broken = False

    def pieces(self, read: Callable[[int], bytes], data: bytes | None = None) -> Iterator[str]:
        """Read an open file to its end.

        Args:
            read: Reads bytes of it.
            data: The first bytes, if they have been read.

        Raises:
            ReadingError: If it has another encoding.
        """
        data = read(_PIECE) if data is None else data
        if not self._is_said:
            self.codec = encoding_of(data, self._source.name)
            if self.codec == UTF_8 and self._source.size is not None:
                self._check()
        decoder = codecs.getincrementaldecoder(self.codec)()
        text = self._decoded(decoder, data).removeprefix(_MARK)
        while data:
            yield text
            data = read(_PIECE)
            text = self._decoded(decoder, data)
        yield text

    def _decoded(self, decoder: codecs.IncrementalDecoder, data: bytes) -> str:
        """Decode the next bytes; that there are none is the end."""
        state = decoder.getstate()
        try:
            return decoder.decode(data, final=not data)
        except UnicodeDecodeError:
            self.is_broken = True
            decoder.errors = "surrogateescape"
            decoder.setstate(state)
        try:
            return decoder.decode(data, final=not data)
        except UnicodeDecodeError:  # of an encoding of whole words, such as UTF-16
            raise reading_error("wrong_encoding", name=self._source.name, codec=self.codec.upper()) from None

    def _check(self) -> None:
        """Look for the first byte that is not UTF-8."""
        decoder, line, begun = codecs.getincrementaldecoder(UTF_8)(), 1, 0
        with self._source.open() as (file, _):
            data = b"\n"
            while data:
                waiting = len(decoder.getstate()[0])
                data = file.read(_SEARCHED)
                try:
                    decoder.decode(data, final=not data)
                except UnicodeDecodeError as error:
                    self._refuse(error, line, begun - waiting)
                line += data.count(b"\n")
                begun = len(data) - data.rfind(b"\n") - 1 if b"\n" in data else begun + len(data)

    def _refuse(self, error: UnicodeDecodeError, line: int, begun: int) -> NoReturn:
        """Say which byte is wrong: of an object that begins in a line, some bytes after its beginning."""
        before = error.object[: error.start]
        byte = error.start - before.rfind(b"\n") if b"\n" in before else begun + error.start + 1
        raise reading_error(
            "wrong_byte",
            name=self._source.name,
            line=line + before.count(b"\n"),
            byte=byte,
            value=f"0x{error.object[error.start]:02X}",
        )


class Recoded(io.RawIOBase):
    """A file of another encoding as the bytes of UTF-8; what is not text becomes bytes that are not UTF-8 either.

    Args:
        pieces: Its text.
    """

    def __init__(self, pieces: Iterator[str]) -> None:
        """Read nothing yet."""
        self._pieces = pieces
        self._rest = b""

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Any) -> int:  # a memoryview, which typeshed calls something else in each version
        while not self._rest and (piece := next(self._pieces, None)) is not None:
            self._rest = piece.encode(UTF_8, "surrogateescape")
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
