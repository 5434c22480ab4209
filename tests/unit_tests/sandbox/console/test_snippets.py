"""Code that sends a call again: it runs, and sends what it says."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from langchain_customerio import CustomerioPipelinesToolkit, Policy
from langchain_customerio.sandbox import Sandbox
from langchain_customerio.sandbox.console.snippets import TOOLS, snippets
from langchain_customerio.sandbox.rows import rows_of
from tests.unit_tests.sandbox.driver import basic, bearer, make, post

if TYPE_CHECKING:
    from langchain_customerio.sandbox.app import App

NASTY = 'it\'s "quoted" $HOME `id` \\ \n é {braces} %s'
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("identify", {"userId": "ada", "traits": {"note": NASTY, "n": 12345678901234567, "none": None, "yes": True}}),
    ("track", {"userId": "ada", "event": "Paid", "properties": {"items": [{"sku": "A"}] * 8, "note": NASTY}}),
    ("page", {"userId": "ada", "name": "Home"}),
    ("screen", {"userId": "ada", "name": "Home"}),
    ("group", {"userId": "ada", "groupId": "acme", "traits": {"name": NASTY}}),
    ("alias", {"userId": "ada", "previousId": "old"}),
]


def snippets_of(sandbox: App, base_url: str = "http://127.0.0.1:1/v1") -> dict[str, str]:
    return snippets(rows_of(sandbox.ledger[-1])[-1], base_url)


def own_fields(sandbox: Sandbox) -> dict[str, Any]:
    added = {"messageId", "context", "type"}
    return {name: value for name, value in sandbox.accepted_calls[-1].call.items() if name not in added}


@pytest.mark.loopback
@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(("kind", "body"), CALLS)
def test_the_python_runs_and_sends_the_call(
    monkeypatch: pytest.MonkeyPatch, kind: str, body: dict[str, Any], *, strict: bool
) -> None:
    monkeypatch.setenv("CUSTOMERIO_API_KEY", "sandbox")
    with Sandbox().serve() as server:
        post(server.sandbox, f"/{kind}", body | {"messageId": "m1"}, strict=strict)
        exec(snippets_of(server.sandbox, server.base_url)["python"], {})  # noqa: S102 - running it is the test
    assert (own_fields(server.sandbox), server.sandbox.ledger[-1].strict) == (body, strict)
    assert server.sandbox.duplicates == {}


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(("kind", "body"), CALLS)
def test_the_tool_call_is_one_that_the_toolkit_takes(kind: str, body: dict[str, Any], *, strict: bool) -> None:
    sandbox = make()
    post(sandbox, f"/{kind}", body, strict=strict)
    call = json.loads(snippets_of(sandbox)["tool"])
    with sandbox.client() as client:
        toolkit = CustomerioPipelinesToolkit(client=client, policy=Policy(allow_alias=True))
        tools = {tool.name: tool for tool in toolkit.get_tools()}
        message = tools[call["name"]].invoke(call)
    assert message.status == "success", message.content
    assert (own_fields(sandbox), sandbox.ledger[-1].strict) == (body, strict)


@pytest.mark.loopback
@pytest.mark.parametrize("headers", [basic("sandbox"), bearer("sandbox")])
@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("body", [*(body for _, body in CALLS), {"batch": [{"type": "track"}]}, b"{not json '"])
def test_the_curl_command_repeats_the_request(headers: dict[str, str], body: Any, *, strict: bool) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed")
    with Sandbox().serve() as server:
        post(server.sandbox, "/track", body, strict=strict, headers=headers)
        command = snippets_of(server.sandbox, server.base_url)["curl"]
        environment = {"CUSTOMERIO_API_KEY": "sandbox", "PATH": "/usr/bin:/bin"}
        subprocess.run(["/bin/sh", "-c", f"{command} --silent --noproxy '*'"], env=environment, check=True, timeout=30)
    first, again = server.sandbox.ledger
    assert (again.body, again.path, again.strict, again.key) == (first.body, first.path, first.strict, first.key)


def test_every_call_has_the_tool_that_the_toolkit_has_for_it() -> None:
    with make().client() as client:
        names = {tool.name for tool in CustomerioPipelinesToolkit(client=client).get_tools()}
    assert names - set(TOOLS.values()) == {"customerio_send_batch_requests"}
    assert set(TOOLS.values()) <= names


def test_what_is_no_call_has_no_code_and_what_is_no_text_no_command() -> None:
    sandbox = make()
    post(sandbox, "/batch", {"batch": [1]})
    assert snippets_of(sandbox).keys() == {"curl"}
    for body in (b"\xff\xfe", b"a\0b"):
        post(sandbox, "/track", body)
        assert snippets_of(sandbox) == {}
    sandbox.handle("GET", "/v1/track?a=b", {}, b"")
    assert snippets_of(sandbox)["curl"].splitlines()[0] == "curl -X GET 'http://127.0.0.1:1/v1/track?a=b' \\"
