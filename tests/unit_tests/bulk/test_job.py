"""A table that is loaded again is known again, as long as there are not too many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from langchain_customerio.bulk import job, load
from langchain_customerio.sandbox import Sandbox

if TYPE_CHECKING:
    import pytest


def test_the_tables_loaded_last_are_known_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "_LOADED", {})
    monkeypatch.setattr(job, "_MOST_LOADED", 2)
    sandbox = Sandbox()

    def again(number: int) -> bool:
        return load(sandbox.client(), pa.table({"userId": [number]}), as_="identify").again

    assert [again(number) for number in (1, 2, 2, 1, 3, 2)] == [False, False, True, True, False, True]
    assert again(1) is False
