"""The one JSON reader: what it takes comes back as it was written, and all else is refused with a code."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_customerio.api.strict_json import loads, number_problem
from langchain_customerio.errors import InvalidRequestError, Problem


def problem_of(text: bytes | str, **settings: Any) -> Problem:
    with pytest.raises(InvalidRequestError) as caught:
        loads(text, **settings)
    [problem] = caught.value.problems
    return problem


@pytest.mark.parametrize(
    ("text", "code", "values"),
    [
        ('{"a": 1, "a": 2}', "duplicate_key", {"key": '"a"'}),
        ('[{"b": {"\\u0061": 1, "a": 1}}]', "duplicate_key", {"key": '"a"'}),
        ('{"a": NaN}', "not_finite", {}),
        ("-Infinity", "not_finite", {}),
        ('{"a": 1', "not_json", {"what": "expecting ',' delimiter", "line": 1, "column": 8}),
        ('{\n"a": 1,}', "not_json", {"line": 2}),
        ("", "not_json", {"line": 1, "column": 1}),
        ("[1] [2]", "not_json", {"what": "extra data"}),
        (b'[\n"\xff"]', "not_utf8", {"line": 2, "byte": 4}),
        ('"\\ud800"', "broken_text", {}),
        ("\ud800", "broken_text", {}),
        ("[" * 65 + "]" * 65, "too_deep", {"most": 64}),
        ('{"a":' * 100_000, "too_deep", {"most": 64}),
    ],
)
def test_what_would_be_read_otherwise_than_written_is_refused(
    text: bytes | str, code: str, values: dict[str, Any]
) -> None:
    problem = problem_of(text)
    assert problem.code == code
    assert {**problem.values, **values} == problem.values


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("123456789012345678901234567890", "integer_too_large"),
        (str(2**64), "integer_too_large"),
        (str(-(2**63) - 1), "integer_too_large"),
        ("1234567890123456.123456789", "loses_digits"),
        ("0.30000000000000004441", "loses_digits"),
        ("1e-999", "loses_digits"),
        ("1e-1111111111111111111111", "loses_digits"),
        ("1e1111111111111111111111", "not_finite"),
        ("1e999", "not_finite"),
    ],
)
def test_a_number_that_loses_digits_is_refused_with_its_path(number: str, code: str) -> None:
    problem = problem_of(f'{{"a": ["x", {{"ada@example.com": {number}}}]}}')
    assert (problem.code, problem.path) == (code, ("a", 1, "[e-mail]"))


@pytest.mark.parametrize(
    "number",
    [str(2**64 - 1), str(-(2**63)), "1.10", "19.99", "1E5", "-0.0", "5e-324", "1.7976931348623157e308", "1e22"],
)
def test_a_number_that_keeps_its_digits_is_taken(number: str) -> None:
    assert Decimal(repr(loads(number))) == Decimal(number)
    assert number_problem(number) == ""


def test_digits_in_a_text_are_no_number() -> None:
    card = {"card": "12345678901234567890.12345678901234567890e999", "also": "1e-999"}
    assert loads(json.dumps(card)) == card
    assert loads("[" * 64 + "]" * 64)
    assert loads(json.dumps({"brackets": "[" * 500 + "\\" + '"{' * 500})) == {"brackets": "[" * 500 + "\\" + '"{' * 500}


def test_a_text_is_bounded_before_it_is_read() -> None:
    assert problem_of("[" + "1," * 100 + "1]", most=50).values == {"size": 203, "most": 50}
    assert loads("[1]", most=3) == [1]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_whatever_is_well_formed_comes_back_as_it_was_written(value: object) -> None:
    try:
        text = json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return
    assert loads(text) == value
    assert loads(text.decode()) == value


@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:0123456789.eE+-truefalsn\\u', max_size=40).map(str.encode))
def test_any_bytes_are_read_or_refused_and_never_anything_else(data: bytes) -> None:
    try:
        value = loads(data)
    except InvalidRequestError:
        return
    assert value == json.loads(data)
