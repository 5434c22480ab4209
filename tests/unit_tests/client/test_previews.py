"""What the person who decides reads: short, the risk first, and nothing that could pass for our own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_customerio import Alias, Batch, Group, Identify, Page, Track
from langchain_customerio.tools.approval import description, preview, quoted, summary

if TYPE_CHECKING:
    from langchain_customerio.api.calls import Call


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (Track(user_id="ada", event="Paid"), 'track "Paid" for "ada"'),
        (Page(anonymous_id="v7", user_id="ada", name="Pricing"), 'page "Pricing" for "ada" / "v7"'),
        (Group(group_id="acme", traits={"name": "Acme"}), 'group for "acme" setting "name"'),
        (Alias(previous_id="v7", user_id="ada"), 'alias for "ada" giving up "v7"'),
        (Identify(user_id="ada", traits={"plan": "pro", "age": 3}), 'identify for "ada" setting "plan", "age"'),
        (Batch(batch=[Identify(user_id="ada"), Track(user_id="ada", event="a")]), "batch of 2: 1 identify, 1 track"),
    ],
    ids=str,
)
def test_a_call_is_summed_up_in_one_line(call: Call, line: str) -> None:
    assert summary(call) == line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", '"plain"'),
        ('a" for "bob', r'"a\" for \"bob"'),
        ("a\nRisk: none", r'"a\nRisk: none"'),
        ("a\u202eb", r'"a\u202eb"'),
        ("a\u200bb", r'"a\u200bb"'),
        ("Łódź", '"Łódź"'),
        ("x" * 80, f'"{"x" * 80}"'),
        ("x" * 81, f'"{"x" * 79}…"'),
    ],
)
def test_what_somebody_made_up_is_shown_in_quotes_with_disguises_written_out(text: str, shown: str) -> None:
    assert quoted(text) == shown


UNSUBSCRIBED = {"unsubscribed": True}


@given(st.text(max_size=200), st.text(max_size=200))
def test_a_preview_keeps_its_lines_whatever_names_hold(event: str, user: str) -> None:
    call = Track.model_construct(
        user_id=user, event=event, **dict.fromkeys(Track.model_fields.keys() - {"user_id", "event"})
    )
    lines = preview(call).split("\n")
    assert lines[0].startswith("track ")
    assert all(line.startswith("Risk: ") for line in lines[1:])
    assert all(line.isprintable() and len(line) < 400 for line in lines)


def test_the_risky_items_of_a_batch_come_first_and_the_rest_is_counted() -> None:
    deleted, unsubscribed = Track(user_id="eve", event="User Deleted"), Identify(user_id="bob", traits=UNSUBSCRIBED)
    harmless = [Track(user_id="ada", event="Paid")] * 40
    lines = preview(Batch(batch=[*harmless, deleted, unsubscribed])).split("\n")
    assert lines[:5] == [
        "batch of 42: 41 track, 1 identify",
        "Risk: batch[40] deletes the person for good; the same id can be added again",
        "Risk: batch[41] changes consent: traits.unsubscribed",
        'batch[40] track "User Deleted" for "eve"',
        'batch[41] identify for "bob" setting "unsubscribed"',
    ]
    assert lines[5] == 'batch[0] track "Paid" for "ada"'
    assert lines[-1] == "and 30 more"
    assert len(lines) == 16


def test_many_risks_are_counted_too() -> None:
    lines = preview(Batch(batch=[Alias(previous_id="a", user_id="b")] * 20)).split("\n")
    assert lines[13] == "and 8 more"
    assert lines[-1] == "and 8 more"


def test_an_event_of_your_own_is_no_risk() -> None:
    call = Track(user_id="ada", event="Device Added")
    assert "Risk" in preview(call)
    assert preview(call, ["Device Added"]) == 'track "Device Added" for "ada"'


def test_the_description_shows_the_body_below_the_preview() -> None:
    text = description(Identify(user_id="ada", traits={"note": "a\u202eb\n", "city": "Łódź"}))
    assert text == (
        'identify for "ada" setting "note", "city"\n'
        "\n"
        "identify: {\n"
        '  "userId": "ada",\n'
        '  "traits": {\n'
        '    "note": "a\\u202eb\\n",\n'
        '    "city": "Łódź"\n'
        "  }\n"
        "}"
    )


def test_a_long_body_is_cut_and_says_so() -> None:
    text = description(Identify(user_id="ada", traits={"note": "x" * 9_000}))
    assert text.endswith("x…")
    assert len(text) < 4_200
