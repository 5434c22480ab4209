"""From a call to the bodies of its requests: each call is encoded once, and a batch is split where it is too large.

Source: Customer.io documentation, Pipelines API: Batch, Limits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import orjson

from langchain_customerio.api.calls import Batch
from langchain_customerio.api.message_ids import derived_message_id, new_message_id
from langchain_customerio.errors import InvalidRequestError, Problem
from langchain_customerio.messages import Field
from langchain_customerio.text import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from langchain_customerio.api.calls import Call, Common

MOST_CALL_BYTES: Final = 32_000
MOST_BATCH_BYTES: Final = 500_000

HEAD: Final = b'{"batch":['
"""What stands before the items of a batch; `tail` gives what stands behind them."""

Namer: TypeAlias = "Callable[[int, str, dict[str, Any]], str]"
"""Gives the `messageId` of a call that has none, by its position in a batch (else 0), its kind and its content."""


@dataclass(frozen=True, slots=True)
class Body:
    """The body of one request, and which calls it carries.

    Attributes:
        content: The JSON, as UTF-8 bytes.
        message_ids: The `messageId` of each call, in order.
        first: Position of its first call in the batch; 0 for a single call.
    """

    content: bytes = field(repr=False)
    message_ids: tuple[str, ...]
    first: int = 0


@cache
def library() -> dict[str, str]:
    """Return `context.library`: this package, as the sender of a call."""
    return {"name": "langchain-customerio", "version": version("langchain-customerio")}


def tail(context: dict[str, Any] | None = None) -> bytes:
    """Return what stands behind the items of a batch: its context, with the name of this library."""
    return b'],"context":' + orjson.dumps(_with_library(context)) + b"}"


def lent(end: bytes) -> int:
    """Return how many bytes the context of a batch may add to an item without one: the API may hand it out."""
    return len(end) - len(b"]}")


def fresh(_: int, __: str, ___: dict[str, Any]) -> str:
    """Return a new `messageId` for a call."""
    return new_message_id()


def keyed(*key: str) -> Namer:
    """Return what gives calls the same ids whenever they are sent again under the same key, of one part or several.

    An id stands for the key, the position in the batch, the kind of call, and its content in whatever order.
    """

    def name(position: int, kind: str, wire: dict[str, Any]) -> str:
        content = orjson.dumps(wire, option=orjson.OPT_SORT_KEYS)
        return derived_message_id(*key, str(position), kind, content)

    return name


def bodies(call: Call, name: Namer = fresh, left_out: dict[int, Problem] | None = None) -> tuple[Body, ...]:
    """Return the bodies that carry a call: one, or several for a batch that is too large for one.

    Args:
        call: The call; a `messageId` of its own is kept.
        name: Gives the others.
        left_out: Receives what is wrong with each item of a batch that is left out for its size, by its position.
            Without it, and where no item is left, one such item refuses the batch.

    Raises:
        InvalidRequestError: If a call is larger than the API takes.
    """
    if isinstance(call, Batch):
        return _batch(call, name, left_out)
    wire = _named(cast("Common", call), name, 0)
    wire["context"] = _with_library(wire.get("context"))
    return (Body(encode_checked(wire), (wire["messageId"],)),)


def _batch(batch: Batch, name: Namer, left_out: dict[int, Problem] | None) -> tuple[Body, ...]:
    end = tail(batch.context)
    items: list[bytes] = []
    ids: list[str] = []
    problems: dict[int, Problem] = {}
    for position, item in enumerate(batch):
        wire = {"type": item.kind, **_named(item, name, position)}
        if item.context is not None:
            wire["context"] = _with_library(item.context)
        try:
            items.append(encode_checked(wire, ("batch", position), lent(end) if item.context is None else 0))
            ids.append(wire["messageId"])
        except InvalidRequestError as error:
            problems[position] = error.problems[0]
    if len(end) > MOST_CALL_BYTES:
        context = Problem("context_too_large", ("context",), {"size": len(end), "most": MOST_CALL_BYTES})
        raise InvalidRequestError(problems=(*problems.values(), context))
    if problems and (left_out is None or not items):
        raise InvalidRequestError(problems=tuple(problems.values()))
    if left_out is not None:
        left_out |= problems
    runs = pack(map(len, items), MOST_BATCH_BYTES - len(HEAD) - len(end))
    return tuple(Body(HEAD + b",".join(items[a:b]) + end, tuple(ids[a:b]), a) for a, b in runs)


def _named(call: Common, name: Namer, position: int) -> dict[str, Any]:
    wire = call.wire()
    if call.message_id is None:
        wire["messageId"] = name(position, call.kind, wire)
    return wire


def _with_library(context: dict[str, Any] | None) -> dict[str, Any]:
    return {"library": library(), **(context or {})}


def encode_checked(wire: dict[str, Any], place: tuple[str | int, ...] = (), lent: int = 0) -> bytes:
    """Return a call's JSON as UTF-8 bytes, refused where the API would drop it for its size.

    Args:
        wire: The call.
        place: Its path in the body.
        lent: How many bytes the context of its batch adds to it.
    """
    body = orjson.dumps(wire)
    if (size := len(body) + lent) > MOST_CALL_BYTES:
        raise InvalidRequestError(problems=(too_large(wire, size).at(*place),))
    return body


def too_large(wire: dict[str, Any], size: int) -> Problem:
    """Return that a call is larger than the API takes, and what to shorten."""
    return Problem("call_too_large", (), {"size": size, "most": MOST_CALL_BYTES, "largest": Field(largest(wire))})


def largest(wire: dict[str, Any]) -> str:
    """Return the path of the field that makes a call large: the deepest one that holds most of what is around it.

    >>> largest({"userId": "ada", "traits": {"plan": "pro", "transcript": "Good morning. " * 9}})
    'traits.transcript'
    """
    path: list[str] = []
    value: object = wire
    size = 0
    while isinstance(value, dict) and value:
        sizes = {name: len(orjson.dumps(item)) for name, item in value.items()}
        name = max(sizes, key=sizes.__getitem__)
        if 2 * sizes[name] < size:
            break
        path.append(shown(name))
        value, size = value[name], sizes[name]
    return ".".join(path)


def pack(sizes: Iterable[int], most: int) -> Iterator[tuple[int, int]]:
    """Split items into runs, in order, whose sizes and separating commas add up to at most `most` bytes.

    >>> list(pack([4, 4, 4], most=9))
    [(0, 2), (2, 3)]
    """
    first = last = used = 0
    for position, size in enumerate(sizes):
        if position > first and used + 1 + size > most:
            yield first, position
            first, used = position, size
        else:
            used += size + (position > first)
        last = position + 1
    if last:
        yield first, last
