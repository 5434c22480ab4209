"""Loads on command, each in a process of its own; run as a process itself, that has imported everything already.

    python -m tests.chaos.loader

reads a line of JSON, forks a child for it and writes the child's number; another line lets the child begin. When the
child has ended, its exit status is written, and the next line is read. What the load says of itself is in the folder.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_customerio import PipelinesClient, Policy, RetryPolicy
from langchain_customerio.bulk import LoadReport, LoadStoppedError, aload, lanes, load
from langchain_customerio.bulk.checkpoint import Checkpoint
from langchain_customerio.bulk.job import Job
from langchain_customerio.bulk.message_ids import Namer
from tests.chaos.records import MAP, ROWS, line, row

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

ENDED = {"complete": 0, "stopped": 3}
SUMS = ("read", "delivered", "refused", "dead_lettered", "not_reached")


def source_of(kind: str, folder: Path, count: int) -> Any:  # noqa: PLR0911 - one for each kind
    match kind:
        case "jsonl" | "jsonl.gz" | "csv" | "parquet":
            return folder / f"events.{kind}"
        case "table":
            import pyarrow as pa  # noqa: PLC0415 - only for this kind

            return pa.Table.from_pylist(list(map(row, range(count))))
        case "objects":
            return (json.loads(text) if text != b"{" else {} for text in map(line, range(count)))
        case "lines":
            return map(line, range(count))
        case "open file":
            return (folder / "events.jsonl").open("rb")
        case "pipe":
            return piped(folder)
        case _:
            return aobjects(count)


async def aobjects(count: int) -> AsyncIterator[Any]:
    for number in range(count):
        if number % 50 == 0:
            await asyncio.sleep(0)
        yield line(number)


def piped(folder: Path) -> Path:
    """Return a named pipe into which a thread writes the events."""
    pipe = folder / "pipe.jsonl"
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)

    def fill() -> None:
        with suppress(BrokenPipeError):
            pipe.write_bytes((folder / "events.jsonl").read_bytes())

    threading.Thread(target=fill, daemon=True).start()
    return pipe


def careless(send: Any) -> Any:
    """Return what takes every failure for a success."""

    def sent(*arguments: Any) -> Any:
        with suppress(Exception):
            return send(*arguments)

    return sent


def random_id(*_: object) -> bytes:
    return f"{random.getrandbits(80):026}".encode()


def named_at_random(_: Namer, __: int, content: bytes) -> bytes:
    return b'{"messageId":"' + random_id() + b'",' + content[1:]


SABOTAGE: dict[str, list[tuple[Any, str, Any]]] = {
    "settles a failure": [(Job, "_refusal", careless(Job._refusal))],
    "random ids": [(Namer, "name", random_id), (Namer, "named", named_at_random)],
    "no lanes": [(lanes, "crc32", lambda _: random.getrandbits(8))],
    "no checkpoint": [(Checkpoint, "write", lambda *_, **__: None)],
}
"""Promises of the loader that can be broken on purpose, and how."""


def check(report: LoadReport) -> None:
    counts = {name: getattr(report, name) for name in SUMS}
    if counts["read"] != sum(counts.values()) - counts["read"] or min(counts.values()) < 0:
        raise AssertionError(f"the accounts do not add up: {counts}")


def carry_out(command: dict[str, Any]) -> int:
    folder, kind = Path(command["folder"]), command["source"]
    for where, name, broken in SABOTAGE.get(command["sabotage"], ()):
        getattr(where, name)  # what is not there cannot be broken
        setattr(where, name, broken)
    client = PipelinesClient(
        "key", base_url=f"{command['address']}/{os.getpid()}/v1", retry=RetryPolicy(attempts=3, base_delay=0.001)
    )
    options: dict[str, Any] = {**command["options"], "policy": Policy(max_batch=command["max_batch"])}
    options |= {"checkpoint": folder / "checkpoint", "dead_letter": folder / "letters", "resume": True, "patience": 0}
    options |= {"as_": "track", "map": MAP} if kind in ROWS else {}
    options |= {"rate": None, "on_progress": check}
    source = source_of(kind, folder, command["count"])
    try:
        if command["mode"] == "load":
            report = load(client, source, **options)
        else:
            report = asyncio.run(aload(client, source, **options))
    except LoadStoppedError as error:
        report = error.report
        (folder / "why").write_text(error.why)
    check(report)
    (folder / "report").write_text(report.model_dump_json())
    return ENDED[report.status]


def child(command: dict[str, Any], go: int) -> int:
    os.read(go, 1)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return carry_out(command)
    except BaseException as error:  # noqa: BLE001 - the test wants to know
        (Path(command["folder"]) / "why").write_text(f"{type(error).__name__}: {error}")
        return 4


def commands() -> Iterator[dict[str, Any]]:
    while text := sys.stdin.readline():
        yield json.loads(text)


def say(**what: Any) -> None:
    sys.stdout.write(f"{json.dumps(what)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    for command in commands():
        go, ready = os.pipe()
        if (process := os.fork()) == 0:
            os._exit(child(command, go))
        say(process=process)
        sys.stdin.readline()
        os.write(ready, b"x")
        say(status=os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
        os.close(go)
        os.close(ready)
