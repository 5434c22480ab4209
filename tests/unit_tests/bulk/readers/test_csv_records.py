"""Where a record of a CSV file begins and ends: never where a conforming reader is inside a cell."""

from __future__ import annotations

import csv
import io
from itertools import chain, pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from langchain_customerio.bulk.readers.base import BadRecord
from langchain_customerio.bulk.readers.csv_records import cut, opening
from langchain_customerio.bulk.readers.csv_scan import MOST_RECORD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Found = list[tuple[int, list[str] | tuple[int, int]]]


def records(pieces: str | Iterable[str], delimiter: str | None = None, *, trim: bool = False) -> Found:
    """Return each record after the header: its line, with its cells or with the lines that are refused together."""
    head = opening([pieces] if isinstance(pieces, str) else pieces, delimiter, trim=trim)
    assert isinstance(head.row, list)
    parts = list(cut(head.rest, head.dialect, len(head.row), head.line))
    rows, lines = chain.from_iterable(part.rows for part in parts), chain.from_iterable(part.lines for part in parts)
    return [
        (line, (row.lines or (0, 0)) if isinstance(row, BadRecord) else row)
        for row, line in zip(rows, lines, strict=True)
    ]


# What a conforming reader does, written once more: RFC 4180 and nothing else.


def conforming(text: str, delimiter: str = ",") -> Iterator[tuple[int, list[str] | None]]:  # noqa: C901 - one branch for each state
    """Yield each record with the line in which it begins; None where the text breaks the rule, which is the end."""
    state, cells, cell, line, first = "start", list[str](), "", 1, 1
    for character in [*text.replace("\r\n", "\n").replace("\r", "\n"), None]:
        ends = character in {delimiter, "\n", None}
        if state == "quoted" and character is not None:
            state, cell = ("closing", cell) if character == '"' else ("quoted", cell + character)
        elif state == "quoted":
            yield first, None
            return
        elif state == "closing" and character == '"':
            state, cell = "quoted", f'{cell}"'
        elif state == "closing" and not ends:
            yield first, None
            return
        elif state == "start" and character == '"':
            state = "quoted"
        elif not ends:
            state, cell = "plain", f"{cell}{character}"
        elif character == delimiter or cells or cell or state != "start":
            cells, cell, state = [*cells, cell], "", "start"
            if character != delimiter:
                yield first, cells
                cells = []
        if character == "\n":
            line += 1
            first = first if state == "quoted" else line


TEXTS = st.lists(st.sampled_from(['"', ",", "\n", "\r\n", "\r", "a", "b", " ", "\\", '""', '",', '"\n', ',"'])).map(
    "".join
)
HEADER = "x,y\n"


@given(TEXTS)
@example('"a"b\nc,d\n')
@example('1,"a\nb,c\n')
@example('1, "a, b\nc, d"\n')
def test_a_record_is_what_a_conforming_reader_finds_and_after_what_it_cannot_read_nothing_is_guessed(text: str) -> None:
    wanted = dict(conforming(HEADER + text))
    broken = next((line for line, cells in wanted.items() if cells is None), None)
    for line, found in records(HEADER + text):
        if broken is None or line < broken:
            if isinstance(found, list):
                cells = [cell.replace("\r\n", "\n").replace("\r", "\n") for cell in found]
                assert cells == wanted.get(line, []), "the same cells in the same line, or a blank line"
            else:
                assert any('"' in cell and cell.lstrip(" ").startswith('"') for cell in wanted[line] or [])


def readings(text: str) -> Iterator[set[int]]:
    """Yield the lines in which a record begins, as readers have it that are lenient in different ways."""
    for options in ({}, {"doublequote": False, "escapechar": "\\"}, {"escapechar": "\\"}, {"skipinitialspace": True}):
        lines = io.StringIO(text, newline="")
        reader = csv.reader(lines, **options)
        begins, found = 1, set[int]()
        for _ in reader:
            found.add(begins)
            begins = reader.line_num + 1
        yield found


@given(TEXTS)
@example('u1,"She said \\"hello\\" twice\nThen, nothing\nend"\nu2,ok\n')
@example('""a",\n"\\"\n""')
def test_after_a_broken_record_the_next_begins_where_every_lenient_reader_begins_one(text: str) -> None:
    lines, found = list(io.StringIO(HEADER + text, newline="")), records(HEADER + text)
    for (line, record), (after, _) in pairwise(found):
        if isinstance(record, tuple) and record != (0, 0):
            rest = "".join(lines[line - 1 :])
            assert all(after - line + 1 in begins for begins in readings(rest))


@given(TEXTS, st.integers(1, 5))
def test_it_does_not_matter_in_which_pieces_the_text_comes(text: str, size: int) -> None:
    whole = HEADER + text
    assert records(whole[at : at + size] for at in range(0, len(whole), size)) == records(whole)


@given(TEXTS)
def test_every_line_belongs_to_one_record(text: str) -> None:
    found = records(HEADER + text)
    lines = io.StringIO(HEADER + text, newline="").readlines()
    ends = [line for line, _ in found[1:]] + [len(lines) + 1]
    assert all(begin < end for (begin, _), end in zip(found, ends, strict=False))
    assert [
        (begin, last) for begin, last in (each for _, each in found if isinstance(each, tuple)) if begin > last
    ] == []


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ('u1,pro,"She said \\"hello\\" twice\nThen, after a while, nothing\nend"\nu2,free,ok\n', [(2, 4), "u2"]),
        ('7,"Bob "the builder" Smith",pro\n8,Al,free\n', [(2, 2), "8"]),
        ('7,"Bob "the", builder",pro\n8,Al,free\n', [(2, 2), "8"]),
        ('7,pro,"She said "hi", then\nCustomer: 1, 2, 3\nend"\n8,Al,free\n', [(2, 4), "8"]),
        ('7,"Bob,pro\n8,"Al",free\n9,Cy,free\n', [(2, 3), "9"]),
        ('7,"Bob,pro\n8,Al,free\n9,Cy,free\n', [(2, 4)]),
        ('7,"a"b,pro\n8,Al,free\n9,"Cy",free\n0,Di,free\n', [(2, 4), "0"]),
        ('7,Al,"a"b\n8,Al,free\n', [(2, 3)]),
        ('7,a,"b', [(2, 2)]),
        ('7, "Bob, B",pro\n8,Al,free\n', [(2, 2), "8"]),
        ('7,"C:\\dir\\",pro\n8,"D:\\",free\n', ["7", "8"]),
        ('7,5" pipe,pro\r8,Al,free\r\n\r\n9,"",""""', ["7", "8", "", "9"]),
    ],
    ids=[
        "a quote behind a backslash",
        "quotes that are not doubled",
        "quotes that are not doubled before a delimiter",
        "the same at the end of a line",
        "a quote that another one closes",
        "a quote that nothing closes",
        "text behind a quote",
        "the same where nothing tells any more",
        "the end of the file in a cell",
        "a blank before a quote",
        "backslashes that mean themselves",
        "a quote within a cell, other ends of lines and a blank line",
    ],
)
def test_after_a_broken_quote_the_next_record_begins_where_all_readings_agree(rows: str, wanted: list[object]) -> None:
    found = [each if isinstance(each, tuple) else "".join(each[:1]) for _, each in records(f"a,b,c\n{rows}")]
    assert found == wanted


def test_a_cell_may_be_as_long_as_a_record() -> None:
    note = "Customer: line\n" * 60_000
    assert len(note) > csv.field_size_limit()
    assert records(f'id,note\n7,"{note}"\n8,short\n') == [(2, ["7", note]), (60_003, ["8", "short"])]


def test_no_setting_of_the_process_makes_a_cell_shorter_or_longer() -> None:
    before = csv.field_size_limit(10)
    try:
        assert records('id,note\n7,"a cell of more than ten characters"\n8,x\n') == [
            (2, ["7", "a cell of more than ten characters"]),
            (3, ["8", "x"]),
        ]
    finally:
        csv.field_size_limit(before)


@pytest.mark.parametrize("fill", ["x", "\n", "x,", '""', 'a "" b\n'])
@pytest.mark.parametrize("size", [1 << 16, pytest.param(1 << 22, marks=pytest.mark.nightly)])
def test_a_record_that_is_too_long_is_refused_alone_and_not_kept(fill: str, size: int) -> None:
    cell = fill * (2 * MOST_RECORD // len(fill))
    text = f'id,note\n7,"{cell}"\n8,x\n'
    (first, refused), last = records(text[at : at + size] for at in range(0, len(text), size))
    assert isinstance(refused, tuple)
    assert (first, refused, last) == (2, (2, 2 + cell.count("\n")), (3 + cell.count("\n"), ["8", "x"]))


def test_of_a_record_that_is_too_long_the_beginning_is_kept() -> None:
    head = opening(['id,note\n7,"', "x" * (MOST_RECORD + 1), '"\n'])
    (part,) = (part for part in cut(head.rest, head.dialect, 2, head.line) if part.rows)
    (bad,) = part.rows
    assert isinstance(bad, BadRecord)
    assert bad.text == f'7,"{"x" * 997}'
    assert bad.reason == f"is a record of {MOST_RECORD + 6:,} characters; at most {MOST_RECORD:,} are read"


def test_a_line_without_end_and_without_quotes_is_one_record() -> None:
    text = "id,note\n7," + "x," * MOST_RECORD + "\n8,x\n"
    (_, refused), last = records(text[at : at + 100_000] for at in range(0, len(text), 100_000))
    assert (refused, last) == ((2, 2), (3, ["8", "x"]))


def test_what_breaks_after_so_much_text_that_it_is_not_kept_is_refused_up_to_where_all_agree() -> None:
    text = 'id,note\n7,"' + "x" * (MOST_RECORD + 10) + '" y "\n8,x\n9,y\n'
    assert records(text[at : at + 100_000] for at in range(0, len(text), 100_000))[0][1] == (2, 4)


def test_when_there_are_more_readings_than_anybody_follows_the_rest_is_refused() -> None:
    odd = ",".join(['"a "b" c'] * 100)
    header = ",".join(f"c{number}" for number in range(100))
    assert records(f"{header}\n{odd}\n{odd}\n")[0][1] == (2, 3)


@pytest.mark.parametrize(
    ("text", "delimiter", "wanted"),
    [
        ("a;b\n1;2\n", None, (["a", "b"], ";", 2)),
        ('"a,b";c\n1;2\n', None, (["a,b", "c"], ";", 2)),
        ("\n \r\na\tb\n", None, (["a", "b"], "\t", 4)),
        ("sep=;\na,b;c\n", None, (["a,b", "c"], ";", 3)),
        ('"sep=|"\r\na|b\n', None, (["a", "b"], "|", 3)),
        ("sep=;\na,b;c\n", ",", (["a", "b;c"], ",", 3)),
        ('a,"b\nc"', None, (["a", "b\nc"], ",", 3)),
        ("", None, ([], ",", 1)),
        ("\n\n", None, ([], ",", 3)),
        ("a:b\n", ":", (["a", "b"], ":", 2)),
    ],
)
def test_the_header_is_found_and_tells_the_delimiter(
    text: str, delimiter: str | None, wanted: tuple[list[str], str, int]
) -> None:
    head = opening([text], delimiter)
    assert (head.row, head.dialect.delimiter, head.line) == wanted


@pytest.mark.parametrize("text", ['a,"b', '"a"b,c\nd,e\n'])
def test_a_header_that_cannot_be_told_is_refused(text: str) -> None:
    assert isinstance(opening([text]).row, BadRecord)


def test_blanks_around_cells_and_their_quotes_are_left_to_whoever_wants_them_away() -> None:
    rows = '7, "Bob, B" , pro\n8,\t"Al" ,"x"\n'
    assert [found for _, found in records(f"a,b,c\n{rows}", trim=True)] == [["7", "Bob, B", " pro"], ["8", "Al", "x"]]
