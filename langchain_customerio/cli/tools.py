"""`langchain-customerio tools`: the definitions of the tools, for clients in any language."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import orjson
import typer

from langchain_customerio.cli.mcp import ExcludeOption, StyleOption, ToolsOption, toolkit_of
from langchain_customerio.cli.output import show, told
from langchain_customerio.cli.policy import PolicyOption, read_policy, takes_policy_options

Format = Literal["openai", "anthropic", "mcp", "markdown"]


@takes_policy_options
def tools(
    *,
    format_: Annotated[Format, typer.Option("--format", help="For whom.")] = "mcp",
    style: StyleOption = "two_mode",
    tools_: ToolsOption = None,
    exclude: ExcludeOption = None,
    policy: PolicyOption = None,
    **fields: Any,  # noqa: ANN401 - the fields of a policy, typed where they are made
) -> None:
    """Print the definitions of the tools, as a style and a policy make them."""
    with told(as_json=False):
        toolkit = toolkit_of(style, read_policy(policy, fields), tools_, exclude)
        from langchain_customerio.tools.formats import FORMATS, as_markdown  # noqa: PLC0415 - loads LangChain

        if format_ == "markdown":
            show(None, as_json=False, text=as_markdown(toolkit))
        else:
            text = orjson.dumps(FORMATS[format_](toolkit), option=orjson.OPT_INDENT_2).decode()
            show(None, as_json=False, text=text)
