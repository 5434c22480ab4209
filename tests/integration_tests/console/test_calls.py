"""The stream of calls, as a browser shows it."""

from __future__ import annotations

import json
import re
from contextlib import ExitStack
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from langchain_customerio import Track
from langchain_customerio.sandbox import Sandbox
from tests.integration_tests.console.visit import Visit, rows, texts
from tests.integration_tests.console.workspace import one_of_each

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from langchain_customerio.sandbox import SandboxServer
    from tests.integration_tests.console.workspace import Sender


def test_calls_appear_as_they_arrive(page: Page, sender: Sender) -> None:
    expect(page.get_by_role("heading", name="Waiting for the first call")).to_be_visible()
    sender.track("Order Completed")
    expect(rows(page)).to_have_count(1)
    sender.track("Invoice Paid", "bob")
    expect(rows(page)).to_have_count(2)
    assert texts(page, ".what") == ["Invoice Paid", "Order Completed"]
    assert texts(page, ".who") == ["bob", "ada"]
    expect(page.get_by_role("link", name="Calls 2")).to_be_visible()
    expect(page.locator(".live")).to_have_text("Live")


def test_each_call_says_what_became_of_it_and_why(server: SandboxServer, page: Page, sender: Sender) -> None:
    one_of_each(server.sandbox, sender)
    expect(rows(page)).to_have_count(5)
    assert [" ".join(text.split()) for text in texts(page, ".outcome")] == [
        "Faulted answered 503 by an injected fault",
        "Refused event is required",
        "Dropped event is required",
        "Duplicate",
        "Accepted",
    ]
    for name in ("Accepted", "Duplicate", "Dropped", "Refused", "Faulted"):
        tile = page.get_by_role("button", name=name)
        expect(tile.locator(".tile-value")).to_have_text("1")
    words = re.compile("5 calls in the last two minutes, .* 1 accepted, 1 duplicate, 1 dropped, 1 refused, 1 faulted")
    expect(page.locator("rate-chart svg")).to_have_attribute("aria-label", words)


def test_a_call_opens_with_request_answer_and_code_to_copy(visit: Visit, server: SandboxServer, sender: Sender) -> None:
    sender.send("track", userId="ada", evnt="Order Completed", properties={"n": 12345678901234567890})
    permissions = ["clipboard-read", "clipboard-write"]
    with visit.page(permissions=permissions) as page:
        rows(page).click()
        detail = page.locator("call-detail")
        expect(detail.locator(".verdict")).to_contain_text("Answered 200 and not stored.")
        expect(detail.locator(".verdict")).to_contain_text("event is required")
        expect(detail.locator(".verdict")).to_contain_text("the API has no such fields: evnt")
        expect(detail.get_by_role("region", name="The call as JSON")).to_contain_text("12345678901234567890")
        detail.get_by_text("Request, ").click()
        expect(detail.locator(".request-line")).to_have_text("POST /v1/track")
        expect(detail.get_by_text("Answer, 200")).to_be_visible()
        copied = {}
        for name in ("Python", "curl", "tool call"):
            detail.get_by_role("button", name=f"Copy as {name}").click()
            expect(page.get_by_text("Copied.")).to_be_visible()
            copied[name] = page.evaluate("navigator.clipboard.readText()")
        assert f"base_url='{server.base_url}'" in copied["Python"]
        assert copied["curl"].startswith(f"curl -X POST {server.base_url}/track")
        assert json.loads(copied["tool call"])["name"] == "customerio_track_user_event"
        detail.get_by_role("button", name="Copy link").click()
        assert page.evaluate("navigator.clipboard.readText()") == f"{server.url}/#/calls?call=1.0"
        detail.get_by_role("button", name="Close the call").click()
        expect(detail).to_be_hidden()


def test_a_link_to_a_call_and_to_a_search_can_be_shared(visit: Visit, server: SandboxServer, sender: Sender) -> None:
    one_of_each(server.sandbox, sender)
    with visit.page("#/calls?call=3.0") as page:
        expect(page.locator("call-detail .verdict")).to_contain_text("event is required")
    with visit.page("#/calls?q=completed&type=track&outcome=duplicate") as page:
        expect(rows(page)).to_have_count(1)
        expect(page.get_by_role("searchbox")).to_have_value("completed")
        expect(page.get_by_role("button", name="Duplicate")).to_have_attribute("aria-pressed", "true")
        expect(page.get_by_role("button", name="track", exact=True)).to_have_attribute("aria-pressed", "true")
    with visit.page("#/calls?call=99.0") as page:
        expect(page.locator("call-detail")).to_contain_text("The sandbox does not hold this.")


def test_a_search_looks_through_everything_and_filters_narrow_it(
    page: Page, server: SandboxServer, sender: Sender
) -> None:
    one_of_each(server.sandbox, sender)
    sender.send("identify", userId="zoe", traits={"city": "Łódź"})
    sender.send("group", userId="zoe", groupId="acme", traits={"name": "łódź works"})
    expect(rows(page)).to_have_count(7)
    page.get_by_role("searchbox").fill("łódź")
    expect(rows(page)).to_have_count(3)
    expect(page.get_by_role("link", name="1 person")).to_be_visible()
    expect(page.get_by_role("link", name="1 object")).to_be_visible()
    page.get_by_role("button", name="group", exact=True).click()
    expect(rows(page)).to_have_count(1)
    sender.send("group", userId="zoe", groupId="other", traits={"name": "Łódź too"})
    expect(rows(page)).to_have_count(2)
    page.get_by_role("button", name="Clear filters").click()
    expect(rows(page)).to_have_count(8)
    page.get_by_role("button", name="Refused").click()
    expect(rows(page)).to_have_count(1)
    page.get_by_role("searchbox").fill("nothing at all")
    expect(page.get_by_role("heading", name="No call matches")).to_be_visible()
    page.get_by_role("button", name="Show all calls").click()
    expect(rows(page)).to_have_count(8)


def test_what_one_reads_stays_in_place_while_calls_arrive(page: Page, sender: Sender) -> None:
    items = [{"type": "track", "userId": "ada", "event": f"E{number}"} for number in range(200)]
    sender.send("batch", batch=items)
    expect(page.get_by_role("grid")).to_have_attribute("aria-rowcount", "201")
    page.get_by_role("grid").evaluate("grid => { grid.scrollTop = 1000; }")
    row = rows(page).filter(has_text="E170").first
    before = row.bounding_box()
    sender.send("batch", batch=items[:10])
    button = page.get_by_role("button", name="10 new calls")
    expect(button).to_be_visible()
    assert row.bounding_box() == before
    button.click()
    expect(rows(page).filter(has_text="E9").first).to_be_visible()
    expect(button).to_be_hidden()


def test_a_connection_that_breaks_comes_back_without_losing_or_repeating_a_call(browser: Browser) -> None:
    sandbox = Sandbox()
    with sandbox.client() as client, ExitStack() as stack:
        client.send(Track(user_id="ada", event="Before"))
        with sandbox.serve() as server:
            visit, port = Visit(browser, server.url), server.port
            page = stack.enter_context(visit.page())
            expect(rows(page)).to_have_count(1)
        expect(page.locator(".live")).to_have_text("Reconnecting")
        client.send(Track(user_id="ada", event="Meanwhile"))
        with sandbox.serve(port=port):
            expect(page.locator(".live")).to_have_text("Live")
            expect(rows(page)).to_have_count(2)
            assert texts(page, ".what") == ["Meanwhile", "Before"]
    assert visit.problems == []


def test_a_sandbox_that_starts_again_is_shown_from_its_beginning(browser: Browser) -> None:
    first, second = Sandbox(), Sandbox()
    with first.client() as client:
        client.send(Track(user_id="ada", event="Old"))
    with second.client() as client:
        client.send(Track(user_id="ada", event="New"))
    with ExitStack() as stack:
        with first.serve() as server:
            visit, port = Visit(browser, server.url), server.port
            page = stack.enter_context(visit.page())
            expect(rows(page)).to_contain_text("Old")
        with second.serve(port=port):
            expect(rows(page)).to_contain_text("New")
            expect(rows(page)).to_have_count(1)


def test_a_sandbox_that_only_counts_says_so(browser: Browser) -> None:
    sandbox = Sandbox(record=False)
    with sandbox.serve() as server, server.client() as client, Visit(browser, server.url).page() as page:
        client.send(Track(user_id="ada", event="Counted"))
        expect(page.get_by_role("heading", name="This sandbox only counts")).to_be_visible()
        expect(page.get_by_role("button", name="Accepted").locator(".tile-value")).to_have_text("1")
