"""The tools are examined along with the model: an answer that misleads fails the task whatever the model says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from langchain_core.messages import ToolMessage

from tests.evals.desk import Desk
from tests.evals.task import STYLES
from tests.evals.tasks import TASKS
from tests.evals.told import Reading, Told

SENT = {"mode": "execute", "enable_strict_validation": "1", "request_body": '{"userId":"ada","traits":{"plan":"pro"}}'}
TOOL = "customerio_identify_person_and_assign_traits"


def complaints_when(told: str, *, error: bool, sent: bool) -> list[str]:
    """Let a tool say something, whatever it did."""
    desk = Desk(TASKS["upgrade"], "two_mode")

    def run() -> ToolMessage:
        if sent:
            desk.tools[0].invoke(SENT, desk.config)
        return ToolMessage(told, tool_call_id="1", status="error" if error else "success")

    desk.record(TOOL, SENT, run)
    return desk.finish("DONE").tools


def test_an_accepted_call_that_never_left_is_held_against_the_tool() -> None:
    assert complaints_when('{"status": "accepted"}', error=False, sent=True) == []
    [complaint] = complaints_when('{"status": "accepted"}', error=False, sent=False)
    assert "says accepted; not stored" in complaint


def test_an_error_that_hides_what_was_stored_is_held_against_the_tool() -> None:
    assert complaints_when("Nothing was stored.", error=True, sent=False) == []
    [complaint] = complaints_when("Nothing was stored.", error=True, sent=True)
    assert "says that nothing was stored; stored: 1" in complaint


def test_an_answer_that_lets_nobody_know_is_held_against_the_tool() -> None:
    for told, error in (("Internal error", True), ('{"status": "received"}', False), ('{"status": "ok"}', False)):
        [complaint] = complaints_when(told, error=error, sent=True)
        assert "does not say whether it was stored" in complaint


@pytest.mark.parametrize(
    ("content", "error", "reading"),
    [
        ({"status": "accepted"}, False, Reading.STORED),
        (
            {"status": "accepted", "warnings": ["traits.bio: over 1000 bytes; the workspace may not keep it"]},
            False,
            Reading.OPEN,
        ),
        (
            {"status": "accepted", "warnings": ["timestamp: has no time zone; add Z or an offset"]},
            False,
            Reading.STORED,
        ),
        ({"status": "accepted", "not_sent": {"3": "no userId"}}, False, Reading.PART),
        ({"status": "received", "note": "that is no proof"}, False, Reading.OPEN),
        ({"status": "dry_run", "note": "Nothing was sent."}, False, Reading.NOTHING),
        ({"request_body_schema": {}}, False, Reading.SCHEMA),
    ],
)
def test_a_result_is_read_for_what_it_lets_one_know(content: dict[str, Any], error: bool, reading: Reading) -> None:  # noqa: FBT001 - a column of the table
    assert Told(json.dumps(content), error).reading is reading


@pytest.mark.parametrize("style", STYLES)
def test_a_tool_that_there_is_not_is_an_error_that_sends_nothing(style: str) -> None:
    desk = Desk(TASKS["upgrade"], "typed" if style == "typed" else "two_mode")
    told = desk.call("customerio_send_email", {"to": "ada"})
    assert (told.error, told.reading, len(desk.made[0].arrived)) == (True, Reading.NOTHING, 0)
