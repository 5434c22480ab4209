"""The records of a trial: what each is, and what is to become of it. Nothing here is of the project."""

from __future__ import annotations

import csv
import gzip
import io
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

PEOPLE = 7
MAP = {"userId": "who", "event": "what", "properties.n": "n"}
ROWS = ("csv", "parquet", "table")
SOURCES = (
    *("jsonl", "jsonl.gz", "csv", "parquet", "table"),
    *("objects", "lines", "open file", "pipe", "async objects"),
)


def is_bad(number: int) -> bool:
    """Return whether a record is none that can be sent."""
    return number % 37 == 5


def is_refused(number: int) -> bool:
    """Return whether the far end does not take a record."""
    return number % 41 == 7


def is_alias(number: int) -> bool:
    """Return whether a record merges two people, where records are not rows."""
    return number % 97 == 50


def call(number: int) -> dict[str, Any]:
    person = f"u{number % PEOPLE}"
    if is_alias(number):
        return {"type": "alias", "userId": person, "previousId": f"a{number}"}
    return {"type": "track", "userId": person, "event": "Paid", "properties": {"n": number}}


def number_of(item: dict[str, Any]) -> int:
    """Return which record an item of a batch is."""
    return int(item["previousId"][1:]) if item["type"] == "alias" else int(item["properties"]["n"])


def line(number: int) -> bytes:
    return b"{" if is_bad(number) else json.dumps(call(number)).encode()


def row(number: int) -> dict[str, Any]:
    return {"who": None if is_bad(number) else f"u{number % PEOPLE}", "what": "Paid", "n": number}


def write(folder: Path, kind: str, count: int) -> None:
    """Write the file that a source is read from."""
    lines = b"".join(line(number) + b"\n" for number in range(count))
    (folder / "events.jsonl").write_bytes(lines)
    (folder / "events.jsonl.gz").write_bytes(gzip.compress(lines))
    if kind == "csv":
        text = io.StringIO()
        writer = csv.DictWriter(text, ["who", "what", "n"])
        writer.writeheader()
        writer.writerows(map(row, range(count)))
        (folder / "events.csv").write_text(text.getvalue())
    if kind == "parquet":
        import pyarrow as pa  # noqa: PLC0415 - only for this kind
        import pyarrow.parquet as pq  # noqa: PLC0415 - as above

        pq.write_table(pa.Table.from_pylist(list(map(row, range(count)))), folder / "events.parquet", row_group_size=90)
