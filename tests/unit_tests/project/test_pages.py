"""Every page, the README's and the site's: its code runs as a reader would run it, its links lead somewhere."""

from __future__ import annotations

import re
import textwrap
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from tests.documents import blocks, fences, run_page
from tests.paths import DOCS, EXAMPLES, PAGES, ROOT
from tests.site import codes, tables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]
OF_THE_SITE = [name for name in NAMES if name.startswith("docs/")]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SITE = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def prose(name: str) -> str:
    """Return a page without its fenced blocks."""
    return re.sub(r"^ *```.*?^ *```$", "", text_of(name), flags=re.DOTALL | re.MULTILINE)


# ---- code


def with_those_that_start_commands_marked() -> Iterator[Any]:
    for name in NAMES:
        starts = any(block.commands for block in blocks(text_of(name)))
        yield pytest.param(name, marks=[pytest.mark.slow] if starts else [])


@pytest.mark.loopback
@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("name", list(with_those_that_start_commands_marked()))
def test_the_code_on_the_page_runs(name: str) -> None:
    assert run_page(text_of(name), name) == len(list(blocks(text_of(name))))


@pytest.mark.parametrize("name", NAMES)
def test_every_fence_on_the_page_names_its_language(name: str) -> None:
    lines = [line.strip() for line in text_of(name).splitlines() if line.strip().startswith("```")]
    assert [opening for opening in lines[::2] if opening == "```"] == []


@pytest.mark.parametrize("name", OF_THE_SITE)
def test_every_block_on_the_page_is_of_a_language_that_is_tried_or_shown(name: str) -> None:
    found = {block.language for block in fences(text_of(name))}
    assert found <= {"console", "csv", "json", "py", "pycon", "python", "text", "toml"}
    assert text_of(name).count("```") == 2 * len(list(fences(text_of(name))))


@pytest.mark.parametrize("name", NAMES)
def test_a_program_that_the_page_has_saved_is_run_or_loaded_by_it(name: str) -> None:
    commands = [command for block in blocks(text_of(name)) for command, _ in block.commands]
    saved = [block.title for block in blocks(text_of(name)) if block.title.endswith(".py")]
    assert [title for title in saved if not any(title.removesuffix(".py") in each for each in commands)] == []


@pytest.mark.parametrize("name", NAMES)
def test_what_the_page_shows_of_an_example_is_in_one(name: str) -> None:
    shown = [block.code for block in fences(text_of(name)) if block.language == "py"]
    examples = [path.read_text(encoding="utf-8") for path in EXAMPLES.rglob("*.py")]
    assert [code for code in shown if not any(textwrap.indent(code, " " * 4) in each for each in examples)] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_page_installs_only_extras_that_there_are(name: str) -> None:
    named = re.findall(r"(?:langchain-customerio|'\.)\[([\w,]+)\]", text_of(name))
    extras = {extra for each in named for extra in each.split(",")}
    assert extras <= set(PROJECT["project"]["optional-dependencies"])


# ---- links


def anchors(name: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", prose(name), re.MULTILINE)
    own = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return own | set(re.findall(r"\{#([\w-]+)\}", text_of(name)))


@pytest.mark.parametrize("name", NAMES)
def test_every_link_to_a_heading_leads_to_one(name: str) -> None:
    def target(page: str) -> str:
        return ((ROOT / name).parent / page).resolve().relative_to(ROOT.resolve()).as_posix() if page else name

    links = re.findall(r"\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)", prose(name))
    assert [(page, anchor) for page, anchor in links if anchor not in anchors(target(page))] == []


@pytest.mark.parametrize("name", OF_THE_SITE)
def test_a_page_of_the_site_links_within_the_site_alone(name: str) -> None:
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", prose(name))
    places = [(ROOT / name).parent.joinpath(link).resolve() for link in links]
    assert [place for place in places if not place.is_relative_to(DOCS.resolve())] == []


# ---- the site


def navigation(entries: list[Any]) -> Iterator[str]:
    for entry in entries:
        for value in entry.values() if isinstance(entry, dict) else (entry,):
            yield from navigation(value) if isinstance(value, list) else (value,)


def test_the_navigation_holds_every_page_once() -> None:
    assert sorted(navigation(SITE["nav"])) == sorted(name.removeprefix("docs/") for name in OF_THE_SITE)


@pytest.mark.parametrize("name", OF_THE_SITE)
def test_a_page_of_the_site_says_what_it_is_about_in_a_sentence(name: str) -> None:
    text = text_of(name)
    assert len(re.findall(r"^# .+$", prose(name), re.MULTILINE)) == (0 if name.endswith("changelog.md") else 1)
    if name.startswith(("docs/evals/", "docs/arrow-types")):
        return  # written, or compared, by other tests
    found = re.match(r"---\ndescription: (.+)\n---\n\n", text)
    assert found
    assert found[1].endswith(".")
    assert ": " not in found[1], "YAML takes it for a key"


def test_the_generator_has_an_environment_of_its_own() -> None:
    makefile = text_of("Makefile")
    assert "zensical build --strict" in makefile
    assert [each.partition(">")[0] for each in PROJECT["dependency-groups"]["docs"]] == [
        "mkdocstrings-python",
        "zensical",
    ]
    assert "docs" not in [group.get("include-group") for group in PROJECT["dependency-groups"]["dev"]]


# ---- what comes from the code


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_the_tables_on_the_page_are_those_of_the_code(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text == tables.written_anew(text), "`make tables` writes them anew"


def test_every_table_that_the_code_gives_is_on_a_page() -> None:
    shown = {name for page in PAGES for name, _ in tables.shown(page.read_text(encoding="utf-8"))}
    assert shown == set(tables.TABLES)


@pytest.mark.parametrize("kind", codes.GROUPS)
def test_every_code_says_what_to_do(kind: str) -> None:
    known, _ = codes.GROUPS[kind]
    written = codes.what_to_do()[kind.lower()]
    assert [code for code in known if code not in written] == [], "add them to tests/site/codes.toml"
    assert [code for code in written if code not in known] == [], "tests/site/codes.toml has codes that are gone"


def test_every_class_of_error_says_what_to_do() -> None:
    assert set(codes.what_to_do()["errors"]) == {error.__name__ for error in codes.error_tree()}


def rows(name: str, heading: str) -> list[list[str]]:
    """Return the rows of the first table under a heading, cell by cell."""
    section = text_of(name).partition(f"# {heading}\n")[2].partition("\n#")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    assert len(lines) > 2
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_twenty_mistakes_are_those_that_are_tested_in_their_words() -> None:
    found = rows("docs/reference/results.md", "What a model reads about its mistakes")
    shown = [re.findall("`(.+?)`", row[-1])[-1] for row in found]
    tested = text_of("tests/unit_tests/tools/test_common_mistakes.py")
    assert len(shown) == len(re.findall(r"^def test_\d+_", tested, re.MULTILINE)) == 20
    assert [words for words in shown if words not in tested] == []


def test_what_is_said_of_the_exam_is_what_its_own_page_says() -> None:
    page, own = (text_of(name) for name in ("docs/explanation/how-it-was-measured.md", "tests/evals/README.md"))
    every, adverse = re.findall(r"(\d+) tasks in plain language.*?(\d+)\s+under adverse", own, re.DOTALL)[0]
    assert f"{every} tasks in plain language,\n{adverse} of them under adverse" in page


def test_the_page_of_settings_says_what_each_extra_adds() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    assert [row[0].strip("`") for row in rows("docs/reference/settings.md", "Extras")] == sorted(extras)


def test_the_page_of_settings_names_every_variable_that_is_read() -> None:
    package = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "langchain_customerio").rglob("*.py"))
    read = set(re.findall(r'"(CUSTOMERIO_[A-Z_]+)"', package))
    assert {row[0].strip("`") for row in rows("docs/reference/settings.md", "Environment variables")} == read


def test_the_page_of_the_command_line_has_the_exit_codes() -> None:
    from langchain_customerio.cli.output import EXIT_CODES  # noqa: PLC0415 - the extra may be missing elsewhere

    found = rows("docs/reference/command-line.md", "Exit codes")
    assert [f"{row[0].replace(', ', ' and ')} {row[1]}" for row in found] == re.findall(
        r"(?:Exit codes: |; )([^;]+?)(?=;|\.$)", EXIT_CODES
    )
