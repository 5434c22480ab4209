"""What the tools cost a model to read stays within limits; the documentation shows the numbers."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from langchain_customerio import CustomerioPipelinesToolkit, Policy
from langchain_customerio.api.message_ids import derived_message_id
from langchain_customerio.sandbox import Sandbox
from langchain_customerio.tools.results import NOTES
from tests.cases import ALIAS, BATCH, CASES, Case, each_case
from tests.conftest import Run
from tests.tokens import cost_of_definition, cost_of_schema, tokens
from tests.tool_calls import message, tool

MOST_FOR_ALL_DEFINITIONS = 1_250
MOST_FOR_A_TYPED_TOOL = 250
MOST_FOR_TWELVE_TYPED_TOOLS = 1_650
MOST_FOR_ALL_TYPED_TOOLS = 1_900
MOST_FOR_A_SCHEMA = {case.call.kind: 450 for case in CASES} | {ALIAS.call.kind: 120, BATCH.call.kind: 750}
MOST_FOR_A_PART = 650
MOST_FOR_INSTRUCTIONS = 150


def test_the_seven_definitions_together_are_small() -> None:
    tools = CustomerioPipelinesToolkit().get_tools()
    assert sum(map(cost_of_definition, tools)) <= MOST_FOR_ALL_DEFINITIONS


def test_the_typed_definitions_together_are_small_too_since_they_are_the_whole_schema() -> None:
    tools = CustomerioPipelinesToolkit(style="typed", policy=Policy(allow_destructive=True)).get_tools()
    costs = {tool.name: cost_of_definition(tool) for tool in tools}
    gentle = [tool.name for tool in CustomerioPipelinesToolkit(style="typed").get_tools()]
    assert len(gentle) == 12
    assert sum(costs[name] for name in gentle) <= MOST_FOR_TWELVE_TYPED_TOOLS
    assert max(costs.values()) <= MOST_FOR_A_TYPED_TOOL
    assert sum(costs.values()) <= MOST_FOR_ALL_TYPED_TOOLS


@each_case
def test_a_schema_answer_is_small(case: Case) -> None:
    assert cost_of_schema(case) <= MOST_FOR_A_SCHEMA[case.call.kind]


@each_case
def test_a_definition_carries_an_example_of_one_line(case: Case) -> None:
    description = case.make_tool().args["request_body"]["description"]
    example, _ = json.JSONDecoder().raw_decode(description[description.index("{") :])
    assert example == case.call.example
    assert "\n" not in description


@pytest.mark.parametrize("case", CASES[:-1], ids=lambda case: case.call.kind)
def test_even_the_largest_part_is_small(case: Case) -> None:
    assert max(cost_of_schema(case, name) for name in case.complete) <= MOST_FOR_A_PART


@pytest.mark.parametrize("style", ["two_mode", "typed"])
@pytest.mark.parametrize(
    "policy", [Policy(), Policy(person="ada", dry_run=True), Policy(allow_destructive=True)], ids=repr
)
@pytest.mark.parametrize("strict", [True, False, None])
def test_the_instructions_for_a_prompt_are_small(style: Any, policy: Policy, strict: bool | None) -> None:  # noqa: FBT001 - a parameter
    text = CustomerioPipelinesToolkit(style=style, policy=policy, strict=strict).instructions()
    assert 0 < tokens(text) <= MOST_FOR_INSTRUCTIONS


# Results

MOST_FOR_A_RESULT = {"two_mode": 60, "typed": 40}
MOST_BESIDE_A_TRIAL = 30
START = 1_790_000_000_000
ORDER = {"userId": "ada", "event": "Order Completed", "properties": {"total": 20}}


def asked(style: str) -> tuple[str, dict[str, Any]]:
    if style == "two_mode":
        return "track", {"mode": "execute", "enable_strict_validation": "1", "request_body": json.dumps(ORDER)}
    return "customerio_track", {"user_id": "ada", "event": "Order Completed", "properties": '{"total": 20}'}


@pytest.mark.parametrize("style", ["two_mode", "typed"])
def test_the_answer_to_an_ordinary_call_is_small_whatever_its_id(style: str) -> None:
    name, arguments = asked(style)
    of = tool(Sandbox(), name, style=style)
    read = str(message(Run("sync"), of, **arguments).content)
    [message_id] = re.findall(r"[0-9A-Z]{26}", read)
    ids = [derived_message_id(str(number), milliseconds=START + number) for number in range(200)]
    costs = [tokens(read.replace(message_id, some)) for some in ids]  # ids of our own: a random one may cost 41
    print(f"\n{style}: {min(costs)} to {max(costs)} tokens")  # noqa: T201 - to be looked at
    assert max(costs) <= MOST_FOR_A_RESULT[style]


@pytest.mark.parametrize("style", ["two_mode", "typed"])
def test_a_dry_run_costs_little_more_than_the_call_itself(style: str) -> None:
    name, arguments = asked(style)
    read = message(Run("sync"), tool(Sandbox(), name, style=style, policy=Policy(dry_run=True)), **arguments)
    assert tokens(str(read.content)) <= tokens(json.dumps(ORDER)) + MOST_BESIDE_A_TRIAL


@pytest.mark.parametrize("status", ["accepted", "received", "partly_accepted", "partly_received", "dry_run"])
def test_a_note_has_fifteen_words_at_most(status: str) -> None:
    assert len(NOTES[status].split()) <= 15
