"""What is shown to a person leaves out what there is not."""

from __future__ import annotations

import io

from rich.console import Console

from langchain_customerio.bulk import load
from langchain_customerio.sandbox import Sandbox


def drawn(*records: dict[str, str]) -> str:
    report, console = load(Sandbox().client(), records, name="orders"), Console(file=io.StringIO(), width=100)
    console.print(report)
    return console.file.getvalue()  # type: ignore[attr-defined] # the stream of the line above


def test_a_report_draws_no_table_without_rows() -> None:
    good = {"type": "track", "userId": "ada", "event": "Paid"}
    assert "Reasons" in drawn(good, {"type": "track"})
    assert "Reasons" not in drawn(good)
