"""What a model may imagine: JSON of any shape, and bodies that are nearly right."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from pydantic.alias_generators import to_snake

from tests.cases import CASES, SINGLE_CASES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cases import Case

MARK = "§"
"""Stands in every string that is a value, and in no text of ours."""

_FIELDS = sorted({name for case in CASES for name in case.complete})
_WORDS = ("email", "id", "name", "ip", "plan", "first name", "data", "user_agent", "objectTypeId", "type", "a\nb", "")

keys = st.one_of(
    st.sampled_from([*_FIELDS, *map(to_snake, _FIELDS), *_WORDS]),
    st.text(st.characters(exclude_characters=MARK), max_size=90),
)
texts = st.text(max_size=20).map(MARK.__add__)
numbers = st.one_of(st.integers(min_value=10**9), st.integers(max_value=-(10**9)), st.floats())
leaves = st.one_of(texts, numbers, st.booleans(), st.none())
json = st.recursive(
    leaves, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=4)), max_leaves=8
)
"""JSON as Python reads it, NaN, infinities, huge integers and lone surrogates among it."""


@st.composite
def near(draw: Callable[[st.SearchStrategy[Any]], Any], case: Case) -> Any:
    """Return a body of the case with some fields left out, renamed, replaced or made up."""
    body: dict[str, Any] = {}
    for name, value in case.complete.items():
        fate = draw(st.sampled_from(("kept", "kept", "kept", "lost", "lost", "renamed", "replaced")))
        if fate == "lost":
            continue
        body[to_snake(name) if fate == "renamed" else name] = draw(json) if fate == "replaced" else value
    if body.get("batch") is case.complete.get("batch") is not None:
        body["batch"] = draw(st.lists(st.one_of(*map(_item, SINGLE_CASES), json), max_size=3))
    return body | draw(st.dictionaries(keys, json, max_size=1))


def _item(case: Case) -> st.SearchStrategy[Any]:
    return near(case).map(lambda body: {"type": case.call.kind, **body})


def values_of(body: object) -> set[str]:
    """Return what a refusal must not repeat: the mark of every string, and the digits of every large number."""
    if isinstance(body, dict):
        return {value for inner in body.values() for value in values_of(inner)}
    if isinstance(body, list):
        return {value for inner in body for value in values_of(inner)}
    if isinstance(body, str):
        return {MARK} if body.startswith(MARK) else set()
    return {str(body)} if isinstance(body, int | float) and 10**9 <= abs(body) < math.inf else set()
