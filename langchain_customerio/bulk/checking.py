"""Checking the records of a source, in this process or in several beside it: the client and its key stay here."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import orjson

from langchain_customerio.bulk.dealing import dealt
from langchain_customerio.bulk.processes import Processes
from langchain_customerio.bulk.readers.base import BadRecord
from langchain_customerio.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_customerio.bulk.dealing import Dealt
    from langchain_customerio.bulk.processes import Check
    from langchain_customerio.bulk.readers.base import Block
    from langchain_customerio.bulk.validate import Checker
    from langchain_customerio.client.client import PipelinesClient


def check(checker: Checker, lanes: int, block: Block) -> Dealt:
    """Check the records of a block, and divide them among the lanes."""
    return dealt(checker.items(block, lanes), lanes)


class Checking:
    """Checks blocks of records.

    Args:
        checker: What checks a record.
        client: Who sends: its key is not data.
        lanes: How many lanes there are.
        processes: How many processes check; with one, it is this one.

    Raises:
        ConfigurationError: If the policy cannot be given to another process.
    """

    def __init__(self, checker: Checker, client: PipelinesClient, lanes: int = 1, processes: int = 1) -> None:
        """Start no process yet."""
        self._client = client
        self._check: Check = partial(check, checker, lanes)
        self._others = Processes(self._check, processes) if processes > 1 else None

    def checked(self, blocks: Iterator[Block]) -> Iterator[tuple[Block, Dealt]]:
        """Give each block with what becomes of its records.

        Raises:
            ConfigurationError: If another process has died.
        """
        found = ((block, self._check(block)) for block in blocks) if self._others is None else self._others.all(blocks)
        for block, dealt_out in found:
            self._refuse_the_key(dealt_out)
            yield block, dealt_out

    def _refuse_the_key(self, found: Dealt) -> None:
        """Refuse the records with the client's key as data; nearly always there is none: look at all at once."""
        for run in found.runs:
            if self._client.holds_key(run.text):
                for at, item in run.items():
                    if self._client.holds_key(item):
                        found.bad[at] = BadRecord(Problem("holds_key"), call=orjson.loads(item))

    def close(self) -> None:
        """End the other processes, when what they are at is done."""
        if self._others is not None:
            self._others.close()
