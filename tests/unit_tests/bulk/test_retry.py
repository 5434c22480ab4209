"""What was refused is loaded once more, as it stands in the dead-letter file by then; what is accepted leaves it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from langchain_customerio import ConfigurationError, Policy, RetryPolicy
from langchain_customerio.bulk import LoadReport, LoadStoppedError, aload, load
from langchain_customerio.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Mode


def event(number: int, **fields: Any) -> dict[str, Any]:
    return {"type": "track", "userId": f"u{number}", "event": "Paid", "properties": {"n": number}, **fields}


def source_of(folder: Path, *records: object, name: str = "e.jsonl") -> Path:
    lines = [record if isinstance(record, str) else orjson.dumps(record).decode() for record in records]
    (folder / name).write_text("".join(f"{line}\n" for line in lines))
    return folder / name


class Retrying:
    """A sandbox, a folder, and loading in the mode of the test."""

    def __init__(self, mode: Mode, folder: Path) -> None:
        self.mode = mode
        self.folder = folder
        self.sandbox = Sandbox()
        self.letters_path = folder / "d.jsonl"

    def __call__(self, source: object, **options: Any) -> LoadReport:
        options = {"checkpoint": self.folder / "c", "dead_letter": self.letters_path, "patience": 0, **options}
        client = self.sandbox.client(retry=RetryPolicy(attempts=1))
        if self.mode == "sync":
            report = load(client, source, **options)  # type: ignore[arg-type] # any source
        else:
            report = asyncio.run(aload(client, source, **options))  # type: ignore[arg-type] # any source
        assert report.delivered + report.refused + report.dead_lettered + report.not_reached == report.read
        return report

    def letters(self) -> list[dict[str, Any]]:
        if not self.letters_path.exists():
            return []
        return [orjson.loads(line) for line in self.letters_path.read_bytes().splitlines()]

    def correct(self, **fields: Any) -> None:
        """Give every call in the dead-letter file what it lacks."""
        letters = [{**letter, "call": {**letter["call"], **fields}} for letter in self.letters()]
        self.letters_path.write_bytes(b"".join(orjson.dumps(letter) + b"\n" for letter in letters))

    @property
    def arrived(self) -> list[int]:
        return [call.call["properties"]["n"] for call in self.sandbox.accepted_calls]


@pytest.fixture
def retrying(mode: Mode, tmp_path: Path) -> Retrying:
    return Retrying(mode, tmp_path)


def without(number: int, field: str) -> dict[str, Any]:
    return {name: value for name, value in event(number).items() if name != field}


def test_what_was_corrected_is_delivered_alone_and_leaves_the_file(retrying: Retrying, tmp_path: Path) -> None:
    source = source_of(tmp_path, event(0), without(1, "userId"), event(2))
    first = retrying(source)
    assert (first.delivered, first.dead_lettered) == (2, 1)
    retrying.correct(userId="ada")
    again = retrying(source, retry=True)
    assert retrying.arrived == [0, 2, 1]
    assert (again.status, again.read, again.delivered, again.dead_lettered, again.retried) == ("complete", 3, 3, 0, 1)
    assert "Retried: 1 dead letter delivered." in str(again)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c", "e.jsonl"]
    last = retrying(source, resume=True)
    assert (last.delivered, last.dead_lettered, last.retried) == (3, 0, 0)


def test_what_is_refused_again_says_of_which_record_it_is_and_why_now(retrying: Retrying, tmp_path: Path) -> None:
    source = source_of(tmp_path, event(0), without(1, "userId"), without(2, "event"), "{")
    retrying(source)
    before = retrying.letters()
    first, *rest = retrying.letters()
    first["call"] |= {"userId": "ada", "event": "User Deleted"}
    retrying.letters_path.write_bytes(b"".join(orjson.dumps(letter) + b"\n" for letter in [first, *rest]))
    report = retrying(source, retry=True)
    after = retrying.letters()
    assert (report.delivered, report.dead_lettered, report.retried) == (1, 3, 0)
    assert [letter["dead_letter"]["position"] for letter in after] == [2, 3, 4]
    assert "User Deleted" in after[0]["dead_letter"]["reason"]
    assert [letter["dead_letter"] for letter in after[1:]] == [letter["dead_letter"] for letter in before[1:]]


def test_loads_that_share_a_file_are_retried_together_and_counted_apart(retrying: Retrying, tmp_path: Path) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        source_of(tmp_path, event(0), without(1, "userId"), name=name)
        retrying(tmp_path / name, checkpoint=tmp_path / f"{name}.c")
    assert len(retrying.letters()) == 2
    retrying.correct(userId="ada")
    report = retrying(tmp_path / "b.jsonl", checkpoint=tmp_path / "b.jsonl.c", retry=True)
    assert (report.read, report.delivered, report.dead_lettered, report.retried) == (2, 2, 0, 2)
    assert len({call.message_id for call in retrying.sandbox.accepted_calls}) == 4


def test_without_a_checkpoint_the_source_follows(retrying: Retrying, tmp_path: Path) -> None:
    retrying(source_of(tmp_path, without(1, "userId"), name="yesterday.jsonl"), checkpoint=None)
    retrying.correct(userId="ada")
    report = retrying(source_of(tmp_path, event(2), name="today.jsonl"), checkpoint=None, retry=True)
    assert retrying.arrived == [1, 2]
    assert (report.read, report.delivered, report.retried) == (1, 1, 1)


def test_what_the_api_refused_keeps_its_id(retrying: Retrying, tmp_path: Path) -> None:
    source = source_of(tmp_path, event(0))
    retrying.sandbox.fail(status=400)
    retrying(source)
    (sent,) = [call.message_id for entry in retrying.sandbox.ledger for call in entry.calls] or [
        retrying.letters()[0]["call"]["messageId"]
    ]
    retrying(source, retry=True)
    assert [call.message_id for call in retrying.sandbox.accepted_calls] == [sent]


@pytest.mark.parametrize("entry", [{}, {"userId": "ada"}])
def test_a_retry_that_stops_begins_again_with_the_same_ids(
    retrying: Retrying, tmp_path: Path, entry: dict[str, Any]
) -> None:
    source = source_of(tmp_path, event(99), *(without(number, "userId") for number in range(20)))
    retrying(source)
    retrying.correct(userId="ada")
    retrying.sandbox.fail(status=503, after=2)
    with pytest.raises(LoadStoppedError) as caught:
        retrying(source, retry=True, policy=Policy(max_batch=5), workers=1)
    assert caught.value.report.delivered == 10
    if entry:  # and meanwhile another load has refused something
        retrying(source_of(tmp_path, without(30, "userId"), name="f.jsonl"), checkpoint=None)
        retrying.correct(**entry)
    report = retrying(source, retry=True)
    ids = [(call.call["properties"]["n"], call.message_id) for call in retrying.sandbox.accepted_calls]
    assert {number for number, _ in ids} == {99, *range(20), *([30] if entry else [])}
    assert len(set(ids)) == len({number for number, _ in ids})
    assert (report.delivered, report.dead_lettered) == (21, 0)
    assert retrying.letters() == []


def test_a_source_that_has_changed_since_it_was_complete_is_not_loaded_again(
    retrying: Retrying, tmp_path: Path
) -> None:
    source = source_of(tmp_path, event(0), without(1, "userId"))
    retrying(source)
    source_of(tmp_path, event(0), event(1))
    retrying.correct(userId="ada")
    assert retrying(source, retry=True).retried == 1
    assert retrying.arrived == [0, 1]


def test_what_the_policy_refused_can_be_retried_with_another_one(retrying: Retrying, tmp_path: Path) -> None:
    source = source_of(tmp_path, event(0), event(1, event="User Deleted"))
    retrying(source)
    report = retrying(source, retry=True, policy=Policy(allow_destructive=True))
    assert (report.delivered, report.dead_lettered) == (2, 0)
    assert [deletion.id for deletion in retrying.sandbox.deleted] == ["u1"]


def test_a_dead_letter_has_the_id_that_its_record_would_have_had(retrying: Retrying, tmp_path: Path) -> None:
    source = source_of(tmp_path, event(0, event="Order Refunded"))
    retrying(source, policy=Policy(events=["Paid"]), checkpoint=None)
    (letter,) = retrying.letters()
    retrying(retrying.letters_path, dead_letter=None, checkpoint=None)
    retrying(retrying.letters_path, dead_letter=None, checkpoint=None)
    assert [call.message_id for call in retrying.sandbox.accepted_calls] == [letter["dead_letter"]["messageId"]] * 2


def test_with_nothing_refused_a_retry_is_a_load(retrying: Retrying, tmp_path: Path) -> None:
    report = retrying(source_of(tmp_path, event(0)), retry=True)
    assert (report.delivered, report.retried) == (1, 0)


def test_without_a_dead_letter_file_there_is_nothing_to_retry(retrying: Retrying, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is nothing to retry"):
        retrying([event(0)], retry=True, dead_letter=None)


def test_a_file_that_would_be_moved_over_another_one_is_refused(retrying: Retrying, tmp_path: Path) -> None:
    source = source_of(tmp_path, event(0), name="d.jsonl.retry")
    with pytest.raises(ConfigurationError, match="retry is the same file as source"):
        retrying(source, retry=True, format="jsonl")
    assert retrying.sandbox.ledger == []
