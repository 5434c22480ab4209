"""JSON Lines: one JSON object on each line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson

from langchain_customerio.bulk.readers.base import BadRecord, Block, check_end, later
from langchain_customerio.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from langchain_customerio.bulk.readers.files import Bytes

_BLOCK_BYTES: Final = 1 << 17
_MOST_LINE: Final = 1 << 20
_SHOWN: Final = 1_000
_BOM: Final = b"\xef\xbb\xbf"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")


class Lines:
    """Reads JSON Lines; a line is found by its number, and the blank ones count.

    Args:
        source: Where the bytes come from.
    """

    def __init__(self, source: Bytes) -> None:
        """Read nothing yet."""
        self._source = source
        self.name = source.name
        self.fingerprint = source.fingerprint
        self.size = source.size

    def blocks(self, start: int, offset: int | None) -> Iterator[Block]:
        """Read from a line on.

        Raises:
            ConfigurationError: If it is something else than JSON Lines.
        """
        with self._source.open() as (file, reached):
            read: Callable[[int], bytes] = file.read if self.size is not None else file.read1  # type: ignore[attr-defined] # of a BufferedReader
            if offset and self._source.seekable:
                file.seek(offset)
                blocks = _cut(read(_BLOCK_BYTES), read, start, offset, reached)
            else:
                opening = _opening(read(_BLOCK_BYTES))
                begin = len(_BOM) if opening.startswith(_BOM) else 0
                blocks = _cut(opening[begin:], read, 0, begin, reached)
            end = 0
            for block in blocks:
                end = block.first + len(block.records)
                if block.first >= start:
                    yield block
                elif end > start:
                    yield later(start, block.first, block.records, block.reached)
            if self.size is None:
                check_end(end, start)


def _opening(data: bytes) -> bytes:
    """Return the first bytes, unless they belong to a file of another kind."""
    if data.startswith(_UTF_16):
        raise ConfigurationError("The file is UTF-16; write it as UTF-8.")
    if _begins_an_array(data.removeprefix(_BOM).lstrip()):
        raise ConfigurationError("The file is a JSON array; write one object on each line, as jq -c '.[]' does.")
    return data


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
        *lines, rest = rest.split(b"\n")
        if lines:
            yield Block(index, lines, begin, reached())
            index += len(lines)
            begin += sum(map(len, lines)) + len(lines)
        if len(rest) > _MOST_LINE:
            shown = rest[:_SHOWN].decode(errors="backslashreplace")
            length, rest = _skipped(rest, read)
            reason = f"is a line of {length:,} bytes; only its beginning is kept here"
            yield Block(index, [BadRecord(reason, text=shown)], None, reached())
            index += 1
            begin += length + 1
        elif data := read(_BLOCK_BYTES):
            rest += data
        else:
            break
    if rest:
        yield Block(index, [rest], begin, reached())


def _skipped(rest: bytes, read: Callable[[int], bytes]) -> tuple[int, bytes]:
    """Return the length of the line that begins with `rest`, and what has been read beyond it."""
    length = len(rest)
    while data := read(_BLOCK_BYTES):
        line, newline, beyond = data.partition(b"\n")
        length += len(line)
        if newline:
            return length, beyond
    return length, b""
