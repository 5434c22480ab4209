"""The console as an ASGI application: the page and its files, what they ask for, and what their buttons do."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import orjson
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route, Router
from typing_extensions import override

from langchain_customerio.sandbox.asgi import read_body, wait_until_gone
from langchain_customerio.sandbox.console import details
from langchain_customerio.sandbox.console.export import json_lines
from langchain_customerio.sandbox.console.feed import TICK, Feed
from langchain_customerio.sandbox.rows import Search

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from langchain_customerio.sandbox.app import App
    from langchain_customerio.sandbox.http import JsonObject

_FORM_BYTES: Final = 10_000
_TYPES: Final = {
    "css": "text/css",
    "html": "text/html",
    "js": "text/javascript",
    "svg": "image/svg+xml",
}
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_FAULT: Final[dict[str, Any]] = {
    "status": int,
    "reset": str,
    "hangup": str,
    "timeout": str,
    "delay": int | float,
    "times": int | None,
    "after": int,
    "endpoint": str | None,
    "retry_after": int | None,
    "applied": bool,
}
"""What the page may ask for, of all that `Sandbox.fail` can do."""
_HEADERS: Final = {
    "cache-control": "no-store",
    "content-security-policy": _POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class Console:
    """Answers for `/` and `/console/…`. Only POST and DELETE change anything."""

    def __init__(self, app: App) -> None:
        """Show this sandbox."""
        self._app = app
        self._router = Router(
            [
                Route("/", _file),
                Route("/console/page/{name:path}", _file),
                Route("/console/events", self._events),
                Route("/console/calls/{number:int}/{index:int}", self._call),
                Route("/console/people", self._people),
                Route("/console/person", self._person),
                Route("/console/objects", self._objects),
                Route("/console/object", self._object),
                Route("/console/identifiers", self._identifiers),
                Route("/console/export.jsonl", self._export),
                Route("/console/faults", self._add_fault, methods=["POST"]),
                Route("/console/faults", self._clear_faults, methods=["DELETE"]),
                Route("/console/clear", self._clear, methods=["POST"]),
            ]
        )

    @staticmethod
    def owns(method: str, path: str) -> bool:
        """Whether a request is for the console, and not for the API."""
        return path.startswith("/console/") or (path == "/" and method in {"GET", "HEAD"})

    @staticmethod
    def is_open(path: str) -> bool:
        """Whether a path leads to the page itself, which holds no data, so that it can ask for the token."""
        return path == "/" or path.startswith("/console/page/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        await self._router(scope, receive, send)

    async def _events(self, request: Request) -> Response:
        last_event_id = request.headers.get("last-event-id", "")
        return _EventStream(Feed(self._app, request.query_params, last_event_id))

    async def _export(self, request: Request) -> Response:
        lines = json_lines(self._app, Search.read(request.query_params, self._app.identifiers_of))
        disposition = 'attachment; filename="calls.jsonl"'
        return StreamingResponse(
            lines, media_type="application/x-ndjson", headers=_HEADERS | {"content-disposition": disposition}
        )

    async def _call(self, request: Request) -> Response:
        number, index = request.path_params["number"], request.path_params["index"]
        return _json(details.call(self._app, number, index, f"{request.base_url}v1"))

    async def _people(self, request: Request) -> Response:
        return _json(details.people(self._app, _words(request)))

    async def _person(self, request: Request) -> Response:
        return _json(details.person(self._app, request.query_params.get("id", "")))

    async def _objects(self, request: Request) -> Response:
        return _json(details.objects(self._app, _words(request)))

    async def _object(self, request: Request) -> Response:
        params = request.query_params
        return _json(details.one_object(self._app, params.get("type", ""), params.get("id", "")))

    async def _identifiers(self, _request: Request) -> Response:
        return _json(details.identifiers(self._app))

    async def _add_fault(self, request: Request) -> Response:
        body = await read_body(request, _FORM_BYTES)
        try:
            self._app.fail(**_fault(orjson.loads(body)))
        except ValueError as error:
            return problem(HTTPStatus.BAD_REQUEST, f"This is not a fault: {error}.")
        return _done()

    async def _clear_faults(self, _request: Request) -> Response:
        self._app.clear_faults()
        return _done()

    async def _clear(self, _request: Request) -> Response:
        self._app.reset()
        return _done()


class _EventStream(Response):
    """Sends what a feed gives until the page goes away."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(media_type="text/event-stream", headers=_HEADERS)
        del self.headers["content-length"]
        self._feed = feed

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        gone = asyncio.create_task(wait_until_gone(receive))
        async with aclosing(self._feed.messages()) as messages:
            while not gone.done():
                if message := await anext(messages):
                    await send({"type": "http.response.body", "body": message, "more_body": True})
                else:
                    await asyncio.wait({gone}, timeout=TICK)


def problem(status: int, text: str) -> Response:
    """Refuse a request, with a sentence on what to do."""
    return Response(orjson.dumps({"error": text}), status, _HEADERS, "application/json")


async def _file(request: Request) -> Response:
    name = request.path_params.get("name", "index.html")
    content = _page().get(name)
    if content is None:
        return problem(HTTPStatus.NOT_FOUND, "The page has no such file.")
    return Response(content, headers=_HEADERS, media_type=_TYPES[name.rpartition(".")[2]])


@cache
def _page() -> dict[str, bytes]:
    """Read the files of the page by their path."""
    return dict(_files(files(__package__) / "page", ""))


def _files(folder: Traversable, above: str) -> Iterator[tuple[str, bytes]]:
    for item in folder.iterdir():
        if item.is_dir():
            yield from _files(item, f"{above}{item.name}/")
        else:
            yield f"{above}{item.name}", item.read_bytes()


def _json(data: JsonObject | None) -> Response:
    if data is None:
        return problem(HTTPStatus.NOT_FOUND, "The sandbox does not hold this.")
    return Response(orjson.dumps(data), headers=_HEADERS, media_type="application/json")


def _done() -> Response:
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=_HEADERS)


def _fault(data: object) -> dict[str, Any]:
    """Check names and types of a fault's properties; their values are checked by the fault.

    Raises:
        ValueError: The text says which property is wrong.
    """
    if not isinstance(data, dict):
        raise ValueError("the body is not a JSON object")  # noqa: TRY004 - the caller answers ValueError with 400
    for name, value in data.items():
        if name not in _FAULT:
            raise ValueError(f"{name} is not one of {', '.join(_FAULT)}")
        if not isinstance(value, _FAULT[name]) or (isinstance(value, bool) and _FAULT[name] is not bool):
            raise ValueError(f"{name} has the wrong type")
    return data


def _words(request: Request) -> tuple[str, ...]:
    return tuple(request.query_params.get("q", "").casefold().split())
