"""Loading once more what was refused: the entries of the dead-letter file, as somebody may have corrected them.

The file is moved aside first, and what is refused again goes into a new one. What was moved aside is removed when all
of it is settled: a process that is killed before leaves it there, and the next one begins with it again, under the same
message ids.
"""

from __future__ import annotations

import os
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_customerio.bulk.dead_letters import aside_of
from langchain_customerio.bulk.options import Options, deciding
from langchain_customerio.bulk.plan import plan
from langchain_customerio.bulk.private_files import open_private, read_whole, write_whole
from langchain_customerio.bulk.readers.open import open_source

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from langchain_customerio.bulk.job import Job
    from langchain_customerio.bulk.readers.open import Source
    from langchain_customerio.client.client import PipelinesClient


def jobs(client: PipelinesClient, source: Source, options: Options) -> Generator[Job]:
    """Give the jobs that a load is, each to be done before the next is asked for: what was refused, and the source."""
    job = plan(client, open_source(source, options), options, source=source)
    try:
        if job.options.retry:
            yield from _again(client, job)
        yield job
    finally:
        job.tracker.release()


def _again(client: PipelinesClient, job: Job) -> Iterator[Job]:
    letters = Path(job.options.dead_letter or "")
    aside = put_aside(letters)
    if not aside.exists():
        return
    again = _options(job.options)
    retrying = plan(client, open_source(aside, again), again, rate_limit=job.rate_limit)
    try:
        yield retrying
    finally:
        retrying.tracker.release()
    aside.unlink()
    job.tracker.recover(retrying.tracker.recovered)
    if job.is_done:
        job.tracker.open()  # and so it is written down


def put_aside(letters: Path) -> Path:
    """Move a dead-letter file aside, to what is there already, and return where it is."""
    aside = aside_of(letters)
    if not letters.exists():
        return aside
    if not aside.exists():
        letters.replace(aside)
        return aside
    descriptors = open_private(letters, os.O_RDONLY), open_private(aside, os.O_WRONLY | os.O_APPEND)
    try:
        write_whole(descriptors[1], b"\n" + read_whole(descriptors[0]))
        os.fsync(descriptors[1])
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
    letters.unlink()
    return aside


def _options(options: Options) -> Options:
    """Return the options for a dead-letter file: those that say how a source is read are about another file."""
    reading = set(deciding()) - {"as_", "map", "policy"}
    defaults: dict[str, Any] = {each.name: each.default for each in fields(Options) if each.name in reading}
    kept: dict[str, Any] = {"checkpoint": None, "resume": False, "retry": False, "name": None, "format": "jsonl"}
    return replace(options, **{**defaults, **kept})
