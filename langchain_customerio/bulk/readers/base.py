"""What a source is to the rest: records in order, block by block, from any of them on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from langchain_customerio.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


_MOST_TEXT: Final = 1_000_000


class BadRecord(Exception):  # noqa: N818 - a record is wrong here, not the program; it never leaves this package
    """A record that cannot be sent, and why.

    Attributes:
        reason: What is wrong, as `field: message`.
        call: The call, as far as the record is one.
        text: The record as it was read, where it is none.
    """

    def __init__(self, reason: str, *, call: object = None, text: str = "") -> None:
        """Keep the record next to the reason."""
        super().__init__(reason)
        self.reason = reason
        self.call = call
        self.text = text[:_MOST_TEXT]


@dataclass(frozen=True, slots=True)
class Block:
    """Some records in a row.

    Attributes:
        first: Index of the first.
        records: Lines of JSON, objects, calls, or `BadRecord` where a record could not be read.
        begin: Where the first begins in the file; None where nobody can start from there.
        reached: How far the source has been read, in the unit of its `size`.
        numbers: What the message id of each is made from, besides its content; None for its index.
    """

    first: int
    records: Sequence[Any]
    begin: int | None = None
    reached: int = 0
    numbers: Sequence[int] | None = None

    def number(self, index: int) -> int:
        """Return what the message id of a record is made from, besides its content."""
        return index if self.numbers is None else self.numbers[index - self.first]

    def offset(self, index: int) -> int | None:
        """Return where a line begins in the file; also the one after the last."""
        if self.begin is None:
            return None
        count = index - self.first
        return self.begin + sum(map(len, self.records[:count])) + count

    @property
    def end(self) -> int | None:
        """Where the line after the last begins."""
        return self.offset(self.first + len(self.records))


def later(start: int, first: int, records: Sequence[Any], reached: int) -> Block:
    """Return the block of those of `records`, the first of which is at `first`, that are not before `start`."""
    return Block(max(first, start), records[max(0, start - first) :], None, reached)


def check_end(count: int, start: int) -> None:
    """Make sure that a source is no shorter than what is settled of it.

    Raises:
        ConfigurationError: If it is: then it is another source, and records of it would be taken for settled ones.
    """
    if count < start:
        raise ConfigurationError(
            f"The source ends after {count:,} records, but the checkpoint says that {start:,} are settled: it is not"
            " the same source from its beginning."
        )


class Reader(Protocol):
    """A source that can be read from any record on.

    Attributes:
        name: What people call it.
        fingerprint: Changes when the source does; None where nothing tells.
        size: How much there is to read, in bytes or rows; None where nobody knows.
    """

    name: str
    fingerprint: str | None
    size: int | None

    def blocks(self, start: int, offset: int | None) -> Iterator[Block]:
        """Read from a record on, whose offset in the file may be known."""
