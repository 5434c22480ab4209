"""From a record of the source to the bytes of a call: read, checked by models and policy, named and encoded once."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import orjson

from langchain_customerio.api import strict_json
from langchain_customerio.api.batching import MOST_CALL_BYTES, lent, library, tail, too_large
from langchain_customerio.api.calls import SINGLE_CALLS
from langchain_customerio.api.lint import lint
from langchain_customerio.bulk.fast_path import MOST_BRACKETS, FastPath
from langchain_customerio.bulk.known_lines import KnownLine, KnownLines, only_context
from langchain_customerio.bulk.lanes import MERGES, lane_of, lane_of_id
from langchain_customerio.bulk.readers.base import BadRecord
from langchain_customerio.bulk.records import bad_record, body_of, hides_text, trimmed
from langchain_customerio.bulk.stored_events import unwrapped
from langchain_customerio.errors import InvalidRequestError, PolicyError, Problem
from langchain_customerio.policy.policy import Policy, depends_on_names_alone

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from langchain_customerio.bulk.examples import Call, Note, Verdict
    from langchain_customerio.bulk.message_ids import Namer
    from langchain_customerio.bulk.readers.base import Block
    from langchain_customerio.client.options import CallPolicy

_LENT: Final = lent(tail())
"""Bytes of the context of a batch, which may count towards each call without one, since the API may hand it out."""

_MOST_PLAIN_BYTES: Final = MOST_CALL_BYTES - _LENT - 50
"""Of a call without an id and a context, well below the limit."""

LOOKED_AT: Final = 8
"""One line in so many is counted by its kind, where it has to be read."""

_ROUNDS: Final = 3  # of learning: a name, then a value, then what is in it

# What JSON does not have is left to the models.
_PLAIN_JSON: Final = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS

_Found: TypeAlias = "tuple[int, Any, bytes, list[Problem], Verdict | None]"
"""The place of a record in its block, what `_read` and `_opened` made of it, and what is known of it by now."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of the records of a block.

    Attributes:
        items: Each record as an item of a batch, empty where it is not one.
        bad: What is wrong with the others, by their place.
        lanes: The lane of each; empty where there are no lanes.
        notes: What is to be said of records that are sent all the same, by their place.
    """

    items: list[bytes]
    bad: dict[int, BadRecord]
    lanes: list[int]
    notes: dict[int, tuple[Note, ...]]


@dataclass(frozen=True, slots=True)
class _Work:
    """What is being done with a block.

    Attributes:
        block: The records.
        lanes: How many lanes there are.
        numbers: What the message id of each record is made from, besides its content.
        checked: What became of them.
        unknown: Those of which the fast path does not know what becomes of them.
    """

    block: Block
    lanes: int
    numbers: Sequence[int]
    checked: Checked
    unknown: list[_Found]

    @classmethod
    def of(cls, block: Block, lanes: int) -> _Work:
        """Begin."""
        count = len(block.records)
        numbers = block.numbers or range(block.first, block.first + count)
        return cls(block, lanes, numbers, Checked([b""] * count, {}, [0] * count if lanes > 1 else [], {}), [])


class Checker:
    """Turns records into the bytes of calls.

    What it makes of a record follows from the record alone, whatever was there before it: the same record has the same
    bytes, and so the same id, in every load and in every process. The fields stay in their order.

    Args:
        policy: What may be sent.
        namer: Gives the message ids.
        default: The `type` of records that have none.
        own: The policy of the client that sends; None where it has none.
    """

    def __init__(
        self,
        policy: Policy,
        namer: Namer,
        *,
        default: str | None = None,
        own: CallPolicy | None = None,
    ) -> None:
        """Know no call yet."""
        self._policy = policy
        self._own: CallPolicy = policy if own is None else own
        self._namer = namer
        self._default = default
        self._library = b'"library":' + orjson.dumps(library())
        self._now = datetime.now(UTC)
        self._fast = FastPath(self._example, nested=self._own != Policy() or policy != Policy())
        self._known = KnownLines(namer, self._library, self._fast.fine)
        self._is_quick = _is_by_name(policy) and _is_by_name(self._own)
        self._reads_lines = self._is_quick and default is None

    def items(self, block: Block, lanes: int = 1) -> Checked:
        """Return each record of a block as an item of a batch, or what is wrong with it.

        Args:
            block: The records.
            lanes: How many lanes there are.
        """
        self._now = datetime.now(UTC)
        self._fast.begin(self._now)
        self._known.begin(self._now)
        work = _Work.of(block, lanes)
        if self._take_all(work):
            return work.checked
        items, numbers, take = work.checked.items, work.numbers, self._known.take
        waiting = defaultdict[KnownLine, list[tuple[int, re.Match[bytes]]]](list)
        for at, record in enumerate(block.records):
            known = take(record, numbers[at])
            if known is None:
                self._look(work, at, record)
                continue
            items[at], kind, match = known
            if kind.open:
                waiting[kind].append((at, match))
            if kind.verdict.notes:
                work.checked.notes[at] = kind.verdict.notes
            if lanes > 1:
                work.checked.lanes[at] = lane_of_id(match[kind.about], lanes) if kind.about else MERGES
        for at in self._known.odd(waiting):
            items[at] = b""
            work.checked.notes.pop(at, None)
            self._look(work, at, block.records[at])
        for found in self._learnt(work.unknown):
            at, call, _, done, verdict = found
            if verdict is not None and not done and not at % LOOKED_AT:
                self._notice(block.records[at], call, verdict)
            self._finish(work, found)
        return work.checked

    def _take_all(self, work: _Work) -> bool:
        """Take a block of rows of a table that are all known, a column at a time; return whether they are."""
        checked, known = work.checked, self._known.take_all(work.block.records, work.numbers)
        if known is None:
            return False
        checked.items[:], kind, lines = known
        if kind.verdict.notes:
            checked.notes.update(dict.fromkeys(range(len(lines)), kind.verdict.notes))
        if work.lanes > 1:
            checked.lanes[:] = kind.columns.lanes(lines, work.lanes)
        return True

    def _look(self, work: _Work, at: int, record: object) -> None:
        """Read a record, and look whether the fast path knows what becomes of it."""
        call, content = self._read(record)
        verdict = self._fast.look(call, content) if content else None
        if verdict is None:
            work.unknown.append((at, *self._opened(call, content)))
            return
        if not at % LOOKED_AT:
            self._notice(record, call, verdict)
        if not verdict.is_plain or len(content) > _MOST_PLAIN_BYTES:
            self._finish(work, (at, call, content, [], verdict))
            return
        work.checked.items[at] = self._namer.named(work.numbers[at], content)
        if work.lanes > 1:
            work.checked.lanes[at] = lane_of(call, work.lanes)

    def _notice(self, record: object, call: Call, verdict: Verdict) -> None:
        """Let the kind of a line be known when there are more of it."""
        if self._reads_lines and type(record) is bytes:
            self._known.met(record, call, self._fast.shape_of(call), verdict)

    def _finish(self, work: _Work, found: _Found) -> None:
        """Make an item of a record, or find out what is wrong with it."""
        at, call, content, done, verdict = found
        record, checked = work.block.records[at], work.checked
        try:
            if verdict is None:
                call, notes = self._judge(body_of(record, self._default))
                content = self._written(record, call)
            else:
                notes = (*_corrections(done), *verdict.notes) if done else verdict.notes
                call, content = (call, content) if verdict.edits is None else _edited(call, verdict)
            if notes:
                checked.notes[at] = notes
            checked.items[at] = self._item(call, content, work.numbers[at])
        except BadRecord as bad:
            checked.bad[at], call = bad.with_traceback(None), bad.call
        if work.lanes > 1:
            checked.lanes[at] = lane_of(call, work.lanes)

    def _opened(self, call: Any, content: bytes) -> tuple[Any, bytes, list[Problem], Verdict | None]:  # noqa: ANN401 - see `_read`
        """Take a stored event out of its envelope, and look at what was in it."""
        body, done = unwrapped(call) if content else (call, [])
        if not done or content.count(b"{") + content.count(b"[") > MOST_BRACKETS:  # what is too deep may be left out
            return call, content, [], None
        content = orjson.dumps(body)
        return body, content, done, self._fast.look(body, content)

    def _learnt(self, unknown: list[_Found]) -> list[_Found]:
        """Let the fast path learn what it has met in a block, and look again."""
        for _ in range(_ROUNDS):
            if self._fast.learn():
                unknown = [
                    (at, call, content, done, verdict or (self._fast.look(call, content) if content else None))
                    for at, call, content, done, verdict in unknown
                ]
        return unknown

    def check(self, record: object) -> tuple[Call, tuple[Note, ...]]:
        """Return a record as the call that would be sent, without what only the sending adds, and what is to be said.

        Raises:
            BadRecord: If it is no call, or one that may not be sent.
        """
        call, notes = self._judge(body_of(record, self._default))
        self._item(call, orjson.dumps(call), 1)
        return call, notes

    # ---- reading

    def _read(self, record: Any) -> tuple[Any, bytes]:  # noqa: ANN401 - whatever the source gives
        """Return a record as an object, with the same as JSON; or as it is, with nothing, where models have to tell."""
        try:
            if type(record) is bytes and self._reads_lines:
                call, line = orjson.loads(record), record.strip()
                content = orjson.dumps(call)
                # If both are the same but for blanks, no key was there twice, and no number has lost a digit.
                if content != line and content.replace(b" ", b"") != line.replace(b" ", b""):
                    strict_json.loads(record)
                if type(call) is dict:
                    return call, content if len(line) > _MOST_PLAIN_BYTES or hides_text(line) else line
            if self._is_quick:
                body = body_of(record, self._default)
                content = orjson.dumps(body, option=_PLAIN_JSON)
                call = orjson.loads(content)
                if call == body:
                    return call, content
        except (BadRecord, TypeError, ValueError):  # not JSON, or more than JSON has
            pass
        return record, b""

    # ---- judging

    def _judge(self, body: Call) -> tuple[Call, tuple[Note, ...]]:
        """Let the models and the policies decide; return the call, and what is to be said of it.

        Raises:
            BadRecord: If it may not be sent.
        """
        body, corrections = unwrapped(body)
        kind = body.get("type")
        model = SINGLE_CALLS.get(kind) if isinstance(kind, str) else None
        if model is None:
            raise BadRecord(Problem("needs_type", (), {"calls": tuple(SINGLE_CALLS)}), call=body)
        try:
            call = self._policy.check(model.parse(self._policy.fill_in(body), corrections))
            call = call if self._own is self._policy else self._own.check(call)
        except (InvalidRequestError, PolicyError) as error:
            raise bad_record(error.problems, str(error), call=body) from None
        if self._policy.needs_approval(call):
            raise BadRecord(Problem("cannot_ask"), call=body)
        warnings = tuple(("warnings", str(each)) for each in lint(call, self._now))
        names, wire = dict(call.wire_names()), {"type": call.kind, **call.wire()}
        order = {name: wire[name] for given in body if (name := names.get(given, given)) in wire}
        return order | wire, (*_corrections(corrections), *warnings)

    def _example(self, call: Call) -> tuple[Call, tuple[Note, ...]] | None:
        try:
            return self._judge(call)
        except BadRecord:
            return None

    # ---- encoding

    def _written(self, record: object, call: Call) -> bytes:
        """Return the JSON of a call: as it came, where nothing was changed in it."""
        found, line = self._read(record) if self._reads_lines and type(record) is bytes else (None, b"")
        is_as_it_came = found is not None and _sorted(found) == _sorted(call)
        return line if is_as_it_came else orjson.dumps(call)

    def _item(self, call: Call, content: bytes, number: int) -> bytes:
        """Return a call as an item of a batch, with its `messageId` and the name of this library.

        Raises:
            BadRecord: If it is larger than the API takes.
        """
        item = trimmed(content) if "messageId" in call else self._namer.named(number, content)
        context = call.get("context")
        if context is not None and "library" not in context:
            place = only_context(item)
            # A name may have been spelled with escapes, and then the one that was found is another.
            if place and (b"\\" not in item or only_context(orjson.dumps(call))):
                item = b"".join((item[:place], self._library, b"," * bool(context), item[place:]))
            else:
                added = len(item) - len(content) + 1
                item = item[:added] + orjson.dumps({**call, "context": {"library": library(), **context}})[1:]
        size = len(item) + (_LENT if context is None else 0)
        if size > MOST_CALL_BYTES:
            call = orjson.loads(item)
            raise BadRecord(too_large(call, size), call=call)
        return item


def _is_by_name(policy: CallPolicy) -> bool:
    """Return whether what a policy says of a call depends on the names in it, as far as anybody can know."""
    return type(policy) is Policy and depends_on_names_alone(policy)


def _edited(call: Call, verdict: Verdict) -> tuple[Call, bytes]:
    call = verdict.applied(call)
    return call, orjson.dumps(call)


def _sorted(call: Call) -> bytes:
    return orjson.dumps(call, option=orjson.OPT_SORT_KEYS)


def _corrections(done: Iterable[Problem]) -> tuple[Note, ...]:
    return tuple(("corrections", str(each)) for each in done)
