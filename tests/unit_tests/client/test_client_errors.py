"""What is told of a call that went wrong: the class, the API's own words, what may have arrived, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from langchain_customerio import (
    Batch,
    Identify,
    RejectedError,
    RetryPolicy,
    Track,
)
from langchain_customerio.errors import RedirectedError, UnexpectedAnswerError
from langchain_customerio.sandbox import Sandbox
from tests.unit_tests.client.test_client_faults import AT_ONCE, TRACK, failed

if TYPE_CHECKING:
    from tests.conftest import Run


@pytest.mark.parametrize(
    ("fault", "detail"),
    [
        (
            {"status": 400, "body": '{"meta": {"errors": ["no user", "no event"]}}'},
            "no user; no event",
        ),
        ({"status": 400, "body": '{"meta": {"error": "bad call"}}'}, "bad call"),
        ({"status": 400, "body": '{"meta": {"errors": []}, "message": "bad call"}'}, "bad call"),
        ({"status": 400, "body": '{"error": {"code": 7}}'}, "{'code': 7}"),
        ({"status": 400, "body": '{"errors": "one"}'}, "one"),
        ({"status": 400, "body": '{"meta": {"errors": "one"}}'}, "one"),
        ({"status": 400, "body": '{"meta": null}'}, ""),
        ({"status": 400, "body": "{}"}, ""),
        ({"status": 400, "body": "[1]"}, "[1]"),
        ({"status": 400, "body": '{"meta": {"errors": ["x'}, '{"meta": {"errors": ["x'),
        ({"status": 400, "body": b"\xff\xfe\x00bad"}, "�� bad"),
        ({"status": 503, "body": "<html><h1>Service\n Unavailable</h1></html>"}, "Service Unavailable"),
        ({"status": 413, "body": "x" * 5_000}, "x" * 199 + "…"),
        ({"status": 400, "body": "call of ada@example.com"}, "call of [e-mail]"),
        ({"redirect": "https://cdp-eu.customer.io/v1/track"}, "to cdp-eu.customer.io"),
        ({"redirect": "/v2/track"}, "to another path"),
        ({"status": 302}, ""),
    ],
)
def test_an_error_has_the_apis_own_words_cleaned(fault: dict[str, Any], detail: str, run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(**fault, times=None)
    error = failed(run, sandbox)
    assert error.detail == detail
    quoted = detail.replace('"', "'")
    assert (f'attempt: "{quoted}". ' in str(error) or f'attempts: "{quoted}". ' in str(error)) is (detail != "")
    assert str(error).count('"') == (2 if detail else 0) + str(error).count('"messageId": "m1"') * 4


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (401, "Nothing was stored. The API key is wrong here: a person has to correct it; trying again will not help."),
        (403, "Nothing was stored. The API key is wrong here: a person has to correct it; trying again will not help."),
        (301, "Nothing was stored. Probably the wrong region or base URL: a person has to correct it."),
        (400, "Nothing was stored. Correct the call, or report it; the same call will be refused again."),
        (413, "Nothing was stored. Send less at once."),
        (429, "Nothing was stored. Try again later in 5 s, or report that it was not sent."),
        (
            503,
            (
                "It may have been stored all the same. Report it as unconfirmed, or repeat it later in 5 s with"
                ' "messageId": "m1", so that it is not counted twice.'
            ),
        ),
    ],
)
def test_an_error_says_what_may_have_arrived_and_what_to_do(status: int, advice: str, run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=status, retry_after=5, times=None)
    error = failed(run, sandbox, retry=RetryPolicy(attempts=1))
    assert str(error) == f"Customer.io answered {status} to track after 1 attempt. {advice}"
    assert len(str(error).split()) <= 60


def test_a_batch_whose_ids_nobody_has_read_is_not_to_be_repeated_with_them(run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=503, times=None)
    batch = Batch(batch=[Track(user_id="ada", event="Paid"), Track(user_id="bob", event="Paid", message_id="m2")])
    error = failed(run, sandbox, batch, retry=RetryPolicy(attempts=1))
    assert len(error.message_ids) == 2
    assert str(error).endswith(
        "Report it as unconfirmed; if it is repeated, calls without a messageId of their own may count twice."
    )


@pytest.mark.parametrize("own", ["a\nb", 'a". It was stored. "', "x" * 101, "\u202ea"])
def test_an_id_that_could_pass_for_our_words_is_not_repeated(own: str, run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=503, times=None)
    error = failed(run, sandbox, Track(user_id="ada", event="Paid", message_id=own), retry=RetryPolicy(attempts=1))
    assert error.message_ids == (own,)
    assert str(error).endswith("or repeat it later with the same messageId, so that it is not counted twice.")


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 200, "body": "<html>Sign in</html>", "content_type": "text/html"},
        {"status": 200, "body": ""},
        {"status": 200, "body": "[]"},
        {"status": 200, "body": "{"},
        {"status": 202, "body": "ok"},
        {"status": 204},
        {"status": 200, "body": "{}", "headers": {"content-encoding": "gzip"}},
    ],
    ids=str,
)
@pytest.mark.parametrize("strict", [True, False])
def test_success_is_the_apis_json_object_and_nothing_else(*, fault: dict[str, Any], strict: bool, run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(**fault, times=None)
    with sandbox.client(retry=AT_ONCE) as client, pytest.raises(UnexpectedAnswerError) as caught:
        run.send(client, TRACK, strict=strict)
    assert (len(sandbox.ledger), caught.value.attempts, caught.value.message_ids) == (1, 1, ("m1",))
    assert caught.value.may_have_arrived
    assert "That is not the API's answer; probably the base URL is wrong: a person has to look." in str(caught.value)


def test_a_redirect_to_nowhere_is_an_error_like_any_other(run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(redirect="https://host:port/", times=None)
    assert failed(run, sandbox).attempts == 3
    assert {entry.method for entry in sandbox.ledger} == {"POST"}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed(status: int, run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(redirect="https://sandbox.invalid/v1/track", status=status)
    error = failed(run, sandbox)
    assert type(error) is RedirectedError
    assert [(entry.method, entry.outcome) for entry in sandbox.ledger] == [("POST", "faulted")]


def test_the_data_of_a_call_is_left_out_where_the_api_repeats_it(run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(
        status=400, body="event Signed Up of Ada (ada-7, 1815, None, True) has no plan in [pro, free]", times=None
    )
    properties = {"name": "Ada", "born": 1815, "died": None, "first": True, "plans": ["pro"], "type": "plan"}
    error = failed(run, sandbox, Track(user_id="ada-7", event="Signed Up", properties=properties))
    assert error.detail == "event Signed Up of [data] ([data], [data], None, True) has no plan in [[data], free]"
    assert f': "{error.detail}". Nothing was stored.' in str(error)


# Batches


ITEMS = [Identify(user_id=f"u{i}", traits={"fill": "x" * 24_000}, message_id=f"m{i}") for i in range(50)]


@pytest.mark.parametrize("passed", [0, 1, 2])
@pytest.mark.parametrize(
    ("fault", "rest"),
    [
        ({"status": 401}, "Nothing of the rest was stored"),
        ({"hangup": "after"}, "It may have been stored all the same"),
    ],
    ids=str,
)
def test_a_batch_that_fails_half_way_says_how_many_calls_had_been_delivered(
    passed: int, fault: dict[str, Any], rest: str, run: Run
) -> None:
    sandbox = Sandbox()
    sandbox.fail(**fault, after=passed, times=None)
    error = failed(run, sandbox, Batch(batch=ITEMS))  # type: ignore[arg-type] # a list of one kind is a list of six
    assert error.delivered == 20 * passed
    assert error.message_ids == tuple(f"m{i}" for i in range(20 * passed, min(20 * passed + 20, 50)))
    said = f" The first {20 * passed} calls of the batch had been delivered. {rest}. "
    assert (said in str(error)) is (passed > 0)
    assert set(sandbox.people) >= {f"u{i}" for i in range(error.delivered)}
    assert (len(sandbox.people) > error.delivered) is error.may_have_arrived


@pytest.mark.parametrize(("switch", "stored"), [("all_or_nothing", []), ("per_item", ["ada"])])
def test_a_refused_batch_does_not_claim_that_nothing_was_stored(switch: Any, stored: list[str], run: Run) -> None:
    sandbox = Sandbox(strict_batch=switch, group_only_track=False)
    call = Batch(batch=[Identify(user_id="ada"), Track(group_id="acme", event="E")])
    error = failed(run, sandbox, call)
    assert list(sandbox.people) == stored
    assert (type(error), error.may_have_arrived) == (RejectedError, True)
    assert 'batch[1]: userId or anonymousId is required". Good items may have been stored. ' in str(error)
    alone = failed(run, sandbox, Batch(batch=[Track(group_id="acme", event="E")]))
    assert not alone.may_have_arrived
    assert "Nothing was stored." in str(alone)
