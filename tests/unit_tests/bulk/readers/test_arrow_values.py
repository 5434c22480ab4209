"""Every type of Arrow has a decision, and the documentation says which."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from langchain_customerio.bulk.readers.arrow_values import EXTENSIONS, KINDS, OTHER_EXTENSION, Values, kind_of
from tests.paths import ROOT

if TYPE_CHECKING:
    from langchain_customerio.errors import Problem

BERLIN = ZoneInfo("Europe/Berlin")
NAMED = UUID("12345678-1234-5678-1234-567812345678")
MORNING = datetime(2026, 11, 20, 9, 30)  # noqa: DTZ001 - a time without a zone, as tables have them


def read(array: Any, **options: Any) -> list[Any]:
    """Return what the values of an array become; of each that is bad the code, with its place within the value."""
    bad: dict[int, Problem] = {}
    found = Values(options.pop("zone", None), **options).read(array, bad)
    for i, problem in bad.items():
        found[i] = ".".join([*map(str, problem.path), problem.code])
    return found


def ticks(unit: str, zone: str | None, *values: int | None) -> Any:
    return pa.array(values, pa.int64()).cast(pa.timestamp(unit, zone))


def stored(of: Any, values: list[Any], storage: Any) -> Any:
    return pa.ExtensionArray.from_storage(of, pa.array(values, storage))


class Celsius(pa.ExtensionType):  # type: ignore[misc] # pyarrow ships no types
    """A type that nobody here knows."""

    def __init__(self) -> None:
        super().__init__(pa.float32(), "test.celsius")

    def __arrow_ext_serialize__(self) -> bytes:
        return b""

    @classmethod
    def __arrow_ext_deserialize__(cls, storage_type: Any, serialized: bytes) -> Celsius:
        return cls()


DENSE = pa.UnionArray.from_dense(
    pa.array([0, 1, 0], pa.int8()), pa.array([0, 0, 1], pa.int32()), [pa.array([1, 2]), pa.array([b"x"])]
)
SPARSE = pa.UnionArray.from_sparse(
    pa.array([0, 1], pa.int8()), [pa.array([19.99, 2], pa.float32()), pa.array(["x", "y"])]
)
MAYBE = [None, None]

# Of each row of the table in the documentation: its name, an array, and what its values become.
ROWS: list[tuple[str, Any, list[Any]]] = [
    ("null", pa.nulls(2), MAYBE),
    ("bool", pa.array([True, None]), [True, None]),
    ("int8 to int64", pa.array([-(2**63), 2**63 - 1, None], pa.int64()), [-(2**63), 2**63 - 1, None]),
    ("int8 to int64", pa.array([7, None], pa.int8()), [7, None]),
    ("int8 to int64", pa.array([2**64 - 1], pa.uint64()), [2**64 - 1]),
    ("float16, float32", pa.array([19.99, 1e20, 3, None, float("nan"), float("inf")], pa.float32()),
     [19.99, 1e20, 3.0, None, None, "not_finite"]),
    ("float16, float32", pa.array([0.1, 65504, 0, None, float("nan")], pa.float16()), [0.1, 65504.0, 0.0, None, None]),
    ("float64", pa.array([0.1, None, float("nan"), float("-inf")]), [0.1, None, None, "not_finite"]),
    ("decimal32", pa.array([Decimal("19.90"), Decimal(20), None], pa.decimal128(10, 2)), [19.9, 20, None]),
    ("decimal32", pa.array([Decimal(10**37), Decimal(7)], pa.decimal128(38, 0)), ["integer_too_large", 7]),
    ("decimal32", pa.array([Decimal("1234567890123456.123456789")], pa.decimal256(60, 9)), ["loses_digits"]),
    ("string", pa.array(["é", "", None]), ["é", "", None]),
    ("string", pa.array(["x", None], pa.large_string()), ["x", None]),
    ("string", pa.array(["x", None], pa.string_view()), ["x", None]),
    ("string", pa.Array.from_buffers(pa.string(), 2, pa.array([b"x", b"\xff"]).buffers()), ["x", "unreadable"]),
    ("binary", pa.array([b"x", None]), ["binary", None]),
    ("binary", pa.array([b"x", None], pa.large_binary()), ["binary", None]),
    ("binary", pa.array([b"x", None], pa.binary_view()), ["binary", None]),
    ("binary", pa.array([NAMED.bytes, None], pa.binary(16)), ["binary", None]),
    ("date32", pa.array([date(1990, 1, 9), None]), ["1990-01-09", None]),
    ("date32", pa.array([date(1990, 1, 9)], pa.date64()), ["1990-01-09"]),
    ("date32", pa.array([-719_163, 2_932_896, 2_932_897], pa.int32()).cast(pa.date32()),
     ["beyond_years", "9999-12-31", "beyond_years"]),
    ("time32", pa.array([time(9, 30), None], pa.time32("s")), ["09:30:00", None]),
    ("time32", pa.array([time(9, 30, 0, 500_000)], pa.time32("ms")), ["09:30:00.500000"]),
    ("time32", pa.array([1], pa.int64()).cast(pa.time64("ns")), ["00:00:00.000000001"]),
    ("timestamp with", pa.array([MORNING.replace(tzinfo=UTC), None], pa.timestamp("us", "Europe/Berlin")),
     ["2026-11-20T09:30:00Z", None]),
    ("timestamp with", ticks("s", "UTC", -62_135_596_800, 253_402_300_799, 253_402_300_800),
     ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "beyond_years"]),
    ("timestamp with", ticks("ms", "+01:00", 1_500, None), ["1970-01-01T00:00:01.500000Z", None]),
    ("timestamp with", ticks("us", "UTC", 2**63 - 1, -(2**63), 5),
     ["beyond_years", "beyond_years", "1970-01-01T00:00:00.000005Z"]),
    ("timestamp with", ticks("ns", "UTC", 1, 1_000), ["1970-01-01T00:00:00.000000001Z", "1970-01-01T00:00:00.000001Z"]),
    ("timestamp without", ticks("us", None, 1, None), ["no_zone", None]),
    ("duration", pa.array([timedelta(days=1, milliseconds=500), None]), [86400.5, None]),
    ("duration", pa.array([2**62 + 1], pa.int64()).cast(pa.duration("ns")), ["loses_digits"]),
    ("interval", pa.array([(1, 2, 3_500_000_000), None], pa.month_day_nano_interval()), ["P1M2DT3.5S", None]),
    ("dictionary", pa.array(["x", None, "x"]).dictionary_encode(), ["x", None, "x"]),
    ("dictionary", pa.array([b"x", None]).dictionary_encode(), ["binary", None]),
    ("run_end_encoded", pa.RunEndEncodedArray.from_arrays([2, 3], ["x", None]), ["x", "x", None]),
    ("list", pa.array([[1, None], None, []]), [[1, None], None, []]),
    ("list", pa.array([[Decimal("1.5")], None], pa.large_list(pa.decimal128(3, 1))), [[1.5], None]),
    ("fixed_size_list", pa.array([[1, 2], None, [3, None]], pa.list_(pa.int8(), 2)), [[1, 2], None, [3, None]]),
    ("list_view", pa.array([[1, 2], None, []], pa.list_view(pa.int8())), [[1, 2], None, []]),
    ("list_view", pa.array([["x"], None, ["y"]], pa.large_list_view(pa.string())), [["x"], None, ["y"]]),
    ("list_view", pa.array([[b"x"], [], [None, b"x"]], pa.list_view(pa.binary())), ["0.binary", [], "1.binary"]),
    ("list", pa.array([[b"x"], [], [None, b"x"]]), ["0.binary", [], "1.binary"]),
    ("struct", pa.array([{"a": 1, "b": None}, None, {"a": None, "b": None}],
     pa.struct([("a", pa.int8()), ("b", pa.string())])), [{"a": 1}, None, {}]),
    ("struct", pa.array([{"a": {"b": b"x"}}]), ["a.b.binary"]),
    ("struct", pa.array([{}, None], pa.struct([])), [{}, None]),
    ("struct", pa.StructArray.from_arrays([pa.array([1]), pa.array([2])], ["a", "a"]), ["duplicate_key"]),
    ("map", pa.array([[("a", "x"), ("b", None)], None, []], pa.map_(pa.string(), pa.string())), [{"a": "x"}, None, {}]),
    ("map", pa.array([[(7, 1)], [(8, 1), (8, 2)]], pa.map_(pa.int64(), pa.int8())), [{"7": 1}, "duplicate_key"]),
    ("map", pa.array([[(True, 1)]], pa.map_(pa.bool_(), pa.int8())), ["key_not_text"]),
    ("union", DENSE, [1, "binary", 2]),
    ("union", SPARSE, [19.99, "y"]),
    ("arrow.uuid", stored(pa.uuid(), [NAMED.bytes, None], pa.binary(16)), [str(NAMED), None]),
    (
        "arrow.opaque of numeric",
        stored(
            pa.opaque(pa.string(), "numeric", "PostgreSQL"), ["12.50", "nan", "inf", f"0.{'1' * 20}", None], "string"
        ),
        [12.5, None, "not_finite", "loses_digits", None],
    ),
    ("arrow.bool8", stored(pa.bool8(), [0, 1, None], pa.int8()), [False, True, None]),
    ("arrow.json", stored(pa.json_(pa.string()), ['{"a": 1, "b": null}', "{", None], pa.string()),
     [{"a": 1}, "not_json", None]),
    ("any other", stored(Celsius(), [19.99, None], pa.float32()), [19.99, None]),
    ("any other", stored(pa.opaque(pa.binary(), "geometry", "postgis"), [b"x", None], pa.binary()), ["binary", None]),
]  # fmt: skip


def names() -> list[str]:
    return [kind.types for kind in (*KINDS, *EXTENSIONS, OTHER_EXTENSION)]


@pytest.mark.parametrize(("name", "array", "becomes"), ROWS, ids=[f"{row[1].type} {i}" for i, row in enumerate(ROWS)])
def test_a_value_of_each_type_becomes_what_the_table_says(name: str, array: Any, becomes: list[Any]) -> None:
    assert read(array) == becomes
    kind = kind_of(array.type)
    assert kind.types.startswith(name) or name == "timestamp without"
    for start in range(len(array)):
        assert read(array.slice(start)) == becomes[start:], "so does that of a part of a column"


@pytest.mark.parametrize("kind", names())
def test_each_type_in_the_table_has_a_test(kind: str) -> None:
    assert any(kind.startswith(name) for name, _, _ in ROWS)


def test_a_time_without_a_zone_takes_that_of_the_load() -> None:
    assert read(ticks("us", None, 0, 1_500_000, 86_400_000_000), zone=BERLIN) == [
        "1969-12-31T23:00:00Z",
        "1969-12-31T23:00:01.500000Z",
        "1970-01-01T23:00:00Z",
    ]
    assert read(ticks("ns", None, 1, -1), zone=ZoneInfo("UTC")) == [
        "1970-01-01T00:00:00.000000001Z",
        "1969-12-31T23:59:59.999999999Z",
    ]
    assert read(ticks("s", None, -62_135_596_800, 2**40), zone=BERLIN) == ["beyond_years", "beyond_years"]


def test_midnights_without_a_zone_may_be_dates() -> None:
    assert read(ticks("us", None, 0, 1), zone=BERLIN, midnights=True) == ["1970-01-01", "1969-12-31T23:00:00.000001Z"]


def test_what_is_missing_within_objects_may_be_null() -> None:
    array = pa.array(
        [{"a": None, "b": [{"c": None}]}, None],
        pa.struct([("a", pa.int8()), ("b", pa.list_(pa.struct([("c", pa.int8())])))]),
    )
    assert read(array, nulls=True) == [{"a": None, "b": [{"c": None}]}, None]
    assert read(array) == [{"b": [{}]}, None]


def test_a_dictionary_and_a_run_keep_each_value_once() -> None:
    long = "x" * 1_000_000
    for array in (
        pa.array([long] * 3).dictionary_encode(),
        pa.RunEndEncodedArray.from_arrays([3], [long]),
    ):
        first, *others = read(array)
        assert all(other is first for other in others)


def test_the_table_in_the_documentation_says_the_same() -> None:
    page = (ROOT / "docs" / "arrow-types.md").read_text()
    rows = dict(re.findall(r"^\| (.+?) \| (.+?) \|$", page, re.MULTILINE)[1:])
    assert rows == {kind.types: kind.becomes for kind in (*KINDS, *EXTENSIONS, OTHER_EXTENSION)}
