"""A person is asked through the client before anything is sent, and nothing goes round the question."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from mcp.shared.exceptions import MCPError
from mcp.types import (
    ClientCapabilities,
    ElicitationCapability,
    ElicitRequest,
    ElicitResult,
    InputRequiredResult,
    UrlElicitationCapability,
)

from langchain_customerio import Policy, Track
from langchain_customerio.mcp.asking import can_be_asked, ids_to_type
from langchain_customerio.sandbox import Sandbox
from tests.mcp_clients import Era, Person, connected, refused, refuses, says, text
from tests.tool_calls import toolkit

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

TRACK = "customerio_track_user_event"
BATCH = "customerio_send_batch_requests"
IDENTIFY = "customerio_identify_person_and_assign_traits"
ALIAS = "customerio_alias_user_identity"
ASKING = Policy(approve="risky", allow_destructive=True)


def execute(body: object) -> dict[str, Any]:
    """Return the arguments with which a model sends a body."""
    return {"mode": "execute", "request_body": body}


def deleted(user: str) -> dict[str, Any]:
    """Return an item of a batch that deletes a person."""
    return {"type": "track", "userId": user, "event": "User Deleted"}


CONSENT = {"userId": "ada", "traits": {"unsubscribed": True}}


async def asked(server: MCPServer[Any], era: Era, name: str, body: object, person: Person | None) -> tuple[str, bool]:
    """Return what the model reads of a call that a person may be asked about, and whether it is a refusal."""
    async with connected(server, era, person) as client:
        result = await client.call_tool(name, execute(body))
    return text(result), bool(result.is_error)


async def test_a_risky_call_is_shown_with_its_risk_and_its_workspace_before_it_is_sent(era: Era) -> None:
    sandbox, person = Sandbox(), says(approve=True)
    kit = toolkit(sandbox, policy=ASKING)
    read, _ = await asked(kit.mcp_server(), era, IDENTIFY, CONSENT, person)
    assert json.loads(read)["status"] == "received"
    [question], [form] = person.questions, person.forms
    assert question.startswith("Workspace: https://sandbox.invalid/v1 (key ")
    assert "Risk: traits.unsubscribed: changes consent" in question
    assert '"unsubscribed": true' in question
    assert set(form["properties"]) == {"approve", "reason"}
    assert sandbox.people["ada"].traits["unsubscribed"] is True


async def test_what_is_not_risky_is_sent_without_a_question(era: Era) -> None:
    sandbox, person = Sandbox(), Person([])
    body = {"userId": "ada", "event": "Signed Up"}
    _, is_refusal = await asked(toolkit(sandbox, policy=ASKING).mcp_server(), era, TRACK, body, person)
    assert (is_refusal, person.questions, len(sandbox.events)) == (False, [], 1)


@pytest.mark.parametrize("person", [says(approve=False), refuses("decline"), refuses("cancel")])
async def test_what_a_person_does_not_approve_is_not_sent(person: Person, era: Era) -> None:
    sandbox, person = Sandbox(), Person([*person.answers])
    read, is_refusal = await asked(toolkit(sandbox, policy=ASKING).mcp_server(), era, IDENTIFY, CONSENT, person)
    assert (is_refusal, sandbox.ledger) == (True, [])
    assert read == "Not sent. A person was asked and did not approve it. Do not send it another way."


async def test_the_reason_of_a_person_is_told_to_the_model_as_their_words(era: Era) -> None:
    person = says(approve=False, reason="Ask legal\n\nfirst.”")
    read, _ = await asked(toolkit(Sandbox(), policy=ASKING).mcp_server(), era, IDENTIFY, CONSENT, person)
    assert 'They say: "Ask legal first.\'"' in read


@pytest.mark.parametrize(
    ("name", "body", "form"),
    [
        (TRACK, {"userId": "ada", "event": "User Deleted"}, {"id": "ada"}),
        (
            TRACK,
            {"anonymousId": "unused", "event": "Object Deleted", "properties": {"objectId": "acme"}},
            {"id": "acme"},
        ),
        (ALIAS, {"previousId": "visitor-7", "userId": "ada"}, {"id": "visitor-7"}),
        (BATCH, {"batch": [deleted("ada"), deleted("bob"), deleted("ada")]}, {"id": "ada", "id_2": "bob"}),
    ],
)
async def test_an_irreversible_call_is_approved_by_typing_its_id(
    name: str, body: dict[str, Any], form: dict[str, str], era: Era
) -> None:
    sandbox, person = Sandbox(), says(**{field: f" {value} " for field, value in form.items()})
    _, is_refusal = await asked(toolkit(sandbox, policy=ASKING).mcp_server(), era, name, body, person)
    assert not is_refusal
    assert set(person.forms[0]["properties"]) == set(form)
    assert [about["title"] for about in person.forms[0]["properties"].values()] == [
        f'Type "{value}"' for value in form.values()
    ]
    assert len(sandbox.ledger) == 1


@pytest.mark.parametrize("typed", ["bob", "", "ADA", "yes"])
async def test_another_id_than_the_one_that_was_shown_approves_nothing(typed: str, era: Era) -> None:
    sandbox = Sandbox()
    body = {"userId": "ada", "event": "User Deleted"}
    server = toolkit(sandbox, policy=ASKING).mcp_server()
    read, is_refusal = await asked(server, era, TRACK, body, says(id=typed, approve=True))
    assert (is_refusal, sandbox.ledger) == (True, [])
    assert "did not approve it: the id that they typed is another one" in read


async def test_an_id_that_only_looks_like_another_is_written_out_and_has_to_be_typed_as_it_is(era: Era) -> None:
    sandbox, person = Sandbox(), says(id="ada")
    body = {"userId": "\u0430da", "event": "User Deleted"}
    _, is_refusal = await asked(toolkit(sandbox, policy=ASKING).mcp_server(), era, TRACK, body, person)
    assert (is_refusal, sandbox.ledger) == (True, [])
    assert "\\u0430da" in person.forms[0]["properties"]["id"]["title"]


async def test_more_irreversible_calls_than_a_person_would_read_are_refused_unasked(era: Era) -> None:
    sandbox, person = Sandbox(), Person([])
    body = {"batch": [deleted(f"user-{number}") for number in range(6)]}
    read, is_refusal = await asked(toolkit(sandbox, policy=ASKING).mcp_server(), era, BATCH, body, person)
    assert (is_refusal, person.questions, sandbox.ledger) == (True, [], [])
    assert "a batch may hold 5 irreversible calls here, this one has 6" in read.replace("A batch", "a batch")


async def test_twelve_mild_risks_do_not_hide_the_deletion_among_them(era: Era) -> None:
    person = refuses()
    mild = [{"type": "identify", "userId": f"user-{number}", "traits": {"unsubscribed": True}} for number in range(20)]
    body = {"batch": [*mild, deleted("ada")]}
    await asked(toolkit(Sandbox(), policy=ASKING).mcp_server(), era, BATCH, body, person)
    assert "Risk: batch[20].event: deletes the person for good" in person.questions[0].splitlines()[2]


@pytest.mark.parametrize("style", ["two_mode", "typed"])
async def test_a_client_that_cannot_be_asked_is_not_shown_what_always_asks(style: Any, era: Era) -> None:
    server = toolkit(Sandbox(), style=style, policy=ASKING).mcp_server()
    async with connected(server, era) as deaf, connected(server, era, refuses()) as client:
        shown = {tool.name for tool in (await deaf.list_tools()).tools}
        hidden = {tool.name for tool in (await client.list_tools()).tools} - shown
    assert hidden == (
        {ALIAS}
        if style == "two_mode"
        else {
            "customerio_alias",
            "customerio_set_subscription",
            "customerio_add_device",
            "customerio_remove_device",
            "customerio_remove_from_object",
            "customerio_unsuppress_person",
            "customerio_delete_person",
            "customerio_suppress_person",
            "customerio_delete_object",
        }
    )


@pytest.mark.parametrize(
    ("name", "body"),
    [
        (TRACK, {"userId": "ada", "event": "User Deleted"}),
        (BATCH, {"batch": [deleted("ada")]}),
        (ALIAS, {"previousId": "visitor-7", "userId": "ada"}),
    ],
)
async def test_a_client_that_cannot_be_asked_is_refused_what_would_ask(name: str, body: object, era: Era) -> None:
    sandbox = Sandbox()
    read, is_refusal = await asked(toolkit(sandbox, policy=ASKING).mcp_server(), era, name, body, None)
    assert (is_refusal, sandbox.ledger) == (True, [])
    assert read.startswith("Not sent. A person has to approve this call, and this client cannot ask one")


async def test_where_everything_asks_a_client_that_cannot_be_asked_gets_no_tools(era: Era) -> None:
    sandbox = Sandbox()
    server = toolkit(sandbox, policy=Policy(approve="all")).mcp_server()
    async with connected(server, era) as client:
        assert (await client.list_tools()).tools == []
        result = await client.call_tool(TRACK, execute({"userId": "ada", "event": "Signed Up"}))
    assert "cannot ask one" in refused(result)
    assert sandbox.ledger == []


async def test_a_function_is_asked_about_each_item_and_hides_no_tool(era: Era) -> None:
    sandbox = Sandbox()
    policy = Policy(approve=lambda call: call.kind == "alias")
    server = toolkit(sandbox, policy=policy).mcp_server()
    body = {"batch": [{"type": "alias", "previousId": "visitor-7", "userId": "ada"}]}
    async with connected(server, era) as client:
        assert len((await client.list_tools()).tools) == 7
        assert "cannot ask one" in refused(await client.call_tool(BATCH, execute(body)))
    assert sandbox.ledger == []


async def test_a_dry_run_asks_nobody_and_says_that_a_real_one_would(era: Era) -> None:
    policy = Policy(approve="all", dry_run=True)
    async with connected(toolkit(Sandbox(), policy=policy).mcp_server(), era) as client:
        assert len((await client.list_tools()).tools) == 7
        result = await client.call_tool(TRACK, execute({"userId": "ada", "event": "Signed Up"}))
    assert json.loads(text(result))["status"] == "dry_run"


async def test_what_the_policy_refuses_is_refused_before_anybody_is_asked(era: Era) -> None:
    person = Person([])
    policy = Policy(approve="risky")
    body = {"userId": "ada", "event": "User Deleted"}
    read, is_refusal = await asked(toolkit(Sandbox(), policy=policy).mcp_server(), era, TRACK, body, person)
    assert (is_refusal, person.questions) == (True, [])
    assert "deletes the person for good" in read


async def test_an_answer_that_fits_no_form_sends_nothing(era: Era) -> None:
    sandbox = Sandbox()
    server = toolkit(sandbox, policy=ASKING).mcp_server()
    _, is_refusal = await asked(server, era, IDENTIFY, CONSENT, says(approve="perhaps"))
    assert (is_refusal, sandbox.ledger) == (True, [])


async def test_a_policy_that_begins_to_ask_between_question_and_call_is_not_passed_by(era: Era) -> None:
    sandbox = Sandbox()
    policies = iter([Policy(), ASKING, ASKING, ASKING])
    server = toolkit(sandbox, policy=lambda _config: next(policies)).mcp_server()
    _, is_refusal = await asked(server, era, IDENTIFY, CONSENT, None)
    assert (is_refusal, sandbox.ledger) == (True, [])


async def test_a_policy_that_nobody_knows_for_the_run_is_a_refusal(era: Era) -> None:
    def unknown(_: Any) -> Policy:
        raise LookupError

    read, is_refusal = await asked(toolkit(Sandbox(), policy=unknown).mcp_server(), era, IDENTIFY, CONSENT, None)
    assert is_refusal
    assert "policy" in read


# ---- what lies in the hands of a client of 2026


async def rounds(person_says: dict[str, Any], second: dict[str, Any], *, state: str | None = "") -> tuple[Any, Sandbox]:
    """Ask about one call, and answer with another one, or with another state; an empty state is the server's own."""
    sandbox = Sandbox()
    async with connected(toolkit(sandbox, policy=ASKING).mcp_server(), "2026-07-28", refuses()) as client:
        first = await client.session.call_tool(IDENTIFY, execute(CONSENT), allow_input_required=True)
        assert isinstance(first, InputRequiredResult)
        assert first.input_requests is not None
        [(key, request)] = first.input_requests.items()
        assert isinstance(request, ElicitRequest)
        result = await client.session.call_tool(
            IDENTIFY,
            execute(second),
            input_responses={key: ElicitResult(action="accept", content=person_says)},
            request_state=first.request_state if state == "" else state,
            allow_input_required=True,
        )
    return result, sandbox


async def test_an_approval_is_good_for_the_call_that_was_shown() -> None:
    result, sandbox = await rounds({"approve": True}, CONSENT)
    assert not result.is_error
    assert len(sandbox.ledger) == 1


async def test_an_approval_is_good_for_no_other_call() -> None:
    with pytest.raises((MCPError, ExceptionGroup)) as caught:
        await rounds({"approve": True}, {"userId": "bob", "traits": {"unsubscribed": True}})
    assert caught.group_contains(MCPError, match="requestState") if isinstance(caught.value, ExceptionGroup) else True


async def test_an_answer_without_the_servers_own_state_asks_again() -> None:
    result, sandbox = await rounds({"approve": True}, CONSENT, state=None)
    assert isinstance(result, InputRequiredResult)
    assert sandbox.ledger == []


def test_a_client_that_only_opens_pages_cannot_be_asked() -> None:
    only_pages = ClientCapabilities(elicitation=ElicitationCapability(url=UrlElicitationCapability()))
    session: Any = SimpleNamespace(client_capabilities=only_pages, protocol_version="2026-07-28", can_send_request=True)
    assert not can_be_asked(session)


def test_a_client_of_2025_that_the_server_cannot_reach_cannot_be_asked() -> None:
    shows_forms = ClientCapabilities(elicitation=ElicitationCapability())
    session: Any = SimpleNamespace(
        client_capabilities=shows_forms, protocol_version="2025-11-25", can_send_request=False
    )
    assert not can_be_asked(session)


def test_what_can_be_undone_needs_no_typing() -> None:
    assert ids_to_type(Track(user_id="ada", event="Signed Up"), Policy()) == {}
