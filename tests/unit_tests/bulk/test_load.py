"""Loading, sync and async: what arrives at the sandbox, what is written down, and what the report says of it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import threading
from collections import Counter, UserDict
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest

from langchain_customerio import (
    AuthenticationError,
    ConfigurationError,
    InvalidRequestError,
    NoAnswerError,
    PipelinesClient,
    Policy,
    RejectedError,
    RetryPolicy,
    ServerError,
    Track,
)
from langchain_customerio.bulk import LoadReport, LoadStoppedError, PreviewedRecord, RefusedRecord, aload, load, preview
from langchain_customerio.sandbox import Sandbox
from tests.disks import most_bytes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tests.conftest import Mode

AT_ONCE = RetryPolicy(attempts=3, base_delay=0)


def event(number: int, **fields: Any) -> dict[str, Any]:
    return {"type": "track", "userId": f"u{number % 10}", "event": "Paid", "properties": {"n": number}, **fields}


def written(path: Path, *records: object) -> Path:
    """Write records as JSON Lines; text is written as it is."""
    lines = [record.encode() if isinstance(record, str) else orjson.dumps(record) for record in records]
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


def events(path: Path, count: int) -> Path:
    return written(path, *map(event, range(count)))


def arrived(sandbox: Sandbox) -> list[int]:
    """Return the numbers of the events that were stored, in the order of their arrival."""
    return [call.call["properties"]["n"] for call in sandbox.accepted_calls]


def ids(sandbox: Sandbox) -> list[str | None]:
    return [call.message_id for call in sandbox.accepted_calls]


class Loading:
    """A sandbox, and loading into it in the mode of the test."""

    def __init__(self, mode: Mode) -> None:
        self.mode = mode
        self.sandbox = Sandbox()

    def __call__(self, source: Any, **options: Any) -> LoadReport:
        client = self.sandbox.client(retry=options.pop("retry", AT_ONCE), **options.pop("client", {}))
        options.setdefault("patience", 0)
        report = (
            load(client, source, **options) if self.mode == "sync" else asyncio.run(aload(client, source, **options))
        )
        assert report.delivered + report.refused + report.dead_lettered + report.not_reached == report.read
        return report

    def stops(self, source: Any, **options: Any) -> LoadStoppedError:
        """Load, and return the error that it stops with."""
        with pytest.raises(LoadStoppedError) as caught:
            self(source, **options)
        report = caught.value.report
        assert report.status == "stopped"
        assert report.delivered + report.refused + report.dead_lettered + report.not_reached == report.read
        return caught.value


@pytest.fixture
def loading(mode: Mode) -> Loading:
    return Loading(mode)


# What arrives


def test_every_record_arrives_in_order(loading: Loading, tmp_path: Path) -> None:
    report = loading(events(tmp_path / "e.jsonl", 5_000), workers=1)
    assert arrived(loading.sandbox) == list(range(5_000))
    assert (report.status, report.read, report.delivered, report.requests) == ("complete", 5_000, 5_000, 2)


def test_several_workers_deliver_every_record_once(loading: Loading) -> None:
    report = loading((event(number) for number in range(3_000)), policy=Policy(max_batch=20), workers=4)
    assert sorted(arrived(loading.sandbox)) == list(range(3_000))
    assert len(set(ids(loading.sandbox))) == 3_000
    assert report.requests == 150


def test_the_report_accounts_for_every_line(loading: Loading, tmp_path: Path) -> None:
    bad = {"type": "identify", "userId": "ada", "email": "a@b.c"}
    late = event(2, timestamp="2126-11-20T10:00:00Z")
    source = written(tmp_path / "e.jsonl", event(0), "", bad, "{", event(1, userId=7), late)
    report = loading(source, strict=True, dead_letter=tmp_path / "d", checkpoint=tmp_path / "c")
    assert report.model_copy(update={"seconds": 0.0}) == LoadReport(
        status="complete",
        source="e.jsonl",
        strict=True,
        read=5,
        delivered=3,
        dead_lettered=2,
        blank=1,
        requests=1,
        size=len(loading.sandbox.ledger[0].body),
        reached=source.stat().st_size,
        total=source.stat().st_size,
        reasons={
            "email: is not a field of identify: use traits.email": 1,
            "is not JSON: expecting property name enclosed in double quotes at column 2": 1,
        },
        examples=(
            RefusedRecord(position=3, reason="email: is not a field of identify: use traits.email"),
            RefusedRecord(
                position=4, reason="is not JSON: expecting property name enclosed in double quotes at column 2"
            ),
        ),
        warnings={"timestamp: lies in the future": 1},
        warned_at={"timestamp: lies in the future": 6},
        corrections={"userId: number sent as string": 1},
        dead_letter=str(tmp_path / "d"),
        checkpoint=str(tmp_path / "c"),
    )
    assert report.seconds > 0


def test_a_request_is_what_a_batch_call_would_send(loading: Loading) -> None:
    loading([event(0)], strict=True)
    (entry,) = loading.sandbox.ledger
    assert (entry.endpoint, entry.strict, entry.headers["content-type"]) == ("/batch", True, "application/json")
    (item,) = entry.json["batch"]  # type: ignore[index] # a batch is an object
    assert {**item, "messageId": ""} == {**event(0), "messageId": ""}
    assert entry.json["context"]["library"]["name"] == "langchain-customerio"  # type: ignore[index] # as above


def test_requests_can_be_compressed(loading: Loading) -> None:
    report = loading(map(event, range(1_000)), gzip=True)
    assert arrived(loading.sandbox) == list(range(1_000))
    assert loading.sandbox.ledger[0].headers["content-encoding"] == "gzip"
    assert report.size == len(loading.sandbox.ledger[0].body) < 40_000


def test_rows_are_mapped_and_what_is_left_out_is_said(loading: Loading, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("id,plan,age\n7,pro,36\n8,free,\n")
    report = loading(tmp_path / "p.csv", as_="identify", map={"userId": "id", "traits.plan": "plan"})
    assert {name: person.traits for name, person in loading.sandbox.people.items()} == {
        "7": {"plan": "pro"},
        "8": {"plan": "free"},
    }
    assert report.left_out == ("age",)


def test_a_source_in_which_everything_is_wrong_sends_nothing(loading: Loading, tmp_path: Path) -> None:
    report = loading([{}] * 2_500, dead_letter=tmp_path / "d")
    assert (report.status, report.dead_lettered, loading.sandbox.ledger) == ("complete", 2_500, [])
    positions = [orjson.loads(line)["dead_letter"]["position"] for line in (tmp_path / "d").read_bytes().splitlines()]
    assert sorted(positions) == list(range(1, 2_501))


def test_a_source_without_records_is_loaded_at_once(loading: Loading, tmp_path: Path) -> None:
    report = loading([], checkpoint=tmp_path / "c")
    assert (report.status, report.read, loading.sandbox.ledger) == ("complete", 0, [])


def test_the_policy_limits_requests_and_refuses_calls(loading: Loading) -> None:
    source = [event(0), event(1, event="User Deleted"), event(2), event(3)]
    report = loading(source, policy=Policy(max_batch=2), workers=1)
    assert [len(entry.calls) for entry in loading.sandbox.ledger] == [2, 1]
    assert (report.refused, next(iter(report.reasons))[:14]) == (1, 'event: "User D')


@pytest.mark.parametrize("how", [{"dry_run": True}, {"policy": Policy(dry_run=True)}])
def test_a_dry_run_checks_everything_and_sends_and_writes_nothing(
    loading: Loading, tmp_path: Path, how: dict[str, Any]
) -> None:
    source = written(tmp_path / "e.jsonl", event(0), "{", event(1))
    report = loading(source, dead_letter=tmp_path / "d", checkpoint=tmp_path / "c", **how)
    assert (report.status, report.read, report.not_reached, report.refused) == ("dry_run", 3, 2, 1)
    assert (report.requests, report.size > 200) == (1, True)
    assert loading.sandbox.ledger == []
    assert [path.name for path in tmp_path.iterdir()] == ["e.jsonl"]


# Ids


def test_a_file_that_is_loaded_twice_has_the_same_ids(loading: Loading, tmp_path: Path) -> None:
    source = events(tmp_path / "e.jsonl", 10)
    loading(source)
    loading(source)
    assert ids(loading.sandbox)[:10] == ids(loading.sandbox)[10:]


def test_a_file_that_has_changed_has_other_ids_unless_it_has_a_name_of_its_own(
    loading: Loading, tmp_path: Path
) -> None:
    for name in (None, "payments"):
        loading(events(tmp_path / "e.jsonl", 10), name=name)
        loading(written(tmp_path / "e.jsonl", *map(event, range(10)), event(10)), name=name)
    found = ids(loading.sandbox)
    assert set(found[:10]).isdisjoint(found[10:21])
    assert found[21:31] == found[31:41]


def test_records_that_come_from_nowhere_are_other_records_every_time(loading: Loading) -> None:
    loading(map(event, range(10)))
    loading(map(event, range(10)))
    loading(map(event, range(10)), name="payments")
    loading(map(event, range(10)), name="payments")
    found = ids(loading.sandbox)
    assert set(found[:10]).isdisjoint(found[10:20])
    assert found[20:30] == found[30:40]


# What the API refuses


@pytest.mark.parametrize("strict_batch", ["all_or_nothing", "per_item"])
def test_a_request_that_the_api_refuses_is_divided_until_the_records_at_fault_are_found(
    loading: Loading, tmp_path: Path, strict_batch: Any
) -> None:
    loading.sandbox.strict_batch = strict_batch
    loading.sandbox.group_only_track = False
    odd = {"type": "track", "groupId": "acme", "event": "Paid"}
    records = [odd if number in {3, 77} else event(number) for number in range(100)]
    report = loading(records, strict=True, dead_letter=tmp_path / "d", name="payments")
    assert set(arrived(loading.sandbox)) == set(range(100)) - {3, 77}
    assert len(set(ids(loading.sandbox))) == 98
    assert (report.delivered, report.dead_lettered) == (98, 2)
    letters = [orjson.loads(line) for line in (tmp_path / "d").read_bytes().splitlines()]
    assert [letter["dead_letter"]["position"] for letter in letters] == [4, 78]
    assert all(letter["dead_letter"]["reason"].startswith("Customer.io answered 400: ") for letter in letters)
    assert [{**letter["call"], "messageId": ""} for letter in letters] == [{**odd, "messageId": ""}] * 2
    sent = {call.message_id for entry in loading.sandbox.ledger for call in entry.calls}
    assert {letter["call"]["messageId"] for letter in letters} <= sent


@pytest.mark.parametrize("status", [400, 503])
def test_an_answer_to_a_compressed_request_is_read_as_any_other(loading: Loading, status: int) -> None:
    loading.sandbox.fail(status=status, body="ada is not welcome", times=2)
    report = loading([event(0, userId="ada"), event(1)], gzip=True)
    assert sorted(arrived(loading.sandbox)) == ([1] if status == 400 else [0, 1])
    assert report.reasons == ({'Customer.io answered 400: "[data] is not welcome"': 1} if status == 400 else {})


def test_a_request_that_is_too_large_for_the_api_is_divided(loading: Loading) -> None:
    loading.sandbox.fail(status=413, times=3)
    report = loading(map(event, range(8)), workers=1)
    assert arrived(loading.sandbox) == list(range(8))
    assert [len(entry.calls) for entry in loading.sandbox.ledger] == [0, 0, 0, 1, 1, 2, 4]
    assert (report.delivered, report.requests, report.retries) == (8, 7, 0)


def test_a_record_that_alone_is_too_large_for_the_api_is_refused(loading: Loading) -> None:
    loading.sandbox.fail(status=413, body="too large", times=2)
    report = loading(map(event, range(2)), workers=1)
    assert arrived(loading.sandbox) == [1]
    assert report.reasons == {'Customer.io answered 413: "too large"': 1}


def test_a_dead_letter_file_can_be_corrected_and_loaded_again_with_the_same_ids(
    loading: Loading, tmp_path: Path
) -> None:
    loading.sandbox.fail(status=400, times=2)
    loading(written(tmp_path / "e.jsonl", event(0), "{", event(1)), dead_letter=tmp_path / "d.jsonl", workers=1)
    before = ids(loading.sandbox)
    text = (tmp_path / "d.jsonl").read_text().replace('"text":"{"', f'"call":{orjson.dumps(event(2)).decode()}')
    (tmp_path / "d.jsonl").write_text(text)
    report = loading(tmp_path / "d.jsonl")
    assert report.delivered == 2
    assert sorted(arrived(loading.sandbox)) == [0, 1, 2]
    assert orjson.loads(text.splitlines()[-1])["call"]["messageId"] in ids(loading.sandbox)
    assert before[0] not in ids(loading.sandbox)[1:]


def test_a_dead_letter_file_is_loaded_with_the_options_of_its_source(loading: Loading, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("id,plan\n7,pro\n8,free\n")
    options: dict[str, Any] = {"as_": "identify", "map": {"userId": "id", "traits.plan": "plan"}}
    loading.sandbox.fail(status=400, times=3)
    loading(tmp_path / "p.csv", dead_letter=tmp_path / "d.jsonl", **options)
    assert loading(tmp_path / "d.jsonl", **options).delivered == 2
    assert {name: person.traits for name, person in loading.sandbox.people.items()} == {
        "7": {"plan": "pro"},
        "8": {"plan": "free"},
    }


def test_a_quote_that_nothing_closes_takes_no_row_along_unseen(loading: Loading, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text('userId,traits.plan\n7,"pro\n8,free\n9,"pro"\n10,free\n11,"x\n')
    report = loading(tmp_path / "p.csv", as_="identify", dead_letter=tmp_path / "d")
    assert list(loading.sandbox.people) == ["10"]
    assert (report.delivered, report.dead_lettered) == (1, 2)
    letters = [orjson.loads(line) for line in (tmp_path / "d").read_bytes().splitlines()]
    assert [letter["text"] for letter in letters] == ['7,"pro\n8,free\n9,"pro"', '11,"x']
    assert letters[0]["dead_letter"]["reason"].startswith("is not CSV: text follows the closing quote of a cell")


def test_any_mapping_is_a_record(loading: Loading) -> None:
    loading([MappingProxyType(event(0)), UserDict(event(1))])
    assert arrived(loading.sandbox) == [0, 1]


def test_a_source_may_not_be_written_over(loading: Loading, tmp_path: Path) -> None:
    source = events(tmp_path / "e.jsonl", 1)
    for option in ("dead_letter", "checkpoint"):
        with pytest.raises(ConfigurationError, match="need a file each"):
            loading(source, **{option: tmp_path / "." / "e.jsonl"})
    assert loading.sandbox.ledger == []


def test_too_many_refused_records_stop_the_load(loading: Loading, tmp_path: Path) -> None:
    source = (event(number) if number % 2 else {} for number in range(5_000))
    error = loading.stops(source, max_refused=100, policy=Policy(max_batch=50), workers=1, dead_letter=tmp_path / "d")
    assert isinstance(error.__cause__, InvalidRequestError)
    assert str(error).startswith("Stopped: More than 100 records were refused.")
    assert 100 < error.report.dead_lettered < 300
    assert len((tmp_path / "d").read_bytes().splitlines()) == error.report.dead_lettered


# What goes wrong


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ({"status": 401}, AuthenticationError),
        ({"status": 404}, RejectedError),
        ({"status": 503, "times": None}, ServerError),
        ({"reset": "before", "times": None}, NoAnswerError),
    ],
)
def test_what_would_meet_every_request_stops_the_load_which_can_go_on_later(
    loading: Loading, tmp_path: Path, fault: dict[str, Any], cause: type[Exception]
) -> None:
    source, options = (
        events(tmp_path / "e.jsonl", 1_000),
        {"checkpoint": tmp_path / "c", "policy": Policy(max_batch=50)},
    )
    loading.sandbox.fail(**fault, after=7)
    error = loading.stops(source, workers=2, **options)
    assert isinstance(error.__cause__, cause)
    assert str(error.__cause__) in str(error)
    assert "resume=True" in str(error)
    delivered = arrived(loading.sandbox)
    assert len(delivered) == error.report.delivered < 1_000
    again = Loading(loading.mode)
    report = again(source, resume=True, **options)
    assert sorted(delivered + arrived(again.sandbox)) == list(range(1_000))
    assert (report.read, report.delivered, report.earlier) == (1_000, 1_000, len(delivered))


@pytest.mark.parametrize(
    "fault",
    [{"status": 503}, {"status": 429}, {"reset": "connect"}, {"reset": "before"}, {"timeout": "after"}],
    ids=str,
)
def test_an_outage_is_waited_for_and_said(
    loading: Loading, fault: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []
    loading.sandbox.fail(**fault, times=40, after=2)
    report = loading(
        map(event, range(200)),
        policy=Policy(max_batch=10),
        workers=4,
        patience=60,
        on_progress=lambda report: told.append(report.waiting),
    )
    assert set(arrived(loading.sandbox)) == set(range(200))
    assert (report.status, report.delivered, report.waiting) == ("complete", 200, "")
    assert report.retries == 40
    assert any(" for 0 s, of 60 s at the most" in text for text in told)
    assert not told[-1]
    logged = [record.getMessage() for record in caplog.records]
    assert logged[0].startswith("Customer.io: ")
    assert logged[0].endswith("; the load waits, for 60 s at the most")
    assert logged[-1] == "Customer.io answers again, after 0 s; the load goes on"
    assert len(logged) % 2 == 0


def test_an_outage_that_lasts_longer_than_the_patience_stops_the_load(loading: Loading) -> None:
    loading.sandbox.fail(status=503, retry_after=61, times=None)
    error = loading.stops(map(event, range(200)), policy=Policy(max_batch=10), workers=4, patience=60)
    assert isinstance(error.__cause__, ServerError)
    assert error.report.delivered == 0


def end_when_waiting(report: LoadReport) -> None:
    if report.waiting:
        kill(signal.SIGTERM)


def test_while_a_load_waits_a_signal_ends_it(loading: Loading) -> None:
    loading.sandbox.fail(status=503, retry_after=50, times=None)
    report = loading.stops([event(0)], patience=600, on_progress=end_when_waiting).report
    assert (report.delivered, report.not_reached) == (0, 1)


def test_a_passing_failure_is_tried_again_and_counted(loading: Loading) -> None:
    loading.sandbox.fail(status=503, times=2)
    report = loading(map(event, range(10)))
    assert (report.delivered, report.requests, report.retries) == (10, 3, 2)
    assert arrived(loading.sandbox) == list(range(10))


def test_when_the_api_asks_for_time_every_worker_waits(loading: Loading) -> None:
    loading.sandbox.fail(status=429, retry_after=0.05, times=3)
    report = loading(map(event, range(100)), policy=Policy(max_batch=10), workers=4, retry=RetryPolicy(base_delay=0))
    assert sorted(arrived(loading.sandbox)) == list(range(100))
    assert report.retries == 3


def test_an_answer_that_was_lost_is_repeated_with_the_same_id(loading: Loading) -> None:
    loading.sandbox.fail(reset="after")
    loading(map(event, range(10)))
    assert arrived(loading.sandbox) == [*range(10), *range(10)]
    assert ids(loading.sandbox)[:10] == ids(loading.sandbox)[10:]


def letters_in(path: Path) -> list[tuple[str, int]]:
    """Return of which load each dead letter is, and the position of its record."""
    letters = [orjson.loads(line)["dead_letter"] for line in path.read_bytes().splitlines()]
    return [(letter["load"], letter["position"]) for letter in letters]


class SourceError(Exception):
    """What a source may raise."""


def test_a_source_that_fails_stops_the_load_after_what_it_gave(loading: Loading) -> None:
    def source() -> Iterator[dict[str, Any]]:
        yield from map(event, range(1_000))
        raise SourceError("the cable is out")

    error = loading.stops(source(), policy=Policy(max_batch=10), workers=1)
    assert isinstance(error.__cause__, SourceError)
    assert str(error).startswith("Stopped: the cable is out. ")
    assert "Without a checkpoint" in str(error)
    assert arrived(loading.sandbox) == list(range(error.report.delivered))


def test_who_watches_may_stop_the_load(loading: Loading) -> None:
    def watch(report: LoadReport) -> None:
        if report.delivered >= 100:
            raise SourceError("enough")

    error = loading.stops(map(event, range(1_000)), on_progress=watch, policy=Policy(max_batch=50), workers=1)
    assert (error.report.delivered, arrived(loading.sandbox)) == (100, list(range(100)))


@pytest.mark.parametrize("who", ["the one who watches", "the source"])
def test_a_program_that_ends_in_the_middle_ends_the_load_in_good_order(
    loading: Loading, tmp_path: Path, who: str
) -> None:
    def source() -> Iterator[dict[str, Any]]:
        for number in range(1_000):
            if number == 700 and who == "the source":
                sys.exit(7)
            yield event(number)

    def watch(report: LoadReport) -> None:
        if report.delivered >= 100 and who != "the source":
            sys.exit(7)

    options = {"checkpoint": tmp_path / "c", "policy": Policy(max_batch=50), "workers": 1}
    with pytest.raises(SystemExit) as caught:
        loading(source(), on_progress=watch, **options)
    assert caught.value.code == 7
    assert 0 < len(arrived(loading.sandbox)) < 1_000
    loading(map(event, range(1_000)), resume=True, **options)
    assert arrived(loading.sandbox) == list(range(1_000))


def test_a_checkpoint_that_can_no_longer_be_written_stops_the_load(loading: Loading, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()

    def vanish(_: LoadReport) -> None:
        shutil.rmtree(folder)

    error = loading.stops(map(event, range(100)), on_progress=vanish, checkpoint=folder / "c", workers=1)
    assert isinstance(error.__cause__, FileNotFoundError)
    assert error.report.delivered == 100


def test_a_dead_letter_file_that_cannot_be_written_is_found_out_before_anything_is_sent(
    loading: Loading, tmp_path: Path
) -> None:
    source = written(tmp_path / "e.jsonl", event(0), "{", event(2))
    with pytest.raises(FileNotFoundError):
        loading(source, dead_letter=tmp_path / "nowhere" / "d", checkpoint=tmp_path / "c")
    assert (loading.sandbox.ledger, [path.name for path in tmp_path.iterdir()]) == ([], ["e.jsonl"])


def test_on_a_full_disk_nothing_is_sent_whose_neighbours_cannot_be_written_down(
    loading: Loading, tmp_path: Path
) -> None:
    bad = {"type": "track", "userId": "ada", "properties": {"x": "y" * 4_000}}
    source = written(tmp_path / "e.jsonl", event(0), *[bad] * 4, event(5))
    options: dict[str, Any] = {"checkpoint": tmp_path / "c", "dead_letter": tmp_path / "d"}
    for _ in range(2):
        with most_bytes(10_000):
            error = loading.stops(source, resume=True, **options)
        assert isinstance(error.__cause__, OSError)
        assert (error.report.delivered, error.report.dead_lettered, loading.sandbox.ledger) == (0, 0, [])
    report = loading(source, resume=True, **options)
    assert (report.delivered, report.dead_lettered, arrived(loading.sandbox)) == (2, 4, [0, 5])
    positions = [place for _, place in letters_in(tmp_path / "d")]
    assert sorted(positions) == [2, 3, 4, 5]


def test_what_was_in_a_dead_letter_file_that_is_gone_is_not_said_to_be_in_it(loading: Loading, tmp_path: Path) -> None:
    def vanish(report: LoadReport) -> None:
        if report.delivered == 10:
            (tmp_path / "d").unlink()

    records = ["{" if number % 10 == 9 else event(number) for number in range(100)]
    source = written(tmp_path / "e.jsonl", *records)
    report = loading(source, dead_letter=tmp_path / "d", policy=Policy(max_batch=10), workers=1, on_progress=vanish)
    assert (report.delivered, report.refused, report.dead_lettered) == (90, 1, 9)
    assert [place for _, place in letters_in(tmp_path / "d")] == list(range(20, 101, 10))


def test_when_nothing_at_all_is_accepted_the_load_stops_and_says_so(loading: Loading, tmp_path: Path) -> None:
    loading.sandbox.fail(status=400, times=None)
    error = loading.stops(map(event, range(5_000)), strict=True, dead_letter=tmp_path / "d", workers=2)
    assert "records and accepted none, so the cause is probably not the records" in str(error)
    assert 200 <= error.report.dead_lettered < 210
    assert error.report.requests < 1_000


def test_how_many_may_be_refused_before_anything_is_accepted_can_be_said(loading: Loading) -> None:
    loading.sandbox.fail(status=400, times=600)
    report = loading(map(event, range(301)), strict=True, max_refused=400, workers=1)
    assert (report.refused, report.delivered) == (300, 1)


def test_a_dry_run_tells_how_far_it_is(loading: Loading) -> None:
    told: list[LoadReport] = []
    loading(map(event, range(100)), on_progress=told.append, policy=Policy(max_batch=30), dry_run=True, workers=1)
    assert [report.read for report in told][-1] == 100
    assert len(told) == 4


def test_progress_is_told_whenever_something_is_settled(loading: Loading, tmp_path: Path) -> None:
    told: list[LoadReport] = []
    source = events(tmp_path / "e.jsonl", 100)
    loading(source, on_progress=told.append, policy=Policy(max_batch=30), workers=1)
    assert [report.delivered for report in told] == [30, 60, 90, 100]
    assert {(report.status, report.total) for report in told} == {("running", source.stat().st_size)}
    assert told[-1].reached == source.stat().st_size


# Signals


def kill(number: int) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_lets_what_is_in_flight_finish_and_the_load_can_go_on(
    loading: Loading, tmp_path: Path, number: int
) -> None:
    def once(report: LoadReport) -> None:
        if report.delivered == 100:
            kill(number)

    before = signal.getsignal(number)
    source, options = (
        events(tmp_path / "e.jsonl", 1_000),
        {"checkpoint": tmp_path / "c", "policy": Policy(max_batch=10)},
    )
    error = loading.stops(source, on_progress=once, workers=1, **options)
    assert (error.signal, error.__cause__) == (number, None)
    assert str(error).startswith(f"Stopped by signal {number}.")
    assert signal.getsignal(number) is before
    assert arrived(loading.sandbox) == list(range(error.report.delivered))
    loading(source, resume=True, **options)
    assert sorted(arrived(loading.sandbox)) == list(range(1_000))
    assert loading.sandbox.duplicates == {}


def test_a_source_that_never_gives_anything_again_does_not_keep_the_load(mode: Mode) -> None:
    for_ever = threading.Event()

    def silent() -> Iterator[dict[str, Any]]:
        yield from map(event, range(500))
        kill(signal.SIGTERM)
        for_ever.wait()

    async def asilent() -> AsyncIterator[dict[str, Any]]:
        for number in range(500):
            yield event(number)
        kill(signal.SIGTERM)
        await asyncio.Event().wait()

    error = Loading(mode).stops(silent() if mode == "sync" else asilent())
    assert (error.signal, error.report.read) == (signal.SIGTERM, 500)


class Bell(Mapping[str, Any]):
    """A record that rings when it is looked at."""

    def __init__(self, record: dict[str, Any]) -> None:
        self.record = record

    def __getitem__(self, name: str) -> Any:
        return self.record[name]

    def __iter__(self) -> Iterator[str]:
        kill(signal.SIGTERM)
        return iter(self.record)

    def __len__(self) -> int:
        return len(self.record)


def test_a_signal_that_comes_between_two_blocks_does_not_wait_for_the_second() -> None:
    def silent() -> Iterator[Any]:
        yield from map(event, range(499))
        yield Bell(event(499))
        threading.Event().wait()

    error = Loading("sync").stops(silent())
    assert (error.signal, error.report.read) == (signal.SIGTERM, 0)  # what was being checked is not begun


def test_a_second_signal_does_what_it_always_does(loading: Loading, tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)

    def twice(_: LoadReport) -> None:
        during = signal.getsignal(signal.SIGINT)
        kill(signal.SIGINT)
        while signal.getsignal(signal.SIGINT) is during:
            pass
        kill(signal.SIGINT)

    source = events(tmp_path / "e.jsonl", 1_000)
    with pytest.raises(KeyboardInterrupt):
        loading(source, on_progress=twice, workers=1, policy=Policy(max_batch=10), checkpoint=tmp_path / "c")
    assert signal.getsignal(signal.SIGINT) is before


def test_outside_the_main_thread_signals_are_left_alone(loading: Loading) -> None:
    reports: list[LoadReport] = []
    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=lambda: reports.append(loading(map(event, range(10)))))
    thread.start()
    thread.join()
    assert [report.delivered for report in reports] == [10]
    assert signal.getsignal(signal.SIGTERM) is before


def test_one_signal_stops_all_loads_and_the_handlers_go_with_the_last() -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    async def three() -> list[LoadReport | BaseException]:
        async def endless() -> AsyncIterator[dict[str, Any]]:
            for number in range(500):
                yield event(number)
            await one_has_ended.wait()
            reading.append(1)
            if len(reading) == 3:
                kill(signal.SIGTERM)
            await asyncio.Event().wait()

        client, one_has_ended = Sandbox().client(), asyncio.Event()
        others = [asyncio.ensure_future(aload(client, endless())) for _ in range(3)]
        await aload(client, map(event, range(10)))
        one_has_ended.set()
        return await asyncio.gather(*others, return_exceptions=True)

    reading: list[int] = []
    for error in asyncio.run(three()):
        assert isinstance(error, LoadStoppedError)
        assert error.signal == signal.SIGTERM
    assert {number: signal.getsignal(number) for number in before} == before


def test_a_load_in_another_thread_is_stopped_with_that_of_the_main_thread() -> None:
    errors: list[BaseException] = []
    going_on = threading.Event()

    def elsewhere() -> None:
        with pytest.raises(LoadStoppedError) as caught:
            load(Sandbox().client(), waiting_for(going_on))
        errors.append(caught.value)

    def waiting_for(go: threading.Event) -> Iterator[dict[str, Any]]:
        yield from map(event, range(500))
        begun.set()
        go.wait()
        yield from map(event, range(500))

    def here() -> Iterator[dict[str, Any]]:
        begun.wait()
        kill(signal.SIGINT)
        yield event(0)

    begun = threading.Event()
    thread = threading.Thread(target=elsewhere)
    thread.start()
    with pytest.raises(LoadStoppedError, match="signal 2"):
        load(Sandbox().client(), here())
    going_on.set()
    thread.join()
    assert [error.signal for error in errors if isinstance(error, LoadStoppedError)] == [signal.SIGINT]


def test_a_signal_that_is_ignored_stays_ignored(loading: Loading) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        report = loading(map(event, range(10)), on_progress=lambda _: kill(signal.SIGINT))
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    assert report.delivered == 10


def test_a_handler_that_somebody_sets_during_a_load_stays(loading: Loading) -> None:
    def handler(*_: object) -> None:
        pass

    def records() -> Iterator[dict[str, Any]]:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, handler)
        yield event(0)

    before = signal.getsignal(signal.SIGTERM)
    try:
        loading(records())
        assert signal.getsignal(signal.SIGTERM) is (handler if loading.mode == "sync" else before)
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_synchronous_source_that_never_gives_anything_again_does_not_keep_an_event_loop() -> None:
    def silent() -> Iterator[dict[str, Any]]:
        yield from map(event, range(500))
        kill(signal.SIGINT)
        going_on.wait()

    going_on, sandbox = threading.Event(), Sandbox()
    error = Loading("async").stops(silent())
    going_on.set()
    assert (error.signal, error.report.read, sandbox.ledger) == (signal.SIGINT, 500, [])


# Checkpoints


def test_a_load_that_is_complete_is_not_loaded_again_when_it_is_resumed(loading: Loading, tmp_path: Path) -> None:
    source = events(tmp_path / "e.jsonl", 10)
    first = loading(source, checkpoint=tmp_path / "c", resume=True)
    second = loading(source, checkpoint=tmp_path / "c", resume=True)
    assert (first.status, first.earlier, second.status, second.earlier) == ("complete", 0, "complete", 10)
    assert (second.read, second.delivered, len(loading.sandbox.ledger)) == (10, 10, 1)


def test_a_load_that_is_complete_is_loaded_again_when_one_asks_for_a_new_one(loading: Loading, tmp_path: Path) -> None:
    source = events(tmp_path / "e.jsonl", 10)
    loading(source, checkpoint=tmp_path / "c")
    report = loading(source, checkpoint=tmp_path / "c")
    assert (report.delivered, report.earlier, len(arrived(loading.sandbox))) == (10, 0, 20)


@pytest.mark.parametrize("change", ["touched", "grown", "corrected"])
def test_a_complete_file_that_has_changed_is_not_loaded_again_unasked(
    loading: Loading, tmp_path: Path, change: str
) -> None:
    source = written(tmp_path / "e.jsonl", *map(event, range(9)), "{")
    options: dict[str, Any] = {"checkpoint": tmp_path / "c", "dead_letter": tmp_path / "d"}
    loading(source, **options)
    lines = source.read_text().splitlines()
    more = {"touched": [], "grown": ["{"], "corrected": [orjson.dumps(event(9)).decode()]}[change]
    written(source, *(lines[:9] if change == "corrected" else lines), *more)
    os.utime(source, ns=(0, 0))
    with pytest.raises(ConfigurationError, match=r"complete, and it has changed since.* new ones unless .* give retry"):
        loading(source, resume=True, **options)
    assert len(arrived(loading.sandbox)) == 9
    assert loading(source, **options).delivered == 9 + (change == "corrected")
    assert len(set(ids(loading.sandbox))) == 18 + (change == "corrected")


def test_a_complete_file_with_a_name_is_loaded_again_under_the_same_ids(loading: Loading, tmp_path: Path) -> None:
    options: dict[str, Any] = {"checkpoint": tmp_path / "c", "name": "payments", "resume": True}
    loading(events(tmp_path / "e.jsonl", 10), **options)
    report = loading(events(tmp_path / "e.jsonl", 11), **options)
    assert (report.delivered, report.earlier) == (11, 0)
    assert ids(loading.sandbox)[:10] == ids(loading.sandbox)[10:20]


def test_an_iterable_that_is_complete_is_neither_loaded_again_nor_passed_over(loading: Loading, tmp_path: Path) -> None:
    loading(map(event, range(10)), checkpoint=tmp_path / "c", resume=True)
    with pytest.raises(ConfigurationError, match="it cannot be told whether this is the same source"):
        loading(map(event, range(10, 20)), checkpoint=tmp_path / "c", resume=True)
    assert arrived(loading.sandbox) == list(range(10))


def test_the_rest_of_an_iterable_is_not_taken_for_all_of_it(loading: Loading, tmp_path: Path) -> None:
    report = interrupted(loading, map(event, range(100)), tmp_path, workers=1)
    rest = [event(number) for number in range(100 - report.delivered, 100)][: report.delivered - 1]
    before = (tmp_path / "c").read_bytes()
    with pytest.raises(ConfigurationError, match="it is not the same source from its beginning"):
        loading(iter(rest), checkpoint=tmp_path / "c", resume=True)
    assert (tmp_path / "c").read_bytes() == before


@pytest.mark.parametrize(
    ("name", "content", "options", "reason"),
    [
        ("p.csv", b"id\n7\n", {"as_": "identify", "map": {"userId": "customer"}}, 'no column "customer"'),
        ("p.csv", b'"id"x\n7\n', {"as_": "identify"}, "The header is not CSV"),
        ("e.jsonl", b'[{"type": "track"}]', {}, "is a JSON array"),
    ],
)
def test_a_file_of_which_nothing_can_be_read_leaves_no_trace(  # noqa: PLR0913, PLR0917 - a row of the table
    loading: Loading, tmp_path: Path, name: str, content: bytes, options: dict[str, Any], reason: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigurationError, match=reason):
        loading(tmp_path / name, checkpoint=tmp_path / "c", dead_letter=tmp_path / "d", **options)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def interrupted(loading: Loading, source: object, tmp_path: Path, **options: Any) -> LoadReport:
    """Load a part of a source, and return the report of it."""
    loading.sandbox.fail(status=401, after=3)
    options = {"checkpoint": tmp_path / "c", "policy": Policy(max_batch=10), "workers": 2, **options}
    return loading.stops(source, **options).report


def test_a_load_that_has_not_ended_is_not_begun_again_by_mistake(loading: Loading, tmp_path: Path) -> None:
    source = events(tmp_path / "e.jsonl", 100)
    interrupted(loading, source, tmp_path)
    before = len(loading.sandbox.ledger)
    with pytest.raises(ConfigurationError, match=r"a load of e.jsonl that has not ended: resume goes on with it"):
        loading(source, checkpoint=tmp_path / "c")
    assert len(loading.sandbox.ledger) == before


@pytest.mark.parametrize("other", ["e.jsonl", "f.jsonl"])
def test_a_checkpoint_of_another_source_or_version_is_refused(loading: Loading, tmp_path: Path, other: str) -> None:
    interrupted(loading, events(tmp_path / "e.jsonl", 100), tmp_path)
    changed = events(tmp_path / other, 101)
    with pytest.raises(ConfigurationError, match="another source or another version of it"):
        loading(changed, checkpoint=tmp_path / "c", resume=True)


def test_an_iterable_keeps_its_ids_through_the_checkpoint(loading: Loading, tmp_path: Path) -> None:
    loading.sandbox.fail(reset="after")
    loading.stops(map(event, range(100)), checkpoint=tmp_path / "c", retry=RetryPolicy(attempts=1))
    loading(map(event, range(100)), checkpoint=tmp_path / "c", resume=True)
    assert arrived(loading.sandbox) == [*range(100), *range(100)]
    assert ids(loading.sandbox)[:100] == ids(loading.sandbox)[100:]


def test_what_was_acknowledged_is_not_sent_again_in_whatever_order_it_was(loading: Loading, tmp_path: Path) -> None:
    source = events(tmp_path / "e.jsonl", 1_000)
    options = {"checkpoint": tmp_path / "c", "policy": Policy(max_batch=7), "workers": 5}
    for after in (3, 9, 20):
        loading.sandbox.fail(status=401, after=after)
        loading.stops(source, resume=True, **options)
    report = loading(source, resume=True, **options)
    assert sorted(arrived(loading.sandbox)) == list(range(1_000))
    assert (report.read, report.delivered) == (1_000, 1_000)


def test_dead_letters_that_no_checkpoint_knows_of_are_written_once(loading: Loading, tmp_path: Path) -> None:
    source = written(tmp_path / "e.jsonl", *(event(n) if n % 10 else "{" for n in range(100)))
    options: dict[str, Any] = {"dead_letter": tmp_path / "d"}
    checkpoints: list[bytes] = []

    def keep(_: LoadReport) -> None:
        checkpoints.append((tmp_path / "c").read_bytes())

    report = interrupted(loading, source, tmp_path, on_progress=keep, **options)
    (tmp_path / "c").write_bytes(checkpoints[-2])  # as if it had been killed before it could write the last
    report = loading(source, resume=True, checkpoint=tmp_path / "c", **options)
    letters = [orjson.loads(line)["dead_letter"] for line in (tmp_path / "d").read_bytes().splitlines()]
    assert sorted(letter["position"] for letter in letters) == list(range(1, 100, 10))
    assert (report.read, report.delivered, report.dead_lettered) == (100, 90, 10)


def test_loads_that_share_a_dead_letter_file_leave_each_others_entries_alone(loading: Loading, tmp_path: Path) -> None:
    bad = written(tmp_path / "bad.jsonl", *["{"] * 7)
    source = written(tmp_path / "e.jsonl", *(event(n) if n % 10 else "{" for n in range(100)))
    letters: dict[str, Any] = {"dead_letter": tmp_path / "d"}
    interrupted(loading, source, tmp_path, **letters)
    loading(bad, **letters)
    loading(source, resume=True, checkpoint=tmp_path / "c", **letters)
    found = [orjson.loads(line)["dead_letter"] for line in (tmp_path / "d").read_bytes().splitlines()]
    assert Counter(letter["source"] for letter in found) == {"bad.jsonl": 7, "e.jsonl": 10}


@pytest.mark.parametrize(("first", "second", "strict"), [(0, 1, False), (1, 0, False), (1, 1, True), (0, 0, False)])
def test_a_report_is_strict_only_if_every_run_was(
    loading: Loading, tmp_path: Path, first: int, second: int, *, strict: bool
) -> None:
    source = events(tmp_path / "e.jsonl", 100)
    interrupted(loading, source, tmp_path, strict=bool(first))
    report = loading(source, checkpoint=tmp_path / "c", resume=True, strict=bool(second))
    assert (report.status, report.strict) == ("complete", strict)


@pytest.mark.parametrize("ordered", [True, False])
def test_what_was_refused_stays_refused_when_a_later_run_would_allow_it(
    loading: Loading,
    tmp_path: Path,
    ordered: bool,  # noqa: FBT001 - pytest passes it by name
) -> None:
    source = events(tmp_path / "e.jsonl", 100)
    options: dict[str, Any] = {"checkpoint": tmp_path / "c", "ordered": ordered, "workers": 3}
    loading.sandbox.fail(status=401, after=3)
    loading.stops(source, policy=Policy(max_batch=5, max_writes=30), **options)
    report = loading(source, resume=True, policy=Policy(max_batch=5), **options)
    assert (report.read, report.refused) == (100, 100 - len(arrived(loading.sandbox)))
    assert loading.sandbox.duplicates == {}


def test_what_is_settled_does_not_count_as_written_again(loading: Loading, tmp_path: Path) -> None:
    source = events(tmp_path / "e.jsonl", 40)
    options: dict[str, Any] = {"checkpoint": tmp_path / "c", "ordered": True, "workers": 2}
    loading.sandbox.fail(status=401, after=4)
    before = loading.stops(source, policy=Policy(max_batch=5, max_writes=40), **options).report
    left = 40 - before.delivered
    report = loading(source, resume=True, policy=Policy(max_batch=5, max_writes=left), **options)
    assert (report.delivered, report.refused) == (40, 0)


# Order


class Watched(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport to a sandbox that sees which people are in flight at the same time."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.in_flight: list[set[str]] = []
        self.overlaps = 0
        self.most = 0

    def enter(self, request: httpx.Request) -> set[str]:
        people = {item["userId"] for item in orjson.loads(request.content)["batch"]}
        self.overlaps += any(people & others for others in self.in_flight)
        self.in_flight.append(people)
        self.most = max(self.most, len(self.in_flight))
        return people

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        people = self.enter(request)
        try:
            return self.sandbox.transport.handle_request(request)
        finally:
            self.in_flight.remove(people)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        people = self.enter(request)
        try:
            return await self.sandbox.async_transport.handle_async_request(request)
        finally:
            self.in_flight.remove(people)


@pytest.mark.parametrize("ordered", [True, False])
def test_one_persons_calls_overtake_each_other_only_where_order_was_not_asked_for(
    loading: Loading,
    ordered: bool,  # noqa: FBT001 - pytest passes it by name
) -> None:
    watched = Watched(loading.sandbox)
    loading.sandbox.fail(delay=0.002, times=None)
    report = loading(
        map(event, range(1_000)),
        client={"transport": watched, "async_transport": watched},
        ordered=ordered,
        workers=4,
        policy=Policy(max_batch=10),
    )
    assert report.delivered == 1_000
    assert watched.most > 1
    assert (watched.overlaps == 0) == ordered
    if ordered:
        for person in range(10):
            assert [n for n in arrived(loading.sandbox) if n % 10 == person] == list(range(person, 1_000, 10))


def test_an_alias_arrives_after_all_before_it_and_before_all_after_it(loading: Loading) -> None:
    alias = {"type": "alias", "previousId": "u1", "userId": "u2"}
    records = [*map(event, range(50)), alias, *map(event, range(50, 100))]
    loading(records, ordered=True, workers=4, policy=Policy(max_batch=5))
    found = [call.call.get("properties", {}).get("n") for call in loading.sandbox.accepted_calls]
    assert set(found[:50]) == set(range(50))
    assert found[50] is None
    assert set(found[51:]) == set(range(50, 100))


def test_an_ordered_load_goes_on_in_order(loading: Loading, tmp_path: Path) -> None:
    source = events(tmp_path / "e.jsonl", 1_000)
    options: dict[str, Any] = {"checkpoint": tmp_path / "c", "policy": Policy(max_batch=10)}
    options |= {"ordered": True, "workers": 3}
    loading.sandbox.fail(status=401, after=20)
    loading.stops(source, **options)
    loading(source, resume=True, **options)
    for person in range(10):
        assert [n for n in arrived(loading.sandbox) if n % 10 == person] == list(range(person, 1_000, 10))


FIRST: dict[str, Any] = {"as_": "track", "map": {"userId": "who", "event": "what"}, "ordered": True, "workers": 3}


@pytest.mark.parametrize(
    ("other", "named"),
    [
        ({"as_": None}, "as_"),
        ({"map": {"userId": "who", "event": "who"}}, "map"),
        ({"map": None, "as_": "page"}, "as_ and another map"),
        ({"types": {"what": "text"}}, "types"),
        ({"timezone": "Europe/Berlin"}, "timezone"),
        ({"format": "csv"}, "format"),
        ({"ordered": False}, "ordered and another workers"),
        ({"workers": 4}, "workers"),
        ({"policy": Policy(events=["Paid"])}, "policy"),
        ({"policy": Policy(approve=lambda _: False)}, "policy"),
    ],
)
def test_a_load_that_goes_on_with_other_options_is_refused_with_their_names(
    loading: Loading, tmp_path: Path, other: dict[str, Any], named: str
) -> None:
    (tmp_path / "p.csv").write_text("who,what\n" + "ada,Paid\n" * 100)
    loading.sandbox.fail(status=401, after=1)
    loading.stops(tmp_path / "p.csv", checkpoint=tmp_path / "c", policy=Policy(max_batch=5), **FIRST)
    before = len(loading.sandbox.ledger)
    with pytest.raises(ConfigurationError, match=f"a load of p.csv with another {named}: to go on like this"):
        loading(tmp_path / "p.csv", checkpoint=tmp_path / "c", resume=True, **{**FIRST, **other})
    assert len(loading.sandbox.ledger) == before
    again = {**FIRST, "map": dict(reversed(FIRST["map"].items())), "policy": Policy(max_batch=7, max_writes=100)}
    assert loading(tmp_path / "p.csv", checkpoint=tmp_path / "c", resume=True, **again).delivered == 100


def test_a_file_that_becomes_shorter_while_it_is_read_is_not_complete(loading: Loading, tmp_path: Path) -> None:
    source = events(tmp_path / "e.jsonl", 20_000)
    size = source.stat().st_size

    def cut(_: LoadReport) -> None:
        os.truncate(source, size - 37)

    error = loading.stops(source, policy=Policy(max_batch=500), workers=1, on_progress=cut, dead_letter=tmp_path / "d")
    assert f"e.jsonl has become shorter while it was read: it ended after {size - 37:,} of {size:,}." in str(error)
    assert set(arrived(loading.sandbox)) < set(range(20_000))
    assert (error.report.dead_lettered, (tmp_path / "d").exists()) == (0, False)


# What cannot be


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"workers": 0}, "at least one worker"),
        ({"rate": 0}, "above zero"),
        ({"as_": "buy"}, 'There is no call "buy"'),
        ({"map": {"zzz": "id"}}, "is not a field of any call"),
        ({"resume": True}, "Without a checkpoint there is nothing to resume"),
        ({"checkpoint": "c", "dead_letter": "./c"}, "need a file each"),
    ],
)
def test_options_that_mean_nothing_are_refused_before_anything_is_sent(
    loading: Loading, options: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        loading(map(event, range(3)), **options)
    assert loading.sandbox.ledger == []


def test_an_option_that_there_is_not_is_refused(loading: Loading) -> None:
    with pytest.raises(TypeError, match=r"no option 'chekpoint'; there are as_, map, .*, checkpoint, resume"):
        loading(map(event, range(3)), chekpoint="c")
    assert loading.sandbox.ledger == []


async def stream(count: int) -> AsyncIterator[Track]:
    for number in range(count):
        yield Track(user_id="ada", event="Paid", properties={"n": number})


def test_an_async_iterable_is_loaded_asynchronously() -> None:
    sandbox = Sandbox()
    report = asyncio.run(aload(sandbox.client(), stream(1_200)))
    assert arrived(sandbox) == list(range(1_200))
    assert (report.status, report.read, report.total) == ("complete", 1_200, None)


class AsyncOnly(httpx.AsyncBaseTransport):
    """A transport that somebody has written for async calls alone."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.requests = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        return await self.sandbox.async_transport.handle_async_request(request)


def test_a_client_that_is_made_for_async_calls_alone_is_used_for_those() -> None:
    async def ask_for_key() -> str:
        return sandbox.any_key

    sandbox = Sandbox()
    transport = AsyncOnly(sandbox)
    clients = [
        PipelinesClient("key", async_transport=transport, retry=AT_ONCE),
        PipelinesClient(ask_for_key, transport=sandbox.transport, async_transport=transport, retry=AT_ONCE),
    ]
    for client in clients:
        sandbox.fail(status=503, times=4)
        report = asyncio.run(aload(client, map(event, range(10)), patience=60))
        assert (report.delivered, report.retries) == (10, 4)
    assert transport.requests == 10


def test_a_load_by_way_of_an_event_loop_is_stopped_like_any_other() -> None:
    sandbox = Sandbox()
    sandbox.fail(status=503, retry_after=50, times=None)
    client = PipelinesClient("key", async_transport=AsyncOnly(sandbox), retry=AT_ONCE)
    with pytest.raises(LoadStoppedError) as caught:
        asyncio.run(aload(client, [event(0)], patience=600, on_progress=end_when_waiting))
    assert caught.value.signal == signal.SIGTERM


def test_an_async_iterable_cannot_be_loaded_or_previewed_otherwise() -> None:
    with pytest.raises(ConfigurationError, match="await aload"):
        load(Sandbox().client(), stream(1))
    with pytest.raises(ConfigurationError, match="can only be loaded"):
        preview(stream(1))


def test_a_task_that_is_cancelled_writes_down_what_it_has_done(tmp_path: Path) -> None:
    sandbox = Sandbox()
    source = events(tmp_path / "e.jsonl", 1_000)
    options: Any = {"checkpoint": tmp_path / "c", "policy": Policy(max_batch=10), "workers": 2}

    reached, cancelled = threading.Event(), threading.Event()

    def watch(report: LoadReport) -> None:
        if report.delivered >= 100:
            reached.set()
            cancelled.wait()

    async def cancel() -> None:
        task = asyncio.ensure_future(aload(sandbox.client(), source, on_progress=watch, **options))
        await asyncio.to_thread(reached.wait)
        task.cancel()
        for _ in range(3):  # until the load knows
            await asyncio.sleep(0)
        cancelled.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    before = len(arrived(sandbox))
    assert 100 <= before < 1_000
    report = asyncio.run(aload(sandbox.client(), source, resume=True, **options))
    assert report.earlier == before
    assert sorted(arrived(sandbox)) == list(range(1_000))


def test_a_task_that_is_cancelled_twice_waits_for_nothing(tmp_path: Path) -> None:
    class Deaf(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            sending.set()
            hung_up.wait()
            return sandbox.transport.handle_request(request)

    sending, hung_up, sandbox = threading.Event(), threading.Event(), Sandbox()

    async def cancelled() -> None:
        client = sandbox.client(transport=Deaf())
        task = asyncio.ensure_future(aload(client, [event(0)], checkpoint=tmp_path / "c"))
        await asyncio.to_thread(sending.wait)
        for _ in range(2):
            task.cancel()
            await asyncio.sleep(0)
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    hung_up.set()
    report = asyncio.run(aload(sandbox.client(), [event(0)], checkpoint=tmp_path / "c", resume=True))
    assert (report.delivered, report.earlier) == (1, 0)


# Preview


def test_a_preview_shows_what_the_first_records_would_become(tmp_path: Path) -> None:
    source = written(tmp_path / "e.jsonl", {"id": 7, "plan": "pro"}, "{", {"plan": "free"}, {"id": 8})
    assert preview(source, as_="identify", map={"userId": "id", "traits.plan": "plan"}) == [
        PreviewedRecord(position=1, call={"type": "identify", "userId": "7", "traits": {"plan": "pro"}}),
        PreviewedRecord(
            position=2, reason="is not JSON: expecting property name enclosed in double quotes at column 2"
        ),
        PreviewedRecord(position=3, reason="one of userId, anonymousId is required"),
    ]


def test_a_preview_asks_the_policy_and_may_be_of_any_length() -> None:
    found = preview([event(0), event(1, event="User Deleted")], 5, policy=Policy(events=["None"]))
    assert [bool(record.call) for record in found] == [False, False]
