"""What is settled before a load begins: where it begins, what it is called, and who takes part."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from langchain_customerio.bulk.checking import Checking
from langchain_customerio.bulk.checkpoint import Checkpoint, Settled
from langchain_customerio.bulk.dead_letters import aside_of
from langchain_customerio.bulk.job import Job
from langchain_customerio.bulk.mapping import known_kind
from langchain_customerio.bulk.message_ids import Namer
from langchain_customerio.bulk.outcomes import Outcomes
from langchain_customerio.bulk.patience import Patience
from langchain_customerio.bulk.prepare import Preparer
from langchain_customerio.bulk.rate_limit import RateLimit
from langchain_customerio.bulk.readers.frames import labels_of
from langchain_customerio.bulk.resume import begin
from langchain_customerio.bulk.tracker import Tracker
from langchain_customerio.bulk.validate import Checker
from langchain_customerio.errors import ConfigurationError, Problem
from langchain_customerio.policy.policy import Policy

if TYPE_CHECKING:
    from langchain_customerio.bulk.checkpoint import State
    from langchain_customerio.bulk.mapping import Mapper
    from langchain_customerio.bulk.options import Options
    from langchain_customerio.bulk.readers.open import Opened
    from langchain_customerio.client.client import PipelinesClient


_FILES: Final = ("checkpoint", "dead_letter", "log")


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
    if options.policy is None and isinstance(client.policy, Policy):
        options = replace(options, policy=client.policy)
    policy = options.policy or Policy()
    dry_run = options.dry_run or policy.dry_run
    if dry_run:
        options = replace(options, checkpoint=None, dead_letter=None, log=None, resume=False, retry=False)
    check_files(source, options)
    with ExitStack() as stack:
        checkpoint = None
        if options.checkpoint is not None:
            checkpoint = Checkpoint(Path(options.checkpoint))
            stack.callback(checkpoint.release)
        state, resumed = begin(opened.reader, options, None if checkpoint is None else checkpoint.read())
        outcomes = Outcomes(state, options, resumed=resumed, label=labels_of(source))
        tracker = Tracker(state, outcomes, checkpoint, max_refused=options.max_refused)
        checker = checker_for(options, opened.mapper, state.identity, client)
        ordered = len(state.lanes) > 1
        job = Job(
            client=client,
            options=options,
            reader=opened.reader,
            mapper=opened.mapper,
            checking=Checking(checker, client, len(state.lanes), options.processes or 1),
            preparer=Preparer(tracker, most_items=policy.max_batch, most_writes=policy.max_writes),
            tracker=tracker,
            rate_limit=rate_limit or RateLimit(options.rate),
            patience=Patience(options.patience, client.retry),
            start=Settled(state.lanes).start,
            is_done=state.complete,
            is_ordered=ordered,
            workers=len(state.lanes) if ordered or options.ordered else options.workers,
            dry_run=dry_run,
            deliver=client.deliver,
            known_as=None if source is None or dry_run else _known_as(state),
        )
        stack.pop_all()
    return job


def _known_as(state: State) -> str | None:
    """Return what data is known as that was loaded before; None where nothing tells it from other data."""
    return None if state.fingerprint is None else f"{state.identity}:{state.fingerprint}"


def checker_for(
    options: Options,
    mapper: Mapper | None,
    identity: str = "",
    client: PipelinesClient | None = None,
) -> Checker:
    """Return what checks the records of a source.

    Raises:
        ConfigurationError: If there is no such call.
    """
    default = None if options.as_ is None or mapper is not None else known_kind(options.as_)  # a mapper says it itself
    own = None if client is None else client.policy
    return Checker(options.policy or Policy(), Namer(identity), default=default, own=own)


def check_files(source: object, options: Options) -> None:
    """Make sure that no file of a load is another one of it, under whatever name.

    Raises:
        ConfigurationError: If one is.
    """
    taken: list[tuple[str, Path]] = [("source", path) for path in _path_of(source)]
    files = [(name, Path(path)) for name in _FILES if (path := getattr(options, name)) is not None]
    if options.retry:
        files += [("retry", aside_of(path)) for name, path in files if name == "dead_letter"]
    for name, path in files:
        for other, known in taken:
            if _is_same(path, known):
                values = {"one": name, "other": other, "file": known}
                raise ConfigurationError(problem=Problem("same_file", (), values))
        taken.append((name, path))


def _path_of(source: object) -> list[Path]:
    if isinstance(source, str | os.PathLike):
        return [Path(source)]
    name = getattr(source, "name", None)  # of an open file
    return [Path(name)] if isinstance(name, str) and Path(name).is_file() else []


def _is_same(one: Path, other: Path) -> bool:
    if one.resolve() == other.resolve():
        return True
    return one.exists() and other.exists() and one.samefile(other)
