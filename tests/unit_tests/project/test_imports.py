"""Who imports whom: one way only, and as little as possible."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from typing import TYPE_CHECKING

import pytest

from tests import import_map
from tests.import_map import edges, files, imports_of, module_of, room_of
from tests.paths import PACKAGE as FOLDER
from tests.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = FOLDER.name

# Parts of a dependency that have a distribution of their own, and never come without it or it without them.
BROUGHT_BY = {"anyio": "httpx", "pydantic-core": "pydantic"}

# What imports a module of ours by an entry point, so that the module has not to bring it.
LOADED_BY = {"pytest"}

MAY_IMPORT_HTTPX = {"client", "sandbox"}
MAY_IMPORT_LANGCHAIN = {"tools", "mcp"}
KNOWS_LANGGRAPH = {"tools.langgraph"}

# Read from pyproject.toml: what an extra brings must not be needed to import the package.
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_every_room_has_its_place_in_the_layout_and_there_are_few() -> None:
    rooms = {room_of(module) for module in import_map.modules()}
    assert rooms <= import_map.ALLOWED.keys()
    assert len(rooms) <= import_map.MOST_ROOMS


def test_a_room_imports_only_what_stands_below_it() -> None:
    assert import_map.upwards() == []


def test_there_is_no_circle_between_rooms_or_modules() -> None:
    # `Sandbox.client()` alone imports when it is called; all other deferred imports count too.
    counted = [edge for edge in edges() if edge.rooms != ("sandbox", "client")]
    assert import_map.circle(edge.rooms for edge in counted if edge.rooms[0] != edge.rooms[1]) == []
    assert import_map.circle((edge.source, edge.target) for edge in counted) == []


def test_the_layout_is_seen_to_be_broken() -> None:
    assert import_map.circle(iter([("a", "b"), ("b", "c"), ("c", "a")])) != []
    assert "tools" not in import_map.ALLOWED["client"]
    assert "client" not in import_map.ALLOWED["policy"]


def rooms_that_import(*names: str) -> set[str]:
    """Return the rooms with a file that imports one of these top-level modules, anywhere in it."""
    return {
        room_of(module_of(path)) for path in files() for module, _ in imports_of(path) if module.split(".")[0] in names
    }


def test_only_client_and_sandbox_know_httpx() -> None:
    assert rooms_that_import("httpx") <= MAY_IMPORT_HTTPX


def test_only_the_tools_know_langchain_and_one_file_knows_langgraph() -> None:
    assert rooms_that_import("langchain", "langchain_core") <= MAY_IMPORT_LANGCHAIN
    found = {
        module_of(path) for path in files() for module, _ in imports_of(path) if module.split(".")[0] == "langgraph"
    }
    assert found == KNOWS_LANGGRAPH


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
    imported = set[str]().union(*(third_party(path, declared) for path in files())) - BROUGHT_BY.keys() - LOADED_BY
    assert set(BROUGHT_BY.values()) <= core
    assert imported == declared


def loaded_by(statement: str, after: str = "") -> set[str]:
    """Return the modules that a statement adds to those of another, in a fresh interpreter."""
    script = f"import sys\n{after}\nbefore = set(sys.modules)\n{statement}\nprint(*set(sys.modules) - before)"
    answer = subprocess.run([sys.executable, "-I", "-c", script], check=True, capture_output=True, text=True)
    return set(answer.stdout.split())


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """Return the modules that all public names add to LangChain's own, in a fresh interpreter."""
    return loaded_by(f"from {PACKAGE} import *", after="from langchain_core.tools import BaseTool")


def test_a_name_is_loaded_when_it_is_asked_for_with_no_more_than_it_stands_on() -> None:
    def ours(statement: str) -> set[str]:
        return {module for module in loaded_by(statement) if module.startswith(f"{PACKAGE}.")}

    assert ours(f"import {PACKAGE}") == set()
    assert ours(f"from {PACKAGE} import CustomerioError") == {f"{PACKAGE}.errors", f"{PACKAGE}.messages"}
    sandbox = ours(f"from {PACKAGE}.sandbox import Sandbox")
    assert {module.split(".")[1] for module in sandbox} <= {"sandbox", "errors", "messages"}


@pytest.mark.parametrize(
    "statement",
    [
        f"from {PACKAGE} import PipelinesClient, Policy, Track, RetryPolicy, Receipt, CustomerioError",
        f"from {PACKAGE}.bulk import load, aload, preview",
        f"from {PACKAGE}.bulk.engines import RayLoader, SparkLoader",
        f"from {PACKAGE}.sandbox import Sandbox; Sandbox().client()",
        f"from {PACKAGE}.cli.app import app",
    ],
)
def test_only_the_tools_load_langchain(statement: str) -> None:
    loaded = {module.split(".")[0] for module in loaded_by(statement)}
    assert loaded & {"langchain", "langchain_core", "langgraph", "langsmith"} == set()


def test_importing_the_package_loads_nothing_of_an_extra(loaded: set[str]) -> None:
    extras = PROJECT["optional-dependencies"]
    names = distributions([item for extra in extras.values() for item in extra])
    modules = {top for top, owners in owners_of_modules().items() if owners & names}
    installed = {owner for top in modules for owner in owners_of_modules()[top]}
    assert installed >= names, "each extra's packages are installed, or this test sees nothing"
    assert {module.split(".")[0] for module in loaded} & modules == set()


def test_importing_the_package_does_not_load_the_sandbox(loaded: set[str]) -> None:
    assert f"{PACKAGE}.client.client" in loaded
    assert f"{PACKAGE}.sandbox" not in loaded
