"""Checking in several processes: what arrives, and what is written down, is what one process makes of the source."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import select
import signal
import subprocess
import sys
from collections import UserDict
from ctypes import c_char
from functools import partial
from multiprocessing.sharedctypes import RawArray
from random import Random
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

import orjson
import pytest

from langchain_customerio import ConfigurationError, PipelinesClient, Policy
from langchain_customerio.bulk import LoadStoppedError, load, processes
from langchain_customerio.bulk.checking import Checking, check
from langchain_customerio.bulk.message_ids import Namer
from langchain_customerio.bulk.processes import Memory
from langchain_customerio.bulk.readers.base import Block
from langchain_customerio.bulk.readers.text_lines import TextLines
from langchain_customerio.bulk.validate import Checker
from langchain_customerio.sandbox import Sandbox
from tests.benchmarks.shapes import COLUMNS, write_csv
from tests.made_up_calls import made_up, shaped, stored, written
from tests.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = "a-key-of-some-length-7"
TRACK: dict[str, Any] = {"type": "track", "userId": "ada", "event": "Paid"}


def events(number: int, first: int = 0) -> Iterator[dict[str, Any]]:
    return ({**TRACK, "userId": f"u{i % 7}", "properties": {"n": i, "note": "x" * 500}} for i in range(first, number))


def mixed(path: Path) -> Path:
    """Write calls of every sort: several blocks, with blanks, slips, refusals and the key among them."""
    random = Random(5)  # noqa: S311 - the same calls in every run
    lines = [written(random, random.choice((made_up, shaped, stored))(random)) for _ in range(1_000)]
    lines += [b"", b"{", orjson.dumps({**TRACK, "properties": {"note": KEY}}), b'{"type": "track", "userId": "a"}']
    lines += map(orjson.dumps, events(500))
    path.write_bytes(b"\n".join(line.strip() for line in lines))
    return path


def outcome(folder: Path, source: Any, several: int | None, **options: Any) -> list[Any]:
    """Load a source, and return all that can be seen of it afterwards, but for what differs in every run."""
    folder.mkdir()
    sandbox = Sandbox()
    files: dict[str, Any] = {name: folder / name for name in ("dead_letter", "checkpoint", "log")}
    report = load(sandbox.client(api_key=KEY), source, processes=several, workers=1, name="source", **files, **options)
    kept = report.model_dump(exclude={"again", "seconds", "dead_letter", "checkpoint"})
    rows = [{**orjson.loads(line), "run": ""} for line in files["log"].read_bytes().splitlines()]
    calls = [(call.message_id, call.call) for call in sandbox.accepted_calls]
    letters = files["dead_letter"].read_bytes() if report.dead_lettered else b""
    return [kept, rows, calls, letters, files["checkpoint"].read_bytes()]


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, {"ordered": True}, {"policy": Policy(max_writes=900)}], ids=str)
def test_what_becomes_of_a_source_is_the_same_with_one_process_and_with_several(
    options: dict[str, Any], tmp_path: Path
) -> None:
    source = mixed(tmp_path / "e.jsonl")
    alone = outcome(tmp_path / "alone", source, None, **options)
    assert outcome(tmp_path / "several", source, 2, **options) == alone
    assert alone[0]["dead_lettered"] > 4
    assert alone[0]["warnings"]
    assert alone[0]["corrections"]


@pytest.mark.slow
def test_so_is_what_becomes_of_a_table_and_of_objects(tmp_path: Path) -> None:
    write_csv(tmp_path / "t.csv", 2_500)
    options = {"as_": "track", "map": COLUMNS}
    for name, source, given in (("t", tmp_path / "t.csv", options), ("o", list(events(1_200)), {})):
        alone = outcome(tmp_path / f"{name}1", source, None, **given)
        assert outcome(tmp_path / f"{name}2", source, 2, **given) == alone
        assert alone[0]["delivered"] > 1_000


class Deadly(Policy):
    """A policy of which another process dies, as for want of memory."""

    def check(self, call: Any) -> Any:
        if multiprocessing.parent_process() is not None and call.user_id == "deadly":
            os._exit(9)
        return super().check(call)


@pytest.mark.slow
def test_a_process_that_dies_ends_the_load_which_can_be_resumed(tmp_path: Path) -> None:
    source, sandbox = tmp_path / "e.jsonl", Sandbox()
    records = [*events(3_000), {**TRACK, "userId": "deadly", "properties": {"n": 3_000}}, *events(4_000, 3_001)]
    source.write_bytes(b"\n".join(map(orjson.dumps, records)))
    options: dict[str, Any] = {"checkpoint": tmp_path / "c", "policy": Deadly()}
    with pytest.raises(LoadStoppedError, match="One of the 2 processes that check records has ended") as caught:
        load(sandbox.client(), source, processes=2, **options)
    assert caught.value.report.status == "stopped"
    assert multiprocessing.active_children() == []
    report = load(sandbox.client(), source, resume=True, **options)
    assert report.delivered == 4_000
    assert sorted(call.call["properties"]["n"] for call in sandbox.accepted_calls) == list(range(4_000))


@pytest.mark.slow
def test_a_source_that_fails_does_so_after_what_it_gave_before() -> None:
    def source() -> Iterator[dict[str, Any]]:
        yield from events(1_500)
        raise OSError("the disk is gone")

    read = []
    for several in (None, 2):
        with pytest.raises(LoadStoppedError, match="the disk is gone") as caught:
            load(Sandbox().client(), source(), processes=several, policy=Policy(max_batch=100))
        read.append(caught.value.report.read)
    assert read[0] == read[1] > 0


def test_a_policy_that_cannot_be_given_to_another_process_is_refused_before_anything_is_sent() -> None:
    class Own(Policy):
        """Nobody else can import it."""

    sandbox = Sandbox()
    with pytest.raises(ConfigurationError, match="cannot be given to other processes") as caught:
        load(sandbox.client(), events(10), policy=Own(), processes=2)
    assert "leave processes out" in str(caught.value)
    assert not sandbox.requests


@pytest.fixture
def only_here(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a module that other processes do not find, with a policy and a record."""
    module: Any = ModuleType("only_here")
    module.Own = type("Own", (Policy,), {"__module__": "only_here"})
    module.Record = type("Record", (UserDict,), {"__module__": "only_here"})
    monkeypatch.setitem(sys.modules, "only_here", module)
    return module


@pytest.mark.slow
def test_a_policy_that_other_processes_do_not_find_stops_the_load_with_the_reason(only_here: Any) -> None:
    sandbox = Sandbox()
    with pytest.raises(ConfigurationError, match="No module named 'only_here'"):
        load(sandbox.client(), events(10), policy=only_here.Own(), processes=2)
    assert not sandbox.requests


@pytest.mark.slow
def test_records_that_cannot_travel_are_checked_here(only_here: Any) -> None:
    class Record(UserDict[str, Any]):
        """Nobody else can import it."""

    sandbox = Sandbox()
    records = [*map(Record, events(300)), *map(only_here.Record, events(600, 300)), *events(900, 600)]
    report = load(sandbox.client(), records, processes=2, workers=1)
    assert report.delivered == 900
    assert [call.call["properties"]["n"] for call in sandbox.accepted_calls] == list(range(900))


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_the_one_that_it_works_for(number: int) -> None:
    program = [sys.executable, "-m", "tests.endless_load"]
    with subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True) as running:
        assert running.stdout is not None
        others = list(map(int, running.stdout.readline().split()))
        assert len(others) == 2
        ends = [os.pidfd_open(other) for other in others]
        (os.killpg if number == signal.SIGINT else os.kill)(running.pid, number)  # a terminal tells the whole group
        running.wait()
        for end in ends:
            assert select.select([end], [], [], 60)[0]
            os.close(end)


# ---- what the other processes do, in this one


@pytest.fixture
def begun() -> Iterator[Any]:
    """Let this process be another one, and give what makes it get ready."""
    before = signal.getsignal(signal.SIGINT)
    yield processes._begin
    signal.signal(signal.SIGINT, before)


def shared(rooms: int = 1) -> Any:
    return RawArray(c_char, rooms * processes._ROOM)


CHECK = partial(check, Checker(Policy(), Namer("source")), 1)


@pytest.mark.parametrize("note", ["short", "x" * 31_000], ids=["in a room", "too large for a room"])
def test_another_process_gives_what_this_one_would_find(begun: Any, note: str) -> None:
    between = shared(3)
    begun(pickle.dumps(CHECK), between)
    lines = [orjson.dumps({**TRACK, "properties": {"note": note}})] * 40 + [b"{", b'{"type": "track"}', b"", b"{}"]
    block, memory = Block(0, TextLines(b"\n".join(lines))), Memory(between)
    asked = memory.put(2, [block])
    assert bool(asked[1]) == (note == "short")
    (found,), expected = memory.take(2, processes._checked(2, asked) or (b"", [])), CHECK(block)
    assert [(run, *run.items()) for run in found.runs] == [(run, *run.items()) for run in expected.runs]
    assert (found.notes, found.blank) == (expected.notes, 1)
    assert {at: (bad.reason, bad.call, bad.text) for at, bad in found.bad.items()} == {
        at: (bad.reason, bad.call, bad.text) for at, bad in expected.bad.items()
    }
    assert [*found.bad] == [40, 41, 43]


def test_what_another_process_cannot_do_it_says(begun: Any) -> None:
    begun(pickle.dumps(CHECK), shared())
    assert processes._checked(0, (b"no pickle", [])) is None
    begun(b"no pickle", shared())
    with pytest.raises(ImportError):
        processes._checked(0, (b"", []))


def test_rooms_do_not_touch_each_other() -> None:
    memory, texts = Memory(shared(3)), [bytes([65 + room]) * processes._ROOM for room in range(3)]
    parcels = [memory.put(room, TextLines(text)) for room, text in enumerate(texts)]
    assert all(len(data) < 200 for data, _ in parcels)
    assert [memory.take(room, parcel).text for room, parcel in enumerate(parcels)] == texts


def test_another_process_ends_after_the_one_that_it_works_for() -> None:
    done: list[object] = []

    class Other:
        """A process that has ended."""

        def join(self) -> None:
            done.append("joined")

    processes._end_after(cast("Any", Other()), done.append)
    assert done == ["joined", 1]


def test_the_key_stays_here() -> None:
    client = PipelinesClient(KEY, policy=Policy())
    made = Checking(Checker(Policy(), Namer("source"), own=client.policy), client, processes=2)
    assert made._others is not None
    assert KEY.encode() not in made._others._packed
    made.close()
