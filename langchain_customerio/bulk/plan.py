"""What is settled before a load begins: where it begins, what it is called, and who takes part."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from langchain_customerio.bulk.checkpoint import Checkpoint, State
from langchain_customerio.bulk.dead_letters import DeadLetters
from langchain_customerio.bulk.job import Job
from langchain_customerio.bulk.mapping import known_kind
from langchain_customerio.bulk.message_ids import Namer
from langchain_customerio.bulk.options import LoadOptions, ReadingOptions
from langchain_customerio.bulk.prepare import Preparer
from langchain_customerio.bulk.rate_limit import REQUESTS_PER_SECOND, RateLimit
from langchain_customerio.bulk.readers.open import Reading, open_source
from langchain_customerio.bulk.settled import Settled
from langchain_customerio.bulk.tracker import Tracker
from langchain_customerio.bulk.validate import Checker
from langchain_customerio.errors import ConfigurationError
from langchain_customerio.policy.policy import Policy

if TYPE_CHECKING:
    from langchain_customerio.bulk.mapping import Mapper
    from langchain_customerio.bulk.readers.base import Reader
    from langchain_customerio.bulk.readers.iterables import AsyncRecords
    from langchain_customerio.bulk.readers.open import Source
    from langchain_customerio.client.client import PipelinesClient

WORKERS: Final = 8


@dataclass(frozen=True, slots=True)
class Plan:
    """A load that has not begun.

    Attributes:
        running: Who takes part.
        start: Index of the first record to be read, and its offset in the file where that is known.
        is_ordered: Whether it has lanes, each of which stays in order.
        is_done: Whether an earlier run has done it all.
    """

    running: Job
    start: tuple[int, int | None]
    is_ordered: bool
    is_done: bool


def planned(client: PipelinesClient, source: Source, options: LoadOptions) -> Plan:
    """Settle everything before anything is sent; `load` says what can be wrong."""
    if unknown := options.keys() - LoadOptions.__annotations__.keys():
        raise TypeError(f"load() has no option {min(unknown)!r}; there are {', '.join(LoadOptions.__annotations__)}")
    policy = options.get("policy") or Policy()
    dry_run = options.get("dry_run", False) or policy.dry_run
    pace = RateLimit(options.get("rate", REQUESTS_PER_SECOND))
    checkpoint, letters = (None, None) if dry_run else _files(source, options)
    reading: dict[str, Any] = {name: value for name, value in options.items() if name in ReadingOptions.__annotations__}
    reader, mapper = open_source(source, Reading(**reading))
    book = None if checkpoint is None else Checkpoint(checkpoint)
    state = _state(reader, options, None if book is None else book.read())
    same = letters is not None and state.dead_letter is not None and state.dead_letter[0] == str(letters.absolute())
    known = state.dead_letter[1] if state.dead_letter is not None and same else None
    settled = Settled(state.lanes)
    ordered = len(state.lanes) > 1
    checker = checker_for(policy, state.identity, options.get("as_"), mapper)
    running = Job(
        client=client,
        reader=reader,
        checker=checker,
        mapper=mapper,
        preparer=Preparer(
            checker, settled, most_items=policy.max_batch, dead_letters=None if letters is None else state.source
        ),
        books=Tracker(
            state,
            book,
            None if letters is None else DeadLetters(letters, state.source, known),
            max_refused=options.get("max_refused"),
        ),
        pace=pace,
        workers=len(state.lanes) if ordered or options.get("ordered") else _workers(options),
        strict=options.get("strict", False),
        gzip=options.get("gzip", False),
        dry_run=dry_run,
        on_progress=options.get("on_progress"),
    )
    return Plan(running, settled.start, ordered, state.complete)


def _files(source: Source, options: LoadOptions) -> tuple[Path | None, Path | None]:
    """Return where the checkpoint and the dead letters are to be; neither may be written over another file."""
    if options.get("resume") and options.get("checkpoint") is None:
        raise ConfigurationError("Without a checkpoint there is nothing to resume: name the file, or leave resume out.")
    checkpoint, letters = _path(options.get("checkpoint")), _path(options.get("dead_letter"))
    taken = {Path(source).resolve()} if isinstance(source, str | os.PathLike) else set()
    for path in filter(None, (checkpoint, letters)):
        if path.resolve() in taken:
            raise ConfigurationError(f"{path}: the source, the checkpoint and the dead letters need a file each.")
        taken.add(path.resolve())
    return checkpoint, letters


def _path(path: str | os.PathLike[str] | None) -> Path | None:
    return None if path is None else Path(path)


def checker_for(policy: Policy, identity: str, kind: str | None, mapper: Mapper | None) -> Checker:
    """Return what checks the records of a source.

    Raises:
        ConfigurationError: If there is no such call.
    """
    return Checker(policy, Namer(identity), default=None if kind is None else known_kind(kind), mapper=mapper)


def _state(reader: Reader | AsyncRecords, options: LoadOptions, earlier: State | None) -> State:
    """Return where to begin: where the checkpoint says, or at the first record."""
    name = options.get("name") or reader.name
    if earlier is not None and not earlier.complete and not options.get("resume"):
        raise ConfigurationError(
            f"{options['checkpoint']} belongs to a load of {earlier.source} that has not ended: resume=True goes on"
            " with it; without that file, a load begins at the first record."
        )
    same = earlier is not None and (earlier.source, earlier.fingerprint) == (name, reader.fingerprint)
    if same and earlier is not None and earlier.complete and reader.fingerprint is None and options.get("resume"):
        raise ConfigurationError(
            f"{options['checkpoint']} says that a load of {name} is complete, and nothing tells whether this is the"
            " same source once more or a new one. To load it, remove that file."
        )
    if earlier is not None and options.get("resume") and (same or not earlier.complete):
        if not same:
            raise ConfigurationError(
                f"{options['checkpoint']} belongs to {earlier.source} as it was then, and this is another source or"
                " another version of it. Without that file, it is loaded from the first record."
            )
        strict = options.get("strict", False) and (earlier.strict or not earlier.delivered)
        return earlier.model_copy(update={"strict": strict})
    lanes = _workers(options) if options.get("ordered") else 1
    by_content = None if reader.fingerprint is None else f"{name}:{reader.fingerprint}"
    return State(
        source=name,
        fingerprint=reader.fingerprint,
        identity=options.get("name") or by_content or uuid4().hex,
        strict=options.get("strict", False),
        lanes=[[] for _ in range(lanes)],
    )


def _workers(options: LoadOptions) -> int:
    workers = options.get("workers", WORKERS)
    if workers < 1:
        raise ConfigurationError("A load needs at least one worker.")
    return workers
