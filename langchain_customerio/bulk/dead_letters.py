"""The dead-letter file: what was not sent, why, and where it came from, to be corrected and loaded again."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import orjson

from langchain_customerio.api import strict_json
from langchain_customerio.bulk.private_files import open_private, same_file, write_whole
from langchain_customerio.errors import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from langchain_customerio.bulk.batching import Refused

_MOST_KNOWN: Final = 1_000_000


def entry(about: dict[str, Any], *, call: object = None, text: str = "") -> bytes:
    """Return a line of the file for a record that was refused before it was sent.

    Args:
        about: Where the record comes from, and why it was refused.
        call: The call, as far as it is one. One that JSON cannot carry is kept as the text that Python writes for it,
            which nobody takes for a call.
        text: What stood there instead of a call.
    """
    with suppress(ValueError, RecursionError):
        if call is not None:
            return _line({"dead_letter": about, "call": _plain(call)})
    with suppress(RecursionError):
        text = text or ("" if call is None else repr(call))
    return _line({"dead_letter": about, "text": text})


def _line(record: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(record) + b"\n"
    except TypeError:  # broken characters, integers beyond 64 bits
        return json.dumps(record).encode() + b"\n"


def _plain(value: Any) -> Any:  # noqa: ANN401 - any value
    """Return a value as JSON has it.

    Raises:
        ValueError: If JSON has it not, or not as it is.
    """
    if value is None or type(value) in {str, bool, int} or (type(value) is float and math.isfinite(value)):
        return value
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.isoformat()
    if type(value) is date:
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, dict) and all(type(name) is str for name in value):
        return {name: _plain(inner) for name, inner in value.items()}
    raise ValueError


def record_in(letter: Mapping[str, Any]) -> object:
    """Return the record that a line of the file holds, with the message id that the line keeps for it.

    What is kept as text is read as strictly as it was before, or what was refused would come back as something else.
    """
    record = letter["call"] if "call" in letter else str(letter.get("text"))
    if isinstance(record, str):
        with suppress(InvalidRequestError):
            parsed = strict_json.loads(record)
            record = parsed if isinstance(parsed, dict) else record
    about = letter["dead_letter"]
    message_id = about.get("messageId") if isinstance(about, Mapping) else None
    if isinstance(record, dict) and isinstance(message_id, str):
        return {"messageId": message_id, **record}
    return record


def aside_of(letters: Path) -> Path:
    """Return where a dead-letter file is moved while it is loaded."""
    return letters.with_name(f"{letters.name}.retry")


def entry_of_item(about: dict[str, Any], item: bytes) -> bytes:
    """Return a line of the file for a call that the API refused, as it was sent and with its id."""
    return b'{"dead_letter":' + orjson.dumps(about) + b',"call":' + item + b"}\n"


class DeadLetters:
    """An open dead-letter file, to which entries are added; nothing is ever taken from it.

    An entry names the load that it is of, and the position in it. What is in the file already is not added again: a
    process that was killed may have written more than its checkpoint knows of, and a source may be loaded twice.

    Args:
        path: The file. It is made for its owner alone, and removed again if it stays empty.
        load: The load; None for the entries of several, which are loaded once more.
        resumed: Whether the load goes on where an earlier run has ended: then a record is there already whatever the
            reason was, and not only if that is the same.
        first: Index of the first record that it may add.

    Attributes:
        path: As given.
        lost: How many entries were in a file that somebody has deleted since.

    Raises:
        ConfigurationError: If it is a symbolic link.
        OSError: If it cannot be opened, or not for writing.
    """

    def __init__(self, path: Path, load: str | None, *, resumed: bool = False, first: int = 0) -> None:
        """Open it, so that nothing is sent whose refusal could not be written down."""
        self.path = path
        self.lost = 0
        self._open()
        self._resumed = resumed
        self._known = dict(islice(_known(path, load, first), _MOST_KNOWN)) if os.fstat(self._file).st_size else {}

    def _open(self) -> None:
        self._added = 0
        self._made = not self.path.exists()
        self._file = open_private(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT)

    def write(self, refused: Iterable[Refused]) -> None:
        """Add entries, so that a killed process does not lose them."""
        new = [each for each in refused if not self._has(each)]
        while new:
            self._look()
            _append(self._file, _end_of_line(self._file) + b"".join(each.entry for each in new))
            if same_file(self._file, self.path):
                self._added += len(new)
                return

    def _has(self, refused: Refused) -> bool:
        if self._resumed:
            return refused.place in self._known
        return self._known.get(refused.place) == hash(refused.reason)

    def _look(self) -> None:
        """Find out whether the file is still there; where it is not, begin another one."""
        if not same_file(self._file, self.path):
            if not os.fstat(self._file).st_nlink:
                self.lost += self._added
            os.close(self._file)
            self._open()

    def close(self) -> None:
        """Make sure that the file is on the disk, and close it."""
        self._look()
        with suppress(OSError):  # what is not a file has no disk
            os.fsync(self._file)
        if self._made and not os.fstat(self._file).st_size:
            self.path.unlink(missing_ok=True)
        os.close(self._file)


def _append(descriptor: int, data: bytes) -> None:
    """Add all of it to a file, or nothing."""
    before = os.fstat(descriptor).st_size
    try:
        write_whole(descriptor, data)
    except OSError:
        os.lseek(descriptor, before, os.SEEK_SET)
        if data.startswith(os.read(descriptor, len(data))):  # and nobody else has added anything since
            os.ftruncate(descriptor, before)
        raise


def _end_of_line(descriptor: int) -> bytes:
    """Return what ends the last line of a file, where a person, a full disk or a killed process has left that out."""
    size = os.fstat(descriptor).st_size
    if not size:
        return b""
    os.lseek(descriptor, size - 1, os.SEEK_SET)
    return b"" if os.read(descriptor, 1) == b"\n" else b"\n"


def _known(path: Path, load: str | None, first: int) -> Iterator[tuple[tuple[str, int], int]]:
    """Yield the place of each entry of a load, from a record on, and what tells its reason from another."""
    with path.open("rb") as file:
        for line in file:
            with suppress(ValueError, TypeError, KeyError):  # a line that broke off, or one that a person has edited
                about = orjson.loads(line)["dead_letter"]
                if load in {about["load"], None} and about["position"] > first:
                    yield (about["load"], about["position"]), hash(about["reason"])
