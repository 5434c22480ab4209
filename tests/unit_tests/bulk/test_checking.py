"""Checking the records of a source: the key of the client is no data, wherever it stands and whoever checks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from langchain_customerio.bulk import load
from langchain_customerio.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

KEY = "a-key-of-some-length-7"
TRACK: dict[str, Any] = {"type": "track", "userId": "ada", "event": "Paid"}


@pytest.mark.parametrize("processes", [None, 2])
def test_the_key_is_found_in_lines_of_a_known_kind_however_it_is_spelled(tmp_path: Path, processes: int | None) -> None:
    notes = [f"x{number}" for number in range(1_000)]
    lines = [json.dumps({**TRACK, "properties": {"note": note}}) for note in notes]
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in KEY)
    for at, spelling in ((700, KEY), (800, escaped), (900, KEY[:-1] + f"\\u{ord(KEY[-1]):04X}")):
        lines[at] = lines[at].replace(f"x{at}", spelling)
    lines[950] = lines[950].replace('"note"', f'"{escaped}"')
    path, sandbox = tmp_path / "e.jsonl", Sandbox()
    path.write_text("\n".join(lines))
    report = load(sandbox.client(api_key=KEY), path, processes=processes)
    assert [each.position - 1 for each in report.examples] == [700, 800, 900, 950]
    assert (report.delivered, dict(report.reasons)) == (996, {"The call contains the API key: leave it out": 4})
    arrived = [event.properties for event in sandbox.events]
    assert len(arrived) == 996
    assert KEY not in str(arrived)
