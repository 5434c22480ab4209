"""What a source is to the rest: records in order, block by block, from any of them on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from langchain_customerio.bulk.readers.text_lines import TextLines
from langchain_customerio.errors import ConfigurationError, Problem
from langchain_customerio.messages import DOOR, OWN_ADVICE, REFUSALS
from langchain_customerio.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


_MOST_TEXT: Final = 1_000_000
_WORDS: Final = {"not_json": "is not JSON: {what} at column {column}"}  # the line is known, and nobody writes it anew
_MOST_SHOWN: Final = 20
_MOST_NAME: Final = 60


class ReadingError(ConfigurationError):
    """A source cannot be read, or not as it was asked for."""

    code = "reading"


def reading_error(code: str, **values: object) -> ReadingError:
    """Return the error that says what a code says."""
    return ReadingError(problem=Problem(code, (), values))


def no_such_column(column: str, columns: Sequence[str]) -> ReadingError:
    """Return the error that a column is not there, with those that are."""
    known = [quoted(each, _MOST_NAME) for each in columns[:_MOST_SHOWN]]
    more = [f"and {len(columns) - _MOST_SHOWN:,} more"] if len(columns) > _MOST_SHOWN else []
    return reading_error("no_such_column", column=quoted(column, _MOST_NAME), columns=(*known, *more) or ("none",))


class BadRecord(Exception):  # noqa: N818 - a record is wrong here, not the program; it never leaves this package
    """A record that cannot be sent, and why.

    Attributes:
        problem: What is wrong, as data; None where there are only words.
        reason: What is wrong, as `field: message`; where a policy refuses it and the door knows, what would allow it.
        call: The call, as far as the record is one.
        text: The record as it was read, where it is not a call.
        lines: The first and the last line of it in the file, from 1; None where there are no lines.
    """

    def __init__(
        self, reason: str | Problem, *, call: object = None, text: str = "", lines: tuple[int, int] | None = None
    ) -> None:
        """Keep the record next to the reason."""
        super().__init__(reason)
        self.problem = reason if isinstance(reason, Problem) else None
        self.reason = reason if isinstance(reason, str) else _said(reason)
        self.call = call
        self.text = text[:_MOST_TEXT]
        self.lines = lines


def _said(problem: Problem) -> str:
    text, permission = problem.say(advice=_WORDS), DOOR.get().permission
    if permission is None or problem.code not in REFUSALS or problem.code in OWN_ADVICE:
        return text
    return f"{text}. {permission(problem.code)}"


@dataclass(frozen=True, slots=True)
class Block:
    """Some records in a row.

    Attributes:
        first: Index of the first.
        records: Lines of JSON, objects, calls, or `BadRecord` where a record could not be read.
        begin: Where the first begins in the file; None where nobody can start from there.
        reached: How far the source has been read, in the unit of its `size`.
        numbers: What the message id of each is made from, besides its content; None for its index.
        lines: The line of the file in which each begins, from 1; None where that is its index.
        keys: The columns that name each, with their values; None where nobody has asked, or the records hold them.
        sizes: Bytes of the line of each without its end, where the records are no longer these bytes.
    """

    first: int
    records: Sequence[Any]
    begin: int | None = None
    reached: int = 0
    numbers: Sequence[int] | None = None
    lines: Sequence[int] | None = None
    sizes: Sequence[int] | None = None
    keys: Sequence[Mapping[str, Any]] | None = None

    def number(self, index: int) -> int:
        """Return what the message id of a record is made from, besides its content."""
        return index if self.numbers is None else self.numbers[index - self.first]

    def position(self, index: int) -> int:
        """Return what people call the place of a record: its line in the file, or else its number, from 1."""
        return index + 1 if self.lines is None else self.lines[index - self.first]

    def offset(self, index: int) -> int | None:
        """Return where a line begins in the file; also the one after the last."""
        if self.begin is None:
            return None
        count = index - self.first
        if self.sizes is not None:
            return self.begin + sum(self.sizes[:count]) + count
        lines = self.records
        return self.begin + (
            lines.begin(count) if isinstance(lines, TextLines) else sum(map(len, lines[:count])) + count
        )

    @property
    def end(self) -> int | None:
        """Where the line after the last begins."""
        return self.offset(self.first + len(self.records))


def later(start: int, block: Block) -> Block:
    """Return the part of a block that is not before a record; nobody can start from there by its offset."""
    skipped = max(0, start - block.first)
    numbers, lines = (None if each is None else each[skipped:] for each in (block.numbers, block.lines))
    keys = None if block.keys is None else block.keys[skipped:]
    records = block.records[skipped:] if skipped else block.records
    return Block(block.first + skipped, records, None, block.reached, numbers, lines, keys=keys)


def check_end(count: int, start: int) -> None:
    """Make sure that a source is no shorter than what is settled of it.

    Raises:
        ConfigurationError: If it is: then it is another source, and records of it would be taken for settled ones.
    """
    if count < start:
        raise reading_error("source_shorter", count=count, settled=start)


class Reader(Protocol):
    """A source that can be read from any record on.

    Attributes:
        name: What people call it.
        size: How much there is to read, in bytes or rows; None where nobody knows.
    """

    name: str
    size: int | None

    @property
    def fingerprint(self) -> str | None:
        """What changes when the source does; None where nothing tells."""

    def blocks(self, start: int, offset: int | None) -> Iterator[Block]:
        """Read from a record on, whose offset in the file may be known."""
