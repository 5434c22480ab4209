"""What a load would make of a source, before anything is sent."""

from __future__ import annotations

from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING, Unpack

from langchain_customerio.bulk.options import Options
from langchain_customerio.bulk.origins import Origins
from langchain_customerio.bulk.plan import checker_for
from langchain_customerio.bulk.readers.base import BadRecord
from langchain_customerio.bulk.readers.iterables import AsyncRecords
from langchain_customerio.bulk.readers.open import open_source
from langchain_customerio.bulk.report import PreviewedRecord
from langchain_customerio.bulk.tally import Notes
from langchain_customerio.errors import ConfigurationError
from langchain_customerio.policy.policy import Policy
from langchain_customerio.policy.redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from langchain_customerio.bulk.options import LoadOptions
    from langchain_customerio.bulk.readers.base import Block
    from langchain_customerio.bulk.readers.columns import Column
    from langchain_customerio.bulk.readers.open import Source
    from langchain_customerio.bulk.validate import Checker


class Preview(list[PreviewedRecord]):
    """What the first records of a source would become.

    Attributes:
        columns: What each column of a table is taken for; empty where there are no columns.
        warnings: What was noticed about what has been read so far, and how often.
    """

    columns: tuple[Column, ...] = ()
    warnings: dict[str, int] = {}  # noqa: RUF012 - replaced, never changed


def preview(source: Source, count: int = 3, **options: Unpack[LoadOptions]) -> Preview:
    """Return what the first records of a source would become, and send nothing.

    Args:
        source: As for `load`, but not an async iterable. What can be read only once is used up.
        count: How many records to show.
        **options: As for `load`; those that only matter where something is sent are ignored.

    >>> preview([{"id": 7, "plan": "pro"}], as_="identify", map={"userId": "id", "traits.plan": "plan"})[0].call
    {'type': 'identify', 'userId': '7', 'traits': {'plan': 'pro'}}
    """
    chosen = Options.of(**options)
    reader, mapper = open_source(source, chosen)
    if isinstance(reader, AsyncRecords):
        raise ConfigurationError("The source is asynchronous, and can only be loaded.")
    checker = checker_for(chosen, mapper)
    notes = Notes()
    blocks = map(Origins(chosen.keys).note, reader.blocks(0, None))
    with closing(_previewed(blocks, checker, chosen.policy or Policy(), notes)) as records:
        found = Preview(islice(records, count))
    found.columns = getattr(reader, "columns", ())
    found.warnings = {**notes.warnings, **(mapper.noticed.lines() if mapper is not None else {})}
    return found


def _previewed(
    blocks: Iterator[Block], checker: Checker, policy: Policy, notes: Notes
) -> Generator[PreviewedRecord, None, None]:
    for block in blocks:
        for index, record in enumerate(block.records, block.first):
            if isinstance(record, bytes | str) and not record.strip():
                continue
            position = block.position(index)
            try:
                call, said = checker.check(record)
            except BadRecord as bad:
                yield PreviewedRecord(position=position, reason=bad.reason)
                continue
            notes.count(said, position)
            own = frozenset([call["messageId"]] if "messageId" in call else [])
            yield PreviewedRecord(position=position, call=redacted(call, policy.redact, own))
