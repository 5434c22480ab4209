"""The calls of the ledger as rows of a list, and which of them a search admits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from langchain_customerio.sandbox.render import to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from langchain_customerio.sandbox.http import JsonObject
    from langchain_customerio.sandbox.ledger import CallRecord, Entry

_SHOWN: Final = 200
"""Most characters of a text in a row; the details of a call show all of it."""
_BODY_SEARCHED: Final = 10_000

OUTCOMES: Final = ("accepted", "duplicate", "dropped", "rejected", "faulted", "swallowed")
"""What one can filter by; `swallowed` is all that the real API loses behind a 200."""


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Where a call stands in the ledger: the number of its request, and its place in it."""

    number: int
    index: int


@dataclass(frozen=True, slots=True)
class Row:
    """A call, or a request of which no call could be read."""

    entry: Entry
    call: CallRecord | None

    @property
    def position(self) -> Position:
        """Where it stands in the ledger."""
        return Position(self.entry.number, self.call.index if self.call else 0)

    @property
    def body(self) -> JsonObject:
        """The call as JSON; empty when there is none."""
        return self.call.call if self.call else {}

    @property
    def kind(self) -> str:
        """`identify`, `track` and so on; `request` when no call could be read."""
        return (self.call.type if self.call else None) or "request"

    @property
    def label(self) -> str:
        """`accepted`, `duplicate`, `dropped`, `rejected` or `faulted`."""
        return self.call.label if self.call else self.entry.outcome

    @property
    def reason(self) -> str | None:
        """Why it was not stored."""
        return self.call.reason if self.call else self.entry.reason

    @property
    def is_swallowed(self) -> bool:
        """Whether the API answers 200 and loses it, or a part of it."""
        return self.label == "dropped" or bool(self.call and self.call.ignored_keys)

    @property
    def who(self) -> str | None:
        """The id of the person, or of the object where nobody is named."""
        return next((value for name in ("userId", "anonymousId", "groupId") if (value := self._text(name))), None) or (
            _text(_inside(self.body.get("traits"), "email"))
        )

    @property
    def what(self) -> str:
        """The event's or page's name, or whatever else says most about the call in a few words."""
        match self.call.type if self.call else None:
            case "track":
                return self._text("event") or ""
            case "identify":
                traits = self.body.get("traits")
                return ", ".join(list(traits)[:8]) if isinstance(traits, dict) else ""
            case "group":
                return self._text("groupId") or ""
            case "alias":
                return f"{self._text('previousId') or '?'} → {self._text('userId') or '?'}"
            case "page" | "screen":
                return " ".join(filter(None, (self._text("category"), self._text("name"))))
            case _:
                return f"{self.entry.method} {self.entry.path}"

    def identifiers(self) -> set[str]:
        """Every id of a person in the call."""
        email = None if self._text("userId") or self._text("anonymousId") else self.who
        found = (self._text("userId"), self._text("anonymousId"), self._text("previousId"), email)
        return {identifier for identifier in found if identifier}

    def text(self) -> str:
        """All that a search looks through, in lower case."""
        call, entry = self.call, self.entry
        body = to_json(call.call) if call else entry.body[:_BODY_SEARCHED].decode("utf-8", "replace")
        parts = (
            call.type if call else None,
            self.label,
            self.reason,
            entry.fault,
            entry.key,
            entry.path,
            str(entry.status),
            body,
        )
        return "\n".join(filter(None, parts)).casefold()

    def json(self) -> JsonObject:
        """The row as the page draws it."""
        entry, call = self.entry, self.call
        return {
            "number": entry.number,
            "index": self.position.index,
            "at": entry.at.timestamp(),
            "type": call.type if call else None,
            "endpoint": entry.endpoint or entry.path[:_SHOWN],
            "who": (self.who or "")[:_SHOWN],
            "what": self.what[:_SHOWN],
            "label": self.label,
            "reason": (self.reason or "")[:_SHOWN],
            "fault": entry.fault,
            "ignored": [key[:_SHOWN] for key in call.ignored_keys[:8]] if call else [],
            "status": entry.status,
            "strict": entry.strict,
        }

    def _text(self, name: str) -> str | None:
        return _text(self.body.get(name))


@dataclass(frozen=True, slots=True)
class Search:
    """What to show of the ledger.

    Attributes:
        words: Texts that all occur in it, in any case.
        kind: `identify`, `track` and so on.
        outcome: One of `OUTCOMES`.
        person: Every identifier of the person it is about.
    """

    words: tuple[str, ...] = ()
    kind: str | None = None
    outcome: str | None = None
    person: frozenset[str] | None = None

    @classmethod
    def read(cls, params: Mapping[str, str], identifiers_of: Callable[[str], set[str]]) -> Search:
        """Read the query of a URL: `q`, `type`, `outcome` and `person`.

        Args:
            params: The query.
            identifiers_of: Gives every identifier of the person that one of them names.
        """
        person = params.get("person")
        return cls(
            words=tuple(params.get("q", "").casefold().split()),
            kind=params.get("type") or None,
            outcome=params.get("outcome") or None,
            person=frozenset(identifiers_of(person)) if person else None,
        )

    def admits(self, row: Row) -> bool:
        """Whether a row belongs to what was searched for."""
        if self.kind and self.kind != (row.call.type if row.call else None):
            return False
        if self.outcome and not (row.is_swallowed if self.outcome == "swallowed" else row.label == self.outcome):
            return False
        if self.person is not None and self.person.isdisjoint(row.identifiers()):
            return False
        if not self.words:
            return True
        text = row.text()
        return all(word in text for word in self.words)


def rows_of(entry: Entry) -> list[Row]:
    """Give a row for each call of a request, or one for the request when no call could be read."""
    return [Row(entry, call) for call in entry.calls or (None,)]


def _text(value: object) -> str | None:
    return None if value in (None, "") else str(value)


def _inside(value: object, name: str) -> Any:  # noqa: ANN401 - JSON of any shape
    return value.get(name) if isinstance(value, dict) else None
