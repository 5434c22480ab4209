"""JSON Lines: every line once, at its number, wherever the reading begins and however the bytes come."""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langchain_customerio import ConfigurationError
from langchain_customerio.bulk.readers.base import BadRecord
from langchain_customerio.bulk.readers.files import File, Stream
from langchain_customerio.bulk.readers.jsonl import Lines

if TYPE_CHECKING:
    from pathlib import Path

    from langchain_customerio.bulk.readers.base import Block


def numbered(blocks: list[Block]) -> list[tuple[int, Any]]:
    """Return each record with its index."""
    return [(index, record) for block in blocks for index, record in enumerate(block.records, block.first)]


def lines_of(data: bytes) -> list[tuple[int, bytes]]:
    lines = data.split(b"\n")
    return list(enumerate(lines if lines[-1] else lines[:-1]))


def written(path: Path, data: bytes) -> File:
    path.write_bytes(data)
    return File(path)


class Trickle(io.RawIOBase):
    """A pipe through which the bytes come in small portions."""

    def __init__(self, data: bytes, portion: int) -> None:
        self._data = data
        self._portion = portion

    def read(self, size: int = -1) -> bytes:  # noqa: ARG002 - it gives what it likes
        some, self._data = self._data[: self._portion], self._data[self._portion :]
        return some


data = (
    st.lists(st.binary(max_size=12).map(lambda line: line.replace(b"[", b"")), max_size=12)
    .map(b"\n".join)
    .filter(lambda found: not found.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")) and b"\0" not in found[:4])
)


@given(data, st.integers(1, 7))
def test_a_pipe_gives_every_line_however_its_bytes_are_cut(found: bytes, portion: int) -> None:
    lines = Lines(Stream(Trickle(found, portion), "pipe"))
    assert numbered(list(lines.blocks(0, None))) == lines_of(found)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data, st.data())
def test_reading_begins_at_any_line_by_its_offset_or_by_its_number(
    tmp_path: Path, found: bytes, drawn: st.DataObject
) -> None:
    lines = Lines(written(tmp_path / "f.jsonl", found))
    expected = lines_of(found)
    whole = list(lines.blocks(0, None))
    start = drawn.draw(st.integers(0, len(expected)))
    offset = sum(len(line) + 1 for _, line in expected[:start])
    assert numbered(whole) == expected
    assert numbered(list(lines.blocks(start, offset))) == expected[start:]
    assert numbered(list(lines.blocks(start, None))) == expected[start:]
    for block in whole:
        for index in range(block.first, block.first + len(block.records) + 1):
            assert block.offset(index) == sum(len(line) + 1 for _, line in expected[:index])


def test_long_files_come_in_blocks_of_bounded_size(tmp_path: Path) -> None:
    found = b"\n".join(b'{"n":%d}' % number for number in range(100_000)) + b"\n"
    blocks = list(Lines(written(tmp_path / "f.jsonl", found)).blocks(0, None))
    assert numbered(blocks) == lines_of(found)
    assert max(sum(map(len, block.records)) for block in blocks) < 300_000
    assert [block.reached for block in blocks] == sorted(block.reached for block in blocks)
    assert blocks[-1].reached == len(found)
    middle = blocks[len(blocks) // 2]
    again = Lines(File(tmp_path / "f.jsonl"))
    assert numbered(list(again.blocks(middle.first, middle.begin))) == lines_of(found)[middle.first :]


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_compressed_file_gives_the_same_lines(tmp_path: Path, suffix: str) -> None:
    found = b"\n".join(b'{"n":%d}' % number for number in range(50_000))
    path = tmp_path / f"f.jsonl{suffix}"
    if suffix == ".gz":
        path.write_bytes(gzip.compress(found))
    else:
        with pa.CompressedOutputStream(str(path), "zstd") as out:
            out.write(found)
    lines = Lines(File(path))
    blocks = list(lines.blocks(0, None))
    assert numbered(blocks) == lines_of(found)
    assert blocks[-1].reached == lines.size == path.stat().st_size
    assert numbered(list(lines.blocks(49_990, 123))) == lines_of(found)[49_990:]


def test_text_streams_are_read_too() -> None:
    lines = Lines(Stream(io.StringIO('{"a":"é"}\n\n{"b":"\ud800"}'), "text"))
    assert numbered(list(lines.blocks(0, None))) == [
        (0, '{"a":"é"}'.encode()),
        (1, b""),
        (2, b'{"b":"\xed\xa0\x80"}'),
    ]


def test_the_mark_of_utf_8_is_no_part_of_the_first_line(tmp_path: Path) -> None:
    blocks = list(Lines(written(tmp_path / "f.jsonl", b"\xef\xbb\xbf{}\n[]\n")).blocks(0, None))
    assert numbered(blocks) == [(0, b"{}"), (1, b"[]")]
    assert blocks[0].offset(1) == 6


@pytest.mark.parametrize("length", [1 << 20, (1 << 20) + 1, 3 << 20])
@pytest.mark.parametrize("after", [b"\n{}\n", b"\n", b""])
def test_a_line_without_end_is_not_kept_in_memory_and_those_after_it_are_read(
    tmp_path: Path, length: int, after: bytes
) -> None:
    found = b'{"n":1}\n' + b"x" * (length + 200_000) + after
    lines = Lines(written(tmp_path / "f.jsonl", found))
    first, (index, bad), *rest = numbered(list(lines.blocks(0, None)))
    assert (first, index, rest) == ((0, b'{"n":1}'), 1, [(2, b"{}")] if after.endswith(b"}\n") else [])
    assert isinstance(bad, BadRecord)
    assert bad.reason == f"is a line of {length + 200_000:,} bytes; only its beginning is kept here"
    assert bad.text == "x" * 1_000
    if rest:
        assert [block.offset(3) for block in lines.blocks(2, 8 + length + 200_001)] == [len(found)]


@pytest.mark.parametrize(
    ("opening", "reason"),
    [
        ('{"type":'.encode("utf-16-le"), "zero bytes, as UTF-16 without a mark"),
        (b'[{"type":', "JSON array"),
        (b' \n [{"type":', "JSON array"),
        (b'\xef\xbb\xbf[\n{"type":"track"}\n]\n', "JSON array"),
        (b'[{"type":"track"},\n{"type":"track"}]', "JSON array"),
        (b'[{"type":"track"}]\n \n', "JSON array"),
    ],
)
def test_a_file_of_another_kind_is_refused_as_a_whole(tmp_path: Path, opening: bytes, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        list(Lines(written(tmp_path / "f.jsonl", opening)).blocks(0, None))


@pytest.mark.parametrize("found", [b'[]\n{"n":1}\n', b'\n[{"n":1}]\r\n{"n":2}', b"[]\n", b"\n[]"])
def test_a_list_that_is_a_line_among_others_is_a_record(tmp_path: Path, found: bytes) -> None:
    records = numbered(list(Lines(written(tmp_path / "f.jsonl", found)).blocks(0, None)))
    assert records == list(enumerate(found.removesuffix(b"\n").split(b"\n")))


@pytest.mark.parametrize("name", ["utf-16", "utf-32", "windows-1252"])
def test_lines_of_another_encoding_are_read_as_utf_8_from_the_beginning(tmp_path: Path, name: str) -> None:
    found = '{"a":"\u00fc"}\n\n{"b":1}\n'
    source = written(tmp_path / "f.jsonl", found.encode(name))
    blocks = list(Lines(source, encoding=name if name.startswith("win") else None).blocks(0, None))
    assert numbered(blocks) == lines_of(found.encode())
    assert [block.offset(1) for block in blocks] == [None]
    again = Lines(source, encoding=name if name.startswith("win") else None)
    assert numbered(list(again.blocks(2, 123 if name.startswith("win") else None))) == lines_of(found.encode())[2:]


def test_a_file_that_changed_has_another_fingerprint(tmp_path: Path) -> None:
    before = written(tmp_path / "f.jsonl", b"{}\n").fingerprint
    assert File(tmp_path / "f.jsonl").fingerprint == before
    assert written(tmp_path / "f.jsonl", b"{}\n\n").fingerprint != before
