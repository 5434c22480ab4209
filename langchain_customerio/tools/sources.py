"""What a program gives its tools, the client and the policy, or functions that give them for a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from inspect import iscoroutinefunction, signature
from typing import Annotated, Any, TypeAlias, TypeVar

from langchain_core.runnables import RunnableConfig
from pydantic import Field, GetPydanticSchema
from pydantic_core import core_schema

from langchain_customerio.client.client import PipelinesClient
from langchain_customerio.errors import ConfigurationError
from langchain_customerio.policy.policy import Policy
from langchain_customerio.text import type_name

KindT = TypeVar("KindT")

ClientSource: TypeAlias = PipelinesClient | Callable[[RunnableConfig], PipelinesClient]
"""A client, or a function that gives the client for a run, so that one graph serves many workspaces."""

PolicySource: TypeAlias = Policy | Callable[[RunnableConfig], Policy]
"""A policy, or a function that gives the policy for a run."""


def _checked(check: Callable[[Any], Any]) -> GetPydanticSchema:
    """Mark a field that pydantic is to keep as it is, neither copied nor looked into, once it has been checked."""
    return GetPydanticSchema(lambda _source, _handler: core_schema.no_info_plain_validator_function(check))


def _client_source(given: Any) -> Any:  # noqa: ANN401 - whatever a program gives
    if given is None or isinstance(given, PipelinesClient):
        return given
    return _function(given, "client", "PipelinesClient")


def _policy_source(given: Any) -> Any:  # noqa: ANN401 - the same
    return given if isinstance(given, Policy) else _function(given, "policy", "Policy")


def _function(given: Any, name: str, kind: str) -> Any:  # noqa: ANN401 - the same
    """Return a function of one argument, refused while the program is being set up where it is something else."""
    wanted = f"{name} takes a {kind}, or a function from the run's RunnableConfig to one"
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


ClientField: TypeAlias = Annotated[ClientSource | None, _checked(_client_source), Field(exclude=True, repr=False)]
PolicyField: TypeAlias = Annotated[PolicySource, _checked(_policy_source), Field(exclude=True)]


def client_for(source: ClientSource, config: RunnableConfig) -> PipelinesClient:
    """Return a run's client; a missing workspace is an error, never a fallback to another one.

    Raises:
        ConfigurationError: If the function knows no client for the run.
    """
    if isinstance(source, PipelinesClient):
        return source
    client = _known(source, config)
    if client is None:
        message = "Not sent. This run names no workspace that is known here: a person has to configure it."
        raise ConfigurationError(message)
    return _returned(client, PipelinesClient, "client")


def policy_for(source: PolicySource, config: RunnableConfig) -> Policy:
    """Return a run's policy, with the person that it acts for; a missing one is an error, never no policy.

    Raises:
        ConfigurationError: If a function knows no policy, or no person, for the run.
    """
    policy = source if isinstance(source, Policy) else _returned(_known(source, config), Policy, "policy")
    if not callable(policy.person):
        return policy
    person = _known(policy.person, config)
    if not isinstance(person, str) or not person.strip():
        message = "Not sent. This run names no person that is known here: an operator has to configure it."
        raise ConfigurationError(message)
    return replace(policy, person=person)


def _known(function: Callable[[RunnableConfig], Any], config: RunnableConfig) -> Any:  # noqa: ANN401 - what it returned
    try:
        return function(config)
    except LookupError:
        return None


def _returned(given: Any, kind: type[KindT], name: str) -> KindT:  # noqa: ANN401 - what a program's function returned
    if not isinstance(given, kind):
        message = f"Not sent. The function given as {name} returned {type_name(given)}: a person has to correct it."
        raise ConfigurationError(message)
    return given
