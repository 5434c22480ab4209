"""LangChain's standard integration tests, for every tool of both styles, over a socket to a sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_tests.integration_tests import ToolsIntegrationTests
from typing_extensions import override

from langchain_customerio import PipelinesClient, Policy
from langchain_customerio.sandbox import Sandbox
from tests.standard_tools import SUBJECTS, Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_customerio.tools.base import CustomerioTool


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Sandbox, str]]:
    """Serve one sandbox to all tests of this file."""
    sandbox = Sandbox()
    with sandbox.serve() as server:
        yield sandbox, server.base_url


class TestEveryTool(ToolsIntegrationTests):
    """The standard tests, once for each tool; after each, what arrived."""

    subject: Subject
    client: PipelinesClient

    @pytest.fixture(autouse=True, params=SUBJECTS, ids=lambda subject: subject.name)
    def _subject(self, request: pytest.FixtureRequest, served: tuple[Sandbox, str]) -> Iterator[None]:
        """Look into the sandbox after each test: the standard tests would pass with the network unplugged."""
        self.subject = request.param
        sandbox, base_url = served
        sandbox.reset()
        with PipelinesClient("a-key", base_url=base_url) as self.client:
            yield
        arrived = [(entry.endpoint, entry.outcome, entry.strict) for entry in sandbox.ledger]
        assert arrived == [(self.subject.endpoint, "accepted", True)] * ("invoke" in request.node.name)

    @property
    @override
    def tool_constructor(self) -> type[CustomerioTool]:
        return self.subject.tool

    @property
    @override
    def tool_constructor_params(self) -> dict[str, Any]:
        return {"client": self.client, "strict": True, "policy": Policy(allow_destructive=True)}

    @property
    @override
    def tool_invoke_params_example(self) -> dict[str, Any]:
        return self.subject.arguments
