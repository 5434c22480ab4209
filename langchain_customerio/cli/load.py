"""`langchain-customerio load`: a file, a table or the standard input, in bulk."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from langchain_customerio.bulk import load as load_in_bulk
from langchain_customerio.bulk import preview
from langchain_customerio.bulk.plan import WORKERS
from langchain_customerio.bulk.rate_limit import REQUESTS_PER_SECOND
from langchain_customerio.bulk.readers.open import Format  # noqa: TC001 - typer reads the annotation when it runs
from langchain_customerio.cli.options import (
    SAFETY,
    AllowDestructiveOption,
    AllowRedirectsOption,
    BaseUrlOption,
    DryRunOption,
    JsonOption,
    RegionOption,
    StrictOption,
    connect,
)
from langchain_customerio.cli.output import Exit, show, told
from langchain_customerio.cli.progress import previewed, progress
from langchain_customerio.cli.values import pairs
from langchain_customerio.cli.wording import how_to_go_on, lines
from langchain_customerio.policy.policy import Policy

if TYPE_CHECKING:
    from langchain_customerio.bulk import LoadReport

Kind = Literal["identify", "track", "page", "screen", "group", "alias"]

_READING, _SPEED = "Reading", "Speed"
_STDIN = "-"


def load(  # noqa: PLR0913 - one option for each of bulk.load
    file: Annotated[str, typer.Argument(help=".jsonl, .csv or .parquet, also .gz and .zst; - is the standard input.")],
    *,
    as_: Annotated[
        Kind | None,
        typer.Option(
            "--as",
            rich_help_panel=_READING,
            metavar="CALL",
            help="What each record is: identify, track, page, screen, group or alias.",
        ),
    ] = None,
    map_: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            rich_help_panel=_READING,
            metavar="FIELD=COLUMN",
            help="userId=customer_id, traits.plan=plan; traits=* takes all columns that are left.",
        ),
    ] = None,
    type_: Annotated[
        list[str] | None,
        typer.Option(
            "--type", rich_help_panel=_READING, metavar="COLUMN=TYPE", help="text, integer, number, boolean, time."
        ),
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(rich_help_panel=_READING, help="Of times without one, such as UTC or Europe/Berlin.")
    ] = None,
    format_: Annotated[
        Format | None, typer.Option("--format", rich_help_panel=_READING, help="If the name does not say it.")
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            rich_help_panel=_READING,
            help="What messageIds are made from, instead of the file's own name, size and time.",
        ),
    ] = None,
    strict: StrictOption = False,
    dry_run: DryRunOption = False,
    resume: Annotated[
        bool, typer.Option("--resume", rich_help_panel=SAFETY, help="Go on where an earlier load has ended.")
    ] = False,
    checkpoint: Annotated[
        Path | None, typer.Option(rich_help_panel=SAFETY, help="What is settled; FILE.checkpoint by default.")
    ] = None,
    dead_letter: Annotated[
        Path | None, typer.Option(rich_help_panel=SAFETY, help="What is refused; FILE.dead-letter.jsonl by default.")
    ] = None,
    max_refused: Annotated[
        int | None, typer.Option(rich_help_panel=SAFETY, min=0, help="Stop when more than this are refused.")
    ] = None,
    allow_destructive: AllowDestructiveOption = False,
    allow_redirects: AllowRedirectsOption = False,
    yes: Annotated[bool, typer.Option("--yes", rich_help_panel=SAFETY, help="Do not ask before sending.")] = False,
    rate: Annotated[
        float, typer.Option(rich_help_panel=_SPEED, help="Requests per second; 0 for no limit.", min=0)
    ] = REQUESTS_PER_SECOND,
    workers: Annotated[int, typer.Option(rich_help_panel=_SPEED, help="Requests in flight.", min=1)] = WORKERS,
    ordered: Annotated[
        bool, typer.Option("--ordered", rich_help_panel=_SPEED, help="Never let a person's calls overtake each other.")
    ] = False,
    gzip: Annotated[bool, typer.Option("--gzip", rich_help_panel=_SPEED, help="Compress requests.")] = False,
    region: RegionOption = None,
    base_url: BaseUrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load a file in bulk. What is refused goes into a file of its own, and a load that was stopped can go on.

    langchain-customerio load people.csv --as identify --map userId=customer_id --map traits.plan=plan --strict
    """
    reading: dict[str, Any] = {
        "as_": as_,
        "map": pairs(map_, "--map") or None,
        "types": pairs(type_, "--type") or None,
        "timezone": timezone,
        "format": format_,
    }
    policy = Policy(allow_destructive=allow_destructive, allow_redirects=allow_redirects)
    checkpoint = checkpoint or _beside(file, ".checkpoint")
    at_once = "Ended at once: what was in flight may have arrived."
    with (
        told(as_json=as_json, interrupted=f"{at_once} {how_to_go_on(checkpoint)}"),
        connect(region, base_url, dry_run=dry_run) as client,
    ):
        if not (yes or dry_run or resume or file == _STDIN) and sys.stdin.isatty() and sys.stderr.isatty():
            previewed(preview(file, policy=policy, **reading), client.base_url)
        if not (strict or dry_run):
            client.check()  # else a wrong key would show nowhere: without validation, the API answers 200 to it
        with progress(sys.stderr, "" if dry_run else "Ctrl-C finishes what is in flight.") as on_progress:
            report = load_in_bulk(
                client,
                file,
                **reading,
                policy=policy,
                strict=strict,
                name=name,
                dry_run=dry_run,
                resume=resume,
                checkpoint=checkpoint,
                dead_letter=dead_letter or _beside(file, ".dead-letter.jsonl"),
                max_refused=max_refused,
                rate=rate or None,
                workers=workers,
                ordered=ordered,
                gzip=gzip,
                on_progress=on_progress,
            )
    show(report.model_dump(), as_json=as_json, text="\n".join(lines(report)))
    raise typer.Exit(_code(report))


def _code(report: LoadReport) -> Exit:
    return Exit.REFUSED if report.refused or report.dead_lettered else Exit.DONE


def _beside(file: str, suffix: str) -> Path | None:
    return None if file == _STDIN else Path(f"{file}{suffix}")
