"""Nothing is half there: an endpoint has a call, a tool, a row among the cases and a route in the sandbox."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from langchain_customerio.api.calls import CALLS, Call
from langchain_customerio.sandbox import Sandbox
from langchain_customerio.sandbox.http import ENDPOINTS
from langchain_customerio.tools.two_mode import TWO_MODE_TOOLS, PipelinesTool
from tests.cases import CASES, Case, each_case

if TYPE_CHECKING:
    from collections.abc import Iterator


def leaves(kind: type[Any]) -> Iterator[type[Any]]:
    """Yield the classes of this package below `kind` that nothing derives from."""
    below = [found for found in kind.__subclasses__() if found.__module__.startswith("langchain_customerio.")]
    for found in below:
        yield from leaves(found)
    if not below:
        yield kind


def test_every_call_has_a_row_and_is_listed() -> None:
    assert {case.call for case in CASES} == set(leaves(Call)) == set(CALLS.values())
    assert {case.call.kind for case in CASES} == set(CALLS)


def test_every_tool_has_a_row_and_is_listed() -> None:
    assert {case.tool for case in CASES} == set(leaves(PipelinesTool)) == set(TWO_MODE_TOOLS)


def test_every_route_of_the_sandbox_has_a_row() -> None:
    assert {case.endpoint for case in CASES} == ENDPOINTS


@each_case
def test_a_row_belongs_together(case: Case) -> None:
    assert case.tool.call_type is case.call
    assert case.endpoint == f"/{case.call.kind}"
    assert set(case.make_tool().args) == {"mode", case.strict_flag, "request_body"}


@each_case
def test_the_complete_body_has_every_field_of_the_call(case: Case) -> None:
    assert set(case.complete) == {wire for _, wire in case.call.wire_names()}


@each_case
def test_a_strict_sandbox_takes_every_body_of_the_row(case: Case) -> None:
    sandbox = Sandbox(strict_check_extra=True)
    headers = {"Authorization": "Bearer key", "X-Strict-Mode": "1"}
    for body in case.bodies:
        status, _, answer = sandbox.handle("POST", f"/v1{case.endpoint}", headers, json.dumps(body).encode())
        assert (status, answer) == (200, b"{}")
