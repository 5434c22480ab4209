"""What is shown to a person leaves out what there is not."""

from __future__ import annotations

import io

from rich.console import Console

from langchain_customerio.bulk import load
from langchain_customerio.sandbox import Sandbox


def drawn(*records: dict[str, str]) -> str:
    shown = io.StringIO()
    Console(file=shown, width=100).print(load(Sandbox().client(), records, name="orders"))
    return shown.getvalue()


def test_a_report_draws_no_table_without_rows() -> None:
    good = {"type": "track", "userId": "ada", "event": "Paid"}
    assert "Reasons" in drawn(good, {"type": "track"})
    assert "Reasons" not in drawn(good)
