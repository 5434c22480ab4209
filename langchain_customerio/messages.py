"""What this package says about a call: a stable code for each finding, and the words for it.

A problem, a warning, a correction or a refusal of the policy travels as a code with a path and values. It becomes words
once, where somebody reads it: a door (a tool, the command line, a table) may name fields in its own way and give advice
of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping  # noqa: TC003 - a dataclass reads them when it is made
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from string import Formatter
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MOST_WORDS: Final = 45
"""Words of one refusal."""


class Field(str):
    """A path in wire names, among the values of a finding: each door shows its own name for it."""

    __slots__ = ()


# In a template, a placeholder that is not among the values is a field, such as {userId} or {traits.email}.
PROBLEMS: Final[dict[str, str]] = {
    # The body as a whole
    "not_json": "is not JSON: {what} at line {line}, column {column}. Send one complete JSON object",
    "not_utf8": "is not UTF-8",
    "too_long": "is {size:,} characters long; at most {most:,} are read",
    "too_deep": "is nested more than {most} levels deep",
    "duplicate_key": "has the key {key} twice in one object: keep one",
    "not_a_call": "A call is a JSON object, found {found}",
    "not_a_batch": "is a list: put it under {batch}",
    "several_calls": "is a list, not an object: send several calls in a batch",
    "empty_body": 'is required to execute; mode "get_request_schema" shows its fields',
    "holds_key": "The call contains the API key: leave it out",
    "call_too_large": "the call is {size:,} bytes, the API takes at most {most:,}. Shorten {largest} or report it",
    "context_too_large": "is {size:,} bytes: keep it below {most:,}",
    # Values
    "needs": "needs {needed}, found {found}",
    "needs_one_of": "needs {choices}",
    "empty": "is empty: give a value",
    "empty_optional": "is empty: leave it out, or give a value",
    "not_finite": "is NaN or infinite, which JSON cannot carry: leave it out",
    "integer_too_large": "is an integer beyond 64 bits: send it as a string",
    "loses_digits": "has more digits than a JSON number keeps: send it as a string",
    "broken_text": "has a broken character (a lone surrogate): send well-formed Unicode",
    "key_not_text": "has a key that is {found}: keys are strings",
    "not_a_json_type": "is {found}, which is not JSON",
    "naive_datetime": "is a datetime without a time zone: add one, for example datetime.now(UTC)",
    "not_iso_8601": "needs ISO 8601 such as {example}, found {found}",
    # Fields
    "missing": "is required",
    "missing_choice": "is required: {choices}",
    "missing_one_of": "one of {fields} is required",
    "empty_batch": "is empty: give at least one call",
    "type_mismatch": 'is not "{call}": leave it out, or use the tool for that call',
    "needs_type": 'needs "type": one of {calls}',
    "given_twice": "is given twice, as {first} and {second}: keep one",
    "unknown_field": "is not a field of {call}: use {use}",
    "unknown_field_of_group": "is not a field of {call}: use {use}, or {relationship} if about the person in it",
    "field_of_another_call": "is not a field of {call}: it belongs to {other} calls",
    "no_such_field": "is not a field of {call}: its fields are {fields}",
    "set_by_the_api": "is set by Customer.io: leave it out",
    "object_type": 'needs the id of an object type, a string of digits such as "1"',
    "relationship_needs_person": "needs a person: give {userId} or {anonymousId}",
    "same_ids": "is the same as {userId}: give the id to give up",
    # Events that act on the workspace
    "misspelt_event": "is not a reserved name, so it would only be recorded. Send exactly {name}: it {effect}",
    "event_needs": "is required for {name}, which {effect}",
    "event_needs_any": "is required (any text will do) for {name}, which {effect}",
    "event_needs_one_of": "needs {choices} for {name}, which {effect}",
    "event_needs_text": "needs a string for {name}, which {effect}",
    "event_needs_digits": "needs digits, such as 1, for {name}, which {effect}",
    "event_renames": "must be written objectTypeId for {name}, which {effect}",
    "use_tool": "acts instead of being recorded: it {effect}. Use {tool}",
    # Consent
    "preferences_replaced": "replaces every preference; to set one, use {use}",
    "preference_unknown": "is not a preference. Use {use}",
    "preference_not_boolean": "needs true or false, found {found}",
    # Arguments of a tool
    "unknown_argument": "{name} is not an argument: {advice}",
    "bare_text": "{tool} takes named arguments, not text: {arguments}",
    "set_by_the_tool": "is set by this tool: leave it out",
    "cannot_go_into": "cannot go into {holder}, which is {found}: send that as an object",
    "two_values": "is given twice, with two values: keep one",
    "no_such_part": "has no part {name}; {near}",
    "no_such_event": "{name} does not act; {near}",
    "name_not_needed": "is for a topic or a channel: leave it empty for everything",
    "needs_channel": "needs one of {choices}",
    "needs_topic": "needs the id of a topic, such as topic_1",
}
"""What keeps a call from being sent."""

REFUSALS: Final[dict[str, str]] = {
    "calls": "{call} calls are not allowed here",
    "allow_destructive": "{what}. That is not allowed here",
    "events": "this name is not allowed here{near}",
    "allow_redirects": "redirects a message, which is not allowed here",
    "allow_consent": "changes consent, which is not allowed here",
    "allow_preference_replacement": "would replace every preference, which is not allowed here; set one with {use}",
    "allow_alias": "merging ids is not allowed here",
    "allow_contact_changes": "changes how the person is reached or identified, which is not allowed here",
    "traits": "may not be set here{near}",
    "groups": "this group is not allowed here",
    "integrations": "may not be named here{near}",
    "person": "names somebody or something else; these tools act for one person only",
    "max_batch": "a batch may hold {most} here, this one has {size}: send smaller batches",
    "max_writes": (
        "this run may make {most}, has made {made}, and this would be {more} more: {fit}. Only a human"
        " operator can raise the limit: report what is left to do"
    ),
    "approve_alone": "a person must approve this call, so make it the only tool call of a message: repeat it alone",
    "approve": "a person was asked and did not approve it{said}. Do not send it another way",
}
"""What a policy refuses, by the name of its field."""

OWN_ADVICE: Final = frozenset({"max_batch", "max_writes", "approve", "approve_alone"})
"""Refusals that say themselves what to do."""

RIGHT_FORM: Final = frozenset({"allow_preference_replacement"})
"""Refusals that name another form of the call, which whoever reads them may send."""

WARNINGS: Final[dict[str, str]] = {
    "id_long": "over {most:,} bytes; the workspace may not keep it",
    "id_is_address": "looks like an e-mail address; a known person goes in {userId}",
    "id_is_vendor": "begins with cio_, so it is read as Customer.io's own id",
    "id_repeated": "is the id of an earlier item, so this one may be dropped as a repeat",
    "name_long": "over {most:,} bytes; the workspace may not keep it",
    "name_spaced": "has odd white space, which makes it another event",
    "email_event": "is missing; {event} needs it",
    "application_event": "may also change the devices of the person",
    "device_not_registered": "registers no device; track {event} does",
    "all_off": "turns every destination off",
    "no_time_zone": "has no time zone: add Z or an offset",
    "future": "lies in the future",
    "too_many_traits": "more than {most:,}; the workspace may not keep them all",
    "trait_name_long": "a name over {most:,} bytes; the workspace may not keep it",
    "trait_long": "over {most:,} bytes; the workspace may not keep it",
    "milliseconds": "looks like milliseconds; dates are seconds or ISO 8601",
    "local_time": "looks like a time without a zone: add Z or an offset",
    "null_clears": "null removes the trait",
    "not_an_address": "sent as given; it is not an IP address, so it locates nobody",
    "not_public": "sent as given; {kind} addresses locate nobody. Nothing to repeat",
    "unsubscribed_text": "anything but true, 1 and their text means subscribed; send true or false",
    "unsubscribed_misspelt": "is an ordinary trait; consent is {traits.unsubscribed}",
    "relationships_elsewhere": "belongs to the Track API; here a group call relates a person to an object",
    "relationship_on_person": "is an ordinary trait of a person; it belongs to a group call",
    "relationship_misspelt": "is an ordinary trait of the group; the relation has relationshipAttributes",
    "strict_unknown": 'not recognised, so it was not validated; send "1"',
    "would_ask": "a real run would wait for a person's approval",
}
"""What Customer.io reads otherwise than meant. The call is sent all the same."""

CORRECTIONS: Final[dict[str, str]] = {
    "renamed": "given as {given}",
    "number_as_text": "number sent as string",
    "text_as_object": "JSON string sent as object",
    "lower_case": "written in lower case",
    "read_as": "{found} read as {read}",
    "given_as": 'given as "{given}"',
    "as_field": "taken as a field of the call",
    "fence_removed": "code fence removed",
    "comma_removed": "trailing comma or comment removed",
    "unwrapped": "JSON within a string unwrapped",
    "python_literal": "Python literal read as JSON",
    "message_id_moved": "moved from {given}",
    "left_out": "left out, since the API sets it",
    "left_out_empty": "left out, since it is empty",
    "moved": "sent as {field}",
    "mapped": "sent as {value}",
    "integrations_on_or_off": "settings of a destination sent as on or off",
    "of_posthog": "event of PostHog sent as a call",
    "list_in_batch": 'list put under "batch"',
}
"""Slips with one obvious meaning, corrected before the call was sent."""

SOURCES: Final[dict[str, str]] = {
    # The source as a whole
    "source_shorter": (
        "the source ends after {count:,} records, but the checkpoint says that {settled:,} are settled: it is not"
        " the same source from its beginning"
    ),
    "no_such_column": "there is no column {column}; there are {columns}",
    "no_such_type": "the type of column {column} is not one of {choices}: {found}",
    "column_twice": "there are two columns {column}: rename one of them",
    "same_field": "columns {first} and {second} are the same field: map it to one of them with {map}",
    "bad_header": "the header {what}",
    "too_many_columns": "the source has {count:,} columns; at most {most:,} are read",
    "no_such_encoding": "there is no encoding {encoding}; it is a name such as utf-8 or windows-1252",
    "wrong_byte": (
        "{name} is not UTF-8: line {line:,}, byte {byte:,} is {value}. Give its {encoding}, such as windows-1252;"
        " {encoding} utf-8 refuses only the records that are wrong"
    ),
    "wrong_encoding": "{name} is not {codec}: give its {encoding}",
    "zero_bytes": "{name} has zero bytes, as UTF-16 without a mark does: give its {encoding}, such as utf-16-le",
    "damaged": "{name} is damaged, or is not what its name says ({kind})",
    "json_array": "{name} is a JSON array: write one object on each line, as jq -c '.[]' does",
    "not_json_lines": "{name} does not begin with a JSON object: {format} says what it holds, jsonl or csv",
    "not_a_source": "{found} cannot be loaded: give a path, an open file, a table, or calls in a list",
    "format_unknown": "the name of {name} does not say what it holds: {format} is jsonl, csv or parquet",
    "parquet_stream": "a Parquet file cannot be read from a stream: give its path",
    "no_files": "there are no Parquet files at {path}",
    "files_differ": "the files of {name} have a column of one name with different types: load them one by one",
    "mixed_column": "column {column} has values of several types: make it one, for example text by astype(str)",
    "database_unknown": "the database must be one of postgresql://user@host/name, sqlite:///file.db and duckdb:///file.duckdb",
    "query_failed": "the query of {place} failed: {reason}",
    "stream_broke": "the {name} broke off: {reason}",
    "money": "the column {column} is of type money, which arrives without its unit: cast it to numeric in the query",
    "not_arrow": "the {name} cannot be read as an Arrow table ({kind})",
    "table_type": "a table has its own types, and column {column} can only be made text",
    # The set-up
    "no_key": (
        "no Customer.io key: set CUSTOMERIO_API_KEY, or pass api_key=. It is the API key of a source under Data &"
        " Integrations, Integrations"
    ),
    "no_such_region": "the region is neither us nor eu: pass region= or set CUSTOMERIO_REGION",
    "not_ended": (
        "{file} belongs to a load of {source} that has not ended: {resume} goes on with it; without that file, a load"
        " begins at the first record"
    ),
    "other_source": (
        "{file} belongs to {source} as it was then, and this is another source or another version of it. Without that"
        " file, it is loaded from the first record, and {ids}"
    ),
    "source_changed": (
        "{file} says that the load of {source} is complete, and it has changed since. Without {resume}, all of it is"
        " loaded again, and {ids}. To load only what was refused, correct it in the dead-letter file and give {retry}"
    ),
    "same_or_new": (
        "{file} says that a load of {source} is complete, and it cannot be told whether this is the same source"
        " or a new one. To load it, remove that file"
    ),
    "other_options": (
        "{file} belongs to a load of {source} with another {options}: to go on like this would skip records or send"
        " them under new messageIds. Resume with the same, or remove that file and begin at the first record"
    ),
    "in_use": "{file} is in use by {who}: wait until that has ended, or name another file",
    "not_a_checkpoint": (
        "{file} is not a checkpoint of this version, or it is damaged. Without it, the source is loaded from its"
        " beginning: a file that has not changed with the same messageIds, anything else with new ones unless the load"
        " has a name"
    ),
    "symbolic_link": "{file} is a symbolic link, which is not followed: name the file itself",
    "same_file": (
        "{one} is the same file as {other}, {file}: the source, the checkpoint, the dead letters and the log need a"
        " file each"
    ),
    "log_exists": "{file} exists already, and rows cannot be added to a Parquet file: name another file",
    "source_shrank": "{source} has become shorter while it was read: it ended after {reached:,} of {size:,}",
    "too_many_refused": "more than {records} refused",
    "none_accepted": (
        "the API refused the first {count:,} records and accepted none, so the cause is probably not the records. With"
        " {max_refused}, the load goes on until so many are refused"
    ),
    # Options of a load
    "few_workers": "a load needs at least one worker",
    "few_processes": "{processes} is a number of processes, at least one",
    "cannot_travel": (
        "the policy, or something else of the load, cannot be given to other processes ({why}): define it at the top of"
        " a module, or leave {processes} out"
    ),
    "process_died": (
        "one of the {count} processes that check records has ended: for want of memory, or, in a script, because"
        ' `if __name__ == "__main__":` is missing around what it does. Load with fewer {processes}, or without'
    ),
    "low_rate": "the rate is in requests per second, above zero, or None for no limit",
    "low_patience": "{patience} must be a number of seconds, zero or more",
    "nothing_to_resume": "without a checkpoint there is nothing to resume: name the file, or leave {resume} out",
    "nothing_to_retry": "without a dead-letter file there is nothing to retry: name it in {dead_letter}",
    "no_such_call": "there is no call {call}; there are {calls}",
    "no_such_zone": "there is no time zone {timezone_name}; it is a name such as UTC or Europe/Berlin",
    "no_such_nulls": "{nulls} must be drop or send",
    "no_such_mark": "{decimal} must be a point or a comma",
    "no_such_delimiter": "{delimiter} must be one character, and not a quote or the end of a line",
    "option_unused": "{option} has no meaning for this kind of source: leave it out",
    "map_nearly": "the map names a field {field}, which is not a field of {call}: did you mean {close}?",
    "map_no_field": "the map names a field {field}, which is not a field of {call}: its fields are {fields}",
    "map_no_parts": "the map names a field {field}, but {head} has no parts",
    # Records
    "csv_blank": "is not CSV: a blank is between a delimiter and a quote; {trim} removes such blanks ({lines})",
    "csv_open": "is not CSV: a quote is not closed, so that nothing after it can be told apart ({lines})",
    "csv_text": (
        "is not CSV: text follows the closing quote of a cell; a quote within a cell is written twice ({lines}, up"
        " to where the next record begins for certain)"
    ),
    "record_too_long": "is a record of {size:,} characters; at most {most:,} are read",
    "line_too_long": "is a line of {size:,} bytes; only its beginning is kept here",
    "too_many_keys": "has {count:,} keys; at most {most:,} are read",
    "batch_in_load": "is a Batch: give its calls one by one",
    "cannot_ask": "a person must approve this call, and a load cannot ask one",
    "enough_written": "max_writes: {most:,} calls are allowed here",
    "cell_count": "has {cells} under {columns}",
    "wrong_text": "is not {codec}: {encoding} says how the file is encoded",
    "not_of_chosen_type": "is not of the type {type}",
    "not_of_type": (
        "is not of the column's type, {type}, which all of its cells in the first {rows:,} rows have: choose"
        " another with {types}"
    ),
    "no_zone": "has no time zone: add one, or give {timezone}",
    "beyond_years": "is not between the years 1 and 9999",
    "binary": "is binary data, which JSON cannot carry: encode it as text, or leave the column out",
    "unreadable": "cannot be read ({kind})",
    "row_without_key": "has no {key}, which tells it from others",
    # Why a column is text
    "text_leading": "is text: a cell begins with a zero or a plus sign; {types} makes it a number",
    "text_trailing": "is text: a number would lose the zero at the end of a cell; {types} makes it a number",
    "text_exponent": "is text: a cell has an exponent; {types} makes it a number",
    "text_digits": "is text: a cell has more digits than a number keeps",
    "text_comma": "is text: if the comma is a decimal mark, say so with {decimal}",
    "text_words": "is text: if the words mean true and false, say so with {true} and {false}",
    "text_dates": "is text: {date_format} says how dates are written",
    # What is noticed
    "looks_missing": "looks like a missing value, so that several people may become one",
    "id_blanks": "has blanks around it, which makes it another id; {trim} removes them",
    "blanks": "has blanks around it; {trim} removes them",
    "name_blanks": "the blanks around this name of a column were left out",
    "index_column": "was left out, since it is the index that pandas writes; {map} takes it",
    "nearly_field": "is not a field: did you mean {field}? {map} says so",
    "names_alike": "differs from column {other} by case or blanks only",
    "column_empty": "this column is empty throughout",
}
"""What is wrong with a source that is loaded, or was noticed about it. The fields in these are columns and options."""

MESSAGES: Final = {**PROBLEMS, **REFUSALS, **WARNINGS, **CORRECTIONS, **SOURCES}
"""All codes and their templates."""


_NOT_ALLOWED: Final = "is not allowed here"
"""What a rule refuses that a program has added to its policy."""


@dataclass(frozen=True, slots=True)
class Door:
    """Where words are read, and what they are then.

    Attributes:
        names: Returns what the door calls a field, or an option of a load.
        advice: Templates by code that the door has in place of the usual ones.
        permission: Returns a sentence about who can allow what a rule of a policy has refused; None to ask a person.
    """

    names: Callable[[str], str] = str
    advice: Mapping[str, str] = field(default_factory=dict)
    permission: Callable[[str], str] | None = None


DOOR: Final[ContextVar[Door]] = ContextVar("DOOR", default=Door())  # noqa: B039 - it is frozen
"""Where words are read that are made in this context: in Python, unless somebody says otherwise."""


@contextmanager
def read_at(door: Door) -> Iterator[None]:
    """Make all words in here for a door."""
    token = DOOR.set(door)
    try:
        yield
    finally:
        DOOR.reset(token)


class _Words(Formatter):
    """Fills in a template; fields go by the door's names."""

    def __init__(self, names: Callable[[str], str]) -> None:
        self._names = names

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, str]:  # noqa: ARG002 - the signature is the standard library's
        return self._shown(kwargs.get(field_name, Field(field_name))), field_name

    def _shown(self, value: object) -> object:
        if isinstance(value, Field):
            return self._names(value)
        return ", ".join(str(self._shown(each)) for each in value) if isinstance(value, tuple) else value


def words(
    code: str,
    values: Mapping[str, Any],
    names: Callable[[str], str] | None = None,
    advice: Mapping[str, str] | None = None,
) -> str:
    """Return what a code says.

    Args:
        code: A key of `MESSAGES`.
        values: What the template needs.
        names: Returns what a door calls the field at a path in wire names; None for the names of the door of this
            context.
        advice: Templates that the door has in place of the usual ones; None for those of the door of this context.

    >>> words("unknown_field", {"call": "identify", "use": Field("traits.email")})
    'is not a field of identify: use traits.email'
    """
    door = DOOR.get()
    template = (door.advice if advice is None else advice).get(code) or MESSAGES.get(code, _NOT_ALLOWED)
    return _Words(names or door.names).vformat(template, (), values)


def listed(lines: Iterable[str], most: int = MOST_WORDS) -> str:
    """Join as many lines as fit into a number of words, and count the rest; of a first one too long, its beginning.

    >>> listed(["a is required", "b is required"], most=10)
    'a is required; and 1 more like this'
    """
    lines = list(lines)
    shown: list[str] = []
    left = most - 7  # "Not sent.", and "and 12 more like these"
    for line in lines:
        parts = line.split()
        if shown and len(parts) > left:
            break
        shown.append(" ".join(parts[:left]))
        left -= len(parts)
    rest = len(lines) - len(shown)
    more = f"; and {rest} more like {'this' if rest == 1 else 'these'}" if rest else ""
    return "; ".join(shown) + more
