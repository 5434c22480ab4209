"""Shared by the examples: draws an agent's graph as SVG, here and now; LangChain's own pictures need a web service."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from math import hypot
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_core.runnables.graph import Edge, Graph

WIDTH, HEIGHT, ACROSS, DOWN = 112, 44, 190, 84
"""Size of a node, and how far the middles of two nodes are apart."""

LETTERS = 'font-family="ui-sans-serif, system-ui, sans-serif" font-size="14" text-anchor="middle" fill="#222"'
STEP = 'rx="8" fill="#eef4ff" stroke="#3b6fb6" stroke-width="1.5"'
EDGE = f'rx="{HEIGHT / 2:g}" fill="#f6f6f6" stroke="#888" stroke-width="1.5"'

Point = tuple[float, float]


@dataclass(frozen=True, repr=False)
class GraphPicture:
    """A picture for a notebook: nodes from left to right, dashed where the graph chooses.

    Attributes:
        graph: What `get_graph()` of an agent gives.
    """

    graph: Graph

    def __repr__(self) -> str:
        return " ".join(f"{edge.source} → {edge.target}." for edge in self.graph.edges)

    def _repr_svg_(self) -> str:
        places = self._places()
        width = max(x for x, _ in places.values()) + WIDTH * 0.6
        height = max(y for _, y in places.values()) + HEIGHT * 0.7
        shapes = [*self._arrows(places), *(_node(name, place) for name, place in places.items())]
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}"'
            f' viewBox="0 0 {width:g} {height:g}" role="img" aria-label="The graph of the agent">'
            '<defs><marker id="graph-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6"'
            ' orient="auto"><polygon points="0,0 8,4 0,8" fill="#555"/></marker></defs>'
            f'<rect width="{width:g}" height="{height:g}" fill="#fff"/>{"".join(shapes)}</svg>'
        )

    def _places(self) -> dict[str, Point]:
        """Return the middle of each node: a column for each step away from the start, each column centred."""
        columns: list[list[str]] = [["__start__"]]
        seen = {"__start__"}
        while columns[-1]:
            after = [edge.target for node in columns[-1] for edge in self.graph.edges if edge.source == node]
            columns.append([name for name in dict.fromkeys(after) if name not in seen])
            seen.update(after)
        highest = max(map(len, columns))
        return {
            name: (WIDTH * 0.6 + ACROSS * number, HEIGHT * 0.7 + DOWN * (place + (highest - len(column)) / 2))
            for number, column in enumerate(columns)
            for place, name in enumerate(column)
        }

    def _arrows(self, places: dict[str, Point]) -> Iterator[str]:
        pairs = {(edge.source, edge.target) for edge in self.graph.edges}
        for edge in self.graph.edges:
            bow = 22.0 if (edge.target, edge.source) in pairs else 0.0
            yield _arrow(edge, places[edge.source], places[edge.target], bow)


def _arrow(edge: Edge, start: Point, end: Point, bow: float) -> str:
    """Draw an arrow from border to border, bent aside where another one comes back."""
    across, down = end[0] - start[0], end[1] - start[1]
    length = hypot(across, down)
    middle = (start[0] + end[0]) / 2 - down / length * bow, (start[1] + end[1]) / 2 + across / length * bow
    (x1, y1), (x2, y2) = _border(start, middle), _border(end, middle)
    line = ' stroke-dasharray="5 4"' if edge.conditional else ""
    bend = f"M{x1:.0f},{y1:.0f} Q{middle[0]:.0f},{middle[1]:.0f} {x2:.0f},{y2:.0f}"
    return f'<path d="{bend}" fill="none" stroke="#555" stroke-width="1.5"{line} marker-end="url(#graph-tip)"/>'


def _border(centre: Point, towards: Point) -> Point:
    """Return where the line from the middle of a node towards a point leaves the node."""
    across, down = towards[0] - centre[0], towards[1] - centre[1]
    share = min((WIDTH / 2 + 2) / abs(across or 0.01), (HEIGHT / 2 + 2) / abs(down or 0.01))
    return centre[0] + across * share, centre[1] + down * share


def _node(name: str, place: Point) -> str:
    """Draw a node; start and end are rounder than what does something."""
    x, y = place
    look = EDGE if name.startswith("__") else STEP
    box = f'<rect x="{x - WIDTH / 2:g}" y="{y - HEIGHT / 2:g}" width="{WIDTH}" height="{HEIGHT}" {look}/>'
    return f'{box}<text x="{x:g}" y="{y + 5:g}" {LETTERS}>{escape(name.strip("_"))}</text>'
