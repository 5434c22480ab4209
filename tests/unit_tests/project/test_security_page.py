"""SECURITY.md promises nothing that no test shows."""

from __future__ import annotations

import ast
import re

import pytest

from tests.paths import ROOT

HEADING = "## Attacks and what happens\n"


def rows(page: str) -> list[list[str]]:
    """Return the rows of the table of attacks, cell by cell."""
    _, heading, section = (ROOT / page).read_text().partition(HEADING)
    assert heading, f"{page} has no section {HEADING.strip()!r}"
    lines = [line for line in section.partition("\n## ")[0].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def defined_in(name: str) -> set[str]:
    """Return the tests of the files of this name."""
    paths = (ROOT / "tests").rglob(name)
    return {
        node.name
        for path in paths
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


ROWS = rows("SECURITY.md")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_every_attack_names_a_test_that_exists(row: list[str]) -> None:
    attack, outcome, shown_by = row
    assert attack
    assert outcome
    found = re.fullmatch(r"`(test_\w+\.py)::(test_\w+)`", shown_by)
    assert found
    assert found[2] in defined_in(found[1])


def test_every_test_of_an_attack_has_a_row() -> None:
    named = {row[2].strip("`").partition("::")[2] for row in ROWS if row[2].startswith("`test_attacks.py")}
    assert named == {name for name in defined_in("test_attacks.py") if name.startswith("test_")}


def test_every_threat_has_a_section_that_says_what_remains() -> None:
    model = (ROOT / "SECURITY.md").read_text().partition("\n## Threat model\n")[2].partition("\n## ")[0]
    threats = re.findall(r"^### ([^\n]+)\n\n\*[^*]+\*", model, re.MULTILINE)
    assert len(threats) == model.count("\n### ") >= 12
    assert model.count("\nWhat remains: ") == len(threats)
