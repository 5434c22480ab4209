"""Calls are put together of whatever columns there are."""

from __future__ import annotations

import pyarrow as pa

from langchain_customerio.bulk import preview


def test_a_table_may_hold_nothing_but_parts_of_objects() -> None:
    (found,) = preview(pa.table({"traits.plan": ["pro"]}))
    assert (found.call, found.reason) == (None, 'needs "type": one of identify, track, page, screen, group, alias')
