"""The dead-letter file: what was not sent, why, and where it came from, to be corrected and loaded again."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


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
    """An open dead-letter file; it is made when there is something to write.

    Args:
        path: The file. Entries are added to what it holds.
        size: How long it was when the checkpoint was written; what was written after that is taken back.
    """

    def __init__(self, path: Path, size: int | None = None) -> None:
        """Take back what no checkpoint knows of."""
        self.path = path
        self._file: BinaryIO | None = None
        if size is not None and path.exists() and path.stat().st_size > size:
            os.truncate(path, size)

    @property
    def size(self) -> int:
        """Bytes in the file."""
        return self.path.stat().st_size if self.path.exists() else 0

    def write(self, entries: Iterable[bytes]) -> None:
        """Add entries, so that a killed process does not lose them."""
        if self._file is None:
            self._file = self.path.open("ab", buffering=0)
        self._file.write(b"".join(entries))

    def close(self) -> None:
        """Close the file, and make sure that it is on the disk."""
        if self._file is not None:
            os.fsync(self._file.fileno())
            self._file.close()
