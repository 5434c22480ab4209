"""What the answers of the tools allow to be known: which requests were stored, and which may have been.

Nothing here reads a sentence. A result counts by its `status`, an error by the `DeliveryError` behind it, and the
workspace that the answers imply is built by handing the requests concerned to a sandbox of its own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum, auto
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from tests.evals.fixtures import WORKSPACE
from tests.evals.state import State, state_of
from tests.evals.workspace import new_workspace, post

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from langchain_customerio.errors import DeliveryError
    from langchain_customerio.sandbox import Entry
    from tests.evals.task import Step

_MOST_TRAIT_BYTES = 1_000
"""Documented for the Track API: a workspace may not keep a longer trait."""

_KEY_REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


class Known(Enum):
    """What an answer lets one know of a request."""

    STORED = auto()
    OPEN = auto()
    NOTHING = auto()


@dataclass(frozen=True)
class Reading:
    """What an answer lets one know.

    Attributes:
        known: Of each request that arrived meanwhile, every attempt for itself; None where the answer does not say.
        says_sent: Whether it says that something was sent.
        partial: Whether it says that a part was not sent.
        question: Whether it answers a question about a schema.
        repeat_id: The message id with which it says that the call may be repeated; empty without one.
    """

    known: tuple[Known | None, ...] = ()
    says_sent: bool = False
    partial: bool = False
    question: bool = False
    repeat_id: str = ""


@dataclass(frozen=True)
class ToolCall:
    """A tool call, its answer, and what arrived at the sandbox meanwhile.

    Attributes:
        tool: The tool's name.
        arguments: As the agent gave them.
        content: The text of the answer.
        error: Whether the answer is an error.
        arrived: The requests that arrived, every attempt for itself.
        reading: What the answer lets one know.
    """

    tool: str
    arguments: dict[str, Any]
    content: str
    error: bool
    arrived: tuple[Entry, ...]
    reading: Reading

    def settled(self, *, key_refused: bool) -> Iterator[tuple[Entry, Known]]:
        """Return what is known of each request; where the API refuses the key, what it received is lost."""
        for entry, known in zip(self.arrived, self.reading.known, strict=True):
            lost = key_refused and known is Known.OPEN and entry.status == HTTPStatus.OK
            yield entry, Known.NOTHING if lost else known or Known.OPEN


def result_in(content: str) -> dict[str, Any]:
    """Return the JSON object of a result; an empty one where it is something else."""
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def read_answer(
    content: str, arrived: Sequence[Entry], *, error: bool, failure: DeliveryError | None = None
) -> Reading:
    """Read an answer of this package's tools.

    Args:
        content: Its text, of which a result's `status` counts and nothing else.
        arrived: The requests that arrived meanwhile.
        error: Whether it is an error.
        failure: The failure to deliver that the error tells of, if any.
    """
    if not error:
        result = result_in(content)
        status = str(result.get("status", ""))
        known = {"accepted": Known.STORED, "received": Known.OPEN}.get(status.removeprefix("partly_"))
        return Reading(
            known=tuple(Known.OPEN if known and _doubted(entry, result) else known for entry in arrived),
            says_sent=known is not None,
            partial=status.startswith("partly_") or "not_sent" in result,
            question=not status,
        )
    if failure is None:
        return Reading(tuple(Known.NOTHING for _ in arrived))
    ids = failure.message_ids
    return Reading(
        known=tuple(_known_by_failure(failure, entry) for entry in arrived),
        partial=failure.delivered > 0,
        repeat_id=ids[0] if len(ids) == 1 and ids[0] in content else "",
    )


def _known_by_failure(failure: DeliveryError, entry: Entry) -> Known:
    if set(failure.message_ids).isdisjoint(call.get("messageId") for call in _calls(entry)):
        return Known.STORED if entry.strict else Known.OPEN  # an earlier part of a batch that took several requests
    return Known.OPEN if failure.may_have_arrived else Known.NOTHING


def _calls(entry: Entry) -> list[dict[str, Any]]:
    body = entry.json
    if not isinstance(body, dict):
        return []
    items = body.get("batch", [body])
    return [item for item in items if isinstance(item, dict)]


def _doubted(entry: Entry, result: dict[str, Any]) -> bool:
    """Return whether a warning names a trait that is longer than what a workspace is sure to keep."""
    long = [
        f"traits.{name}"
        for call in _calls(entry)
        for name, value in (call.get("traits") or {}).items()
        if len(str(value).encode()) > _MOST_TRAIT_BYTES
    ]
    return any(path in str(warning) for path in long for warning in result.get("warnings", []))


@dataclass(frozen=True)
class Belief:
    """A workspace as the answers of the tools imply it.

    Attributes:
        state: What it holds.
        undecided: Whether it may hold more, which nobody can say: the API may have taken what a sandbox refuses.
    """

    state: State
    undecided: bool = False


def beliefs(history: Sequence[Step], calls: Sequence[ToolCall]) -> tuple[Belief, Belief]:
    """Return the workspace that has what is known to be stored, and the one that has what may be stored too."""
    key_refused = any(entry.status in _KEY_REFUSED for call in calls for entry in call.arrived)
    requests = [pair for call in calls for pair in call.settled(key_refused=key_refused)]
    stored = _belief(history, [entry for entry, known in requests if known is Known.STORED])
    if all(known is not Known.OPEN for _, known in requests):
        return stored, stored
    return stored, _belief(history, [entry for entry, known in requests if known is not Known.NOTHING])


def attempted(history: Sequence[Step], calls: Sequence[ToolCall]) -> State:
    """Return the workspace that there would be if every request that arrived had been stored."""
    return _belief(history, [entry for call in calls for entry in call.arrived]).state


def _belief(history: Sequence[Step], entries: Sequence[Entry]) -> Belief:
    sandbox = new_workspace((*WORKSPACE, *history))
    statuses = [post(sandbox, entry.path, entry.body, entry.headers) for entry in entries]
    return Belief(state_of(sandbox), undecided=any(status != HTTPStatus.OK for status in statuses))
