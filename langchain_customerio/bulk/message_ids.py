"""Names for calls by where they come from: cheap message ids, the same whenever the same source is loaded."""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

from xxhash import xxh3_128_digest

_ALPHABET: Final = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FIVE_BITS: Final = bytes(_ALPHABET[byte & 31] for byte in range(256))
_NO_TIME: Final = b"0" * 10
_HEAD: Final = b'{"messageId":"' + _NO_TIME
_TAIL: Final = b'",'
_BYTES: Final = 8
_MASK: Final = (1 << 8 * _BYTES) - 1


class Namer:
    """Gives the ULID-shaped message id of a call by its source, its position there and its content.

    An id is a hash of the content, five bits from each of its sixteen bytes. The source and the position are its seed:
    positions of one source never have the same, since they are multiples of an odd number.

    Args:
        identity: What the source is; the same for every load of the same data.

    >>> Namer("events.jsonl").name(0, b"{}")
    b'00000000000N7XF618T4E29WXZ'
    """

    def __init__(self, identity: str) -> None:
        """Hash the identity once."""
        digest = blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=2 * _BYTES).digest()
        self._first = int.from_bytes(digest[:_BYTES])
        self._step = int.from_bytes(digest[_BYTES:]) | 1

    def name(self, index: int, content: bytes) -> bytes:
        """Return the id of the call at an index."""
        return _NO_TIME + xxh3_128_digest(content, self._first + index * self._step & _MASK).translate(_FIVE_BITS)

    def named(self, index: int, content: bytes) -> bytes:
        """Return a call that has no id, with its id at the beginning."""
        name = xxh3_128_digest(content, self._first + index * self._step & _MASK).translate(_FIVE_BITS)
        return _HEAD + name + _TAIL + content[1:]
