"""CSV: text in columns, read with the types that the columns have."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from langchain_customerio.bulk.readers.base import BadRecord, Block, check_end, later, reading_error
from langchain_customerio.bulk.readers.cells import CellOptions
from langchain_customerio.bulk.readers.csv_records import cut, opening
from langchain_customerio.bulk.readers.csv_rows import CsvRows
from langchain_customerio.bulk.readers.encoding import Decoded
from langchain_customerio.bulk.readers.files import reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_customerio.bulk.mapping import Mapper
    from langchain_customerio.bulk.readers.columns import Column
    from langchain_customerio.bulk.readers.csv_records import Cut, Even
    from langchain_customerio.bulk.readers.files import Bytes

_SAMPLE_ROWS: Final = 1_000
_SAMPLE_PARTS: Final = 16  # of 65,536 characters each, but for a record that is longer


@dataclass(frozen=True, slots=True)
class CsvOptions:
    """How a CSV file is written.

    Attributes:
        encoding: Name of the encoding; None for UTF-8, or what a mark says.
        delimiter: What separates cells; None to see it from the header.
        trim: Whether blanks around cells are left out.
        cells: How cells are written.

    Raises:
        ReadingError: If the delimiter is not one character.
    """

    encoding: str | None = None
    delimiter: str | None = None
    trim: bool = False
    cells: CellOptions = field(default_factory=CellOptions)

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        if self.delimiter is not None and (len(self.delimiter) != 1 or self.delimiter in '"\r\n'):
            raise reading_error("no_such_delimiter")


class Csv:
    """Reads CSV with a header.

    A column of traits, properties or context has the type that all its cells among the first thousand rows have:
    boolean, integer, number, or else text. A number that would not be written as it was read is text, and so are ids,
    names, telephone numbers and the times of calls. A later cell that is not of its column's type is refused, and an
    empty cell is a missing value.

    Args:
        source: Where the bytes come from.
        mapper: Makes calls of rows.
        options: How the file is written.

    Attributes:
        columns: What the columns are taken for, once the first rows have been read.

    Raises:
        ReadingError: If an option makes no sense.
    """

    def __init__(self, source: Bytes, mapper: Mapper, options: CsvOptions | None = None) -> None:
        """Read nothing yet."""
        self._source = source
        self._mapper = mapper
        self._options = options or CsvOptions()
        self._decoded = Decoded(source, self._options.encoding)
        self.columns: tuple[Column, ...] = ()
        self.name = source.name
        self.fingerprint = source.fingerprint
        self.size = source.size

    def blocks(self, start: int, offset: int | None = None) -> Iterator[Block]:  # noqa: ARG002 - a row may span lines, so that no offset leads to one
        """Read from a row on; rows are counted from the one after the header.

        Raises:
            ReadingError: If the header lacks a column that the map names, or has one twice; if the file is damaged or
                has another encoding.
        """
        with self._source.open() as (file, reached):
            head = opening(
                self._decoded.pieces(reading(self._source, file)), self._options.delimiter, trim=self._options.trim
            )
            if isinstance(head.row, BadRecord):
                raise reading_error("bad_header", what=head.row.reason)
            rows = CsvRows(head.row, self._mapper, self._options.cells, trim=self._options.trim)
            parts = cut(head.rest, head.dialect, len(head.row), head.line)
            sample = list(_sample(parts))
            rows.learn(sample)
            self.columns = rows.columns
            index = 0
            for part in chain(sample, parts):
                records = rows.records(part, broken=self._decoded.codec if self._decoded.is_broken else "")
                block = Block(index, records, None, reached(), lines=part.lines, keys=rows.keys(part))
                index += len(records)
                if index > start:
                    yield later(start, block)
            rows.end()
            check_end(index, start)


def _sample(parts: Iterator[Cut | Even]) -> Iterator[Cut | Even]:
    """Yield the first rows: enough to see of what types the columns are, and not so many that they need much memory."""
    rows = 0
    for part in islice(parts, _SAMPLE_PARTS):
        yield part
        rows += len(part.lines)
        if rows >= _SAMPLE_ROWS:
            return
