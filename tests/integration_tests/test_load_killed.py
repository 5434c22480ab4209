"""A load in a process of its own, killed again and again: every event arrives, and none under two names."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson
import pytest

from langchain_customerio.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

EVENTS, PER_REQUEST, WORKERS = 20_000, 25, 4
BAD = range(7, EVENTS, 40)

LOAD = f"""
import sys
from langchain_customerio import PipelinesClient, Policy
from langchain_customerio.bulk import LoadStoppedError, load

base_url, source, checkpoint, letters, ordered = sys.argv[1:]
client = PipelinesClient("key", base_url=base_url)
policy = Policy(max_batch={PER_REQUEST})
try:
    options = {{"checkpoint": checkpoint, "dead_letter": letters, "ordered": ordered == "1", "workers": {WORKERS}}}
    load(client, source, resume=True, policy=policy, **options)
except LoadStoppedError as error:
    sys.exit(str(error))
"""


class Assassin:
    """A clock for the sandbox that also kills, when a certain request comes in."""

    def __init__(self) -> None:
        self.victim: subprocess.Popen[str] | None = None
        self.requests_left = 0
        self.weapon = signal.SIGKILL

    def __call__(self) -> datetime:
        self.requests_left -= 1
        if self.requests_left == 0 and self.victim is not None:
            self.victim.send_signal(self.weapon)
        return datetime.now(UTC)


class Attempt:
    """Everything that one load needs, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.assassin = Assassin()
        self.sandbox = Sandbox(clock=self.assassin)
        with (folder / "events.jsonl").open("wb") as file:
            for number in range(EVENTS):
                event = {"type": "track", "userId": f"u{number % 97}", "event": "Paid", "properties": {"n": number}}
                file.write(b"{\n" if number in BAD else orjson.dumps(event) + b"\n")

    def run(self, base_url: str, *, after: int = 0, ordered: bool = False) -> tuple[int, str]:
        """Load until the source ends, or until so many requests have come; return how it ended and what it said."""
        paths = [str(self.folder / name) for name in ("events.jsonl", "checkpoint", "letters")]
        command = [sys.executable, "-c", LOAD, base_url, *paths, str(int(ordered))]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ}) as process:
            self.assassin.victim, self.assassin.requests_left = process, after
            said = process.communicate()[1]
        return process.returncode, said

    def repeats(self) -> int:
        """Return how many events arrived again; fail if one is missing, has two ids or was counted twice."""
        ids: dict[int, set[str | None]] = {}
        times: Counter[int] = Counter()
        for call in self.sandbox.accepted_calls:
            number = call.call["properties"]["n"]
            ids.setdefault(number, set()).add(call.message_id)
            times[number] += 1
        assert sorted(ids) == [number for number in range(EVENTS) if number not in BAD], "an event is missing"
        assert [found for found in ids.values() if len(found) > 1] == [], "an event has two ids"
        assert len(set.union(*ids.values())) == len(ids), "two events have one id"
        letters = [orjson.loads(line) for line in (self.folder / "letters").read_bytes().splitlines()]
        assert sorted(letter["dead_letter"]["position"] - 1 for letter in letters) == list(BAD)
        checkpoint = orjson.loads((self.folder / "checkpoint").read_bytes())
        assert (checkpoint["delivered"], checkpoint["dead_lettered"]) == (len(ids), len(letters))
        return sum(times.values()) - len(ids)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ordered", "kills"),
    [(False, 6), (True, 3), pytest.param(False, 20, marks=pytest.mark.nightly)],
    ids=["as it comes", "ordered", "many times"],
)
def test_killed_at_any_moments_a_load_loses_nothing_and_names_nothing_twice(
    tmp_path: Path,
    *,
    ordered: bool,
    kills: int,
) -> None:
    attempt = Attempt(tmp_path)
    moments = random.Random(20_261_123)  # noqa: S311 - the same moments in every run
    with attempt.sandbox.serve() as server:
        for _ in range(kills):
            assert attempt.run(server.base_url, after=moments.randint(1, 30), ordered=ordered) == (-signal.SIGKILL, "")
        assert attempt.run(server.base_url, ordered=ordered) == (0, "")
    repeats = attempt.repeats()
    sys.stdout.write(f"\nkilled {kills} times: {repeats} of {EVENTS:,} events arrived again, with the ids they had\n")
    assert repeats <= kills * WORKERS * PER_REQUEST


def test_a_process_that_is_asked_to_end_finishes_what_is_in_flight_and_repeats_nothing(tmp_path: Path) -> None:
    attempt = Attempt(tmp_path)
    attempt.assassin.weapon = signal.SIGTERM
    with attempt.sandbox.serve() as server:
        code, said = attempt.run(server.base_url, after=20)
        assert code == 1
        assert said.startswith("Stopped by signal 15.")
        assert "resume=True" in said
        assert attempt.run(server.base_url) == (0, "")
    assert attempt.repeats() == 0
