"""Loaders for engines: named by key, shared out by rate, and accounted for in one report."""

from __future__ import annotations

import pickle
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_customerio import ConfigurationError, PipelinesClient, Policy
from langchain_customerio.bulk import LoadStoppedError, load
from langchain_customerio.bulk.engines import WHOLE_ROW, Loader, RayLoader, SparkLoader, combine
from langchain_customerio.bulk.rate_limit import RateLimit
from langchain_customerio.client.retries import RetryPolicy
from langchain_customerio.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

MAP = {"userId": "who", "event": "what", "properties.n": "n"}


def travelled(what: Any) -> Any:
    return pickle.loads(pickle.dumps(what))  # noqa: S301 - what was pickled in the same line


def orders(count: int, first: int = 0) -> Any:
    numbers = range(first, first + count)
    return pa.table({"n": list(numbers), "who": [f"u{n % 7}" for n in numbers], "what": ["Paid"] * count})


def options(sandbox: Sandbox, **more: Any) -> dict[str, Any]:
    """Return what every loader here is made of."""
    client = partial(sandbox.client, retry=RetryPolicy(attempts=1))
    common = {"name": "orders", "key": "n", "concurrency": 2, "client": client, "as_": "track", "map": MAP}
    return {**common, "rate": None, "patience": 0, **more}


def in_spark(loader: SparkLoader, table: Any, rows: int) -> list[dict[str, Any]]:
    """Load a table as one partition, in batches of so many rows."""
    batches = loader(iter(table.to_batches(max_chunksize=rows)))
    return [row for batch in batches for row in batch.to_pylist()]


def ids(sandbox: Sandbox) -> dict[Any, set[str | None]]:
    """Return the ids under which each order has arrived."""
    found: dict[Any, set[str | None]] = {}
    for call in sandbox.accepted_calls:
        found.setdefault(call.call["properties"]["n"], set()).add(call.message_id)
    return found


def test_a_row_has_one_id_whichever_engine_deals_it_out_and_however() -> None:
    sandbox, table = Sandbox(), orders(50)
    ray, spark = RayLoader(**options(sandbox)), SparkLoader(**options(sandbox))
    reports = [
        combine(ray(table).to_pylist()),
        combine([row for at in (30, 0) for row in ray(table.slice(at, 30)).to_pylist()]),
        combine(in_spark(spark, table, 7)),
        combine(in_spark(spark, table.take(list(range(49, -1, -1))), 50)),
    ]
    assert [(report.status, report.read, report.delivered) for report in reports] == [("complete", 50, 50)] * 4
    found = ids(sandbox)
    assert sorted(found) == list(range(50))
    assert {len(each) for each in found.values()} == {1}
    assert len(set.union(*found.values())) == 50
    assert len(sandbox.accepted_calls) == 200


@given(st.lists(st.integers(0, 99), min_size=1, max_size=30, unique=True), st.data())
def test_no_division_into_parts_changes_an_id(numbers: list[int], data: st.DataObject) -> None:
    sandbox = Sandbox()
    rows = pa.table({"n": numbers, "who": ["u"] * len(numbers), "what": ["Paid"] * len(numbers)})
    cuts = sorted({0, len(numbers), *data.draw(st.lists(st.integers(0, len(numbers)), max_size=4))})
    ray = RayLoader(**options(sandbox))
    for start, end in [(0, len(numbers)), *pairwise(cuts)]:
        ray(rows.slice(start, end - start))
    assert {len(found) for found in ids(sandbox).values()} == {1}
    assert sandbox.counts.get("conflicts", 0) == 0
    assert sandbox.counts["duplicates"] == len(numbers)


def test_the_name_and_the_content_are_part_of_an_id() -> None:
    sandbox, table = Sandbox(), orders(1)
    RayLoader(**options(sandbox))(table)
    RayLoader(**options(sandbox, name="more orders"))(table)
    RayLoader(**options(sandbox))(table.set_column(2, "what", [["Shipped"]]))
    assert len({call.message_id for call in sandbox.accepted_calls}) == 3


@pytest.mark.parametrize("key", [["day", "line"], ("line", "day")])
def test_several_columns_can_tell_rows_apart_and_some_of_them_may_be_empty(key: Any) -> None:
    sandbox = Sandbox()
    table = pa.table(
        {
            "day": [datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC), None, None],
            "line": [1, None, 1, None],
            "userId": ["ada"] * 4,
            "event": ["Paid"] * 4,
        }
    )
    report = combine(RayLoader(**options(sandbox, key=key, map=None))(table).to_pylist())
    assert (report.delivered, report.refused) == (3, 1)
    assert len({call.message_id for call in sandbox.accepted_calls}) == 3
    assert report.reasons == {f"has no {' and no '.join(key)}, which tells it from others": 1}


def test_a_key_that_does_not_tell_rows_apart_is_reported() -> None:
    sandbox = Sandbox()
    table = pa.concat_tables([orders(5), orders(2), orders(1).set_column(2, "what", [["Shipped"]])])
    report = combine(RayLoader(**options(sandbox))(table).to_pylist())
    assert report.delivered == 8
    assert report.warnings == {
        "key: another row of the same part has it too; where their calls are equal as well, so are their ids": 3
    }
    assert len({call.message_id for call in sandbox.accepted_calls}) == 6


def test_equal_rows_are_one_event_where_the_whole_row_is_the_key() -> None:
    sandbox = Sandbox()
    table = pa.concat_tables([orders(3), orders(2)])
    report = combine(RayLoader(**options(sandbox, key=WHOLE_ROW))(table).to_pylist())
    assert (report.delivered, report.warnings) == (5, {})
    assert Counter(Counter(call.message_id for call in sandbox.accepted_calls).values()) == {1: 1, 2: 2}


def test_calls_may_come_as_json_text_and_keep_ids_that_they_bring() -> None:
    sandbox = Sandbox()
    calls = [
        {"type": "track", "userId": "ada", "event": "Paid"},
        {"type": "identify", "userId": "ada", "traits": {"plan": None}, "messageId": "my-own"},
        {"type": "track", "userId": "ada", "event": "Paid", "context": {"ip": "192.0.2.7"}},
    ]
    texts = [orjson.dumps(call).decode() for call in calls]
    table = pa.table({"line": range(5), "text": [*texts, None, "{"]})
    loader = options(sandbox, key="line", json="text", as_=None, map=None)
    for source in (table, table.set_column(1, "text", table["text"].cast(pa.binary()))):
        report = combine(RayLoader(**loader)(source).to_pylist())
        assert (report.read, report.delivered, report.refused, report.blank) == (4, 3, 1, 1)
    first, again = sandbox.accepted_calls[:3], sandbox.accepted_calls[3:]
    assert [call.call for call in first] == [call.call for call in again]
    assert (first[1].message_id, first[1].call["traits"]) == ("my-own", {"plan": None})
    assert len({call.message_id for call in first}) == 3


def test_json_text_may_be_mapped_as_well() -> None:
    sandbox = Sandbox()
    table = pa.table({"line": [1], "text": ['{"who": "ada", "n": 7, "what": "Paid"}']})
    RayLoader(**options(sandbox, key="line", json="text"))(table)
    assert (sandbox.events[0].user_id, sandbox.events[0].properties) == ("ada", {"n": 7})


def test_a_later_run_skips_what_its_checkpoints_know_and_accounts_for_it(tmp_path: Path) -> None:
    sandbox, table = Sandbox(), orders(40)
    table = pa.concat_tables([table, pa.table({"n": pa.array([None], pa.int64()), "who": ["ada"], "what": ["Paid"]})])
    spark = SparkLoader(**options(sandbox, checkpoints=tmp_path / "new" / "folder"))
    sandbox.fail(status=503, after=2)
    with pytest.raises(LoadStoppedError, match="503"):
        in_spark(spark, table, 10)
    assert len(sandbox.accepted_calls) == 20
    rows = in_spark(spark, table, 10)
    report = combine(rows, dead_letter=tmp_path / "refused.jsonl")
    assert (report.read, report.delivered, report.dead_lettered, report.earlier) == (41, 40, 1, 20)
    assert (report.requests, len(sandbox.accepted_calls)) == (2, 40)
    again = combine(in_spark(spark, table, 10), dead_letter=tmp_path / "refused_again.jsonl")
    assert (again.read, again.delivered, again.dead_lettered, again.earlier) == (41, 40, 1, 41)
    assert again.requests == 0
    letters = [(tmp_path / name).read_text() for name in ("refused.jsonl", "refused_again.jsonl")]
    assert letters[0] == letters[1]
    assert '"n":null' in orjson.loads(letters[0])["text"]
    assert len(sandbox.accepted_calls) == 40


def test_a_part_goes_on_where_it_stood_and_a_row_that_has_changed_is_sent(tmp_path: Path) -> None:
    sandbox, table = Sandbox(), orders(40)
    ray = RayLoader(**options(sandbox, checkpoints=tmp_path, policy=Policy(max_batch=10), workers=1))
    sandbox.fail(status=503, after=2)
    with pytest.raises(LoadStoppedError):
        ray(table)
    assert combine(ray(table).to_pylist()).earlier == 20
    assert len(sandbox.accepted_calls) == 40
    ray(table.set_column(2, "what", [["Paid"] * 39 + ["Shipped"]]))
    assert len(sandbox.accepted_calls) == 80
    assert Counter(map(len, ids(sandbox).values())) == {1: 39, 2: 1}


def test_a_part_goes_on_beyond_its_first_thousands(tmp_path: Path) -> None:
    sandbox, table = Sandbox(), orders(3_000)
    ray = RayLoader(**options(sandbox, checkpoints=tmp_path, policy=Policy(max_batch=500), workers=1))
    sandbox.fail(status=503, after=5)
    with pytest.raises(LoadStoppedError):
        ray(table)
    assert combine(ray(table).to_pylist()).earlier == 2_500
    assert len(sandbox.accepted_calls) == 3_000


def test_refused_records_come_back_as_rows_and_are_only_counted_where_nobody_wants_them(tmp_path: Path) -> None:
    sandbox = Sandbox()
    table = pa.table({"n": range(3), "userId": ["ada", None, "bob"], "event": ["Paid"] * 3, "extra": [1, 1, 1]})
    rows = RayLoader(**options(sandbox, map=None, strict=True))(table).to_pylist()
    assert [row["report"] is None for row in rows] == [False, True]
    refused = tmp_path / "refused.jsonl"
    report = combine(rows, dead_letter=refused)
    assert (report.source, report.strict, report.dead_letter) == ("orders", True, str(refused))
    assert (report.refused, report.dead_lettered, report.left_out) == (0, 1, ("extra", "n"))
    (letter,) = map(orjson.loads, refused.read_text().splitlines())
    assert letter["dead_letter"]["source"] == "orders"
    assert letter["dead_letter"]["key"] == {"n": 1}
    assert letter["call"] == {"type": "track", "event": "Paid"}
    counted = combine(rows)
    assert (counted.refused, counted.dead_lettered, counted.dead_letter) == (1, 0, None)
    assert counted.examples[0].reason == next(iter(counted.reasons))


@pytest.mark.parametrize("key", ["at", ["at", "n"], WHOLE_ROW])
def test_a_dead_letter_says_whose_it_is_and_can_be_corrected_and_loaded(tmp_path: Path, key: Any) -> None:
    sandbox, refused = Sandbox(), tmp_path / "refused.jsonl"
    texts = ["a\u2028b", "a\x85b", "a\rb"]
    day = datetime(2026, 11, 28, tzinfo=UTC)
    table = pa.table({"n": range(3), "at": [day] * 3, "event": texts, "properties.text": texts})
    combine(RayLoader(**options(sandbox, key=key, map=None))(table).to_pylist(), dead_letter=refused)
    letters = [orjson.loads(line) for line in refused.read_bytes().splitlines()]
    assert [letter["call"]["event"] for letter in letters] == texts
    columns = None if key == WHOLE_ROW else [key] if isinstance(key, str) else key
    known: Any = (
        None if columns is None else [{name: {"at": str(day), "n": n}[name] for name in columns} for n in range(3)]
    )
    assert [letter["dead_letter"].get("key") for letter in letters] == (known or [None] * 3)
    for letter in letters:
        letter["call"]["userId"] = "ada"
    refused.write_bytes(b"".join(orjson.dumps(letter) + b"\n" for letter in letters))
    with sandbox.client() as client:
        assert load(client, refused).delivered == 3
    assert [call.call["properties"]["text"] for call in sandbox.accepted_calls] == texts


def test_an_entry_that_broke_off_with_its_process_is_not_handed_back(tmp_path: Path) -> None:
    loader = RayLoader(**options(Sandbox(), map=None, checkpoints=tmp_path))
    table = pa.table({"n": range(2), "event": ["Paid"] * 2})
    first = [row["dead_letter"] for row in loader(table).to_pylist() if row["dead_letter"]]
    (letters,) = tmp_path.glob("*.jsonl")
    letters.write_bytes(letters.read_bytes() + b'{"dead_letter":{"sou')
    again = [row["dead_letter"] for row in loader(table).to_pylist() if row["dead_letter"]]
    assert len(first) == 2
    assert again == first


def test_many_dead_letters_all_come_back(tmp_path: Path) -> None:
    table = pa.table({"n": range(2_500), "event": ["Paid"] * 2_500})
    rows = RayLoader(**options(Sandbox(), map=None))(table).to_pylist()
    report = combine(rows, dead_letter=tmp_path / "refused.jsonl")
    assert (report.dead_lettered, len((tmp_path / "refused.jsonl").read_text().splitlines())) == (2_500, 2_500)


def test_reports_add_up_and_keep_no_endless_texts() -> None:
    sandbox = Sandbox()
    rows = []
    for at in range(0, 120, 20):
        table = pa.table({"n": range(at, at + 20), "type": [f"kind-{at + i}" for i in range(20)]})
        table = table.append_column("userId", [["ada"] * 20])
        rows += RayLoader(**options(sandbox, as_=None, map=None))(table).to_pylist()
    report = combine(rows)
    assert (report.read, report.refused, sum(report.reasons.values())) == (120, 120, 120)
    assert (report.total, report.reached, len(report.examples)) == (120, 120, 10)
    assert report.seconds > 0


def test_an_empty_part_is_no_work() -> None:
    sandbox = Sandbox()
    empty = orders(0)
    result = RayLoader(**options(sandbox))(empty)
    assert (result.num_rows, result.schema.names) == (0, ["report", "dead_letter", "began", "ended"])
    assert in_spark(SparkLoader(**options(sandbox)), empty, 5) == []
    assert (combine([]).status, combine([]).read, combine([]).seconds) == ("complete", 0, 0)


def test_a_dry_run_sends_nothing_and_says_so(tmp_path: Path) -> None:
    sandbox = Sandbox()
    ray = RayLoader(**options(sandbox, dry_run=True, checkpoints=tmp_path))
    report = combine(ray(orders(5)).to_pylist())
    assert (report.status, report.not_reached, sandbox.counts) == ("dry_run", 5, {})
    assert list(tmp_path.iterdir()) == []


def test_order_can_be_kept_within_a_part() -> None:
    sandbox = Sandbox()
    policy = Policy(max_batch=5)
    RayLoader(**options(sandbox, ordered=True, workers=4, policy=policy))(orders(200))
    for person in range(7):
        mine = [event.properties["n"] for event in sandbox.events if event.user_id == f"u{person}"]
        assert mine == list(range(person, 200, 7))


def test_a_task_gets_its_share_of_the_rate_and_does_not_begin_with_a_burst() -> None:
    now = 0.0
    whole, shares = 8.0, [RateLimit(2.0, spent=True, clock=lambda: now) for _ in range(4)]
    waits = sorted(pace.reserve() for pace in shares for _ in range(12))
    assert waits == pytest.approx([seconds / 2 for seconds in range(1, 13) for _ in range(4)])
    assert len(waits) / waits[-1] == whole


def build_client() -> PipelinesClient:
    return PipelinesClient()


def test_a_loader_travels_without_a_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CUSTOMERIO_API_KEY", "secret-of-the-driver")
    policy = Policy(allow_destructive=True, events=["Order *"])
    for kind in (RayLoader, SparkLoader):
        loader = kind(**options(Sandbox(), client=build_client, checkpoints=tmp_path, policy=policy))
        assert b"secret" not in pickle.dumps(loader)
        assert travelled(loader).__dict__ == loader.__dict__


def test_a_worker_takes_the_key_from_its_own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    without = options(Sandbox())
    del without["client"]
    loader = travelled(RayLoader(**without))
    with pytest.raises(ConfigurationError, match="CUSTOMERIO_API_KEY"):
        loader(orders(1))
    monkeypatch.setenv("CUSTOMERIO_API_KEY", "of-the-worker")
    assert loader(orders(0)).num_rows == 0


def test_the_error_of_a_worker_travels_whole() -> None:
    sandbox = Sandbox()
    sandbox.fail(status=401)
    with pytest.raises(LoadStoppedError) as caught:
        RayLoader(**options(sandbox))(orders(3))
    error, found = caught.value, travelled(caught.value)
    assert str(found) == str(error)
    assert (found.why, found.report, found.signal) == (error.why, error.report, None)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": ""}, "needs a name, a key of one column at least, and a concurrency above 0"),
        ({"key": ()}, "needs a name, a key"),
        ({"concurrency": 0}, "needs a name, a key"),
        ({"rate": 0}, "The rate is in requests per second"),
        ({"client": PipelinesClient("key")}, "A client holds a key, which must not travel"),
        ({"checkpoints": "s3://bucket/folder"}, "Checkpoints need a folder of a file system"),
        ({"policy": Policy(max_writes=5)}, "max_writes counts the calls of one process"),
        ({"as_": "tracks"}, 'There is no call "tracks"'),
        ({"map": {"nobody": "who"}}, 'names a field "nobody"'),
    ],
)
def test_what_no_worker_could_do_is_refused_before_anything_travels(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        Loader(**options(Sandbox(), **wrong))


@pytest.mark.parametrize(("key", "json"), [("order", None), (["n", "order"], None), (WHOLE_ROW, "order")])
def test_a_column_that_is_not_there_is_named(key: Any, json: str | None) -> None:
    with pytest.raises(ConfigurationError, match='There is no column "order"; there are "n", "who", "what"'):
        RayLoader(**options(Sandbox(), key=key, json=json))(orders(1))


def test_a_map_that_names_a_column_that_is_not_there_refuses_the_table_and_not_its_rows() -> None:
    sandbox = Sandbox()
    with pytest.raises(ConfigurationError, match='There is no column "plam"; there are "n", "who", "what"'):
        RayLoader(**options(sandbox, map={**MAP, "properties.plan": "plam"}))(orders(1))
    assert sandbox.ledger == []
