"""The tables in the documentation that come from the code: `make tables` writes them, a test compares them.

A page holds a table between two comments, `<!-- table: NAME -->` and `<!-- end of table -->`; what stands between them
is never edited by hand.
"""

from __future__ import annotations

import inspect
import re
import tomllib
from dataclasses import MISSING, fields
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, get_args, get_origin

from typer.models import ArgumentInfo

import langchain_customerio
from langchain_customerio import CustomerioPipelinesToolkit, Policy, Receipt
from langchain_customerio.api.calls import CALLS
from langchain_customerio.api.endpoints import ENDPOINTS
from langchain_customerio.api.semantic_events import ACTING_EVENTS
from langchain_customerio.bulk import LoadReport
from langchain_customerio.bulk.options import Options
from langchain_customerio.cli.app import app
from langchain_customerio.sandbox import Switches
from langchain_customerio.tools.two_mode import TWO_MODE_TOOLS
from tests.cases import CASES
from tests.paths import DOCS, EXAMPLES, PAGES, ROOT
from tests.site.codes import codes, error_classes
from tests.site.picture import demo, picture
from tests.tokens import cost_of_definition, cost_of_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

PICTURE: Final = DOCS / "images" / "agent.svg"
_TABLE: Final = re.compile(r"(<!-- table: ([\w-]+) -->\n)(.*?)(<!-- end of table -->)", re.DOTALL)


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: bool = False) -> str:
    """Return a table in Markdown; `numbers` says that all columns but the first hold numbers."""
    ruler = ["---", *["---:" if numbers else "---"] * (len(headings) - 1)]
    lines = [headings, ruler, *rows]
    return "".join(f"| {' | '.join(_cell(cell) for cell in line)} |\n" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def first_sentence(text: str | None) -> str:
    """Return the first sentence of a docstring."""
    paragraph = " ".join(inspect.cleandoc(text or "").partition("\n\n")[0].split())
    return re.split(r"(?<=[.!?]) ", paragraph, maxsplit=1)[0]


def attributes(documented: type) -> dict[str, str]:
    """Return what the docstring of a class says of each attribute."""
    section = inspect.cleandoc(documented.__doc__ or "").partition("Attributes:\n")[2].partition("\n\n")[0]
    found = re.finditer(r"^    (\w+): (.*?)(?=^    \w+: |\Z)", section, re.DOTALL | re.MULTILINE)
    return {each[1]: " ".join(each[2].split()) for each in found}


def _defaults(documented: type) -> dict[str, str]:
    """Return the default of each field of a dataclass, as one writes it."""
    found = {each.name: each.default for each in fields(documented) if each.default is not MISSING}
    return {
        name: f"`{value!r}`" if isinstance(value, bool | int | float | str | None) else ""
        for name, value in found.items()
    }


def _fields_with_defaults(documented: type, heading: str) -> str:
    defaults = _defaults(documented)
    rows = ([f"`{name}`", defaults.get(name, ""), about] for name, about in attributes(documented).items())
    return table([heading, "default", "meaning"], rows)


def _tools() -> str:
    names = {tool.model_fields["name"].default: tool.__name__ for tool in TWO_MODE_TOOLS}
    rows = (
        [f"`{row.tool}`", f"`{names[row.tool]}`", f"`POST {row.path}`", f"`{row.flag}`"] for row in ENDPOINTS.values()
    )
    return table(["name that the model sees", "class", "endpoint", "strict flag"], rows)


def _seven() -> str:
    rows = ([f"`{row.tool}`", f"`{row.path}`", row.summary] for row in ENDPOINTS.values())
    return table(["tool", "endpoint", "what it does"], rows)


def _typed() -> str:
    everything = CustomerioPipelinesToolkit(style="typed", policy=Policy(allow_destructive=True)).get_tools()
    usual = {tool.name for tool in CustomerioPipelinesToolkit(style="typed").get_tools()}
    rows = (
        [
            f"`{tool.name}`",
            ", ".join(f"`{name}`" for name in tool.args),
            "" if tool.name in usual else "only where the policy allows it",
        ]
        for tool in everything
    )
    return table(["tool", "arguments", "offered"], rows)


def _calls() -> str:
    return "\n".join(_call(name) for name in CALLS)


def _call(name: str) -> str:
    call = CALLS[name]
    rows = []
    for own, wire in call.wire_names():
        info = call.model_fields[own]
        required = "required" if info.is_required() else "one of these" if wire in call.needs_one_of else ""
        rows.append([f"`{own}`", f"`{wire}`", required, info.description or ""])
    heading = f"## {call.__name__}\n\n{first_sentence(call.__doc__)}\n\n"
    return heading + table(["in Python", "on the wire", "", "meaning"], rows)


def _acting_events() -> str:
    rows = (
        [f"`{event.name}`", event.effect, event.needs, "refused" if event.irreversible else "allowed"]
        for event in ACTING_EVENTS.values()
    )
    return table(["name", "what it does", "what it needs", "by default"], rows)


def _public_names() -> str:
    found = {name: getattr(langchain_customerio, name).__doc__ for name in langchain_customerio.__all__}
    return table(["name", "what it is"], ([f"`{name}`", first_sentence(about)] for name, about in found.items()))


def _receipt() -> str:
    return table(["attribute", "meaning"], ([f"`{name}`", about] for name, about in attributes(Receipt).items()))


def _report() -> str:
    return table(["attribute", "meaning"], ([f"`{name}`", about] for name, about in attributes(LoadReport).items()))


def _commands() -> str:
    return "\n".join(_command(each.callback) for each in app.registered_commands if each.callback is not None)


def _command(function: Callable[..., Any]) -> str:
    about = " ".join(inspect.cleandoc(function.__doc__ or "").partition("\n\n")[0].split())
    parameters = inspect.signature(function, eval_str=True).parameters.values()
    rows = (_option(each) for each in parameters if get_origin(each.annotation) is Annotated)
    heading = f"### {function.__name__}\n\n{about}\n\n"
    return heading + table(["option", "default", "meaning"], rows)


def _option(parameter: inspect.Parameter) -> tuple[str, str, str]:
    """Return an option or argument as one writes it, its default, and what it is for."""
    kind, info, *_ = get_args(parameter.annotation)
    plain = kind if isinstance(kind, type) else next((each for each in get_args(kind) if each is not NoneType), str)
    # Behind `Annotated`, typer takes the first flag where the default would stand.
    flags = [each for each in (info.default, *(info.param_decls or ())) if str(each).startswith("-")]
    name = max(flags, key=len, default=f"--{parameter.name.replace('_', '-')}")
    if isinstance(info, ArgumentInfo):
        name, value = info.metavar or parameter.name.upper(), ""
    else:
        value = "" if plain is bool else info.metavar or _value(plain)
    default = parameter.default
    written = isinstance(default, str | int | float) and not isinstance(default, bool)
    whole = f"{name} {value}".rstrip()
    # A bar would end the cell, and a row of words that hang together would not break on a phone.
    whole = whole.replace("|", "` or `").replace("/--", "` / `--")
    return f"`{whole}`", f"`{default}`" if written else "", info.help or ""


def _value(kind: Any) -> str:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "|".join(str(each.value) for each in kind)
    if get_origin(kind) is Literal:
        return "|".join(get_args(kind))
    return {int: "INTEGER", float: "NUMBER", Path: "FILE"}.get(kind, "TEXT")


def _examples() -> str:
    stories = tomllib.loads((EXAMPLES / "manifest.toml").read_text(encoding="utf-8"))["stories"]
    rows = ([f"`examples/{story['file']}`", f"{story['shows']}."] for story in stories)
    return table(["file", "what it shows"], rows)


def _tokens() -> str:
    tools = CustomerioPipelinesToolkit().get_tools()
    found = [
        (tool.name, cost_of_definition(tool), cost_of_schema(case)) for tool, case in zip(tools, CASES, strict=True)
    ]
    found.append(("all seven", sum(each[1] for each in found), sum(each[2] for each in found)))
    rows = ([f"`{name}`", f"{cost:,}", f"{schema:,}"] for name, cost, schema in found)
    return table(["tool", "definition", "schema answer"], rows, numbers=True)


def _typed_tokens() -> str:
    policies = {"all twelve": Policy(), "with those that delete for good": Policy(allow_destructive=True)}
    rows = []
    for name, policy in policies.items():
        tools = CustomerioPipelinesToolkit(style="typed", policy=policy).get_tools()
        rows.append([name, f"{sum(map(cost_of_definition, tools)):,}"])
    return table(["typed tools", "definitions"], rows, numbers=True)


TABLES: Final[dict[str, Callable[[], str]]] = {
    "acting-events": _acting_events,
    "calls": _calls,
    "codes": codes,
    "commands": _commands,
    "error-classes": error_classes,
    "examples": _examples,
    "load-options": lambda: _fields_with_defaults(Options, "option"),
    "policy": lambda: _fields_with_defaults(Policy, "field"),
    "public-names": _public_names,
    "receipt": _receipt,
    "report": _report,
    "seven-tools": _seven,
    "switches": lambda: _fields_with_defaults(Switches, "switch"),
    "tokens": _tokens,
    "tools": _tools,
    "typed-tokens": _typed_tokens,
    "typed-tools": _typed,
}
"""Each table by its name."""


def shown(text: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each table on a page."""
    for match in _TABLE.finditer(text):
        yield match[2], match[3].strip("\n")


def written_anew(text: str) -> str:
    """Return a page with its tables as the code has them now."""
    return _TABLE.sub(lambda found: f"{found[1]}\n{TABLES[found[2]]()}\n{found[4]}", text)


def main() -> None:
    """Write the tables of all pages anew, and the picture of the agent."""
    for page in PAGES:
        before = page.read_text(encoding="utf-8")
        after = written_anew(before)
        if after != before:
            page.write_text(after, encoding="utf-8")
            print(f"wrote {page.relative_to(ROOT)}")  # noqa: T201 - for whoever typed `make tables`
    PICTURE.write_text(picture(demo()), encoding="utf-8")
