"""Files and streams: opened, decompressed where their names say so, and as bytes."""

from __future__ import annotations

import gzip
import io
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, cast

from typing_extensions import override

from langchain_customerio.bulk.readers.extras import need_arrow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

_BYTES_OF_A_CHARACTER = 4


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


class File:
    """A file, decompressed on the way where its name says so.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        """Look at the file, without opening it.

        Raises:
            OSError: If it is not there.
        """
        about = path.stat()
        self.path = path
        self.name = path.name
        self.fingerprint: str | None = f"{about.st_size}:{about.st_mtime_ns}"
        self.size: int | None = about.st_size
        self.seekable = path.suffix not in {".gz", ".zst"}

    @contextmanager
    def open(self) -> Iterator[tuple[BinaryIO, Callable[[], int]]]:
        """Open the file."""
        with self.path.open("rb") as raw:
            if self.path.suffix == ".gz":
                with gzip.GzipFile(fileobj=raw) as unpacked:
                    yield cast("BinaryIO", unpacked), raw.tell
            elif self.path.suffix == ".zst":
                with need_arrow(".zst files").CompressedInputStream(raw, "zstd") as unpacked:
                    yield unpacked, raw.tell
            else:
                yield raw, raw.tell


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
        yield cast("BinaryIO", io.BufferedReader(_Raw(self._stream))), lambda: 0


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
