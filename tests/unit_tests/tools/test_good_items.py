"""`Policy(send_valid_items=True)`: a batch without its bad items, and which these were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from langchain_customerio import Policy
from langchain_customerio.sandbox import Sandbox
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
    assert told["not_sent"]["1"].startswith(("Not sent. batch[1]", "batch[1]"))
    assert told["items"] == len(sandbox.accepted_calls) == 2


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
    assert answer(execute(run, of, {"batch": [GOOD, BAD["malformed"], GOOD]}))["items"] == 2
    assert "has made 2" in error(execute(run, of, {"batch": [GOOD]}))


@pytest.mark.parametrize("body", [{"batch": []}, {"batch": "x"}, {"batch": [BAD["malformed"]] * 2}, {"items": [GOOD]}])
def test_where_no_item_is_good_the_batch_is_refused_as_a_whole(body: dict[str, Any], run: Run) -> None:
    sandbox = Sandbox()
    error(execute(run, tool(sandbox, "batch", policy=Policy(send_valid_items=True)), body))
    assert sandbox.ledger == []


def test_what_is_wrong_with_the_batch_itself_is_no_items_fault(run: Run) -> None:
    sandbox = Sandbox()
    of = tool(sandbox, "batch", policy=Policy(send_valid_items=True, calls=["track"]))
    assert "batch calls are not allowed" in error(execute(run, of, {"batch": [GOOD]}))
    assert sandbox.ledger == []
