"""Every example, run as its reader would run it: in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from typing import TYPE_CHECKING

import pytest

from langchain_customerio.sandbox import Sandbox
from tests import stand_in_model
from tests.conftest import STRICT_PYTHON
from tests.paths import DOCS, EXAMPLES
from tests.site.picture import picture

if TYPE_CHECKING:
    from collections.abc import Mapping


MANIFEST = tomllib.loads((EXAMPLES / "manifest.toml").read_text(encoding="utf-8"))

# What each example has to have said by the time it ends. Without an entry in the manifest, an example is not one.
SAYS = {story["file"]: story["says"] for story in MANIFEST["stories"]}

# Imported by examples and by nobody else.
HELPERS = set(MANIFEST["helpers"])

AGENTS = ["react_agent.py", "create_agent.py"]


def python(*arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run Python in the folder of the examples, with every warning an error."""
    return subprocess.run(
        [*STRICT_PYTHON, *arguments],
        cwd=EXAMPLES,
        env={**os.environ, "PYTHONUTF8": "1", "COLUMNS": "80", **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def test_the_manifest_is_the_folder() -> None:
    files = {*SAYS, *HELPERS, *MANIFEST["notebooks"], "manifest.toml"}
    assert {path.name for path in EXAMPLES.iterdir() if path.is_file()} == files
    folders = {path.name for path in EXAMPLES.iterdir() if path.is_dir() and not path.name.startswith(("_", "."))}
    assert folders == set(MANIFEST["folders"])
    assert len(SAYS) == len(MANIFEST["stories"])


def test_a_file_can_be_run_exactly_if_it_is_an_example() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py") if "__main__" in path.read_text()} == set(SAYS)


@pytest.mark.parametrize("helper", sorted(HELPERS))
def test_a_helper_says_that_it_is_shared(helper: str) -> None:
    assert (EXAMPLES / helper).read_text().startswith('"""Shared by the examples: ')


@pytest.mark.parametrize("example", sorted(SAYS))
def test_the_example_runs_and_says_that_its_own_result_is_right(example: str) -> None:
    ended = python(example)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert SAYS[example] in ended.stdout


@pytest.mark.parametrize("example", AGENTS)
def test_the_agent_is_shown_step_by_step_and_no_line_is_wider_than_the_terminal(example: str) -> None:
    shown = python(example).stdout
    steps = re.findall(r"^  ([→✓✗] \S+)", shown, re.MULTILINE)
    assert steps == [
        *["→ customerio_identify_person_and_assign_traits", "✓ schema"],
        *["→ customerio_identify_person_and_assign_traits", "✗ Not"],
        *["→ customerio_identify_person_and_assign_traits", "✓ accepted"],
        *["→ customerio_track_user_event", "✓ accepted"],
        *["→ customerio_add_to_group", "✓ accepted"],
        *["→ customerio_send_batch_requests", "✓ accepted"],
    ]
    assert shown.count("agent (scripted)") == 7
    assert max(map(len, shown.splitlines())) == 80


def test_the_picture_shows_what_the_demo_shows() -> None:
    drawn = (DOCS / "images" / "agent.svg").read_text()
    assert drawn == picture(python("react_agent.py").stdout), "`make tables` draws it anew"


@pytest.mark.parametrize(
    ("sabotage", "difference"),
    [
        ("story.HELD['people']['bob'] = {}", '-    "bob": {},'),
        ("story.TURNS[1].tool_calls = []", "One call should have been refused; 0 were."),
        ("del story.TURNS[3]", '-      "Order Completed",'),
    ],
)
def test_the_agent_fails_where_the_workspace_is_not_as_it_should_be(sabotage: str, difference: str) -> None:
    ended = python("-c", f"import sys, story; {sabotage}; import react_agent; sys.exit(react_agent.main())")
    assert ended.returncode == 1, ended.stderr
    assert difference in ended.stdout


def test_the_agent_runs_where_the_terminal_has_ascii_only() -> None:
    ended = python("react_agent.py", environment={"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"})
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "? The workspace holds what it should, and nothing else." in ended.stdout


@pytest.mark.parametrize("example", AGENTS)
def test_the_agent_can_be_watched_in_a_browser(example: str) -> None:
    ended = python(example, environment={"CONSOLE": "1"})
    assert (ended.returncode, ended.stderr) == (0, "")
    assert re.search(r"^Watch the workspace in a browser: http://127\.0\.0\.1:\d+/$", ended.stdout, re.MULTILINE)
    assert "The workspace holds what it should, and nothing else." in ended.stdout


@pytest.mark.parametrize("example", AGENTS)
def test_a_real_model_and_a_key_reach_the_real_api(example: str) -> None:
    sandbox = Sandbox(keys={"key-of-the-test"})
    with sandbox.serve() as api, stand_in_model.serve() as model:
        environment = {
            "MODEL": "openai:stand-in",
            "OPENAI_API_KEY": "opens nothing",
            "OPENAI_BASE_URL": model,
            "CUSTOMERIO_API_KEY": "key-of-the-test",
            "CUSTOMERIO_BASE_URL": api.base_url,
        }
        ended = python(example, "Ada has joined on the pro plan", environment=environment)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert sandbox.people["ada"].traits == stand_in_model.BODY["traits"]
    (entry,) = sandbox.ledger
    assert entry.strict
    assert str(sandbox.accepted_calls[0].message_id) in ended.stdout
    assert "scripted" not in ended.stdout
    assert "key-of-the-test" not in ended.stdout


def test_a_real_model_without_a_key_works_against_the_sandbox() -> None:
    with stand_in_model.serve() as model:
        environment = {"MODEL": "openai:stand-in", "OPENAI_API_KEY": "opens nothing", "OPENAI_BASE_URL": model}
        ended = python("react_agent.py", environment=environment)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "sandbox in memory" in ended.stdout
    assert '{"email": "ada@example.com", "plan": "pro"}' in ended.stdout


@pytest.mark.parametrize(
    ("environment", "arguments", "says"),
    [
        ({"MODEL": "openai:x", "CUSTOMERIO_API_KEY": "k"}, [], "Say what to do there"),
        ({}, ["Ada has joined"], "needs MODEL=provider:name"),
        ({"MODEL": "openai:x"}, [], "MODEL=openai:x: "),
        ({"MODEL": "nobody:x"}, [], "MODEL=nobody:x: "),
        (
            {"MODEL": "openai:x", "OPENAI_API_KEY": "k", "CUSTOMERIO_API_KEY": "k", "CUSTOMERIO_REGION": "mars"},
            ["Ada has joined"],
            "The region is neither us nor eu",
        ),
    ],
)
def test_what_cannot_be_run_is_said_in_a_line_and_not_in_a_traceback(
    environment: dict[str, str], arguments: list[str], says: str
) -> None:
    ended = python("react_agent.py", *arguments, environment=environment)
    assert ended.returncode == 1
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_key_alone_sends_nothing_to_a_real_workspace() -> None:
    sandbox = Sandbox()
    with sandbox.serve() as api:
        environment = {"CUSTOMERIO_API_KEY": "a-key", "CUSTOMERIO_BASE_URL": api.base_url}
        ended = python("react_agent.py", environment=environment)
    assert ended.returncode == 0
    assert sandbox.ledger == []
