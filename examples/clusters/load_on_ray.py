"""Orders in a dataset of Ray Data, loaded into Customer.io by Ray's workers, with one rate and one report.

As it is, it runs on this machine, against a sandbox that counts what arrives, and fails if the count is not right:

    pip install 'langchain-customerio[files,sandbox]' 'ray[data]'
    python examples/clusters/load_on_ray.py

On a cluster, set CUSTOMERIO_API_KEY in the workers' environment, and give `checkpoints` a folder that all of them see.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import ray
from ray.data import DataContext, TaskPoolStrategy

from langchain_customerio.bulk.engines import RayLoader, combine
from orders import MAP, TASKS, is_right, stage

if TYPE_CHECKING:
    from pathlib import Path

    from langchain_customerio.bulk import LoadReport


def load(folder: Path) -> LoadReport:
    DataContext.get_current().execution_options.preserve_order = True  # the same blocks in each run, for checkpoints
    orders = ray.data.read_parquet(str(folder / "orders")).repartition(target_num_rows_per_block=25_000)
    loader = RayLoader(
        name="orders of 2026",
        key="order_id",
        concurrency=TASKS,
        checkpoints=folder / "checkpoints",
        as_="track",
        map=MAP,
        strict=True,
    )
    rows = orders.map_batches(loader, batch_format="pyarrow", compute=TaskPoolStrategy(size=TASKS))
    report = combine(rows.iter_rows(), dead_letter=folder / "refused.jsonl")
    print(report, end="\n\n")
    return report


def main() -> int:
    with stage() as (sandbox, folder):
        ray.init(num_cpus=TASKS, include_dashboard=False, log_to_driver=False)  # on a cluster: ray.init("auto")
        first = load(folder)
        print("Once more, with the same checkpoints:")
        (folder / "refused.jsonl").unlink()
        second = load(folder)
        ray.shutdown()
        return 0 if is_right(sandbox, first, second, folder / "refused.jsonl") else 1


if __name__ == "__main__":
    sys.exit(main())
