"""What a program gives a client besides key and address: a policy and hooks, checked when they are given."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from langchain_customerio.client.hooks import Hooks
from langchain_customerio.errors import ConfigurationError

if TYPE_CHECKING:
    from langchain_customerio.api.calls import Call

CallT = TypeVar("CallT", bound="Call")

_BEYOND_A_CLIENT: Final = ("approve", "dry_run", "max_writes", "redact", "send_valid_items")


class CallPolicy(Protocol):
    """What may be sent: a `Policy`, or anything else with this method."""

    def check(self, call: CallT) -> CallT:
        """Return the call as it may be sent.

        Raises:
            PolicyError: If it may not.
        """
        ...


def checked_policy(policy: CallPolicy | None) -> CallPolicy | None:
    """Refuse a policy that promises what a client alone cannot keep.

    Raises:
        ConfigurationError: If it does.
    """
    if policy is None:
        return None
    if isinstance(policy, type) or not callable(getattr(policy, "check", None)):
        raise ConfigurationError("policy takes a Policy, or an object with a method check(call)")
    beyond = [name for name in _BEYOND_A_CLIENT if getattr(policy, name, None)]
    if callable(getattr(policy, "person", None)):  # it would be asked with the config of a run
        beyond.append("person")
    if beyond:
        raise ConfigurationError(f"policy: a client cannot keep {', '.join(beyond)}; only tools and loads can")
    return policy


def checked_hooks(hooks: object) -> tuple[Hooks, ...]:
    """Return hooks as a tuple.

    Raises:
        ConfigurationError: If something else is among them.
    """
    given = tuple(hooks) if isinstance(hooks, Iterable) else (hooks,)
    if not all(isinstance(hook, Hooks) for hook in given):
        raise ConfigurationError("hooks takes Hooks, or several: objects whose class derives from it")
    return given
