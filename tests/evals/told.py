"""Reading a tool's answer the way a careful model does: what became of the call, by these words alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langchain_core.messages import ToolMessage


class Reading(Enum):
    """What an answer lets one know."""

    STORED = auto()
    """The API took it."""

    PART = auto()
    """Some of it went out, and the answer says what did not."""

    OPEN = auto()
    """It may have been kept, or not."""

    NOTHING = auto()
    """Nothing reached the API, or nothing was kept."""

    SCHEMA = auto()
    """It was a question about the schema; nothing was meant to be sent."""

    UNCLEAR = auto()
    """The answer does not let one know. That is a fault of the tool."""


@dataclass(frozen=True)
class Told:
    """What a tool answered.

    Attributes:
        content: The text that the model reads.
        error: Whether it is marked as an error.
    """

    content: str
    error: bool

    @classmethod
    def of(cls, message: ToolMessage) -> Told:
        """Take the answer out of a message."""
        content = message.content if isinstance(message.content, str) else json.dumps(message.content)
        return cls(content, message.status == "error")

    @property
    def reading(self) -> Reading:
        """What the answer lets one know."""
        return _of_error(self.content) if self.error else _of_result(self.content)


def _of_error(text: str) -> Reading:
    if "may have been stored" in text:
        return Reading.OPEN
    if "had been delivered" in text:
        return Reading.PART
    refused = ("Not sent", "Nothing was stored", "is not a valid tool")
    return Reading.NOTHING if any(words in text for words in refused) else Reading.UNCLEAR


def _of_result(text: str) -> Reading:
    answer = json.loads(text)
    if "request_body_schema" in answer or "part_schema" in answer:
        return Reading.SCHEMA
    if answer.get("not_sent"):
        return Reading.PART
    if answer.get("status") == "accepted" and not _doubted(answer):
        return Reading.STORED
    said_so = answer.get("status") == "accepted" or "no proof" in answer.get("note", "")
    return {"dry_run": Reading.NOTHING}.get(answer.get("status"), Reading.OPEN if said_so else Reading.UNCLEAR)


def _doubted(answer: dict[str, Any]) -> bool:
    """Return whether a warning says that the workspace may not keep what the API took."""
    return any("may not keep" in warning for warning in answer.get("warnings", []))
