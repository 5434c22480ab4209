"""What is written down of a load, and what is not any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from langchain_customerio.bulk.interrupts import StopAsked
from langchain_customerio.bulk.options import Options
from langchain_customerio.bulk.plan import plan
from langchain_customerio.bulk.readers.open import open_source
from langchain_customerio.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path


def test_a_load_that_was_left_in_the_middle_writes_nothing_down_any_more(tmp_path: Path) -> None:
    sandbox, letters = Sandbox(), tmp_path / "letters"
    options = Options.of(dead_letter=letters)
    opened = open_source([{"type": "track", "userId": "ada"}, {"type": "page", "userId": "ada"}], options)
    job = plan(sandbox.client(), opened, options)
    blocks = opened.reader.blocks(0, None)  # type: ignore[union-attr] # a list is read synchronously
    filled = [each for checked in job.checked(blocks) for each in job.requests(checked)]
    (request,) = [each for each in [*filled, *job.requests(None)] if each is not None]
    job.abandon()
    with pytest.raises(StopAsked):
        job.send(request)
    assert sandbox.accepted_calls == []
    assert not letters.exists() or letters.read_bytes() == b""
