"""The console over ASGI: the page, what it asks for, and what its buttons do. The guard stands in front of it."""

from __future__ import annotations

import asyncio
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from langchain_customerio.sandbox.console.console import Console
from tests.unit_tests.sandbox.driver import identify, make, post, state, track

if TYPE_CHECKING:
    from langchain_customerio.sandbox.app import App

PAGE = files("langchain_customerio.sandbox.console") / "page"


def ask(app: App, path: str, method: str = "GET", body: object = None) -> httpx.Response:
    async def finish() -> httpx.Response:
        transport = httpx.ASGITransport(Console(app))
        content = body if isinstance(body, bytes) else None
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as http:
            return await http.request(method, path, content=content, json=None if content is not None else body)

    return asyncio.run(finish())


def test_the_page_is_served_with_all_its_files_and_each_has_its_type() -> None:
    app = make()
    page = ask(app, "/")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    names = re.findall(r'(?:src|href)="(/[^"]+)"', page.text)
    assert len(names) > 5
    types = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8", "svg": "image/svg+xml"}
    for name in names:
        answer = ask(app, name)
        assert (answer.status_code, answer.headers["content-type"]) == (200, types[name.rpartition(".")[2]])
        assert answer.content == (PAGE / name.removeprefix("/console/page/")).read_bytes()


@pytest.mark.parametrize("name", ["none.js", "", "../console.py", "%2e%2e/console.py", "js", "js/"])
def test_nothing_but_the_files_of_the_page_is_served(name: str) -> None:
    assert ask(make(), f"/console/page/{name}").status_code == 404


def test_every_answer_forbids_what_a_page_does_not_need() -> None:
    app = make()
    track(app, "E", userId="ada")
    paths = ["/", "/console/page/js/main.js", "/console/people", "/console/calls/1/0", "/console/calls/9/9"]
    for answer in (*(ask(app, path) for path in paths), ask(app, "/console/export.jsonl")):
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "unsafe" not in policy
        assert "require-trusted-types-for 'script'; trusted-types 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"


def test_the_page_loads_nothing_from_elsewhere_and_never_makes_markup_of_text() -> None:
    def sources(folder: Any) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        for item in folder.iterdir():
            found += sources(item) if item.is_dir() else [(item.name, item.read_text())]
        return found

    for name, text in sources(PAGE):
        addresses = set(re.findall(r"https?://[\w.]+", text)) - {"http://www.w3.org"}
        assert addresses == set(), name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text), (
            name
        )


def test_the_page_gets_what_it_asks_for() -> None:
    app = make()
    identify(app, "ada", email="ada@example.com")
    post(app, "/group", {"userId": "ada", "groupId": "a/b", "traits": {"name": "Acme"}})
    assert ask(app, "/console/calls/1/0").json()["row"]["type"] == "identify"
    assert "http://127.0.0.1:8080/v1/identify" in ask(app, "/console/calls/1/0").json()["snippets"]["curl"]
    assert ask(app, "/console/people?q=EXAMPLE").json()["total"] == 1
    assert ask(app, "/console/person?id=ada").json()["kind"] == "person"
    assert ask(app, "/console/person").json()["kind"] == "unknown"
    assert ask(app, "/console/objects").json()["total"] == 1
    assert ask(app, "/console/object?type=1&id=a%2Fb").json()["name"] == "Acme"
    assert ask(app, "/console/identifiers").json()["suppressed"] == []
    export = ask(app, "/console/export.jsonl?type=group")
    assert export.headers["content-disposition"] == 'attachment; filename="calls.jsonl"'
    assert len(export.text.splitlines()) == 1


@pytest.mark.parametrize("path", ["/console/calls/9/0", "/console/object", "/console/nothing", "/console/calls/x/0"])
def test_what_is_not_there_is_a_404(path: str) -> None:
    assert ask(make(), path).status_code == 404


def test_faults_are_added_and_cancelled() -> None:
    app = make()
    assert ask(app, "/console/faults", "POST", {"status": 503, "times": 3, "endpoint": "/track"}).status_code == 204
    assert ask(app, "/console/faults", "POST", {"delay": 0.5, "times": None, "endpoint": None}).status_code == 204
    assert [(fault.status, fault.times, fault.delay) for fault in app.faults] == [(503, 3, 0), (None, None, 0.5)]
    assert ask(app, "/console/faults", "DELETE").status_code == 204
    assert app.faults == ()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"{", "unexpected end of data"),
        ([], "the body is not a JSON object"),
        ({"colour": "red"}, "colour is not one of status, reset,"),
        ({"body": "<script>"}, "body is not one of"),
        ({"status": "503"}, "status has the wrong type"),
        ({"status": True}, "status has the wrong type"),
        ({"times": 1.5, "status": 500}, "times has the wrong type"),
        ({"status": 99}, "status is 200 to 599, not 99"),
        ({}, "a fault needs one of"),
        (b'{"endpoint": "' + b"x" * 20_000 + b'"}', "unexpected end of data"),
    ],
)
def test_what_is_no_fault_is_refused_with_the_reason(body: object, why: str) -> None:
    app = make()
    answer = ask(app, "/console/faults", "POST", body)
    assert (answer.status_code, app.faults) == (400, ())
    assert answer.json()["error"].startswith("This is not a fault: ")
    assert why in answer.json()["error"]


def test_clear_forgets_everything() -> None:
    app = make()
    identify(app, "ada")
    run = app.run
    assert ask(app, "/console/clear", "POST").status_code == 204
    assert (state(app), app.ledger, app.run == run) == ({}, [], False)


@pytest.mark.parametrize(
    "path", ["/", "/console/clear", "/console/faults", "/console/people", "/console/calls/1/0", "/console/export.jsonl"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_nothing_changes_by_reading(method: str, path: str) -> None:
    app = make()
    identify(app, "ada")
    app.fail(status=503)
    before = (app.summary(), app.run, app.faults)
    ask(app, path, method)
    assert (app.summary(), app.run, app.faults) == before


def test_the_console_owns_its_paths_and_leaves_all_others_to_the_api() -> None:
    owned = [("GET", "/"), ("HEAD", "/"), ("GET", "/console/people"), ("POST", "/console/nothing")]
    others = [("POST", "/"), ("GET", "/v1/track"), ("POST", "/v1/track"), ("POST", "/console"), ("GET", "/consoles/")]
    assert all(Console.owns(*each) for each in owned)
    assert not any(Console.owns(*each) for each in others)
