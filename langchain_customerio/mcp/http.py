"""The server over streamable HTTP: whom it answers, and how much it reads.

Every request is looked at for its `Host` and its `Origin`, whatever address the server listens on, so that no foreign
web page can reach it through a name of its own; requests are bounded; `/healthz` says that the process is alive.

Source: MCP specification, Transports: https://modelcontextprotocol.io/specification/2026-07-28/basic/transports
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from mcp.server.transport_security import TransportSecuritySettings
from starlette.responses import JSONResponse
from starlette.routing import Route

from langchain_customerio.errors import ConfigurationError
from langchain_customerio.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mcp.server.mcpserver import MCPServer
    from starlette.applications import Starlette
    from starlette.requests import Request

PATH: Final = "/mcp"
HEALTH: Final = "/healthz"
MOST_REQUEST: Final = 2 * 1024 * 1024
"""Bytes of a request: a batch of the largest size that the API takes, with every character escaped."""

_ORIGIN: Final = re.compile(r"https?://[\w.\-\[\]:]+", re.ASCII)
_LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")


def http_app(server: MCPServer[Any], *, hosts: Iterable[str] = (), origins: Iterable[str] = ()) -> Starlette:
    """Return an ASGI application that serves MCP at `/mcp`, for any ASGI server, or to be mounted.

    Args:
        server: The server, best with a token.
        hosts: The names under which it is reached, such as `mcp.example.com` or `mcp.example.com:8443`, besides those
            of this machine itself; a name without a port stands for any port.
        origins: The origins of web pages that may call it, such as `https://app.example.com`, besides those of this
            machine itself.

    Raises:
        ConfigurationError: If an origin is something else.

    Example:
        >>> from langchain_customerio import CustomerioPipelinesToolkit
        >>> server = CustomerioPipelinesToolkit().mcp_server(token="0123456789abcdef")
        >>> [route.path for route in http_app(server).routes]
        ['/mcp', '/healthz']
    """
    origins = tuple(origins)
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise ConfigurationError(f"{shown(origin)} is not an origin, such as https://app.example.com")
    names = tuple(dict.fromkeys([*_LOOPBACK, *hosts]))
    security = TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=[pattern for name in names for pattern in _with_ports(name)],
        allowed_origins=[*(f"http://{name}:*" for name in _LOOPBACK), *origins],
    )
    app = server.streamable_http_app(
        streamable_http_path=PATH, max_request_body_size=MOST_REQUEST, transport_security=security
    )
    app.router.routes.append(Route(HEALTH, _alive, methods=["GET"]))
    return app


def _with_ports(name: str) -> Iterator[str]:
    yield name
    if ":" not in name.rpartition("]")[2]:
        yield f"{name}:*"


async def _alive(_: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})
