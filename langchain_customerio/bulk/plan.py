"""What is settled before a load begins: where it begins, what it is called, and who takes part."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from langchain_customerio.bulk.checkpoint import Checkpoint, Settled, State
from langchain_customerio.bulk.dead_letters import DeadLetters
from langchain_customerio.bulk.job import Job
from langchain_customerio.bulk.mapping import known_kind
from langchain_customerio.bulk.message_ids import Namer
from langchain_customerio.bulk.prepare import Preparer
from langchain_customerio.bulk.rate_limit import RateLimit
from langchain_customerio.bulk.tracker import Tracker
from langchain_customerio.bulk.validate import Checker
from langchain_customerio.errors import ConfigurationError
from langchain_customerio.policy.policy import Policy

if TYPE_CHECKING:
    from langchain_customerio.bulk.mapping import Mapper
    from langchain_customerio.bulk.options import Options
    from langchain_customerio.bulk.readers.base import Reader
    from langchain_customerio.bulk.readers.iterables import AsyncRecords
    from langchain_customerio.bulk.readers.open import Opened
    from langchain_customerio.bulk.tally import Notes
    from langchain_customerio.client.client import PipelinesClient


def plan(
    client: PipelinesClient,
    opened: Opened,
    options: Options,
    *,
    source: object = None,
    rate_limit: RateLimit | None = None,
) -> Job:
    """Return a load that has not begun; `load` says what can be wrong.

    Args:
        client: Where to send.
        opened: The source, ready to be read.
        options: What is asked of the load.
        source: The source as it was given.
        rate_limit: How fast requests leave, where other loads have a part in it.
    """
    policy = options.policy or Policy()
    dry_run = options.dry_run or policy.dry_run
    checkpoint, letters = (None, None) if dry_run else _files(source, options)
    book = None if checkpoint is None else Checkpoint(checkpoint)
    state = _state(opened.reader, options, None if book is None else book.read())
    tracker = Tracker(state, book, _dead_letters(letters, state), max_refused=options.max_refused)
    checker = checker_for(options, opened.mapper, state.identity, tracker.notes)
    ordered = len(state.lanes) > 1
    return Job(
        client=client,
        options=options,
        reader=opened.reader,
        mapper=opened.mapper,
        preparer=Preparer(checker, tracker, most_items=policy.max_batch, most_writes=policy.max_writes),
        tracker=tracker,
        rate_limit=rate_limit or RateLimit(options.rate),
        start=Settled(state.lanes).start,
        is_done=state.complete,
        is_ordered=ordered,
        workers=len(state.lanes) if ordered or options.ordered else options.workers,
        dry_run=dry_run,
    )


def checker_for(options: Options, mapper: Mapper | None, identity: str = "", notes: Notes | None = None) -> Checker:
    """Return what checks the records of a source.

    Raises:
        ConfigurationError: If there is no such call.
    """
    default = None if options.as_ is None else known_kind(options.as_)
    return Checker(options.policy or Policy(), Namer(identity), default=default, mapper=mapper, notes=notes)


def _dead_letters(path: Path | None, state: State) -> DeadLetters | None:
    if path is None:
        return None
    same = state.dead_letter is not None and state.dead_letter[0] == str(path.absolute())
    return DeadLetters(path, state.source, state.dead_letter[1] if state.dead_letter is not None and same else None)


def _files(source: object, options: Options) -> tuple[Path | None, Path | None]:
    """Return where the checkpoint and the dead letters are to be; neither may be written over another file."""
    checkpoint, letters = _path(options.checkpoint), _path(options.dead_letter)
    taken = {Path(source).resolve()} if isinstance(source, str | os.PathLike) else set()
    for path in filter(None, (checkpoint, letters)):
        if path.resolve() in taken:
            raise ConfigurationError(f"{path}: the source, the checkpoint and the dead letters need a file each.")
        taken.add(path.resolve())
    return checkpoint, letters


def _path(path: str | os.PathLike[str] | None) -> Path | None:
    return None if path is None else Path(path)


def _state(reader: Reader | AsyncRecords, options: Options, earlier: State | None) -> State:
    """Return where to begin: where the checkpoint says, or at the first record."""
    name = options.name or reader.name
    if earlier is not None and not earlier.complete and not options.resume:
        raise ConfigurationError(
            f"{options.checkpoint} belongs to a load of {earlier.source} that has not ended: resume=True goes on"
            " with it; without that file, a load begins at the first record."
        )
    same = earlier is not None and (earlier.source, earlier.fingerprint) == (name, reader.fingerprint)
    if same and earlier is not None and earlier.complete and reader.fingerprint is None and options.resume:
        raise ConfigurationError(
            f"{options.checkpoint} says that a load of {name} is complete, and nothing tells whether this is the"
            " same source once more or a new one. To load it, remove that file."
        )
    if earlier is not None and options.resume and (same or not earlier.complete):
        if not same:
            raise ConfigurationError(
                f"{options.checkpoint} belongs to {earlier.source} as it was then, and this is another source or"
                " another version of it. Without that file, it is loaded from the first record."
            )
        strict = options.strict and (earlier.strict or not earlier.delivered)
        return earlier.model_copy(update={"strict": strict})
    lanes = options.workers if options.ordered else 1
    by_content = None if reader.fingerprint is None else f"{name}:{reader.fingerprint}"
    return State(
        source=name,
        fingerprint=reader.fingerprint,
        identity=options.name or by_content or uuid4().hex,
        strict=options.strict,
        lanes=[[] for _ in range(lanes)],
    )
