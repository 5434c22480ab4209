"""The sandbox, in process or on a socket."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import quote

from typing_extensions import override

from langchain_customerio.sandbox.app import App

if TYPE_CHECKING:
    from collections.abc import Iterable

    from langchain_customerio.client.client import PipelinesClient


_BEYOND: Final = (
    "The sandbox listens on {host}, so that other machines can connect. Whoever can may send it calls; the console and"
    " what it shows ask for a token."
)


class Sandbox(App):
    """A Customer.io workspace in memory behind a stand-in for the Pipelines API.

    It is written from the API's documentation and shares no code with the client. What the documentation leaves
    open is a switch, described at `Switches` and given by keyword. Several threads may use it at once.

    Example:
        >>> import httpx
        >>> sandbox = Sandbox()
        >>> with httpx.Client(transport=sandbox.transport, auth=("key", "")) as http:
        ...     http.post("https://sandbox.invalid/v1/identify", json={"userId": "u1", "traits": {"plan": "pro"}})
        <Response [200 OK]>
        >>> sandbox.people["u1"].traits
        {'plan': 'pro'}
    """

    def serve(
        self, host: str = "127.0.0.1", port: int = 0, *, token: str | None = None, hosts: Iterable[str] = ()
    ) -> SandboxServer:
        """Put the sandbox on a real socket: `with sandbox.serve() as server: server.base_url`.

        The API is below `/v1`, and a page at `/` shows what arrives and what the workspace holds.

        Args:
            host: Where to listen. Only this machine can connect unless you say otherwise.
            port: Port to listen on; 0 takes any free one.
            token: What the page asks for, at least 16 characters. By default nothing on this machine alone, and a token
                of its own making (`SandboxServer.token`) beyond it.
            hosts: Further names by which others call this machine. Beyond it, a request for any other name is refused;
                IP addresses, `localhost` and the machine's own name are always good.

        Raises:
            ModuleNotFoundError: The extra `sandbox` is not installed.
            OSError: The address is taken or not of this machine.
            ValueError: The token is too short.

        Warns:
            UserWarning: Other machines can connect.
        """
        return SandboxServer(self, host, port, token=token, hosts=hosts)

    @override
    def __repr__(self) -> str:
        """Say how much is in it."""
        return (
            f"<Sandbox: {len(self.people)} people, {len(self.objects)} objects, {len(self.events)} events,"
            f" {self.counts.get('requests', 0)} requests>"
        )


class SandboxServer:
    """A sandbox that listens on a socket, for `with`.

    The socket is bound when the server is made, so a port that is taken raises at once. Requests are answered inside
    the `with` block. Leaving the block breaks the connections that are still open.

    Attributes:
        sandbox: The workspace behind it.
        host: Where it listens.
        port: The port, also when any free one was asked for.
        token: What the page asks for; None when it asks for nothing.
    """

    def __init__(
        self, sandbox: Sandbox, host: str, port: int, *, token: str | None = None, hosts: Iterable[str] = ()
    ) -> None:
        """Bind the socket; see `Sandbox.serve`."""
        try:
            from langchain_customerio.sandbox.server import HttpServer  # noqa: PLC0415 - needs an extra
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] not in {"starlette", "uvicorn"}:
                raise
            message = "The sandbox's server needs an extra: pip install 'langchain-customerio[sandbox]'"
            raise ModuleNotFoundError(message, name=error.name) from error
        self.sandbox = sandbox
        self._server = HttpServer(sandbox, host, port, hosts, token)
        self.host = self._server.host
        self.port = self._server.port
        self.token = self._server.token
        if not self._server.is_local:
            warnings.warn(_BEYOND.format(host=host), stacklevel=3)

    @property
    def url(self) -> str:
        """For example `http://127.0.0.1:54321`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def base_url(self) -> str:
        """The URL with `/v1`, as clients want it."""
        return f"{self.url}/v1"

    @property
    def console_url(self) -> str:
        """The page for a browser, with the token. The token is behind `#`, so it is in no request and in no log."""
        return f"{self.url}/" + (f"#token={quote(self.token, safe='')}" if self.token else "")

    def client(self, **kwargs: Any) -> PipelinesClient:  # noqa: ANN401 - what the client takes, it checks
        """Make a `PipelinesClient` that talks to this server over the socket.

        Args:
            **kwargs: Anything that `PipelinesClient` takes; a key and the base URL are filled in.
        """
        over_the_socket = {"base_url": self.base_url, "transport": None, "async_transport": None}
        return self.sandbox.client(**over_the_socket | kwargs)

    def __enter__(self) -> Self:
        """Start to answer."""
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop answering, break open connections and free the port."""
        self._server.stop()
