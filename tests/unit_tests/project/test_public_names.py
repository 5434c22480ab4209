"""The public names are a promise: exactly these, each documented."""

from __future__ import annotations

import importlib
import subprocess
import sys
from importlib.metadata import version
from types import ModuleType

import pytest

import langchain_customerio

pytestmark = pytest.mark.counted

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
    "run_key",
]

# Subpackages that one imports by name, so that importing the package stays cheap.
SUBPACKAGES = {
    "langchain_customerio.sandbox": [
        "AnonymousProfile",
        "CallRecord",
        "ContentMetric",
        "Deletion",
        "DeliveryMetric",
        "Device",
        "Entry",
        "Event",
        "Fault",
        "Object",
        "Person",
        "Relationship",
        "Sandbox",
        "SandboxServer",
        "Switches",
    ],
}
PROMISED = {"langchain_customerio": PUBLIC, **SUBPACKAGES}


@pytest.mark.parametrize("module", PROMISED)
def test_the_public_names_are_exactly_these(module: str) -> None:
    assert importlib.import_module(module).__all__ == PROMISED[module]


@pytest.mark.parametrize("module", PROMISED)
def test_the_public_names_are_sorted(module: str) -> None:
    assert sorted(PROMISED[module]) == PROMISED[module]


@pytest.mark.parametrize(("module", "name"), [(module, name) for module, names in PROMISED.items() for name in names])
def test_a_public_name_has_a_docstring_of_its_own(module: str, name: str) -> None:
    # Read from the object itself: an inherited docstring describes something else.
    promised = getattr(importlib.import_module(module), name)
    docstring = (vars(promised).get("__doc__") if isinstance(promised, type) else promised.__doc__) or ""
    assert docstring.strip()
    assert not docstring.startswith(f"{name}("), "the docstring that dataclass writes says nothing"


@pytest.mark.parametrize("module", PROMISED)
def test_a_module_has_no_other_names_to_offer(module: str) -> None:
    loaded = importlib.import_module(module)
    assert all(hasattr(loaded, name) for name in PROMISED[module]), "a name may be there only once it is asked for"
    own = {name for name, value in vars(loaded).items() if name[0] != "_" and not isinstance(value, ModuleType)}
    assert own - {"TYPE_CHECKING"} == set(PROMISED[module])


def test_the_names_are_listed_before_they_are_loaded() -> None:
    script = "import langchain_customerio as p; print(*dir(p))"
    answer = subprocess.run([sys.executable, "-I", "-c", script], check=True, capture_output=True, text=True)
    assert set(answer.stdout.split()) >= {*PUBLIC, "__version__"}
    assert set(dir(langchain_customerio)) >= {*PUBLIC, "__version__"}


def test_the_version_is_the_installed_distributions() -> None:
    assert langchain_customerio.__version__ == version("langchain-customerio")


def test_the_version_is_read_when_asked_for_and_not_before() -> None:
    script = "import langchain_customerio as p; print('__version__' in vars(p)); print(p.__version__)"
    answer = subprocess.run([sys.executable, "-I", "-c", script], check=True, capture_output=True, text=True)
    assert answer.stdout.split() == ["False", version("langchain-customerio")]


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = getattr(langchain_customerio, "Nothing")  # noqa: B009 - the checker knows that it is not there
