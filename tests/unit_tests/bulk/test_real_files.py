"""Files as people have them: what arrives of each, and what is said of the rest."""

from __future__ import annotations

import gzip
import io
import tracemalloc
from typing import TYPE_CHECKING, Any

import orjson
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from langchain_customerio import Identify, Policy
from langchain_customerio.bulk import load, preview
from langchain_customerio.bulk.readers.base import ReadingError
from langchain_customerio.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

    from langchain_customerio.bulk import LoadReport

PEOPLE: dict[str, Any] = {"as_": "identify", "map": {"userId": "id", "traits": "*"}}


def loaded(source: Any, **options: Any) -> tuple[dict[str, dict[str, Any]], LoadReport]:
    """Load a source, and return the traits of everybody in the workspace."""
    sandbox = Sandbox()
    with sandbox.client() as client:
        report = load(client, source, strict=True, **{**PEOPLE, **options})
    return {id_: dict(person.traits) for id_, person in sandbox.people.items()}, report


def written(folder: Path, content: str | bytes, name: str = "people.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_the_text_of_a_long_cell_does_not_become_people(tmp_path: Path) -> None:
    note = "".join(f"Customer: line {number}\n" for number in range(10_000))
    people, report = loaded(written(tmp_path, f'id,plan,note\n7,pro,"{note}"\n8,free,short\n'), map={
        "userId": "id", "traits.plan": "plan",
    })  # fmt: skip
    assert (people, report.refused) == ({"7": {"plan": "pro"}, "8": {"plan": "free"}}, 0)


def test_what_follows_a_broken_quote_is_refused_up_to_where_a_record_begins_for_certain(tmp_path: Path) -> None:
    rows = 'u1,pro,"She said \\"hello\\" twice\nThen, after a while, nothing\nend"\nu2,free,ok\n'
    people, report = loaded(written(tmp_path, f"id,plan,note\n{rows}"))
    assert list(people) == ["u2"]
    ((reason, times),) = report.reasons.items()
    assert times == 1
    assert "(3 lines, up to where the next record begins for certain)" in reason


@pytest.mark.parametrize(
    ("source", "timezone"),
    [
        ([{"id": 1, "t": pd.Timestamp(1, 1, 1).to_pydatetime()}, {"id": 2}], "Europe/Berlin"),
        ([{"id": 1, 7: 8}, {"id": 2}], None),
        (pa.table({"id": [1, 2], "t": pa.array([2**60, 0], pa.int64()).cast(pa.timestamp("us", "UTC"))}), None),
        (io.BytesIO(b'{"id": 1, "t": ' + b"[" * 900 + b"]" * 900 + b'}\n{"id": 2}\n'), None),
        (io.StringIO("id,t\n1,0001-01-01 00:00:01\n2,\n"), "Europe/Berlin"),
        (io.StringIO("id,t\n1,9999-12-31 23:59:59\n2,\n"), "America/New_York"),
    ],
    ids=["year 1", "a key that is a number", "the year 36,000", "nested 900 times", "year 1 in CSV", "the last year"],
)
def test_one_odd_record_never_stops_the_others(source: Any, timezone: str | None) -> None:
    options: dict[str, Any] = {"timezone": timezone}
    if isinstance(source, io.StringIO):
        options |= {"format": "csv", "types": {"t": "time"}}
    people, report = loaded(source, **options)
    assert (list(people), report.refused, report.delivered, report.status) == (["2"], 1, 1, "complete")


def test_a_preview_shows_what_a_load_refuses() -> None:
    rows: list[Any] = [{"id": 1, "t": pd.Timestamp(1, 1, 1).to_pydatetime()}, {"id": 2}]
    first, second = preview(rows, **PEOPLE, timezone="Europe/Berlin")
    assert (first.reason, second.call) == (
        "t: is not between the years 1 and 9999",
        {"type": "identify", "userId": "2"},
    )


def test_a_preview_refuses_a_record_without_its_key_as_a_load_does() -> None:
    records: list[dict[str, Any]] = [{"id": 1, "plan": "pro"}, {"plan": "free"}]
    options: Any = {**PEOPLE, "key": "id", "name": "people"}
    shown = preview(records, **options)
    with Sandbox().client() as client:
        report = load(client, records, **options)
    assert [each.reason for each in shown] == ["", *(each.reason for each in report.refusals)]
    assert "has no id" in str(shown[1].reason)


def test_a_preview_leaves_out_what_the_policy_leaves_out_of_receipts() -> None:
    row = {"type": "identify", "userId": "ada", "messageId": "m1", "traits": {"note": "secret", "plan": "pro"}}
    [some] = preview([row], policy=Policy(redact=["traits.note"]))
    assert some.call == {**row, "traits": {"note": "[redacted]", "plan": "pro"}}
    [none] = preview([row], policy=Policy(redact=True))
    assert none.call == {
        "type": "identify",
        "userId": "[redacted]",
        "messageId": "[redacted]",
        "traits": {"note": "[redacted]", "plan": "[redacted]"},
    }


def test_a_preview_refuses_what_is_too_large_as_a_load_does() -> None:
    [shown] = preview([{"type": "identify", "userId": "ada", "traits": {"note": "x" * 40_000}}])
    assert shown.call is None
    assert "traits.note" in shown.reason


def test_a_trait_that_a_row_does_not_have_stays_as_it_was() -> None:
    sandbox = Sandbox()
    lines = (
        b'{"userId": "7", "traits": {"plan": "pro", "email": "a@example.com"}}\n'
        b'{"userId": "8", "traits": {"plan": "free"}}\n'
    )
    with sandbox.client() as client:
        load(client, [Identify(user_id="8", traits={"email": "b@example.com"})])
        load(client, pl.read_ndjson(lines), as_="identify")
        assert sandbox.people["8"].traits == {
            "email": "b@example.com",
            "plan": "free",
        }
        load(client, pl.read_ndjson(lines), as_="identify", nulls="send")
    assert "email" not in sandbox.people["8"].traits


@pytest.mark.parametrize(
    "text", ["1234567890123456.123456789", "12345678901234567890123", "9535e6", "1.10", "007", "+49171"]
)
def test_digits_are_never_lost_in_silence(tmp_path: Path, text: str) -> None:
    assert loaded(written(tmp_path, f"id,n\n1,{text}\n"))[0] == {"1": {"n": text}}
    line = f'{{"id": 1, "n": {text}}}\n'.encode()
    people, report = loaded(io.BytesIO(line))
    assert people in ({}, {"1": {"n": float(text)}} if text in {"9535e6", "1.10"} else {})
    assert report.refused == (not people)


def test_digits_are_not_lost_in_a_cell_of_json_either(tmp_path: Path) -> None:
    path = written(tmp_path, 'id,traits\n1,"{""n"": 12345678901234567890123}"\n2,"{""n"": 7}"\n')
    people, report = loaded(path, map={"userId": "id"})
    assert (people, report.reasons) == (
        {"2": {"n": 7}},
        {"traits.n: is an integer beyond 64 bits: send it as a string": 1},
    )


def test_a_column_named_type_does_not_decide_what_a_row_is(tmp_path: Path) -> None:
    sandbox = Sandbox()
    path = written(tmp_path, "userId,event,type\n7,Paid,card\n")
    with sandbox.client() as client:
        load(client, path, as_="track", map={"properties.type": "type"}, strict=True)
        load(client, io.StringIO("userId,name,type\n7,Pricing,screen\n"), as_="page", format="csv", strict=True)
    assert [(call.type, call.call.get("properties")) for call in sandbox.accepted_calls] == [
        ("track", {"type": "card"}),
        ("page", None),
    ]


def test_a_german_file_is_read_as_it_is_meant(tmp_path: Path) -> None:
    text = "sep=;\nKundennummer;Umsatz;Geburtstag;Newsletter\n007;1.311,90;09.01.1990;ja\n008;5;;nein\n"
    people, report = loaded(
        written(tmp_path, text.encode("windows-1252")),
        map={"userId": "Kundennummer", "traits": "*"},
        encoding="windows-1252",
        decimal=",",
        date_format="%d.%m.%Y",
        true="ja",
        false="nein",
        timezone="Europe/Berlin",
    )
    assert people == {
        "007": {"Umsatz": 1311.9, "Geburtstag": "1990-01-09", "Newsletter": True},
        "008": {"Umsatz": 5, "Newsletter": False},
    }
    assert report.warnings == {}


@pytest.mark.parametrize("name", ["p.csv.gz", "p.csv.zst", "p.jsonl.gz", "p.jsonl.zst", "p.parquet"])
def test_a_damaged_file_ends_in_one_sentence(tmp_path: Path, name: str) -> None:
    rows = b"id,plan\n" + b"".join(b"%d,pro\n" % number for number in range(50_000))
    lines = b"".join(b'{"id":%d}\n' % number for number in range(50_000))
    data = gzip.compress(lines if "jsonl" in name else rows)
    if name.endswith(".zst"):
        data = pa.compress(lines if "jsonl" in name else rows, "zstd", asbytes=True)
    path = written(tmp_path, data[: len(data) // 2] if name != "p.parquet" else b"PAR1" + data, name)
    with pytest.raises(Exception, match=rf"{name} is damaged, or is not what its name says") as caught:
        loaded(path)
    cause = caught.value if isinstance(caught.value, ReadingError) else caught.value.__cause__
    assert isinstance(cause, ReadingError)


def test_nothing_is_sent_of_a_file_of_another_encoding(tmp_path: Path) -> None:
    sandbox = Sandbox()
    rows = b"id,plan\n" + b"1,pro\n" * 100_000 + "2,Größe\n".encode("latin-1")
    with sandbox.client() as client, pytest.raises(ReadingError, match="line 100,002, byte 5 is 0xF6"):
        load(client, written(tmp_path, rows), **PEOPLE)
    assert sandbox.ledger == []


# Memory

MEGABYTES = 1 << 20


def peak(source: Any, **options: Any) -> float:
    """Return how much memory a dry run needs at the most, in megabytes."""
    with Sandbox().client() as client:
        tracemalloc.start()
        try:
            load(client, source, dry_run=True, **{**PEOPLE, **options})
            return tracemalloc.get_traced_memory()[1] / MEGABYTES
        finally:
            tracemalloc.stop()


HOSTILE = {
    "a line without end": b"id,plan\n7," + b"x" * (40 * MEGABYTES),
    "a cell without end": b'id,plan\n7,"' + b"x\n" * (4 * MEGABYTES),
    "a line of delimiters": b"id,plan\n7" + b"," * (8 * MEGABYTES),
    "quotes without end": b'id,plan\n7,"' + b'"' * (8 * MEGABYTES),
    "a header without end": b"id," + b"x" * (8 * MEGABYTES),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_a_small_file_does_not_take_much_memory(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, gzip.compress(HOSTILE[name]), "p.csv.gz")
    assert path.stat().st_size < 100_000
    harmless = written(tmp_path, gzip.compress(b"id,plan\n" + b"7,pro\n" * 5_000), "h.csv.gz")
    allowed = peak(harmless) + 50
    try:
        assert peak(path) < allowed
    except ReadingError:
        assert name == "a header without end"


@pytest.mark.slow
@pytest.mark.parametrize("options", [PEOPLE, {"as_": "identify", "map": None}])
def test_lines_with_many_keys_do_not_take_much_memory(tmp_path: Path, options: dict[str, Any]) -> None:
    lines = b"\n".join(
        orjson.dumps({"id": 7, **{f"key {line} {number}": number for number in range(20_000)}}) for line in range(15)
    )
    harmless = written(tmp_path, b'{"id": 7, "plan": "pro"}\n' * 5_000, "h.jsonl")
    assert peak(written(tmp_path, lines, "p.jsonl"), **options) < peak(harmless, **options) + 50
