"""The options of a load: their names, types, defaults, documentation and place on the command line, all here.

`Options` is what the code reads. `LoadOptions` says the same names and types once more, for type checkers and editors;
a test compares the two. The command line is made from `Options`, and takes its texts from the docstring.
"""

import inspect
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from numbers import Real
from typing import Annotated, Any, Final, Literal, Self, TypeAlias, TypedDict, Unpack

from langchain_customerio.bulk.rate_limit import REQUESTS_PER_SECOND
from langchain_customerio.bulk.readers.values import Nulls
from langchain_customerio.bulk.report import LoadReport
from langchain_customerio.errors import ConfigurationError, Problem
from langchain_customerio.policy.policy import Policy

Format: TypeAlias = Literal["jsonl", "csv", "parquet"]
Kind: TypeAlias = Literal["identify", "track", "page", "screen", "group", "alias"]

READING: Final = "Reading"
SAFETY: Final = "Safety"
SPEED: Final = "Speed"


class EngineOptions(TypedDict, total=False):
    """The options of a load that mean the same on an engine; `Options` says what each means."""

    as_: str | None
    map: Mapping[str, str] | None
    types: Mapping[str, str] | None
    timezone: str | None
    nulls: Nulls
    strict: bool
    policy: Policy | None
    ordered: bool
    workers: int
    gzip: bool
    patience: float
    dry_run: bool


class LoadOptions(EngineOptions, total=False):
    """The options of a load; `Options` says what each means."""

    format: Format | None
    encoding: str | None
    delimiter: str | None
    decimal: str | None
    date_format: str | None
    true: str | Sequence[str]
    false: str | Sequence[str]
    trim: bool
    key: str | Sequence[str] | None
    name: str | None
    dead_letter: str | os.PathLike[str] | None
    checkpoint: str | os.PathLike[str] | None
    resume: bool
    retry: bool
    log: str | os.PathLike[str] | None
    max_refused: int | None
    rate: float | None
    processes: int | None
    on_progress: Callable[[LoadReport], object] | None


@dataclass(frozen=True, slots=True)
class Flag:
    """How an option stands on the command line.

    Attributes:
        group: The heading that it stands under.
        name: Its flag, where that is not the option's name with dashes.
        metavar: What stands for its value in the help.
        help: What it is for, where the command line has to say it in another way than the docstring of `Options`.
        least: The smallest number.
        type: The type of its value, where the command line takes less than the function.
    """

    group: str
    name: str = ""
    metavar: str | None = None
    help: str = ""
    least: int | None = None
    type: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a source is read, and what happens to its records.

    Attributes:
        as_: The call that each record is (identify, track, page, screen, group or alias), where records do not say it
            by `type`.
        map: Field to column, such as `{"userId": "customer_id", "traits.plan": "plan"}`, for tables and for objects
            that are not calls. Columns that are named like fields need no entry; `{"traits": "*"}` takes all that are
            left.
        types: Column to type: text, integer, number, boolean or time for CSV; text for tables.
        timezone: Time zone of times that come without one, such as UTC or Europe/Berlin.
        nulls: What to do with missing values: drop leaves them out, send sends them as null, which
            removes a trait.
        format: What a file holds, where its name does not say it.
        encoding: Encoding of text, such as windows-1252; UTF-8 by default, or what a mark at the beginning says.
        delimiter: What separates the cells of CSV; by default it is detected in the header.
        decimal: Decimal mark of CSV, a point or a comma.
        date_format: How dates are written in CSV, such as %d.%m.%Y; ISO 8601 by default.
        true: Words of CSV that mean true, beside true itself.
        false: Words of CSV that mean false, beside false itself.
        trim: Remove blanks around the cells of CSV.
        key: Column, or columns, that tell the records apart, such as an order number. Message ids are made from it
            instead of the position, so that rows may come in another order the next time; dead letters, the log and the
            report name records by it.
        name: What the source is called. Message ids are made from it, from the position and from the content, so that
            ids outlive a copy of a file. By default they are made from the file's name, size and time; those of an
            iterable only stay the same where there is a checkpoint.
        strict: Ask the API to validate; otherwise it answers 200 to everything. A request that it refuses is divided
            until the records at fault are found.
        policy: What may be sent; `Policy()` by default. A record that needs a person's approval is refused, and
            `max_batch` limits each request.
        dry_run: Check everything, send nothing.
        dead_letter: File for the records that are refused, as JSON Lines with reason and position.
        checkpoint: File that records how far the load has come, so that it can be resumed.
        resume: Continue an earlier load from its checkpoint, if there is one.
        retry: Load the entries of the dead-letter file first, as they stand there now; delivered ones are removed from
            it. With a checkpoint, this resumes the load, and a source that is complete is not loaded again.
        log: File with a line for each record, without its data, for a warehouse to join: run, source, position, key,
            call, status, code and message id. Parquet if its name ends with `.parquet`, else JSON Lines.
        max_refused: Stop when more records than this are refused.
        patience: Seconds for which the load waits while the API does not answer, or answers 408, 429 or 5xx, before it
            stops. It comes on top of the client's own retries, and begins anew whenever a request succeeds.
        ordered: Deliver each person's calls in order. A person is who `userId` says, or else `anonymousId`.
        workers: The largest number of requests in flight.
        rate: Requests per second on average over three seconds; None for no limit.
        processes: Processes that check and encode records beside this one, which reads, packs and sends them; by
            default this one does it all. It pays for large files: each takes some 60 MB and half a second to start.
            What becomes of the records is the same. A script needs `if __name__ == "__main__":` around what it does.
        gzip: Compress requests. That the API takes it is not documented: try it with `strict`.
        on_progress: Called with a report, whose `status` is `running`, whenever records are delivered or refused; never
            by two threads at once.

    Raises:
        ConfigurationError: If a value makes no sense.
    """

    as_: Annotated[str | None, Flag(READING, "--as", metavar="CALL", type=Kind | None)] = None
    map: Annotated[
        Mapping[str, str] | None,
        Flag(
            READING,
            metavar="FIELD=COLUMN",
            help="userId=customer_id, traits.plan=plan; traits=* takes all columns that are left.",
        ),
    ] = None
    types: Annotated[Mapping[str, str] | None, Flag(READING, "--type", metavar="COLUMN=TYPE")] = None
    timezone: Annotated[str | None, Flag(READING)] = None
    nulls: Annotated[Nulls, Flag(READING)] = "drop"
    format: Annotated[Format | None, Flag(READING)] = None
    encoding: Annotated[str | None, Flag(READING)] = None
    delimiter: Annotated[str | None, Flag(READING, metavar="CHARACTER")] = None
    decimal: Annotated[str | None, Flag(READING, metavar="MARK")] = None
    date_format: Annotated[str | None, Flag(READING, metavar="FORMAT")] = None
    true: Annotated[str | Sequence[str], Flag(READING, metavar="WORD", type=list[str] | None)] = ()
    false: Annotated[str | Sequence[str], Flag(READING, metavar="WORD", type=list[str] | None)] = ()
    trim: Annotated[bool, Flag(READING)] = False
    key: Annotated[str | Sequence[str] | None, Flag(READING, metavar="COLUMN", type=list[str] | None)] = None
    name: Annotated[str | None, Flag(READING)] = None
    strict: Annotated[bool, Flag(SAFETY)] = False
    policy: Policy | None = None
    dry_run: Annotated[bool, Flag(SAFETY, help="Check everything, send nothing; needs no key.")] = False
    dead_letter: Annotated[
        str | os.PathLike[str] | None, Flag(SAFETY, help="File for refused records; FILE.dead-letter.jsonl by default.")
    ] = None
    checkpoint: Annotated[
        str | os.PathLike[str] | None,
        Flag(SAFETY, help="File that records how far the load has come; FILE.checkpoint by default."),
    ] = None
    resume: Annotated[bool, Flag(SAFETY, help="Continue an earlier load from its checkpoint.")] = False
    retry: Annotated[bool, Flag(SAFETY)] = False
    log: Annotated[str | os.PathLike[str] | None, Flag(SAFETY)] = None
    max_refused: Annotated[int | None, Flag(SAFETY, least=0)] = None
    patience: Annotated[float, Flag(SAFETY, least=0)] = 300.0
    ordered: Annotated[bool, Flag(SPEED)] = False
    workers: Annotated[int, Flag(SPEED, least=1)] = 8
    rate: Annotated[float | None, Flag(SPEED, least=0, help="Requests per second; 0 for no limit.", type=float)] = (
        REQUESTS_PER_SECOND
    )
    processes: Annotated[
        int | None, Flag(SPEED, least=1, help="Processes that check records beside this one; for large files.")
    ] = None
    gzip: Annotated[bool, Flag(SPEED)] = False
    on_progress: Callable[[LoadReport], object] | None = None

    def __post_init__(self) -> None:
        """Refuse what makes no sense whatever the source is."""
        wrong = {
            "few_workers": not (_is_number(self.workers) and self.workers >= 1),
            "few_processes": self.processes is not None and not (_is_number(self.processes) and self.processes >= 1),
            "low_rate": self.rate is not None and not (_is_number(self.rate) and self.rate > 0),
            "low_patience": not (_is_number(self.patience) and self.patience >= 0),
            "nothing_to_resume": self.resume and self.checkpoint is None,
            "nothing_to_retry": self.retry and self.dead_letter is None,
        }
        for code in (code for code, is_so in wrong.items() if is_so):
            raise ConfigurationError(problem=Problem(code))

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that name records; none where their places do."""
        return (self.key,) if isinstance(self.key, str) else tuple(self.key or ())

    @classmethod
    def of(cls, **given: Unpack[LoadOptions]) -> Self:
        """Return what a caller has given, and the defaults of the rest.

        Raises:
            TypeError: If there is no option of a name.
        """
        known = [each.name for each in fields(cls)]
        if unknown := given.keys() - set(known):
            raise TypeError(f"load() has no option {min(unknown)!r}; there are {', '.join(known)}")
        return cls(**given)


def _is_number(value: object) -> bool:
    return isinstance(value, Real)


def deciding() -> list[str]:
    """Return the options that decide what becomes of a record: those that say how it is read, and the policy."""
    return [each.name for each in fields(Options) if _group(each.type) == READING and each.name != "name"] + ["policy"]


def _group(hint: Any) -> str | None:  # noqa: ANN401 - a type, of any form
    flags = getattr(hint, "__metadata__", ())
    return flags[0].group if flags else None


def documentation() -> dict[str, str]:
    """Return what each option is for, as the docstring of `Options` says it; nothing where Python drops docstrings."""
    section = inspect.cleandoc(Options.__doc__ or "").partition("Attributes:\n")[2].partition("\n\n")[0]
    return {
        found[1]: " ".join(found[2].split())
        for found in re.finditer(r"^    (\w+): (.*?)(?=^    \w+: |\Z)", section, re.DOTALL | re.MULTILINE)
    }
