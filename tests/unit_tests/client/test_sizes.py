"""Sizes are those of the exact bytes: what is too large is refused before it is sent, or split in order."""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_customerio import Batch, InvalidRequestError
from langchain_customerio.api.batching import pack
from langchain_customerio.sandbox import Sandbox
from tests.cases import SINGLE_CASES, Case, as_item, each_single_case

if TYPE_CHECKING:
    from tests.conftest import Run

Json = dict[str, Any]
MOST_CALL, MOST_BATCH = 32_000, 500_000
LIBRARY = {"name": "langchain-customerio", "version": version("langchain-customerio")}
LIBRARY_JSON = json.dumps(LIBRARY, separators=(",", ":"))


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox()


def filled(case: Case, size: int, letter: str = "x") -> Json:
    """Return a body that measures exactly so many bytes on the wire, `context.library` and all."""
    body = {**case.minimal, "messageId": "m", "context": {"fill": "", "library": LIBRARY}}
    room = size - len(json.dumps(body, separators=(",", ":")).encode())
    body["context"]["fill"] = letter * (room // len(letter.encode())) + "x" * (room % len(letter.encode()))
    return body


@pytest.mark.parametrize("letter", ["x", "ż", "🙂"])
@each_single_case
def test_a_call_of_the_largest_size_arrives_and_one_byte_more_is_refused(
    case: Case, letter: str, sandbox: Sandbox, run: Run
) -> None:
    with sandbox.client() as client:
        receipt = run.send(client, case.call.parse(filled(case, MOST_CALL, letter)), strict=True)
        with pytest.raises(InvalidRequestError) as caught:
            run.send(client, case.call.parse(filled(case, MOST_CALL + 1, letter)), strict=True)
    assert receipt.size == MOST_CALL
    assert [len(entry.body) for entry in sandbox.ledger] == [MOST_CALL]
    assert len(sandbox.accepted_calls) == 1
    says = "The call is 32,001 bytes, the API takes at most 32,000. Shorten context.fill or report it."
    assert str(caught.value) == f"Not sent. {says}"


@each_single_case
def test_the_largest_item_of_a_batch_arrives_and_one_byte_more_is_refused(
    case: Case, sandbox: Sandbox, run: Run
) -> None:
    room = len(f'"type":"{case.call.kind}",')
    small = as_item(SINGLE_CASES[0], SINGLE_CASES[0].minimal)
    with sandbox.client() as client:
        item = as_item(case, filled(case, MOST_CALL - room))
        run.send(client, Batch.parse({"batch": [small, item]}), strict=True)
        item = as_item(case, filled(case, MOST_CALL - room + 1))
        with pytest.raises(InvalidRequestError) as caught:
            run.send(client, Batch.parse({"batch": [small, item, small, item]}), strict=True)
    assert len(sandbox.accepted_calls) == 2
    assert [problem.index for problem in caught.value.problems] == [1, 3]
    assert str(caught.value).startswith("Not sent. batch[1]: the call is 32,001 bytes, the API takes at most 32,000.")


def test_the_context_that_a_batch_lends_counts_towards_its_items(sandbox: Sandbox, run: Run) -> None:
    """Whether the API measures an item before or after that is not documented; either way nothing is lost."""
    lent = {"locale": "pl", "library": LIBRARY}

    def item(size: int) -> Json:
        whole = {"type": "track", "userId": "ada", "event": "", "messageId": "m", "context": lent}
        event = "x" * (size - len(json.dumps(whole, separators=(",", ":"))))
        return {"type": "track", "userId": "ada", "event": event, "messageId": "m"}

    with sandbox.client() as client:
        run.send(client, Batch.parse({"batch": [item(MOST_CALL)], "context": {"locale": "pl"}}), strict=True)
        with pytest.raises(InvalidRequestError, match=r"batch\[0\]: the call is 32,001 bytes"):
            run.send(client, Batch.parse({"batch": [item(MOST_CALL + 1)], "context": {"locale": "pl"}}), strict=True)
    assert [call.outcome for entry in sandbox.ledger for call in entry.calls] == ["accepted"]


def items_of(size: int, number: int) -> list[Json]:
    """Return so many items that measure so many bytes each."""
    whole = '{"type":"track","userId":"","event":"E","messageId":"m000","context":{"library":' + LIBRARY_JSON + "}}"
    return [
        {
            "type": "track",
            "userId": f"{i:03}" + "x" * (size - len(whole) - 3),
            "event": "E",
            "messageId": f"m{i:03}",
            "context": {"library": LIBRARY},
        }
        for i in range(number)
    ]


def around() -> int:
    """Return how many bytes stand around the items of a batch."""
    return len('{"batch":[],"context":{"library":' + LIBRARY_JSON + "}}")


@pytest.mark.parametrize(("over", "requests"), [(0, [20]), (1, [19, 1])])
def test_a_batch_of_the_largest_size_is_one_request_and_one_byte_more_makes_two(
    over: int, requests: list[int], sandbox: Sandbox, run: Run
) -> None:
    room = MOST_BATCH - around() - 19 + over  # nineteen commas
    items = items_of(room // 20, 19)
    items += items_of(room - 19 * (room // 20), 1)
    with sandbox.client() as client:
        receipt = run.send(client, Batch.parse({"batch": items}), strict=True)
    assert [len(entry.calls) for entry in sandbox.ledger] == requests
    assert [call.call["userId"] for call in sandbox.accepted_calls] == [item["userId"] for item in items]
    assert max(len(entry.body) for entry in sandbox.ledger) == (MOST_BATCH if not over else receipt.requests[0].size)
    assert receipt.requests[-1].size == len(sandbox.ledger[-1].body)


def test_a_batch_that_is_too_large_is_split_in_order_and_the_receipt_says_how(sandbox: Sandbox, run: Run) -> None:
    items = items_of(30_000, 40)
    with sandbox.client() as client:
        receipt = run.send(client, Batch.parse({"batch": items, "context": {"locale": "pl"}}), strict=True)
    assert [call.message_id for call in sandbox.accepted_calls] == [item["messageId"] for item in items]
    assert list(receipt.message_ids) == [item["messageId"] for item in items]
    assert [(part.first, part.calls, part.attempts, part.http_status) for part in receipt.requests] == [
        (0, 16, 1, 200),
        (16, 16, 1, 200),
        (32, 8, 1, 200),
    ]
    assert [len(entry.body) for entry in sandbox.ledger] == [part.size for part in receipt.requests]
    assert receipt.size == sum(part.size for part in receipt.requests)
    assert receipt.attempts == 3
    assert {json.dumps(body["context"]) for body in sandbox.requests} == {  # type: ignore[index] # each is an object
        json.dumps({"library": LIBRARY, "locale": "pl"})
    }


def test_a_context_too_large_to_lend_is_refused(sandbox: Sandbox, run: Run) -> None:
    context = {"fill": "x" * MOST_CALL}
    own = {"type": "identify", "userId": "ada", "context": {"ip": "8.8.8.8"}}
    with sandbox.client() as client, pytest.raises(InvalidRequestError) as caught:
        run.send(client, Batch.parse({"batch": [own], "context": context}))
    (problem,) = caught.value.problems
    assert str(problem).startswith("context: is 32,")
    assert (problem.index, sandbox.ledger) == (None, [])


@given(st.lists(st.integers(0, 40)), st.integers(40, 100))
def test_items_are_packed_in_order_none_twice_none_lost_and_none_too_many(sizes: list[int], most: int) -> None:
    runs = list(pack(sizes, most))
    assert [index for first, last in runs for index in range(first, last)] == list(range(len(sizes)))
    used = [sum(sizes[first:last]) + (last - first - 1) for first, last in runs]
    assert all(first < last for first, last in runs)
    assert all(size <= most for size in used)
    # Each run is as full as it can be: the first item of the next one would not have fitted.
    assert all(size + 1 + sizes[last] > most for size, (_, last) in zip(used[:-1], runs, strict=False))
