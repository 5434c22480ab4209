"""The project's own files: they agree with each other, and name nothing that only one machine has."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement

import langchain_customerio
from tests.documents import Reader, blocks
from tests.paths import PAGES, ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Run

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CHANGELOG = (ROOT / "CHANGELOG.md").read_text()
README = (ROOT / "README.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()


def tracked() -> list[Path]:
    """Return every file that is under version control, whatever else lies in the folder."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout, so there is no list of the project's own files")
    command = [git, "-C", str(ROOT), "ls-files"]
    names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def texts() -> list[tuple[str, str]]:
    """Return the name and the text of every tracked file that is text."""
    found = []
    for path in tracked():
        try:
            found.append((path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    assert len(found) > 20
    return found


# In pieces, or this file would find itself.
HOSTS = [".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"))]
PLACES = ["/" + "work/", "../" + "shared", "/" + "root/", "/" + "home/", "/" + "Users/"]
TRACKER = re.compile(r"\b(?:issue|pull request|PR) ?#?\d+|\(#\d+\)", re.IGNORECASE)


@pytest.mark.parametrize("forbidden", HOSTS + PLACES)
def test_no_file_names_a_registrys_host_or_a_place_on_one_machine(forbidden: str) -> None:
    assert [name for name, text in texts() if forbidden in text] == []


def test_no_file_names_an_entry_of_a_tracker() -> None:
    assert [(name, found[0]) for name, text in texts() if (found := TRACKER.search(text))] == []


SUPPRESSION = re.compile(r"#\s*(?P<kind>noqa|type: ?ignore|pragma: no cover|pyright: ?ignore)(?P<rest>[^\n]*)")


def test_every_suppression_names_a_code_and_a_reason() -> None:
    silent = [
        f"{name}: {found.group()}"
        for name, text in texts()
        if name.endswith(".py")
        for found in SUPPRESSION.finditer(text)
        if not re.match(r"[\[:] ?[\w,\- ]+?\]?\s+(?:#|-|—) (?!noqa|type:)\S+ \S+", found["rest"])
        and not name.endswith("test_project.py")
    ]
    assert silent == []


def test_every_rule_that_is_switched_off_says_why() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    ruff = text[text.index("[tool.ruff.lint]") :]
    rules = [line for line in ruff.splitlines() if re.match(r'\s+"[A-Z]+\d*",', line)]
    assert len(rules) > 5
    assert [line for line in rules if not re.search(r"# \S+( \S+){2}", line)] == []


# ---- dependencies ----


def declared() -> list[Requirement]:
    """Return every requirement of the project: core, extras and groups."""
    project = PROJECT["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    lists += [[item for item in group if isinstance(item, str)] for group in PROJECT["dependency-groups"].values()]
    return [Requirement(item) for items in lists for item in items]


def pins() -> dict[str, list[Requirement]]:
    """Return the lines of constraints.txt by distribution; some have one for each of several Pythons."""
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    found: dict[str, list[Requirement]] = {}
    for line in lines:
        requirement = Requirement(line)
        found.setdefault(requirement.name, []).append(requirement)
    return found


def test_dependencies_are_ranges_and_never_exact_pins() -> None:
    operators = {str(each): {part.operator for part in each.specifier} for each in declared()}
    assert {name for name, found in operators.items() if found & {"==", "===", "~="}} == set()


def test_a_dependency_of_users_has_a_floor_and_a_ceiling() -> None:
    project = PROJECT["project"]
    users = [
        *project["dependencies"],
        *(item for extra in project["optional-dependencies"].values() for item in extra),
    ]
    bounds = {item: {part.operator for part in Requirement(item).specifier} for item in users}
    assert {item for item, found in bounds.items() if found != {">=", "<"}} == set()


def test_constraints_pin_one_version_on_every_line() -> None:
    for requirements in pins().values():
        for requirement in requirements:
            assert [part.operator for part in requirement.specifier] == ["=="], requirement
            assert requirement.url is None


def test_every_requirement_has_a_pin_within_its_range() -> None:
    known = pins()
    for requirement in declared():
        versions = [next(iter(pin.specifier)).version for pin in known[requirement.name]]
        assert all(requirement.specifier.contains(version) for version in versions), requirement


def test_the_classifiers_name_every_python_that_ci_tests() -> None:
    workflow = (ROOT / ".github/workflows/ci.yml").read_text()
    matrix = re.search(r"python: \[(.*)\]\n +system", workflow)
    assert matrix is not None
    tested = re.findall(r'"(3\.\d+)"', matrix[1])
    prefix = "Programming Language :: Python :: 3."
    claimed = [item.removeprefix(prefix[:-2]) for item in PROJECT["project"]["classifiers"] if item.startswith(prefix)]
    assert tested == claimed
    assert PROJECT["project"]["requires-python"] == f">={tested[0]}"


def test_the_property_tests_run_at_length_every_night() -> None:
    workflow = (ROOT / ".github/workflows/ci.yml").read_text()
    assert re.search(r"schedule:\n +- cron:", workflow)
    assert "- run: make nightly" in workflow
    assert re.search(
        r'^nightly:.*\n\tHYPOTHESIS_PROFILE=nightly .*-m "\(hypothesis or nightly\)', MAKEFILE, re.MULTILINE
    )
    assert re.search(r'register_profile\("nightly", .*max_examples=5_000', (ROOT / "tests/conftest.py").read_text())


# ---- pages ----


def sections() -> list[str]:
    return re.findall(r"^## (.*)$", CHANGELOG, re.MULTILINE)


def test_the_changelog_starts_with_what_is_not_released() -> None:
    assert sections()[0] == "[Unreleased]"


def test_the_changelog_names_releases_with_their_date_newest_first() -> None:
    released = sections()[1:]
    found = [re.fullmatch(r"\[(\d+)\.(\d+)\.(\d+)\] - \d{4}-\d\d-\d\d", section) for section in released]
    versions = [tuple(map(int, match.groups())) for match in found if match]
    assert len(versions) == len(released)
    assert versions == sorted(versions, reverse=True)


def test_the_changelog_sorts_changes_under_the_usual_headings() -> None:
    usual = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.*)$", CHANGELOG, re.MULTILINE)) <= usual
    assert [line for line in CHANGELOG.splitlines() if line.startswith("####")] == []


@pytest.mark.parametrize("page", ["CHANGELOG.md", "README.md"])
def test_the_page_names_every_public_name(page: str) -> None:
    text = (ROOT / page).read_text()
    names = [*langchain_customerio.__all__, "Sandbox"]
    assert [name for name in names if not re.search(rf"\b{name}\b", text)] == []


def test_links_between_pages_lead_somewhere() -> None:
    for name, text in texts():
        if not name.endswith(".md"):
            continue
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text):
            assert (ROOT / name).parent.joinpath(target).exists(), f"{name} links to {target}"


def test_the_test_that_contributing_shows_passes(run: Run) -> None:
    reader = Reader("CONTRIBUTING.md")
    for block in blocks(CONTRIBUTING):
        reader.follow(block)
    shown = [value for name, value in reader.namespace.items() if name.startswith("test_")]
    assert len(shown) == 1
    for test in shown:
        assert callable(test)
        test(run)


# ---- commands ----


def targets() -> set[str]:
    """Return what one can type after `make`."""
    return set(re.findall(r"^\.PHONY: (\S+)$", MAKEFILE, re.MULTILINE))


def test_make_lists_every_target_with_a_line_of_help() -> None:
    make = shutil.which("make")
    assert make is not None
    answer = subprocess.run([make, "-C", str(ROOT), "--no-print-directory"], check=True, capture_output=True, text=True)
    listed = dict(re.findall(r"^  (\S+) +(\S.*)$", answer.stdout, re.MULTILINE))
    assert set(listed) == targets()
    assert len(targets()) >= 12


def test_every_rule_that_makes_no_file_is_phony() -> None:
    rules = set(re.findall(r"^([a-z][a-z-]*):(?!=)", MAKEFILE, re.MULTILINE))
    assert rules == targets()


@pytest.mark.parametrize(
    "page",
    [
        *(page.relative_to(ROOT).as_posix() for page in PAGES),
        *(path.relative_to(ROOT).as_posix() for path in sorted(ROOT.glob(".github/workflows/*.yml"))),
        ".ci/run",
    ],
)
def test_the_page_names_only_commands_that_exist(page: str) -> None:
    named = re.findall(r"(?:`|\$ |run: |exec )make (?:[A-Z]+=\S+ )*([a-z][a-z-]*)", (ROOT / page).read_text())
    assert set(named) <= targets()


def test_contributing_explains_every_target() -> None:
    assert [target for target in targets() if f"make {target}" not in CONTRIBUTING and target != "help"] == []


def test_make_installs_every_extra_for_development() -> None:
    extras = re.search(r"^EXTRAS +:= (\S+)$", MAKEFILE, re.MULTILINE)
    assert extras is not None
    assert extras[1].split(",") == sorted(PROJECT["project"]["optional-dependencies"])
