"""The buttons of the page: faults, clear, export, colours, and the token."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import expect

from langchain_customerio.sandbox import Sandbox
from tests.integration_tests.console.visit import Visit, rows
from tests.integration_tests.console.workspace import one_of_each

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from langchain_customerio.sandbox import SandboxServer
    from tests.integration_tests.console.workspace import Sender


def test_three_answers_are_503_at_a_click(page: Page, sender: Sender) -> None:
    page.get_by_role("button", name="Faults").click()
    page.get_by_role("button", name="503, three times").click()
    expect(page.get_by_text("The fault waits for the next request.")).to_be_visible()
    expect(page.get_by_role("heading", name="1 fault is waiting")).to_be_visible()
    expect(page.locator(".waiting")).to_contain_text("3 more times")
    assert [sender.track("E") for _ in range(4)] == [503, 503, 503, 200]
    expect(page.get_by_text("No fault is waiting.")).to_be_visible()


def test_a_connection_is_reset_and_an_answer_is_slow_at_a_click(
    page: Page, server: SandboxServer, sender: Sender
) -> None:
    page.get_by_role("button", name="Faults").click()
    page.get_by_role("button", name="Connection reset").click()
    expect(page.locator(".waiting li")).to_have_count(1)
    with pytest.raises(httpx.TransportError):
        sender.track("E")
    page.get_by_role("button", name="Slow answer").click()
    expect(page.locator(".waiting")).to_contain_text("answer delayed by 2 s")
    page.get_by_role("button", name="Cancel all").click()
    expect(page.get_by_text("No fault is waiting.")).to_be_visible()
    assert server.sandbox.faults == ()
    page.keyboard.press("Escape")
    expect(rows(page)).to_contain_text("connection reset, before the request was processed")


def test_a_fault_can_be_made_to_measure(page: Page, server: SandboxServer) -> None:
    page.get_by_role("button", name="Faults").click()
    form = page.get_by_role("form", name="A fault of your own")
    form.get_by_label("Answer").fill("418")
    form.get_by_label("times").fill("2")
    form.get_by_label("for").select_option("/track")
    form.get_by_role("button", name="Add").click()
    expect(page.locator(".waiting")).to_contain_text("answered 418 by an injected fault 2 more times on /track")
    ((fault),) = server.sandbox.faults
    assert (fault.status, fault.times, fault.endpoint) == (418, 2, "/track")


def test_clear_asks_first_and_then_forgets_everything(page: Page, server: SandboxServer, sender: Sender) -> None:
    one_of_each(server.sandbox, sender)
    expect(rows(page)).to_have_count(5)
    page.get_by_role("button", name="Clear", exact=True).click()
    dialog = page.get_by_role("dialog", name="Clear the sandbox?")
    expect(dialog).to_contain_text("It forgets 4 calls")
    dialog.get_by_role("button", name="Cancel").click()
    assert server.sandbox.counts["requests"] == 5
    page.get_by_role("button", name="Clear", exact=True).click()
    dialog.get_by_role("button", name="Clear", exact=True).click()
    expect(page.get_by_role("heading", name="Waiting for the first call")).to_be_visible()
    assert server.sandbox.counts == {}
    sender.track("Afterwards")
    expect(rows(page)).to_contain_text("Afterwards")


def test_the_stored_calls_that_the_filters_show_are_downloaded(
    page: Page, server: SandboxServer, sender: Sender
) -> None:
    one_of_each(server.sandbox, sender)
    sender.send("identify", userId="bob", traits={"plan": "pro"})
    expect(rows(page)).to_have_count(6)
    for kind, lines in (("all", 3), ("identify", 1)):
        page.get_by_role("button", name=kind, exact=True).click()
        with page.expect_download() as download:
            page.get_by_role("button", name="Export").click()
        assert download.value.suggested_filename == "calls.jsonl"
        assert len(Path(download.value.path()).read_text().splitlines()) == lines


def test_colours_follow_the_system_until_somebody_chooses(visit: Visit) -> None:
    def background(page: Page) -> str:
        found: str = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        return found

    with visit.page(color_scheme="dark") as page:
        dark = background(page)
        page.get_by_role("button", name="Colours: as the system").click()
        light = background(page)
        assert dark != light
        page.reload()
        assert background(page) == light
        page.get_by_role("button", name="Colours: light").click()
        assert background(page) == dark
        page.emulate_media(color_scheme="light")
        assert background(page) == dark
        page.get_by_role("button", name="Colours: dark").click()
        assert background(page) == light


def test_a_page_beyond_this_machine_asks_for_the_token_and_a_link_can_bring_it(browser: Browser) -> None:
    token = "the-token-of-this-test"
    with Sandbox().serve(token=token) as server:
        httpx.post(f"{server.base_url}/track", json={"userId": "ada", "event": "Secret"}, auth=("key", ""))
        visit = Visit(browser, server.url)
        with visit.page() as page:
            dialog = page.get_by_role("dialog", name="This sandbox asks for its token")
            expect(page.locator(".live")).to_have_text("Token needed")
            dialog.get_by_label("Token").fill("wrong-token-wrong-token")
            dialog.get_by_role("button", name="Show the sandbox").click()
            expect(dialog.get_by_label("Token")).to_have_value("")
            expect(page.get_by_text("Secret")).to_have_count(0)
            dialog.get_by_label("Token").fill(token)
            dialog.get_by_role("button", name="Show the sandbox").click()
            expect(rows(page)).to_contain_text("Secret")
            rows(page).click()
            expect(page.locator("call-detail")).to_contain_text("Secret")
        with visit.page(f"#token={token}") as page:
            expect(rows(page)).to_contain_text("Secret")
            assert token not in page.url
            with page.expect_download():
                page.get_by_role("button", name="Export").click()
        assert visit.problems == []
        assert not any(token in url for url in visit.requests)
