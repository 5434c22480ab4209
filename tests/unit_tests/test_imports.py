"""Who imports whom: one way only, and as little as possible."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = "langchain_customerio"
ROOT = Path(__file__).parents[2]

# The drawing in CONTRIBUTING.md as a table: what each part stands on. It may import all that lies below it.
STANDS_ON: dict[str, set[str]] = {
    "errors": set(),
    "ids": set(),
    "problems": {"errors"},
    "fields": {"errors"},
    "calls": {"errors", "fields", "problems"},
    "events": set(),
    "delivery": {"errors", "calls", "ids"},
    "policy": {"errors", "calls", "events"},
    "client": {"delivery", "policy"},
    "tools": {"client"},
    "toolkit": {"tools"},
    "sandbox": set(),
}

# The one place where the sandbox knows the client: `Sandbox.client()` hands one out.
EXCEPTIONS = {("sandbox", "client")}

MAY_IMPORT_HTTPX = {"delivery", "client", "sandbox"}

# Read from pyproject.toml: what an extra brings must not be needed to import the package.
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def part_of(path: Path) -> str:
    """Return the module or subpackage, directly under the package, that a file belongs to."""
    return path.relative_to(ROOT / PACKAGE).parts[0].removesuffix(".py")


def imports_of(path: Path) -> Iterator[tuple[str, bool]]:
    """Yield each module that a file imports, anywhere in it, and whether it does so inside a function."""
    tree = ast.parse(path.read_text(), str(path))
    local = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, id(node) in local
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module is not None
            if node.module == PACKAGE:
                for alias in node.names:
                    yield f"{PACKAGE}.{alias.name}", id(node) in local
            else:
                yield node.module, id(node) in local


def files() -> list[Path]:
    return sorted((ROOT / PACKAGE).rglob("*.py"))


def everything_below(part: str) -> set[str]:
    below = set(STANDS_ON[part])
    return below.union(*(everything_below(lower) for lower in below)) if below else below


def edges() -> Iterator[tuple[str, str, bool, Path]]:
    """Yield each import from one part of the package to another."""
    for path in files():
        source = part_of(path)
        for module, local in imports_of(path):
            name, _, rest = module.partition(".")
            if name == PACKAGE and rest and (target := rest.split(".")[0]) != source:
                yield source, target, local, path


def test_every_part_of_the_package_has_its_place_in_the_drawing() -> None:
    assert {part_of(path) for path in files()} - {"__init__"} == set(STANDS_ON)


def test_a_part_imports_only_what_it_stands_on() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {target}"
        for source, target, local, path in edges()
        if source != "__init__"
        and target not in everything_below(source)
        and not ((source, target) in EXCEPTIONS and local)
    ]
    assert wrong == []


def test_no_part_stands_on_itself_through_another() -> None:
    assert [part for part in STANDS_ON if part in everything_below(part)] == []


def test_every_exception_is_still_needed() -> None:
    assert {(source, target) for source, target, local, _ in edges() if local} >= EXCEPTIONS


def test_only_delivery_client_and_sandbox_know_httpx() -> None:
    found = {
        part_of(path) for path in files() for module, _ in imports_of(path) if module.split(".")[0] == "httpx"
    }
    assert found <= MAY_IMPORT_HTTPX


def distributions(requirements: list[str]) -> set[str]:
    """Return the bare names in a list such as `["httpx>=0.27,<1"]`."""
    return {re.split(r"[^\w.-]", item, maxsplit=1)[0] for item in requirements}


def third_party(path: Path) -> set[str]:
    """Return the distributions that a file's imports come from."""
    known = packages_distributions()
    tops = {module.split(".")[0] for module, _ in imports_of(path)} - set(sys.stdlib_module_names) - {PACKAGE}
    assert all(top in known for top in tops), (
        f"{path} imports something that is not installed: {tops - set(known)}"
    )
    return {known[top][0].replace("_", "-").lower() for top in tops}


def test_what_is_imported_is_declared_and_what_is_declared_is_imported() -> None:
    extras = PROJECT["optional-dependencies"]
    core = distributions(PROJECT["dependencies"])
    declared = core | distributions([item for extra in extras.values() for item in extra])
    imported = set[str]().union(*(third_party(path) for path in files()))
    # Examples and applications import langgraph; the extra promises a version that works with these tools.
    assert imported | {"langgraph"} == declared


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """Return the modules in memory after `import langchain_customerio`, in a fresh interpreter."""
    script = f"import sys, {PACKAGE}; print(*sorted(sys.modules))"
    answer = subprocess.run([sys.executable, "-I", "-c", script], check=True, capture_output=True, text=True)
    return set(answer.stdout.split())


def test_importing_the_package_loads_nothing_of_an_extra(loaded: set[str]) -> None:
    extras = PROJECT["optional-dependencies"]
    names = distributions([item for extra in extras.values() for item in extra])
    modules = {top for top, owners in packages_distributions().items() if {o.lower() for o in owners} & names}
    assert modules >= names, "each extra's packages are installed, or this test sees nothing"
    assert {module.split(".")[0] for module in loaded} & modules == set()


def test_importing_the_package_does_not_load_the_sandbox(loaded: set[str]) -> None:
    assert f"{PACKAGE}.client" in loaded
    assert f"{PACKAGE}.sandbox" not in loaded
