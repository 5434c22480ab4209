"""Where calls go and with which key: keys, regions and base URLs, decided in one place and without I/O.

Source: Customer.io documentation, Pipelines API, Authentication and Regions.
"""

from __future__ import annotations

import ipaddress
import os
import re
import warnings
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from pydantic import SecretStr

from langchain_customerio.client.keys import Key
from langchain_customerio.errors import ConfigurationError, Problem


class Region(StrEnum):
    """The data centre that holds a workspace. A call to the wrong one is lost."""

    US = "us"
    EU = "eu"


BASE_URLS = {Region.US: "https://cdp.customer.io/v1", Region.EU: "https://cdp-eu.customer.io/v1"}
_KEY_WITH_REGION = re.compile(r"^(pk|sk)_(us|eu)_")


@dataclass(frozen=True, slots=True)
class Target:
    """A place to send to.

    Attributes:
        base_url: Up to and including `/v1`, without a slash at the end.
        region: The region, or None where only a base URL is known.
        key: The key.
    """

    base_url: str
    region: Region | None
    key: Key

    @property
    def host(self) -> str:
        """The host of the address, as errors name it."""
        return urlsplit(self.base_url).hostname or ""


@dataclass(frozen=True, slots=True)
class Environment:
    """What the environment says; None for what it does not."""

    api_key: SecretStr | None
    region: str | None
    base_url: str | None


def read_environment() -> Environment:
    """Return the key, region and base URL that the environment gives; the only place that reads it."""
    key = SecretStr(os.environ.get("CUSTOMERIO_API_KEY", "").strip())
    region, base_url = (os.environ.get(f"CUSTOMERIO_{name}", "").strip() or None for name in ("REGION", "BASE_URL"))
    return Environment(key or None, region, base_url)


def resolve(api_key: SecretStr, region: Region | str | None = None, base_url: str | None = None) -> Target:
    """Decide where to send with a key.

    Args:
        api_key: The key; white space around it is dropped.
        region: `us` or `eu`; by default the key's own region, or else `us`.
        base_url: An address up to and including `/v1` that replaces the region's.

    Raises:
        ConfigurationError: If the key is malformed, belongs to another region, or the address is not safe.

    >>> resolve(SecretStr("sk_eu_123")).base_url
    'https://cdp-eu.customer.io/v1'
    """
    secret = _clean_key(api_key)
    own = _region_of_key(secret)
    asked = _region(region)
    if own and asked and own is not asked:
        message = f"The key belongs to the region {own}, but the region is set to {asked}: leave the region out."
        raise ConfigurationError(message)
    chosen = own or asked
    address = _clean_base_url(base_url) if base_url is not None else BASE_URLS[chosen or Region.US]
    if own and (other := _region_of(address)) and other is not own:
        message = f"The key belongs to the region {own}, but the base URL is that of {other}: leave the base URL out."
        raise ConfigurationError(message)
    return Target(address, chosen or (None if base_url is not None else Region.US), Key(secret))


def warn_of_private_key() -> None:
    """Warn that a private key can do far more than these tools."""
    warnings.warn(
        "The Customer.io key is a private one (sk_...): whoever holds it can also send messages, read data and "
        "delete people. Give an agent a public key (pk_...) where identify and events are all it needs.",
        UserWarning,
        stacklevel=3,
    )


# A function that raises has no key among its locals, since what records a traceback may record them too.


def _clean_key(api_key: SecretStr) -> SecretStr:
    secret = SecretStr(api_key.get_secret_value().strip())
    if not secret.get_secret_value():
        raise ConfigurationError(problem=Problem("no_key"))
    if problem := _key_problem(secret):
        raise ConfigurationError(problem)
    return secret


def _key_problem(secret: SecretStr) -> str:
    key = secret.get_secret_value()
    if not (key.isascii() and key.isprintable()) or " " in key or ":" in key:
        return "The Customer.io key has a character that no key has (white space, a colon, or beyond ASCII)."
    return ""


def _region_of_key(secret: SecretStr) -> Region | None:
    match = _KEY_WITH_REGION.match(secret.get_secret_value())
    return Region(match[2]) if match else None


def _region(region: Region | str | None) -> Region | None:
    if region is None:
        return None
    try:
        return Region(region.strip().lower())
    except ValueError:
        raise ConfigurationError(problem=Problem("no_such_region")) from None


def _region_of(address: str) -> Region | None:
    host = urlsplit(address).hostname
    return next((region for region, url in BASE_URLS.items() if urlsplit(url).hostname == host), None)


def _clean_base_url(base_url: str) -> str:
    address = base_url.strip().rstrip("/")
    try:
        parts = urlsplit(address)
        host = parts.hostname if parts.port != 0 else None  # a port that is none shows when it is read
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in {"https", "http"} or not host:
        message = "The base URL is no https:// address: it looks like https://cdp.customer.io/v1."
        raise ConfigurationError(message)
    if not address.isprintable() or set("@?# ") & set(address):
        message = "The base URL carries more than an address: leave out user, password, query and fragment."
        raise ConfigurationError(message)
    if parts.scheme == "http" and not _is_loopback(host):
        message = "The base URL is http://, which would show the key to the network: use https:// (loopback excepted)."
        raise ConfigurationError(message)
    if not parts.path:
        message = f"The base URL has no path: it runs up to and includes /v1, as in {BASE_URLS[Region.US]}."
        raise ConfigurationError(message)
    return address


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
