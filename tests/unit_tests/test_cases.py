"""Nothing is half there: an endpoint has a call, a row, a tool, a public name, a route in the sandbox and a case.

Each test names the place that is missing; CONTRIBUTING lists them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import langchain_customerio
from langchain_customerio.api.calls import CALLS, Call, _Envelope
from langchain_customerio.api.endpoints import ENDPOINTS
from langchain_customerio.sandbox import Sandbox
from langchain_customerio.sandbox.http import ENDPOINTS as ROUTES
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


def missing(place: str, wanted: set[Any], found: set[Any]) -> list[str]:
    """Return a line for each thing that one place lacks and another has."""
    return [f"{place} lacks {getattr(each, '__name__', each)}" for each in sorted(wanted - found, key=str)]


def test_every_place_knows_every_endpoint() -> None:
    kinds = {case.call.kind for case in CASES} | set(ENDPOINTS) | set(CALLS) | {route.strip("/") for route in ROUTES}
    kinds |= {tool.call_type.kind for tool in TWO_MODE_TOOLS}
    public = set(langchain_customerio.__all__)
    assert [
        *missing("langchain_customerio/api/calls.py", kinds, set(CALLS)),
        *missing("langchain_customerio/api/endpoints.py", kinds, set(ENDPOINTS)),
        *missing("langchain_customerio/tools/two_mode.py", kinds, {tool.call_type.kind for tool in TWO_MODE_TOOLS}),
        *missing("langchain_customerio/__init__.py", {tool.__name__ for tool in TWO_MODE_TOOLS}, public),
        *missing("langchain_customerio/sandbox", kinds, {route.strip("/") for route in ROUTES}),
        *missing("tests/cases.py", kinds, {case.call.kind for case in CASES}),
    ] == []


def test_every_class_of_a_call_and_of_a_tool_is_listed() -> None:
    assert set(leaves(Call)) == set(CALLS.values()) == {case.call for case in CASES}
    assert set(leaves(PipelinesTool)) == set(TWO_MODE_TOOLS) == {case.tool for case in CASES}
    assert issubclass(CALLS["batch"], _Envelope)


@each_case
def test_a_row_belongs_together(case: Case) -> None:
    endpoint = ENDPOINTS[case.call.kind]
    assert case.tool.call_type is endpoint.call is case.call
    assert case.endpoint == endpoint.path
    assert case.make_tool().name == endpoint.tool
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
