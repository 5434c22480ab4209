"""Where a load begins: at the first record, or where an earlier run has ended, if it is certain that this is safe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from langchain_customerio.bulk.checkpoint import State
from langchain_customerio.bulk.options import Options, deciding
from langchain_customerio.errors import ConfigurationError, Problem
from langchain_customerio.policy.policy import Policy

if TYPE_CHECKING:
    from langchain_customerio.bulk.readers.base import Reader
    from langchain_customerio.bulk.readers.iterables import AsyncRecords

_NEW_IDS: Final = (
    "its messageIds are new ones unless the load has a name, since they are made from a file's name, size and time"
)
_DIGEST_BYTES: Final = 8
_SIZES: Final = frozenset({"max_batch", "max_writes", "send_valid_items", "dry_run", "redact"})
"""What a policy says of how much is sent and of what is shown: with any of it, a record becomes the same."""


def begin(reader: Reader | AsyncRecords, options: Options, earlier: State | None) -> tuple[State, bool]:
    """Return where a load begins, and whether that is where an earlier run has ended.

    Args:
        reader: The source.
        options: What is asked of the load.
        earlier: What the checkpoint says of an earlier load, if there is one.

    Raises:
        ConfigurationError: If going on would lose records or send them again under other ids, or nobody can tell.
    """
    name = options.name or reader.name
    if earlier is not None and _goes_on(earlier, name, reader.fingerprint, options):
        strict = options.strict and (earlier.strict or not earlier.delivered)
        return earlier.model_copy(update={"strict": strict}), True
    by_content = None if reader.fingerprint is None else f"{name}:{reader.fingerprint}"
    state = State(
        source=name,
        fingerprint=reader.fingerprint,
        identity=options.name or by_content or uuid4().hex,
        options=digests(options),
        strict=options.strict,
        lanes=[[] for _ in range(options.workers if options.ordered else 1)],
    )
    return state, False


def _goes_on(earlier: State, name: str, fingerprint: str | None, options: Options) -> bool:
    """Return whether a load goes on where an earlier one has ended.

    Raises:
        ConfigurationError: If it is not certain that this is what is meant, and that no record would be lost.
    """

    def refused(code: str, **values: object) -> ConfigurationError:
        about = {"file": options.checkpoint, "source": earlier.source}
        return ConfigurationError(problem=Problem(code, (), {**about, **values}))

    if not (options.resume or options.retry):
        if earlier.complete:
            return False
        raise refused("not_ended")
    if earlier.source != name or (fingerprint != earlier.fingerprint and not earlier.complete):
        raise refused("other_source", ids=_NEW_IDS)
    if earlier.complete and options.retry:
        return True
    if fingerprint != earlier.fingerprint:
        if options.name is not None:
            return False
        raise refused("source_changed", ids=_NEW_IDS)
    if earlier.complete and fingerprint is None:
        raise refused("same_or_new")
    now = digests(options)
    if other := sorted(key for key in now | earlier.options if now.get(key) != earlier.options.get(key)):
        raise refused("other_options", options=" and another ".join(other))
    return True


def digests(options: Options) -> dict[str, str]:
    """Return a digest of each option that decides what becomes of records or how people are divided among lanes.

    Those that are not given are left out, so that a version with more options takes a checkpoint for what it is.

    >>> list(digests(Options(map={"userId": "id"}, workers=3))), list(digests(Options(ordered=True, workers=3)))
    (['map'], ['ordered', 'workers'])
    """
    names = [*deciding(), "ordered", *(["workers"] if options.ordered else [])]
    default = Options()
    chosen = {name: _canonical(getattr(options, name)) for name in names}
    return {
        name: blake2b(repr(value).encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).hexdigest()
        for name, value in chosen.items()
        if value and value != getattr(default, name)
    }


def _canonical(value: Any) -> Any:  # noqa: ANN401 - of any option
    """Return what is written alike in every process for values that mean the same; nothing if they decide nothing."""
    if isinstance(value, Policy):
        given = {each.name: getattr(value, each.name) for each in fields(value) if each.name not in _SIZES}
        default = Policy()
        return {name: _canonical(found) for name, found in given.items() if found != getattr(default, name)}
    if isinstance(value, Mapping):
        return sorted(value.items())
    if callable(value):
        return f"{value.__module__}.{getattr(value, '__qualname__', type(value).__qualname__)}"
    return value
