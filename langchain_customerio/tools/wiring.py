"""What a program gives its tools: the client, the policy and the budget, looked at when they are given."""

from __future__ import annotations

from collections.abc import Callable
from inspect import iscoroutinefunction, signature
from typing import Annotated, Any, TypeAlias

from langchain_core.runnables import RunnableConfig
from pydantic import Field, GetPydanticSchema
from pydantic_core import core_schema

from langchain_customerio.api.fields import type_name
from langchain_customerio.client.client import PipelinesClient
from langchain_customerio.errors import ConfigurationError
from langchain_customerio.policy.policy import Policy
from langchain_customerio.tools.budget import WriteBudget

ClientSource: TypeAlias = PipelinesClient | Callable[[RunnableConfig], PipelinesClient]
"""A client, or a function that gives the client for a run, so that one graph serves many workspaces."""


def _checked(check: Callable[[Any], Any]) -> GetPydanticSchema:
    """Mark a field that pydantic is to keep as it is, neither copied nor looked into, once it has been checked."""
    return GetPydanticSchema(lambda _source, _handler: core_schema.no_info_plain_validator_function(check))


def _source(given: Any) -> Any:  # noqa: ANN401 - whatever a program gives
    if given is None or isinstance(given, PipelinesClient):
        return given
    wanted = "client takes a PipelinesClient, or a function from the run's RunnableConfig to one"
    if isinstance(given, type):
        raise ConfigurationError(f"{wanted}, not the class {given.__name__}")
    if not callable(given):
        raise ConfigurationError(f"{wanted}, not {type_name(given)}")
    if iscoroutinefunction(given):
        raise ConfigurationError(f"{wanted}, and this one is async")
    try:
        signature(given).bind({})
    except TypeError:
        raise ConfigurationError(f"{wanted}, and this one does not take one argument") from None
    except ValueError:  # it has no signature to look at
        pass
    return given


def _policy(given: Any) -> Policy:  # noqa: ANN401 - the same
    if not isinstance(given, Policy):
        raise ConfigurationError(f"policy takes a Policy, not {type_name(given)}")
    return given


ClientField: TypeAlias = Annotated[ClientSource | None, _checked(_source), Field(exclude=True, repr=False)]
PolicyField: TypeAlias = Annotated[Policy, _checked(_policy), Field(exclude=True)]
BudgetField: TypeAlias = Annotated[WriteBudget, _checked(lambda given: given), Field(exclude=True, repr=False)]


def client_from(source: Callable[[RunnableConfig], PipelinesClient], config: RunnableConfig) -> PipelinesClient:
    """Return a run's client; a missing workspace is an error, never a fallback to another one.

    Raises:
        ConfigurationError: If the function knows no client for the run.
    """
    try:
        client: Any = source(config)
    except LookupError:
        client = None
    if client is None:
        message = "Not sent. This run names no workspace that is known here: a person has to configure it."
        raise ConfigurationError(message)
    if not isinstance(client, PipelinesClient):
        message = f"Not sent. The function given as client returned {type_name(client)}: a person has to correct it."
        raise ConfigurationError(message)
    return client
