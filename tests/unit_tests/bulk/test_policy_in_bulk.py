"""A load is bound by the policy like any tool: what arrives at the sandbox, and what is refused and why."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from langchain_customerio import Policy
from langchain_customerio.api.semantic_events import IRREVERSIBLE, REDIRECTING_PROPERTIES
from langchain_customerio.bulk import LoadReport, aload, load
from langchain_customerio.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Mode

Body = dict[str, Any]
Loading = tuple[Sandbox, "Callable[..., LoadReport]"]

PAID: Body = {"type": "track", "userId": "ada", "event": "Paid"}
PRO: Body = {"type": "identify", "userId": "ada", "traits": {"plan": "pro"}}


@pytest.fixture(params=["objects", "lines"])
def loading(request: pytest.FixtureRequest, mode: Mode) -> Loading:
    """Give a sandbox, and what loads bodies into it: as objects or as lines of JSON, sync or async."""
    sandbox = Sandbox()

    def loaded(*bodies: Body, **settings: Any) -> LoadReport:
        records: list[Any] = [orjson.dumps(body) for body in bodies] if request.param == "lines" else list(bodies)
        with sandbox.client() as client:
            if mode == "sync":
                return load(client, records, policy=Policy(**settings))
            return asyncio.run(aload(client, records, policy=Policy(**settings)))

    return sandbox, loaded


def taken(sandbox: Sandbox) -> list[Body]:
    """Return the calls that arrived, without what the sending adds."""
    return [
        {name: value for name, value in each.call.items() if name not in {"messageId", "context"}}
        for each in sandbox.accepted_calls
    ]


HARMFUL: list[Body] = [
    {"type": "track", "userId": "ada", "event": "User Deleted"},
    {"type": "track", "userId": "ada", "event": "User Suppressed"},
    {"type": "track", "anonymousId": "x", "event": "Object Deleted", "properties": {"objectId": "acme"}},
    {"type": "track", "userId": "ada", "event": "user  deleted "},
    {"type": "track", "userId": "ada", "event": "Us\u0435r Deleted"},
    {"type": "track", "userId": "ada", "event": "Delete Person"},
    *({**PAID, "properties": {name: "eve@example.com"}} for name in sorted(REDIRECTING_PROPERTIES)),
    {"type": "page", "userId": "ada", "properties": {"Reply-To": "eve@example.com"}},
]


def test_what_is_refused_by_default_is_refused_in_a_load_and_the_rest_is_sent(loading: Loading) -> None:
    sandbox, loaded = loading
    report = loaded(PRO, *HARMFUL, PAID, *HARMFUL)  # the second time, every name is known
    assert taken(sandbox) == [PRO, PAID]
    assert (report.delivered, report.refused) == (2, 2 * len(HARMFUL))
    assert (sandbox.deleted, sandbox.suppressed) == ([], set())


def test_what_the_policy_allows_is_sent_in_a_load(loading: Loading) -> None:
    sandbox, loaded = loading
    report = loaded(PRO, *HARMFUL[:3], allow_destructive=True)
    assert (report.delivered, {deletion.event for deletion in sandbox.deleted}) == (4, set(IRREVERSIBLE))


@pytest.mark.parametrize(
    "other",
    [
        {**PAID, "userId": "bob"},
        {**PAID, "user_id": "bob", "userId": None},
        {**PAID, "userId": "ADA"},
        {**PAID, "userId": "cio_0a1b"},
        {**PAID, "anonymousId": "visitor-7"},
        {**PAID, "context": {"traits": {"id": "bob"}}},
        {**PRO, "traits": {"id": "bob"}},
        {"type": "alias", "previousId": "ada", "userId": "bob"},
    ],
    ids=str,
)
def test_a_load_for_one_person_fills_them_in_and_refuses_anybody_else(loading: Loading, other: Body) -> None:
    sandbox, loaded = loading
    nobody = {"type": "track", "event": "Paid"}
    report = loaded(PAID, other, nobody, other, person="ada")
    assert taken(sandbox) == [PAID, PAID]
    assert (report.delivered, report.refused) == (2, 2)
    assert ["one person only" in reason or "given twice" in reason for reason in report.reasons] == [True]


@pytest.mark.parametrize(
    ("settings", "refused"),
    [
        ({"calls": ["track"]}, PRO),
        ({"events": ["Pa*", "!Part *"]}, {**PAID, "event": "Part Paid"}),
        ({"events": ["!signed up"]}, {**PAID, "event": "Signed  UP"}),
        ({"traits": ["plan"]}, {**PRO, "traits": {"plan": "pro", "email": "x"}}),
        ({"traits": ["!*.number"]}, {**PRO, "traits": {"cards": [{"number": 1}]}}),
        ({"groups": ["acme"]}, {"type": "group", "groupId": "other"}),
        ({"integrations": ["Mixpanel"]}, {**PAID, "integrations": {"All": False}}),
        ({"allow_alias": False}, {"type": "alias", "previousId": "ada", "userId": "bob"}),
        ({"allow_consent": False}, {**PRO, "traits": {"unsubscribed": True}}),
        ({"allow_consent": False}, {**PRO, "traits": {"cio_subscription_preferences[topics]": True}}),
        ({"approve": "risky"}, {**PRO, "traits": {"unsubscribed": True}}),
    ],
    ids=str,
)
def test_the_lists_and_switches_of_a_policy_hold_in_a_load(
    loading: Loading, settings: dict[str, Any], refused: Body
) -> None:
    sandbox, loaded = loading
    report = loaded(PAID, refused, PAID, refused, **settings)
    assert taken(sandbox) == [PAID, PAID]
    assert (report.delivered, report.refused) == (2, 2)


def test_the_size_of_a_batch_holds_in_a_load(loading: Loading) -> None:
    sandbox, loaded = loading
    loaded(*[PAID] * 10, max_batch=3)
    assert sorted(len(entry.calls) for entry in sandbox.ledger) == [1, 3, 3, 3]


@pytest.mark.parametrize("settings", [{}, {"max_batch": 1}, {"person": "ada"}])
def test_a_load_sends_no_more_than_its_number_of_writes(loading: Loading, settings: dict[str, Any]) -> None:
    sandbox, loaded = loading
    report = loaded(*[{**PAID, "messageId": "one-and-the-same"}] * 50, *HARMFUL, max_writes=7, **settings)
    assert (len(sandbox.accepted_calls), report.delivered, report.refused) == (7, 7, 43 + len(HARMFUL))


def test_a_dry_run_of_a_load_sends_nothing_and_refuses_what_a_real_one_would(loading: Loading) -> None:
    sandbox, loaded = loading
    report = loaded(PAID, *HARMFUL, dry_run=True)
    assert (sandbox.ledger, report.refused) == ([], len(HARMFUL))
