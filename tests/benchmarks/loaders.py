"""Ways to load a file: ours, the vendor's Python SDK as it comes and tuned, and the least that can be done."""

from __future__ import annotations

import csv
import http.client
import logging
import resource
import sys
import threading
import time
import warnings
from datetime import datetime
from pathlib import Path
from queue import Queue
from typing import TYPE_CHECKING, Any, Final, TypedDict
from urllib.parse import urlsplit

import orjson

from tests.benchmarks.harness import KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKERS: Final = 8
_PEAK_UNIT: Final = 1 if sys.platform == "darwin" else 1024


def peak_memory() -> float:
    """Return the most memory that this process has had, in MB.

    On Linux it is read from where the process starts at nothing; elsewhere it includes what its parent had.
    """
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _PEAK_UNIT / 1e6


class Spent(TypedDict):
    """What a way to load has cost: seconds, seconds of the processor, and megabytes at the highest."""

    seconds: float
    cpu: float
    memory: float


class Spending:
    """Measures what it costs from now on."""

    def __init__(self) -> None:
        """Begin."""
        self._begin = time.perf_counter(), time.process_time()

    def spent(self) -> Spent:
        """Return what it has cost."""
        seconds, cpu = time.perf_counter() - self._begin[0], time.process_time() - self._begin[1]
        return {"seconds": seconds, "cpu": cpu, "memory": peak_memory()}


def ours(path: str, base_url: str, options: dict[str, Any] | None = None) -> Spent:
    """Load with every check, as `load` comes."""
    from langchain_customerio import PipelinesClient  # noqa: PLC0415 - not into the processes of the others
    from langchain_customerio.bulk import load  # noqa: PLC0415 - see above

    with PipelinesClient(KEY, base_url=base_url) as client:
        spending = Spending()
        report = load(client, path, **(options or {}))
        spent = spending.spent()
    assert report.status in {"complete", "dry_run"}
    assert report.delivered == (0 if report.status == "dry_run" else report.read)
    return spent


def sdk(path: str, base_url: str, settings: dict[str, int], columns: dict[str, str] | None = None) -> Spent:
    """Load with the vendor's SDK; where its queue is full, the event is offered again.

    Args:
        path: JSON Lines, or a table.
        base_url: Where to send.
        settings: Of the SDK's client.
        columns: Field to column of a table of events, as for `load`.
    """
    from customerio.analytics import Client  # noqa: PLC0415 - not into the processes of the others

    logging.getLogger("customerio").setLevel(logging.CRITICAL)
    warnings.simplefilter("ignore")
    client = Client(KEY, host=base_url.removesuffix("/v1"), **settings)
    spending = Spending()
    for event in _events(path) if columns is None else _rows(path, columns):
        arguments = {_NAMES.get(name, name): value for name, value in event.items()}
        offer = getattr(client, arguments.pop("type"))
        if "timestamp" in arguments:
            arguments["timestamp"] = datetime.fromisoformat(arguments["timestamp"])
        while not offer(**arguments)[0]:
            time.sleep(0.001)
    client.flush()
    return spending.spent()


_NAMES: Final = {
    "userId": "user_id",
    "anonymousId": "anonymous_id",
    "groupId": "group_id",
    "previousId": "previous_id",
    "messageId": "message_id",
}
"""What the SDK calls a field."""

_UNKNOWN: Final = ("sentAt",)
"""What it has no argument for."""


def _events(path: str) -> Iterator[dict[str, Any]]:
    with Path(path).open("rb") as file:
        for line in file:
            event = orjson.loads(line)
            for name in _UNKNOWN:
                event.pop(name, None)
            yield event


def _rows(path: str, columns: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Read a table as a program for the SDK would, with the columns as they come."""
    for row in _csv_rows(path) if path.endswith(".csv") else _parquet_rows(path):
        event: dict[str, Any] = {"type": "track", "properties": {}}
        for field, column in columns.items():
            head, _, part = field.partition(".")
            if part:
                event[head][part] = row[column]
            else:
                event[head] = row[column]
        yield event


def _csv_rows(path: str) -> Iterator[dict[str, Any]]:
    with Path(path).open(newline="") as file:
        yield from csv.DictReader(file)


def _parquet_rows(path: str) -> Iterator[dict[str, Any]]:
    import pyarrow.parquet  # noqa: PLC0415 - slow to import

    with pyarrow.parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(1_000):
            yield from batch.to_pylist()


def least(path: str, base_url: str) -> Spent:
    """Parse, serialise, pack and post, and check nothing."""
    where = urlsplit(base_url)
    assert where.hostname
    queue: Queue[bytes | None] = Queue(2)

    def work() -> None:
        connection = http.client.HTTPConnection(where.hostname or "", where.port)
        while (body := queue.get()) is not None:
            connection.request("POST", f"{where.path}/batch", body, {"Authorization": f"Bearer {KEY}"})
            connection.getresponse().read()
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(WORKERS)]
    spending = Spending()
    for thread in threads:
        thread.start()
    _pack(path, queue)
    for _ in threads:
        queue.put(None)
    for thread in threads:
        thread.join()
    return spending.spent()


def _pack(path: str, queue: Queue[bytes | None]) -> None:
    items: list[bytes] = []
    size, most = 0, 499_000
    with Path(path).open("rb") as file:
        for number, line in enumerate(file):
            item = orjson.dumps({**orjson.loads(line), "messageId": f"{number:026}"})
            if size + len(item) > most:
                queue.put(b'{"batch":[' + b",".join(items) + b"]}")
                items, size = [], 0
            items.append(item)
            size += len(item) + 1
    queue.put(b'{"batch":[' + b",".join(items) + b"]}")


def dry(path: str, base_url: str, options: dict[str, Any] | None = None) -> Spent:
    """Do all that `load` does but send."""
    return ours(path, base_url, {**(options or {}), "dry_run": True})
