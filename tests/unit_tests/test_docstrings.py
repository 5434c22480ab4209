"""Every example in a docstring runs, console lines and fenced blocks alike."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import langchain_customerio
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
