"""Ways to load a file: ours, the vendor's Python SDK as it comes and tuned, and the least that can be done."""

from __future__ import annotations

import http.client
import logging
import resource
import sys
import threading
import time
import warnings
from pathlib import Path
from queue import Queue
from typing import Final
from urllib.parse import urlsplit

import orjson

from tests.benchmarks.harness import KEY

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


def ours(path: str, base_url: str) -> tuple[float, float]:
    """Load with every check, as `load` comes; return seconds and megabytes, the latter at its highest."""
    from langchain_customerio import PipelinesClient  # noqa: PLC0415 - not into the processes of the others
    from langchain_customerio.bulk import load  # noqa: PLC0415 - see above

    with PipelinesClient(KEY, base_url=base_url) as client:
        begin = time.perf_counter()
        report = load(client, path)
        seconds = time.perf_counter() - begin
    assert report.status == "complete"
    assert report.delivered == report.read
    return seconds, peak_memory()


def sdk(path: str, base_url: str, settings: dict[str, int]) -> tuple[float, float]:
    """Load with the vendor's SDK; where its queue is full, the event is offered again."""
    from customerio.analytics import Client  # noqa: PLC0415 - not into the processes of the others

    logging.getLogger("customerio").setLevel(logging.CRITICAL)
    warnings.simplefilter("ignore")
    client = Client(KEY, host=base_url.removesuffix("/v1"), **settings)
    begin = time.perf_counter()
    with Path(path).open("rb") as file:
        for line in file:
            event = orjson.loads(line)
            while not client.track(event["userId"], event["event"], event["properties"])[0]:
                time.sleep(0.001)
    client.flush()
    return time.perf_counter() - begin, peak_memory()


def least(path: str, base_url: str) -> tuple[float, float]:
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
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    _pack(path, queue)
    for _ in threads:
        queue.put(None)
    for thread in threads:
        thread.join()
    return time.perf_counter() - begin, peak_memory()


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
