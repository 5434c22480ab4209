"""Somebody else's words, before they are repeated: short, on one line, without markup, keys or people's data."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from langchain_customerio.client.answer import clean
from langchain_customerio.client.keys import Key

KEY = "k3y-" + "0123456789" * 2


@given(
    st.lists(
        st.one_of(st.text(), st.sampled_from([KEY, "ada@example.com", "<b>", "&lt;", "\n", "<script>", "x" * 400]))
    )
)
def test_what_somebody_else_said_is_cleaned_and_bounded(parts: list[str]) -> None:
    said = clean("".join(parts), Key(SecretStr(KEY)))
    assert len(said) <= 200
    assert said.isprintable()
    assert KEY not in said
    assert not re.search(r"\w@\w+\.\w", said)
    assert said == " ".join(said.split())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ""),
        ("plain words", "plain words"),
        (" two\r\n lines\x00\x1b[31m ", "two lines [31m"),
        ("<html><style>b{}</style><script>x()</script><h1>Bad&nbsp;Gateway</h1></html>", "Bad Gateway"),
        ("for <ada@example.com> and bob@x.io.", "for and [e-mail]"),
        ("a" * 200, "a" * 200),
        ("a" * 201, "a" * 199 + "…"),
        (f"key {KEY} in a <b>{KEY}</b>", "key [key] in a [key]"),
        (KEY.replace("0", "&#48;"), "[key]"),
        ("<b>" * 30_000 + KEY, "[key]"),
    ],
)
def test_markup_control_characters_keys_and_addresses_are_left_out(text: str, said: str) -> None:
    assert clean(text, Key(SecretStr(KEY))) == said


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (["Ada Lovelace"], "traits.name [data] is too long, Ada"),
        (["Ada", "Ada Lovelace"], "traits.name [data] is too long, [data]"),
        (["Ad", "is"], "traits.name Ada Lovelace is too long, Ada"),
        (["Ada L", "name", "ong"], "traits.[data] Ada Lovelace is too long, Ada"),
        ([], "traits.name Ada Lovelace is too long, Ada"),
        (["Ada\nLovelace"], "traits.name [data] is too long, Ada"),
        (["traits.name Ada Lovelace is too long, Ada"], "[data]"),
        (["traits.name Ada Lovelace is too lonely to be told of"], "traits.name Ada Lovelace is too long, Ada"),
    ],
)
def test_what_a_call_says_about_people_is_left_out(data: list[str], said: str) -> None:
    assert clean("traits.name Ada Lovelace is too long, Ada", data=data) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("Ada was born in London in 1815, and more was written about her than is told here", "note [data]; try again"),
        ("Ada was born in London in 1815, and more was", "note [data] written about her; try again"),
        ("Ada was born in Paris, and nothing of it is true, as everybody knows", "note {}; try again"),
    ],
)
def test_of_a_long_value_as_much_is_left_out_as_is_repeated(value: str, said: str) -> None:
    repeated = "Ada was born in London in 1815, and more was written about her"
    assert clean(f"note {repeated}; try again", data=[value]) == said.format(repeated)
