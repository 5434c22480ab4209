"""From a record of the source to the bytes of a call: read, checked by models and policy, named and encoded once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import orjson

from langchain_customerio.api import strict_json
from langchain_customerio.api.batching import MOST_CALL_BYTES, lent, library, tail, too_large
from langchain_customerio.api.calls import SINGLE_CALLS, Batch, Common
from langchain_customerio.api.lint import lint
from langchain_customerio.bulk.dead_letters import record_in
from langchain_customerio.bulk.fast_path import MOST_BRACKETS, FastPath
from langchain_customerio.bulk.readers.base import BadRecord
from langchain_customerio.bulk.stored_events import unwrapped
from langchain_customerio.errors import InvalidRequestError, PolicyError, Problem
from langchain_customerio.policy.policy import Policy, depends_on_names_alone
from langchain_customerio.text import few, type_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from langchain_customerio.bulk.examples import Call, Note, Verdict
    from langchain_customerio.bulk.message_ids import Namer
    from langchain_customerio.bulk.readers.base import Block
    from langchain_customerio.client.options import CallPolicy

_LENT: Final = lent(tail())
"""Bytes of the context of a batch, which may count towards each call without one, since the API may hand it out."""

_MOST_PLAIN_BYTES: Final = MOST_CALL_BYTES - _LENT - 50
"""Of a call without an id and a context, well below the limit."""

_CONTEXT: Final = b'"context":{'
_MOST_KEYS: Final = 1_000
_MOST_PROBLEMS: Final = 10
_ROUNDS: Final = 3  # of learning: a name, then a value, then what is in it

# What JSON does not have is left to the models.
_PLAIN_JSON: Final = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS

BLANK: Final = "is blank"
"""What is wrong with a line with nothing in it, which is not a record."""

_Unknown: TypeAlias = "tuple[int, Any, bytes, list[Problem], Verdict | None]"
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
        self._is_quick = _is_by_name(policy) and _is_by_name(self._own)
        self._reads_lines = self._is_quick and default is None

    def items(self, block: Block, lane_of: Callable[[object], int] | None = None) -> Checked:  # noqa: C901 - the hot loop, where a call costs as much as ten branches
        """Return each record of a block as an item of a batch, or what is wrong with it.

        Args:
            block: The records.
            lane_of: Returns the lane of a call, or of what was to be one; None where there are no lanes.
        """
        self._now = datetime.now(UTC)
        self._fast.begin(self._now)
        count = len(block.records)
        checked = Checked([b""] * count, {}, [0] * count if lane_of is not None else [], {})
        numbers = block.numbers or range(block.first, block.first + count)
        unknown: list[_Unknown] = []
        items, read, look, named = checked.items, self._read, self._fast.look, self._namer.named

        def finish(at: int, call: Any, content: bytes, done: list[Problem], verdict: Verdict | None) -> None:  # noqa: ANN401 - see `_read`
            try:
                if verdict is None:
                    call, notes = self._judge(self._body(block.records[at]))
                    content = orjson.dumps(call)
                else:
                    notes = (*_corrections(done), *verdict.notes) if done else verdict.notes
                    call, content = (call, content) if verdict.edits is None else _edited(call, verdict)
                if notes:
                    checked.notes[at] = notes
                items[at] = self._item(call, content, numbers[at])
            except BadRecord as bad:
                checked.bad[at], call = bad.with_traceback(None), bad.call
            if lane_of is not None:
                checked.lanes[at] = lane_of(call)

        for at, record in enumerate(block.records):
            call, content = read(record)
            verdict = look(call, content) if content else None
            if verdict is None:
                unknown.append((at, *self._opened(call, content)))
            elif verdict.is_plain and len(content) <= _MOST_PLAIN_BYTES:
                items[at] = named(numbers[at], content)
                if lane_of is not None:
                    checked.lanes[at] = lane_of(call)
            else:
                finish(at, call, content, [], verdict)
        for each in self._learnt(unknown):
            finish(*each)
        return checked

    def _opened(self, call: Any, content: bytes) -> tuple[Any, bytes, list[Problem], Verdict | None]:  # noqa: ANN401 - see `_read`
        """Take a stored event out of its envelope, and look at what was in it."""
        body, done = unwrapped(call) if content else (call, [])
        if not done or content.count(b"{") + content.count(b"[") > MOST_BRACKETS:  # what is too deep may be left out
            return call, content, [], None
        content = orjson.dumps(body)
        return body, content, done, self._fast.look(body, content)

    def _learnt(self, unknown: list[_Unknown]) -> list[_Unknown]:
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
        call, notes = self._judge(self._body(record))
        self._item(call, orjson.dumps(call), 1)
        return call, notes

    # ---- reading

    def _read(self, record: Any) -> tuple[Any, bytes]:  # noqa: ANN401 - whatever the source gives
        """Return a record as an object, with the same as JSON; or as it is, with nothing, where models have to tell."""
        try:
            if type(record) is bytes and self._reads_lines:
                call = orjson.loads(record)
                content = orjson.dumps(call)
                # If both are the same but for blanks, no key was there twice, and no number has lost a digit.
                if content != record and content.replace(b" ", b"") != record.strip().replace(b" ", b""):
                    strict_json.loads(record)
                return (call, content) if type(call) is dict else (record, b"")
            if self._is_quick:
                body = self._body(record)
                content = orjson.dumps(body, option=_PLAIN_JSON)
                call = orjson.loads(content)
                if call == body:
                    return call, content
        except (BadRecord, TypeError, ValueError):  # not JSON, or more than JSON has
            pass
        return record, b""

    def _body(self, record: Any) -> Call:  # noqa: ANN401 - whatever the source gives
        """Return a record as the object of a call; of an entry of a dead-letter file, the call in it.

        Raises:
            BadRecord: If it is none.
        """
        if isinstance(record, BadRecord):
            raise record
        if isinstance(record, bytes | str) and not record.strip():
            raise BadRecord(BLANK)
        if isinstance(record, Batch):
            raise BadRecord(Problem("batch_in_load"), call=record.wire())
        if isinstance(record, Common):
            return {"type": record.kind, **record.wire()}
        found = _parsed(record) if isinstance(record, bytes | str) else record
        if not isinstance(found, Mapping):
            problem = Problem("needs", (), {"needed": "a JSON object", "found": type_name(found)})
            raise BadRecord(problem, call=found)
        if "dead_letter" in found:
            return self._body(record_in(found))
        if len(found) > _MOST_KEYS:
            raise BadRecord(Problem("too_many_keys", (), {"count": len(found), "most": _MOST_KEYS}), call=dict(found))
        call = dict(found)
        return call if self._default is None or "type" in call else {"type": self._default, **call}

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
            raise _bad_record(error.problems, str(error), call=body) from None
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

    def _item(self, call: Call, content: bytes, number: int) -> bytes:
        """Return a call as an item of a batch, with its `messageId` and the name of this library.

        Raises:
            BadRecord: If it is larger than the API takes.
        """
        item = content if "messageId" in call else self._namer.named(number, content)
        context = call.get("context")
        if context is not None and "library" not in context:
            head, found, tail = item.partition(_CONTEXT)
            if _CONTEXT in tail:  # which of them is the call's own, only the encoder knows
                added = len(item) - len(content) + 1
                item = item[:added] + orjson.dumps({**call, "context": {"library": library(), **context}})[1:]
            else:
                item = b"".join((head, found, self._library, b"," * bool(context), tail))
        size = len(item) + (_LENT if context is None else 0)
        if size > MOST_CALL_BYTES:
            call = orjson.loads(item)
            raise BadRecord(too_large(call, size), call=call)
        return item


def _is_by_name(policy: CallPolicy) -> bool:
    """Return whether what a policy says of a call depends on the names in it, as far as anybody can know."""
    return type(policy) is Policy and depends_on_names_alone(policy)


def _bad_record(problems: Sequence[Problem], reason: str = "", *, call: object = None, text: str = "") -> BadRecord:
    """Return what is wrong with a record; where that is much, some of it is told, and the first counts."""
    if len(problems) == 1:
        return BadRecord(problems[0], call=call, text=text)
    bad = BadRecord("; ".join(few([*map(str, problems)], _MOST_PROBLEMS)) or reason, call=call, text=text)
    bad.problem = next(iter(problems), None)
    return bad


def _edited(call: Call, verdict: Verdict) -> tuple[Call, bytes]:
    call = verdict.applied(call)
    return call, orjson.dumps(call)


def _corrections(done: Iterable[Problem]) -> tuple[Note, ...]:
    return tuple(("corrections", str(each)) for each in done)


def _parsed(line: bytes | str) -> object:
    """Read JSON, or say what is wrong with it."""
    try:
        return strict_json.loads(line)
    except InvalidRequestError as error:
        text = line if isinstance(line, str) else line.decode(errors="backslashreplace")
        raise _bad_record(error.problems, text=text) from None
