"""What values of tables become: the same in JSON, nothing where one is missing, or a refusal."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from langchain_customerio.bulk import preview
from langchain_customerio.bulk.readers.values import Misfit, id_text, plain

MORNING = datetime(2026, 11, 20, 9, 30)  # noqa: DTZ001 - a time without a zone, as tables have them
NAMED = UUID("12345678-1234-5678-1234-567812345678")


@pytest.mark.parametrize(
    ("value", "becomes"),
    [
        ("x", "x"),
        (True, True),
        (7, 7),
        (7.5, 7.5),
        (Decimal("19.90"), 19.9),
        (Decimal(20), 20),
        (Decimal("2E+3"), 2_000),
        (Decimal(12345678901234567890), 12345678901234567890),
        (MORNING.replace(tzinfo=UTC), "2026-11-20T09:30:00Z"),
        (date(1990, 1, 9), "1990-01-09"),
        (time(9, 30), "09:30:00"),
        (timedelta(days=1, milliseconds=500), 86400.5),
        (timedelta(seconds=-3), -3),
        (NAMED, str(NAMED)),
        ((1, None), [1, None]),
        ({"a": [Decimal(1)], "b": None}, {"a": [1]}),
        (np.int64(7), 7),
        (np.float32(19.99), 19.99),
        (np.float64(19.99), 19.99),
        (np.bool_(True), True),  # noqa: FBT003 - the value is the point
        (np.array([1, 2]), [1, 2]),
        (np.str_("x"), "x"),
        (pd.Timestamp("2026-11-20T09:30:00Z"), "2026-11-20T09:30:00Z"),
        (pd.Timedelta(seconds=3), 3),
    ],
)
def test_a_value_becomes_what_says_the_same_in_json(value: object, becomes: object) -> None:
    assert plain(value) == becomes
    assert type(plain(value)) in {str, bool, int, float, list, dict}


@pytest.mark.parametrize("value", [None, float("nan"), np.float32("nan"), np.float64("nan"), pd.NA, pd.NaT])
def test_what_libraries_have_for_missing_is_missing(value: object) -> None:
    assert plain(value) is None
    assert plain({"a": value, "b": 1}) == {"b": 1}
    assert plain({"a": value}, nulls=True) == {"a": None}


@pytest.mark.parametrize(
    ("value", "code", "path"),
    [
        (float("inf"), "not_finite", ()),
        (np.float32("inf"), "not_finite", ()),
        (Decimal("sNaN"), "not_finite", ()),
        (Decimal("1E+999"), "integer_too_large", ()),
        (2**64, "", ()),
        (Decimal(2**64), "integer_too_large", ()),
        (Decimal("1234567890.12345678901"), "loses_digits", ()),
        ({"a": [{"b": Decimal("1.0000000000000000001")}]}, "loses_digits", ("a", 0, "b")),
        (b"x", "not_a_json_type", ()),
        (MORNING, "no_zone", ()),
        ({"a": {1: 2}}, "key_not_text", ("a",)),
        (datetime(1, 1, 1, tzinfo=ZoneInfo("Europe/Berlin")), "beyond_years", ()),
    ],
)
def test_what_json_cannot_carry_is_refused_with_its_place(value: Any, code: str, path: tuple[Any, ...]) -> None:
    if not code:
        assert plain(value) == value, "which the models refuse"
        return
    with pytest.raises(Misfit) as caught:
        plain(value)
    assert (caught.value.problem.code, caught.value.problem.path) == (code, path)


def test_a_midnight_without_a_zone_stays_on_its_day() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert plain(datetime(1990, 1, 9), berlin) == "1990-01-09T00:00:00+01:00"  # noqa: DTZ001 - as above
    assert plain(datetime(1990, 1, 9), ZoneInfo("UTC")) == "1990-01-09T00:00:00Z"  # noqa: DTZ001 - as above
    assert plain(MORNING, berlin) == "2026-11-20T08:30:00Z"


@pytest.mark.parametrize(
    ("value", "becomes"),
    [
        (7, "7"),
        (7.0, "7"),
        (7.5, 7.5),
        ("007", "007"),
        (True, True),
        (2**60, "1152921504606846976"),
        (2.0**53, 2.0**53),
        (float("nan"), None),
        (float("inf"), float("inf")),
        (Decimal(7), "7"),
        (Decimal(10**30), "1" + "0" * 30),
        (Decimal("7.5"), Decimal("7.5")),
        (NAMED, str(NAMED)),
        (np.int64(7), "7"),
        (pd.NA, None),
    ],
)
def test_an_id_that_came_as_a_number_is_written_as_one_writes_it(value: object, becomes: object) -> None:
    assert id_text(value) == becomes


def test_a_midnight_in_local_mean_time_is_sent_in_utc_since_its_offset_has_seconds() -> None:
    rows = [{"userId": "ada", "traits.born": datetime(1850, 1, 1)}]  # noqa: DTZ001 - the zone is an option
    (found,) = preview(rows, as_="identify", map={}, timezone="Europe/Berlin")
    assert found.call == {"type": "identify", "userId": "ada", "traits": {"born": "1849-12-31T23:06:32Z"}}
