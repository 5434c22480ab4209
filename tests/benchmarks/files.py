"""Files of events to load: small ones, as in the vendor's own examples, 281 bytes each on average."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_LINE: Final = (
    '{"type": "track", "userId": "user-%07d", "event": "Order Completed", "timestamp": "2026-11-%02dT10:%02d:%02dZ",'
    ' "properties": {"order": "order-%08d", "total": %d.5, "currency": "EUR", "items": %d, "first": %s,'
    ' "coupon": "AUTUMN-2026", "channel": "web", "note": "thank you"}}\n'
)
_BLOCK: Final = 10_000


def write_events(path: Path, number: int) -> None:
    """Write so many events as JSON Lines; after 10,000 they begin again, which no loader can notice."""
    lines = [
        _LINE % (i * 37 % 9_999_991, i % 28 + 1, i % 60, i * 7 % 60, i, i % 500, i % 9 + 1, ("false", "true")[i % 2])
        for i in range(min(_BLOCK, number))
    ]
    block = "".join(lines)
    with path.open("w") as file:
        for _ in range(number // _BLOCK):
            file.write(block)
        file.writelines(lines[: number % _BLOCK])
