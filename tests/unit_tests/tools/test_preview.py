"""What the person who decides reads: short, the risk first, and nothing that could pass for our own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_customerio import Alias, Batch, Group, Identify, Page, Policy, Track
from langchain_customerio.tools.preview import description, preview, summary

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


UNSUBSCRIBED = {"unsubscribed": True}


@given(st.text(max_size=200), st.text(max_size=200))
def test_a_preview_keeps_its_lines_whatever_names_hold(event: str, user: str) -> None:
    call = Track.model_construct(
        user_id=user, event=event, **dict.fromkeys(Track.model_fields.keys() - {"user_id", "event"})
    )
    lines = preview(call, Policy()).split("\n")
    assert lines[0].startswith("track ")
    assert all(line.startswith("Risk: ") for line in lines[1:])
    assert all(line.isprintable() and len(line) < 400 for line in lines)


def test_the_risky_items_of_a_batch_come_first_and_the_rest_is_counted() -> None:
    deleted, unsubscribed = Track(user_id="eve", event="User Deleted"), Identify(user_id="bob", traits=UNSUBSCRIBED)
    harmless = [Track(user_id="ada", event="Paid")] * 40
    lines = preview(Batch(batch=[*harmless, deleted, unsubscribed]), Policy()).split("\n")
    assert lines[:5] == [
        "batch of 42: 41 track, 1 identify",
        "Risk: batch[40].event: deletes the person for good; the same id can be added again",
        "Risk: batch[41].traits.unsubscribed: changes consent",
        'batch[40] track "User Deleted" for "eve"',
        'batch[41] identify for "bob" setting "unsubscribed"',
    ]
    assert lines[5] == 'batch[0] track "Paid" for "ada"'
    assert lines[-1] == "and 30 more"
    assert len(lines) == 16


def test_many_risks_are_counted_too() -> None:
    aliases = [Alias(previous_id="a", user_id="b")] * 20
    lines = preview(Batch(batch=[*aliases, Identify(user_id="bob", traits=UNSUBSCRIBED)]), Policy()).split("\n")
    assert lines[13:15] == [
        "Risk: 8 more: merges two ids, which may not be undone",
        "Risk: 1 more: changes consent",
    ]
    assert lines[-1] == "and 9 more"


def test_nothing_irreversible_is_left_out_however_much_stands_before_it() -> None:
    mild = [Identify(user_id=f"u{i}", traits=UNSUBSCRIBED) for i in range(60)]
    deleted = [Track(user_id=f"d{i}", event="User Deleted") for i in range(30)]
    text = preview(Batch(batch=[*mild, *deleted]), Policy())
    assert text.count("deletes the person for good") == 30
    assert all(f'track "User Deleted" for "d{i}"' in text for i in range(30))
    assert "Risk: 60 more: changes consent" in text


def test_the_preview_names_the_workspace() -> None:
    text = preview(Track(user_id="ada", event="Paid"), Policy(), "https://cdp.customer.io/v1 (key 0a1b2c3d)")
    assert text.split("\n")[0] == "Workspace: https://cdp.customer.io/v1 (key 0a1b2c3d)"


@pytest.mark.parametrize("user", ["\u0430da", "ada\ufe0f", "ada\u3164", "ad\u0131", "ada\u2800"])
def test_an_id_that_only_looks_like_another_is_seen_to_be_one(user: str) -> None:
    shown = summary(Track(user_id=user, event="Paid"))
    assert user.encode("ascii", "backslashreplace").decode() in shown
    assert shown != summary(Track(user_id="ada", event="Paid"))


def test_an_event_of_your_own_is_no_risk() -> None:
    call = Track(user_id="ada", event="Device Added")
    assert "Risk" in preview(call, Policy())
    assert preview(call, Policy(plain_events=["Device Added"])) == 'track "Device Added" for "ada"'


def test_the_description_shows_the_body_below_the_preview() -> None:
    text = description(Identify(user_id="ada", traits={"note": "a\u202eb\n", "city": "Łódź"}), Policy())
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
    text = description(Identify(user_id="ada", traits={"note": "x" * 9_000}), Policy())
    assert text.endswith(" more characters)")
    assert len(text) < 4_200
