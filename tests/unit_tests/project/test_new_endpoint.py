"""CONTRIBUTING's "Add an endpoint", walked: a made-up eighth endpoint works through every door.

The package and its completeness tests are copied, the endpoint is added in the declared places alone, and the copy is
used in a process of its own.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

CALL = '''
class Rate(Common):
    """Rate something. Made up.

    >>> Rate(user_id="ada", stars=5).wire()
    {'userId': 'ada', 'stars': 5}
    """

    kind = "rate"
    needs_one_of = ("userId", "anonymousId")
    example: ClassVar = {"userId": "ada", "stars": 5}

    user_id: UserId = None
    anonymous_id: AnonymousId = None
    stars: int = Field(description="One to five")


'''
ROW = """        Endpoint(
            Rate,
            "customerio_rate",
            STRICT_VALIDATION,
            "Rate something in Customer.io.",
            "opinions",
        ),
"""
TOOL = '''
class RateSomething(PipelinesTool):
    """Rate something: `POST /rate`."""

    name: str = ENDPOINTS["rate"].tool
    description: str = ENDPOINTS["rate"].summary
    args_schema: ArgsSchema = _by_default(Rate)
    call_type: ClassVar[type[Call]] = Rate


'''
CASE = """RATE = Case(
    call=Rate,
    tool=RateSomething,
    strict_flag="enable_strict_validation",
    endpoint="/rate",
    minimal={"userId": "ada", "stars": 5},
    complete={"userId": "ada", "anonymousId": "visitor-7", "stars": 5, **COMMON},
)
"""

# File, then what is replaced by what: each place that CONTRIBUTING names, in its order.
PLACES: list[tuple[str, list[tuple[str, str]]]] = [
    (
        "langchain_customerio/api/calls.py",
        [("\nSINGLE_CALLS: ", CALL + "\nSINGLE_CALLS: "), ("Group, Alias)}\n", "Group, Alias, Rate)}\n")],
    ),
    (
        "langchain_customerio/api/endpoints.py",
        [
            ("        Endpoint(\n            Alias,", ROW + "        Endpoint(\n            Alias,"),
            ("Page, Screen", "Page, Rate, Screen"),
        ],
    ),
    (
        "langchain_customerio/tools/two_mode.py",
        [
            ("\nTWO_MODE_TOOLS: ", TOOL + "\nTWO_MODE_TOOLS: "),
            ("    AliasUserIdentity,\n    SendBatch", "    AliasUserIdentity,\n    RateSomething,\n    SendBatch"),
            ("Page, Screen", "Page, Rate, Screen"),
        ],
    ),
    (
        "langchain_customerio/__init__.py",
        [
            ('    "Receipt",\n', '    "RateSomething",\n    "Receipt",\n'),
            ('    "SendBatchRequests": ', '    "RateSomething": "tools.two_mode",\n    "SendBatchRequests": '),
        ],
    ),
    (
        "langchain_customerio/sandbox/",
        [
            ('"group", "alias")\n', '"group", "alias", "rate")\n'),
            ('    "alias": {"prev', '    "rate": _PERSON | {"stars": "number"},\n    "alias": {"prev'),
        ],
    ),
    (
        "tests/cases.py",
        [
            ("SINGLE_CASES = (", CASE + "SINGLE_CASES = ("),
            ("GROUP, ALIAS)", "GROUP, ALIAS, RATE)"),
            ("Page, Screen", "Page, Rate, Screen"),
            ("    PipelinesTool,\n", "    PipelinesTool,\n    RateSomething,\n"),
        ],
    ),
]

USED = [
    "langchain_customerio",
    "tests/conftest.py",
    "tests/cases.py",
    "tests/paths.py",
    "tests/import_map.py",
    "pyproject.toml",
]
COMPLETENESS = "tests/unit_tests/test_cases.py"

SCRIPT = """
import json, sys
from langchain_customerio import CustomerioPipelinesToolkit, Policy, RateSomething
from langchain_customerio.api.calls import Batch, Rate
from langchain_customerio.sandbox import Sandbox

sandbox = Sandbox()
client = sandbox.client()
assert client.send(Rate(user_id="ada", stars=5), strict=True).status == "accepted"
batch = {"batch": [{"type": "rate", "userId": "ada", "stars": 4}, {"type": "track", "userId": "ada", "event": "E"}]}
assert client.send(Batch.parse(batch), strict=True).status == "accepted"
toolkit = CustomerioPipelinesToolkit(client=client)
[tool] = [tool for tool in toolkit.get_tools() if tool.name == "customerio_rate"]
body = json.dumps({"user_id": "ada", "stars": 3})
assert tool.invoke({"mode": "execute", "request_body": body, "enable_strict_validation": "1"})["status"] == "accepted"
assert set(tool.invoke({"mode": "get_request_schema"})["request_body_schema"]["properties"]) >= {"userId", "stars"}
assert "rate for opinions" in toolkit.instructions()
[batches] = [tool for tool in toolkit.get_tools() if "batch" in tool.name]
assert batches.invoke({"mode": "execute", "request_body": batch})["items"] == 2
assert '"rate"' in json.dumps(batches.invoke({"mode": "get_request_schema"}))
args = {"mode": "execute", "request_body": '{"stars": 3}'}
refused = tool.invoke({"type": "tool_call", "id": "1", "name": tool.name, "args": args})
assert "ne of userId, anonymousId is required" in refused.content, refused.content
denied = CustomerioPipelinesToolkit(client=client, policy=Policy(calls=["!rate"]))
assert "rate for opinions" not in denied.instructions()
assert sum(call.type == "rate" for call in sandbox.accepted_calls) == 4
"""

COMMAND = """
import os, subprocess, sys
from langchain_customerio.sandbox import Sandbox

sandbox = Sandbox()
with sandbox.serve(port=0) as api:
    body = '{"userId": "ada", "stars": 5}'
    command = [sys.executable, "-m", "langchain_customerio.cli", "send", "rate", body, "--strict"]
    environment = {**os.environ, "CUSTOMERIO_BASE_URL": api.base_url, "CUSTOMERIO_API_KEY": sandbox.any_key}
    subprocess.run(command, check=True, env=environment)
    lines = '{"type": "rate", "userId": "ada", "stars": 1}\\n' * 3
    command = [sys.executable, "-m", "langchain_customerio.cli", "load", "-", "--strict"]
    subprocess.run(command, check=True, env=environment, input=lines, text=True)
assert [call.type for call in sandbox.accepted_calls] == ["rate"] * 4
"""


def copy(folder: Path, left_out: str = "") -> Path:
    """Copy what is needed into a folder, and add the endpoint in every place but one."""
    for name in [*USED, COMPLETENESS]:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, target)
    for place, changes in PLACES:
        if place != left_out:
            for before, after in changes:
                change(folder / place, before, after)
    return folder


def change(place: Path, before: str, after: str) -> None:
    """Change the one file of a place that has the text."""
    files = sorted(place.rglob("*.py")) if place.is_dir() else [place]
    found = [path for path in files if before in path.read_text(encoding="utf-8")]
    assert found, f"{place}: {before!r} is not there"
    for path in found[:1]:
        path.write_text(path.read_text(encoding="utf-8").replace(before, after, 1), encoding="utf-8")


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the copy, which comes before the installed package."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


def completeness(folder: Path) -> subprocess.CompletedProcess[str]:
    return run(folder, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", COMPLETENESS)


def test_contributing_names_these_places() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.partition("## Add an endpoint")[2].partition("\n## ")[0]
    assert re.findall(r"^\d+\. `([^`]+)`", section, re.MULTILINE) == [place for place, _ in PLACES]


@pytest.mark.slow
@pytest.mark.loopback
def test_an_endpoint_that_was_added_there_works_through_every_door(tmp_path: Path) -> None:
    folder = copy(tmp_path)
    for script in (SCRIPT, COMMAND):
        answer = run(folder, "-c", script)
        assert answer.returncode == 0, answer.stderr[-2_000:]
    answer = completeness(folder)
    assert answer.returncode == 0, answer.stdout[-3_000:]


@pytest.mark.slow
@pytest.mark.parametrize("place", [place for place, _ in PLACES])
def test_a_place_that_was_left_out_is_named(tmp_path: Path, place: str) -> None:
    answer = completeness(copy(tmp_path, left_out=place))
    assert answer.returncode != 0
    named = {place.rstrip("/"), "ImportError", *(["ENDPOINTS["] if "endpoints" in place else [])}
    assert any(name in answer.stdout for name in named), answer.stdout[-3_000:]
