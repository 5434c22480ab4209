"""Who imports whom: one way only, and as little as possible."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from graphlib import TopologicalSorter
from importlib.metadata import packages_distributions
from typing import TYPE_CHECKING

import pytest

from tests.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKAGE = "langchain_customerio"

# The drawing in CONTRIBUTING.md as a table: what each box stands on. It may import all that lies below it.
STANDS_ON: dict[str, set[str]] = {
    "errors": set(),
    "calls": {"errors"},
    "events": set(),
    "delivery": {"errors", "calls"},
    "policy": {"errors", "calls", "events"},
    "client": {"delivery", "policy"},
    "bulk": {"client"},
    "cli": {"bulk", "sandbox"},
    "base": {"client"},
    "tools": {"base"},
    "typed": {"base"},
    "toolkit": {"tools", "typed"},
    "sandbox": set(),
}

# Boxes of more than one file; every other box is the module or subpackage of its name.
FILES_OF: dict[str, set[str]] = {
    "client": {"client", "connections"},
    "calls": {"calls", "fields", "problems", "schemas"},
    "delivery": {"delivery", "ids", "lint", "receipts", "retries", "settings", "traps"},
    "base": {"base", "answers", "approval", "arguments", "bodies", "budget", "naming", "partial", "replays", "wiring"},
    "policy": {"meaning", "patterns", "policy", "rules"},
    "toolkit": {"toolkit", "instructions"},
}
BOX_OF = {file: box for box in STANDS_ON for file in FILES_OF.get(box, {box})}

# Imports against the arrows, made inside a function or for the type checker only, each with its reason.
EXCEPTIONS = {
    ("sandbox", "client"),  # `Sandbox.client()` hands a client out
    ("rules", "policy"),  # the type of what they are the rules of
    ("problems", "calls"),  # the calls report through it, and it looks for the nearest field among them
}

# Parts of a dependency that have a distribution of their own, and never come without it or it without them.
BROUGHT_BY = {"anyio": "httpx", "pydantic-core": "pydantic"}

MAY_IMPORT_HTTPX = {"delivery", "client", "sandbox"}

# Read from pyproject.toml: what an extra brings must not be needed to import the package.
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def part_of(path: Path) -> str:
    """Return the module or subpackage, directly under the package, that a file belongs to."""
    return path.relative_to(ROOT / PACKAGE).parts[0].removesuffix(".py")


def deferred(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield what importing the module does not run: bodies of functions, and what type checkers read."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from ast.walk(node)
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from (inner for statement in node.body for inner in ast.walk(statement))


def imports_of(path: Path) -> Iterator[tuple[str, bool]]:
    """Yield each module that a file imports, anywhere in it, and whether that is deferred."""
    tree = ast.parse(path.read_text(), str(path))
    later = {id(node) for node in deferred(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, id(node) in later
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module is not None
            whole = node.module == PACKAGE
            yield from ((f"{PACKAGE}.{a.name}" if whole else node.module, id(node) in later) for a in node.names)


def files() -> list[Path]:
    return sorted((ROOT / PACKAGE).rglob("*.py"))


def everything_below(box: str) -> set[str]:
    below = set(STANDS_ON[box])
    return below.union(*(everything_below(lower) for lower in below)) if below else below


def edges() -> Iterator[tuple[str, str, bool]]:
    """Yield each import of one module or subpackage of the package by another, and whether it is deferred."""
    for path in files():
        source = part_of(path)
        for module, later in imports_of(path):
            name, _, rest = module.partition(".")
            if name == PACKAGE and rest and source != "__init__" and (target := rest.split(".")[0]) != source:
                yield source, target, later


def test_every_file_of_the_package_has_its_place_in_the_drawing() -> None:
    assert {part_of(path) for path in files()} - {"__init__"} == set(BOX_OF)


def test_a_box_imports_only_what_it_stands_on() -> None:
    wrong = [
        f"{source} imports {target}"
        for source, target, later in edges()
        if BOX_OF[target] not in everything_below(BOX_OF[source]) | {BOX_OF[source]}
        and not (later and (source, target) in EXCEPTIONS)
    ]
    assert wrong == []


def test_no_module_reaches_itself_through_others() -> None:
    arrows: dict[str, set[str]] = {}
    for source, target, later in edges():
        if not (later and (source, target) in EXCEPTIONS):
            arrows.setdefault(source, set()).add(target)
    order = TopologicalSorter(arrows)
    order.prepare()  # raises CycleError, which names the circle


def test_every_exception_is_still_needed() -> None:
    assert {(source, target) for source, target, later in edges() if later} >= EXCEPTIONS


def test_only_delivery_client_and_sandbox_know_httpx() -> None:
    found = {part_of(path) for path in files() for module, _ in imports_of(path) if module.split(".")[0] == "httpx"}
    assert {BOX_OF[part] for part in found} <= MAY_IMPORT_HTTPX


@cache
def owners_of_modules() -> dict[str, set[str]]:
    """Return the names of the distributions that each top-level module comes from."""
    return {
        top: {owner.replace("_", "-").lower() for owner in owners} for top, owners in packages_distributions().items()
    }


def distributions(requirements: list[str]) -> set[str]:
    """Return the bare names in a list such as `["httpx>=0.27,<1"]`."""
    return {re.split(r"[^\w.-]", item, maxsplit=1)[0] for item in requirements}


def third_party(path: Path, preferred: set[str]) -> set[str]:
    """Return the distributions that a file's imports come from; several may share a namespace, as langgraph's do."""
    found: set[str] = set()
    for top in {module.split(".")[0] for module, _ in imports_of(path)} - set(sys.stdlib_module_names) - {PACKAGE}:
        owners = owners_of_modules().get(top, {top})
        found |= owners & preferred or owners
    return found


def test_what_is_imported_is_declared_and_what_is_declared_is_imported() -> None:
    extras = PROJECT["optional-dependencies"]
    core = distributions(PROJECT["dependencies"])
    declared = core | distributions([item for extra in extras.values() for item in extra])
    imported = set[str]().union(*(third_party(path, declared) for path in files())) - BROUGHT_BY.keys()
    assert set(BROUGHT_BY.values()) <= core
    assert imported == declared


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """Return the modules that all public names add to LangChain's own, in a fresh interpreter."""
    return loaded_by(f"from {PACKAGE} import *", after="from langchain_core.tools import BaseTool")


def loaded_by(statement: str, after: str = "") -> set[str]:
    """Return the modules that a statement adds to those of another, in a fresh interpreter."""
    script = f"import sys\n{after}\nbefore = set(sys.modules)\n{statement}\nprint(*set(sys.modules) - before)"
    answer = subprocess.run([sys.executable, "-I", "-c", script], check=True, capture_output=True, text=True)
    return set(answer.stdout.split())


def test_a_name_is_loaded_when_it_is_asked_for_with_no_more_than_it_stands_on() -> None:
    def ours(statement: str) -> set[str]:
        return {module for module in loaded_by(statement) if module.startswith(f"{PACKAGE}.")}

    assert ours(f"import {PACKAGE}") == set()
    assert ours(f"from {PACKAGE} import CustomerioError") == {f"{PACKAGE}.errors"}
    assert f"{PACKAGE}.tools" not in ours(f"from {PACKAGE} import PipelinesClient")
    sandbox = ours(f"from {PACKAGE}.sandbox import Sandbox")
    assert {module.split(".")[1] for module in sandbox} == {"sandbox"}


def test_importing_the_package_loads_nothing_of_an_extra(loaded: set[str]) -> None:
    extras = PROJECT["optional-dependencies"]
    names = distributions([item for extra in extras.values() for item in extra])
    modules = {top for top, owners in owners_of_modules().items() if owners & names}
    installed = {owner for top in modules for owner in owners_of_modules()[top]}
    assert installed >= names, "each extra's packages are installed, or this test sees nothing"
    assert {module.split(".")[0] for module in loaded} & modules == set()


def test_importing_the_package_does_not_load_the_sandbox(loaded: set[str]) -> None:
    assert f"{PACKAGE}.client" in loaded
    assert f"{PACKAGE}.sandbox" not in loaded
