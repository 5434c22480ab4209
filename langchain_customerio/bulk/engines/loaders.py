"""What an engine hands its rows to: picklable, without a key, and the same whichever worker it runs in."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, Unpack

from langchain_customerio.bulk.engines.results import COLUMNS, results
from langchain_customerio.bulk.engines.rows import Rows
from langchain_customerio.bulk.load import carry_out
from langchain_customerio.bulk.options import Options
from langchain_customerio.bulk.plan import plan
from langchain_customerio.bulk.rate_limit import REQUESTS_PER_SECOND, RateLimit
from langchain_customerio.bulk.readers.extras import need_arrow
from langchain_customerio.bulk.readers.open import Opened, mapper_of
from langchain_customerio.client.client import PipelinesClient
from langchain_customerio.errors import ConfigurationError
from langchain_customerio.policy.policy import Policy

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from langchain_customerio.bulk.options import EngineOptions
    from langchain_customerio.bulk.report import LoadReport

_SAME_KEY: Final = "key: another row of the same part has it too; where their calls are equal as well, so are their ids"


class Loader:
    """Loads Arrow tables that an engine deals out to workers; each is loaded as `load` would.

    Delivery is at least once. An engine repeats a task whose worker died, and a repeat has the same ids as before: an
    id is made from `name`, from the row's `key` and from the content of its call, and from nothing that depends on
    how rows are dealt out. A row that brings a `messageId` keeps it.

    Args:
        name: What the whole source is called; the same whenever it is loaded.
        key: The column, or columns, that tell rows apart, such as an order number or the position in a file. With
            `WHOLE_ROW`, rows that are equal in all columns are one event: all are sent, under one id. There is no
            default, since nothing else of a row outlives another division into parts.
        concurrency: How many tasks the engine runs at once, at the most; the engine has to be told so too.
        client: What builds a client, in each worker; by default one from the environment of the worker. It travels to
            the workers, so it must not hold a key but get it there.
        rate: Requests per second of all tasks together, on average; None for no limit. Each task gets an equal share.
        checkpoints: Folder that all workers see under this path. A later run with the same folder, or another attempt
            at a task, goes on where each part stood, provided that the engine makes the same parts again. It takes a
            file system that replaces files as a whole, such as a local disk or NFS, not an object store. A folder is
            for one load.
        json: The column that holds each call as JSON text. Without it, columns are fields, as `map` and `as_` say.
        **options: As for `load`.

    Raises:
        ConfigurationError: If something of this makes no sense.
    """

    def __init__(  # noqa: PLR0913 - every option has a name
        self,
        *,
        name: str,
        key: str | Sequence[str],
        concurrency: int,
        client: Callable[[], PipelinesClient] = PipelinesClient,
        rate: float | None = REQUESTS_PER_SECOND,
        checkpoints: str | os.PathLike[str] | None = None,
        json: str | None = None,
        **options: Unpack[EngineOptions],
    ) -> None:
        """Refuse here, before anything travels, what no worker could do."""
        self._name = name
        self._key = (key,) if isinstance(key, str) else tuple(key)
        self._client = client
        self._share = None if rate is None or concurrency < 1 else rate / concurrency
        self._checkpoints = None if checkpoints is None else str(checkpoints)
        self._json = json
        self._options = options
        if not name or not self._key or concurrency < 1:
            raise ConfigurationError("An engine needs a name, a key of one column at least, and a concurrency above 0.")
        if isinstance(client, PipelinesClient):
            raise ConfigurationError("A client holds a key, which must not travel: give a function that builds one.")
        if self._checkpoints is not None and "://" in self._checkpoints:
            raise ConfigurationError("Checkpoints need a folder of a file system, not an address.")
        if (options.get("policy") or Policy()).max_writes is not None:
            raise ConfigurationError("max_writes counts the calls of one process: an engine has several.")
        self._rate_limit()
        mapper_of(Options.of(**options))

    def _rate_limit(self) -> RateLimit:
        """Return that of a task. It begins as if its share were used up, since another task may have ended just now."""
        return RateLimit(self._share, spent=True)

    def _results(self, client: PipelinesClient, table: Any, rate_limit: RateLimit) -> Iterator[Any]:  # noqa: ANN401 - pyarrow ships no types
        """Load a table, and give the record batches that say what became of it."""
        if not table.num_rows:
            yield from results(None, [])
            return
        began = time.time()
        rows = Rows(table, self._name, self._key, json=self._json, tell_parts_apart=self._checkpoints is not None)
        with ExitStack() as stack:
            folder = Path(self._checkpoints or stack.enter_context(TemporaryDirectory()))
            folder.mkdir(parents=True, exist_ok=True)
            letters = folder / f"{rows.fingerprint}.jsonl"
            options = Options.of(**self._options, name=self._name, dead_letter=letters)
            if self._checkpoints is not None:
                options = replace(options, checkpoint=folder / f"{rows.fingerprint}.checkpoint", resume=True)
            report = self._load(client, rows, options, rate_limit)
            refused = rows.with_keys(letters.read_bytes()) if letters.exists() else []
        yield from results(report, refused, began, time.time())

    def _load(self, client: PipelinesClient, rows: Rows, options: Options, rate_limit: RateLimit) -> LoadReport:
        mapper = mapper_of(options) if self._json is None or options.map is not None else None
        rows.take(mapper, options.types)
        report = carry_out(plan(client, Opened(rows, mapper), options, rate_limit=rate_limit))
        warnings = {**report.warnings, **({_SAME_KEY: rows.repeated} if rows.repeated else {})}
        return report.model_copy(update={"warnings": warnings, "dead_letter": None, "checkpoint": None})


class RayLoader(Loader):
    """Loads a dataset of Ray Data, a batch at a time.

    It takes what `Loader` takes. Ray gives each block of a dataset to a task; blocks of some ten thousand rows make
    full requests and need little memory. Unless it is told to preserve the order, it makes other blocks in each run,
    which no checkpoint knows again:

        DataContext.get_current().execution_options.preserve_order = True
        blocks = dataset.repartition(target_num_rows_per_block=25_000)
        rows = blocks.map_batches(loader, batch_format="pyarrow", compute=TaskPoolStrategy(size=concurrency))
        report = combine(rows.iter_rows())
    """

    def __call__(self, table: Any) -> Any:  # noqa: ANN401 - pyarrow ships no types
        """Load a batch, and return a table that says what became of it."""
        with self._client() as client:
            batches = list(self._results(client, table, self._rate_limit()))
        return need_arrow("tables").Table.from_batches(batches)


class SparkLoader(Loader):
    """Loads a data frame of Spark, partition by partition, and each a batch at a time.

    It takes what `Loader` takes. Spark's setting `spark.sql.execution.arrow.maxRecordsPerBatch` says how many rows a
    batch has:

        report = combine(frame.mapInArrow(loader, loader.schema).collect())

    Whatever else is done with the frame that `mapInArrow` returns loads everything again.

    Attributes:
        schema: The columns that it gives, as Spark wants to know them.
    """

    schema: Final = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Load a partition, and say of each batch what became of it."""
        pa = need_arrow("tables")
        rate_limit = self._rate_limit()
        with self._client() as client:
            for batch in batches:
                yield from self._results(client, pa.Table.from_batches([batch]), rate_limit)
