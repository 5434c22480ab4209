"""The drawing of what happened to a person."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.unit_tests.sandbox.driver import AT, identify, make, post, track

if TYPE_CHECKING:
    from langchain_customerio.sandbox import Sandbox
    from langchain_customerio.sandbox.timeline import Timeline


def lanes(drawing: Timeline) -> list[str]:
    """Return the names of the lanes, from the top."""
    return [text.get_text() for text in drawing.axes[0].get_yticklabels()]


def legend(drawing: Timeline) -> list[str]:
    found = drawing.axes[0].get_legend()
    return [text.get_text() for text in found.get_texts()] if found else []


def busy() -> Sandbox:
    now = AT
    sandbox = make(clock=lambda: now)
    track(sandbox, "Looked", anonymousId="v1")
    for number in range(3):
        now += timedelta(hours=1)
        track(sandbox, "Paid", userId="ada", messageId=f"m{number // 2}")
    post(sandbox, "/identify", {"userId": "ada", "anonymousId": "v1"})
    post(sandbox, "/track", {"userId": "ada"})
    post(sandbox, "/track", {"userId": "ada"}, strict=True)
    sandbox.fail(status=503)
    post(sandbox, "/track", {"userId": "ada", "event": "E"})
    track(sandbox, "Other", userId="bob")
    return sandbox


def test_each_kind_and_name_has_a_lane_and_each_outcome_a_mark() -> None:
    sandbox = busy()
    drawing = sandbox.timeline("ada")
    assert sorted(lanes(drawing)) == ["identify", "track", "track Looked", "track Paid"]
    assert lanes(drawing)[0] == "track Paid"
    assert legend(drawing) == ["accepted (4)", "duplicate (1)", "dropped (1)", "rejected (1)"]
    assert drawing.axes[0].get_title(loc="left") == "What happened to ada"
    for same in (sandbox.people["ada"], "v1"):
        assert lanes(sandbox.timeline(same)) == lanes(drawing)


def test_a_notebook_gets_a_drawing_that_is_readable_on_any_page() -> None:
    drawing = busy().timeline("ada")
    root = ET.fromstring(drawing._repr_svg_())  # noqa: S314 - our own drawing
    assert root.tag.endswith("svg")
    assert {patch.get_alpha() for patch in (drawing.patch, drawing.axes[0].patch)} == {0}


def test_rare_names_share_a_lane() -> None:
    sandbox = make()
    for number in range(20):
        track(sandbox, f"E{number:02}", userId="ada")
    track(sandbox, "E19", userId="ada")
    found = lanes(sandbox.timeline("ada"))
    assert (len(found), found[0], found[-1]) == (16, "track E19", "others")


def test_names_are_text_whatever_they_hold() -> None:
    sandbox = make()
    for name in ("$x^$", "<script>", "\x1b[31m\x00", "日本語のイベント", "e" * 500):
        track(sandbox, name, userId="ada$_$")
    drawing = sandbox.timeline("ada$_$")
    svg = drawing._repr_svg_()
    ET.fromstring(svg)  # noqa: S314 - our own drawing
    assert "<script>" not in svg
    assert r"track \x1b[31m\x00" in lanes(drawing)
    assert max(map(len, lanes(drawing))) == 40


def test_somebody_of_whom_nothing_is_known_has_an_empty_drawing() -> None:
    drawing = make().timeline("nobody")
    assert (lanes(drawing), legend(drawing)) == ([], [])
    assert [text.get_text() for text in drawing.axes[0].texts] == ["No call names this person."]
    assert drawing._repr_svg_()


def test_it_names_the_extra_when_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "langchain_customerio.sandbox.timeline", raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    sandbox = make()
    identify(sandbox)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'langchain-customerio\[notebook\]'"):
        sandbox.timeline("ada")
