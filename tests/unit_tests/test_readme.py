"""Every block of Python on our pages runs as a reader would run it: top to bottom, in an empty folder."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.documents import blocks, run_page

ROOT = Path(__file__).parents[2]
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")))


@pytest.mark.loopback
@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("page", PAGES)
def test_the_code_on_the_page_runs(page: str) -> None:
    text = (ROOT / page).read_text()
    assert run_page(text, page) == len(list(blocks(text)))


def test_the_readme_shows_code_for_each_way_to_use_the_tools() -> None:
    assert len(list(blocks((ROOT / "README.md").read_text()))) >= 4


@pytest.mark.parametrize("page", PAGES)
def test_every_fence_on_the_page_names_its_language(page: str) -> None:
    fences = [line.strip() for line in (ROOT / page).read_text().splitlines() if line.strip().startswith("```")]
    assert [opening for opening in fences[::2] if opening == "```"] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_link_within_the_page_leads_to_a_heading(page: str) -> None:
    text = (ROOT / page).read_text()
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE), re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert [link for link in re.findall(r"\]\(#([^)]+)\)", text) if link not in anchors] == []
