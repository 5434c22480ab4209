"""Which column is which field, and what its values become."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from langchain_customerio import ConfigurationError
from langchain_customerio.bulk.mapping import Mapper

MORNING = datetime(2026, 11, 20, 9, 30)  # noqa: DTZ001 - a time without a zone, as tables have them


def test_columns_that_are_named_like_fields_are_those_fields() -> None:
    row = {
        "user_id": "ada",
        "timestamp": "2026-11-20T10:00:00Z",
        "event": "E",
        "properties.total": 5,
        "context.ip": "1",
    }
    assert Mapper("track").call(row) == {
        "type": "track",
        "userId": "ada",
        "timestamp": "2026-11-20T10:00:00Z",
        "event": "E",
        "properties": {"total": 5},
        "context": {"ip": "1"},
    }


def test_the_map_has_the_last_word() -> None:
    mapper = Mapper("identify", {"userId": "customer", "traits.id": "userId"})
    assert mapper.call({"userId": "old", "customer": "new"}) == {
        "type": "identify",
        "userId": "new",
        "traits": {"id": "old"},
    }


def test_one_column_may_be_two_fields() -> None:
    mapper = Mapper("identify", {"userId": "mail", "traits.email": "mail"})
    assert mapper.call({"mail": "a@b.c"}) == {"type": "identify", "userId": "a@b.c", "traits": {"email": "a@b.c"}}


def test_what_is_no_field_is_left_out_and_said() -> None:
    mapper = Mapper("identify", {"userId": "id"})
    mapper.call({"id": "1", "colour": "blue", "userId.x": 1, "event": 2})
    assert mapper.left_out == {"colour", "userId.x", "event"}


def test_memory_stays_flat_whatever_the_rows_are_called() -> None:
    mapper = Mapper("identify", {"userId": "id"})
    for number in range(2_500):
        assert mapper.call({"id": "1", f"column {number}": 1}) == {"type": "identify", "userId": "1"}
    assert len(mapper.left_out) == 100
    assert len(mapper._plans) <= 1_000


@pytest.mark.parametrize("rest", [{"traits": "*"}, {"traits.*": "*"}])
def test_a_star_takes_all_that_would_be_left_out(rest: dict[str, str]) -> None:
    mapper = Mapper("identify", {"userId": "id", **rest})
    assert mapper.call({"id": "1", "plan": "pro", "a.b": 2, "timestamp": "t"}) == {
        "type": "identify",
        "userId": "1",
        "traits": {"plan": "pro", "a.b": 2},
        "timestamp": "t",
    }
    assert mapper.left_out == set()


def test_names_within_traits_keep_their_dots_and_those_of_the_context_are_paths() -> None:
    mapper = Mapper("identify", {"traits.cio_subscription_preferences.topics.topic_1": "news"})
    row = {"userId": "1", "news": True, "context.device.token": "t", "context.device.type": "ios"}
    assert mapper.call(row) == {
        "type": "identify",
        "userId": "1",
        "traits": {"cio_subscription_preferences.topics.topic_1": True},
        "context": {"device": {"token": "t", "type": "ios"}},
    }


def test_the_kind_may_be_a_column() -> None:
    assert Mapper().call({"type": "alias", "previousId": 1, "userId": 2}) == {
        "type": "alias",
        "previousId": "1",
        "userId": "2",
    }
    assert Mapper(None, {"type": "kind"}).call({"kind": "track"}) == {"type": "track"}


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
    ],
)
def test_an_id_that_came_as_a_number_is_written_as_one_writes_it(value: object, becomes: object) -> None:
    assert Mapper("identify").call({"userId": value}) == {"type": "identify", "userId": becomes}


@pytest.mark.parametrize(
    ("value", "zone", "becomes"),
    [
        ("2026-11-20T10:00:00Z", None, "2026-11-20T10:00:00Z"),
        ("2026-11-20T10:00:00", None, "2026-11-20T10:00:00"),
        ("2026-11-20 10:00:00+01:00", None, "2026-11-20T09:00:00Z"),
        ("2026-11-20 10:00:00", "UTC", "2026-11-20T10:00:00Z"),
        ("2026-07-20T10:00:00", "Europe/Berlin", "2026-07-20T08:00:00Z"),
        ("yesterday at ten", "UTC", "yesterday at ten"),
        (datetime(2026, 11, 20, 9, 30, tzinfo=UTC), None, "2026-11-20T09:30:00Z"),
        (datetime(2026, 11, 20, 9, 30, 0, 5, timezone(timedelta(hours=2))), "UTC", "2026-11-20T07:30:00.000005Z"),
        (MORNING, None, MORNING),
        (MORNING, "Europe/Berlin", "2026-11-20T08:30:00Z"),
        (date(2026, 11, 20), "UTC", "2026-11-20"),
        (1_700_000_000, "UTC", 1_700_000_000),
    ],
)
def test_times_become_iso_8601_with_a_zone(value: object, zone: str | None, becomes: object) -> None:
    assert Mapper("identify", timezone=zone).call({"timestamp": value})["timestamp"] == becomes
    if not isinstance(value, str):
        assert Mapper("identify", timezone=zone).call({"traits.t": value})["traits"] == {"t": becomes}


@pytest.mark.parametrize(
    ("value", "becomes"),
    [
        (Decimal("19.90"), 19.9),
        (Decimal(20), 20),
        (Decimal("2E+3"), 2_000),
        (Decimal("1E+999"), float("inf")),
        ({"a": [Decimal(1), MORNING.replace(tzinfo=UTC)]}, {"a": [1, "2026-11-20T09:30:00Z"]}),
        (b"bytes", b"bytes"),
        ("2026-11-20 10:00:00", "2026-11-20 10:00:00"),
    ],
)
def test_values_become_json_where_that_loses_nothing(value: object, becomes: object) -> None:
    assert Mapper("identify").call({"traits.v": value})["traits"] == {"v": becomes}


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_a_decimal_that_is_no_number_stays_none_for_the_models_to_refuse(value: str) -> None:
    found = Mapper("identify").call({"traits.v": Decimal(value)})["traits"]["v"]
    assert str(found) == value


def test_an_empty_value_is_left_out() -> None:
    assert Mapper("identify").call({"userId": "1", "traits.plan": None, "timestamp": None}) == {
        "type": "identify",
        "userId": "1",
    }


@pytest.mark.parametrize("traits", [{"a": 1}, '{"a": 1}'])
def test_a_column_may_be_a_whole_object_and_others_its_parts(traits: object) -> None:
    row = {"traits.b": 2, "traits": traits}
    assert Mapper("identify").call(row) == {"type": "identify", "traits": {"a": 1, "b": 2}}
    assert row["traits"] == traits


def test_a_whole_object_that_is_none_stays_for_the_models_to_refuse() -> None:
    assert Mapper("identify").call({"traits": "{a", "traits.b": 2}) == {"type": "identify", "traits": "{a"}


def call_of(*args: Any, **kwargs: Any) -> None:
    Mapper(*args, **kwargs)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("buy",), "There is no call 'buy'; there are identify, track, page, screen, group, alias"),
        (("identify", {"userid": "id"}), "a field 'userid' that is none of identify: did you mean userId"),
        (("identify", {"zzz": "id"}), "none of identify: there are anonymousId, context"),
        ((None, {"zzz": "id"}), "none of any call"),
        (("track", {"traits.plan": "plan"}), "'traits.plan' that is none of track"),
        (("identify", {"userId.x": "id"}), "but userId has no parts"),
        (("identify", None, "Berlin"), "no time zone 'Berlin'"),
        (("identify", None, "../etc/passwd"), "no time zone"),
        (("identify", None, ""), "no time zone"),
    ],
)
def test_what_no_call_has_is_refused_with_what_there_is(arguments: tuple[Any, ...], reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        call_of(*arguments)


def test_a_table_must_have_the_columns_that_the_map_names() -> None:
    mapper = Mapper("identify", {"userId": "id"})
    mapper.expect(["id", "other"])
    assert mapper.left_out == {"other"}
    with pytest.raises(ConfigurationError, match="no column 'id'; there are 'ID', 'name'"):
        mapper.expect(["ID", "name"])


def test_two_columns_are_not_one_field() -> None:
    Mapper("identify", {"userId": "user_id"}).expect(["user_id", "other"])
    Mapper("identify", {"userId": "id"}).expect(["id", "user_id"])
    with pytest.raises(ConfigurationError, match="Columns 'userId' and 'user_id' are the same field"):
        Mapper("identify").expect(["userId", "user_id"])
