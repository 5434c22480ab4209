"""Foreign text: bounded, escaped and quoted, so that it can neither hide, nor pretend, nor drive a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_customerio.text import bounded, escaped, quotation, quoted, shown, without_invisible

ANY = st.text(max_size=300)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("plain", '"plain"'),
        ('a" for "bob', r'"a\" for \"bob"'),
        ("a\nRisk: none", r'"a\nRisk: none"'),
        ("a\u202eb", r'"a\u202eb" (ASCII: "a\u202eb")'),
        ("a\u200bb", r'"a\u200bb" (ASCII: "a\u200bb")'),
        ("Łódź", r'"Łódź" (ASCII: "\u0141\u00f3d\u017a")'),
        ("x" * 80, f'"{"x" * 80}"'),
        ("x" * 81, f'"{"x" * 79}…"'),
    ],
)
def test_a_foreign_name_is_quoted_with_every_disguise_written_out(text: str, result: str) -> None:
    assert quoted(text) == result


@given(ANY, st.integers(2, 100))
def test_no_text_becomes_longer_than_its_bound_or_keeps_a_character_that_nobody_sees(text: str, most: int) -> None:
    for result in (escaped(text, most), bounded(text, most), shown(text, most)):
        assert len(result) <= most
    assert without_invisible(escaped(text, most)) == escaped(text, most)
    assert escaped(text, most).isprintable()


def test_what_is_escaped_is_bounded_after_it_was_escaped() -> None:
    assert len(escaped("\u202e" * 1_000, 50)) == 50
    assert escaped("a\nb", 50, keep="\n") == "a\nb"
    assert escaped("a\nb", 50) == r"a\nb"


@pytest.mark.parametrize(
    "invisible", ["\x00", "\u3164", "\ufe0f", "\u034f", "\u115f", "\u00ad", "\u2060", "\U000e0041"]
)
def test_default_ignorable_characters_are_not_seen(invisible: str) -> None:
    assert without_invisible(f"e{invisible}mail") == "email"
    assert invisible not in escaped(f"e{invisible}mail", 50)


@given(ANY)
def test_a_quotation_cannot_be_ended_from_inside(text: str) -> None:
    inside = quotation(text)[1:-1]
    marks = {
        c for c in inside if unicodedata.category(c) in {"Pi", "Pf"} or "QUOTATION MARK" in unicodedata.name(c, "")
    }
    assert '"' not in inside
    assert marks == set()


def test_an_address_is_not_repeated_where_a_key_is_shown() -> None:
    assert shown("ada@example.com") == "[e-mail]"
    assert shown("x ada@example.com y") == "x [e-mail] y"
    assert shown("a@b") == "a@b"
