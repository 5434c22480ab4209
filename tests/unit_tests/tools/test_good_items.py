"""`Policy(send_valid_items=True)`: a batch without its bad items, and which these were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from langchain_customerio import Policy
from langchain_customerio.sandbox import Sandbox
from tests.cases import BATCH
from tests.tool_calls import answer, error, execute, tool

if TYPE_CHECKING:
    from tests.conftest import Run

GOOD = {"type": "track", "userId": "ada", "event": "Paid"}
ODD = {**GOOD, "event": "Paid  twice"}
BAD: dict[str, dict[str, Any]] = {
    "malformed": {"type": "track", "userId": "ada"},
    "forbidden": {**GOOD, "event": "User Deleted"},
    "too large": {**GOOD, "properties": {"note": "x" * 32_000}},
    "without a type": {"userId": "ada"},
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_the_good_items_are_sent_and_the_bad_one_is_named(bad: dict[str, Any], run: Run) -> None:
    sandbox = Sandbox()
    of = tool(sandbox, "batch", policy=Policy(send_valid_items=True))
    told = answer(execute(run, of, {"batch": [GOOD, bad, GOOD]}))
    assert list(told["not_sent"]) == ["1"]
    assert told["not_sent"]["1"].startswith("batch[1]")
    assert told["status"] == "partly_received"
    assert told["sent"] == len(sandbox.accepted_calls) == 2


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_unless_the_policy_says_so_nothing_is_sent(bad: dict[str, Any], run: Run) -> None:
    sandbox = Sandbox()
    assert "batch[1]" in error(execute(run, tool(sandbox, "batch"), {"batch": [GOOD, bad, GOOD]}))
    assert sandbox.ledger == []


def test_warnings_keep_the_places_that_items_had_in_the_whole_batch(run: Run) -> None:
    bad = BAD["malformed"]
    of = tool(Sandbox(), "batch", policy=Policy(send_valid_items=True))
    read = execute(run, of, {"batch": [bad, ODD, bad, bad, GOOD, ODD]})
    assert [warning.partition(".")[0] for warning in read.artifact.warnings] == ["batch[1]", "batch[5]"]
    assert [item.index for item in read.artifact.refused] == [0, 2, 3]


def test_the_good_items_alone_count_towards_the_limits(run: Run) -> None:
    sandbox = Sandbox()
    of = tool(sandbox, "batch", policy=Policy(send_valid_items=True, max_batch=2, max_writes=2))
    assert answer(execute(run, of, {"batch": [GOOD, BAD["malformed"], GOOD]}))["sent"] == 2
    assert "has made 2" in error(execute(run, of, {"batch": [GOOD]}))


@pytest.mark.parametrize("body", [{"batch": []}, {"batch": "x"}, {"batch": [BAD["malformed"]] * 2}, {"items": [GOOD]}])
def test_where_no_item_is_good_the_batch_is_refused_as_a_whole(body: dict[str, Any], run: Run) -> None:
    sandbox = Sandbox()
    error(execute(run, tool(sandbox, "batch", policy=Policy(send_valid_items=True)), body))
    assert sandbox.ledger == []


def test_what_is_wrong_with_the_batch_itself_is_no_items_fault(run: Run) -> None:
    sandbox = Sandbox()
    of = BATCH.make_tool(client=sandbox.client(), policy=Policy(send_valid_items=True, calls=["track"]))
    assert "batch calls are not allowed" in error(execute(run, of, {"batch": [GOOD]}))
    assert sandbox.ledger == []


def test_of_items_too_large_and_items_malformed_each_keeps_its_place_and_its_reason(run: Run) -> None:
    sandbox = Sandbox()
    of = tool(sandbox, "batch", policy=Policy(send_valid_items=True))
    read = execute(run, of, {"batch": [BAD["malformed"], GOOD, BAD["too large"], ODD, BAD["too large"]]})
    assert [(item.index, item.code) for item in read.artifact.refused] == [
        (0, "missing"),
        (2, "call_too_large"),
        (4, "call_too_large"),
    ]
    assert answer(read)["not_sent"]["2"].startswith("batch[2]: the call is 32,")
    assert answer(read)["not_sent"]["2"].endswith("Shorten properties.note or report it")
    assert [warning.partition(".")[0] for warning in read.artifact.warnings] == ["batch[3]"]
    assert [call.call["event"] for call in sandbox.accepted_calls] == ["Paid", "Paid  twice"]


def test_where_all_are_too_large_the_batch_is_refused_as_a_whole(run: Run) -> None:
    sandbox = Sandbox()
    of = tool(sandbox, "batch", policy=Policy(send_valid_items=True))
    assert "batch[1]: the call is " in error(execute(run, of, {"batch": [BAD["too large"]] * 2}))
    assert sandbox.ledger == []
