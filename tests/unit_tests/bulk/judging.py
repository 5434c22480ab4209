"""What models, policy and warnings make of a record, one after the other and without the loader."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from langchain_customerio import InvalidRequestError, PolicyError
from langchain_customerio.api import strict_json
from langchain_customerio.api.calls import SINGLE_CALLS
from langchain_customerio.api.lint import lint
from langchain_customerio.bulk.message_ids import Namer
from langchain_customerio.bulk.readers.base import Block
from langchain_customerio.bulk.stored_events import unwrapped
from langchain_customerio.bulk.validate import Checker
from langchain_customerio.text import few

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_customerio import Policy
    from langchain_customerio.bulk.examples import Note


@dataclass(frozen=True)
class Judged:
    """What becomes of a record.

    Attributes:
        call: The call that is sent, without what only the sending adds; None where it is refused.
        reason: Why it is refused.
        notes: What is to be said of it.
    """

    call: dict[str, Any] | None = None
    reason: str = ""
    notes: Counter[Note] = field(default_factory=Counter)


def one_by_one(policy: Policy, record: bytes | dict[str, Any]) -> Judged:
    """Return what the models, the policy and the warnings make of a record."""
    try:
        body, corrections = unwrapped(_body(record))
        kind = body.get("type")
        if not isinstance(kind, str) or kind not in SINGLE_CALLS:
            return Judged(reason='needs "type": one of identify, track, page, screen, group, alias')
        call = policy.check(SINGLE_CALLS[kind].parse(policy.fill_in(body), corrections))
    except (InvalidRequestError, PolicyError) as error:
        return Judged(reason="; ".join(few([*map(str, error.problems)], 10)))
    if policy.needs_approval(call):
        return Judged(reason="a person must approve this call, and a load cannot ask one")
    wire = orjson.loads(orjson.dumps({"type": call.kind, **call.wire()}))
    said = [("corrections", str(each)) for each in corrections] + [("warnings", str(each)) for each in lint(call)]
    return Judged(wire, notes=Counter(said))


def _body(record: bytes | dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = strict_json.loads(record) if isinstance(record, bytes) else record
    return body


def loaded(checker: Checker, records: Sequence[bytes | dict[str, Any]], first: int = 0) -> list[Judged]:
    """Return what a checker makes of a block of records."""
    checked = checker.items(Block(first, records))
    found = [
        Judged(reason=checked.bad[at].reason) if at in checked.bad else Judged(_without_additions(item, records[at]))
        for at, item in enumerate(checked.items)
    ]
    said = [Counter(checked.notes.get(at, ())) for at in range(len(records))]
    return [Judged(each.call, each.reason, notes) for each, notes in zip(found, said, strict=True)]


def _without_additions(item: bytes, record: bytes | dict[str, Any]) -> dict[str, Any]:
    """Return a call as it was before the sending added to it."""
    call: dict[str, Any] = orjson.loads(item)
    body, _ = unwrapped(_body(record))
    if body.get("messageId") is None and body.get("message_id") is None:
        del call["messageId"]
    if "library" not in (body.get("context") or {}):
        call.get("context", {}).pop("library", None)
    return call


def fresh(policy: Policy) -> Checker:
    """Return a checker that has seen nothing yet."""
    return Checker(policy, Namer("source"))
