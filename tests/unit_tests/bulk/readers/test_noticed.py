"""What is noticed is told, as far as memory stays flat."""

from __future__ import annotations

import pyarrow as pa

from langchain_customerio.bulk import load
from langchain_customerio.sandbox import Sandbox


def test_no_more_than_fifty_different_findings_are_told() -> None:
    empty = {f"column {number}": pa.array([None]) for number in range(60)}
    table = pa.table({"id": [1], **empty})
    report = load(Sandbox().client(), table, as_="identify", map={"userId": "id", "traits": "*"})
    assert len(report.warnings) == 50
    assert set(report.warnings.values()) == {1}
