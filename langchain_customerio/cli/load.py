"""`langchain-customerio load`: a file, a table or the standard input, in bulk."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from langchain_customerio.bulk.checkpoint import Checkpoint
from langchain_customerio.bulk.load import carry_out
from langchain_customerio.bulk.options import SAFETY, Options
from langchain_customerio.bulk.preview import preview
from langchain_customerio.bulk.readers.open import open_source
from langchain_customerio.bulk.readers.sql import Query
from langchain_customerio.bulk.retry import jobs
from langchain_customerio.cli.load_options import read, takes_load_options
from langchain_customerio.cli.options import BaseUrlOption, JsonOption, RegionOption, connect
from langchain_customerio.cli.output import Exit, say, show, told
from langchain_customerio.cli.policy import PolicyOption, read_policy, split, takes_policy_options
from langchain_customerio.cli.preview import asked, previewed
from langchain_customerio.cli.progress import progress
from langchain_customerio.cli.source import STDIN, DatabaseOption, FileArgument, QueryOption, beside, opened
from langchain_customerio.cli.words import how_to_go_on, lines

if TYPE_CHECKING:
    from langchain_customerio.bulk import LoadReport
    from langchain_customerio.client.client import PipelinesClient


@takes_policy_options
@takes_load_options
def load(  # noqa: PLR0913 - one option for each
    file: FileArgument = None,
    *,
    query: QueryOption = None,
    database: DatabaseOption = None,
    yes: Annotated[bool, typer.Option("--yes", rich_help_panel=SAFETY, help="Do not ask before sending.")] = False,
    policy: PolicyOption = None,
    region: RegionOption = None,
    base_url: BaseUrlOption = None,
    as_json: JsonOption = False,
    **given: Any,  # noqa: ANN401 - the options of a load and of a policy, typed where they are made
) -> None:
    """Load a file in bulk. Refused records go to a dead-letter file, and a stopped load can be resumed.

    langchain-customerio load people.csv --as identify --map userId=customer_id --map traits.plan=plan --strict

    langchain-customerio load --query "select id as userId, plan from customers" --database postgresql://me@db/shop
    --as identify --map traits=*
    """
    fields, options = split(given)
    options = read(options)
    for name, suffix in (("checkpoint", ".checkpoint"), ("dead_letter", ".dead-letter.jsonl")):
        options[name] = options[name] or beside(file, suffix)
    at_once = "Stopped at once: pending requests may have arrived."
    with told(as_json=as_json, interrupted=f"{at_once} {how_to_go_on(options['checkpoint'])}"):
        options["policy"] = read_policy(policy, fields)
        options["dry_run"] |= options["policy"].dry_run
        with opened(file, query, database) as source, connect(region, base_url, dry_run=options["dry_run"]) as client:
            if not options["dry_run"]:
                client.check()  # before anybody is asked; without validation, a wrong key would show nowhere
                _agreed(client, source, options, yes=yes)
            report = _loaded(client, source, options)
    show(report.model_dump(), as_json=as_json, text="\n".join(lines(report)))
    raise typer.Exit(_code(report))


def _agreed(client: PipelinesClient, source: str | Query, options: dict[str, Any], *, yes: bool) -> None:
    """Show what would be sent and ask about it, where somebody can answer."""
    again = _was_complete(source, options)
    if not (yes or options["resume"] or options["retry"] or source == STDIN) and _is_terminal():
        previewed(preview(source, **options))
        asked(f"{again}Send all to {client.base_url}?")
    elif again:
        say(f"{again}It is loaded again.")


def _loaded(client: PipelinesClient, source: str | Query, options: dict[str, Any]) -> LoadReport:
    hint = "" if options["dry_run"] else "Ctrl-C lets pending requests finish."
    reports: list[LoadReport] = []
    with closing(jobs(client, source, Options.of(**options))) as all_jobs:
        for job in all_jobs:
            with progress(sys.stderr, hint, job.report):
                reports.append(carry_out(job))
    return reports[-1]


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _was_complete(source: str | Query, options: dict[str, Any]) -> str:
    """Return a sentence if a load of the same file, as it is, has ended; the same ids tell its calls from new ones."""
    path = options["checkpoint"]
    if isinstance(source, Query) or path is None or options["resume"] or not Path(path).exists():
        return ""
    checkpoint = Checkpoint(Path(path))
    state = checkpoint.read()
    checkpoint.release()
    reader = open_source(source, Options.of(**options)).reader
    if state is None or not state.complete or (state.source, state.fingerprint) != (reader.name, reader.fingerprint):
        return ""
    return f"{source} was loaded completely before, and has not changed; the calls have the same messageIds. "


def _code(report: LoadReport) -> Exit:
    return Exit.REFUSED if report.refused or report.dead_lettered else Exit.DONE
