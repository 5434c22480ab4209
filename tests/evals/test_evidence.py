"""What an answer lets one know is read from statuses and errors, not from sentences."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from langchain_customerio.errors import NoAnswerError, ServerError
from tests.evals.evidence import Known, Reading, beliefs, read_answer
from tests.evals.task import identify
from tests.evals.tasks import TASKS
from tests.evals.trial import Trial
from tests.evals.workspace import new_workspace, post

if TYPE_CHECKING:
    from tests.evals.state import Fact


def entries(*bodies: dict[str, Any]) -> list[Any]:
    """Return requests as a sandbox records them."""
    sandbox = new_workspace(())
    for body in bodies:
        post(sandbox, "/v1/batch" if "batch" in body else "/v1/identify", json.dumps(body).encode())
    return list(sandbox.ledger)


UPGRADE = TASKS["upgrade"]
LOST = replace(UPGRADE, faults=({"reset": "before", "times": None},))
ADA = {"userId": "ada", "traits": {"plan": "pro", "bio": "x" * 1_001}, "messageId": "m-1"}


@pytest.mark.parametrize(
    ("result", "reading"),
    [
        ({"status": "accepted"}, Reading((Known.STORED,), says_sent=True)),
        ({"status": "received"}, Reading((Known.OPEN,), says_sent=True)),
        ({"status": "partly_accepted", "not_sent": {"3": "…"}}, Reading((Known.STORED,), says_sent=True, partial=True)),
        ({"status": "partly_received", "not_sent": {"3": "…"}}, Reading((Known.OPEN,), says_sent=True, partial=True)),
        ({"status": "accepted", "warnings": ["traits.bio: …"]}, Reading((Known.OPEN,), says_sent=True)),
        ({"status": "accepted", "warnings": ["timestamp: …"]}, Reading((Known.STORED,), says_sent=True)),
        ({"status": "dry_run"}, Reading((None,))),
        ({"status": "ok"}, Reading((None,))),
        ({"request_body_schema": {}}, Reading((None,), question=True)),
        ([], Reading((None,), question=True)),
    ],
)
def test_a_result_counts_by_its_status(result: object, reading: Reading) -> None:
    assert read_answer(json.dumps(result), entries(ADA), error=False) == reading


def test_an_error_without_a_failure_to_deliver_means_that_nothing_was_sent() -> None:
    assert read_answer("whatever it says", entries(ADA), error=True) == Reading((Known.NOTHING,))


def test_an_error_counts_by_whether_the_data_may_have_arrived() -> None:
    lost = NoAnswerError("lost", message_ids=("m-1",), may_have_arrived=True)
    refused = ServerError("refused", message_ids=("m-1",))
    assert read_answer("…", entries(ADA), error=True, failure=lost).known == (Known.OPEN,)
    assert read_answer("…", entries(ADA), error=True, failure=refused).known == (Known.NOTHING,)


def test_a_repeat_needs_the_id_only_where_the_answer_names_it() -> None:
    lost = NoAnswerError("lost", message_ids=("m-1",), may_have_arrived=True)
    assert read_answer("repeat it with m-1", entries(ADA), error=True, failure=lost).repeat_id == "m-1"
    assert read_answer("repeat it", entries(ADA), error=True, failure=lost).repeat_id == ""


def test_parts_of_a_batch_that_were_delivered_before_a_failure_are_known_to_be_stored() -> None:
    parts = entries(*({"batch": [{"type": "identify", **ADA, "messageId": each}]} for each in ("m-1", "m-2")))
    failure = ServerError("refused", message_ids=("m-2",), delivered=1)
    reading = read_answer("…", parts, error=True, failure=failure)
    assert (reading.known, reading.partial) == ((Known.STORED, Known.NOTHING), True)


def test_the_workspace_that_the_answers_imply_holds_what_they_say_and_no_more() -> None:
    plan: Fact = ("trait", "ada", "plan")
    for task, stored, possible in (
        (UPGRADE, "pro", "pro"),
        (TASKS["rehearsal"], "free", "free"),
        (LOST, "free", "pro"),
    ):
        trial = Trial(task, "typed")
        trial.call("customerio_identify", {"user_id": "ada", "traits": '{"plan": "pro"}'})
        assert [belief.state[plan] for belief in beliefs((), trial.calls)] == [stored, possible]


def test_the_implied_workspace_begins_with_what_the_task_says_happened_before() -> None:
    stored, possible = beliefs((identify("zoe", plan="team"),), [])
    assert stored.state["trait", "zoe", "plan"] == possible.state["trait", "zoe", "plan"] == "team"
