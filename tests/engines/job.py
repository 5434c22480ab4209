"""A load on an engine, as somebody's own program would do it; run as a process of its own, by the engines' Python.

    python -m tests.engines.job ray|spark DATA FOLDER

loads the Parquet files in DATA and prints the report as JSON. Each worker leaves its process id in FOLDER/workers, and
the checkpoints are in FOLDER/checkpoints.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_customerio import PipelinesClient
from langchain_customerio.bulk.engines import RayLoader, SparkLoader, combine

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_customerio.bulk import LoadReport

TASKS, ROWS = 2, 25_000
MAP = {"userId": "customer", "event": "what", "properties.n": "n"}


def build_client() -> PipelinesClient:
    """Leave the process id where the test finds it."""
    Path(os.environ["WORKERS"], str(os.getpid())).touch()
    return PipelinesClient()


def check_pickle(pickled: bytes) -> None:
    """Make sure that the key of this process does not travel."""
    assert b"RayLoader" in pickled or b"SparkLoader" in pickled
    assert os.environ["CUSTOMERIO_API_KEY"].encode() not in pickled


def on_ray(data: str, options: dict[str, Any]) -> LoadReport:
    import ray  # noqa: PLC0415 - either of the two is there
    from ray.data import DataContext, TaskPoolStrategy  # noqa: PLC0415 - as above

    loader = RayLoader(**options)
    check_pickle(ray.cloudpickle.dumps(loader))
    ray.init(num_cpus=TASKS, include_dashboard=False, object_store_memory=200 * 2**20, log_to_driver=False)
    DataContext.get_current().execution_options.preserve_order = True
    blocks = ray.data.read_parquet(data).repartition(target_num_rows_per_block=ROWS)
    rows = blocks.map_batches(loader, batch_format="pyarrow", compute=TaskPoolStrategy(size=TASKS))
    return combine(rows.iter_rows())


def on_spark(data: str, options: dict[str, Any]) -> LoadReport:
    from pyspark import cloudpickle  # noqa: PLC0415 - either of the two is there
    from pyspark.sql import SparkSession  # noqa: PLC0415 - as above

    loader = SparkLoader(**options)
    check_pickle(cloudpickle.dumps(loader))
    settings = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.sql.execution.arrow.maxRecordsPerBatch": str(ROWS),
        "spark.sql.files.minPartitionNum": "10",
        "spark.ui.enabled": "false",
    }
    spark = SparkSession.builder.master(f"local[{TASKS},4]").config(map=settings).getOrCreate()  # four attempts each
    frame = spark.read.parquet(data)
    return combine(frame.mapInArrow(loader, loader.schema).collect())


ENGINES: dict[str, Callable[[str, dict[str, Any]], LoadReport]] = {"ray": on_ray, "spark": on_spark}

if __name__ == "__main__":
    engine, data, folder = sys.argv[1:]
    common = {"name": "orders", "key": "n", "concurrency": TASKS, "client": build_client, "as_": "track", "map": MAP}
    report = ENGINES[engine](data, {**common, "checkpoints": Path(folder, "checkpoints")})
    sys.stdout.write(report.model_dump_json())
