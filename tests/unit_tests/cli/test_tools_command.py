"""`tools`: the definitions that providers and clients in any language take."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from langchain_anthropic.chat_models import convert_to_anthropic_tool
from langchain_core.utils.function_calling import convert_to_openai_tool
from typer.testing import CliRunner

from langchain_customerio import CustomerioPipelinesToolkit, Policy
from langchain_customerio.cli.app import app

if TYPE_CHECKING:
    from typer.testing import Result

STYLES = ("two_mode", "typed")


def run(*arguments: str) -> Result:
    """Run the command; it needs no key."""
    return CliRunner().invoke(app, ["tools", *arguments])


@pytest.mark.parametrize("style", STYLES)
def test_openai_gets_what_langchain_sends_it(style: Any) -> None:
    kit = CustomerioPipelinesToolkit(style=style)
    assert orjson.loads(run("--format", "openai", "--style", style).stdout) == [
        convert_to_openai_tool(tool) for tool in kit.get_tools()
    ]


@pytest.mark.parametrize("style", STYLES)
def test_anthropic_gets_what_langchain_sends_it(style: Any) -> None:
    kit = CustomerioPipelinesToolkit(style=style)
    sent = [convert_to_anthropic_tool(tool) for tool in kit.get_tools()]
    known = [{name: tool[name] for name in ("name", "description", "input_schema")} for tool in sent]
    assert orjson.loads(run("--format", "anthropic", "--style", style).stdout) == known


@pytest.mark.parametrize("style", STYLES)
def test_mcp_is_what_the_server_lists(style: Any) -> None:
    listed = asyncio.run(CustomerioPipelinesToolkit(style=style).mcp_server().list_tools())
    expected = [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in listed]
    assert orjson.loads(run("--style", style).stdout) == expected


@pytest.mark.parametrize("style", STYLES)
def test_markdown_names_every_tool_and_every_argument(style: Any) -> None:
    kit = CustomerioPipelinesToolkit(style=style)
    text = run("--format", "markdown", "--style", style).stdout
    for definition in kit.definitions():
        _, section = text.split(f"## {definition.name}\n", 1)
        section = section.split("\n## ")[0]
        assert definition.description in section
        assert [name for name in definition.parameters["properties"] if f"| `{name}` |" not in section] == []
    assert "Hints: read only: no, destructive: " in text
    assert "endpoint: `/track`" in text


def test_a_policy_shows_in_the_definitions(tmp_path: Any) -> None:
    file = tmp_path / "policy.toml"
    file.write_text('calls = ["identify", "track"]\n')
    result = run("--format", "openai", "--policy", str(file), "--person", "ada", "--exclude", "track")
    policy = Policy(calls=("identify", "track"), person="ada")
    kit = CustomerioPipelinesToolkit(policy=policy, exclude=("track",))
    assert orjson.loads(result.stdout) == [convert_to_openai_tool(tool) for tool in kit.get_tools()]


def test_a_slip_in_the_policy_is_said_in_one_line(tmp_path: Any) -> None:
    file = tmp_path / "policy.toml"
    file.write_text("colour = 1\n")
    result = run("--policy", str(file))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "colour is not a field of a policy" in result.stderr
