"""The picture of the agent at work: what `make demo` prints, as an SVG that shows one turn after the other."""

from __future__ import annotations

import re
import subprocess
import sys
from html import escape
from typing import TYPE_CHECKING, Final

from tests.paths import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterator

TURNS: Final = slice(0, 4)
"""The turns that are shown: the schema, the mistake, the correction, and one more."""
_LETTER, _LINE, _MARGIN, _TOP = 8.43, 20, 22, 52
_SECONDS: Final = 0.8
_ID: Final = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{26}\b")
_SAMPLE_ID: Final = "01KB5M3Q8W9VZT0R6XJYH2N4PC"

_STYLE: Final = """
svg { color-scheme: light dark }
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; white-space: pre; fill: #e2e8f0 }
.agent { fill: #67e8f9; font-weight: 700 }
.call { fill: #93c5fd }
.right { fill: #86efac }
.wrong { fill: #fca5a5 }
.title { fill: #94a3b8 }
g.turn { animation: appear 0.5s both }
@keyframes appear { from { opacity: 0 } }
@media (prefers-reduced-motion: reduce) { g.turn { animation: none } }
"""


def demo() -> str:
    """Return what `make demo` prints."""
    command = [sys.executable, str(EXAMPLES / "react_agent.py")]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def lines(printed: str) -> list[list[str]]:
    """Return the turns that are shown, line by line, with ids that are the same in every run."""
    turns = printed.partition("agent (scripted)\n")[2].split("agent (scripted)\n")[TURNS]
    found = [[line.rstrip() for line in turn.strip("\n").splitlines()] for turn in turns]
    return [["agent", *(_ID.sub(_SAMPLE_ID, line) for line in turn)] for turn in found]


def picture(printed: str) -> str:
    """Return the picture of what the demo has printed."""
    turns = lines(printed)
    wide = 80 * _LETTER + 2 * _MARGIN
    high = _TOP + _LINE * (sum(map(len, turns)) + len(turns) - 1) + _MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {high}" width="{wide:.0f}" height="{high}"'
        ' role="img" aria-labelledby="title">\n'
        '<title id="title">An agent at work: a call with a mistake is refused with the reason, and corrected</title>\n'
        f"<style>{_STYLE}</style>\n"
        f'<rect width="{wide:.0f}" height="{high}" rx="10" fill="#0f172a"/>\n'
        '<circle cx="24" cy="22" r="6" fill="#f87171"/><circle cx="44" cy="22" r="6" fill="#fbbf24"/>'
        '<circle cx="64" cy="22" r="6" fill="#34d399"/>\n'
        f'<text class="title" x="{wide / 2:.0f}" y="27" text-anchor="middle">make demo</text>\n'
        f"{''.join(_drawn(turns))}</svg>\n"
    )


def _drawn(turns: list[list[str]]) -> Iterator[str]:
    row = 0
    for number, turn in enumerate(turns):
        yield f'<g class="turn" style="animation-delay: {number * _SECONDS:.1f}s">\n'
        kind = ""
        for line in turn:
            kind = _kind(line, kind)
            label = f' class="{kind}"' if kind else ""
            yield f'<text{label} x="{_MARGIN}" y="{_TOP + 14 + row * _LINE}">{escape(line, quote=False)}</text>\n'
            row += 1
        row += 1
        yield "</g>\n"


def _kind(line: str, before: str) -> str:
    """Return what a line is: the beginning of a part, or the rest of the one before."""
    begins = {"agent": "agent", "  →": "call", "  ✓": "right", "  ✗": "wrong"}
    found = next((kind for start, kind in begins.items() if line.startswith(start)), None)
    return found if found is not None else before if before in {"right", "wrong"} else ""
