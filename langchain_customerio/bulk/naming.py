"""Names for calls by where they come from: cheap message ids, the same whenever the same source is loaded."""

from __future__ import annotations

from hashlib import shake_128
from typing import Final
from zlib import crc32

_ALPHABET: Final = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FIVE_BITS: Final = bytes(_ALPHABET[byte & 31] for byte in range(256))
_NO_TIME: Final = b"0" * 10
_BYTES: Final = 16
_MASK: Final = (1 << 8 * _BYTES) - 1


class Namer:
    """Gives the ULID-shaped message id of a call by its source, its position there and its content.

    An id takes five bits from each of sixteen bytes. The source says by a cryptographic hash how position and
    checksum are spread over them.

    Args:
        identity: What the source is; the same for every load of the same data.

    >>> Namer("events.jsonl").name(0, b"{}")
    b'0000000000CWS0B4W8S1RC3GJT'
    """

    def __init__(self, identity: str) -> None:
        """Hash the identity once."""
        digest = shake_128(identity.encode("utf-8", "surrogatepass")).digest(3 * _BYTES)
        self._first, self._per_position, self._per_checksum = (
            int.from_bytes(digest[at : at + _BYTES]) | 1 for at in range(0, 3 * _BYTES, _BYTES)
        )

    def name(self, index: int, content: bytes) -> bytes:
        """Return the id of the call at an index."""
        spread = (self._first + index * self._per_position ^ crc32(content) * self._per_checksum) & _MASK
        return _NO_TIME + spread.to_bytes(_BYTES).translate(_FIVE_BITS)

    def named(self, index: int, content: bytes) -> bytes:
        """Return a call that has no id, with its id at the beginning."""
        spread = (self._first + index * self._per_position ^ crc32(content) * self._per_checksum) & _MASK
        return _HEAD + spread.to_bytes(_BYTES).translate(_FIVE_BITS) + _TAIL + content[1:]


_HEAD: Final = b'{"messageId":"' + _NO_TIME
_TAIL: Final = b'",'
