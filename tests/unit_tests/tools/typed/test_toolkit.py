"""The typed tools of a toolkit: which there are under a policy, whom they act for, and how they divide the work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from langchain_customerio import CustomerioPipelinesToolkit, Policy
from langchain_customerio.api.semantic_events import ACTING_EVENTS
from langchain_customerio.tools.typed import TYPED_TOOLS
from tests.tool_calls import answer, error, message
from tests.typed_tools import (
    ANYTHING,
    BEFORE,
    BOB,
    DESTRUCTIVE,
    GENTLE,
    event,
    names,
    state,
    typed,
    with_preference,
    workspace,
)

if TYPE_CHECKING:
    from tests.conftest import Run

# Which tools there are


def test_the_tools_are_these_in_this_order_and_destructive_ones_only_where_the_policy_allows_them() -> None:
    assert names() == GENTLE
    assert names(policy=ANYTHING) == [*GENTLE, *DESTRUCTIVE]
    assert names(policy=Policy(allow_destructive=["User Deleted"])) == [*GENTLE, "delete_person"]


@pytest.mark.parametrize(
    ("policy", "missing"),
    [
        ({"allow_alias": False}, {"alias"}),
        ({"allow_consent": False}, {"set_subscription"}),
        ({"person": "ada"}, {"alias", "delete_object"}),
        ({"calls": ["!alias"]}, {"alias"}),
        ({"calls": ["!Batch "]}, {"batch"}),
        ({"calls": ["batch"]}, {*GENTLE, *DESTRUCTIVE}),
        ({"calls": ["identify"]}, {*GENTLE, *DESTRUCTIVE} - {"identify", "set_subscription"}),
        ({"calls": ["batch", "group"]}, {*GENTLE, *DESTRUCTIVE} - {"batch", "group"}),
        (
            {"calls": ["!track"]},
            {
                "track",
                "add_device",
                "remove_device",
                "remove_from_object",
                "unsuppress_person",
                *DESTRUCTIVE,
            },
        ),
        (
            {"events": ["Order *", "Device *"]},
            {"remove_from_object", "unsuppress_person", *DESTRUCTIVE},
        ),
        ({"events": ["!user deleted"]}, {"delete_person"}),
    ],
    ids=lambda given: str(sorted(given)) if isinstance(given, set) else str(given),
)
def test_a_tool_whose_call_the_policy_never_allows_is_left_out(policy: dict[str, Any], missing: set[str]) -> None:
    left = names(policy=Policy(allow_destructive=True, **policy))
    assert left == [name for name in [*GENTLE, *DESTRUCTIVE] if name not in missing]


def test_a_tool_that_was_made_by_itself_asks_the_policy_all_the_same(run: Run) -> None:
    sandbox = workspace()
    kinds: tuple[Any, ...] = TYPED_TOOLS  # each has a name of its own, which mypy cannot see
    for kind in kinds:
        if kind.event in ("User Deleted", "User Suppressed"):
            read = message(run, kind(client=sandbox.client()), user_id="ada")
            assert "for good" in error(read)
    assert state(sandbox) == BEFORE


def test_the_tools_for_acting_events_are_those_that_the_events_name() -> None:
    of_events = {kind.event: kind.model_fields["name"].default for kind in TYPED_TOOLS if kind.event}
    assert of_events == {acting.name: acting.tool for acting in ACTING_EVENTS.values() if acting.tool}


# One person


def test_the_policy_s_person_is_not_asked_for() -> None:
    tools = CustomerioPipelinesToolkit(style="typed", policy=Policy(person="ada", allow_destructive=True)).get_tools()
    assert tools
    for found in tools:
        assert not {"user_id", "anonymous_id"} & set(found.args)
        assert not {"user_id", "anonymous_id"} & set(found.tool_call_schema.model_json_schema()["properties"])  # type: ignore[union-attr] # a model class


@pytest.mark.parametrize(
    ("name", "arguments", "after"),
    [
        ("identify", {"traits": '{"plan": "free"}'}, {}),
        ("track", {"event": "Signed Up"}, {"events": [event("Signed Up")]}),
        ("batch", {"calls": '[{"type": "track", "event": "Signed Up"}]'}, {"events": [event("Signed Up")]}),
        (
            "set_subscription",
            {"what": "topic", "name": "1", "subscribed": False},
            with_preference("topics.topic_1", wanted=False),
        ),
        ("remove_device", {"token": "t1", "platform": "ios"}, {"devices": []}),
        ("remove_from_object", {"object_id": "acme"}, {"relationships": []}),
        ("delete_person", {}, {"people": [BOB], "relationships": [], "devices": []}),
    ],
    ids=lambda value: str(value)[:40],
)
def test_the_policy_s_person_is_filled_in(
    run: Run, name: str, arguments: dict[str, Any], after: dict[str, Any]
) -> None:
    sandbox = workspace()
    of = typed(sandbox, name, Policy(person="ada", allow_destructive=True))
    answer(message(run, of, **arguments))
    assert state(sandbox) == BEFORE | after


@pytest.mark.parametrize("whom", [{"user_id": "bob"}, {"userId": "bob"}, {"anonymous_id": "v7"}], ids=str)
def test_another_person_is_refused_although_nobody_was_asked_for(run: Run, whom: dict[str, str]) -> None:
    sandbox = workspace()
    text = error(message(run, typed(sandbox, "track", Policy(person="ada")), event="Signed Up", **whom))
    assert "act for one person only" in text
    assert state(sandbox) == BEFORE


# The generic tool and the semantic ones


@pytest.mark.parametrize("spelling", ["Device Deleted", "device deleted", "remove_device"])
def test_the_track_tool_names_the_tool_for_an_event_that_acts(run: Run, spelling: str) -> None:
    sandbox = workspace()
    assert error(message(run, typed(sandbox, "track"), user_id="ada", event=spelling)) == (
        "Not sent. event: acts instead of being recorded: it removes a device of the person."
        " Use customerio_remove_device."
    )
    assert state(sandbox) == BEFORE


def test_the_track_tool_names_no_tool_that_the_policy_takes_away(run: Run) -> None:
    sandbox = workspace()
    for policy in (
        Policy(),
        Policy(allow_destructive=True, events=["Order *"]),
        Policy(allow_destructive=["Object Deleted"]),
    ):
        text = error(message(run, typed(sandbox, "track", policy), user_id="ada", event="User Deleted"))
        assert "customerio_delete_person" not in text
        assert "Only a human operator can change that" in text
    assert state(sandbox) == BEFORE


def test_an_acting_event_without_a_tool_of_its_own_can_be_tracked(run: Run) -> None:
    sandbox = workspace()
    properties = {"deliveryId": "d1", "metric": "opened"}
    answer(message(run, typed(sandbox, "track"), user_id="ada", event="Report Delivery Event", properties=properties))
    assert [metric.delivery_id for metric in sandbox.delivery_metrics] == ["d1"]


def test_an_event_of_ones_own_that_only_looks_like_an_acting_one_is_recorded_where_the_policy_says_so(run: Run) -> None:
    sandbox = workspace()
    of = typed(sandbox, "track", Policy(plain_events=["Device Removed"]))
    answer(message(run, of, user_id="ada", event="Device Removed"))
    assert state(sandbox) == BEFORE | {"events": [event("Device Removed")]}
