"""A person's calls over time, drawn by matplotlib. Needs the extra `notebook`.

Of the libraries that draw in notebooks, matplotlib needs no JavaScript from a network, so its drawings also show
offline, on GitHub, in a printed notebook and in a file.
"""

from __future__ import annotations

import io
import warnings
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from matplotlib import rc_context
from matplotlib.figure import Figure

from langchain_customerio.sandbox.render import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from langchain_customerio.sandbox.rows import Row

_LANES: Final = 15
_MOST_NAME: Final = 40
_MOST_TITLE: Final = 80
_INK: Final = "#7b8594"
"""Readable on a light page and on a dark one."""
_MARKS: Final = {
    "accepted": ("o", "#2fa86a"),
    "duplicate": ("s", "#5b9bd5"),
    "dropped": ("X", "#ef8a2c"),
    "rejected": ("P", "#e0435c"),
    "faulted": ("^", "#a45fd1"),
}
_OTHERS: Final = "others"


class Timeline(Figure):
    """A matplotlib figure that a notebook shows; `savefig` writes it to a file."""

    def _repr_svg_(self) -> str:
        drawn = io.StringIO()
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph .* missing")  # a name in letters that the font does not have
            self.savefig(drawn, format="svg")
        return drawn.getvalue()


def timeline(title: str, rows: Sequence[Row]) -> Timeline:
    """Draw calls: a lane for each kind and name, the fifteen most frequent on their own.

    Args:
        title: What stands above it.
        rows: The calls.
    """
    times = Counter(_lane(row) for row in rows)
    lanes = [lane for lane, _ in times.most_common(_LANES)]
    if len(times) > _LANES:
        lanes.append(_OTHERS)
    figure = Timeline(figsize=(9, 1.3 + 0.32 * max(len(lanes), 1)), layout="constrained")
    axes = figure.add_subplot()
    for patch in (figure.patch, axes.patch):
        patch.set_alpha(0)  # the page shows through, light or dark
    with rc_context({"date.converter": "concise"}):
        for label, (marker, colour) in _MARKS.items():
            found = [row for row in rows if row.label == label]
            places = [lanes.index(lane if (lane := _lane(row)) in lanes else _OTHERS) for row in found]
            if found:
                moments: list[Any] = [row.entry.at for row in found]
                key = f"{label} ({len(found):,})"
                axes.scatter(moments, places, s=34, marker=marker, color=colour, label=key, zorder=3)
    _dress(axes, title, lanes)
    return figure


def _lane(row: Row) -> str:
    name = f"{row.kind} {row.what}" if row.kind in {"track", "page", "screen"} else row.kind
    return visible(name.strip(), _MOST_NAME)


def _dress(axes: Axes, title: str, lanes: list[str]) -> None:
    axes.set_title(visible(title, _MOST_TITLE), loc="left", color=_INK, parse_math=False)
    axes.set_yticks(range(len(lanes)), lanes, parse_math=False)
    axes.set_ylim(max(len(lanes), 1) - 0.5, -0.5)
    axes.tick_params(colors=_INK, length=0)
    axes.xaxis.get_offset_text().set_color(_INK)
    axes.grid(axis="y", color=_INK, alpha=0.25)
    axes.spines[:].set_visible(False)
    if lanes:
        axes.legend(frameon=False, labelcolor=_INK, loc="upper left", bbox_to_anchor=(1, 1))
    else:
        axes.set_xticks([])
        axes.text(0.5, 0.5, "No call names this person.", ha="center", color=_INK, transform=axes.transAxes)
