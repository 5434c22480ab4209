"""The evaluation on the command line: `python -m tests.evals run|list|serve|replay|results`."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from tests.evals import scoreboard
from tests.evals.agents import NoModelError
from tests.evals.protocol import COMMANDS, Session
from tests.evals.recordings import RecordingError, load, replay, save
from tests.evals.report import replayed
from tests.evals.runner import chosen, run
from tests.evals.serve import JournalError, converse, resume
from tests.evals.task import BASELINE, STYLES
from tests.evals.tasks import NUMBER_OF, NUMBERED, TASKS, THEME_OF

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.evals.recordings import Recording
    from tests.evals.task import Task

REPORTS = Path(".cache/evals")
_PROMPT_SHOWN = 90
_ROOT = Path(__file__).parents[2]

_SERVE_HELP = f"""\
The first line that is written holds the instructions and the prompt. Each line that is read is a command, and gets
exactly one line in answer:

{COMMANDS}

A line that is no command costs nothing: the answer names what is wrong ("problem") and in which field ("field"). The
verdict says whether the task passed, which claim was read from the last line, what is wrong, and how many calls were
made and answered by an error. Where the input ends before a finish command, the verdict is written all the same.
"tokens": {{"read": …, "written": …}} may go with a finish command; without it, o200k counts.

With --journal, a process takes the commands on its standard input, one or several, after those that the journal holds,
and ends; the first line is written only where there is no command. A journal belongs to one task and one style.

Exit status: 0 when the task passed (or, with --journal, is not finished yet), 1 when it did not, 2 when the command
line or the journal is wrong.
"""
_LAST = max(NUMBERED)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says, and return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
    except (LookupError, NoModelError, RecordingError) as error:
        sys.stderr.write(f"{error.args[0]}\n")
        return 2
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.evals", description="Evaluates agents with these tools.")
    commands = parser.add_subparsers(required=True)
    styles = (*STYLES, BASELINE)

    take = commands.add_parser("run", help="let a chat model attempt tasks")
    take.add_argument("tasks", nargs="*", help="names of tasks or themes; all of them by default")
    take.add_argument("--model", default="scripted:honest", help="provider:name, or scripted:NAME")
    take.add_argument("--style", choices=styles, default="two_mode", help="the tools; %(default)s by default")
    take.add_argument("--agent", choices=("create_agent", "graph"), default="create_agent")
    take.add_argument("--trials", type=_positive, default=1, help="how often each task is attempted")
    take.add_argument("--jobs", type=_positive, default=1, help="how many trials at once")
    take.add_argument("--record", type=Path, metavar="FOLDER", help="keep every trial there, as a file")
    take.add_argument("--json", type=Path, help=f"where to write the report; by default a file in {REPORTS}")
    take.add_argument("--at-least", type=float, default=0, help="exit with 1 below this success rate, in percent")
    take.set_defaults(run=_run)

    show = commands.add_parser("list", help="list the tasks")
    show.add_argument("--json", action="store_true", help="one JSON object a line, with the whole prompt")
    show.add_argument("--blind", action="store_true", help="by number and prompt alone, in an order that says nothing")
    show.set_defaults(run=_list)

    serve = commands.add_parser(
        "serve",
        help="offer one task to an agent in another process, as JSON lines",
        epilog=_SERVE_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    serve.add_argument(
        "task", type=_task, metavar="TASK", help=f"a number from 1 to {_LAST}, which gives nothing away, or a name"
    )
    serve.add_argument("--style", choices=styles, default="two_mode", help="the tools; %(default)s by default")
    serve.add_argument("--tools", action="store_true", help="send the tools with the first line")
    serve.add_argument("--journal", type=Path, metavar="FILE", help="keep the commands there, for one process each")
    serve.add_argument("--record", type=Path, metavar="FOLDER", help="keep the finished trial there, as a file")
    serve.set_defaults(run=_serve)

    again = commands.add_parser("replay", help="send recorded calls to today's tools, and score them again")
    again.add_argument("folder", type=Path, help="where --record put the recordings")
    again.set_defaults(run=_replay)

    publish = commands.add_parser("results", help=f"add recordings to {scoreboard.LINES}, and write the page anew")
    publish.add_argument(
        "folder", type=Path, nargs="?", help="where --record put the recordings; none to write the page"
    )
    publish.add_argument("--root", type=Path, default=_ROOT, help=argparse.SUPPRESS)
    publish.set_defaults(run=_results)
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1")
    return int(text)


def _task(text: str) -> Task:
    task = NUMBERED.get(int(text)) if text.isdecimal() else TASKS.get(text)
    if task is None:
        raise argparse.ArgumentTypeError(f"no task is called {text!r}; give a number from 1 to {_LAST}, or a name")
    return task


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else 160)


def _run(options: argparse.Namespace) -> int:
    errors = Console(stderr=True)

    def progress(recording: Recording) -> None:
        errors.print("." if recording.passed else "F", end="")
        if options.record:
            save(recording, options.record)

    tasks = chosen(options.tasks)
    report = run(
        options.model,
        options.style,
        tasks,
        agent=options.agent,
        trials=options.trials,
        jobs=options.jobs,
        progress=progress,
    )
    errors.print()
    console = _console()
    report.print(console)
    path = options.json or REPORTS / f"{re.sub(r'[^A-Za-z0-9.-]+', '-', options.model)}-{options.style}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report.as_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    console.print(f"Everything is in {path}")
    return int(report.success < options.at_least)


def _list(options: argparse.Namespace) -> int:
    tasks = list((NUMBERED if options.blind else TASKS).values())
    if options.json:
        for task in tasks:
            named = {} if options.blind else {"task": task.name, "theme": THEME_OF[task.name], "adverse": task.adverse}
            line = {"number": NUMBER_OF[task.name], **named, "prompt": task.prompt}
            sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
        return 0
    table = Table("number", *(() if options.blind else ("task", "theme")), "prompt", box=None)
    for task in tasks:
        prompt = " ".join(task.prompt.split())
        named_by = () if options.blind else (task.name, THEME_OF[task.name])
        shown = prompt[:_PROMPT_SHOWN] + "…" * (len(prompt) > _PROMPT_SHOWN)
        table.add_row(str(NUMBER_OF[task.name]), *named_by, shown.replace("[", r"\["))
    _console().print(table)
    return 0


def _serve(options: argparse.Namespace) -> int:
    answers: Iterable[dict[str, Any]]
    if options.journal:
        try:
            session, answers = resume(options.task, options.style, options.journal, sys.stdin, with_tools=options.tools)
        except JournalError as error:
            _write({"problem": str(error), "field": "--journal"})
            return 2
    else:
        session = Session(options.task, options.style)
        answers = converse(session, sys.stdin, with_tools=options.tools)
    finished_now = False
    for answer in answers:
        _write(answer)
        finished_now |= "verdict" in answer
    recording = session.recording
    if finished_now and recording and options.record:
        save(recording, options.record)
    return int(not recording.passed) if recording else 0


def _write(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _replay(options: argparse.Namespace) -> int:
    recordings = load(options.folder)
    pairs = [(recording, replay(recording)) for recording in recordings]
    console = _console()
    console.print(replayed(pairs))
    worse = sum(then.passed and not now.passed for then, now in pairs)
    passed = sum(now.passed for _, now in pairs)
    console.print(
        f"{passed} of {len(pairs)} recordings pass with today's tools; {worse} passed when made, and do not now"
    )
    return int(worse > 0)


def _results(options: argparse.Namespace) -> int:
    lines = scoreboard.read(options.root / scoreboard.LINES)
    if options.folder:
        lines = scoreboard.merge(lines, scoreboard.summary(load(options.folder)))
    scoreboard.write(lines, options.root)
    _console().print(f"{len(lines)} lines in {scoreboard.LINES}; the page is {scoreboard.PAGE}")
    return 0
