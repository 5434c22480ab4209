"""Finds calls by their fields, and explains why none was found: for assertions in tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from langchain_customerio.sandbox.render import RecordList, to_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from langchain_customerio.sandbox.ledger import CallRecord, Entry

_NEAREST: Final = 3
_SHOWN: Final = 80


class Pattern:
    """What a call should look like.

    Args:
        kind: `identify`, `track`, `page`, `screen`, `group` or `alias`; None for any.
        outcome: `accepted`, `dropped` or `rejected`; None for any.
        fields: Top-level fields of the call, as `userId` or `user_id`.
    """

    def __init__(self, kind: str | None, outcome: str | None, fields: Mapping[str, object]) -> None:
        """Note what to look for."""
        self._outcome = outcome
        self._wanted = {_camel(name): value for name, value in fields.items()}
        if kind is not None:
            self._wanted = {"type": kind, **self._wanted}

    def of(self, entries: Iterable[Entry]) -> list[CallRecord]:
        """Return the calls that match, in order of arrival."""
        return RecordList(call for entry in entries for call in entry.calls if not self._differences(call))

    def explain(self, entries: Iterable[Entry]) -> str:
        """Say which calls came nearest, and in what they differ."""
        numbered = [(entry.number, call) for entry in entries for call in entry.calls]
        if not numbered:
            return "No call has arrived."
        nearest = sorted(numbered, key=lambda each: self._distance(each[1]))[:_NEAREST]
        shown = "\n".join(line for number, call in nearest for line in self._compare(number, call))
        plural = "1 call has" if len(numbered) == 1 else f"{len(numbered):,} calls have"
        return f"{plural} arrived. The nearest (- expected, + arrived):\n{shown}"

    def __str__(self) -> str:
        kind = self._wanted.get("type", "call")
        fields = ", ".join(f"{name}={_short(value)}" for name, value in self._wanted.items() if name != "type")
        return f"{self._outcome} {kind}({fields})" if self._outcome else f"{kind}({fields})"

    def _differences(self, call: CallRecord) -> list[tuple[str, object, object]]:
        """Give path, expected and found value of each field that does not match."""
        found = list(_differences(self._wanted, call.call, ""))
        if self._outcome not in {None, call.outcome}:
            found.append(("outcome", self._outcome, call.outcome))
        return found

    def _distance(self, call: CallRecord) -> tuple[bool, int]:
        """A call of another kind is further away than any of the same kind."""
        return self._wanted.get("type", call.type) != call.type, len(self._differences(call))

    def _compare(self, number: int, call: CallRecord) -> Iterator[str]:
        reason = f": {call.reason}" if call.reason else ""
        yield f"  request {number}, {call.type or 'no call'}, {call.outcome}{reason}"
        for path, expected, found in self._differences(call):
            yield f"    - {path}: {_short(expected)}"
            yield f"    + {path}: {'(absent)' if found is None else _short(found)}"


def assert_count(found: Sequence[CallRecord], times: int | None, pattern: Pattern, entries: Iterable[Entry]) -> None:
    """Check how many calls were found: at least one, or exactly `times`.

    Raises:
        AssertionError: Another number was found.
    """
    __tracebackhide__ = True
    if (times is None and found) or len(found) == times:
        return
    expected = "at least 1" if times is None else f"exactly {times:,}"
    head = f"expected {expected} {pattern}, found {len(found):,}"
    raise AssertionError(head if found else f"{head}\n{pattern.explain(entries)}")


def _differences(wanted: object, found: object, path: str) -> Iterator[tuple[str, object, object]]:
    """Compare what is wanted with what is there; more keys may be there."""
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        for name, value in wanted.items():
            yield from _differences(value, found.get(name), f"{path}.{name}" if path else str(name))
    elif wanted != found:
        yield path, wanted, found


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def _short(value: object) -> str:
    try:
        text = to_json(value)
    except TypeError:  # what a test compares with need not be JSON
        text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
