"""What the values of each Arrow type become: a row for every type there is, and how the nested ones are read."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable  # noqa: TC003 - a NamedTuple reads it when it is made
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from langchain_customerio.api.strict_json import loads
from langchain_customerio.bulk.readers.arrow_scalars import Array, Bad, Scalars
from langchain_customerio.bulk.readers.extras import need_arrow
from langchain_customerio.bulk.readers.values import Misfit, plain
from langchain_customerio.text import quoted, shown, type_name

if TYPE_CHECKING:
    from collections.abc import Sequence


class Values(Scalars):
    """Reads arrays of any type into values of JSON; missing ones are None."""

    def read(self, array: Array, bad: Bad) -> list[Any]:
        """Return the values of an array.

        Args:
            array: The array.
            bad: Receives what is wrong with its values.
        """
        return kind_of(array.type).read(self, array, bad)

    def dictionary(self, array: Array, bad: Bad) -> list[Any]:
        """Read values that are kept once each."""
        return self._taken(array.indices.to_pylist(), array.dictionary, bad)

    def runs(self, array: Array, bad: Bad) -> list[Any]:
        """Read values that are kept once for as long as they stay the same."""
        first, count = array.find_physical_offset(), array.find_physical_length()
        ends = [end - array.offset for end in array.run_ends.slice(first, count).to_pylist()]
        return self._taken([bisect_right(ends, i) for i in range(len(array))], array.values.slice(first, count), bad)

    def _taken(self, places: Sequence[int | None], array: Array, bad: Bad) -> list[Any]:
        """Read each value once, however often it is there."""
        wrong: Bad = {}
        found = self.read(array, wrong)
        if wrong:
            bad |= {i: wrong[place] for i, place in enumerate(places) if place in wrong}
        return [None if place is None else found[place] for place in places]

    def lists(self, array: Array, bad: Bad) -> list[Any]:
        """Read lists; what is missing in one is null."""
        return self._parts(array, array.values, bad)

    def fixed_lists(self, array: Array, bad: Bad) -> list[Any]:
        """Read lists that are all of one length."""
        lists = array.cast(need_arrow("tables").large_list(array.type.value_type))
        return self._parts(lists, lists.values, bad)

    def views(self, array: Array, bad: Bad) -> list[Any]:
        """Read lists that lie anywhere among their items; pyarrow 26 loses items when it casts such a list."""
        spans = [
            (begin, begin + size) if is_valid else None
            for begin, size, is_valid in zip(
                array.offsets.to_pylist(), array.sizes.to_pylist(), array.is_valid().to_pylist(), strict=True
            )
        ]
        first = min((span[0] for span in spans if span is not None), default=0)
        last = max((span[1] for span in spans if span is not None), default=0)
        wrong: Bad = {}
        found = self.read(array.values.slice(first, last - first), wrong)
        for i, span in enumerate(spans):
            if span is None:
                continue
            for place in sorted(wrong):
                if span[0] <= first + place < span[1]:
                    bad.setdefault(i, wrong[place].at(first + place - span[0]))
        return [None if span is None else found[span[0] - first : span[1] - first] for span in spans]

    def maps(self, array: Array, bad: Bad) -> list[Any]:
        """Read maps as objects."""
        keys, values = self._parts(array, array.keys, bad), self._parts(array, array.items, bad)
        return [
            None if names is None else self.one(i, bad, self._object, names, values[i]) for i, names in enumerate(keys)
        ]

    def structs(self, array: Array, bad: Bad) -> list[Any]:
        """Read structs as objects."""
        names, columns = [field.name for field in array.type], []
        for name, child in zip(names, array.flatten(), strict=True):
            wrong: Bad = {}
            columns.append(self.read(child, wrong))
            for i, problem in wrong.items():
                bad.setdefault(i, problem.at(shown(name)))
        rows = zip(*columns, strict=True) if columns else [()] * len(array)
        return [
            self.one(i, bad, self._object, names, row) if is_valid else None
            for i, (row, is_valid) in enumerate(zip(rows, array.is_valid().to_pylist(), strict=True))
        ]

    def _object(self, names: Sequence[Any], values: Sequence[Any]) -> dict[str, Any]:
        """Put an object together; a name is text, or a whole number as text."""
        found: dict[str, Any] = {}
        for name, value in zip(names, values, strict=True):
            if not isinstance(name, str | int) or isinstance(name, bool):
                raise Misfit("key_not_text", found=type_name(name))
            if str(name) in found:
                raise Misfit("duplicate_key", key=quoted(str(name)))
            found[str(name)] = value
        return found if self.nulls else {name: value for name, value in found.items() if value is not None}

    def _parts(self, array: Array, items: Array, bad: Bad) -> list[Any]:
        """Read lists by their items, which are all in one array."""
        offsets = array.offsets.to_pylist() or [0]
        first, wrong = offsets[0], dict[int, Any]()
        found = self.read(items.slice(first, offsets[-1] - first), wrong)
        for place, problem in wrong.items():
            row = bisect_right(offsets, first + place) - 1
            bad.setdefault(row, problem.at(first + place - offsets[row]))
        return [
            found[begin - first : end - first] if is_valid else None
            for begin, end, is_valid in zip(offsets, offsets[1:], array.is_valid().to_pylist(), strict=False)
        ]

    def unions(self, array: Array, bad: Bad) -> list[Any]:
        """Read each value as the type that it has."""
        found: list[Any] = []
        for i, scalar in enumerate(array):
            wrong: Bad = {}
            found += self.read(need_arrow("tables").repeat(scalar.value, 1), wrong)
            if wrong:
                bad[i] = wrong[0]
        return found

    def json(self, array: Array, bad: Bad) -> list[Any]:
        """Read JSON text."""
        texts = self.read(array.storage, bad)
        return [None if text is None else self.one(i, bad, self._of_json, text) for i, text in enumerate(texts)]

    def _of_json(self, text: str) -> Any:  # noqa: ANN401 - any JSON value
        return plain(loads(text), nulls=self.nulls)

    def numerals(self, array: Array, bad: Bad) -> list[Any]:
        """Read decimals that come as text."""
        texts = self.read(array.storage, bad)
        return [None if text is None else self.one(i, bad, self._decimal, text) for i, text in enumerate(texts)]

    def _decimal(self, text: str) -> Any:  # noqa: ANN401 - a number of JSON
        value = Decimal(text)
        return None if value.is_nan() else plain(value)

    def storage(self, array: Array, bad: Bad) -> list[Any]:
        """Read a type that nobody here knows as what it is stored as."""
        return self.read(array.storage, bad)


class Kind(NamedTuple):
    """What becomes of some types.

    Attributes:
        types: Their names, as people call them.
        tests: Names of the functions of `pyarrow.types` that know them.
        becomes: What a value becomes, in words.
        read: How an array of them is read.
    """

    types: str
    tests: tuple[str, ...]
    becomes: str
    read: Callable[[Values, Array, Bad], list[Any]]


EXTENSIONS: Final = (
    Kind("arrow.uuid", (), "text", Values.names),
    Kind("arrow.bool8", (), "boolean", Values.same),
    Kind(
        "arrow.opaque of numeric",
        (),
        "number, as ADBC brings PostgreSQL's numeric; refused if a JSON number would lose digits; NaN is left out",
        Values.numerals,
    ),
    Kind("arrow.json", (), "the JSON value; refused if it would not be the same if it were written again", Values.json),
)
"""Extension types that are more than what they are stored as, by their names."""

OTHER_EXTENSION: Final = Kind("any other extension type", (), "as the type that it is stored as", Values.storage)

KINDS: Final = (
    Kind("null", ("is_null",), "left out", Values.nothing),
    Kind("bool", ("is_boolean",), "boolean", Values.same),
    Kind("int8 to int64, uint8 to uint64", ("is_integer",), "number; an id becomes its digits", Values.same),
    Kind(
        "float16, float32",
        ("is_float16", "is_float32"),
        "number with the fewest digits that is the same in 16 or 32 bits; NaN is left out, infinity is refused",
        Values.floats,
    ),
    Kind("float64", ("is_float64",), "number; NaN is left out, infinity is refused", Values.floats),
    Kind(
        "decimal32, decimal64, decimal128, decimal256",
        ("is_decimal",),
        "number; refused if a JSON number would lose digits; a whole number as an id becomes its digits",
        Values.decimals,
    ),
    Kind("string, large_string, string_view", ("is_string", "is_large_string", "is_string_view"), "text", Values.texts),
    Kind(
        "binary, large_binary, binary_view, fixed_size_binary",
        ("is_binary", "is_large_binary", "is_binary_view", "is_fixed_size_binary"),
        "refused: JSON cannot carry it",
        Values.binary,
    ),
    Kind("date32, date64", ("is_date",), "text, such as 2026-11-20; refused outside the years 1 to 9999", Values.dates),
    Kind("time32, time64", ("is_time",), "text, such as 09:30:00", Values.clocks),
    Kind(
        "timestamp with a zone",
        ("is_timestamp",),
        "text in UTC, such as 2026-11-20T09:30:00Z; nanoseconds stay; infinity and years outside 1 to 9999 are refused",
        Values.moments,
    ),
    Kind(
        "timestamp without a zone",
        ("is_timestamp",),
        "the same, with the zone of timezone; a date, if the column has only midnights; else refused without timezone",
        Values.moments,
    ),
    Kind("duration", ("is_duration",), "number of seconds; refused if it would lose digits", Values.durations),
    Kind("interval of months, days and nanoseconds", ("is_interval",), "text, such as P1M2DT3S", Values.intervals),
    Kind("dictionary", ("is_dictionary",), "as the type of its values", Values.dictionary),
    Kind("run_end_encoded", ("is_run_end_encoded",), "as the type of its values", Values.runs),
    Kind("list, large_list", ("is_list", "is_large_list"), "list; a missing item is null", Values.lists),
    Kind("fixed_size_list", ("is_fixed_size_list",), "list; a missing item is null", Values.fixed_lists),
    Kind(
        "list_view, large_list_view",
        ("is_list_view", "is_large_list_view"),
        "list; a missing item is null",
        Values.views,
    ),
    Kind("struct", ("is_struct",), "object; missing parts are left out", Values.structs),
    Kind(
        "map",
        ("is_map",),
        "object; a key is text or a whole number, and refused if it is there twice; missing values are left out",
        Values.maps,
    ),
    Kind("union", ("is_union",), "as the type of the value", Values.unions),
)
"""All other types."""


def kind_of(of: Any) -> Kind:  # noqa: ANN401 - a type of pyarrow, which ships no types
    """Return what becomes of a type.

    >>> import pyarrow as pa
    >>> kind_of(pa.map_(pa.string(), pa.int64())).types
    'map'
    """
    if isinstance(of, need_arrow("tables").BaseExtensionType):
        name = of.extension_name
        name = f"{name} of {of.type_name}" if name == "arrow.opaque" else name
        return next((kind for kind in EXTENSIONS if kind.types == name), OTHER_EXTENSION)
    return _usual_kind(of)


@lru_cache(maxsize=1_000)
def _usual_kind(of: Any) -> Kind:  # noqa: ANN401 - as above
    types = need_arrow("tables").types
    return next(kind for kind in KINDS if any(getattr(types, test)(of) for test in kind.tests))
