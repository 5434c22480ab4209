"""What the cells of a CSV file are. A column is text, unless each of its cells writes back as it was read."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, ClassVar, Final

from typing_extensions import override

from langchain_customerio.api.strict_json import number_problem
from langchain_customerio.bulk.readers.base import reading_error
from langchain_customerio.bulk.readers.values import Misfit
from langchain_customerio.text import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langchain_customerio.errors import Problem


@dataclass(frozen=True, slots=True)
class CellOptions:
    """How cells are written.

    Attributes:
        decimal: The decimal mark. None is a point, and a number with a zero at its end stays text.
        date_format: How dates are written, as `strptime` has it, such as `%d.%m.%Y`; None is ISO 8601.
        true: Words that mean true beside `true`, in upper or lower case.
        false: Words that mean false beside `false`.
        types: Column to type.

    Raises:
        ReadingError: If there is no such type, or no such mark.
    """

    decimal: str | None = None
    date_format: str | None = None
    true: tuple[str, ...] = ()
    false: tuple[str, ...] = ()
    types: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        for column, found in self.types.items():
            if found not in TYPES:
                raise reading_error("no_such_type", column=quoted(column), choices=tuple(TYPES), found=quoted(found))
        if self.decimal not in {None, ",", "."}:
            raise reading_error("no_such_mark")


class Text:
    """The type of a column: how its cells are read.

    A type that was found in the first rows takes no cell that would not write back. One that somebody has chosen takes
    whatever means the same.

    Args:
        options: How cells are written.
        rows: How many rows it was found in; 0 if it was chosen.
    """

    name: ClassVar[str] = "text"

    def __init__(self, options: CellOptions, rows: int = 0) -> None:
        """Keep what there is to know."""
        self._options = options
        self._rows = rows

    def learn(self, cells: Sequence[str]) -> None:
        """Take notice of the cells in the first rows."""

    def values(self, cells: Sequence[str], bad: dict[int, Problem]) -> Sequence[Any]:  # noqa: ARG002 - all text is good
        """Return what cells hold, None where one is empty; those that are not of the type go among the bad ones."""
        return cells if all(cells) else [cell or None for cell in cells]


class _Typed(Text, ABC):
    """A type whose cells are read one by one."""

    @abstractmethod
    def read(self, cell: str) -> Any:  # noqa: ANN401 - whatever a cell holds
        """Return what a cell holds.

        Raises:
            Misfit: If it is not of this type.
        """

    @override
    def values(self, cells: Sequence[str], bad: dict[int, Problem]) -> Sequence[Any]:
        values: list[Any] = [None] * len(cells)
        for i, cell in enumerate(cells):
            try:
                values[i] = self.read(cell) if cell else None
            except Misfit as misfit:
                bad.setdefault(i, misfit.problem)
        return values

    def fits(self, cells: Sequence[str]) -> bool:
        """Return whether all cells that are not empty are certainly of this type."""
        bad: dict[int, Problem] = {}
        self.values(cells, bad)
        return not bad

    def misfit(self) -> Misfit:
        """Return the error that a cell is not of this type."""
        return Misfit("not_of_type" if self._rows else "not_of_chosen_type", type=self.name, rows=self._rows)


class _Matched(_Typed):
    """A type whose cells are known by a pattern, many at once, which costs less."""

    def __init__(self, options: CellOptions, rows: int = 0) -> None:
        super().__init__(options, rows)
        self._every = re.compile(rf"(?:(?:{self.pattern()})?\n)*+", re.ASCII | re.IGNORECASE)

    @abstractmethod
    def pattern(self) -> str:
        """Return what matches a cell with the end of a line behind it."""

    @abstractmethod
    def sure(self, cells: Sequence[str]) -> list[Any]:
        """Return what cells hold that match, none of them empty."""

    @override
    def values(self, cells: Sequence[str], bad: dict[int, Problem]) -> Sequence[Any]:
        if not self.fits(cells):
            return super().values(cells, bad)
        if all(cells):
            return self.sure(cells)
        found = iter(self.sure([cell for cell in cells if cell]))
        return [next(found) if cell else None for cell in cells]

    @override
    def fits(self, cells: Sequence[str]) -> bool:
        text = "\n".join([*cells, ""])
        return text.count("\n") == len(cells) and self._every.fullmatch(text) is not None


class Boolean(_Matched):
    """Words for true and false."""

    name = "boolean"

    @override
    def pattern(self) -> str:
        self._words = {word.casefold(): True for word in ("true", *self._options.true)}
        self._words |= {word.casefold(): False for word in ("false", *self._options.false)}
        return "|".join(map(re.escape, self._words))

    @override
    def sure(self, cells: Sequence[str]) -> list[Any]:
        meaning = {cell: self._words[cell.casefold()] for cell in {*cells}}  # few spellings, however many cells
        return [*map(meaning.__getitem__, cells)]

    @override
    def read(self, cell: str) -> Any:
        if cell.casefold() not in self._words:
            raise self.misfit()
        return self._words[cell.casefold()]


# At most 15 digits, which a double keeps (IEEE 754, DBL_DIG), and no zero that would go.
_GAPS: Final = ".'\u2019\u00a0\u202f "  # what groups digits
_MARKS: Final = f",{_GAPS}"
_WHOLE: Final = r"-?[1-9]\d{0,14}+|0"
_WITH_POINT: Final = rf"-?(?=[\d.]{{1,16}}+\n)(?:0|[1-9]\d*+)\.(?:\d*[1-9]|0)|{_WHOLE}"
_WITH_COMMA: Final = rf"-?(?:[1-9]\d{{0,2}}(?:[{_GAPS}]\d{{3}}){{1,2}}|[1-9]\d{{0,8}}|0),\d{{1,6}}|{_WHOLE}"
_GROUPED: Final = re.compile(rf"([+-]?\d{{1,3}})((?P<mark>[{_MARKS}])\d{{3}}(?:(?P=mark)\d{{3}})*)(?!\d)(.*)", re.ASCII)
_PLAIN: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)


class Number(_Matched):
    """Numbers, with a decimal point or a decimal comma."""

    name = "number"

    @override
    def pattern(self) -> str:
        return _WITH_COMMA if self._options.decimal == "," else _WITH_POINT

    @override
    def sure(self, cells: Sequence[str]) -> list[Any]:
        texts = map(self._without_groups, cells) if self._options.decimal == "," else cells
        return [float(text) if "." in text else int(text) for text in texts]

    @override
    def read(self, cell: str) -> Any:
        if self._rows:  # it was found, so that nothing is taken for a number that would not write back
            if not self.fits([cell]):
                raise self.misfit()
            return self.sure([cell])[0]
        text = cell if self._options.decimal is None else self._without_groups(cell.strip())
        if _PLAIN.fullmatch(text) is None:
            raise self.misfit()
        if code := number_problem(text):
            raise Misfit(code)
        return int(text) if text.lstrip("+-").isdigit() else float(text)

    def _without_groups(self, cell: str) -> str:
        """Return a number without what groups its digits, and with a point."""
        decimal = self._options.decimal or "."
        grouped = _GROUPED.fullmatch(cell)
        if grouped is not None and grouped["mark"] != decimal:
            cell = grouped[1] + grouped[2].replace(grouped["mark"], "") + grouped[4]
        return cell if decimal == "." else cell.replace(".", "x").replace(",", ".")  # a point is no part of it any more


class Integer(Number):
    """Whole numbers."""

    name = "integer"

    @override
    def pattern(self) -> str:
        return _WHOLE

    @override
    def sure(self, cells: Sequence[str]) -> list[Any]:
        return list(map(int, cells))

    @override
    def read(self, cell: str) -> Any:
        found = super().read(cell)
        if not isinstance(found, int):
            raise self.misfit()
        return found


_ISO: Final = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d\S*)?", re.ASCII)
_CLOCK: Final = re.compile(r"%[HIMSfpTXcRrs]")


class Time(_Typed):
    """Dates, and times of a day, in ISO 8601 or in the format that somebody gives.

    Where the first rows have nothing but midnights without a zone, these are dates.
    """

    name = "time"
    _is_days = False

    @override
    def learn(self, cells: Sequence[str]) -> None:
        found = self.values(cells, {})
        times = [each for each in found if isinstance(each, datetime)]
        self._is_days = bool(times) and all(each.tzinfo is None and each.time() == time.min for each in times)

    @override
    def read(self, cell: str) -> Any:
        try:
            found = self._read(cell)
        except ValueError:
            raise self.misfit() from None
        is_day = self._is_days and isinstance(found, datetime) and found.time() == time.min
        return found.date() if is_day and isinstance(found, datetime) else found

    def _read(self, cell: str) -> date:
        form = self._options.date_format
        if form is not None:
            found = datetime.strptime(cell, form)  # noqa: DTZ007 - the zone of the mapper is put in later
            return found if _CLOCK.search(form) else found.date()
        if _ISO.fullmatch(cell) is None:
            raise ValueError
        return (datetime if ":" in cell else date).fromisoformat(cell)


TYPES: Final[dict[str, type[Text]]] = {of.name: of for of in (Integer, Number, Boolean, Text, Time)}
"""The types that one may choose for a column, by name."""

_DIGITS: Final = re.compile(r"(?:%[YmdHMSyjf])+")


def found_type(cells: Sequence[str], options: CellOptions, rows: int) -> Text:
    """Return the type that all cells of a column certainly have; text, if that is none or there is nothing in them.

    Args:
        cells: The cells in the first rows.
        options: How cells are written.
        rows: How many rows these are.
    """
    if any(cells):
        dates = options.date_format is not None and _DIGITS.fullmatch(options.date_format) is None
        chosen: tuple[type[_Typed], ...] = (Boolean, Integer, Number, Time) if dates else (Boolean, Integer, Number)
        for of in chosen:
            if (found := of(options, rows)).fits(cells):
                return found
    return Text(options, rows)


# Why a column that nearly has another type stays text: what all its cells look like, the one at fault, and a code.
_NUMBERS: Final = re.compile(rf"[+-]?\d[\d{_MARKS}]*(?:[eE][+-]?\d+)?", re.ASCII)
_DATES: Final = re.compile(r"\d{1,4}([./-])\d{1,2}\1\d{2,4}( \d.*)?", re.ASCII)
_WORDS: Final = re.compile(r"yes|no|y|n|t|f|ja|nein|oui|non|si|sí|wahr|falsch|vrai|faux|on|off|0|1", re.IGNORECASE)
_WHY: Final = (
    (_DATES, re.compile(".*[./].*"), "text_dates"),
    (_NUMBERS, re.compile(".*,.*"), "text_comma"),
    (_NUMBERS, re.compile(".*[eE].*"), "text_exponent"),
    (_NUMBERS, re.compile(r"\+.*|-?0\d.*"), "text_leading"),
    (_NUMBERS, re.compile(r"-?\d+\.\d*0"), "text_trailing"),
    (_NUMBERS, re.compile(r"-?[\d.]{16,}"), "text_digits"),
    (_WORDS, re.compile(".*"), "text_words"),
)


def why_text(cells: Sequence[str]) -> tuple[str, int] | None:
    """Return why a column stays text that nearly has another type, as a code, and the first cell that is at fault.

    >>> why_text(["19.99", "19.90"])
    ('text_trailing', 1)
    """
    given = [cell for cell in cells if cell]
    for like, wrong, code in _WHY:
        if given and all(map(like.fullmatch, given)):
            at = next((i for i, cell in enumerate(cells) if cell and wrong.fullmatch(cell)), None)
            if at is not None:
                return code, at
    return None
