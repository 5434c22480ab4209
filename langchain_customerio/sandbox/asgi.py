"""What the server and the console share of ASGI."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Receive


async def read_body(request: Request, most: int) -> bytes:
    """Read a body, no further than one byte beyond a bound; uvicorn throws away what is left.

    Raises:
        ClientDisconnect: The client went away in the middle of it.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            break
    return bytes(body[: most + 1])


async def wait_until_gone(receive: Receive) -> None:
    """Wait for the client to leave. Nothing else comes behind the body."""
    while (await receive())["type"] != "http.disconnect":
        pass
