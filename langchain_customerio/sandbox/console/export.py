"""The stored calls as JSON Lines, for `load`."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Final

from langchain_customerio.sandbox.rows import rows_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from langchain_customerio.sandbox.app import App
    from langchain_customerio.sandbox.rows import Row, Search

_TOGETHER: Final = 1_000


async def json_lines(app: App, search: Search) -> AsyncIterator[bytes]:
    """Give the stored calls that a search admits, a call to a line, some lines at a time.

    A call without a time gets the one at which it arrived, so that it keeps its place in the history when it is loaded
    somewhere else.
    """
    entries = app.ledger
    for start in range(0, len(entries), _TOGETHER):
        rows = [row for entry in entries[start : start + _TOGETHER] for row in rows_of(entry)]
        yield b"".join(_line(row) for row in rows if row.call and row.call.outcome == "accepted" and search.admits(row))
        await asyncio.sleep(0)


def _line(row: Row) -> bytes:
    call = {"timestamp": row.entry.at.isoformat()} | row.body
    kept = {name: value for name, value in call.items() if not (row.call and name in row.call.ignored_keys)}
    return json.dumps(kept, ensure_ascii=False).encode() + b"\n"
