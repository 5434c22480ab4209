"""The tools as each provider's API is told of them, by the provider's own LangChain package: nothing lost or refused.

What is compared is the body of the HTTP request. A row of `RULES` says what a provider's documentation demands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import pytest
from jsonschema import Draft202012Validator

from langchain_customerio import CustomerioPipelinesToolkit, Policy
from langchain_customerio.sandbox import Sandbox
from langchain_customerio.tools.base import CustomerioTool
from tests import paths
from tests.model_requests import WireTool, on_the_wire
from tests.standard_tools import SUBJECTS, Subject
from tests.tool_calls import answer, message

if TYPE_CHECKING:
    from tests.conftest import Run

Style: TypeAlias = Literal["two_mode", "typed"]

_PLAIN = frozenset({"type", "description", "properties", "required", "enum"})
_CLOSED = _PLAIN | {"additionalProperties"}


@dataclass(frozen=True)
class Rules:
    """What a provider's documentation says about the tools that it takes.

    Attributes:
        source: The page.
        name: Pattern of a tool's name.
        keywords: The keywords of JSON Schema that it takes, of those that a flat schema could have.
        most_tools: The largest number of tools in a request.
        most_description: The longest description, in characters.
        complete: Whether every argument must be required and no other may be allowed.
    """

    source: str
    name: str = r"[a-zA-Z0-9_-]{1,64}"
    keywords: frozenset[str] = _PLAIN
    most_tools: int = 128
    most_description: int = 1_024
    complete: bool = False


_OPENAI_STRICT = Rules("OpenAI, Structured outputs: supported schemas", keywords=_CLOSED, complete=True)
_ANTHROPIC_STRICT = Rules(
    "Anthropic, Strict tool use: JSON Schema limitations", keywords=_CLOSED, most_tools=20, complete=True
)

RULES: dict[tuple[str, str], Rules] = {
    ("OpenAI, chat", "plain"): Rules("OpenAI, API reference: chat, tools"),
    ("OpenAI, chat", "strict"): _OPENAI_STRICT,
    ("OpenAI, responses", "plain"): Rules("OpenAI, API reference: responses, tools"),
    ("OpenAI, responses", "strict"): _OPENAI_STRICT,
    ("Anthropic", "plain"): Rules("Anthropic, Define tools"),
    ("Anthropic", "strict"): _ANTHROPIC_STRICT,
    ("Gemini", "plain"): Rules("Gemini, API reference: FunctionDeclaration", name=r"[a-zA-Z_][a-zA-Z0-9_-]{0,63}"),
    ("Mistral", "plain"): Rules("Mistral, API reference: chat completion, tools"),
    ("Bedrock, Converse", "plain"): Rules("Amazon Bedrock, API reference: ToolSpecification"),
    ("Bedrock, Converse", "strict"): _ANTHROPIC_STRICT,
}
"""Mistral and Gemini have no strict binding in LangChain."""

PAGE = (paths.DOCS / "explanation" / "tokens-and-styles.md").read_text()

_STYLES: tuple[Style, ...] = ("two_mode", "typed")
each_way = pytest.mark.parametrize(("provider", "binding"), RULES, ids=lambda value: value.replace(", ", "-"))
each_style = pytest.mark.parametrize("style", _STYLES)


@cache
def tools_of(style: Style) -> tuple[CustomerioTool, ...]:
    """Return every tool of a style, those that destroy among them."""
    kit = CustomerioPipelinesToolkit(style=style, policy=Policy(allow_destructive=True))
    return tuple(tool for tool in kit.get_tools() if isinstance(tool, CustomerioTool))


@cache
def wire(provider: str, binding: str, style: Style) -> tuple[WireTool, ...]:
    return tuple(on_the_wire(provider, tools_of(style), strict=binding == "strict"))


def arguments_of(tool: CustomerioTool) -> dict[str, Any]:
    """Return the tool's own schema of its arguments, without the titles that pydantic makes up."""
    return {name: {key: value for key, value in schema.items() if key != "title"} for name, schema in tool.args.items()}


def required_by(tool: CustomerioTool) -> set[str]:
    return set(tool.get_input_jsonschema().get("required", ()))


@each_way
@each_style
def test_every_tool_reaches_the_provider_with_its_words(provider: str, binding: str, style: Style) -> None:
    told = [(found.name, found.description) for found in wire(provider, binding, style)]
    assert told == [(tool.name, tool.description) for tool in tools_of(style)]


@each_way
@each_style
def test_no_argument_type_choice_or_description_is_lost(provider: str, binding: str, style: Style) -> None:
    for found, tool in zip(wire(provider, binding, style), tools_of(style), strict=True):
        assert found.schema["type"] == "object"
        assert found.schema["properties"] == arguments_of(tool)
        required = set(found.schema.get("required", ()))
        assert required == (set(tool.args) if RULES[provider, binding].complete else required_by(tool))


@each_way
@each_style
def test_the_provider_s_documented_rules_are_kept(provider: str, binding: str, style: Style) -> None:
    rules = RULES[provider, binding]
    found = wire(provider, binding, style)
    assert len(found) <= rules.most_tools
    assert len({tool.name for tool in found}) == len(found)
    for tool in found:
        assert re.fullmatch(rules.name, tool.name)
        assert 0 < len(tool.description) <= rules.most_description
        assert tool.strict is (binding == "strict")
        assert set(tool.schema) <= rules.keywords
        if rules.complete:
            assert tool.schema["additionalProperties"] is False
            assert set(tool.schema["required"]) == set(tool.schema["properties"])
        for name, argument in tool.schema["properties"].items():
            assert re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]{0,63}", name)
            assert set(argument) <= rules.keywords
            assert argument["type"] in {"string", "boolean"}
            assert len(argument.get("enum", "ab")) >= 2
            assert all(type(word) is str for word in argument.get("enum", ()))


@pytest.mark.parametrize("provider", sorted({provider for provider, _ in RULES}))
def test_the_page_says_which_bindings_there_are(provider: str) -> None:
    strict = "✓" if (provider, "strict") in RULES else "LangChain has no such binding"
    assert f"| {provider} | ✓ | {strict} |\n" in PAGE


def every_argument(subject: Subject) -> dict[str, Any]:
    """Return arguments as a model gives them that must give every one: empty where it has nothing to say."""
    return dict.fromkeys(subject.make().args, "") | subject.arguments


@each_way
@each_style
def test_the_schema_takes_what_the_tool_takes(provider: str, binding: str, style: Style) -> None:
    schemas = {found.name: found.schema for found in wire(provider, binding, style)}
    subjects = [subject for subject in SUBJECTS if subject.name in schemas]
    assert len(subjects) == len(schemas)
    for subject in subjects:
        Draft202012Validator(schemas[subject.name]).validate(every_argument(subject))
        if binding == "plain":
            Draft202012Validator(schemas[subject.name]).validate(subject.arguments)


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name)
def test_arguments_that_are_empty_because_every_one_is_required_count_as_left_out(run: Run, subject: Subject) -> None:
    arrived = []
    for arguments in (subject.arguments, every_argument(subject)):
        sandbox = Sandbox()
        tool = subject.make(client=sandbox.client(), strict=True, policy=Policy(allow_destructive=True))
        assert answer(message(run, tool, **arguments))["status"] == "accepted"
        calls = [{**call.call, "messageId": ""} for call in sandbox.accepted_calls]
        assert calls
        arrived.append(calls)
    assert arrived[0] == arrived[1]
