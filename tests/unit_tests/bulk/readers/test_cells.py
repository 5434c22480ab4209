"""A column is text, unless each of its cells writes back as it was read."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_customerio.bulk import preview
from langchain_customerio.bulk.readers.base import ReadingError
from langchain_customerio.bulk.readers.cells import TYPES, CellOptions, found_type, why_text

if TYPE_CHECKING:
    from langchain_customerio.errors import Problem


def found(*cells: str, **options: Any) -> tuple[str, list[Any]]:
    """Return the type of a column, and what its cells hold."""
    bad: dict[int, Problem] = {}
    of = found_type(cells, CellOptions(**options), len(cells))
    values = of.values(cells, bad)
    assert bad == {}
    return of.name, list(values)


def chosen(name: str, cell: str, **options: Any) -> Any:
    """Return what a cell of a type that was chosen holds, or the code of what is wrong with it."""
    bad: dict[int, Problem] = {}
    (value,) = TYPES[name](CellOptions(**options)).values([cell], bad)
    return bad[0].code if bad else value


@given(st.lists(st.from_regex(r"[-+]?[0-9]{0,20}(\.[0-9]{0,20})?([eE][-+]?[0-9]{1,3})?", fullmatch=True), min_size=1))
def test_what_becomes_a_number_is_written_back_as_it_was_read(cells: list[str]) -> None:
    name, values = found(*cells)
    for cell, value in zip(cells, values, strict=True):
        if name != "text" and cell:
            assert orjson.dumps(value).decode() in {cell, f"{float(cell)!r}".replace("e-0", "e-")}


@pytest.mark.parametrize(
    "cell",
    [
        *("007", "-07", "+491711234567", "1,5", "1 000", "0x10", "1e400000", "NaN", "9535e6", "1.10", "19.90", "-0"),
        *(".5", "5.", "1234567890123456", "1.2345678901234567", "1234567890123456.5", "٣", "1_000", " 7", "7 "),
    ],
)
def test_what_is_not_a_number_or_would_not_come_back_the_same_stays_text(cell: str) -> None:
    assert found(cell) == ("text", [cell])
    assert found("7", cell) == ("text", ["7", cell])


@pytest.mark.parametrize(
    ("cells", "name", "values"),
    [
        (["7", "-8", "", "0"], "integer", [7, -8, None, 0]),
        (["123456789012345"], "integer", [123456789012345]),
        (["7.5", "7", "", "-0.25", "1.0"], "number", [7.5, 7, None, -0.25, 1.0]),
        (["true", "FALSE", ""], "boolean", [True, False, None]),
        (["true", "7"], "text", ["true", "7"]),
        (["7\n8"], "text", ["7\n8"]),
        (["7\n8", "9"], "text", ["7\n8", "9"]),
        (["", ""], "text", [None, None]),
    ],
)
def test_a_column_has_the_first_type_that_fits_all_its_cells(cells: list[str], name: str, values: list[Any]) -> None:
    assert found(*cells) == (name, values)


def test_with_a_decimal_comma_numbers_are_those_of_people_who_write_so() -> None:
    assert found("311,90", "7", "-1.234,5", "1 234 567,89", decimal=",") == ("number", [311.9, 7, -1234.5, 1234567.89])
    assert found("1.234", decimal=",") == ("text", ["1.234"]), "a version, or a thousand"
    assert found("1.10", decimal=",") == ("text", ["1.10"])
    assert found("01,5", decimal=",") == ("text", ["01,5"])
    assert found("311,90") == ("text", ["311,90"])


@pytest.mark.parametrize(
    ("name", "cell", "options", "value"),
    [
        ("number", "19.90", {}, 19.9),
        ("number", "007", {}, 7),
        ("number", "+1.5e3", {}, 1500.0),
        ("number", ".5", {}, 0.5),
        ("number", "1,234.50", {"decimal": "."}, 1234.5),
        ("number", "1.234.567", {"decimal": ","}, 1234567),
        ("number", "1.5,3", {"decimal": ","}, "not_of_chosen_type"),
        ("number", "1,234.50", {}, "not_of_chosen_type"),
        ("number", "many", {}, "not_of_chosen_type"),
        ("number", "1234567890123456.123456789", {}, "loses_digits"),
        ("number", "1e999", {}, "not_finite"),
        ("number", "123456789012345678901234567890", {}, "integer_too_large"),
        ("integer", "12345678901234567890", {}, 12345678901234567890),
        ("integer", "7.0", {}, "not_of_chosen_type"),
        ("boolean", "ja", {"true": ("Ja", "Yes"), "false": ("nein",)}, True),
        ("boolean", "NEIN", {"true": ("Ja",), "false": ("nein",)}, False),
        ("boolean", "vielleicht", {}, "not_of_chosen_type"),
        ("text", "7", {}, "7"),
        ("time", "2026-11-20", {}, date(2026, 11, 20)),
        ("time", "2026-11-20 09:30", {}, datetime(2026, 11, 20, 9, 30)),  # noqa: DTZ001 - as it stands there
        ("time", "20.11.2026", {"date_format": "%d.%m.%Y"}, date(2026, 11, 20)),
        ("time", "20.11.2026 09:30", {"date_format": "%d.%m.%Y %H:%M"}, datetime(2026, 11, 20, 9, 30)),  # noqa: DTZ001 - the same
        ("time", "31.2.2026", {"date_format": "%d.%m.%Y"}, "not_of_chosen_type"),
        ("time", "20261120", {}, "not_of_chosen_type"),
    ],
)
def test_a_type_that_was_chosen_takes_whatever_means_the_same_and_loses_no_digit(
    name: str, cell: str, options: dict[str, Any], value: object
) -> None:
    assert chosen(name, cell, **options) == value
    assert type(chosen(name, cell, **options)) is type(value)


def test_words_for_true_and_false_are_found_where_one_gives_them() -> None:
    assert found("ja", "NEIN", "") == ("text", ["ja", "NEIN", None])
    assert found("ja", "NEIN", "", true=("ja",), false=("nein",)) == ("boolean", [True, False, None])


def test_dates_are_found_where_one_says_how_they_are_written() -> None:
    assert found("20.11.2026", "") == ("text", ["20.11.2026", None])
    assert found("20.11.2026", "", date_format="%d.%m.%Y") == ("time", [date(2026, 11, 20), None])
    assert found("20261120", date_format="%Y%m%d") == ("integer", [20261120]), "so are many numbers"
    assert found("2026-11-20") == ("text", ["2026-11-20"])


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (["7", "1,5"], ("text_comma", 1)),
        (["7", "", "1e5"], ("text_exponent", 2)),
        (["7", "+7"], ("text_leading", 1)),
        (["007"], ("text_leading", 0)),
        (["19.99", "19.90"], ("text_trailing", 1)),
        (["1234567890123456789"], ("text_digits", 0)),
        (["20.11.2026", "1.1.2027"], ("text_dates", 0)),
        (["ja", "Nein"], ("text_words", 0)),
        (["7", "many"], None),
        (["", ""], None),
    ],
)
def test_a_column_that_is_nearly_something_else_says_why_it_is_text(
    cells: list[str], why: tuple[str, int] | None
) -> None:
    assert why_text(cells) == why


def test_there_are_two_decimal_marks() -> None:
    with pytest.raises(ReadingError, match="decimal must be a point or a comma"):
        CellOptions(decimal=";")


def test_a_word_that_is_no_boolean_spoils_its_row_alone() -> None:
    found = preview(io.StringIO("id,traits.vip\n1,yes\n2,perhaps\n3,False\n"), 3, as_="identify", format="csv",
        map={"userId": "id"}, types={"traits.vip": "boolean"}, true="yes")  # fmt: skip
    assert [record.call and record.call["traits"] for record in found] == [{"vip": True}, None, {"vip": False}]
