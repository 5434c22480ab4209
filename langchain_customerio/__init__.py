"""LangChain and LangGraph tools for the Customer.io Pipelines API."""

from importlib import import_module as _import_module
from importlib.metadata import version as _version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langchain_customerio.calls import Alias, Batch, Group, Identify, Page, Screen, Track
    from langchain_customerio.client import PipelinesClient
    from langchain_customerio.errors import (
        AuthenticationError,
        ConfigurationError,
        CustomerioError,
        DeliveryError,
        InvalidRequestError,
        NoAnswerError,
        PolicyError,
        RateLimitedError,
        RejectedError,
        ServerError,
    )
    from langchain_customerio.policy import Policy
    from langchain_customerio.receipts import Receipt
    from langchain_customerio.retries import RetryPolicy
    from langchain_customerio.settings import Region
    from langchain_customerio.toolkit import CustomerioPipelinesToolkit
    from langchain_customerio.tools import (
        AddToGroup,
        AliasUserIdentity,
        IdentifyPersonAndAssignTraits,
        SendBatchRequests,
        SendPageViewEvent,
        SendScreenViewEvent,
        ToolMode,
        TrackUserEvent,
    )

    __version__: str

__all__ = [
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

_MODULES = ("errors", "settings", "retries", "calls", "receipts", "policy", "client", "tools", "toolkit")
"""Where the names above are; a module comes after those that it imports."""

if not TYPE_CHECKING:  # or no misspelt name would be found by a type checker

    def __getattr__(name: str) -> object:
        """Look a name up when it is first asked for, so that nobody waits for the import of what is not used."""
        if name == "__version__":
            return _version("langchain-customerio")
        if name not in __all__:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message)
        modules = (_import_module(f"{__name__}.{module}") for module in _MODULES)
        globals()[name] = found = next(getattr(module, name) for module in modules if hasattr(module, name))
        return found

    def __dir__() -> list[str]:
        """List what there is, looked up or not."""
        return sorted({*globals(), *__all__, "__version__"})
