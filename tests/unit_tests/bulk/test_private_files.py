"""Files that nobody else may read."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from langchain_customerio.bulk import load
from langchain_customerio.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_load_keeps_a_checkpoint_also_where_the_system_has_no_locks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "fcntl", None)  # as on Windows
    event = {"type": "track", "userId": "ada", "event": "Paid"}
    assert load(Sandbox().client(), [event], checkpoint=tmp_path / "checkpoint").delivered == 1
    assert (tmp_path / "checkpoint").exists()
