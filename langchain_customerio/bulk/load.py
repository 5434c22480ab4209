"""Loading in bulk: from a file, a table or any iterable to the API, fast, flat in memory, and with nothing lost."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Unpack

from langchain_customerio.bulk.driver import Driver
from langchain_customerio.bulk.options import Options
from langchain_customerio.bulk.retry import jobs

if TYPE_CHECKING:
    from langchain_customerio.bulk.job import Job
    from langchain_customerio.bulk.options import LoadOptions
    from langchain_customerio.bulk.readers.open import Source
    from langchain_customerio.bulk.report import LoadReport
    from langchain_customerio.client.client import PipelinesClient


def load(client: PipelinesClient, source: Source, **options: Unpack[LoadOptions]) -> LoadReport:
    """Load a source in bulk and return what became of every record.

    Each record is read, checked by the models and the policy, given a `messageId`, encoded once, packed with others
    in order into requests as large as the API takes, and sent. Delivery is at least once, and a repeat has the same id.

    Args:
        client: Where to send.
        source: A path (`.jsonl`, `.csv`, `.parquet`; `.gz` and `.zst` around the first two; `-` for the standard
            input), an open file, a table that speaks Arrow (pandas, polars, pyarrow), or any iterable of calls,
            objects or lines of JSON; hundreds are read at once, so each has to be an object of its own. A dead-letter
            file is a source too.
        **options: Any of the options that `Options` documents: how the source is read, what may be sent, where it is
            written down what became of it, and how fast it goes.

    Raises:
        ConfigurationError: If the options or the source make no sense; nothing was sent.
        LoadStoppedError: If the load ended before its source did: because the API does not answer, or not as it should
            (`__cause__` says how), the source fails, or a signal asked for it. What was in flight has been settled,
            and the error's `report` is complete.
        OSError: If a file cannot be opened.

    Example:
        >>> from langchain_customerio import Track
        >>> from langchain_customerio.sandbox import Sandbox
        >>> with Sandbox().client() as client:
        ...     report = load(client, (Track(user_id=f"u{i}", event="Signed Up") for i in range(1_000)))
        >>> report.status, report.delivered
        ('complete', 1000)
    """
    with closing(jobs(client, source, Options.of(**options))) as all_jobs:
        return [carry_out(job) for job in all_jobs][-1]


def carry_out(job: Job) -> LoadReport:
    """Do a load that is planned; `load` says what can go wrong."""
    try:
        if not job.is_done:
            Driver(job).run()
        return job.end()
    finally:
        job.release()


async def aload(client: PipelinesClient, source: Source, **options: Unpack[LoadOptions]) -> LoadReport:
    """Load a source in bulk: `load`, without blocking the event loop; the source may be an async iterable too.

    The requests are sent by threads, through the sync half of the client. A task that is cancelled in here finishes
    what is in flight and writes it down before it ends.
    """
    with closing(jobs(client, source, Options.of(**options))) as all_jobs:
        return [await _acarry_out(job) for job in all_jobs][-1]


async def _acarry_out(job: Job) -> LoadReport:
    try:
        if not job.is_done:
            await Driver(job).arun()
        return job.end()
    finally:
        job.release()
