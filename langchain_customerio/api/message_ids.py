"""Message ids: ULIDs, fresh or derived from what they identify.

Downstream of the Pipelines API, Journeys recognises a repeated event by its id, and only when that id is a
ULID (26 characters of Crockford's base 32: 48 bits of milliseconds, then 80 bits).
"""

from __future__ import annotations

import os
import re
import time
from hashlib import blake2b

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SHAPE = re.compile(f"[0-7][{_ALPHABET}]{{25}}")
_RANDOM_BITS = 80
_RANDOM_BYTES = 10


def new_message_id() -> str:
    """Return a ULID of this moment.

    >>> len(new_message_id()), new_message_id() == new_message_id()
    (26, False)
    """
    return _encoded(time.time_ns() // 1_000_000, int.from_bytes(os.urandom(_RANDOM_BYTES)))


def derived_message_id(*parts: str | bytes, milliseconds: int = 0) -> str:
    """Return the ULID-shaped id that belongs to `parts`: the same parts always give the same id.

    Args:
        *parts: What the id stands for, for example thread, tool call and content. Their boundaries count.
        milliseconds: The time to write into the id, since 1970. Zero says that no time is known: a derived
            id must not depend on the clock.

    >>> derived_message_id("thread", "call") == derived_message_id("thread", "call")
    True
    >>> derived_message_id("ab", "c") == derived_message_id("a", "bc")
    False
    """
    digest = blake2b(digest_size=_RANDOM_BYTES)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8))
        digest.update(data)
    return _encoded(milliseconds, int.from_bytes(digest.digest()))


def is_message_id(value: object) -> bool:
    """Return whether a value has the shape of the ids that are made here.

    >>> is_message_id(new_message_id()), is_message_id("order-17")
    (True, False)
    """
    return isinstance(value, str) and _SHAPE.fullmatch(value) is not None


def _encoded(milliseconds: int, rest: int) -> str:
    value = milliseconds << _RANDOM_BITS | rest
    return "".join(_ALPHABET[value >> shift & 31] for shift in range(125, -1, -5))
