"""Who may see the page and use its buttons: rules about the headers of a request, without I/O."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

_READING: Final = frozenset({"GET", "HEAD"})
_TOKEN_LENGTH: Final = 16


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer to a request that is not let in: a status, and a sentence on what to do."""

    status: int
    text: str


@dataclass(frozen=True, slots=True)
class Guard:
    """What a request must show.

    A web page of somebody else can make a browser send requests here. It cannot choose the `Host` and `Origin` that
    the browser sends with them, and does not know the token.

    Attributes:
        hosts: Names by which this server is called, in lower case; IP addresses and `localhost` always are names of it.
        token: What `Authorization: Bearer` must hold to see what the workspace holds; None asks for none.
        check_api: Whether the host name counts for the API, too, and not for the console alone.
    """

    hosts: frozenset[str]
    token: str | None
    check_api: bool

    def check(self, method: str, headers: Mapping[str, str], *, is_api: bool, is_page: bool) -> Refusal | None:
        """Refuse a request that must not come in.

        Args:
            method: Of the request.
            headers: Of the request, in lower case.
            is_api: Whether it goes to the API, which takes calls with a key of its own and shows nothing.
            is_page: Whether it asks for the page itself, which holds no data.
        """
        if is_api:
            return self._check_host(headers) if self.check_api else None
        refusal = self._check_host(headers) or self._check_origin(method, headers)
        return refusal or (None if is_page else self._check_token(headers))

    def _check_host(self, headers: Mapping[str, str]) -> Refusal | None:
        """Refuse a host name that belongs to somebody else (DNS rebinding)."""
        name = _host_name(headers.get("host", ""))
        if name == "localhost" or name.endswith(".localhost") or name in self.hosts or _is_address(name):
            return None
        return Refusal(
            HTTPStatus.MISDIRECTED_REQUEST,
            "This sandbox does not answer to that host name. Use its IP address, or allow the name: "
            "serve(hosts=[…]), or --allow-host.",
        )

    def _check_origin(self, method: str, headers: Mapping[str, str]) -> Refusal | None:
        """Refuse a change that another site's page asks for."""
        if method in _READING:
            return None
        origin, site = headers.get("origin"), headers.get("sec-fetch-site", "same-origin")
        if site in {"same-origin", "none"} and (origin is None or urlsplit(origin).netloc == headers.get("host")):
            return None
        return Refusal(HTTPStatus.FORBIDDEN, "Only the sandbox's own page may do this, not a page of another site.")

    def _check_token(self, headers: Mapping[str, str]) -> Refusal | None:
        """Refuse whoever does not know the token."""
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if self.token is None:
            return None
        if scheme.lower() == "bearer" and secrets.compare_digest(given.strip().encode(), self.token.encode()):
            return None
        return Refusal(HTTPStatus.UNAUTHORIZED, "Send the sandbox's token: Authorization: Bearer TOKEN.")


def check_strength(token: str | None) -> None:
    """Refuse a token that can be guessed.

    Raises:
        ValueError: It has fewer than 16 characters.
    """
    if token is not None and len(token) < _TOKEN_LENGTH:
        raise ValueError(f"a token has at least {_TOKEN_LENGTH} characters")


def _host_name(header: str) -> str:
    """The name or address in a `Host` header, without its port."""
    try:
        return (urlsplit(f"//{header}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
