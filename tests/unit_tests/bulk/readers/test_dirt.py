"""What is likely a slip is noticed, and what only looks like one is not."""

from __future__ import annotations

import io

from langchain_customerio.bulk import load
from langchain_customerio.sandbox import Sandbox


def test_a_blank_before_the_end_of_a_line_within_a_text_is_not_around_it() -> None:
    sandbox = Sandbox()
    csv = 'userId,traits.note\nada,"one \ntwo"\n'
    report = load(sandbox.client(), io.StringIO(csv), as_="identify", format="csv")
    assert sandbox.people["ada"].traits == {"note": "one \ntwo"}
    assert report.warnings == {}
