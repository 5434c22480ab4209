"""Columns become lines of JSON: the same bytes as an encoder writes for each row, or nothing."""

from __future__ import annotations

import math
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from langchain_customerio.bulk.column_json import lines

TEXTS = st.text(max_size=8) | st.text('",\\x', max_size=5)
NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS
KINDS = [
    TEXTS,
    NUMBERS,
    st.booleans(),
    SCALARS,
    st.lists(SCALARS, max_size=2),
    st.dictionaries(TEXTS, SCALARS, max_size=2),
]


@st.composite
def tables(draw: st.DrawFn) -> tuple[int, list[Any], list[Any]]:
    count = draw(st.integers(0, 4))

    def columns(names: list[str]) -> list[tuple[str, list[Any]]]:
        kinds = [draw(st.sampled_from(KINDS)) for _ in names]
        missing = [draw(st.booleans()) for _ in names]
        return [
            (name, draw(st.lists(kind | st.none() if gaps else kind, min_size=count, max_size=count)))
            for name, kind, gaps in zip(names, kinds, missing, strict=True)
        ]

    fields = columns(draw(st.sampled_from([[], ["userId"], ["userId", "a"]])))
    return (
        count,
        fields,
        [(holder, columns(["x%", 'y"'][: draw(st.integers(0, 2))])) for holder in ("traits", "context")],
    )


@pytest.mark.parametrize("nulls", [False, True])
@given(table=tables())
@example(table=(2, [("userId", ['a",', "b"])], []))
@example(table=(2, [], [("traits", [])]))
@example(
    table=(2, [("userId", ["a", None]), ("n", [None, None])], [("traits", [("x", [None, 1]), ("y", [None, True])])])
)
@example(table=(2, [("userId", ["a\\", "b"]), ("n", [1, 2.5])], []))
def test_each_row_is_what_an_encoder_writes_without_what_is_missing(table: Any, *, nulls: bool) -> None:
    count, fields, parts = table
    expected = []
    for row in range(count):
        call = {name: values[row] for name, values in fields if values[row] is not None}
        for holder, columns in parts:
            part = {name: values[row] for name, values in columns if nulls or values[row] is not None}
            call |= {holder: part} if part else {}
        expected.append(orjson.dumps(call))
    assert lines(fields, parts, count, nulls=nulls) == (*expected,)


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan, 2**64, "\ud800", object(), 1j, {"a": "\ud800"}])
@pytest.mark.parametrize("is_part", [False, True])
def test_what_an_encoder_would_change_or_refuse_is_not_written(value: object, *, is_part: bool) -> None:
    column = ("x", [1.5, value, None])
    fields, parts = ([], [("traits", [column])]) if is_part else ([column], [])
    assert lines(fields, parts, 3, nulls=False) is None
