"""`check` and `send`: what they send, what they print, and how they end."""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import orjson
import pytest

from langchain_customerio import cli
from langchain_customerio.api.calls import SINGLE_CALLS
from langchain_customerio.bulk import options
from langchain_customerio.cli import main

if TYPE_CHECKING:
    from tests.unit_tests.cli.conftest import Terminal

pytestmark = pytest.mark.loopback


def bodies(terminal: Terminal) -> list[dict[str, Any]]:
    """Return the calls that were stored, without what every call carries."""
    return [
        {name: value for name, value in call.call.items() if name not in {"messageId", "context"}}
        for call in terminal.sandbox.accepted_calls
    ]


# check


def test_check_says_that_the_key_is_good_and_where(terminal: Terminal) -> None:
    ended = terminal("check")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("The API takes the key at http://127.0.0.1:")
    assert terminal("check", "--json").json["status"] == "ok"
    assert terminal.sandbox.accepted_calls == []


def test_check_ends_with_3_where_the_key_is_wrong(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTOMERIO_API_KEY", "bad")
    ended = terminal("check", "--json")
    assert (ended.code, ended.json["error"]) == (3, "AuthenticationError")
    assert ended.json["message"] in ended.err
    assert terminal("check").out == ""


@pytest.mark.parametrize(
    ("variable", "arguments", "said"),
    [
        ("CUSTOMERIO_API_KEY=", [], "No Customer.io key: set CUSTOMERIO_API_KEY"),
        ("CUSTOMERIO_API_KEY=pk_eu_1", ["--region", "US"], "The key belongs to the region eu"),
        ("CUSTOMERIO_BASE_URL=http://example.com/v1", [], "would show the key to the network"),
    ],
)
def test_a_wrong_set_up_ends_with_2(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, variable: str, arguments: list[str], said: str
) -> None:
    monkeypatch.setenv(*variable.split("=", 1))
    ended = terminal("check", *arguments)
    assert ended.code == 2
    assert said in ended.err


def test_a_dead_address_is_said_in_words_for_a_person(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTOMERIO_BASE_URL", "http://127.0.0.1:9/v1")
    for command in (["check"], ["load", "-"]):
        ended = terminal(*command, stdin="")
        assert ended.code == 4
        assert ended.err.startswith("No connection to 127.0.0.1")
        assert ended.err.endswith("Check the address (--base-url, CUSTOMERIO_BASE_URL) and the network.\n")


def test_a_private_key_is_warned_of_in_one_line(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTOMERIO_API_KEY", "sk_us_secret")
    terminal.sandbox.keys = None
    ended = terminal("check")
    assert ended.code == 0
    assert ended.err.startswith("Warning: The Customer.io key is a private one")
    assert ended.err.count("\n") == 1
    assert "secret" not in ended.err


# send


def test_a_call_is_sent_from_flags(terminal: Terminal) -> None:
    ended = terminal("send", "track", "--user-id", "ada", "--event", "Paid", "--property", "total=20", "--strict")
    assert ended.code == 0
    assert ended.out.startswith("Accepted: track, messageId ")
    assert bodies(terminal) == [{"type": "track", "userId": "ada", "event": "Paid", "properties": {"total": 20}}]


def test_flags_are_added_to_json_and_replace_it(terminal: Terminal) -> None:
    body = '{"userId": "ada", "traits": {"plan": "free", "age": 36}}'
    ended = terminal(
        "send", "identify", body, "--user-id", "bob", "--trait", "plan=pro", "--message-id", "m-1", "--json"
    )
    assert (ended.code, ended.json["status"], ended.json["message_ids"]) == (0, "received", ["m-1"])
    assert bodies(terminal) == [{"type": "identify", "userId": "bob", "traits": {"plan": "pro", "age": 36}}]


def test_a_call_is_read_from_the_standard_input(terminal: Terminal) -> None:
    assert terminal("send", "alias", "-", stdin='{"previousId": "v", "userId": "ada"}').code == 0
    assert bodies(terminal) == [{"type": "alias", "previousId": "v", "userId": "ada"}]


def test_a_batch_is_sent_as_json(terminal: Terminal) -> None:
    ended = terminal(
        "send", "batch", '{"batch": [{"type": "identify", "userId": "a"}, {"type": "page", "userId": "a"}]}'
    )
    assert ended.out.startswith("Received: batch of 2 calls. ")
    assert "Without --strict this is no proof" in ended.out
    assert [body["type"] for body in bodies(terminal)] == ["identify", "page"]


def test_a_dry_run_shows_the_request_and_sends_nothing(terminal: Terminal) -> None:
    ended = terminal("send", "screen", "--user-id", "ada", "--name", "Start", "--dry-run")
    assert ended.code == 0
    assert ended.out.startswith("Nothing was sent. This is the screen:\n{\n")
    assert '"name": "Start"' in ended.out
    assert terminal.sandbox.ledger == []


DRIVES = "\x9b31m\u202e"


def test_nothing_of_a_call_drives_the_terminal(terminal: Terminal) -> None:
    body = orjson.dumps({"userId": "ada", "messageId": DRIVES, "traits": {"note": DRIVES, "name": "Zo\u00eb"}}).decode()
    dry = terminal("send", "identify", body, "--dry-run")
    assert r'"note": "\x9b31m\u202e"' in dry.out
    assert '"name": "Zo\u00eb"' in dry.out
    sent = terminal("send", "identify", body, "--json")
    assert sent.json["message_ids"] == [DRIVES]
    for ended in (dry, sent, terminal("send", "identify", body)):
        assert not set(DRIVES[0] + DRIVES[-1]) & set(ended.out)


def test_what_the_policy_leaves_out_is_left_out_of_what_a_command_prints(terminal: Terminal) -> None:
    body = '{"userId": "ada", "messageId": "eve@example.com", "traits": {"note": "secret", "bob@example.com": 1}}'
    for given in (["--dry-run"], ["--json"], ["--dry-run", "--json"], []):
        ended = terminal("send", "identify", body, "--redact", *given)
        assert ended.code == 0
        assert "example.com" not in ended.out
        assert "secret" not in ended.out


def test_what_will_be_read_otherwise_is_said(terminal: Terminal) -> None:
    ended = terminal("send", "identify", "--user-id", "ada", "--trait", "unsubscribed=yes")
    assert "Warning: traits.unsubscribed: " in ended.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["track", "--user-id", "ada"], "Not sent. event: is required."),
        (["track", "--user-id", "ada", "--event", "User Deleted"], " --allow-destructive allows it.\n"),
        (
            ["track", "--user-id", "ada", "--event", "Paid", "--property", "recipient=b"],
            " --allow-redirects allows it.\n",
        ),
        (["identify", "{"], "Not sent. The body is not JSON: "),
        (["identify", "[]"], "Not sent. A call is a JSON object, found a list."),
        (["identify", '{"traits": 7}', "--trait", "a=b"], "The traits of the JSON are not an object"),
        (["identify", '{"email": "a@b.c"}'], "use traits.email"),
    ],
)
def test_what_is_refused_here_ends_with_1_and_is_not_sent(terminal: Terminal, arguments: list[str], said: str) -> None:
    ended = terminal("send", *arguments)
    assert ended.code == 1
    assert said in ended.err
    assert terminal.sandbox.ledger == []


def test_what_cannot_be_undone_is_sent_when_one_says_so(terminal: Terminal) -> None:
    arguments = ["send", "track", "--user-id", "ada", "--event", "User Deleted"]
    assert terminal(*arguments, "--allow-destructive").code == 0
    assert [deletion.id for deletion in terminal.sandbox.deleted] == ["ada"]


@pytest.mark.parametrize(
    ("fault", "code", "name"),
    [
        ({"status": 400}, 1, "RejectedError"),
        ({"status": 403}, 3, "AuthenticationError"),
        ({"redirect": "https://example.com"}, 2, "RedirectedError"),
        ({"status": 429, "retry_after": 3_600}, 4, "RateLimitedError"),
    ],
)
def test_what_the_api_makes_of_a_call_is_in_the_exit_code(
    terminal: Terminal, fault: dict[str, Any], code: int, name: str
) -> None:
    terminal.sandbox.fail(**fault)
    ended = terminal("send", "page", "--user-id", "ada", "--json")
    assert (ended.code, ended.json["error"]) == (code, name)


@pytest.mark.parametrize(
    "arguments",
    [
        ["send", "buy"],
        ["send", "identify", "--user-id", "ada", "--trait", "plan"],
        ["send", "identify", "--user-id", "ada", "--trait", "=pro"],
        ["load", "e.jsonl", "--map", "userId"],
        ["unknown"],
    ],
)
def test_a_wrong_command_line_ends_with_2(terminal: Terminal, arguments: list[str]) -> None:
    ended = terminal(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert "Usage:" in ended.err
    assert terminal.sandbox.ledger == []


def test_the_commands_know_every_call() -> None:
    assert list(get_args(options.Kind)) == list(SINGLE_CALLS)


# The command itself


def test_every_command_explains_its_exit_codes(terminal: Terminal) -> None:
    for command in ("check", "send", "preview", "load", "sandbox"):
        ended = terminal(command, "--help")
        assert ended.code == 0
        assert "Exit codes: 0 done" in ended.out


def run_main(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> object:
    monkeypatch.setattr(sys, "argv", ["langchain-customerio", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


def test_the_version_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_main(monkeypatch, "--version") == 0
    assert capsys.readouterr().out.startswith("langchain-customerio 0.")


def test_it_runs_as_a_module_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["langchain-customerio", "--version"])
    with pytest.raises(SystemExit):
        runpy.run_path(str(Path(cli.__file__).with_name("__main__.py")), run_name="__main__")
    assert capsys.readouterr().out.startswith("langchain-customerio 0.")


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_without_the_extra_one_line_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], missing: str
) -> None:
    for name in [name for name in sys.modules if name.startswith(f"{missing}.") or ".cli." in name]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    assert run_main(monkeypatch, "check") == 2
    assert capsys.readouterr() == ("", "The command needs an extra: pip install 'langchain-customerio[cli]'\n")


def test_another_missing_module_is_a_bug_and_no_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "langchain_customerio.cli.app", None)
    with pytest.raises(ModuleNotFoundError, match=r"cli\.app"):
        main()


def test_an_address_without_the_api_is_a_wrong_address(terminal: Terminal) -> None:
    terminal.sandbox.fail(status=404)
    assert terminal("send", "page", "--user-id", "ada").code == 2


def test_a_call_that_a_person_must_approve_is_refused_since_nobody_is_asked(terminal: Terminal) -> None:
    ended = terminal("send", "page", "--user-id", "ada", "--approve", "all")
    assert ended.code == 1
    assert ended.err == "Not sent. The policy has a person approve this call, whom a command cannot ask.\n"
    assert terminal.sandbox.ledger == []


def test_a_reader_who_has_left_is_no_error(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as nobody_reads:
        monkeypatch.setattr(sys, "stdout", nobody_reads)
        assert run_main(monkeypatch, "send", "page", "--user-id", "ada") == 0
        monkeypatch.undo()
    assert len(terminal.sandbox.accepted_calls) == 1
