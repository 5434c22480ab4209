"""A preview shows records, and a blank line is none."""

from __future__ import annotations

from langchain_customerio.bulk import preview


def test_blank_lines_are_passed_over() -> None:
    found = preview(["", '{"type": "page", "userId": "ada"}', " \n", "{"], 5)
    assert [(record.position, record.call is None) for record in found] == [(2, False), (4, True)]
