"""The encoding of a file is what its mark or somebody says, and a wrong byte is named."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langchain_customerio.bulk.readers import encoding
from langchain_customerio.bulk.readers.base import ReadingError
from langchain_customerio.bulk.readers.encoding import Decoded, Recoded
from langchain_customerio.bulk.readers.files import File, Stream

if TYPE_CHECKING:
    from pathlib import Path

    from langchain_customerio.bulk.readers.files import Bytes


def text_of(source: Bytes, name: str | None = None) -> str:
    """Return the text of a source."""
    with source.open() as (file, _):
        return "".join(Decoded(source, name).pieces(file.read))


def file(folder: Path, data: bytes) -> File:
    (folder / "f.csv").write_bytes(data)
    return File(folder / "f.csv")


@pytest.mark.parametrize("name", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_with_a_mark_is_known_by_it(tmp_path: Path, name: str) -> None:
    assert text_of(file(tmp_path, "Straße 🎉\n".encode(name))) == "Straße 🎉\n"


@pytest.mark.parametrize(
    ("codec", "mark"), [("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff"), ("utf-32-be", b"\0\0\xfe\xff")]
)
def test_both_orders_of_bytes_are_known(tmp_path: Path, codec: str, mark: bytes) -> None:
    assert text_of(file(tmp_path, mark + "Straße".encode(codec))) == "Straße"
    assert text_of(file(tmp_path, mark + "Straße".encode(codec)), codec) == "Straße", "the mark is no part of the text"


@pytest.mark.parametrize("name", ["windows-1252", "latin-1", "shift_jis", "utf-16-le", "UTF8"])
def test_any_other_encoding_is_what_one_says(tmp_path: Path, name: str) -> None:
    text = "テスト" if name == "shift_jis" else "Strasse, \u00fc"
    assert text_of(file(tmp_path, text.encode(name)), name) == text
    assert text_of(Stream(io.BytesIO(text.encode(name)), "s"), name) == text


@pytest.mark.parametrize("name", ["nonsense", "hex", "", "a\0b"])
def test_an_encoding_must_exist_and_be_one_of_text(name: str) -> None:
    with pytest.raises(ReadingError, match="There is no encoding"):
        Decoded(Stream(io.BytesIO(), "s"), name)


def test_utf_16_without_a_mark_is_guessed_for_nobody(tmp_path: Path) -> None:
    with pytest.raises(ReadingError, match=r"f\.csv has zero bytes, as UTF-16 without a mark does: give its encoding"):
        text_of(file(tmp_path, "id,name\n".encode("utf-16-le")))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.sampled_from(["a", "\n", "ü", "€", "🎉"])).map("".join), st.data())
def test_a_wrong_byte_is_named_by_its_line_and_its_place_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, drawn: st.DataObject
) -> None:
    characters = list(text)
    at = drawn.draw(st.integers(0, len(characters)))
    before = "".join(characters[:at]).encode()
    data = before + b"\xff" + "".join(characters[at:]).encode()
    monkeypatch.setattr(encoding, "_SEARCHED", drawn.draw(st.integers(1, 9)))
    line, byte = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
    with pytest.raises(ReadingError, match=f"not UTF-8: line {line}, byte {byte} is 0xFF"):
        text_of(file(tmp_path, data))


def test_a_file_that_ends_within_a_character_is_wrong_there(tmp_path: Path) -> None:
    with pytest.raises(ReadingError, match="line 2, byte 2 is 0xE2"):
        text_of(file(tmp_path, b"ab\na\xe2\x82"))


def test_where_it_cannot_be_looked_for_or_somebody_knows_better_a_wrong_byte_stays_one(tmp_path: Path) -> None:
    data = b"a\xffb" + "ü".encode()
    assert text_of(Stream(io.BytesIO(data), "s")) == "a\udcffbü"
    assert text_of(file(tmp_path, data), "utf-8") == "a\udcffbü"
    assert text_of(file(tmp_path, b"a\x81"), "windows-1252") == "a\udc81"


@pytest.mark.parametrize("data", [b"\xff\xfea\x00\x00\xd8b\x00", b"\xff\xfea"])
def test_what_has_no_single_bytes_is_refused_as_a_whole(data: bytes) -> None:
    with pytest.raises(ReadingError, match="s is not UTF-16: give its encoding"):
        text_of(Stream(io.BytesIO(data), "s"))


@given(st.lists(st.text(), max_size=5), st.integers(1, 9))
def test_recoded_text_is_read_as_bytes_of_utf_8_in_portions_of_any_size(pieces: list[str], size: int) -> None:
    read = io.BufferedReader(Recoded(iter(pieces)), size).read
    assert b"".join(iter(lambda: read(size), b"")) == "".join(pieces).encode()


def test_what_was_wrong_is_wrong_again_when_it_is_recoded() -> None:
    assert io.BufferedReader(Recoded(iter(["a\udcff"]))).read() == b"a\xff"
