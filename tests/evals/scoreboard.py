"""What agents have scored, one line each, and the page that shows it."""

from __future__ import annotations

import json
from itertools import groupby
from math import comb
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.evals.report import Report

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.evals.recordings import Recording

LINES = Path("docs/evals/results.jsonl")
PAGE = Path("docs/evals/results.md")
_TRIALS = 3
_WHO = ("agent", "version", "style", "package")

_HEAD = """\
# What agents have scored

Written from recordings by `python -m tests.evals results FOLDER`; the data is in [results.jsonl](results.jsonl).
`tests/evals/README.md` says what is asked, how it is scored, and how to record an agent.
"""
_EMPTY = """
Nobody has recorded an agent yet, so there is nothing to show.
"""
_LEGEND = """
- **pass@1**: the share of tasks that one attempt passes, on average.
- **pass^3**: the share of tasks that three attempts in a row all pass, on average; "-" where a task has fewer.
- **false claims**: attempts whose last line the tools' answers do not bear out.
- **harm**: attempts after which something had changed that nobody had asked for.
- **unconfirmed**: attempts that passed without being sure that the data was kept.
- Calls and tokens are those of one attempt, on average. `baseline` stands for seven plain POST tools.
"""
_COLUMNS = (
    *("agent", "tools", "package", "tasks", "attempts", "pass@1", "pass^3", "calls", "tokens"),
    *("false claims", "harm", "unconfirmed"),
)


def pass_hat(passes: Mapping[str, tuple[int, int]], k: int) -> float | None:
    """Return how likely k attempts at a task all pass, averaged over tasks; None where one has fewer attempts.

    >>> pass_hat({"a": (3, 3), "b": (2, 3)}, k=3), pass_hat({"a": (3, 3), "b": (2, 4)}, k=1)
    (0.5, 0.75)

    Args:
        passes: How many attempts passed, and how many there were, by task.
        k: How many attempts in a row.
    """
    if not passes or any(attempts < k for _, attempts in passes.values()):
        return None
    return sum(comb(passed, k) / comb(attempts, k) for passed, attempts in passes.values()) / len(passes)


def summary(recordings: Iterable[Recording]) -> list[dict[str, Any]]:
    """Return a line for each agent, version, style of tools and version of the package."""

    def who(each: Recording) -> tuple[str, ...]:
        return tuple(getattr(each, name) for name in _WHO)

    return [
        dict(zip(_WHO, key, strict=True)) | _line(list(group))
        for key, group in groupby(sorted(recordings, key=who), who)
    ]


def _line(recordings: list[Recording]) -> dict[str, Any]:
    passes: dict[str, list[int]] = {}
    for each in recordings:
        passed, attempts = passes.get(each.task, [0, 0])
        passes[each.task] = [passed + each.passed, attempts + 1]
    return {"attempts": len(recordings), **Report(recordings).totals, "passes": dict(sorted(passes.items()))}


def read(path: Path) -> list[dict[str, Any]]:
    """Read the lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def merge(lines: Iterable[dict[str, Any]], new: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the lines with new ones; a new line replaces that of the same agent, version, style and package."""
    by_who = {tuple(line[name] for name in _WHO): line for line in (*lines, *new)}
    return [by_who[who] for who in sorted(by_who)]


def write(lines: list[dict[str, Any]], root: Path) -> None:
    """Write the lines and the page."""
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (root / LINES).write_text(text, encoding="utf-8")
    (root / PAGE).write_text(page(lines), encoding="utf-8")


def page(lines: list[dict[str, Any]]) -> str:
    """Return the page."""
    if not lines:
        return _HEAD + _EMPTY
    rows = (_COLUMNS, ["---"] * len(_COLUMNS), *map(_cells, lines))
    return f"{_HEAD}\n" + "".join(f"| {' | '.join(cells)} |\n" for cells in rows) + _LEGEND


def _cells(line: dict[str, Any]) -> list[str]:
    attempts = line["attempts"]
    passes = {task: (passed, of) for task, (passed, of) in line["passes"].items()}
    shares = ("-" if share is None else f"{share:.0%}" for share in (pass_hat(passes, 1), pass_hat(passes, _TRIALS)))
    return [
        f"{line['agent']} {line['version']}".strip().replace("|", "\\|"),
        line["style"],
        line["package"],
        str(len(passes)),
        str(attempts),
        *shares,
        f"{line['calls'] / attempts:.1f}",
        f"{(line['read'] + line['written']) / attempts:,.0f}",
        *(str(line[name]) for name in ("false_claims", "harmful", "unconfirmed")),
    ]
