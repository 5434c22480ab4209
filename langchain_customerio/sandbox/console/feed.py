"""Server-sent events: the calls that a page asks for, as they arrive, and the numbers beside them.

A page that comes back names the last event that it has seen, and gets what it missed. What arrives faster than a page
can show is left out, and counted. The feed looks at the ledger ten times a second, so the ledger does no work for a
page, and none at all without one.
"""

from __future__ import annotations

import asyncio
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Final

import orjson

from langchain_customerio.sandbox.rows import Position, Row, Search, rows_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from langchain_customerio.sandbox.app import App
    from langchain_customerio.sandbox.http import JsonObject
    from langchain_customerio.sandbox.ledger import Entry

TICK: Final = 0.1
"""Seconds between two looks at the ledger."""
_QUIET_TICKS: Final = 100
"""After so many ticks without news, a comment shows that the connection is alive."""
_BACKLOG: Final = 10_000
"""Most calls that a page gets when it starts."""
_BURST: Final = 1_000
"""Most calls that it gets in a tick, or in one message."""
_CHART_SECONDS: Final = 120
_REASONS: Final = 50
_START: Final = Position(0, -1)


class Feed:
    """What one page is sent."""

    def __init__(self, app: App, params: Mapping[str, str], last_event_id: str) -> None:
        """Follow the calls that the query of a URL asks for.

        Args:
            app: The sandbox.
            params: The query; see `Search.read`. `calls=no` leaves the calls out, and only numbers come.
            last_event_id: The last event that the page has seen; empty for none.
        """
        self._app = app
        self._params = params
        self._run, self._seen = _read_id(last_event_id)

    async def messages(self) -> AsyncGenerator[bytes]:
        """Give what is new, and then `b""` once a tick may pass, for as long as somebody asks."""
        before: JsonObject = {}
        quiet = 0
        while True:
            with self._app.lock:
                run, entries, now = self._app.run, self._app.ledger, state(self._app)
            if run != self._run:
                self._run, self._seen = run, _START
                yield _message("reset", {"run": run, "record": self._app.record})
            if self._params.get("calls") != "no":
                async for message in self._news(entries):
                    yield message
            quiet = 0 if now != before else quiet + 1
            if now != before:
                before = now
                yield _message("state", now | {"now": self._app.clock().timestamp()}, self._id())
            elif quiet % _QUIET_TICKS == 0:
                yield b":\n\n"
            yield b""

    async def _news(self, entries: Sequence[Entry]) -> AsyncGenerator[bytes]:
        """Give the newest calls that the page has not seen, oldest first."""
        search = Search.read(self._params, self._app.identifiers_of)
        most = _BURST if self._seen.number else _BACKLOG
        first, number = self._first_unseen(entries), len(entries)
        end = rows_of(entries[number - 1])[-1].position if number else _START
        found: deque[Row] = deque()
        while number > first and len(found) < most:
            number -= 1
            fresh = (row for row in reversed(rows_of(entries[number])) if row.position > self._seen)
            found.extendleft(row for row in fresh if search.admits(row))
            if number % _BURST == 0:
                await asyncio.sleep(0)
        skipped = number - first
        rows = list(found)
        for start in range(0, len(rows), _BURST):
            some = rows[start : start + _BURST]
            self._seen = some[-1].position
            yield _message("calls", {"rows": [row.json() for row in some], "skipped": skipped}, self._id())
            skipped = 0
        self._seen = end

    def _first_unseen(self, entries: Sequence[Entry]) -> int:
        """The place of the first request of which the page has not seen every call."""
        last = self._seen.number
        if not 0 < last <= len(entries):
            return last
        return last if rows_of(entries[last - 1])[-1].position <= self._seen else last - 1

    def _id(self) -> str:
        return f"{self._run}.{self._seen.number}.{self._seen.index}"


def state(app: App) -> JsonObject:
    """Give the numbers that a page shows beside the calls."""
    newest = islice(reversed(app.seconds.items()), _CHART_SECONDS)
    reasons = sorted(app.reasons.items(), key=lambda item: -item[1])[:_REASONS]
    return {
        "counts": {name: app.counts.get(name, 0) for name in ("requests", "calls", "bytes")},
        "labels": app.labels,
        "seconds": {str(second): dict(labels) for second, labels in newest},
        "reasons": [{"outcome": outcome, "reason": reason, "times": times} for (outcome, reason), times in reasons],
        "holds": {
            "people": len(app.people),
            "anonymous": len(app.anonymous),
            "objects": len(app.objects),
            "events": len(app.events),
            "identifiers": len(app.suppressed) + len(app.deleted) + len(app.aliases),
        },
        "faults": [
            {
                "text": waiting.fault.text,
                "endpoint": waiting.fault.endpoint,
                "after": waiting.after,
                "times": waiting.times,
            }
            for waiting in app.waiting
        ],
    }


def _message(event: str, data: JsonObject, event_id: str = "") -> bytes:
    """Write a server-sent event; JSON has no line breaks, so the data is one line."""
    name = f"event: {event}\n".encode()
    return (f"id: {event_id}\n".encode() if event_id else b"") + name + b"data: " + orjson.dumps(data) + b"\n\n"


def _read_id(text: str) -> tuple[str, Position]:
    match text.split("."):
        case [run, number, index] if number.isdecimal() and index.isdecimal():
            return run, Position(int(number), int(index))
        case _:
            return "", _START
