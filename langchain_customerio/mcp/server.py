"""An MCP server made of a toolkit: the same tools, texts, refusals and policy, behind another door."""

from __future__ import annotations

import hmac
from functools import cache, partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from mcp.server.auth.provider import AccessToken, TokenVerifier
from mcp.server.auth.settings import AuthSettings
from mcp.server.caching import CacheHint
from mcp.server.mcpserver import MCPServer
from mcp.server.request_state import RequestStateSecurity
from pydantic import AnyHttpUrl

from langchain_customerio.client.client import PipelinesClient
from langchain_customerio.errors import ConfigurationError
from langchain_customerio.mcp.asking import always_asks, can_be_asked
from langchain_customerio.mcp.resources import resources
from langchain_customerio.mcp.tool import served
from langchain_customerio.tools.base import CustomerioTool

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

    from langchain_customerio.tools.sources import ClientSource
    from langchain_customerio.tools.toolkit import CustomerioPipelinesToolkit

ByHeaders: TypeAlias = "Callable[[Mapping[str, str]], PipelinesClient]"
"""Gives the client for the headers of a request."""

NAME: Final = "customerio"
"""The server's name. Sealed state is good for servers of the same name, so all workers have it."""

FEWEST_KEY_BYTES: Final = 32
_FRESH: Final = CacheHint(ttl_ms=300_000, scope="private")
_NO_ISSUER: Final = AnyHttpUrl("http://127.0.0.1")


def mcp_server(
    toolkit: CustomerioPipelinesToolkit,
    *,
    client: ByHeaders | None = None,
    token: str | None = None,
    state_keys: Sequence[str] = (),
) -> MCPServer[Any]:
    """Return an MCP server with the tools of a toolkit.

    What the toolkit's policy would ask a person is asked through the client, before anything is done. A client that
    cannot be asked is not shown the tools that always ask, and is refused the calls of the others that would.

    Args:
        toolkit: The tools, their policy and their client. A client or a policy that is a function from a
            `RunnableConfig` finds the headers of the HTTP request under `config["configurable"]["headers"]`, in lower
            case and without `authorization` and `cookie`.
        client: Gives the client for the headers of a request, so that one server serves many workspaces; a
            `LookupError`, or None, refuses the call. A header says what its sender wants, not who that is.
        token: The bearer token that every HTTP request must carry.
        state_keys: What seals the state of a question while the client holds it: the first one seals, each of them
            opens. Without any, it is sealed with a key of this process; several workers need the same ones.

    Raises:
        ConfigurationError: If a token or a key is too short to be a secret.

    Example:
        >>> from langchain_customerio import CustomerioPipelinesToolkit
        >>> from langchain_customerio.sandbox import Sandbox
        >>> mcp_server(CustomerioPipelinesToolkit(client=Sandbox().client())).name
        'customerio'
    """
    toolkit = toolkit.model_copy(update={"handle_tool_errors": True, "client": _source(toolkit, client)})
    tools = [tool for tool in toolkit.get_tools() if isinstance(tool, CustomerioTool)]
    return MCPServer(
        NAME,
        title="Customer.io",
        instructions=toolkit.instructions(),
        version=version("langchain-customerio"),
        tools=list(map(served, tools)),
        resources=resources(toolkit),
        middleware=[partial(_hide, frozenset(tool.name for tool in tools if always_asks(tool)))],
        cache_hints={"tools/list": _FRESH, "resources/list": _FRESH, "resources/read": _FRESH},
        request_state_security=_security(state_keys),
        **_auth(token),
    )


def _source(toolkit: CustomerioPipelinesToolkit, client: ByHeaders | None) -> ClientSource:
    """Return what gives the client for a call; one from the environment serves all calls."""
    if client is not None:
        return lambda config: client(config["configurable"]["headers"])
    if toolkit.client is not None:
        return toolkit.client
    own = cache(PipelinesClient)
    return lambda _config: own()


async def _hide(names: frozenset[str], context: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Leave tools that always ask out of the list of a client that cannot be asked."""
    result = await call_next(context)
    if context.method == "tools/list" and isinstance(result, dict) and not can_be_asked(context.session):
        return {**result, "tools": [tool for tool in result["tools"] if tool["name"] not in names]}
    return result


def _security(keys: Sequence[str]) -> RequestStateSecurity | None:
    if any(len(key.encode()) < FEWEST_KEY_BYTES for key in keys):
        message = f"A state key has at least {FEWEST_KEY_BYTES} bytes: make one with `openssl rand -hex 32`."
        raise ConfigurationError(message)
    return RequestStateSecurity(keys=list(keys)) if keys else None


class _OneToken(TokenVerifier):
    """Takes one token, and looks at all of it whichever is given."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    async def verify_token(self, token: str) -> AccessToken | None:
        if not hmac.compare_digest(token.encode(), self._token):
            return None
        return AccessToken(token=token, client_id=NAME, scopes=[])


FEWEST_TOKEN_CHARACTERS: Final = 16


def _auth(token: str | None) -> dict[str, Any]:
    """Return what makes the server ask for a token; the SDK wants an issuer, which is never told to anybody."""
    if token is None:
        return {}
    if len(token) < FEWEST_TOKEN_CHARACTERS or not token.isascii() or any(map(str.isspace, token)):
        message = (
            f"A bearer token has at least {FEWEST_TOKEN_CHARACTERS} characters of ASCII and no white space: make one"
            " with `openssl rand -hex 32`."
        )
        raise ConfigurationError(message)
    settings = AuthSettings(issuer_url=_NO_ISSUER, resource_server_url=None)
    return {"token_verifier": _OneToken(token), "auth": settings}
