"""Orders in a data frame of Spark, loaded into Customer.io by Spark's workers, with one rate and one report.

As it is, it runs on this machine, against a sandbox that counts what arrives, and fails if the count is not right:

    pip install 'langchain-customerio[files,sandbox]' pyspark    # and a Java
    python examples/clusters/load_on_spark.py

On a cluster, set CUSTOMERIO_API_KEY in the executors' environment, and give `checkpoints` a folder that all of them
see.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pyspark.sql import SparkSession

from langchain_customerio.bulk.engines import SparkLoader, combine
from orders import MAP, TASKS, is_right, stage

if TYPE_CHECKING:
    from pathlib import Path

    from langchain_customerio.bulk import LoadReport

SETTINGS = {
    "spark.sql.execution.arrow.maxRecordsPerBatch": "25000",
    "spark.ui.enabled": "false",
}


def load(spark: SparkSession, folder: Path) -> LoadReport:
    orders = spark.read.parquet(str(folder / "orders"))
    loader = SparkLoader(
        name="orders of 2026",
        key="order_id",
        concurrency=TASKS,
        checkpoints=folder / "checkpoints",
        as_="track",
        map=MAP,
        strict=True,
    )
    report = combine(orders.mapInArrow(loader, loader.schema).collect(), dead_letter=folder / "refused.jsonl")
    print(report, end="\n\n")
    return report


def main() -> int:
    with stage() as (sandbox, folder):
        spark = SparkSession.builder.master(f"local[{TASKS}]").config(map=SETTINGS).getOrCreate()
        first = load(spark, folder)
        print("Once more, with the same checkpoints:")
        (folder / "refused.jsonl").unlink()
        second = load(spark, folder)
        spark.stop()
        return 0 if is_right(sandbox, first, second, folder / "refused.jsonl") else 1


if __name__ == "__main__":
    sys.exit(main())
