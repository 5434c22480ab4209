"""From a call to the exact bytes on the wire: ids, headers, context, and the preview of all that."""

from __future__ import annotations

import gzip
import json
import re
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest
from typing_extensions import override

from langchain_customerio import Alias, Batch, Group, Identify, Page, RetryPolicy, Screen, Track
from langchain_customerio.client.exchange import Exchange, Outgoing
from langchain_customerio.client.hooks import Hooks, Outcome, RequestInfo
from langchain_customerio.sandbox import Sandbox
from tests.cases import Case, each_case

if TYPE_CHECKING:
    from langchain_customerio.api.calls import Call
    from tests.conftest import Run

Json = dict[str, Any]
LIBRARY = {"name": "langchain-customerio", "version": version("langchain-customerio")}
LIBRARY_JSON = json.dumps(LIBRARY, separators=(",", ":"))
ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox()


BODIES: list[tuple[Call, str]] = [
    (
        Identify(user_id="ada", traits={"plan": "pro", "nick": None}, message_id="m1"),
        '{"userId":"ada","traits":{"plan":"pro","nick":null},"messageId":"m1","context":{"library":LIBRARY}}',
    ),
    (
        Track(user_id="ada", event="Zażółć 🙂", properties={"total": 20.5, "n": 10**18}, message_id="m1"),
        (
            '{"userId":"ada","event":"Zażółć 🙂","properties":{"total":20.5,"n":1000000000000000000},"messageId":"m1",'
            '"context":{"library":LIBRARY}}'
        ),
    ),
    (
        Page(anonymous_id="v", name="Home", context={"ip": "8.8.8.8"}, message_id="m1"),
        '{"anonymousId":"v","name":"Home","context":{"library":LIBRARY,"ip":"8.8.8.8"},"messageId":"m1"}',
    ),
    (
        Screen(user_id="ada", context={"library": {"name": "mine"}}, message_id="m1"),
        '{"userId":"ada","context":{"library":{"name":"mine"}},"messageId":"m1"}',
    ),
    (
        Group(group_id="acme", user_id="ada", integrations={"All": False}, message_id="m1", timestamp="2026-11-23"),
        (
            '{"groupId":"acme","userId":"ada","integrations":{"All":false},"messageId":"m1","timestamp":"2026-11-23",'
            '"context":{"library":LIBRARY}}'
        ),
    ),
    (
        Batch(
            batch=[
                Alias(previous_id="v", user_id="ada", message_id="m1"),
                Track(user_id="ada", event="E", message_id="m2", context={"ip": "8.8.8.8"}),
            ],
            context={"locale": "pl"},
        ),
        (
            '{"batch":[{"type":"alias","previousId":"v","userId":"ada","messageId":"m1"},'
            '{"type":"track","userId":"ada","event":"E","context":{"library":LIBRARY,"ip":"8.8.8.8"},"messageId":"m2"}],'
            '"context":{"library":LIBRARY,"locale":"pl"}}'
        ),
    ),
    (
        Batch(batch=[Screen(user_id="ada", message_id="m1")], context={"library": {"name": "mine"}}),
        '{"batch":[{"type":"screen","userId":"ada","messageId":"m1"}],"context":{"library":{"name":"mine"}}}',
    ),
]


@pytest.mark.parametrize(("call", "body"), BODIES, ids=lambda value: getattr(value, "kind", ""))
def test_a_call_goes_out_as_exactly_these_bytes(call: Call, body: str, sandbox: Sandbox, run: Run) -> None:
    with sandbox.client() as client:
        run.send(client, call)
    (entry,) = sandbox.ledger
    assert entry.body.decode() == body.replace("LIBRARY", LIBRARY_JSON)
    assert (entry.method, entry.path) == ("POST", f"/v1/{call.kind}")
    assert entry.headers["content-type"] == "application/json"
    assert entry.headers["user-agent"] == f"langchain-customerio/{LIBRARY['version']}"
    assert entry.headers["content-length"] == str(len(entry.body))


@each_case
def test_a_call_without_ids_gets_one_ulid_for_itself_or_for_each_item(case: Case, sandbox: Sandbox, run: Run) -> None:
    with sandbox.client() as client:
        receipts = [run.send(client, case.call.parse(without_ids(case.complete))) for _ in range(2)]
    ids = [message_id for receipt in receipts for message_id in receipt.message_ids]
    assert [call.message_id for call in sandbox.accepted_calls] == ids
    assert len(set(ids)) == len(ids) == 2 * len(case.complete.get("batch", [None]))
    assert all(ULID.fullmatch(message_id) for message_id in ids)
    assert receipts[0].message_id == ids[0]


def without_ids(body: Json) -> Json:
    return {
        name: [without_ids(item) for item in value] if name == "batch" else value
        for name, value in body.items()
        if name != "messageId"
    }


@each_case
def test_an_id_of_the_callers_own_is_kept(case: Case, sandbox: Sandbox, run: Run) -> None:
    call = case.call.parse(case.complete)
    with sandbox.client() as client:
        receipt = run.send(client, call)
    own = [item.get("messageId") for item in case.complete.get("batch", [case.complete])]
    assert list(receipt.message_ids) == own == [call.message_id for call in sandbox.accepted_calls]


@pytest.mark.parametrize(("strict", "header"), [(True, "1"), (False, None)])
@each_case
def test_the_strict_header_is_exactly_1_or_not_there(
    *, case: Case, strict: bool, header: str | None, sandbox: Sandbox, run: Run
) -> None:
    with sandbox.client() as client:
        receipt = run.send(client, case.call.parse(case.minimal), strict=strict)
    (entry,) = sandbox.ledger
    assert entry.headers.get("x-strict-mode") == header
    assert receipt.strict is strict
    assert receipt.status == ("accepted" if strict else "received")


@pytest.mark.parametrize("strict", [True, False])
@each_case
def test_a_preview_shows_the_request_that_would_be_sent_and_sends_nothing(
    *, case: Case, strict: bool, sandbox: Sandbox
) -> None:
    with sandbox.client(api_key="0123456789abcdef") as client:
        call = case.call.parse(case.complete)
        preview = client.preview(call, strict=strict)
        assert sandbox.ledger == []
        sent = client.send(call, strict=strict)
    (entry,) = sandbox.ledger
    (shown,) = preview.previews
    assert (preview.status, preview.http_status, preview.attempts) == ("dry_run", None, 0)
    assert shown.url.endswith(entry.path)
    assert shown.body == entry.json
    assert (preview.size, preview.message_ids) == (sent.size, sent.message_ids)
    assert {name.lower(): value for name, value in shown.headers.items()}.items() <= entry.headers.items()
    assert ("X-Strict-Mode" in shown.headers) is strict
    assert "0123456789abcdef" not in preview.model_dump_json()


# What a load sends


def test_what_is_compressed_is_sent_as_it_is_and_said_to_be(sandbox: Sandbox, run: Run) -> None:
    content = b'{"batch":[{"type":"identify","userId":"ada","messageId":"m1"}]}'
    with sandbox.client() as client:
        exchange = client.exchange(Outgoing("batch", gzip.compress(content), strict=True, message_ids=(), gzip=True))
        run.method(client, "deliver", exchange)
    assert exchange.answer == {}
    assert list(sandbox.people) == ["ada"]
    assert exchange.request.json() == json.loads(content)
    exchange.forget()
    assert exchange.request.body == b""


@pytest.mark.parametrize(
    ("fault", "about_an_item"),
    [
        *(({"status": status}, True) for status in (400, 413, 422)),
        *(({"status": status}, False) for status in (301, 401, 404, 408, 429, 500)),
        ({"status": 200, "body": '{"meta": {"errors": ["no"]}}'}, True),
        ({"status": 200, "body": "<html>"}, False),
        ({"reset": "connect"}, False),
    ],
    ids=str,
)
def test_which_refusals_one_item_may_be_to_blame_for_is_known_here(
    *, fault: dict[str, Any], about_an_item: bool, sandbox: Sandbox, run: Run
) -> None:
    sandbox.fail(**fault, times=None)
    with sandbox.client(retry=RetryPolicy(attempts=1)) as client:
        exchange = client.exchange(Outgoing("batch", b'{"batch":[]}', strict=True, message_ids=()))
        run.method(client, "deliver", exchange)
    assert exchange.answer is None
    assert exchange.is_about_an_item is about_an_item


def test_an_exchange_has_no_place_to_go_before_it_is_delivered(sandbox: Sandbox) -> None:
    exchange = sandbox.client().exchange(Outgoing("batch", b"{}", strict=True, message_ids=()))
    with pytest.raises(RuntimeError, match="has not been given a target"):
        exchange.signed()
    assert exchange.error().host == ""


def test_what_a_caller_waits_beyond_a_pause_does_not_count_towards_the_deadline(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr("langchain_customerio.client.attempts.time.monotonic", lambda: now[0])
    sandbox.fail(status=503, times=3)

    def wait(_: Exchange, seconds: float) -> None:
        now[0] += 1_000.0 + seconds  # for one's turn, as a load does

    with sandbox.client(retry=RetryPolicy(base_delay=1.0, deadline=10.0)) as client:
        exchange = client.exchange(Outgoing("batch", b'{"batch":[]}', strict=True, message_ids=()))
        client.deliver(exchange, wait)
    assert (exchange.answer, exchange.attempts) == ({}, 4)


def test_a_request_that_is_called_off_before_its_first_attempt_is_not_told_of(sandbox: Sandbox) -> None:
    class Ended(Hooks):
        @override
        def on_end(self, request: RequestInfo, outcome: Outcome) -> None:
            raise AssertionError(outcome)

    def call_off(_: Exchange, __: float) -> None:
        raise LookupError

    with sandbox.client(hooks=Ended()) as client:
        exchange = client.exchange(Outgoing("batch", b"{}", strict=True, message_ids=()))
        with pytest.raises(LookupError):
            client.deliver(exchange, call_off)
    assert (exchange.attempts, sandbox.ledger) == (0, [])
