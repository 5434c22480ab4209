"""The section for a system prompt: short, and right about the tools, their style and their policy."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from langchain_customerio import CustomerioPipelinesToolkit, Policy
from tests.tokens import tokens
from tests.unit_tests.tools.test_tokens import MOST_FOR_INSTRUCTIONS

STYLES = ("two_mode", "typed")
POLICIES = tuple(
    {"person": person, "allow_destructive": destructive, "allow_alias": alias, "approve": approve, "dry_run": dry}
    for person, destructive, alias, approve, dry in itertools.product(
        (None, "ada"), (False, True), (False, True), (None, "risky"), (False, True)
    )
)
ONE_TOOL = {"two_mode": ("track_user_event",), "typed": ("customerio_track",)}

each_style = pytest.mark.parametrize("style", STYLES)


def section(style: Any, *, strict: bool | None = None, tools: tuple[str, ...] | None = None, **policy: Any) -> str:
    return CustomerioPipelinesToolkit(style=style, strict=strict, tools=tools, policy=Policy(**policy)).instructions()


@each_style
@pytest.mark.parametrize("strict", [None, False, True], ids=["as asked", "permissive", "strict"])
def test_every_combination_is_small(style: str, *, strict: bool | None) -> None:
    for chosen, policy in itertools.product((None, ONE_TOOL[style], ("batch", "track")), POLICIES):
        assert 0 < tokens(section(style, strict=strict, tools=chosen, **policy)) <= MOST_FOR_INSTRUCTIONS


@each_style
def test_it_says_which_tool_is_for_what(style: str) -> None:
    text = section(style)
    assert (
        "Use identify for who a person is, track for what they did, page for web views, screen for app views, group for"
        " companies, alias for merging ids, batch for several calls."
    ) in text


@each_style
def test_it_speaks_of_the_tools_that_there_are(style: str) -> None:
    assert "Use track for what they did, batch for several calls. " in section(style, tools=("batch", "track"))
    assert "Use " not in section(style, tools=ONE_TOOL[style])


@each_style
@pytest.mark.parametrize(
    ("policy", "uses"),
    [
        ({"calls": ["track", "group"]}, "Use track for what they did, group for companies. "),
        ({"calls": ["!alias", "!page", "!screen", "!identify", "!group"]}, "did, batch for several calls. "),
        ({"person": "ada"}, "group for companies, batch"),
        ({"allow_alias": False}, "group for companies, batch"),
    ],
)
def test_it_recommends_no_call_that_the_policy_never_allows(style: str, policy: Any, uses: str) -> None:
    assert uses in section(style, **policy)


def test_a_toolkit_without_tools_has_nothing_to_say() -> None:
    assert section("typed", calls=["!*"]) == ""


@each_style
@pytest.mark.parametrize(
    ("policy", "sentence"),
    [
        ({"person": "ada"}, 'Acts for "ada" alone: leave out user ids.'),
        ({"person": lambda _: "ada"}, "Acts for the person that the application names alone: leave out user ids."),
        ({"allow_destructive": False}, "Not allowed unless an operator changes it: deleting people or groups."),
        ({"allow_destructive": []}, "Not allowed unless an operator changes it: deleting people or groups."),
        ({"allow_destructive": True, "allow_alias": False}, "Not allowed unless an operator changes it: merging ids."),
        ({"allow_consent": False, "allow_destructive": True}, "an operator changes it: changes of consent."),
        ({"allow_contact_changes": False}, "people or groups, changes of e-mail, phone or ids."),
        ({"approve": "all"}, "Every call waits for a person's approval."),
        ({"approve": "risky"}, "A risky call waits for a person's approval."),
        ({"max_writes": 200}, "At most 200 calls in a run."),
        ({"dry_run": True}, "Trial set-up: nothing is sent, and you cannot change that. Claim nothing as done."),
    ],
)
def test_it_says_what_the_policy_means_for_the_model(style: str, policy: Any, sentence: str) -> None:
    assert sentence in section(style, **policy)
    other = section(style, allow_destructive=["User Deleted"])
    assert sentence not in other


@each_style
def test_it_says_what_a_result_means(style: str) -> None:
    proven = "Results: accepted = validated and taken; an error says whether anything was stored. Claim no more."
    either = "accepted = validated and taken; received = not validated, so unproven; an error says"
    assert section(style, strict=True).endswith(proven)
    assert (either in section(style)) is (style == "two_mode")
    assert section(style).endswith(proven) is (style == "typed")
    assert "Results: received = not validated, so unproven; an error says" in section(style, strict=False)
    assert "Validation is off, and you cannot change that." in section(style, strict=False)
    assert "partly_… = see not_sent" in section(style, send_valid_items=True)
    assert "accepted" not in section(style, dry_run=True)


@each_style
def test_what_is_known_only_in_a_run_is_not_promised(style: Any) -> None:
    text = CustomerioPipelinesToolkit(style=style, policy=lambda _: Policy()).instructions()
    assert "What else is allowed depends on the run; a refusal says so." in text
    assert "Not allowed" not in text


def test_only_two_modes_are_explained_where_there_are_two() -> None:
    assert 'Mode "execute"' in section("two_mode")
    assert 'Set the strict flag to "1"' in section("two_mode")
    assert "strict flag" not in section("two_mode", strict=True)
    assert "mode" not in section("typed").lower()


def test_typed_tools_of_their_own_are_preferred_where_there_are_any() -> None:
    sentence = "Where a thing has a tool of its own, use that one."
    assert sentence in section("typed")
    assert sentence not in section("typed", tools=("customerio_identify", "customerio_track"))
    assert sentence not in section("two_mode")
