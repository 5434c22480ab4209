"""Whatever comes and whatever goes wrong, every record is accounted for once, and none has two names."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langchain_customerio import Policy, RetryPolicy
from langchain_customerio.bulk import LoadReport, LoadStoppedError, aload, load
from langchain_customerio.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_customerio.sandbox import CallRecord
    from tests.conftest import Mode

AT_ONCE = RetryPolicy(attempts=2, base_delay=0)
BLANK = "blank"
ODD_LINES = [b"{", b"[]", b'{"type":"buy"}', b'{"type":"track","userId":"u1","event":"User Deleted"}', b"\xff", b"7"]


def line(kind: str, number: int) -> bytes:
    """Return a line of the source; all but the odd ones carry their number."""
    call = {"type": "track", "userId": f"u{number % 3}", "event": "Paid", "properties": {"n": number}}
    match kind:
        case "blank":
            return b" \r" if number % 2 else b""
        case "odd":
            return ODD_LINES[number % len(ODD_LINES)]
        case "corrected":
            call["userId"] = number % 3  # type: ignore[assignment] # the slip that is corrected
        case "huge":
            call["properties"] = {"n": number, "x": "é" * 16_000}
        case "refused by the API":
            del call["userId"]
            call["groupId"] = "acme"
        case "merging":
            call = {"type": "alias", "userId": f"u{number % 3}", "previousId": f"a{number}"}
        case _:
            pass
    return orjson.dumps(call)


KINDS = ["good"] * 12 + ["blank", "odd", "corrected", "huge", "refused by the API", "merging"]
FAULTS: list[dict[str, Any]] = [
    {"status": 401},
    {"status": 400, "times": 2},
    {"status": 413, "times": 3},
    {"status": 503, "times": 2},
    {"status": 503, "times": 1},
    {"status": 429, "retry_after": 0, "times": 1},
    {"status": 200, "body": "<html>"},
    {"reset": "before", "times": 2},
    {"reset": "after", "times": 1},
    {"reset": "after", "times": 2},
]


class TrialError(Exception):
    """What goes wrong outside of the API."""


@dataclass
class Trial:
    """A load that is disturbed and resumed until it is complete."""

    mode: Mode
    folder: Path
    lines: list[bytes]
    from_file: bool
    strict: bool
    sandbox: Sandbox = field(default_factory=Sandbox)
    seen: list[CallRecord] = field(default_factory=list)
    arrived: list[CallRecord] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Write the file, and let the API refuse what it may."""
        self.sandbox.group_only_track = False
        (self.folder / "e.jsonl").write_bytes(b"\n".join(self.lines))

    def recover(self) -> None:
        """Let no fault wait any longer; what has arrived is kept in mind."""
        self.seen += [call for entry in self.sandbox.ledger for call in entry.calls]
        self.arrived += self.sandbox.accepted_calls if self.strict else self.seen[len(self.arrived) :]
        self.sandbox.reset()

    def source(self, breaks_at: int | None) -> Any:
        if self.from_file:
            return self.folder / "e.jsonl"

        def records() -> Iterator[bytes]:
            for number, found in enumerate(self.lines):
                if number == breaks_at:
                    raise TrialError
                yield found

        return records()

    def run(self, breaks_at: int | None = None, stops_at: int | None = None, **options: Any) -> LoadReport:
        """Load until the source ends or something ends it; check the sums of every report."""
        reports: list[LoadReport] = []

        def watch(report: LoadReport) -> None:
            reports.append(report)
            if len(reports) == stops_at:
                raise TrialError

        options |= {"strict": self.strict, "on_progress": watch, "dead_letter": self.folder / "d"}
        options |= {"checkpoint": self.folder / "c", "resume": True, "rate": None, "patience": 0}
        client = self.sandbox.client(retry=AT_ONCE)
        source = self.source(breaks_at)
        try:
            if self.mode == "sync":
                reports.append(load(client, source, **options))
            else:
                reports.append(asyncio.run(aload(client, source, **options)))
        except LoadStoppedError as error:
            reports.append(error.report)
        for report in reports:
            assert report.delivered + report.refused + report.dead_lettered + report.not_reached == report.read
            assert min(report.delivered, report.refused, report.dead_lettered, report.not_reached) >= 0
        return reports[-1]

    def check(self, report: LoadReport) -> None:
        """Check that every record is in exactly one account, and that the sandbox and the file agree with them."""
        records = {number for number, found in enumerate(self.lines) if found.strip()}
        path = self.folder / "d"
        letters = [orjson.loads(entry) for entry in path.read_bytes().splitlines()] if path.exists() else []
        dead = [letter["dead_letter"]["position"] - 1 for letter in letters]
        assert (report.status, report.read, report.not_reached, report.refused) == ("complete", len(records), 0, 0)
        assert (len(set(dead)), report.dead_lettered) == (len(dead), len(dead))
        assert records <= {number_of(call) for call in self.arrived} | set(dead)
        names = {(number_of(call), call.message_id) for call in self.seen}
        assert len(names) == len(dict(names)) == len({name for _, name in names})


def number_of(call: CallRecord) -> int:
    body = call.call
    return int(body["previousId"][1:] if "previousId" in body else body["properties"]["n"])


lanes = st.one_of(
    st.fixed_dictionaries({"ordered": st.just(value=False)}),
    st.fixed_dictionaries({"ordered": st.just(value=True), "workers": st.integers(1, 4)}),
)
"""What every run of a load has to have in common."""

options = st.fixed_dictionaries(
    {"workers": st.integers(1, 4), "gzip": st.booleans()},
    optional={"policy": st.integers(1, 7).map(lambda most: Policy(max_batch=most))},
)
troubles = st.fixed_dictionaries(
    {"faults": st.lists(st.tuples(st.sampled_from(FAULTS), st.integers(0, 6)), min_size=1, max_size=3)},
    optional={"breaks_at": st.integers(0, 60), "stops_at": st.integers(1, 6)},
)


@dataclass
class Scenario:
    """What comes, and what goes wrong."""

    kinds: list[str]
    from_file: bool
    strict: bool
    lanes: dict[str, Any]
    disturbed: list[tuple[dict[str, Any], dict[str, Any]]]
    last: dict[str, Any]


scenarios = st.builds(
    Scenario,
    kinds=st.lists(st.sampled_from(KINDS), min_size=5, max_size=60),
    from_file=st.booleans(),
    strict=st.booleans(),
    lanes=lanes,
    disturbed=st.lists(st.tuples(options, troubles), min_size=1, max_size=3),
    last=options,
)


@pytest.mark.parametrize("mode", ["sync", "async"])
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(scenarios)
def test_every_record_is_accounted_for_once(mode: Mode, scenario: Scenario) -> None:
    lines = [line(kind, number) for number, kind in enumerate(scenario.kinds)]
    with TemporaryDirectory() as folder:
        trial = Trial(mode, Path(folder), lines, scenario.from_file, scenario.strict)
        for chosen, trouble in scenario.disturbed:
            for fault, after in trouble["faults"]:
                trial.sandbox.fail(**fault, after=after)
            report = trial.run(trouble.get("breaks_at"), trouble.get("stops_at"), **{**chosen, **scenario.lanes})
            trial.recover()
            if report.status == "complete":
                break
        else:
            report = trial.run(**{**scenario.last, **scenario.lanes})
        trial.recover()
        trial.check(report)


@pytest.mark.parametrize("mode", ["sync", "async"])
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=30)
@given(st.lists(st.sampled_from(KINDS), max_size=60), options, lanes)
def test_a_dry_run_finds_what_a_load_would_refuse(
    mode: Mode, kinds: list[str], chosen: dict[str, Any], lanes: dict[str, Any]
) -> None:
    chosen = {**chosen, **lanes}
    lines = [line(kind, number) for number, kind in enumerate(kinds)]
    found = []
    for dry_run in (True, False):
        sandbox = Sandbox()
        client = sandbox.client()
        report = (
            load(client, lines, dry_run=dry_run, **chosen)
            if mode == "sync"
            else asyncio.run(aload(client, lines, dry_run=dry_run, **chosen))
        )
        assert report.delivered + report.refused + report.not_reached == report.read
        assert (report.delivered if dry_run else report.not_reached) == 0
        found.append((report.read, report.refused, report.reasons, report.requests))
        assert bool(sandbox.ledger) == (not dry_run and report.delivered > 0)
    assert found[0] == found[1]
