"""Files that hold what is personal: for their owner alone, and never opened through a symbolic link."""

from __future__ import annotations

import errno
import glob
import os
from contextlib import suppress
from secrets import token_hex
from typing import TYPE_CHECKING, Final

from langchain_customerio.errors import ConfigurationError, Problem

if TYPE_CHECKING:
    from pathlib import Path

_MODE: Final = 0o600
_PART: Final = 1 << 20
_END: Final = ".tmp"
_KEPT_OF_NAME: Final = 50  # characters, of up to four bytes; a name has at most 255
_ALWAYS: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)  # Windows lacks the one, others the other


def open_private(path: Path, flags: int) -> int:
    """Open a file, made for its owner alone where `flags` make it, and return its descriptor.

    Raises:
        ConfigurationError: If it is a symbolic link: whoever put it there could have chosen any file.
        OSError: If it cannot be opened.
    """
    try:
        return os.open(path, flags | _ALWAYS, _MODE)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise ConfigurationError(problem=Problem("symbolic_link", (), {"file": path})) from None
        raise


def new_beside(path: Path) -> tuple[int, Path]:
    """Make a file beside another one, under a name that nobody can guess; return its descriptor and its path."""
    new = path.with_name(f"{_beginning(path)}{token_hex(16)}{_END}")
    return open_private(new, os.O_RDWR | os.O_CREAT | os.O_EXCL), new


def remove_left_beside(path: Path) -> None:
    """Remove what `new_beside` has made for processes that were killed; nobody else may be using it."""
    for left in path.parent.glob(f"{glob.escape(_beginning(path))}*{_END}"):
        left.unlink(missing_ok=True)


def _beginning(path: Path) -> str:
    return f".{path.name[:_KEPT_OF_NAME]}."


def read_whole(descriptor: int) -> bytes:
    """Read an open file from its beginning."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    return b"".join(iter(lambda: os.read(descriptor, _PART), b""))


def write_whole(descriptor: int, data: bytes) -> None:
    """Write all of it, however little a disk takes at once."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def same_file(one: int, path: Path) -> bool:
    """Return whether a path still leads to a file that is open; False where it leads nowhere."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(one), path.stat(follow_symlinks=False))
    return False


def lock(descriptor: int) -> bool:
    """Lock a file until it is closed or its process ends, however that ends, and return whether that could be.

    A file system that knows no locks lets everybody in, and so does Windows.
    """
    try:
        import fcntl  # noqa: PLC0415 - Windows has none
    except ModuleNotFoundError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
