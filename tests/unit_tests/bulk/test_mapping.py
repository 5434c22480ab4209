"""Which column is which field, and what its values become."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from langchain_customerio import ConfigurationError, Track
from langchain_customerio.bulk.mapping import Mapper
from langchain_customerio.bulk.readers.base import BadRecord

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
    assert sum(map(len, mapper._assemblies)) <= 20_000


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
        ("2026-11-20T10:00:00Z", "Europe/Berlin", "2026-11-20T10:00:00Z"),
        ("2026-11-20T10:00:00", None, "2026-11-20T10:00:00"),
        ("2026-11-20 10:00:00+01:00", None, "2026-11-20T09:00:00Z"),
        ("2026-11-20 10:00:00", "UTC", "2026-11-20T10:00:00Z"),
        ("2026-07-20T10:00:00", "Europe/Berlin", "2026-07-20T08:00:00Z"),
        ("2026-07-20 00:00:00", "Europe/Berlin", "2026-07-19T22:00:00Z"),
        ("yesterday at ten", "UTC", "yesterday at ten"),
        (datetime(2026, 11, 20, 9, 30, tzinfo=UTC), None, "2026-11-20T09:30:00Z"),
        (datetime(2026, 11, 20, 9, 30, 0, 5, timezone(timedelta(hours=2))), "UTC", "2026-11-20T07:30:00.000005Z"),
        (MORNING, "Europe/Berlin", "2026-11-20T08:30:00Z"),
        (date(2026, 11, 20), "UTC", "2026-11-20"),
        (1_700_000_000, "UTC", 1_700_000_000),
    ],
)
def test_the_time_of_a_call_becomes_iso_8601_with_a_zone(value: object, zone: str | None, becomes: object) -> None:
    assert Mapper("identify", timezone=zone).call({"timestamp": value})["timestamp"] == becomes


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


def test_a_whole_object_that_is_not_one_stays_for_the_models_to_refuse() -> None:
    assert Mapper("identify").call({"traits": "[1]", "traits.b": 2}) == {"type": "identify", "traits": [1]}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"traits": "{a"}, "traits: is not JSON: expecting property name enclosed in double quotes at column 2"),
        ({"traits": '{"a": 1, "a": 2}'}, 'traits: has the key "a" twice in one object'),
        ({"traits": '{"a": 12345678901234567890123}'}, "traits.a: is an integer beyond 64 bits"),
        ({"traits.n": Decimal("1234567890123456.123456789")}, "traits.n: has more digits than a JSON number keeps"),
        ({"traits.n": Decimal("Infinity")}, "traits.n: is NaN or infinite"),
        ({"traits.n": float("inf")}, "traits.n: is NaN or infinite"),
        ({"timestamp": MORNING}, "timestamp: has no time zone: add one, or give timezone"),
        ({"traits.a": {"b": [MORNING]}}, "traits.a.b[0]: has no time zone"),
        ({"traits.a": {1: 2}}, "traits.a: has a key that is a number: keys are strings"),
        ({"traits.a": b"x"}, "traits.a: is bytes, which is not JSON"),
        ({7: "a"}, "has a key that is a number: keys are strings"),
        (dict.fromkeys(map(str, range(5_001))), "has 5,001 keys; at most 5,000 are read"),
    ],
)
def test_a_row_that_cannot_be_a_call_is_refused_with_its_column(row: dict[Any, Any], reason: str) -> None:
    with pytest.raises(BadRecord) as caught:
        Mapper("identify").call(row)
    assert caught.value.reason.startswith(reason)


@pytest.mark.parametrize(
    ("value", "zone"),
    [
        (datetime(1, 1, 1), "Europe/Berlin"),  # noqa: DTZ001 - a time without a zone, as tables have them
        (datetime(9999, 12, 31, 23, 59, 59), "America/New_York"),  # noqa: DTZ001 - the same
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1))), None),
        ("0001-01-01 00:00:00", "Europe/Berlin"),
        ("9999-12-31 23:59:59", "America/New_York"),
    ],
)
def test_a_time_that_no_calendar_has_is_refused_and_stops_nothing(value: object, zone: str | None) -> None:
    mapper = Mapper("identify", {"userId": "id", "timestamp": "at"}, zone)
    wrong, good = mapper.records([{"id": 1, "at": value}, {"id": 2}])
    assert (wrong.reason, good) == ("at: is not between the years 1 and 9999", {"type": "identify", "userId": "2"})


class Odd:
    """A value of which nobody has heard."""

    def __getattribute__(self, name: str) -> Any:
        message = f"no {name}"
        raise RuntimeError(message)


def test_whatever_goes_wrong_in_one_record_stays_in_that_record() -> None:
    deep: dict[str, Any] = {}
    for _ in range(900):
        deep = {"a": deep}
    mapper = Mapper("identify", {"userId": "id", "traits": "*"})
    rows = [{"id": 1, "a": Odd()}, {"id": 2, "a": deep}, b'{"id": 3, "a": ' + b"[" * 900 + b"]" * 900 + b"}", {"id": 4}]
    found = mapper.records([*rows, b"{", Unreadable()])
    assert [each.reason.partition(" at column ")[0] if isinstance(each, BadRecord) else each for each in found] == [
        "a: cannot be read (RuntimeError)",
        "a: is nested more than 64 levels deep",
        "is nested more than 64 levels deep",
        {"type": "identify", "userId": "4"},
        "is not JSON: expecting property name enclosed in double quotes",
        "cannot be read (RuntimeError)",
    ]
    assert [each.text for each in found if isinstance(each, BadRecord)][-2:] == ["{", "{}"]


class Unreadable(dict[str, Any]):
    """A row whose values are not to be had."""

    def __len__(self) -> int:
        raise RuntimeError


def test_what_is_not_a_row_passes_as_it_is() -> None:
    call = Track(user_id="ada", event="E")
    records: list[Any] = [call, b" ", "", BadRecord("is not CSV"), 7, b"[1]"]
    assert Mapper("identify", {"userId": "id"}).records(records) == records


def test_a_dead_letter_is_a_call_or_else_a_row_once_more() -> None:
    mapper = Mapper("identify", {"userId": "id"})
    letters: list[Any] = [
        {"dead_letter": {}, "call": {"userId": "1"}},
        {"dead_letter": {}, "call": {"type": "track", "userId": "1"}},
        {"dead_letter": {}, "text": '{"id": 7}'},
        b'{"dead_letter": {}, "call": 7}',
    ]
    assert mapper.records(letters) == [
        {"type": "identify", "userId": "1"},
        {"type": "track", "userId": "1"},
        {"type": "identify", "userId": "7"},
        7,
    ]
    assert Mapper(None, {"userId": "id"}).records(letters[:1]) == [{"userId": "1"}]


def test_what_is_missing_is_left_out_at_every_depth_or_sent_as_null() -> None:
    nan = float("nan")
    row = {"userId": None, "traits.a": None, "traits.b": nan, "traits.c": {"d": None, "e": [None, {"f": nan}]}}
    assert Mapper("identify").call(row) == {"type": "identify", "traits": {"c": {"e": [None, {}]}}}
    assert Mapper("identify", nulls="send").call(row) == {
        "type": "identify",
        "traits": {"a": None, "b": None, "c": {"d": None, "e": [None, {"f": None}]}},
    }


RESERVED = ["type", "userId", "timestamp", "messageId", "context", "traits", "event", "user_id", "anonymousId"]


@pytest.mark.parametrize("name", RESERVED)
def test_a_column_in_the_map_is_what_the_map_says_and_nothing_else(name: str) -> None:
    mapper = Mapper("identify", {"userId": "id", f"traits.{name}": name})
    assert mapper.call({"id": "7", name: "x"}) == {"type": "identify", "userId": "7", "traits": {name: "x"}}


def test_the_kind_that_one_gives_wins_over_a_column() -> None:
    row = {"userId": "7", "name": "Pricing", "type": "screen"}
    mapper = Mapper("page")
    assert mapper.call(row) == {"type": "page", "userId": "7", "name": "Pricing"}
    assert mapper.left_out == {"type"}
    assert Mapper("page", {"properties": "*"}).call(row)["properties"] == {"type": "screen"}
    assert Mapper("track", {"properties.type": "type"}).call({"userId": "7", "event": "E", "type": "x"}) == {
        "type": "track",
        "userId": "7",
        "event": "E",
        "properties": {"type": "x"},
    }


def test_without_a_kind_a_mapped_column_is_not_the_type_either() -> None:
    assert Mapper(None, {"properties.type": "type"}).call({"type": "track"}) == {"properties": {"type": "track"}}


def call_of(*args: Any, **kwargs: Any) -> None:
    Mapper(*args, **kwargs)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("buy",), 'There is no call "buy"; there are identify, track, page, screen, group, alias'),
        (("identify", {"userid": "id"}), 'a field "userid", which is not a field of identify: did you mean userId'),
        (("identify", {"zzz": "id"}), "not a field of identify: its fields are anonymousId, context"),
        ((None, {"zzz": "id"}), "not a field of any call"),
        (("track", {"traits.plan": "plan"}), '"traits.plan", which is not a field of track'),
        (("identify", {"userId.x": "id"}), "but userId has no parts"),
        (("identify", {"type": "kind"}), '"type", which is not a field of identify'),
        (("identify", None, None, "keep"), "nulls must be drop or send."),
        (("identify", None, "Berlin"), 'no time zone "Berlin"'),
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
    with pytest.raises(ConfigurationError, match='"column 19", and 11 more'):
        mapper.expect([f"column {number}" for number in range(31)])
    with pytest.raises(ConfigurationError, match='no column "id"; there are "ID", "name"'):
        mapper.expect(["ID", "name"])


def test_two_columns_are_not_one_field() -> None:
    Mapper("identify", {"userId": "user_id"}).expect(["user_id", "other"])
    Mapper("identify", {"userId": "id"}).expect(["id", "user_id"])
    with pytest.raises(ConfigurationError, match='Columns "userId" and "user_id" are the same field'):
        Mapper("identify").expect(["userId", "user_id"])


def test_names_that_are_nearly_others_are_noticed() -> None:
    mapper = Mapper("identify", {"traits": "*"})
    mapper.expect(["user-id", "Email", "email", "", "Unnamed: 0", "__index_level_0__"])
    assert mapper.noticed.lines() == {
        "user-id: is not a field: did you mean userId? map says so": 1,
        'email: differs from column "Email" by case or blanks only': 1,
        '"": was left out, since it is the index that pandas writes; map takes it': 1,
        "Unnamed: 0: was left out, since it is the index that pandas writes; map takes it": 1,
        "__index_level_0__: was left out, since it is the index that pandas writes; map takes it": 1,
    }
    taken = Mapper("identify", {"traits.row": "Unnamed: 0"})
    taken.expect(["userId", "Unnamed: 0"])
    assert taken.noticed.lines() == {}


def test_blanks_around_the_name_of_a_column_are_left_out_unless_the_map_means_them() -> None:
    mapper = Mapper("identify", {"traits.plan": " plan"})
    assert mapper.names(["userId", " plan", " email "]) == ["userId", " plan", "email"]
    assert mapper.noticed.lines() == {"email: the blanks around this name of a column were left out": 1}


def test_rows_of_ever_other_columns_are_mapped_in_flat_memory() -> None:
    mapper = Mapper("identify", {"traits": "*"})
    rows = [{"userId": "ada", **{f"{number}-{column}": 1 for column in range(4_990)}} for number in range(6)]
    assert [len(call["traits"]) for call in mapper.records(rows)] == [4_990] * 6
    assert len(mapper._assemblies) < 6
