"""LangChain and LangGraph tools for the Customer.io Pipelines API."""

from importlib import import_module as _import_module
from importlib.metadata import version as _version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langchain_customerio.api.calls import Alias, Batch, Group, Identify, Page, Screen, Track
    from langchain_customerio.client.client import PipelinesClient
    from langchain_customerio.client.receipts import Receipt
    from langchain_customerio.client.retries import RetryPolicy
    from langchain_customerio.client.run_key import run_key
    from langchain_customerio.client.settings import Region
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
    from langchain_customerio.policy.policy import Policy
    from langchain_customerio.tools.toolkit import CustomerioPipelinesToolkit
    from langchain_customerio.tools.two_mode import (
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
    "run_key",
]

_MODULE_OF = {
    **dict.fromkeys(("Alias", "Batch", "Group", "Identify", "Page", "Screen", "Track"), "api.calls"),
    "PipelinesClient": "client.client",
    "Receipt": "client.receipts",
    "Region": "client.settings",
    "RetryPolicy": "client.retries",
    "run_key": "client.run_key",
    "Policy": "policy.policy",
    "CustomerioPipelinesToolkit": "tools.toolkit",
    "AddToGroup": "tools.two_mode",
    "AliasUserIdentity": "tools.two_mode",
    "IdentifyPersonAndAssignTraits": "tools.two_mode",
    "SendBatchRequests": "tools.two_mode",
    "SendPageViewEvent": "tools.two_mode",
    "SendScreenViewEvent": "tools.two_mode",
    "ToolMode": "tools.two_mode",
    "TrackUserEvent": "tools.two_mode",
}
"""The module of each public name; the errors are in `errors`."""

if not TYPE_CHECKING:  # a type checker would otherwise accept every misspelt name

    def __getattr__(name: str) -> object:
        """Import a public name when it is first used, so that a program pays only for what it uses."""
        if name == "__version__":
            return _version("langchain-customerio")
        if name not in __all__:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message)
        module = _import_module(f"{__name__}.{_MODULE_OF.get(name, 'errors')}")
        globals()[name] = found = getattr(module, name)
        return found

    def __dir__() -> list[str]:
        """List all public names, imported or not."""
        return sorted({*globals(), *__all__, "__version__"})
