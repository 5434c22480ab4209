"""What a model is told about a call that went out, and what the program gets besides."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from langchain_customerio import Policy, Receipt
from langchain_customerio.client.receipts import RefusedItem, SentRequest
from langchain_customerio.sandbox import Sandbox
from langchain_customerio.tools.results import to_tool_output
from tests.tool_calls import answer, error, execute, tool

if TYPE_CHECKING:
    from tests.conftest import Run

GOOD = {"type": "track", "userId": "ada", "event": "Signed Up"}
NAMELESS = {"type": "track", "userId": "ada"}
DESTRUCTIVE = {"type": "track", "userId": "ada", "event": "User Deleted"}


def batch(*items: object) -> str:
    return json.dumps({"batch": items})


# Batches


def test_a_batch_tells_how_many_items_it_had(run: Run) -> None:
    sandbox = Sandbox()
    read = execute(run, tool(sandbox, "batch"), batch(GOOD, GOOD, GOOD))
    assert answer(read)["items"] == 3
    assert list(read.artifact.message_ids) == [call.message_id for call in sandbox.accepted_calls]
    assert len(set(read.artifact.message_ids)) == 3


def test_one_bad_item_keeps_the_whole_batch_from_being_sent_and_is_named_by_its_place(run: Run) -> None:
    sandbox = Sandbox()
    items = [GOOD] * 50
    items[17] = NAMELESS
    assert error(execute(run, tool(sandbox, "batch"), batch(*items))) == "Not sent. batch[17].event: is required."
    assert sandbox.ledger == []


def test_the_rest_of_a_batch_is_sent_where_the_policy_says_so_and_the_bad_items_are_named(run: Run) -> None:
    sandbox = Sandbox()
    of = tool(sandbox, "batch", policy=Policy(send_valid_items=True))
    read = execute(run, of, batch(GOOD, NAMELESS, 5, GOOD, DESTRUCTIVE))
    told = answer(read)
    assert (told["status"], told["sent"], len(sandbox.events)) == ("partly_received", 2, 2)
    assert told["note"] == "not validated, so unproven; the items in not_sent were not sent"
    assert "items" not in told
    assert list(told["not_sent"]) == ["1", "2", "4"]
    for place, reason in (("1", "event: is required"), ("2", "needs an object, found a number"), ("4", "for good")):
        assert reason in told["not_sent"][place]
    assert [item.index for item in read.artifact.refused] == [1, 2, 4]


def test_a_batch_of_bad_items_only_is_an_error(run: Run) -> None:
    sandbox = Sandbox()
    of = tool(sandbox, "batch", policy=Policy(send_valid_items=True))
    assert error(execute(run, of, batch(NAMELESS, NAMELESS))) == (
        "Not sent. batch[0].event: is required; batch[1].event: is required."
    )
    bodies: tuple[object, ...] = ({"batch": 5}, {"batch": []}, [], [5], 5)
    for body in bodies:
        error(execute(run, of, body))
    assert sandbox.ledger == []


def test_a_large_batch_goes_in_several_requests_in_order_and_the_model_reads_which(run: Run) -> None:
    sandbox = Sandbox()
    items = [{**GOOD, "messageId": f"m{i}", "properties": {"filler": "x" * 24_000}} for i in range(50)]
    read = execute(run, tool(sandbox, "batch"), batch(*items))
    assert [call.message_id for call in sandbox.accepted_calls] == [item["messageId"] for item in items]
    assert all(len(entry.body) <= 500_000 for entry in sandbox.ledger)
    assert answer(read)["requests"] == ["items 0-19", "items 20-39", "items 40-49"]
    assert [sent.calls for sent in read.artifact.requests] == [20, 20, 10]
    assert read.artifact.size == sum(len(entry.body) for entry in sandbox.ledger)


def test_when_a_later_request_of_a_batch_fails_the_model_reads_how_much_had_been_delivered(run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=400, after=1, times=None)
    items = [{**GOOD, "properties": {"filler": "x" * 24_000}} for _ in range(50)]
    text = error(execute(run, tool(sandbox, "batch"), batch(*items), enable_strict_mode="1"))
    assert " The first 20 calls had been delivered. The items that it does not refuse may have been stored. " in text
    assert [entry.outcome for entry in sandbox.ledger] == ["accepted", "faulted"]


# Warnings and corrections


def test_a_warning_reaches_model_and_receipt(run: Run) -> None:
    read = execute(run, tool(Sandbox(), "identify"), {"userId": "ada", "traits": {"unsubscribed": "yes"}})
    warning = "traits.unsubscribed: anything but true, 1 and their text means subscribed; send true or false"
    assert (answer(read)["warnings"], read.artifact.warnings) == ([warning], (warning,))


def test_of_many_warnings_the_first_are_shown_and_the_rest_counted(run: Run) -> None:
    items = [{**GOOD, "anonymousId": "ada@example.com"} for _ in range(8)]
    read = execute(run, tool(Sandbox(), "batch"), batch(*items))
    assert answer(read)["warnings"] == [*read.artifact.warnings[:5], "and 3 more"]
    assert len(read.artifact.warnings) == 8


def test_as_many_warnings_as_are_shown_are_not_counted(run: Run) -> None:
    items = [{**GOOD, "anonymousId": "ada@example.com"} for _ in range(5)]
    read = execute(run, tool(Sandbox(), "batch"), batch(*items))
    assert answer(read)["warnings"] == list(read.artifact.warnings)


def test_of_many_bad_items_the_first_are_told_with_their_reasons_and_the_rest_by_their_places(run: Run) -> None:
    of = tool(Sandbox(), "batch", policy=Policy(send_valid_items=True))
    told = answer(read := execute(run, of, batch(GOOD, *[NAMELESS] * 23)))
    assert list(told["not_sent"]) == [*map(str, range(1, 21)), "others"]
    assert told["not_sent"]["others"] == "21, 22, 23"
    assert [item.index for item in read.artifact.refused] == list(range(1, 24))


def test_an_answer_of_the_api_that_would_crowd_out_the_conversation_is_in_the_receipt_alone(run: Run) -> None:
    sandbox = Sandbox()
    for long, said in ((5_000, "left out: 5,010 bytes"), (100, {"note": "x" * 100})):
        sandbox.fail(status=200, body='{"note":"' + "x" * (long - 1 + (long < 200)) + '"}')
        read = execute(run, tool(sandbox, "track"), {"userId": "ada", "event": "Paid"})
        assert answer(read)["response_json"] == said
        assert read.artifact.response_json["note"].startswith("x" * (long - 1))


# Redaction


def dry(run: Run, name: str, body: object, redact: Any) -> tuple[Any, Receipt]:
    """Return the body that a redacted dry run shows to the model, and the receipt."""
    read = execute(run, tool(Sandbox(), name, policy=Policy(dry_run=True, redact=redact)), body)
    return answer(read)["request_body"], read.artifact


ADA = {
    "messageId": "m1",
    "userId": "ada",
    "traits": {"email": "ada@example.com", "plan": "pro", "tags": ["a", {"b": 1}]},
    "context": {"ip": "8.8.8.8", "library": {"name": "mine", "version": "1"}},
}


def test_a_dry_run_can_leave_out_all_values(run: Run) -> None:
    shown, receipt = dry(run, "identify", ADA, redact=True)
    assert shown == {
        "messageId": "[redacted]",
        "userId": "[redacted]",
        "traits": {"email": "[redacted]", "plan": "[redacted]", "tags": ["[redacted]", {"b": "[redacted]"}]},
        "context": {"ip": "[redacted]", "library": {"name": "[redacted]", "version": "[redacted]"}},
    }
    assert receipt.previews[0].body == shown
    assert receipt.message_ids == ("[redacted]",)
    assert "ada" not in receipt.model_dump_json()


def test_a_dry_run_can_leave_out_the_values_at_some_paths(run: Run) -> None:
    shown, _ = dry(run, "identify", ADA, redact=["traits.email", "context.ip"])
    assert shown["traits"] == {"email": "[redacted]", "plan": "pro", "tags": ["a", {"b": 1}]}
    assert shown["context"] == {"ip": "[redacted]", "library": {"name": "mine", "version": "1"}}
    assert shown["userId"] == "ada"


def test_the_paths_of_a_batch_s_items_are_those_of_single_calls(run: Run) -> None:
    shown, _ = dry(run, "batch", batch({"type": "identify", **ADA}, GOOD), redact=["traits.*", "userId"])
    first, second = shown["batch"]
    assert (first["type"], first["userId"], first["traits"]["plan"]) == ("identify", "[redacted]", "[redacted]")
    assert (second["type"], second["userId"], second["event"]) == ("track", "[redacted]", "Signed Up")


def test_an_address_as_the_name_of_a_value_that_is_left_out_goes_with_it(run: Run) -> None:
    shown, receipt = dry(run, "identify", {"userId": "ada", "traits": {"eve@example.com": 1}}, redact=True)
    assert shown["traits"] == {"[e-mail]": "[redacted]"}
    assert "eve@" not in receipt.model_dump_json()


def test_traits_in_a_context_are_traits(run: Run) -> None:
    body = {"userId": "ada", "event": "Paid", "context": {"traits": {"email": "secret", "plan": "pro"}}}
    shown, receipt = dry(run, "track", body, redact=["traits.email"])
    assert shown["context"]["traits"] == {"email": "[redacted]", "plan": "pro"}
    assert "secret" not in receipt.model_dump_json()


def test_a_trait_named_like_a_part_of_the_call_is_left_out_all_the_same(run: Run) -> None:
    body = {"userId": "ada", "traits": {"type": "secret", "event": "secret", "messageId": "secret"}}
    shown, receipt = dry(run, "identify", body, redact=True)
    assert set(shown["traits"].values()) == {"[redacted]"}
    assert "secret" not in receipt.model_dump_json()


@pytest.mark.parametrize(
    ("traits", "path"),
    [
        ({"Email": "secret"}, "traits.email"),
        ({" e\u200bmail": "secret"}, "traits.email"),
        ({"address": {"city": "secret"}}, "traits.address"),
        ({"address.city": "secret"}, "traits.address"),
        ({"address.city": "secret"}, "traits.*.city"),
        ({"cards": [{"number": "secret"}, [{"number": "secret"}]]}, "traits.cards.number"),
        ({"cards": [["secret"]]}, "traits.cards"),
        ({"a" + ".a" * 8_000: "secret"}, "traits.email"),
    ],
    ids=lambda each: str(each)[:40],
)
def test_a_value_is_left_out_however_its_path_is_written(traits: dict[str, Any], path: str, run: Run) -> None:
    shown, receipt = dry(run, "identify", {"userId": "ada", "traits": {**traits, "plan": "pro"}}, redact=[path])
    assert shown["traits"].keys() == {*traits, "plan"}
    assert shown["traits"]["plan"] == "pro"
    assert "secret" not in receipt.model_dump_json()


def test_without_redaction_a_dry_run_shows_the_body_as_it_would_go(run: Run) -> None:
    assert dry(run, "identify", ADA, redact=False)[0] == ADA


def test_what_a_dry_run_shows_is_what_a_real_run_sends(run: Run) -> None:
    sandbox = Sandbox()
    for name, body in (("identify", ADA), ("batch", batch({"type": "identify", **ADA}, {**GOOD, "messageId": "m2"}))):
        read = execute(run, tool(Sandbox(), name, policy=Policy(dry_run=True)), body)
        execute(run, tool(sandbox, name), body)
        sent = sandbox.ledger[-1]
        [request] = read.artifact.previews
        assert (request.method, request.body) == (sent.method, json.loads(sent.body))
        assert request.url.endswith(sent.path)
        assert read.artifact.size == len(sent.body)
        assert answer(read)["request_body"] == (json.loads(body) if isinstance(body, str) else body)


# The whole answer


def test_an_answer_holds_what_a_receipt_has_to_tell_and_nothing_else() -> None:
    receipt = Receipt(
        status="partly_accepted",
        call="batch",
        strict=True,
        message_ids=("a", "b", "c"),
        http_status=200,
        response_json={},
        requests=(SentRequest(size=10, calls=2, attempts=1), SentRequest(first=2, size=5, attempts=2)),
        warnings=("w",),
        corrections=("c",),
        refused=(RefusedItem(index=3, reason="r"),),
    )
    content, artifact = to_tool_output(receipt, http=True)
    assert artifact is receipt
    assert content == {
        "status": "partly_accepted",
        "sent": 3,
        "http_status": 200,
        "response_json": {},
        "note": "validated; the items in not_sent were not sent",
        "attempts": 3,
        "requests": ["items 0-1", "items 2-2"],
        "not_sent": {"3": "r"},
        "warnings": ["w"],
        "corrections": ["c"],
    }


def test_an_id_of_the_callers_own_comes_back_in_short_however_long_it_is(run: Run) -> None:
    sandbox = Sandbox()
    read = execute(run, tool(sandbox, "track"), {"userId": "ada", "event": "Paid", "messageId": "m" * 30_000})
    assert len(str(read.content)) < 500
    assert [call.message_id for call in sandbox.accepted_calls] == ["m" * 30_000]


@pytest.mark.parametrize(
    ("redact", "left"),
    [(True, "[redacted]"), (["traits.*"], "[redacted]"), (False, "about ada")],
)
def test_redaction_concerns_the_api_s_answer_too(redact: Any, left: str) -> None:
    sent = SentRequest(size=1, attempts=1, http_status=200)
    receipt = Receipt(
        status="accepted",
        call="track",
        strict=True,
        message_ids=("a",),
        http_status=200,
        response_json={"meta": {"note": "about ada"}},
        requests=(sent,),
    )
    content, artifact = to_tool_output(receipt, http=True, redact=redact)
    assert content["response_json"] == artifact.response_json == {"meta": {"note": left}}
    assert artifact == receipt.model_copy(update={"response_json": {"meta": {"note": left}}})
