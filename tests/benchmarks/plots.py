"""The plots that the documentation shows, drawn from what the benchmarks found; readable on light and on dark pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, FixedLocator, MaxNLocator, NullLocator, StrMethodFormatter

from tests.benchmarks.many_shapes import RATIO

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from matplotlib.axes import Axes

    from tests.benchmarks.harness import Table

_GREY: Final = "#808890"
_OURS, _WITHOUT, _OTHER, _LIMIT = "#2f9e6e", "#4c8dd6", "#d9822b", "#9a9a9a"
_STYLE: Final[Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "the same drawing has the same bytes",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": _GREY,
    "axes.labelcolor": _GREY,
    "axes.edgecolor": _GREY,
    "axes.titlesize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": _GREY,
    "grid.alpha": 0.25,
    "xtick.color": _GREY,
    "ytick.color": _GREY,
    "legend.frameon": False,
}


def draw(tables: Mapping[str, list[Table]], folder: Path) -> list[str]:
    """Draw a plot for each benchmark that has one and was run, and return their names."""
    drawn = []
    for name, plot in _PLOTS.items():
        if name in tables:
            with mpl.rc_context(_STYLE):
                figure = Figure(figsize=(8, 3), layout="constrained")
                plot(figure, tables[name])
                figure.savefig(folder / f"{name}.svg", transparent=True, metadata={"Date": None, "Creator": None})
            drawn.append(f"{name}.svg")
    return drawn


def _many_calls(figure: Figure, tables: list[Table]) -> None:
    for axes, table in zip(_side_by_side(figure, len(tables)), tables, strict=True):
        lines: list[tuple[str, str, str, str]] = [
            ("with", "our tool", "our tool, with the extra", _OURS),
            ("without", "our tool", "our tool, without it", _WITHOUT),
            ("without", "plain tool", "plain tool", _OTHER),
        ]
        for kind, column, label, colour in lines:
            _line(axes, _points(table, kind, column), label, colour)
        if any(row[6] for row in table.rows):
            _line(axes, _points(table, "with", "ideal"), "ideal", _LIMIT)
        axes.set(xscale="log", yscale="log", xlabel="calls in flight", ylabel="calls per second", ylim=(10, 10_000))
        axes.set_title(table.title.partition(", ")[2])
        axes.xaxis.set_major_locator(FixedLocator(sorted({row[1] for row in table.rows})))
        axes.xaxis.set_minor_locator(NullLocator())
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    labelled = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    figure.legend(labelled.values(), labelled, loc="outside lower center", ncols=len(labelled))


def _points(table: Table, kind: str, column: str) -> tuple[list[Any], list[Any]]:
    numbers = [row[1] for row in table.rows if row[0] == kind]
    return numbers, [table.lookup(kind, number)[column] for number in numbers]


def _loading(figure: Figure, tables: list[Table]) -> None:
    colours = (_OURS, _LIMIT, _WITHOUT, _OTHER)
    for axes, table in zip(_side_by_side(figure, len(tables)), tables, strict=True):
        rates = [table.lookup(row[0])["rate"] for row in table.rows]
        bars = axes.barh([row[0].strip("`") for row in table.rows], rates, color=colours)
        axes.bar_label(bars, labels=[f"{rate:,.0f}/s" for rate in rates], color=_GREY, padding=4)
        axes.invert_yaxis()
        axes.grid(visible=False, axis="y")
        axes.set(xlabel="events per second")
        axes.margins(x=0.3)
        axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.xaxis.set_major_formatter(EngFormatter(sep=""))
        axes.set_title(table.title.partition(", ")[2])


def _growth(figure: Figure, tables: list[Table]) -> None:
    for axes, column, label in zip(
        _side_by_side(figure, 2), ("time per event", "peak memory"), ("µs per event", "MB at the peak"), strict=True
    ):
        for table, colour in zip(tables, (_OURS, _OTHER), strict=True):
            sizes = [row[0] for row in table.rows]
            values = [table.lookup(size)[column] for size in sizes]
            _line(axes, (sizes, values), table.title.partition(", ")[2], colour)
        axes.set(xscale="log", xlabel="events", ylabel=label)
        axes.set_ylim(bottom=0)
        axes.xaxis.set_major_formatter(EngFormatter(sep=""))
        axes.xaxis.set_minor_locator(NullLocator())
    axes.legend()


def _many_shapes(figure: Figure, tables: list[Table]) -> None:
    (table,) = tables
    figure.set_size_inches(8, 5)
    axes = figure.add_subplot()
    shapes = [row[0].replace("`", "") for row in table.rows]
    bars = axes.barh(shapes, [table.lookup(row[0])[RATIO] for row in table.rows], color=_OURS)
    axes.bar_label(bars, fmt="{:.1f}", color=_GREY, padding=4)
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set(xlabel="times as fast as the SDK")
    axes.margins(x=0.1)


def _side_by_side(figure: Figure, number: int) -> list[Axes]:
    return [figure.add_subplot(1, number, position + 1) for position in range(number)]


def _line(axes: Axes, points: tuple[list[Any], list[Any]], label: str, colour: str) -> None:
    limit = colour == _LIMIT
    axes.plot(*points, "--" if limit else "-", color=colour, label=label, marker="" if limit else "o", markersize=4)


_PLOTS: Final[dict[str, Callable[[Figure, list[Table]], None]]] = {
    "many_calls": _many_calls,
    "loading": _loading,
    "many_shapes": _many_shapes,
    "growth": _growth,
}
