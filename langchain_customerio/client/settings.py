"""Where calls go and with which key: keys, regions and base URLs, decided in one place and without I/O.

Source: Customer.io documentation, Pipelines API, Authentication and Regions.
"""

from __future__ import annotations

import base64
import ipaddress
import os
import re
import warnings
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from langchain_customerio.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping


class Region(StrEnum):
    """The data centre that holds a workspace. A call to the wrong one is lost."""

    US = "us"
    EU = "eu"


BASE_URLS = {Region.US: "https://cdp.customer.io/v1", Region.EU: "https://cdp-eu.customer.io/v1"}
_KEY_WITH_REGION = re.compile(r"^(pk|sk)_(us|eu)_")
_KEY_OF_NEW_STYLE = re.compile(r"^(pk|sk)_")


@dataclass(frozen=True, slots=True)
class Target:
    """A place to send to.

    Attributes:
        base_url: Up to and including `/v1`, without a slash at the end.
        authorization: Value of the `Authorization` header; kept out of `repr`.
        region: The region, or None where only a base URL is known.
        secrets: The forms in which the key could appear in somebody else's text.
    """

    base_url: str
    authorization: str = field(repr=False)
    region: Region | None
    secrets: tuple[str, ...] = field(repr=False)


def read_environment(
    environment: Mapping[str, str] = os.environ,
) -> tuple[str | None, str | None, str | None]:
    """Return the key, region and base URL that the environment gives; the only place that reads it."""
    names = ("CUSTOMERIO_API_KEY", "CUSTOMERIO_REGION", "CUSTOMERIO_BASE_URL")
    key, region, base_url = (environment.get(name, "").strip() or None for name in names)
    return key, region, base_url


def resolve(api_key: str, region: Region | str | None = None, base_url: str | None = None) -> Target:
    """Decide where to send and how to show the key.

    Args:
        api_key: The key; white space around it is dropped.
        region: `us` or `eu`; by default the key's own region, or else `us`.
        base_url: An address up to and including `/v1` that replaces the region's.

    Raises:
        ConfigurationError: If the key is malformed, belongs to another region, or the address is not safe.

    >>> resolve("sk_eu_123").base_url
    'https://cdp-eu.customer.io/v1'
    """
    key = _clean_key(api_key)
    match = _KEY_WITH_REGION.match(key)
    own = Region(match[2]) if match else None
    asked = _region(region)
    if own and asked and own is not asked:
        message = f"The key belongs to the region {own}, but the region is set to {asked}: leave the region out."
        raise ConfigurationError(message)
    chosen = own or asked
    address = _clean_base_url(base_url) if base_url else BASE_URLS[chosen or Region.US]
    if own and (other := _region_of(address)) and other is not own:
        message = f"The key belongs to the region {own}, but the base URL is that of {other}: leave the base URL out."
        raise ConfigurationError(message)
    basic = base64.b64encode(f"{key}:".encode()).decode()
    bearer = _KEY_OF_NEW_STYLE.match(key)
    return Target(
        base_url=address,
        authorization=f"Bearer {key}" if bearer else f"Basic {basic}",
        region=chosen or (None if base_url else Region.US),
        secrets=(key, basic),
    )


def warn_of_private_key(api_key: str) -> None:
    """Warn that a private key can do far more than these tools."""
    if api_key.strip().startswith("sk_"):
        warnings.warn(
            "The Customer.io key is a private one (sk_...): whoever holds it can also send messages, read data and "
            "delete people. Give an agent a public key (pk_...) where identify and events are all it needs.",
            UserWarning,
            stacklevel=3,
        )


def _clean_key(api_key: str) -> str:
    key = api_key.strip()
    if not key:
        message = (
            "No Customer.io key: set CUSTOMERIO_API_KEY, or pass api_key=. It is the API key of a source under"
            " Data & Integrations, Integrations."
        )
        raise ConfigurationError(message)
    if not (key.isascii() and key.isprintable()) or " " in key or ":" in key:
        message = "The Customer.io key has a character that no key has (white space, a colon, or beyond ASCII)."
        raise ConfigurationError(message)
    return key


def _region(region: Region | str | None) -> Region | None:
    if region is None:
        return None
    try:
        return Region(region.strip().lower())
    except ValueError:
        message = "The region is neither us nor eu: pass region= or set CUSTOMERIO_REGION."
        raise ConfigurationError(message) from None


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
