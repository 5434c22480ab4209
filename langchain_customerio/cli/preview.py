"""`langchain-customerio preview`: what a load would make of a file; and the question before one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from langchain_customerio.bulk.preview import preview as preview_in_bulk
from langchain_customerio.cli.load_options import read, takes_load_options
from langchain_customerio.cli.options import JsonOption  # noqa: TC001 - typer reads the annotation when it runs
from langchain_customerio.cli.output import DeclinedError, Exit, say, show, told
from langchain_customerio.cli.policy import PolicyOption, read_policy, split, takes_policy_options
from langchain_customerio.cli.source import DatabaseOption, FileArgument, QueryOption, opened
from langchain_customerio.cli.words import safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_customerio.bulk.preview import Preview
    from langchain_customerio.bulk.readers.columns import Column

_MOST_COLUMNS = 40


@takes_policy_options
@takes_load_options
def preview(  # noqa: PLR0913 - one option for each
    file: FileArgument = None,
    *,
    query: QueryOption = None,
    database: DatabaseOption = None,
    count: Annotated[int, typer.Option(min=1, help="How many records to show.")] = 3,
    policy: PolicyOption = None,
    as_json: JsonOption = False,
    **given: Any,  # noqa: ANN401 - the options of a load and of a policy, typed where they are made
) -> None:
    """Show what the first records of a file would become, and how its columns are read. Nothing is sent.

    It takes the options of load.

    langchain-customerio preview people.csv --as identify --map userId=customer_id --map traits=*
    """
    fields, options = split(given)
    options = {**read(options), "resume": False, "retry": False}
    with told(as_json=as_json), opened(file, query, database) as source:
        found = preview_in_bulk(source, count, **options | {"policy": read_policy(policy, fields)})
        shown, text = _plain(found), "\n".join(lines(found))
    show(shown, as_json=as_json, text=text)
    raise typer.Exit(Exit.REFUSED if any(record.call is None for record in found) else Exit.DONE)


def _plain(found: Preview) -> dict[str, Any]:
    return {
        "columns": [
            {
                "name": column.name,
                "field": column.field,
                "type": column.type,
                "reason": None if column.reason is None else column.reason.message,
                "line": column.line or None,
            }
            for column in found.columns
        ],
        "records": [record.model_dump() for record in found],
        "warnings": found.warnings,
    }


def lines(found: Preview) -> Iterator[str]:
    """Give what a person wants to know before a load: the columns, the first records, and what was noticed."""
    yield from map(_column, found.columns[:_MOST_COLUMNS])
    if len(found.columns) > _MOST_COLUMNS:
        yield f"and {len(found.columns) - _MOST_COLUMNS:,} more columns"
    for record in found:
        what = orjson.dumps(record.call).decode() if record.call is not None else f"refused: {record.reason}"
        yield safe(f"{record.position}: {what}")
    for text, count in found.warnings.items():
        yield safe(f"Warning: {text}{f' ({count:,} times)' if count > 1 else ''}")


def _column(column: Column) -> str:
    if not column.field:
        return safe(f"{column.name}: left out, since it is not a field")
    why = "" if column.reason is None else f" ({column.reason.message}; line {column.line:,})"
    return safe(f"{column.name} → {column.field}: {column.type}{why}")


def previewed(found: Preview) -> None:
    """Show it to whoever is asked next."""
    for line in lines(found):
        say(line)


def asked(question: str) -> None:
    """Ask a question, and go on only after a yes.

    Raises:
        DeclinedError: If it is not, or if there is no answer.
    """
    sys.stderr.write(f"{safe(question)} [y/N]: ")  # typer's own question leaves a space in the standard output
    sys.stderr.flush()
    try:
        answer = sys.stdin.readline()
    except KeyboardInterrupt:
        answer = ""
    if not answer:  # Ctrl-C or Ctrl-D, which end no line
        say("")
    if answer.strip().lower() not in {"y", "yes"}:
        raise DeclinedError("Nothing was sent.")
