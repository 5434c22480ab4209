"""What is written down of records: those that are refused, in the dead-letter file, and all of them, in the log."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import orjson

from langchain_customerio.bulk.batching import Refused
from langchain_customerio.bulk.dead_letters import DeadLetters, entry, entry_of_item
from langchain_customerio.bulk.message_ids import Namer
from langchain_customerio.bulk.origins import Origins
from langchain_customerio.bulk.report import RefusedRecord
from langchain_customerio.bulk.row_log import open_log

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from langchain_customerio.bulk.batching import BatchRequest
    from langchain_customerio.bulk.checkpoint import State
    from langchain_customerio.bulk.options import Options
    from langchain_customerio.bulk.readers.base import BadRecord
    from langchain_customerio.bulk.row_log import Row, RowLog


class Outcomes:
    """Writes down what becomes of records.

    Args:
        state: Where the load begins.
        options: Name the files, and the columns that name records.
        resumed: Whether an earlier run has begun to write down what is refused.
        label: Returns what a data frame calls the row at an index.

    Attributes:
        letters_path: The dead-letter file; None where there is none.
        origins: Where the records come from that are on their way.
        lost: How many refused records were in a dead-letter file that somebody has deleted.
    """

    def __init__(
        self,
        state: State,
        options: Options,
        *,
        resumed: bool = False,
        label: Callable[[int], str | None] = lambda _: None,
    ) -> None:
        """Touch no file yet."""
        self.letters_path = _path(options.dead_letter)
        self.origins = Origins(options.keys)
        self.lost = 0
        self._log_path = _path(options.log)
        self._state = state
        self._resumed = resumed
        self._label = label
        self._namer = Namer(state.identity)
        self._run = uuid4().hex
        self._accepted = "accepted" if options.strict else "received"
        self._letters: DeadLetters | None = None
        self._log: RowLog | None = None

    def open(self, first: int) -> None:
        """Open the files, so that nothing is sent that could not be written down.

        Args:
            first: Index of the first record that is not settled.

        Raises:
            ConfigurationError: If a file is a symbolic link, or a log that cannot be added to.
            OSError: If a file cannot be written.
        """
        if self.letters_path is not None:
            load = None if self.origins.are_letters else self._state.identity
            self._letters = DeadLetters(self.letters_path, load, resumed=self._resumed, first=first)
        if self._log_path is not None:
            self._log = open_log(self._log_path)

    def refused(self, index: int, bad: BadRecord) -> Refused:
        """Return a record that is not sent, with all that is to be written down of it."""
        if self.letters_path is None and self._log_path is None:
            return Refused(index, bad.reason)
        about, call = self._about(index, bad.reason), bad.call if isinstance(bad.call, Mapping) else {}
        message_id = call.get("messageId")
        if message_id is None:
            content = repr(bad.call) if bad.call is not None else bad.text
            name = self._namer.name(self.origins.of(index).number, content.encode("utf-8", "surrogatepass"))
            message_id = about.setdefault("messageId", name.decode())
        line = b"" if self.letters_path is None else entry(about, call=bad.call, text=bad.text)
        kind = call.get("type")
        kind = kind if isinstance(kind, str) else None
        return Refused(index, bad.reason, line, _place(about), _code(bad), kind, str(message_id))

    def rejected(self, request: BatchRequest, reason: str, code: str) -> Refused:
        """Return the only item of a request as one that the API has refused."""
        index, item = request.indexes[0], request.item(0)
        call, about = orjson.loads(item), self._about(index, reason)
        return Refused(index, reason, entry_of_item(about, item), _place(about), code, call["type"], call["messageId"])

    def _about(self, index: int, reason: str) -> dict[str, Any]:
        """Return what the dead-letter file says of a record; of one that comes from such a file, what that said."""
        origin, state = self.origins.of(index), self._state
        key = {"key": origin.key} if origin.key else {}
        about = {"source": state.source, "load": state.identity, "position": origin.position, **key}
        return {**about, **origin.letter, "reason": reason}

    def shown(self, refused: Refused) -> RefusedRecord:
        """Return a refused record as the report shows it."""
        origin = self.origins.of(refused.index)
        return RefusedRecord(
            position=origin.position,
            reason=refused.reason,
            key=dict(origin.key) or None,
            label=self._label(refused.index),
        )

    def write_refused(self, refused: Iterable[Refused]) -> None:
        """Add records to the dead-letter file, if there is to be one.

        Raises:
            OSError: If it cannot be written.
        """
        if self._letters is not None:
            self._letters.write(refused)
            self.lost = self._letters.lost

    def log(self, delivered: BatchRequest, refused: Sequence[Refused]) -> None:
        """Add records to the log, if there is to be one.

        Raises:
            OSError: If it cannot be written.
        """
        if self._log is not None:
            rows = [self._row(each.index, each.call, "refused", each.code, each.message_id) for each in refused]
            self._log.write([*self._delivered(delivered), *rows])

    def recovered(self, request: BatchRequest) -> Iterator[str]:
        """Yield of each item of a request that is a dead letter which load it is of."""
        if self.origins.are_letters:
            yield from (str(self.origins.of(index).letter.get("load")) for index in request.indexes)

    def _delivered(self, request: BatchRequest) -> Iterator[Row]:
        for place, index in enumerate(request.indexes):
            item = orjson.loads(request.item(place))
            yield self._row(index, item["type"], self._accepted, None, item["messageId"])

    def _row(self, index: int, call: str | None, status: str, code: str | None, message_id: str | None) -> Row:
        origin = self.origins.of(index)
        return {
            "run": self._run,
            "source": self._state.source,
            "position": origin.position,
            "key": origin.key or None,
            "call": call,
            "status": status,
            "code": code,
            "message_id": message_id,
        }

    def close(self) -> None:
        """Make sure that all is on the disk.

        Raises:
            OSError: If it cannot be written.
        """
        log, letters, self._log, self._letters = self._log, self._letters, None, None
        if log is not None:
            log.close()
        if letters is not None:
            letters.close()
            self.lost = letters.lost


def _path(path: str | os.PathLike[str] | None) -> Path | None:
    return None if path is None else Path(path)


def _place(about: Mapping[str, Any]) -> tuple[str, int]:
    return about["load"], about["position"]


def _code(bad: BadRecord) -> str:
    return "refused" if bad.problem is None else bad.problem.code
