"""Lines of text are what splitting the text gives, and travel as text."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from langchain_customerio.bulk.readers.text_lines import TextLines


@pytest.mark.parametrize("text", [b"", b"one", b"one\n", b"\n\n", b"one\r\n\ntwo\x0bthree", "Grüße\u2028x".encode()])
def test_lines_are_what_splitting_the_text_gives(text: bytes) -> None:
    expected, lines = text.split(b"\n"), TextLines(text)
    assert (len(lines), [*lines], lines[-1], lines[1:]) == (len(expected), expected, expected[-1], expected[1:])
    assert [text[lines.begin(at) :].split(b"\n")[0] for at in range(len(lines))] == expected
    assert lines.begin(len(lines)) == len(text) + 1
    assert [*pickle.loads(pickle.dumps(lines, 5))] == expected  # noqa: S301 - of this test


def test_only_the_text_travels() -> None:
    lines, texts = TextLines(b"one\ntwo"), list[pickle.PickleBuffer]()
    assert [*lines] == [b"one", b"two"]
    data = pickle.dumps(lines, 5, buffer_callback=texts.append)
    assert [bytes(text.raw()) for text in texts] == [b"one\ntwo"]
    assert b"one" not in data


@pytest.mark.parametrize(
    ("records", "are_lines"),
    [([b"one", b"", b"{}"], True), ([b"one\n", b"two"], False), ([b"one", {}], False), (["one"], False), ([], False)],
)
def test_records_become_a_text_where_they_are_lines(records: list[Any], *, are_lines: bool) -> None:
    found = TextLines.of(records)
    assert isinstance(found, TextLines) == are_lines
    assert [*found] == records
    assert TextLines.of(found) is found
