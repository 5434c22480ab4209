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
        ({"redirect": "https://cdp-eu.customer.io/v1/track"}, "cdp-eu.customer.io"),
        ({"redirect": "/v2/track"}, "another path"),
        ({"redirect": "https://[::1/"}, "an address that is none"),
        ({"status": 302}, ""),
    ],
)
def test_an_error_has_the_apis_own_words_cleaned(fault: dict[str, Any], detail: str, run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(**fault, times=None)
    error = failed(run, sandbox)
    assert error.detail == detail
    quoted = detail.replace('"', "'")
    assert (f' "{quoted}"' in str(error)) is (detail != "")
    assert str(error).count('"') == (2 if detail else 0) + str(error).count('message_id="m1"') * 2


REPEAT = 'or repeat it once now with message_id="m1", by which Customer.io can recognise it.'


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (
            401,
            "to track after 1 attempt. Nothing was stored. The key or the region is wrong: a person must correct it.",
        ),
        (
            403,
            "to track after 1 attempt. Nothing was stored. The key or the region is wrong: a person must correct it.",
        ),
        (301, "redirected track to nowhere (301). Nothing was stored. The region or the base URL is probably wrong: a"),
        (
            400,
            "to track after 1 attempt. Nothing was stored. Check the call against its schema, or report the refusal.",
        ),
        (404, "answered 404 to track after 1 attempt. Nothing was stored. The base URL or the network is probably"),
        (413, "answered 413 to track after 1 attempt. Nothing was stored. Shorten it, or report it."),
        (429, "still limited track after 1 attempt (429). It asks for a wait of 5 s. Nothing was stored. Report it as"),
        (
            503,
            f"after 1 attempt. It may have been stored. Report it as unconfirmed, {REPEAT}",
        ),
        (
            408,
            f"after 1 attempt. It may have been stored. Report it as unconfirmed, {REPEAT}",
        ),
    ],
)
def test_an_error_says_what_happened_whether_it_is_stored_and_what_to_do(status: int, says: str, run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=status, retry_after=5 if status in {408, 429, 503} else None, times=None)
    error = failed(run, sandbox, retry=RetryPolicy(attempts=1))
    assert str(error).startswith(f"{error.host} ")
    assert says in str(error)
    assert len(str(error).split()) <= 45


def test_a_batch_whose_ids_nobody_has_read_is_not_to_be_repeated_with_them(run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=503, times=None)
    batch = Batch(batch=[Track(user_id="ada", event="Paid"), Track(user_id="bob", event="Paid", message_id="m2")])
    error = failed(run, sandbox, batch, retry=RetryPolicy(attempts=1))
    assert len(error.message_ids) == 2
    assert str(error).endswith(
        "Report it as unconfirmed, and do not repeat it: calls without a messageId of their own could count twice."
    )


@pytest.mark.parametrize("own", ["a\nb", 'a". It was stored. "', "x" * 101, "\u202ea"])
def test_an_id_that_could_pass_for_our_words_is_not_repeated(own: str, run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=503, times=None)
    error = failed(run, sandbox, Track(user_id="ada", event="Paid", message_id=own), retry=RetryPolicy(attempts=1))
    assert error.message_ids == (own,)
    assert str(error).endswith("or repeat it once now with the same messageId, by which Customer.io can recognise it.")


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
    told = str(caught.value)
    assert told.endswith("The base URL or the network is probably wrong: a person must look.")
    page = fault.get("content_type") == "text/html"
    assert told.startswith("Something other than the Customer.io API answered") is page
    assert ("Almost surely nothing was stored." in told) is page
    assert ("It may have been stored." in told) is not page


def test_a_redirect_to_nowhere_is_an_error_like_any_other(run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(redirect="https://host:port/", times=None)
    assert failed(run, sandbox).attempts == 1
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
    assert f'; the server says: "{error.detail}". Nothing was stored.' in str(error)


# Batches


ITEMS = [Identify(user_id=f"u{i}", traits={"fill": "x" * 24_000}, message_id=f"m{i}") for i in range(50)]


@pytest.mark.parametrize("passed", [0, 1, 2])
@pytest.mark.parametrize(
    ("fault", "rest"),
    [
        ({"status": 401}, "Nothing of the rest was stored"),
        ({"hangup": "after"}, "It may have been stored"),
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
    said = f" The first {20 * passed} calls had been delivered. {rest}. "
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
    assert (
        'batch[1]: userId or anonymousId is required". The items that it does not refuse may have been stored. '
        in str(error)
    )
    alone = failed(run, sandbox, Batch(batch=[Track(group_id="acme", event="E")]))
    assert not alone.may_have_arrived
    assert "Nothing was stored." in str(alone)
