"""Orders from a warehouse: a query is loaded, and the log of the load is joined to its source, to see what is missing.

It runs offline, against a sandbox in memory, and needs the package's extra `sql`:

    python examples/warehouse.py

The same query from the command line, with CUSTOMERIO_API_KEY set:

    langchain-customerio load --query "from orders" --database duckdb:///shop.duckdb --as track --map userId=customer
    --map properties=* --key id --name orders --log orders.parquet
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from langchain_customerio.bulk import load
from langchain_customerio.sandbox import Sandbox

COUNT = 1_000
NOBODYS = [250, 500, 750, 1_000]  # orders without a customer

ORDERS = """
create table orders as
select
    id,
    case when id % 250 = 0 then null else 'c' || id % 40 end as customer,
    'Order Completed' as event,
    timestamptz '2026-11-20 10:00:00Z' + to_seconds(id) as timestamp,
    id / 4 as total
from range(1, $count + 1) as t(id)
"""

MISSING = """
select orders.id, orders.total, log.code
from orders left join read_parquet($log) as log on (log.key ->> 'id')::int = orders.id
where log.status is distinct from 'accepted'
order by orders.id
"""

ARRIVED = """
select count(*)
from orders join read_parquet($log) as log on (log.key ->> 'id')::int = orders.id
where log.status = 'accepted'
"""


def main() -> int:
    sandbox = Sandbox()
    with TemporaryDirectory() as folder, duckdb.connect() as warehouse, sandbox.client() as client:
        warehouse.execute(ORDERS, {"count": COUNT})
        log = Path(folder, "orders.parquet")
        report = load(
            client,
            warehouse.sql("from orders"),  # a relation: its rows are made while they are sent
            as_="track",
            map={"userId": "customer", "properties": "*"},
            key="id",  # names each row, in the log and in its messageId
            name="orders",
            log=log,
            strict=True,
        )
        print(report, end="\n\n")

        missing = warehouse.execute(MISSING, {"log": str(log)}).fetchall()
        for number, total, code in missing:
            print(f"order {number} of {total:.2f} did not arrive: {code}")
        [(arrived,)] = warehouse.execute(ARRIVED, {"log": str(log)}).fetchall()

    assert [number for number, _, _ in missing] == NOBODYS, missing
    assert {code for _, _, code in missing} == {"missing_one_of"}, missing
    assert arrived == len(sandbox.events) == COUNT - len(NOBODYS), arrived
    print("\n✓ The log joined to its source names the four orders that did not arrive, and the 996 that did.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
