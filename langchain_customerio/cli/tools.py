"""`langchain-customerio tools`: the definitions of the tools, for clients in any language."""

from __future__ import annotations

import asyncio
from collections.abc import Callable  # noqa: TC003 - the type of a table
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import orjson
import typer

from langchain_customerio.cli.mcp import ExcludeOption, StyleOption, ToolsOption, toolkit_of
from langchain_customerio.cli.output import show, told
from langchain_customerio.cli.policy import PolicyOption, read_policy, takes_policy_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_customerio.tools.definitions import Definition
    from langchain_customerio.tools.toolkit import CustomerioPipelinesToolkit

Format = Literal["openai", "anthropic", "mcp", "markdown"]


@takes_policy_options
def tools(
    *,
    format_: Annotated[
        Format, typer.Option("--format", help="Format of the definitions; mcp is what the MCP server lists.")
    ] = "mcp",
    style: StyleOption = "two_mode",
    only: ToolsOption = None,
    exclude: ExcludeOption = None,
    policy: PolicyOption = None,
    **fields: Any,  # noqa: ANN401 - the fields of a policy, typed where they are made
) -> None:
    """Print the definitions of the tools, as a style and a policy make them.

    langchain-customerio tools --format openai --style typed
    """
    with told(as_json=False):
        toolkit = toolkit_of(style, read_policy(policy, fields), only, exclude)
        show(None, as_json=False, text=_FORMATS[format_](toolkit))


def _openai(toolkit: CustomerioPipelinesToolkit) -> str:
    functions = (
        {"name": d.name, "description": d.description, "parameters": d.parameters} for d in toolkit.definitions()
    )
    return _json([{"type": "function", "function": function} for function in functions])


def _anthropic(toolkit: CustomerioPipelinesToolkit) -> str:
    return _json(
        [{"name": d.name, "description": d.description, "input_schema": d.parameters} for d in toolkit.definitions()]
    )


def _mcp(toolkit: CustomerioPipelinesToolkit) -> str:
    listed = asyncio.run(toolkit.mcp_server().list_tools())
    return _json([tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in listed])


def _markdown(toolkit: CustomerioPipelinesToolkit) -> str:
    return "\n".join(line for definition in toolkit.definitions() for line in _section(definition)).rstrip()


def _section(definition: Definition) -> Iterator[str]:
    yield f"## {definition.name}"
    yield ""
    yield definition.description
    yield ""
    yield "| argument | type | required | description |"
    yield "|---|---|---|---|"
    required = definition.parameters.get("required", ())
    for name, about in definition.parameters["properties"].items():
        kind = " or ".join(f"`{word}`" for word in about["enum"]) if "enum" in about else about["type"]
        cells = (f"`{name}`", kind, "yes" if name in required else "", about.get("description", ""))
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"
    yield ""
    told = (f"{name.replace('_', ' ')}: {_word(value)}" for name, value in definition.hints.items())
    yield f"Hints: {', '.join(told)}."
    yield ""


def _word(value: object) -> str:
    return f"`{value}`" if isinstance(value, str) else "yes" if value else "no"


_FORMATS: Final[dict[Format, Callable[[CustomerioPipelinesToolkit], str]]] = {
    "openai": _openai,
    "anthropic": _anthropic,
    "mcp": _mcp,
    "markdown": _markdown,
}


def _json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
