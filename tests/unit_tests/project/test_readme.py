"""The README is a front door: short, in LangChain's order, and true."""

from __future__ import annotations

import re

from tests.documents import blocks
from tests.paths import README, ROOT

TEXT = README.read_text(encoding="utf-8")


def test_the_readme_is_read_in_a_few_minutes() -> None:
    assert len(TEXT.splitlines()) <= 200


def test_the_headings_stand_in_the_order_of_langchains_pages() -> None:
    wanted = ["Overview", "Setup", "Instantiation", "Invocation", "Use within an agent", "API reference"]
    headings = re.findall(r"^## (.+)$", TEXT, re.MULTILINE)
    assert [heading for heading in headings if heading in wanted] == wanted


def test_it_begins_with_what_the_package_is_in_three_sentences() -> None:
    about = TEXT.split("\n\n")[1]
    assert len(re.findall(r"\.(?=\s|$)", about)) == 3


def test_it_shows_the_agent_and_the_console() -> None:
    shown = re.findall(r"^!\[.+\]\((.+)\)$", TEXT, re.MULTILINE)
    assert shown == ["docs/images/agent.svg", "docs/images/console-live.png"]
    assert all((ROOT / picture).exists() for picture in shown)


def test_it_has_code_that_needs_no_account_and_code_that_needs_one() -> None:
    code = [block.code for block in blocks(TEXT)]
    assert any("client=sandbox.client()" in each for each in code)
    assert any("CustomerioPipelinesToolkit(" in each and "client=" not in each for each in code)


def test_it_dates_the_comparison_with_others() -> None:
    section = TEXT.partition("### How it compares\n")[2].partition("\n#")[0]
    assert re.search(r"As of \w+ 20\d\d", section)
