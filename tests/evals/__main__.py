"""The exam on the command line: `python -m tests.evals run|list|serve`."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from tests.evals.agent import NoModelError
from tests.evals.exam import Row, chosen, hold
from tests.evals.serve import Served, converse, step
from tests.evals.task import STYLES
from tests.evals.tasks import TASKS, THEME_OF

if TYPE_CHECKING:
    from collections.abc import Sequence

RESULTS = Path(".cache/evals")
_PROMPT_SHOWN = 90


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says, and return the exit status."""
    options = _parser().parse_args(arguments)
    status: int = options.run(options)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.evals", description="An exam for agents with these tools.")
    commands = parser.add_subparsers(required=True)

    run = commands.add_parser("run", help="let a chat model take the exam")
    run.add_argument("tasks", nargs="*", help="names of tasks or themes; all of them by default")
    run.add_argument("--model", default="scripted:honest", help="provider:name for init_chat_model, or scripted:ACTOR")
    run.add_argument("--style", choices=STYLES, default="two_mode")
    run.add_argument("--agent", choices=("create_agent", "graph"), default="create_agent")
    run.add_argument("--jobs", type=int, default=1, help="how many tasks at once")
    run.add_argument("--json", type=Path, help=f"where to write the results; by default a file in {RESULTS}")
    run.add_argument("--at-least", type=float, default=0, help="exit with 1 below this success rate, in percent")
    run.set_defaults(run=_run)

    show = commands.add_parser("list", help="list the tasks")
    show.add_argument("--json", action="store_true", help="one JSON object a line, with the whole prompt")
    show.set_defaults(run=_list)

    serve = commands.add_parser("serve", help="offer one task to another process, as JSON lines")
    serve.add_argument("task", choices=TASKS, metavar="TASK")
    serve.add_argument("--style", choices=STYLES, default="two_mode")
    serve.add_argument("--journal", type=Path, help="keep the commands here, so that each can be a process of its own")
    serve.set_defaults(run=_serve)
    return parser


def _run(options: argparse.Namespace) -> int:
    console = Console(width=None if sys.stdout.isatty() else 160)
    errors = Console(stderr=True)

    def progress(row: Row) -> None:
        errors.print("." if row.passed else "F", end="")

    try:
        tasks = chosen(options.tasks)
        report = hold(options.model, options.style, tasks, agent=options.agent, jobs=options.jobs, progress=progress)
    except (LookupError, NoModelError) as error:
        sys.stderr.write(f"{error.args[0]}\n")
        return 2
    errors.print()
    report.print(console)
    path = options.json or RESULTS / f"{re.sub(r'[^A-Za-z0-9.-]+', '-', options.model)}-{options.style}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report.as_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    console.print(f"Everything is in {path}")
    return int(report.success < options.at_least)


def _list(options: argparse.Namespace) -> int:
    if options.json:
        for task in TASKS.values():
            line = {"task": task.name, "theme": THEME_OF[task.name], "adverse": task.adverse, "prompt": task.prompt}
            sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
        return 0
    table = Table("task", "theme", "prompt", box=None)
    for task in TASKS.values():
        prompt = " ".join(task.prompt.split())
        table.add_row(task.name, THEME_OF[task.name], prompt[:_PROMPT_SHOWN] + "…" * (len(prompt) > _PROMPT_SHOWN))
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    return 0


def _serve(options: argparse.Namespace) -> int:
    served = Served(TASKS[options.task], options.style)
    answers = [step(served, options.journal, sys.stdin.read())] if options.journal else converse(served, sys.stdin)
    for answer in answers:
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    return 0 if served.passed or (options.journal and served.passed is None) else 1


if __name__ == "__main__":
    sys.exit(main())
