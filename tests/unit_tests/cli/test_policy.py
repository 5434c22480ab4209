"""A policy from a file and from options: every field of it, and no other."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.testing import CliRunner

from langchain_customerio import ConfigurationError, Policy
from langchain_customerio.cli.policy import PolicyOption, read_policy, takes_policy_options

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit_tests.cli.conftest import Terminal

FULL = """
person = "ada"
allow_destructive = ["Object Deleted"]
events = ["Order *", "!Order Refunded"]
allow_redirects = true
allow_consent = false
allow_preference_replacement = true
allow_alias = false
allow_contact_changes = false
traits = ["plan"]
groups = ["acme"]
integrations = ["Mixpanel"]
calls = ["identify", "track"]
plain_events = ["Device deleted"]
max_batch = 10
max_writes = 20
send_valid_items = true
dry_run = true
approve = "risky"
redact = ["traits.email"]
"""


def written(folder: Path, text: str) -> Path:
    """Write a policy file."""
    file = folder / "policy.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_file_may_hold_every_field_of_a_policy(tmp_path: Path) -> None:
    policy = read_policy(written(tmp_path, FULL))
    default = Policy()
    assert [each.name for each in fields(Policy) if getattr(policy, each.name) == getattr(default, each.name)] == []
    assert (policy.events, policy.max_batch, policy.approve) == (("Order *", "!Order Refunded"), 10, "risky")


def test_without_a_file_and_without_options_it_is_the_default() -> None:
    assert read_policy(None) == read_policy(None, {"allow_alias": None}) == Policy()


def test_an_option_takes_the_place_of_what_the_file_says(tmp_path: Path) -> None:
    file = written(tmp_path, "allow_alias = false\nmax_writes = 5\n")
    assert read_policy(file, {"max_writes": 2, "allow_alias": None}) == Policy(allow_alias=False, max_writes=2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("allow_destuctive = true", "allow_destuctive is not a field of a policy: use allow_destructive"),
        ("allow-alias = false", "allow-alias is not a field of a policy: use allow_alias"),
        ("colour = 1", "colour is not a field of a policy: there are person, allow_destructive, events"),
        ("allow_alias = 'no'", "allow_alias takes True or False"),
        ("allow_alias = 0", "allow_alias does not take a number"),
        ("events = 5", "events does not take a number"),
        ("events = [1]", "events takes true or false, a number, text, or a list of text"),
        ("max_writes = 1.5", "max_writes takes true or false, a number, text, or a list of text"),
        ("max_writes = 0", "max_writes is 0; it takes a number from 1"),
        ("[events]\nallowed = true", "events takes true or false, a number, text, or a list of text"),
        ("allow_destructive = ['user deleted']", "allow_destructive names 'user deleted'"),
        ("approve = 'sometimes'", "approve takes"),
        ("allow_alias = ", "is not TOML"),
    ],
)
def test_what_cannot_mean_what_it_says_is_refused_with_the_file_and_the_field(
    text: str, said: str, tmp_path: Path
) -> None:
    file = written(tmp_path, text)
    with pytest.raises(ConfigurationError) as caught:
        read_policy(file)
    assert str(file) in str(caught.value)
    assert said in str(caught.value)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_bytes(b"person = '\xff'")
    with pytest.raises(ConfigurationError, match="is not TOML"):
        read_policy(file)


def run(*arguments: str) -> Policy | str:
    """Run a command that takes a policy, and return that, or what it said instead."""
    found: list[Policy] = []
    app = typer.Typer()

    @app.command()
    @takes_policy_options
    def command(*, policy: PolicyOption = None, **fields: Any) -> None:
        found.append(read_policy(policy, fields))

    result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200", "NO_COLOR": "1"})
    return found[0] if found else result.output


def test_each_field_is_an_option(tmp_path: Path) -> None:
    shown = run("--help")
    assert isinstance(shown, str)
    assert [name for each in fields(Policy) if (name := f"--{each.name.replace('_', '-')}") not in shown] == []


def test_options_are_read_as_what_their_fields_take(tmp_path: Path) -> None:
    file = written(tmp_path, "allow_consent = false")
    options = ["--events", "Order *", "--events", "!Order Refunded", "--no-allow-alias", "--max-writes", "3"]
    more = ["--approve", "risky", "--redact", "--allow-destructive", "--person", "ada", "--policy", str(file)]
    assert run(*options, *more) == Policy(
        events=("Order *", "!Order Refunded"),
        allow_alias=False,
        allow_consent=False,
        max_writes=3,
        approve="risky",
        redact=True,
        allow_destructive=True,
        person="ada",
    )


@pytest.mark.loopback
def test_a_load_takes_a_policy_from_a_file_and_from_options(terminal: Terminal, tmp_path: Path) -> None:
    file, records = written(tmp_path, 'events = ["Paid"]\n'), tmp_path / "calls.jsonl"
    records.write_text(
        '{"type": "track", "userId": "ada", "event": "Paid"}\n'
        '{"type": "track", "userId": "ada", "event": "Left"}\n'
        '{"type": "alias", "userId": "ada", "previousId": "visitor-7"}\n'
    )
    ended = terminal("load", records, "--yes", "--strict", "--policy", file, "--no-allow-alias")
    assert ended.code == 1
    assert [event.name for event in terminal.sandbox.events] == ["Paid"]
    assert "Refused 1 time: event:" in ended.out
    assert "merging ids is not allowed here" in ended.out


@pytest.mark.loopback
def test_a_slip_in_the_policy_of_a_load_sends_nothing(terminal: Terminal, tmp_path: Path) -> None:
    records = tmp_path / "calls.jsonl"
    records.write_text('{"type": "track", "userId": "ada", "event": "Paid"}\n')
    ended = terminal("load", records, "--yes", "--policy", written(tmp_path, "evnts = []"))
    assert ended.code == 2
    assert "evnts is not a field of a policy: use events" in ended.err
    assert terminal.sandbox.ledger == []
