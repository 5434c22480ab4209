"""The public names are a promise: exactly these, each documented."""

from __future__ import annotations

import importlib
import subprocess
import sys
from importlib.metadata import version

import pytest

import langchain_customerio

PUBLIC = [
    "AddToGroup",
    "Alias",
    "AliasUserIdentity",
    "AuthenticationError",
    "Batch",
    "ConfigurationError",
    "CustomerioError",
    "CustomerioPipelinesToolkit",
    "DeliveryError",
    "Group",
    "Identify",
    "IdentifyPersonAndAssignTraits",
    "InvalidRequestError",
    "NoAnswerError",
    "Page",
    "PipelinesClient",
    "Policy",
    "PolicyError",
    "RateLimitedError",
    "Receipt",
    "Region",
    "RejectedError",
    "RetryPolicy",
    "Screen",
    "SendBatchRequests",
    "SendPageViewEvent",
    "SendScreenViewEvent",
    "ServerError",
    "ToolMode",
    "Track",
    "TrackUserEvent",
]

# Public names that live in a subpackage of their own, so that importing the package stays cheap.
ELSEWHERE = [("langchain_customerio.sandbox", "Sandbox")]


def test_the_public_names_are_exactly_these() -> None:
    assert langchain_customerio.__all__ == PUBLIC


def test_the_public_names_are_sorted() -> None:
    assert sorted(PUBLIC) == PUBLIC


@pytest.mark.parametrize(("module", "name"), [("langchain_customerio", name) for name in PUBLIC] + ELSEWHERE)
def test_a_public_name_is_listed_and_has_a_docstring_of_its_own(module: str, name: str) -> None:
    home = importlib.import_module(module)
    assert name in home.__all__
    # Read from the object itself: an inherited docstring describes something else.
    assert (vars(getattr(home, name)).get("__doc__") or "").strip()


def test_the_package_has_no_other_names_to_offer() -> None:
    own = {
        name
        for name, value in vars(langchain_customerio).items()
        if not name.startswith("_") and not isinstance(value, type(sys))
    }
    assert own == set(PUBLIC)


def test_the_version_is_the_installed_distributions() -> None:
    assert langchain_customerio.__version__ == version("langchain-customerio")


def test_the_version_is_read_when_asked_for_and_not_before() -> None:
    script = "import langchain_customerio as p; print('__version__' in vars(p)); print(p.__version__)"
    answer = subprocess.run([sys.executable, "-I", "-c", script], check=True, capture_output=True, text=True)
    assert answer.stdout.split() == ["False", version("langchain-customerio")]


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = getattr(langchain_customerio, "Nothing")  # noqa: B009 - the checker knows that it is not there
