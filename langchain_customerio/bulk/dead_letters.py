"""The dead-letter file: what was not sent, why, and where it came from, to be corrected and loaded again."""

from __future__ import annotations

import json
import os
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from langchain_customerio.bulk.batching import Refused


def entry(source: str, index: int, reason: str, *, call: object = None, text: str = "") -> bytes:
    """Return a line of the file for a record that was refused before it was sent.

    Args:
        source: Name of the source.
        index: Place of the record in it, from 0; the file counts from 1.
        reason: Why it was refused.
        call: The call, as far as it is one.
        text: What stood there instead of a call.
    """
    about = {"source": source, "position": index + 1, "reason": reason}
    record: dict[str, Any] = {"dead_letter": about, **({"text": text} if call is None else {"call": call})}
    try:
        return orjson.dumps(record, default=str, option=orjson.OPT_NON_STR_KEYS) + b"\n"
    except TypeError:  # broken characters, integers beyond 64 bits
        return json.dumps(record, default=str, skipkeys=True).encode() + b"\n"


def entry_of_item(source: str, index: int, reason: str, item: bytes) -> bytes:
    """Return a line of the file for a call that the API refused, as it was sent and with its id."""
    about = orjson.dumps({"source": source, "position": index + 1, "reason": reason})
    return b'{"dead_letter":' + about + b',"call":' + item + b"}\n"


class DeadLetters:
    """An open dead-letter file; it is made when there is something to write, and nothing is ever taken from it.

    Args:
        path: The file. Entries are added to what it holds.
        source: Name of the source that is loaded.
        size: How long the file was when the checkpoint was written. A process that was killed may have written more;
            that is not written again.
    """

    def __init__(self, path: Path, source: str = "", size: int | None = None) -> None:
        """Find out what no checkpoint knows of."""
        self.path = path
        self._file: BinaryIO | None = None
        self._length = path.stat().st_size if path.exists() else 0
        self._known = self._length if size is None else min(size, self._length)
        self._unknown = set(_positions(path, source, self._known)) if self._known < self._length else set()

    @property
    def size(self) -> int:
        """Bytes of the file that all belong to what is settled."""
        return self._known if self._unknown else self._length

    def write(self, refused: Sequence[Refused]) -> None:
        """Add entries, so that a killed process does not lose them."""
        data = b"".join(each.entry for each in refused if each.index + 1 not in self._unknown)
        if data and self._file is None:
            data = _end_of_line(self.path) + data
            self._file = self.path.open("ab", buffering=0)
        if data and self._file is not None:
            self._append(self._file, memoryview(data))
        self._unknown.difference_update(each.index + 1 for each in refused)

    def _append(self, file: BinaryIO, data: memoryview) -> None:
        self._file = None  # so that after a full disk the next entry begins a line of its own
        with ExitStack() as stack:
            stack.callback(file.close)
            while data:
                data = data[file.write(data) :]
            stack.pop_all()
        self._file, self._length = file, file.tell()

    def close(self) -> None:
        """Close the file, and make sure that it is on the disk."""
        if self._file is not None:
            os.fsync(self._file.fileno())
            self._file.close()


def _end_of_line(path: Path) -> bytes:
    """Return what ends the last line of a file, where a person or a full disk has left that out."""
    with suppress(FileNotFoundError, OSError), path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return b"" if file.read() == b"\n" else b"\n"
    return b""


def _positions(path: Path, source: str, begin: int) -> Iterator[int]:
    """Yield the positions of the entries about a source, from a place in the file on."""
    with path.open("rb") as file:
        file.seek(begin)
        for line in file:
            with suppress(ValueError, TypeError, KeyError):  # a line that broke off, or one that a person has edited
                about = orjson.loads(line)["dead_letter"]
                if about["source"] == source:
                    yield int(about["position"])
