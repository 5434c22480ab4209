"""JSON Lines: one JSON object on each line."""

from __future__ import annotations

import io
from codecs import BOM_UTF8
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import orjson

from langchain_customerio.bulk.readers.base import BadRecord, Block, check_end, later, reading_error
from langchain_customerio.bulk.readers.encoding import UTF_8, Decoded, Recoded, encoding_of
from langchain_customerio.bulk.readers.files import reading
from langchain_customerio.bulk.readers.keys import keys_of
from langchain_customerio.bulk.readers.text_lines import TextLines
from langchain_customerio.errors import Problem
from langchain_customerio.text import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from langchain_customerio.bulk.mapping import Mapper
    from langchain_customerio.bulk.readers.files import Bytes

_BLOCK_BYTES: Final = 1 << 17
_MOST_LINE: Final = 1 << 20
_SHOWN: Final = 1_000


class Lines:
    """Reads JSON Lines; a line is found by its number, and the blank ones count.

    Args:
        source: Where the bytes come from.
        mapper: Makes calls of the objects, where they are rows.
        encoding: Name of the encoding; None for UTF-8, or what a mark says.
        is_said: Whether somebody or the name of the file says that it is JSON Lines.

    Raises:
        ReadingError: If there is no such encoding.
    """

    def __init__(
        self, source: Bytes, mapper: Mapper | None = None, encoding: str | None = None, *, is_said: bool = True
    ) -> None:
        """Read nothing yet."""
        self._is_said = is_said
        self._source = source
        self._mapper = mapper
        self._encoding = encoding
        self._decoded = Decoded(source, encoding)
        self.name = source.name
        self.fingerprint = source.fingerprint
        self.size = source.size

    def blocks(self, start: int, offset: int | None) -> Iterator[Block]:
        """Read from a line on.

        Raises:
            ReadingError: If it is something else than JSON Lines, damaged, or has another encoding.
        """
        for block in self._blocks(start, offset):
            if self._mapper is None:
                yield block
            else:
                sizes = None if block.begin is None else list(map(len, block.records))
                keys = keys_of(block.records, self._mapper.key) if self._mapper.key else None
                yield replace(block, records=self._mapper.records(block.records), sizes=sizes, keys=keys)

    def _blocks(self, start: int, offset: int | None) -> Iterator[Block]:
        with self._source.open() as (file, reached):
            read, end = reading(self._source, file), 0
            if offset and self._source.seekable and self._encoding is None:
                file.seek(offset)
                blocks = _cut(read(_BLOCK_BYTES), read, start, offset, reached)
            else:
                blocks = self._from_the_beginning(read, reached)
            for block in blocks:
                end = block.first + len(block.records)
                if block.first >= start:
                    yield block
                elif end > start:
                    yield later(start, block)
            if self.size is None:
                check_end(end, start)

    def _from_the_beginning(self, read: Callable[[int], bytes], reached: Callable[[], int]) -> Iterator[Block]:
        data, begin = read(_BLOCK_BYTES), 0
        if is_recoded := self._encoding is not None or encoding_of(data, self.name) != UTF_8:
            read = io.BufferedReader(Recoded(self._decoded.pieces(read, data))).read
            data = read(_BLOCK_BYTES)
        elif data.startswith(BOM_UTF8):
            begin = len(BOM_UTF8)
        data = data[begin:]
        if not self._is_said and data.strip() and not data.lstrip().startswith((b"{", b"[")):
            raise reading_error("not_json_lines", name=shown(self.name))
        if _begins_an_array(data.lstrip()):
            raise reading_error("json_array", name=shown(self.name))
        for block in _cut(data, read, 0, begin, reached):
            yield replace(block, begin=None) if is_recoded else block


def _begins_an_array(data: bytes) -> bool:
    """Return whether a file is one JSON array; a whole list on a line with others below is a wrong record."""
    line, _, rest = data.partition(b"\n")
    if not line.startswith(b"["):
        return False
    try:
        items = orjson.loads(line)
    except orjson.JSONDecodeError:
        return True
    return bool(items) and not rest.strip()


def _cut(
    rest: bytes, read: Callable[[int], bytes], index: int, begin: int, reached: Callable[[], int]
) -> Iterator[Block]:
    """Cut what is read into lines; of one that is longer than a block, only the beginning is kept."""
    while True:
        text, newline, rest = rest.rpartition(b"\n")
        if newline:
            lines = TextLines(text)
            yield Block(index, lines, begin, reached())
            index += len(lines)
            begin += len(text) + 1
        if len(rest) > _MOST_LINE:
            beginning = rest[:_SHOWN].decode(errors="backslashreplace")
            length, rest = _skipped(rest, read)
            problem = Problem("line_too_long", (), {"size": length})
            yield Block(index, [BadRecord(problem, text=beginning, lines=(index + 1, index + 1))], None, reached())
            index += 1
            begin += length + 1
        elif data := read(_BLOCK_BYTES):
            rest += data
        else:
            break
    if rest:
        yield Block(index, TextLines(rest), begin, reached())


def _skipped(rest: bytes, read: Callable[[int], bytes]) -> tuple[int, bytes]:
    """Return the length of the line that begins with `rest`, and what has been read beyond it."""
    length = len(rest)
    while data := read(_BLOCK_BYTES):
        line, newline, beyond = data.partition(b"\n")
        length += len(line)
        if newline:
            return length, beyond
    return length, b""
