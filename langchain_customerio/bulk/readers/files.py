"""Files and streams: opened, decompressed where their names say so, and as bytes."""

from __future__ import annotations

import gzip
import io
import os
import stat
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, cast

from typing_extensions import override

from langchain_customerio.bulk.readers.base import reading_error
from langchain_customerio.bulk.readers.extras import need_arrow
from langchain_customerio.text import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

_BYTES_OF_A_CHARACTER = 4

PACKED = frozenset({".gz", ".zst"})
"""Endings of the names of compressed files."""


class Bytes(Protocol):
    """Where bytes come from: a file, or a stream.

    Attributes:
        name: What people call it.
        fingerprint: Changes when the file does; None for a stream.
        size: Bytes of the file as it is stored; None for a stream.
        seekable: Whether one can start from any byte.
    """

    name: str
    fingerprint: str | None
    size: int | None
    seekable: bool

    def open(self) -> AbstractContextManager[tuple[BinaryIO, Callable[[], int]]]:
        """Open it; with it comes what tells how many bytes have been read, as they are stored."""


def reading(source: Bytes, file: BinaryIO) -> Callable[[int], bytes]:
    """Return what reads from an open file; from a pipe as soon as there is something."""
    return file.read if source.size is not None else file.read1  # type: ignore[attr-defined] # of a BufferedReader


def name_of(path: Path) -> str:
    r"""Return what a file is called, also where its name is not UTF-8.

    >>> from pathlib import Path
    >>> name_of(Path("data/people.csv"))
    'people.csv'
    """
    return os.fsencode(path.name).decode(errors="backslashreplace")


class File:
    """A file or a named pipe, decompressed on the way where its name says so.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        """Look at the file, without opening it.

        Raises:
            OSError: If it is not there.
        """
        about = path.stat()
        is_pipe = not (stat.S_ISREG(about.st_mode) or stat.S_ISDIR(about.st_mode))
        self.path = path
        self.name = name_of(path)
        self.fingerprint: str | None = None if is_pipe else f"{about.st_size}:{about.st_mtime_ns}"
        self.size: int | None = None if is_pipe else about.st_size
        self.seekable = not is_pipe and path.suffix.lower() not in PACKED

    @contextmanager
    def open(self) -> Iterator[tuple[BinaryIO, Callable[[], int]]]:
        """Open the file.

        Raises:
            ReadingError: If it cannot be decompressed.
        """
        with self.path.open("rb") as raw, unharmed(self.name):
            reached = _nowhere if self.size is None else raw.tell
            if self.path.suffix.lower() == ".gz":
                with gzip.GzipFile(fileobj=raw) as unpacked:
                    yield cast("BinaryIO", unpacked), reached
            elif self.path.suffix.lower() == ".zst":
                with need_arrow(".zst files").CompressedInputStream(raw, "zstd") as unpacked:
                    yield unpacked, reached
            else:
                yield raw, reached


def _nowhere() -> int:
    """Stand for the place in a stream, which has none."""
    return 0


@contextmanager
def unharmed(name: str) -> Iterator[None]:
    """Say in one sentence that a file is damaged, whatever its library has to say of it.

    Raises:
        ReadingError: If what is read in here cannot be decompressed or decoded.
    """
    try:
        yield
    except (EOFError, zlib.error, OSError, ValueError, RuntimeError) as error:
        is_theirs = type(error).__module__.startswith("pyarrow") or isinstance(error, EOFError | zlib.error)
        # pyarrow raises OSError too, then without the number that an error of the system has
        if is_theirs or (isinstance(error, OSError) and error.errno is None):
            raise reading_error("damaged", name=shown(name), kind=type(error).__name__) from error
        raise


class Stream:
    """An open file or a pipe, read once, from where it stands.

    Args:
        stream: Binary or text.
        name: What people call it.
    """

    def __init__(self, stream: Any, name: str) -> None:  # noqa: ANN401 - whatever can be read
        """Keep the stream; whoever opened it closes it."""
        self.name = name
        self.fingerprint: str | None = None
        self.size: int | None = None
        self.seekable = False
        self._stream = stream

    @contextmanager
    def open(self) -> Iterator[tuple[BinaryIO, Callable[[], int]]]:
        """Give the stream."""
        yield cast("BinaryIO", io.BufferedReader(_Raw(self._stream))), _nowhere


class _Raw(io.RawIOBase):
    """A stream as bytes, as soon as there are any."""

    def __init__(self, stream: Any) -> None:  # noqa: ANN401 - whatever can be read
        self._read = getattr(stream, "read1", stream.read)

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Any) -> int:  # a memoryview, which typeshed calls something else in each version
        data = self._read(len(buffer) // _BYTES_OF_A_CHARACTER)
        if isinstance(data, str):
            data = data.encode("utf-8", "surrogatepass")
        buffer[: len(data)] = data
        return len(data)
