"""The section for a system prompt: short, and right about the tools, their style and their policy."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from langchain_customerio import CustomerioPipelinesToolkit, Policy
from tests.unit_tests.tools.test_tokens import MOST_FOR_INSTRUCTIONS, tokens

STYLES = ("two_mode", "typed")
POLICIES = tuple(
    {"person": person, "allow_destructive": destructive, "allow_alias": alias, "approve": approve, "dry_run": dry}
    for person, destructive, alias, approve, dry in itertools.product(
        (None, "ada"), (False, True), (False, True), (None, "risky"), (False, True)
    )
)
ONE_TOOL = {"two_mode": ("track_user_event",), "typed": ("customerio_track",)}

each_style = pytest.mark.parametrize("style", STYLES)


def section(style: Any, *, strict: bool = False, tools: tuple[str, ...] | None = None, **policy: Any) -> str:
    return CustomerioPipelinesToolkit(style=style, strict=strict, tools=tools, policy=Policy(**policy)).instructions()


@each_style
@pytest.mark.parametrize("strict", [False, True], ids=["permissive", "strict"])
def test_every_combination_is_small(style: str, *, strict: bool) -> None:
    for chosen, policy in itertools.product((None, ONE_TOOL[style], ("batch", "track")), POLICIES):
        assert 0 < tokens(section(style, strict=strict, tools=chosen, **policy)) <= MOST_FOR_INSTRUCTIONS


@each_style
def test_it_says_which_tool_is_for_what(style: str) -> None:
    text = section(style)
    assert (
        "Use identify for who a person is, track for what they did, page for web views, screen for app views, group for"
        " companies, alias to merge ids, batch for several calls."
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
        ({"person": "ada"}, "They act for one person: leave out user ids."),
        ({"allow_destructive": False}, "They delete nobody."),
        ({"allow_destructive": []}, "They delete nobody."),
        ({"approve": "all"}, "A person may have to approve a call."),
        ({"dry_run": True}, "This is a dry run: nothing is sent, so claim nothing as done."),
    ],
)
def test_it_says_what_the_policy_means_for_the_model(style: str, policy: Any, sentence: str) -> None:
    assert sentence in section(style, **policy)
    other = section(style, allow_destructive=["User Deleted"])
    assert sentence not in other


@each_style
def test_it_says_what_a_result_means(style: str) -> None:
    assert section(style).endswith(
        "Results: accepted = the API took it; received = no proof that it was kept; an error = not stored, unless it"
        " says that it may have been. Claim no more than that."
    )
    assert "received" not in section(style, strict=True)
    assert "accepted = the API took it; an error" in section(style, strict=True)
    assert "accepted" not in section(style, dry_run=True)


def test_only_two_modes_are_explained_where_there_are_two() -> None:
    assert 'mode "execute"' in section("two_mode")
    assert 'set the strict flag to "1"' in section("two_mode")
    assert "strict flag" not in section("two_mode", strict=True)
    assert "mode" not in section("typed")


def test_typed_tools_of_their_own_are_preferred_where_there_are_any() -> None:
    sentence = "Where a thing has a tool of its own, use that one instead."
    assert sentence in section("typed")
    assert sentence not in section("typed", tools=("customerio_identify", "customerio_track"))
    assert sentence not in section("two_mode")
