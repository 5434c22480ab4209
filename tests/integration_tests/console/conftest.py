"""A real browser, a sandbox on a socket, and the page in between."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import expect, sync_playwright

from langchain_customerio.sandbox import Sandbox
from tests.integration_tests.console.visit import TIMEOUT_MS, Visit
from tests.integration_tests.console.workspace import Sender

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from langchain_customerio.sandbox import SandboxServer


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium; `CHROMIUM` names another one."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if path is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    expect.set_options(timeout=TIMEOUT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with Sandbox().serve() as server:
        yield server


@pytest.fixture
def sender(server: SandboxServer) -> Iterator[Sender]:
    """Send calls as any HTTP client would."""
    with httpx.Client(base_url=server.base_url, auth=("key", "")) as http:
        yield Sender(http)


@pytest.fixture
def visit(browser: Browser, server: SandboxServer) -> Iterator[Visit]:
    """Open pages, which must load nothing from elsewhere and have nothing to complain about."""
    visit = Visit(browser, server.url)
    yield visit
    assert visit.problems == []
    assert {url for url in visit.requests if not url.startswith((server.url, "blob:"))} == set()


@pytest.fixture
def page(visit: Visit) -> Iterator[Page]:
    with visit.page() as page:
        yield page
