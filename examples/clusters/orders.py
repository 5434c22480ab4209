"""Shared by the examples: orders in Parquet files, what their columns mean, and a place that counts what arrives."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from langchain_customerio.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_customerio.bulk import LoadReport

ORDERS, WITHOUT_CUSTOMER, FILES = 100_000, 2, 5
TASKS = 2
MAP = {"userId": "customer", "event": "what", "properties.orderId": "order_id", "properties.total": "total"}


@contextmanager
def stage() -> Iterator[tuple[Sandbox, Path]]:
    """Give a sandbox that only counts, and a folder in which there is a folder of orders.

    The workers of an engine inherit the environment, and build their clients from it.
    """
    sandbox = Sandbox(keys={"opens-only-this-sandbox"}, record=False)
    with sandbox.serve() as api, TemporaryDirectory() as folder:
        os.environ.update(CUSTOMERIO_API_KEY="opens-only-this-sandbox", CUSTOMERIO_BASE_URL=api.base_url)
        write_orders(Path(folder, "orders"))
        yield sandbox, Path(folder)


def write_orders(folder: Path) -> None:
    """Write the orders into some files; the customer of some of them is not known."""
    folder.mkdir()
    for start in range(0, ORDERS, ORDERS // FILES):
        numbers = range(start, start + ORDERS // FILES)
        columns = {
            "order_id": [f"o-{number}" for number in numbers],
            "customer": [None if number < WITHOUT_CUSTOMER else f"p{number % 500}" for number in numbers],
            "what": ["Order Completed"] * len(numbers),
            "total": [number / 4 for number in numbers],
        }
        pq.write_table(pa.table(columns), folder / f"{start}.parquet")


def is_right(sandbox: Sandbox, first: LoadReport, second: LoadReport, refused: Path) -> bool:
    """Say, and return, whether every order with a customer arrived once, and the others can be corrected."""
    good = ORDERS - WITHOUT_CUSTOMER
    right = (
        (first.read, first.delivered, first.dead_lettered, first.not_reached) == (ORDERS, good, WITHOUT_CUSTOMER, 0)
        and (second.delivered, second.earlier, second.requests) == (good, ORDERS, 0)
        and sandbox.counts["calls.accepted"] == sandbox.counts["contents"] == good
        and len(refused.read_text().splitlines()) == WITHOUT_CUSTOMER
    )
    print("✓ Every order arrived, and none arrived twice." if right else "✗ That is not what should have arrived.")
    return right
