"""Which records have to stay in order: those about one person or one group are in one lane."""

from __future__ import annotations

from typing import Final
from zlib import crc32

MERGES: Final = -1
"""The lane of an alias, which is about two people."""


def lane_of(call: object, lanes: int) -> int:
    """Return the lane of whom or what a call is about, also if it is refused: a later run may judge otherwise."""
    if not isinstance(call, dict):
        return 0
    if call.get("type") == "alias":
        return MERGES
    about = call.get("userId") or call.get("anonymousId") or call.get("groupId")
    return lane_of_id(str(about).encode(errors="replace"), lanes)


def lane_of_id(about: bytes, lanes: int) -> int:
    """Return the lane of a person or a group."""
    return crc32(about) % lanes
