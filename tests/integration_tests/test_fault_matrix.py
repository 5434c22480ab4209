"""Whatever goes wrong, wherever and however often: what was told is what is true, and nothing counts twice.

For every fault, at every attempt, on every endpoint, sync and async, in strict mode: events in the sandbox + errors
reported = calls made. An error that admits that the data may have arrived is first acted upon as it says: the call is
repeated with the ids that it names.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from langchain_customerio import (
    AuthenticationError,
    DeliveryError,
    NoAnswerError,
    Policy,
    RateLimitedError,
    RejectedError,
    RetryPolicy,
    ServerError,
)
from langchain_customerio.errors import RedirectedError, TooLargeError, UnexpectedAnswerError
from langchain_customerio.sandbox import Sandbox
from tests.cases import Case, each_case
from tests.tool_calls import NO_PAUSE, answer, error, execute, tool

if TYPE_CHECKING:
    from langchain_customerio import PipelinesClient
    from tests.conftest import Run

ATTEMPTS = NO_PAUSE.attempts
PAID = {"userId": "ada", "event": "Paid"}
ELSEWHERE = "https://elsewhere.example/v1"


@dataclass(frozen=True)
class Trouble:
    """A row of the matrix: what goes wrong, and what it is told as.

    Attributes:
        fault: As the sandbox takes it.
        error: The class of the error.
        retried: Whether a further attempt is made.
        open: Whether the error has to admit that the data may have arrived.
        words: What the error repeats of the API's own words.
    """

    fault: dict[str, Any]
    error: type[DeliveryError]
    retried: bool = False
    open: bool = False
    words: str = ""

    def __str__(self) -> str:
        """Return a short name for the test's id."""
        return "-".join(f"{name}={str(value)[:12]}" for name, value in self.fault.items() if name != "content_type")


def status(code: int, error: type[DeliveryError], **told: Any) -> Trouble:
    return Trouble({"status": code, "body": f"<html><h1>{told.get('words', '')}</h1></html>"}, error, **told)


def refused(body: str, words: str) -> Trouble:
    return Trouble({"status": 400, "body": body, "content_type": "application/json"}, RejectedError, words=words)


TROUBLES = [
    refused('{"meta": {"errors": ["no\\u0007 such thing"]}}', "no such thing"),
    refused('{"meta": {"error": "no such thing"}}', "no such thing"),
    refused('{"meta": {"errors":', '{"meta"'),
    status(400, RejectedError),
    status(401, AuthenticationError),
    status(403, AuthenticationError, words="Forbidden"),
    status(404, RejectedError, words="Not Found"),
    status(413, TooLargeError),
    status(418, RejectedError),
    status(408, ServerError, retried=True, open=True),
    status(429, RateLimitedError, retried=True),
    *(status(code, ServerError, retried=True, open=True) for code in (500, 502, 503, 504)),
    status(501, ServerError, open=True),
    *(
        Trouble({"status": code, "applied": True}, ServerError, retried=True, open=True)
        for code in (408, 500, 503, 504)
    ),
    *(Trouble({"redirect": ELSEWHERE, "status": code}, RedirectedError) for code in (301, 302, 307, 308)),
    *(
        Trouble({"status": 200, "body": body, "applied": applied}, UnexpectedAnswerError, open=True)
        for body in (b"", b"<html>Welcome</html>", b'{"ok":', b"[]", b"\xff\xfe")
        for applied in (True, False)
    ),
    Trouble({"reset": "connect"}, NoAnswerError, retried=True),
    *(
        Trouble({way: moment}, NoAnswerError, retried=True, open=True)
        for way in ("reset", "hangup", "timeout")
        for moment in ("before", "after")
    ),
]

WHOLE_BODIES = Policy(allow_preference_replacement=True)
"""What the complete bodies need."""

each_trouble = pytest.mark.parametrize("trouble", TROUBLES, ids=str)


def items_of(case: Case) -> int:
    return len(case.complete.get("batch", [None]))


def stored(sandbox: Sandbox) -> set[str | None]:
    """Return the ids of what is in the workspace; a repeat adds none."""
    return {call.message_id for call in sandbox.accepted_calls}


def without_ids(case: Case) -> dict[str, Any]:
    """Return the case's body without message ids, which are made for it."""
    body: dict[str, Any] = json.loads(json.dumps(case.complete))
    for each in (body, *body.get("batch", [])):
        each.pop("messageId", None)
    return body


def with_ids(body: dict[str, Any], ids: tuple[str, ...]) -> dict[str, Any]:
    """Return the body with the ids that an error has named, as whoever repeats the call is told to."""
    if "batch" not in body:
        return {**body, "messageId": ids[0]}
    return {"batch": [{**item, "messageId": i} for item, i in zip(body["batch"], ids, strict=True)]}


def send(run: Run, client: PipelinesClient, case: Case, body: dict[str, Any]) -> DeliveryError | tuple[str, ...]:
    """Return the error of a call, or its ids when the tool says that it was accepted."""
    of = case.make_tool(client=client, policy=WHOLE_BODIES, strict=True, handle_tool_error=False)
    try:
        read = execute(run, of, body)
    except DeliveryError as failure:
        return failure
    assert answer(read)["status"] == "accepted"
    ids: tuple[str, ...] = read.artifact.message_ids
    return ids


@each_trouble
@each_case
def test_a_fault_at_every_attempt_is_told_as_what_it_is(case: Case, trouble: Trouble, run: Run) -> None:
    sandbox = Sandbox()
    attempts = ATTEMPTS if trouble.retried else 1
    sandbox.fail(**trouble.fault, times=attempts)
    client = sandbox.client(retry=NO_PAUSE)
    told = send(run, client, case, without_ids(case))
    assert isinstance(told, DeliveryError)
    assert type(told) is trouble.error
    assert told.status == trouble.fault.get("status")
    assert told.attempts == len(sandbox.ledger) == attempts
    assert len(told.message_ids) == items_of(case)
    assert trouble.words in told.detail
    assert told.detail.isprintable()
    assert len(told.detail) <= 200
    # Of a batch that is refused for an item, the rest may have been stored.
    admitted = trouble.open or (items_of(case) > 1 and trouble.fault.get("status") in {400, 413})
    assert told.may_have_arrived is admitted
    page = type(told) is UnexpectedAnswerError and b"<html>" in trouble.fault["body"]
    assert ("may have been stored" in str(told)) is (admitted and not page)
    assert ("Almost surely nothing was stored" in str(told)) is page
    assert stored(sandbox) <= (set(told.message_ids) if admitted else set())
    repeated = send(run, client, case, with_ids(without_ids(case), told.message_ids))
    assert repeated == told.message_ids
    assert stored(sandbox) == set(told.message_ids)


@pytest.mark.parametrize("good", range(1, ATTEMPTS))
@each_trouble
@each_case
def test_a_fault_that_passes_ends_in_one_event_or_one_error(case: Case, trouble: Trouble, good: int, run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(**trouble.fault, times=good)
    told = send(run, sandbox.client(retry=NO_PAUSE), case, without_ids(case))
    events = stored(sandbox)
    if trouble.retried:
        assert isinstance(told, tuple)
        assert events == set(told)
        assert len(events) == items_of(case)
        assert len(sandbox.ledger) == good + 1
    else:
        assert isinstance(told, DeliveryError)
        assert events <= set(told.message_ids)
        assert told.may_have_arrived or not events
        assert len(sandbox.ledger) == 1


@each_case
def test_without_strict_validation_nothing_more_is_claimed_than_that_it_was_received(case: Case, run: Run) -> None:
    for sandbox in (Sandbox(), Sandbox(keys={"another-key"})):
        of = case.make_tool(client=sandbox.client(api_key="a-key"), policy=WHOLE_BODIES)
        told = answer(execute(run, of, without_ids(case)))
        assert told["status"] == "received"
        assert "unproven" in told["note"]
        assert len(stored(sandbox)) == (items_of(case) if sandbox.keys is None else 0)


def test_a_wrong_key_is_an_error_where_the_api_validates(run: Run) -> None:
    sandbox = Sandbox(keys={"another-key"})
    client = sandbox.client(api_key="a-key")
    for settings in ({"strict": True}, {}):
        read = execute(run, tool(sandbox, "track", client=client, **settings), PAID, enable_strict_validation="1")
        assert "a person must correct it" in error(read)
    assert {entry.status for entry in sandbox.ledger} == {401}
    assert sandbox.accepted_calls == []


# A batch that takes several requests


def large(number: int) -> dict[str, Any]:
    return {"type": "track", "userId": "ada", "event": f"E{number}", "properties": {"x": "y" * 30_000}}


LARGE = [large(number) for number in range(50)]


@pytest.mark.parametrize("failing", [1, 2, 3, 4])
@each_trouble
def test_of_a_split_batch_what_was_delivered_and_what_was_not_add_up(trouble: Trouble, failing: int, run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(**trouble.fault, after=failing - 1, times=None)
    of = tool(sandbox, "batch", client=sandbox.client(retry=NO_PAUSE), strict=True, handle_tool_errors=False)
    with pytest.raises(DeliveryError) as caught:
        execute(run, of, {"batch": LARGE})
    told = caught.value
    confirmed = [str(event.name) for event in sandbox.events if event.message_id not in told.message_ids]
    assert confirmed == [f"E{number}" for number in range(told.delivered)]
    assert (f"first {told.delivered} calls" in str(told)) is (told.delivered > 0)
    doubtful = stored(sandbox) - {event.message_id for event in sandbox.events[: told.delivered]}
    assert doubtful <= set(told.message_ids)
    assert told.may_have_arrived or not doubtful


# On a socket, where connections really break


BREAKS = [each for each in TROUBLES if each.error is NoAnswerError]


@pytest.mark.parametrize("trouble", BREAKS, ids=str)
def test_connections_that_really_break_are_told_the_same(trouble: Trouble, run: Run) -> None:
    sandbox = Sandbox()
    retry = RetryPolicy(attempts=2, base_delay=0)
    with sandbox.serve() as server, server.client(retry=retry, timeout=httpx.Timeout(5, read=0.2)) as client:
        of = tool(sandbox, "track", client=client, strict=True, handle_tool_errors=False)
        sandbox.fail(**trouble.fault, times=2)
        with pytest.raises(NoAnswerError) as caught:
            execute(run, of, PAID)
        assert stored(sandbox) <= set(caught.value.message_ids)
        assert caught.value.may_have_arrived or not sandbox.events
        again = execute(run, of, {**PAID, "messageId": caught.value.message_ids[0]})
        assert answer(again)["status"] == "accepted"
    assert stored(sandbox) == set(caught.value.message_ids)
