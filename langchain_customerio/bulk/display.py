"""How reports and previews show themselves: in a terminal (rich), in a notebook (HTML) and drawn (matplotlib)."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, Final

from langchain_customerio.text import bounded, escaped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure
    from rich.console import Group

_MOST_ROWS: Final = 50
_MOST_CELL: Final = 500
_MOST_LABEL: Final = 60
# Colours come from the page around it, so that it can be read on a dark one too.
_BORDER: Final = "1px solid color-mix(in srgb, currentColor 25%, transparent)"
_CELL: Final = f"padding:.25em .6em;border-bottom:{_BORDER};text-align:left;vertical-align:top;overflow-wrap:anywhere"
_TABLE: Final = "border-collapse:collapse;color:inherit;background:transparent"
_INK: Final = "#7b8594"
"""Readable on a light page and on a dark one."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a title; only the first fifty are shown.

    Attributes:
        title: What they are.
        columns: The names of their columns.
        rows: The rows, with a value for each column.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]

    @property
    def heading(self) -> str:
        """The title, and how many rows are not shown."""
        left_out = len(self.rows) - _MOST_ROWS
        return f"{self.title}, the first {_MOST_ROWS} of {len(self.rows):,}" if left_out > 0 else self.title

    def cells(self) -> list[list[str]]:
        """Return the rows as text that is safe to show."""
        return [[_text(value) for value in row] for row in self.rows[:_MOST_ROWS]]


@dataclass(frozen=True, slots=True)
class View:
    """Lines of text, and tables below them.

    Attributes:
        lines: The text.
        tables: The tables; one without rows is not shown.
    """

    lines: Sequence[str] = ()
    tables: Sequence[Table] = field(default_factory=list)


class Shown:
    """Shows itself in a terminal, by `rich.print`, and in a notebook."""

    def view(self) -> View:
        """Return what is to be shown."""
        raise NotImplementedError

    def __rich__(self) -> Group:
        """Draw it in a terminal."""
        from rich.console import Group  # noqa: PLC0415 - whoever asks for a drawing has rich
        from rich.table import Table as RichTable  # noqa: PLC0415 - as above
        from rich.text import Text  # noqa: PLC0415 - as above

        view = self.view()
        drawn: list[Any] = [Text(_text(line)) for line in view.lines]
        for table in view.tables:
            if table.rows:
                found = RichTable(*table.columns)
                for row in table.cells():
                    found.add_row(*(Text(cell, overflow="fold") for cell in row))
                drawn += [Text(table.heading, style="bold"), found]
        return Group(*drawn)

    def _repr_html_(self) -> str:
        view = self.view()
        lines = "".join(f"<p>{escape(_text(line))}</p>" for line in view.lines)
        return f"<div>{lines}{''.join(_html(table) for table in view.tables if table.rows)}</div>"


def _html(table: Table) -> str:
    head = "".join(f'<th style="{_CELL}">{escape(column)}</th>' for column in table.columns)
    body = "".join(
        f"<tr>{''.join(f'<td style={chr(34)}{_CELL}{chr(34)}>{escape(cell)}</td>' for cell in row)}</tr>"
        for row in table.cells()
    )
    return (
        f"<h4>{escape(table.heading)}</h4>"
        f'<table style="{_TABLE}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    )


def _text(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else escaped(str(value), _MOST_CELL)


def bars(title: str, groups: Sequence[tuple[str, Sequence[tuple[str, int]]]]) -> Figure:
    """Draw groups of horizontal bars, one below the other; a notebook shows the figure, and `savefig` writes it.

    Args:
        title: What stands above all of them.
        groups: The name of each, and its labels with their lengths; one without labels is left out.

    Raises:
        ModuleNotFoundError: If matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - under an extra, and slow to import
    except ModuleNotFoundError as error:
        message = "To draw a report, pip install 'langchain-customerio[notebook]'"
        raise ModuleNotFoundError(message, name=error.name) from error

    class Drawing(Figure):
        def _repr_svg_(self) -> str:
            drawn = io.StringIO()
            self.savefig(drawn, format="svg")
            return drawn.getvalue()

    groups = [(name, labels) for name, labels in groups if labels]
    rows = [len(labels) for _, labels in groups] or [1]
    figure = Drawing(figsize=(9, 0.9 + 0.6 * len(rows) + 0.3 * sum(rows)), layout="constrained")
    figure.patch.set_alpha(0)  # the page shows through, light or dark
    figure.suptitle(_label(title), color=_INK, x=0.01, ha="left", parse_math=False)
    for axes, (name, labels) in zip(
        figure.subplots(len(rows), squeeze=False, height_ratios=rows)[:, 0], groups, strict=False
    ):
        found = axes.barh([_label(label) for label, _ in labels], [length for _, length in labels], color="#5b9bd5")
        axes.bar_label(found, labels=[f" {length:,}" for _, length in labels], color=_INK)
        axes.set_title(name, loc="left", color=_INK)
        axes.invert_yaxis()
        axes.patch.set_alpha(0)
        axes.set_xticks([])
        axes.tick_params(colors=_INK, length=0)
        axes.spines[:].set_visible(False)
        axes.margins(x=0.12)
    return figure


def _label(text: str) -> str:
    return bounded(escaped(text, _MOST_CELL), _MOST_LABEL).replace("$", r"\$")
