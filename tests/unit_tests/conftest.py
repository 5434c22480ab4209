"""The desk of a reader who tries what our pages say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from langchain_customerio.sandbox import Sandbox
from tests import stand_in_model

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give an empty folder, and keys that open nothing but stand-ins on loopback."""
    monkeypatch.chdir(tmp_path)
    with Sandbox().serve(port=0) as api, stand_in_model.serve() as model:
        monkeypatch.setenv("CUSTOMERIO_API_KEY", "a-key-for-readers")
        monkeypatch.setenv("CUSTOMERIO_BASE_URL", api.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "a-key-for-readers")
        monkeypatch.setenv("OPENAI_BASE_URL", model)
        yield
