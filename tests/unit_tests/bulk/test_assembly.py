"""Calls are put together of whatever columns there are."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa
import pytest

from langchain_customerio.bulk import preview
from langchain_customerio.bulk.mapping import Mapper


def test_a_table_may_hold_nothing_but_parts_of_objects() -> None:
    (found,) = preview(pa.table({"traits.plan": ["pro"]}))
    assert (found.call, found.reason) == (None, 'needs "type": one of identify, track, page, screen, group, alias')


@pytest.mark.parametrize("nulls", ["drop", "send"])
def test_a_value_that_json_cannot_carry_leaves_the_rows_beside_it_as_they_are(nulls: Any) -> None:
    fields = {"userId": "id", "traits.at": "at", "traits.plan": "plan"}
    assembly = Mapper("identify", fields, nulls=nulls).assembly(("id", "at", "plan"))
    first, bad, last = assembly.lines([["1", "2", "3"], ["x", "\ud800", "y"], [None, "pro", None]], 3, {})
    text = io.BytesIO(b"id,at,plan\n1,x,\n3,y,\n")
    good = [found.call for found in preview(text, format="csv", as_="identify", map=fields, nulls=nulls)]
    assert [first, last] == good
    assert bad["traits"]["at"] == "\ud800"


def test_an_object_may_lie_deeper_and_there_may_be_no_column_that_is_a_field() -> None:
    table = pa.table({"userId": ["7", "8"], "context.app.name": ["x", None]})
    assert [found.call for found in preview(table, as_="identify")] == [
        {"type": "identify", "userId": "7", "context": {"app": {"name": "x"}}},
        {"type": "identify", "userId": "8"},
    ]
    assert Mapper("identify", {}).assembly(("other",)).lines([], 2, {}) == (b'{"type":"identify"}',) * 2
    assert Mapper(None, {}).assembly(("context.app.name",)).lines([[None]], 1, {}) == [{}]
