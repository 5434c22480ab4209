"""Every step is linear in the size of a body: twice as much takes at most twice the work, counted in calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from langchain_customerio import Policy
from langchain_customerio.sandbox import Sandbox
from tests.counting import calls_made
from tests.tool_calls import tool

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.tools import BaseTool


def repeated_key(size: int) -> str:
    return '{"userId": "ada", "traits": {' + ", ".join(f'"t{i}": 1' for i in range(size)) + ', "t0": 1}}'


def deep_traits(size: int) -> dict[str, Any]:
    return {"userId": "ada", "traits": {f"trait{i}": {"a": [{"b": i}]} for i in range(size)}}


def batch(size: int) -> dict[str, Any]:
    return {"batch": [{"type": "track", "userId": "ada", "event": "Paid" if i % 2 else ""} for i in range(size)]}


def literal(size: int) -> str:
    return "{'userId': 'ada', 'traits': {" + ", ".join(f"'t{i}': True" for i in range(size)) + "}}"


CASES: dict[str, tuple[str, Callable[[int], object], Policy]] = {
    "a key that stands twice": ("identify", repeated_key, Policy()),
    "a list of denied traits": ("identify", deep_traits, Policy(traits=["!email", "!phone"])),
    "a batch with bad items": ("batch", batch, Policy(send_valid_items=True, max_writes=1_000_000)),
    "a literal of Python": ("identify", literal, Policy()),
}


def work(of: BaseTool, body: object) -> int:
    return calls_made(lambda: of.invoke({"mode": "execute", "request_body": body}))


@pytest.mark.parametrize("case", CASES)
def test_twice_the_body_is_at_most_twice_the_work(case: str) -> None:
    name, make, policy = CASES[case]
    of = tool(Sandbox(), name, policy=policy)
    work(of, make(4))  # what is made once is made now
    assert work(of, make(600)) <= 2.1 * work(of, make(300))


@pytest.mark.parametrize("size", [300_000, 6_000_000])
def test_a_text_that_is_too_long_is_not_read_at_all(size: int) -> None:
    of = tool(Sandbox(), "identify")
    work(of, "{}")
    assert work(of, "[" * size) < 2_000
    assert of.invoke({"mode": "execute", "request_body": "[" * size}).endswith(
        "characters long; at most 250,000 are read."
    )
