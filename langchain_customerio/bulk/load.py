"""Loading in bulk: from a file, a table or any iterable to the API, fast, flat in memory, and with nothing lost."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Unpack

from langchain_customerio.bulk.driver import Threads
from langchain_customerio.bulk.plan import checker_for, planned
from langchain_customerio.bulk.readers.base import BadRecord
from langchain_customerio.bulk.readers.iterables import AsyncRecords
from langchain_customerio.bulk.readers.open import Reading, open_source
from langchain_customerio.bulk.report import PreviewedRecord
from langchain_customerio.bulk.tasks import Tasks
from langchain_customerio.errors import ConfigurationError
from langchain_customerio.policy.policy import Policy

if TYPE_CHECKING:
    from langchain_customerio.bulk.options import LoadOptions, ReadingOptions
    from langchain_customerio.bulk.plan import Plan
    from langchain_customerio.bulk.readers.open import Source
    from langchain_customerio.bulk.report import LoadReport
    from langchain_customerio.bulk.validate import Checker
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
        **options: Any of these.

            - `as_`: The call that each record is, such as `identify`, where records do not say it by `type`.
            - `map`: Field to column, such as `{"userId": "customer_id", "traits.plan": "plan"}`, for tables and for
              objects that are no calls. Columns that are named like fields need no entry; `{"traits": "*"}` takes all
              that are left.
            - `types`: Column to type (text, integer, number, boolean, time), for CSV.
            - `timezone`: Name of the zone of times in tables that have none.
            - `format`: `jsonl`, `csv` or `parquet`, where the name of a file does not say it.
            - `strict`: Whether the API shall validate. A request that it refuses is divided until the records are
              found that it refuses.
            - `policy`: What may be sent; `Policy()` by default. A record that a person would have to approve is
              refused, and `max_batch` limits each request.
            - `name`: What the source is called. Message ids are made from it, from the position and from the content,
              so that ids outlive a copy of a file; by default they are made from the file's name, size and time, and
              those of an iterable only stay the same where there is a checkpoint.
            - `dead_letter`: File for the records that are refused, as JSON Lines with reason and position.
            - `checkpoint`: File that always says what is settled.
            - `resume`: Whether to go on where the checkpoint says that the load ended, if there is one.
            - `ordered`: Whether one person's calls never overtake each other. A person is who `userId` says, or else
              `anonymousId`.
            - `workers`: How many requests are in flight at the most; 8 by default.
            - `rate`: Requests per second on average over three seconds, 1,000 by default; None for no limit.
            - `gzip`: Whether requests are compressed. That the API takes it is not documented: try it with `strict`.
            - `max_refused`: The load stops when more records than this are refused.
            - `dry_run`: Whether to check everything and send nothing.
            - `on_progress`: Called with a report, `status` being `running`, whenever something is settled; never
              by two threads at once.

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
    return carry_out(planned(client, source, options))


def carry_out(plan: Plan) -> LoadReport:
    """Load as planned; `load` says what can go wrong."""
    reader = plan.running.reader
    if isinstance(reader, AsyncRecords):
        raise ConfigurationError("The source is asynchronous: await aload(…) instead.")
    if not plan.is_done:
        Threads(plan.running, ordered=plan.is_ordered).run(reader, plan.start)
    return plan.running.end()


async def aload(client: PipelinesClient, source: Source, **options: Unpack[LoadOptions]) -> LoadReport:
    """Load a source in bulk: `load`, without blocking the event loop; the source may be an async iterable too.

    A task that is cancelled in here finishes what is in flight and writes it down before it ends.
    """
    plan = planned(client, source, options)
    if not plan.is_done:
        await Tasks(plan.running, ordered=plan.is_ordered).run(plan.running.reader, plan.start)
    return plan.running.end()


def preview(
    source: Source,
    count: int = 3,
    *,
    policy: Policy | None = None,
    **reading: Unpack[ReadingOptions],
) -> list[PreviewedRecord]:
    """Return what the first records of a source would become, and send nothing.

    Args:
        source: As for `load`, but not an async iterable. What can be read only once is used up.
        count: How many records.
        policy: What may be sent.
        **reading: How the source is read, as for `load`.

    >>> preview([{"id": 7, "plan": "pro"}], as_="identify", map={"userId": "id", "traits.plan": "plan"})[0].call
    {'type': 'identify', 'userId': '7', 'traits': {'plan': 'pro'}}
    """
    reader, mapper = open_source(source, Reading(**reading))
    if isinstance(reader, AsyncRecords):
        raise ConfigurationError("The source is asynchronous, and can only be loaded.")
    checker = checker_for(policy or Policy(), "", reading.get("as_"), mapper)
    records = chain.from_iterable(enumerate(block.records, block.first) for block in reader.blocks(0, None))
    return [_previewed(checker, index, record) for index, record in islice(records, count)]


def _previewed(checker: Checker, index: int, record: object) -> PreviewedRecord:
    try:
        return PreviewedRecord(position=index + 1, call=checker.check(record))
    except BadRecord as bad:
        return PreviewedRecord(position=index + 1, reason=bad.reason)
