"""What builds the site: checks of what was built, examples in docstrings, the picture of the agent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.site.built import describe, faults
from tests.site.picture import lines, picture

if TYPE_CHECKING:
    from pathlib import Path

PAGE = """<!doctype html><html><head><meta name="description" content="About &amp; more.">
<link rel="stylesheet" href="style.css"></head><body>{body}</body></html>"""


def site(folder: Path, body: str = "", style: str = "") -> Path:
    """Write a site of one page."""
    (folder / "index.html").write_text(PAGE.format(body=body))
    (folder / "index.md").write_text("# Home\n")
    (folder / "style.css").write_text(style)
    (folder / "llms.txt").write_text("# Site\n\n- [Home](<http://127.0.0.1:8000/index.md>)\n")
    return folder


def test_a_sound_site_has_no_faults(tmp_path: Path) -> None:
    assert list(faults(site(tmp_path, '<a href="index.html">home</a> <a href="https://example.com">there</a>'))) == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('<script src="https://cdn.example/x.js"></script>', "loads https://cdn.example/x.js from elsewhere"),
        ('<img src="there.png" alt="a picture">', "leads to there.png, which is not there"),
        ('<img src="style.css">', "shows style.css without words for those who do not see it"),
        ('<a href="../gone/">gone</a>', "leads to ../gone/, which is not there"),
        ("<p>--8<-- file</p>", "shows '--8<--' as it is written"),
    ],
)
def test_a_fault_of_a_page_is_found(tmp_path: Path, body: str, fault: str) -> None:
    assert list(faults(site(tmp_path, body))) == [f"index.html: {fault}"]


def test_a_style_that_loads_from_elsewhere_is_found(tmp_path: Path) -> None:
    found = list(faults(site(tmp_path, style="@font-face { src: url('https://fonts.example/f.woff2') }")))
    assert found == ["style.css: loads https://fonts.example/f.woff2"]


def test_a_page_without_its_markdown_or_outside_the_index_is_found(tmp_path: Path) -> None:
    site(tmp_path)
    (tmp_path / "llms.txt").write_text("# Site\n")
    assert list(faults(tmp_path)) == ["index.html: not in llms.txt"]
    (tmp_path / "index.md").unlink()
    assert list(faults(tmp_path)) == ["index.html: no Markdown beside it"]
    (tmp_path / "llms.txt").unlink()
    assert next(iter(faults(tmp_path))) == "llms.txt is missing"


def test_the_index_for_agents_says_what_each_page_is_about(tmp_path: Path) -> None:
    describe(site(tmp_path))
    assert (tmp_path / "llms.txt").read_text().splitlines()[-1].endswith("index.md>): About & more.")


def test_examples_in_docstrings_are_shown_as_code() -> None:
    fenced = pytest.importorskip("tests.site.docstrings", exc_type=ImportError).fenced
    assert fenced("It adds.\n\n>>> 1 + 1\n2\n\nMore.\n") == "It adds.\n\n```pycon\n>>> 1 + 1\n2\n```\n\nMore.\n"
    assert (
        fenced("Example:\n    >>> f()\n    Traceback\n")
        == "Example:\n    ```pycon\n    >>> f()\n    Traceback\n    ```\n"
    )
    assert fenced("Nothing to see.") == "Nothing to see."


PRINTED = """agent (scripted)
  I look.
  → tool  execute
    {"a": 1}
  ✓ accepted  0000000000XK4GJZJXMDXKWYTR

agent (scripted)
  And again.
  ✗ Not sent. a < b
  is wrong.
"""


def test_the_picture_shows_the_turns_with_ids_that_do_not_change() -> None:
    first, second = lines(PRINTED)
    assert first[:2] == ["agent", "  I look."]
    assert first[-1] == "  ✓ accepted  01KB5M3Q8W9VZT0R6XJYH2N4PC"
    assert second[-1] == "  is wrong."
    drawn = picture(PRINTED)
    assert drawn.count('<g class="turn"') == 2
    assert 'class="wrong"' in drawn
    assert "a &lt; b" in drawn
    assert "http" not in drawn.replace("http://www.w3.org/2000/svg", "")
