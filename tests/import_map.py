"""Who imports whom in the package, read from its code. `make imports` prints it."""

from __future__ import annotations

import ast
import sys
from collections import Counter
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Final

from tests.paths import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# The layout: a room may import what stands below it, and nothing else.
FLOORS: Final = (
    "cli",
    "mcp",
    "tools bulk otel",
    "client policy",
    "api",
    "errors text messages",
)
SANDBOX: Final = frozenset({"errors", "client"})
"""The sandbox stands aside: it knows the API's documentation and none of the other rooms, but for the client that
`Sandbox.client()` hands out. Only the command line and the MCP server serve it."""
SERVE_THE_SANDBOX: Final = frozenset({"cli", "mcp"})

ALLOWED: Final[dict[str, frozenset[str]]] = {
    **{
        room: frozenset(lower for floor in FLOORS[number + 1 :] for lower in floor.split())
        for number, floor in enumerate(FLOORS)
        for room in floor.split()
    },
    "errors": frozenset({"messages"}),
    "sandbox": SANDBOX,
}

MOST_ROOMS: Final = 12


@dataclass(frozen=True)
class Import:
    """One import of a module of the package by another.

    Attributes:
        source: The module that imports, such as `tools.base`.
        target: What it imports, such as `api.calls`.
        deferred: Whether it is inside a function, or for type checkers only.
    """

    source: str
    target: str
    deferred: bool

    @property
    def rooms(self) -> tuple[str, str]:
        """The two rooms."""
        return room_of(self.source), room_of(self.target)


def room_of(module: str) -> str:
    """Return the room of a module."""
    return module.partition(".")[0]


def files() -> list[Path]:
    """Return the files of the package."""
    return sorted(PACKAGE.rglob("*.py"))


def module_of(path: Path) -> str:
    """Return the name of a file's module below the package; empty for the package itself."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules() -> set[str]:
    """Return every module below the package."""
    return {module_of(path) for path in files()} - {""}


@cache
def _own_modules() -> frozenset[str]:
    return frozenset(f"{PACKAGE.name}.{module}" for module in modules())


def _deferred(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield what importing the module does not run: bodies of functions, and what type checkers read."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from ast.walk(node)
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from (inner for statement in node.body for inner in ast.walk(statement))


@cache
def imports_of(path: Path) -> tuple[tuple[str, bool], ...]:
    """Return each module that a file imports, anywhere in it, and whether that is deferred."""
    return tuple(_imports_of(path))


def _imports_of(path: Path) -> Iterator[tuple[str, bool]]:
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    later = {id(node) for node in _deferred(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, id(node) in later) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module is not None
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            yield from ((name, id(node) in later) for name in sorted(names & _own_modules() or {node.module}))


def edges() -> list[Import]:
    """Return each import of one module of the package by another."""
    known = modules()
    found = {
        Import(source, target, later)
        for path in files()
        if (source := module_of(path))
        for module, later in imports_of(path)
        if (target := module.removeprefix(f"{PACKAGE.name}.")) in known and target != source
    }
    return sorted(found, key=lambda edge: (edge.source, edge.target, edge.deferred))


def upwards() -> list[str]:
    """Return the imports that the layout does not allow."""
    return [
        f"{edge.source} imports {edge.target}"
        for edge in edges()
        for source, target in [edge.rooms]
        if source != target
        and target not in ALLOWED.get(source, frozenset())
        and not (target == "sandbox" and source in SERVE_THE_SANDBOX)
    ]


def circle(arrows: Iterator[tuple[str, str]]) -> list[str]:
    """Return a circle among arrows; empty where there is none."""
    graph: dict[str, set[str]] = {}
    for source, target in arrows:
        graph.setdefault(source, set()).add(target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return [str(name) for name in error.args[1]]
    return []


def lines_of(room: str) -> int:
    """Return the lines of code of a room."""
    return sum(
        len(path.read_text(encoding="utf-8").splitlines()) for path in files() if room_of(module_of(path)) == room
    )


def picture() -> Iterator[str]:
    """Yield the layout, floor by floor, with the size of each room and what it imports."""
    arrows = Counter(edge.rooms for edge in edges() if edge.rooms[0] != edge.rooms[1])
    present = {room_of(module) for module in modules()}
    for floor in (*FLOORS, "sandbox"):
        for room in floor.split():
            if room in present:
                below = ", ".join(
                    f"{target} {count}" for (source, target), count in sorted(arrows.items()) if source == room
                )
                yield f"{room:10} {lines_of(room):6,} lines   imports {below or 'nothing'}"
        yield ""


if __name__ == "__main__":
    sys.stdout.write("\n".join([*picture(), *upwards(), ""]))
