"""The index of errors and codes: the words come from the package, what to do comes from `codes.toml`."""

from __future__ import annotations

import inspect
import re
import tomllib
from dataclasses import fields
from functools import cache
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Final

from langchain_customerio import errors, messages
from langchain_customerio.api.calls import CALLS
from langchain_customerio.bulk import LoadStoppedError
from langchain_customerio.bulk.options import Options

if TYPE_CHECKING:
    from collections.abc import Iterator

GROUPS: Final = {
    "Problems": (messages.PROBLEMS, "What keeps a call from being sent."),
    "Refusals": (messages.REFUSALS, "What a policy refuses; each code is the name of the policy's field."),
    "Warnings": (messages.WARNINGS, "The call is sent as it is. Customer.io may read it otherwise than meant."),
    "Corrections": (messages.CORRECTIONS, "Slips with one obvious meaning, put right before the call is sent."),
    "Sources": (messages.SOURCES, "What is said of a source of a load, of its options and of its records."),
}
"""The kinds of findings, with their codes."""

_FIELDS: Final = {wire for call in CALLS.values() for _, wire in call.wire_names()}
_OPTIONS: Final = {each.name for each in fields(Options)} - {"name"}


@cache
def what_to_do() -> dict[str, dict[str, str]]:
    """Return what each code means and what to do about it, by kind."""
    return tomllib.loads(Path(__file__).with_name("codes.toml").read_text(encoding="utf-8"))


def error_tree() -> Iterator[type[errors.CustomerioError]]:
    """Yield every class of error that a program can meet, the more general ones first."""
    yield from _below(errors.CustomerioError)


def _below(error: type[errors.CustomerioError]) -> Iterator[type[errors.CustomerioError]]:
    if error.__module__ in {errors.__name__, LoadStoppedError.__module__}:
        yield error
        for each in error.__subclasses__():
            yield from _below(each)


def error_classes() -> str:
    """Return the table of the classes of errors."""
    lines = ["| class | code | what it means | retry | what to do |\n", "| --- | --- | --- | --- | --- |\n"]
    for error in error_tree():
        about = " ".join(inspect.cleandoc(error.__doc__ or "").partition("\n\n")[0].split())
        retry = "may help" if error.retryable else "does not help"
        do = what_to_do()["errors"].get(error.__name__, "")
        anchor = error.__name__.lower()
        lines.append(f"| `{error.__name__}`{{#{anchor}}} | `{error.code}` | {about} | {retry} | {do} |\n")
    return "".join(lines)


def codes() -> str:
    """Return the index of codes, a table for each kind."""
    return "\n".join(_group(kind) for kind in GROUPS)


def _group(kind: str) -> str:
    known, about = GROUPS[kind]
    lines = [
        f"### {kind}\n\n{about}\n\n",
        "| code | what it says | what it means, what to do |\n",
        "| --- | --- | --- |\n",
    ]
    named = _OPTIONS if kind == "Sources" else _FIELDS
    for code, template in known.items():
        anchor = f"{kind.lower().rstrip('s')}-{code.replace('_', '-')}"
        do = what_to_do()[kind.lower()].get(code, "")
        lines.append(f"| `{code}`{{#{anchor}}} | {_readable(template, named)} | {do} |\n")
    return "".join(lines)


def _readable(template: str, known: set[str]) -> str:
    """Return a template with its placeholders as words: fields and options as code, values in italics."""
    parts = []
    for literal, name, _, _ in Formatter().parse(template):
        parts.append(re.sub(r"([|<>*])", r"\\\1", literal))
        if name:
            parts.append(f"`{name}`" if name.split(".")[0] in known else f"*{name.replace('_', ' ')}*")
    return "".join(parts)
