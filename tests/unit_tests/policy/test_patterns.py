"""How names are spelled for comparison, one at a time or many at once."""

from __future__ import annotations

import pytest

from langchain_customerio.policy.patterns import all_letters, letters


@pytest.mark.parametrize(
    "names",
    [
        [],
        [""],
        ["", ""],
        ["User ID", "cio_id", "$plan", "!", ""],
        ["user\nid", "plan"],
        ["\n"],
        ["Straße", "user_id"],
        ["\uff55ser", "e\u200bmail", "\ud800"],
    ],
)
def test_many_names_are_spelled_as_each_of_them(names: list[str]) -> None:
    assert [*all_letters(names)] == [(name, letters(name)) for name in names]
