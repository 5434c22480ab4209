"""LangChain's standard unit tests, for every tool of both styles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_tests.unit_tests import ToolsUnitTests
from typing_extensions import override

from tests.standard_tools import SUBJECTS, Subject

if TYPE_CHECKING:
    from langchain_customerio.tools.base import CustomerioTool


class TestEveryTool(ToolsUnitTests):
    """The standard tests, once for each tool."""

    subject: Subject

    @pytest.fixture(autouse=True, params=SUBJECTS, ids=lambda subject: subject.name)
    def _subject(self, request: pytest.FixtureRequest) -> None:
        self.subject = request.param

    @property
    @override
    def tool_constructor(self) -> type[CustomerioTool]:
        return self.subject.tool

    @property
    @override
    def tool_invoke_params_example(self) -> dict[str, Any]:
        return self.subject.arguments
