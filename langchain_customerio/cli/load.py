"""`langchain-customerio load`: a file, a table or the standard input, in bulk."""

from __future__ import annotations

import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from langchain_customerio.bulk import load as load_in_bulk
from langchain_customerio.bulk import preview
from langchain_customerio.bulk.options import SAFETY, Options
from langchain_customerio.cli.load_options import read, takes_load_options
from langchain_customerio.cli.options import (
    BaseUrlOption,
    JsonOption,
    RegionOption,
    connect,
)
from langchain_customerio.cli.output import Exit, show, told
from langchain_customerio.cli.policy import PolicyOption, read_policy, takes_policy_options
from langchain_customerio.cli.progress import previewed, progress
from langchain_customerio.cli.wording import how_to_go_on, lines

if TYPE_CHECKING:
    from langchain_customerio.bulk import LoadReport

_STDIN = "-"
_OPTIONS = frozenset(field.name for field in fields(Options))


@takes_policy_options
@takes_load_options
def load(  # noqa: PLR0913 - one option for each
    file: Annotated[str, typer.Argument(help=".jsonl, .csv or .parquet, also .gz and .zst; - is the standard input.")],
    *,
    policy: PolicyOption = None,
    yes: Annotated[bool, typer.Option("--yes", rich_help_panel=SAFETY, help="Do not ask before sending.")] = False,
    region: RegionOption = None,
    base_url: BaseUrlOption = None,
    as_json: JsonOption = False,
    **given: Any,  # noqa: ANN401 - the options of a load and the fields of a policy, typed where they are made
) -> None:
    """Load a file in bulk. What is refused goes into a file of its own, and a load that was stopped can go on.

    langchain-customerio load people.csv --as identify --map userId=customer_id --map traits.plan=plan --strict
    """
    options = read({name: value for name, value in given.items() if name in _OPTIONS})
    dry_run, strict = options["dry_run"], options["strict"]
    for name, suffix in (("checkpoint", ".checkpoint"), ("dead_letter", ".dead-letter.jsonl")):
        options[name] = options[name] or _beside(file, suffix)
    at_once = "Ended at once: what was in flight may have arrived."
    with (
        told(as_json=as_json, interrupted=f"{at_once} {how_to_go_on(options['checkpoint'])}"),
        connect(region, base_url, dry_run=dry_run) as client,
    ):
        options["policy"] = read_policy(policy, {name: given[name] for name in given.keys() - _OPTIONS})
        asked = not (yes or dry_run or options["resume"] or file == _STDIN)
        if asked and sys.stdin.isatty() and sys.stderr.isatty():
            previewed(preview(file, **options), client.base_url)
        if not (strict or dry_run):
            client.check()  # else a wrong key would show nowhere: without validation, the API answers 200 to it
        with progress(sys.stderr, "" if dry_run else "Ctrl-C finishes what is in flight.") as on_progress:
            report = load_in_bulk(client, file, **options, on_progress=on_progress)
    show(report.model_dump(), as_json=as_json, text="\n".join(lines(report)))
    raise typer.Exit(_code(report))


def _code(report: LoadReport) -> Exit:
    return Exit.REFUSED if report.refused or report.dead_lettered else Exit.DONE


def _beside(file: str, suffix: str) -> Path | None:
    return None if file == _STDIN else Path(f"{file}{suffix}")
