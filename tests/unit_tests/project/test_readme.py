"""Every block of Python on our pages runs as a reader would run it: top to bottom, in an empty folder."""

from __future__ import annotations

import re
import textwrap
import tomllib

import pytest

from tests.documents import blocks, run_page
from tests.paths import ROOT

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


@pytest.mark.parametrize("page", PAGES)
def test_what_the_page_shows_of_an_example_is_in_one(page: str) -> None:
    shown = re.findall(r"^```py\n(.*?)^```$", (ROOT / page).read_text(), re.DOTALL | re.MULTILINE)
    examples = [path.read_text() for path in ROOT.glob("examples/**/*.py")]
    assert [text for text in shown if not any(textwrap.indent(text, " " * 4) in example for example in examples)] == []


def rows(page: str, heading: str) -> list[list[str]]:
    """Return the rows of the first table under a heading, cell by cell."""
    section = (ROOT / page).read_text().partition(f"# {heading}\n")[2].partition("\n#")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    assert len(lines) > 2
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_attacks_in_the_readme_are_those_of_the_security_page() -> None:
    heading = "Attacks and what happens"
    proved = [row[:2] for row in rows("SECURITY.md", heading)]
    assert [row for row in rows("README.md", heading) if row not in proved] == []


def test_the_twenty_mistakes_in_the_readme_are_those_that_are_tested_in_their_words() -> None:
    shown = [re.findall("`(.+?)`", row[-1])[-1] for row in rows("README.md", "What a model reads about its mistakes")]
    tested = (ROOT / "tests/unit_tests/tools/test_common_mistakes.py").read_text()
    assert len(shown) == len(re.findall(r"^def test_\d+_", tested, re.MULTILINE)) == 20
    assert [words for words in shown if words not in tested] == []


def test_what_the_readme_says_of_the_evaluation_is_what_its_own_page_says() -> None:
    readme, own = ((ROOT / page).read_text() for page in ("README.md", "tests/evals/README.md"))
    every, adverse = re.findall(r"(\d+) tasks in plain language.*?(\d+)\s+under adverse", own, re.DOTALL)[0]
    assert f"{every} tasks in plain language, {adverse} of them under adverse" in readme


def test_the_readme_says_what_each_extra_adds() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert sorted(row[0].strip("`") for row in rows("README.md", "Extras")) == sorted(extras)
