"""Where the next call goes: the one place that asks for the key, which may be a function and may change."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import Enum
from inspect import isawaitable, iscoroutine
from time import monotonic
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from pydantic import SecretStr

from langchain_customerio.client.settings import read_environment, resolve
from langchain_customerio.errors import ConfigurationError
from langchain_customerio.text import type_name

if TYPE_CHECKING:
    from langchain_customerio.client.settings import Region, Target


class _NotGiven(Enum):
    NOT_GIVEN = "not given"

    def __repr__(self) -> str:
        return "NOT_GIVEN"


NOT_GIVEN: Final = _NotGiven.NOT_GIVEN
"""Stands for a setting that was left out, since None would be one that went missing."""

NotGiven: TypeAlias = Literal[_NotGiven.NOT_GIVEN]
KeyFunction: TypeAlias = Callable[[], str | SecretStr | Awaitable[str | SecretStr]]
KeySource: TypeAlias = SecretStr | KeyFunction | NotGiven

_NO_KEY: Final = "and so there is no key for this call: a person must correct it."
_MEANWHILE: Final = 10.0
"""Seconds for which a key that is due is used by other calls, while one of them asks for the next."""


@dataclass(frozen=True, slots=True)
class _Kept:
    secret: SecretStr
    target: Target
    until: float


class Targets:
    """Gives the place and the key for each call.

    Args:
        source: The key, or a function that is asked for it; from the environment where it is not given.
        region: The region; from the environment where it is not given.
        base_url: The address; from the environment where neither it nor a key is given.
        ttl: Seconds for which the answer of a function is kept.

    Attributes:
        is_async: Whether the key comes from an async function.

    Raises:
        ConfigurationError: If a setting is None or makes no sense, or if there is no key.
    """

    def __init__(
        self, source: KeySource, region: Region | str | NotGiven, base_url: str | NotGiven, ttl: float
    ) -> None:
        """Ask for the key, unless only an event loop could."""
        if not (math.isfinite(ttl) and ttl >= 0):
            raise ConfigurationError("key_ttl is a number of seconds, zero or more.")
        settings: dict[str, object] = {"region": region, "base_url": base_url}
        for name, value in settings.items():
            if value is None:
                raise ConfigurationError(f"{name} is None: pass a value, or leave it out.")
        environment = read_environment()
        own_key = source is not NOT_GIVEN
        self._source = source if source is not NOT_GIVEN else environment.api_key or SecretStr("")
        self._region = environment.region if region is NOT_GIVEN else region
        from_environment = None if own_key else environment.base_url
        self._base_url = from_environment if base_url is NOT_GIVEN else base_url
        self._ttl = ttl
        self._kept: _Kept | None = None
        given = self._asked()
        self.is_async = _dismissed(given)
        if isinstance(self._source, SecretStr):
            self._keep(self._source)
        elif not self.is_async:
            self._keep(_secret(given))

    @property
    def known(self) -> Target | None:
        """The last one, if there has been any."""
        return self._kept.target if self._kept is not None else None

    def current(self) -> Target:
        """Return where a sync call goes.

        Raises:
            ConfigurationError: If there is no key for it.
        """
        return self._fresh() or self._keep(_secret(self._asked()))

    async def acurrent(self) -> Target:
        """Return where an async call goes.

        Raises:
            ConfigurationError: If there is no key for it.
        """
        if fresh := self._fresh():
            return fresh
        given = self._asked()
        return self._keep(_secret(hidden(await given) if isawaitable(given) else given))

    def _asked(self) -> object:
        return self._source if isinstance(self._source, SecretStr) else hidden(self._source())

    def _fresh(self) -> Target | None:
        kept, fixed = self._kept, isinstance(self._source, SecretStr)
        if kept is None or not (fixed or self._ttl):
            return None
        if fixed or monotonic() < kept.until:
            return kept.target
        self._kept = replace(kept, until=monotonic() + _MEANWHILE)
        return None

    def _keep(self, secret: SecretStr) -> Target:
        kept = self._kept
        same = kept is not None and kept.secret == secret
        target = kept.target if kept is not None and same else resolve(secret, self._region, self._base_url)
        self._kept = _Kept(secret, target, monotonic() + self._ttl)
        return target


def key_source(api_key: object) -> KeySource:
    """Return what a program gave as the key, hidden from whoever records local variables.

    Raises:
        ConfigurationError: If it is none.
    """
    source = hidden(api_key)
    if isinstance(source, SecretStr):
        if not source.get_secret_value().strip():
            raise ConfigurationError("api_key is empty: pass a key, or leave it out to use CUSTOMERIO_API_KEY.")
        return source
    if source is NOT_GIVEN or callable(source):
        return source
    raise ConfigurationError(
        f"api_key is {type_name(source)}: pass a key or a function that returns one, or leave it out to use"
        " CUSTOMERIO_API_KEY."
    )


def hidden(given: object) -> object:
    """Return text as a `SecretStr`, so that no frame has it among its locals, and anything else as it is."""
    return SecretStr(given) if isinstance(given, str) else given


def _dismissed(given: object) -> bool:
    """Return whether a function turned out to be async; what it gave is not awaited then."""
    if iscoroutine(given):
        given.close()
    return isawaitable(given)


def _secret(given: object) -> SecretStr:
    """Return the key that a function gave.

    Raises:
        ConfigurationError: If it gave none.
    """
    if isinstance(given, SecretStr):
        if given.get_secret_value().strip():
            return given
        raise ConfigurationError(f"Not sent. The function given as api_key returned an empty text, {_NO_KEY}")
    if _dismissed(given):
        raise ConfigurationError(
            "Not sent. The function given as api_key is async, and this call is not: use asend, apreview or acheck."
        )
    raise ConfigurationError(f"Not sent. The function given as api_key returned {type_name(given)}, {_NO_KEY}")
