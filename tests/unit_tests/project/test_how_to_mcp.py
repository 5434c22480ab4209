"""The page about MCP: its configurations are valid, and name options that there are; its code runs."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import fields
from typing import Any

import pytest
import typer

from langchain_customerio import Policy
from langchain_customerio.cli.app import app
from tests.documents import fences
from tests.paths import ROOT

PAGES = ("mcp.md", "langgraph-server.md", "other-languages.md")
FOLDER = ROOT / "docs" / "how-to"


def blocks(page: str, language: str) -> list[str]:
    """Return the blocks of a language."""
    return [block.code for block in fences((FOLDER / page).read_text("utf-8")) if block.language == language]


def command_lines() -> list[list[str]]:
    """Return the arguments of each configuration that starts the command, and of each line that is typed."""
    configured: list[Any] = [json.loads(block) for block in blocks("mcp.md", "json")]
    configured += [tomllib.loads(block) for block in blocks("mcp.md", "toml")]
    kinds = ("mcpServers", "servers", "context_servers", "mcp_servers")
    servers = [server for config in configured for kind in kinds for server in config.get(kind, {}).values()]
    started = [server["args"] for server in servers if server.get("command") == "langchain-customerio"]
    typed = [
        line.partition("langchain-customerio ")[2].partition(" --method")[0].partition(" >")[0].split()
        for page in PAGES
        for block in blocks(page, "console")
        for line in block.splitlines()
        if re.match(r"\$ (?:npx \S+ --cli )?langchain-customerio ", line)
    ]
    return [*started, *typed]


@pytest.mark.parametrize("page", PAGES)
def test_every_json_and_toml_block_is_valid(page: str) -> None:
    for block in blocks(page, "json"):
        json.loads(block)
    for block in blocks(page, "toml"):
        tomllib.loads(block)


def test_there_is_a_configuration_for_each_kind_of_client() -> None:
    found = {kind for block in blocks("mcp.md", "json") for kind in json.loads(block)}
    assert found == {"mcpServers", "servers", "inputs", "context_servers"}
    assert len(command_lines()) > 10


@pytest.mark.parametrize("arguments", command_lines(), ids=" ".join)
def test_every_command_line_of_the_pages_is_one_that_the_command_takes(arguments: list[str]) -> None:
    group: Any = typer.main.get_command(app)
    name, *options = arguments
    group.commands[name].make_context(name, options)


def test_the_policy_of_the_page_has_known_fields() -> None:
    policies = [block for page in PAGES for block in fences((FOLDER / page).read_text("utf-8")) if block.title]
    assert len(policies) == 2
    known = {field.name for field in fields(Policy)}
    assert {name for policy in policies for name in tomllib.loads(policy.code)} <= known
