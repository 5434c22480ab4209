"""A policy from a file and from options: the same fields as `Policy`, so that a new one is an option at once."""

from __future__ import annotations

import inspect
import re
import tomllib
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, get_args, get_origin, get_type_hints

import typer

from langchain_customerio.errors import ConfigurationError
from langchain_customerio.policy.policy import Policy
from langchain_customerio.text import shown, type_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

PANEL: Final = "Policy"

PolicyOption = Annotated[
    Path | None,
    typer.Option(
        "--policy",
        rich_help_panel=PANEL,
        metavar="FILE",
        help="TOML with fields of Policy, such as allow_alias = false.",
    ),
]

_HINTS: Final = get_type_hints(Policy)
_SAID: Final = {
    "allow_destructive": "Whether irreversible events may be sent; a file can name those that may.",
    "approve": "Which calls wait for a person's approval.",
    "max_writes": "The largest number of calls sent in all, until the process ends.",
    "redact": "Whether to leave all values out of results; a file can name those to leave out.",
}
"""What is said of a field where the docstring of `Policy` speaks of more than a command line has."""


def takes_policy_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command one option for each field of a policy; it receives them as `**fields`, for `read_policy`."""
    own = inspect.signature(command, eval_str=True)
    kept = [each for each in own.parameters.values() if each.kind is not each.VAR_KEYWORD]
    command.__signature__ = own.replace(parameters=[*kept, *_options(own.parameters)])  # type: ignore[attr-defined] # read by inspect
    return command


def split(given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the options that are fields of a policy alone, and the others.

    >>> split({"events": ["Paid"], "strict": True, "dry_run": True})
    ({'events': ['Paid']}, {'strict': True, 'dry_run': True})
    """
    fields = {name: value for name, value in given.items() if name in _HINTS and name != "dry_run"}
    return fields, {name: value for name, value in given.items() if name not in fields}


def read_policy(file: Path | None, fields: Mapping[str, Any] | None = None) -> Policy:
    """Return a policy: what the file says, and in its place what an option says.

    Args:
        file: A TOML file with fields of `Policy`.
        fields: The options by the names of their fields; None stands for one that was not given.

    Raises:
        ConfigurationError: If the file is not TOML, a field is unknown, or a value cannot mean what it says.
        OSError: If the file cannot be read.

    >>> read_policy(None, {"allow_alias": False, "events": ["Order *"], "person": None})
    Policy(person=None, allow_destructive=False, events=('Order *',), ...
    """
    given = {name: value for name, value in (fields or {}).items() if value is not None}
    return _policy({**(_from_file(file) if file is not None else {}), **given})


def _from_file(file: Path) -> dict[str, Any]:
    try:
        found = tomllib.loads(file.read_bytes().decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file} is not TOML: {error}") from None
    for name, value in found.items():
        try:
            _known(name)
            _policy({name: value})
        except ConfigurationError as error:
            raise ConfigurationError(f"{file}: {error}") from None
    return found


def _known(name: str) -> None:
    """Refuse what is not a field: a guard with a slip in its name would not be one."""
    if name not in _HINTS:
        near = get_close_matches(name.lower().replace("-", "_"), _HINTS, n=1)
        advice = f"use {near[0]}" if near else f"there are {', '.join(_HINTS)}"
        raise ConfigurationError(f"{shown(name)} is not a field of a policy: {advice}")


def _policy(fields: dict[str, Any]) -> Policy:
    for name, value in fields.items():
        texts = isinstance(value, list) and all(isinstance(each, str) for each in value)
        if not (texts or isinstance(value, bool | int | str)):
            raise ConfigurationError(f"{name} takes true or false, a number, text, or a list of text")
        if isinstance(value, int) and not isinstance(value, bool) and int not in _kinds(name):
            raise ConfigurationError(f"{name} does not take {type_name(value)}")
    return Policy(**fields)


# ---- the options


def _options(taken: Mapping[str, object]) -> Iterator[inspect.Parameter]:
    about = _documentation()
    for name in (each for each in _HINTS if each not in taken):
        flag = f"--{name.replace('_', '-')}"
        option = typer.Option(
            f"{flag}/--no-{flag[2:]}" if bool in _kinds(name) else flag,
            rich_help_panel=PANEL,
            help=about.get(name),
            metavar=None if bool in _kinds(name) or _words(name) else "N" if int in _kinds(name) else "TEXT",
            min=1 if int in _kinds(name) else None,
            show_default=False,
        )
        yield inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[_type(name), option]
        )


def _type(name: str) -> Any:  # noqa: ANN401 - a type, of any form
    kinds = _kinds(name)
    if bool in kinds:
        return bool | None
    if int in kinds:
        return int | None
    if _words(name):
        return Literal[_words(name)] | None
    return list[str] | None if any(get_origin(kind) is Iterable for kind in kinds) else str | None


def _kinds(name: str) -> tuple[Any, ...]:
    return (
        get_args(_HINTS[name])
        if type(None) in get_args(_HINTS[name]) or bool in get_args(_HINTS[name])
        else (_HINTS[name],)
    )


def _words(name: str) -> tuple[str, ...]:
    return next((get_args(kind) for kind in _kinds(name) if get_origin(kind) is Literal), ())


def _documentation() -> dict[str, str]:
    """Return what each field is for: the first sentence about it in the docstring of `Policy`.

    >>> _documentation()["allow_alias"]
    'Whether ids may be merged.'
    """
    section = inspect.cleandoc(Policy.__doc__ or "").partition("Attributes:\n")[2].partition("\n\n")[0]
    found = re.finditer(r"^    (\w+): (.*?)(?=[.:;]\s|, for example|^    \w+: |\Z)", section, re.DOTALL | re.MULTILINE)
    return {each[1]: " ".join(each[2].replace("`", "").split()) + "." for each in found} | _SAID
