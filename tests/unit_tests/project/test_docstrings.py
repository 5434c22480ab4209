"""Every example in a docstring runs, console lines and fenced blocks alike."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import re

import pytest

import langchain_customerio
from langchain_customerio import CustomerioPipelinesToolkit
from langchain_customerio.tools.two_mode import TWO_MODE_TOOLS, PipelinesTool
from tests.documents import run_page

MODULES = sorted(
    info.name
    for info in pkgutil.walk_packages(langchain_customerio.__path__, f"{langchain_customerio.__name__}.")
    if not info.name.endswith("__main__")
)


def docstrings(module: str) -> list[doctest.DocTest]:
    """Return every docstring of a module, with its examples, its name and its line."""
    finder = doctest.DocTestFinder(exclude_empty=False)
    return [test for test in finder.find(importlib.import_module(module), module) if test.docstring]


@pytest.mark.loopback
@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("module", ["langchain_customerio", *MODULES])
def test_the_examples_in_the_docstrings_run(module: str) -> None:
    for test in docstrings(module):
        report: list[str] = []
        doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=report.append)
        assert not report, "".join(report)
        run_page(test.docstring or "", test.name)


def test_there_are_examples_to_run() -> None:
    examples = [example for module in MODULES for test in docstrings(module) for example in test.examples]
    assert len(examples) >= 10


@pytest.mark.parametrize("tool", TWO_MODE_TOOLS)
def test_a_tools_docstring_shows_its_own_set_up_and_invocation(tool: type[PipelinesTool]) -> None:
    (found,) = (test for test in docstrings(tool.__module__) if test.name == f"{tool.__module__}.{tool.__name__}")
    headings = re.findall(r"^    (\w[\w ]+):$", found.docstring or "", re.MULTILINE)
    assert headings == ["Setup", "Instantiation", "Invocation with args", "Invocation with ToolCall"]
    code = "".join(example.source for example in found.examples)
    assert f"{tool.__name__}(client=" in code
    assert tool.call_type.kind in (found.docstring or "").partition("Setup")[0]


def test_the_toolkits_docstring_shows_how_to_use_it_in_an_agent() -> None:
    headings = re.findall(r"^(\w[\w ]+):$", inspect.getdoc(CustomerioPipelinesToolkit) or "", re.MULTILINE)
    assert headings[:5] == ["Setup", "Key init args", "Instantiate", "Tools", "Use within an agent"]
