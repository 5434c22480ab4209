"""LangChain and LangGraph tools for the Customer.io Pipelines API."""

from importlib.metadata import version as _version

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


def __getattr__(name: str) -> str:
    """Look the version up when it is asked for, because reading it costs milliseconds."""
    if name == "__version__":
        return _version("langchain-customerio")
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
