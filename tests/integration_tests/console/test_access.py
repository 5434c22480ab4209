"""Nothing that is shown is markup, and everybody can use the page: keyboard, screen reader, phone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.integration_tests.console.visit import rows
from tests.integration_tests.console.workspace import fill

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from langchain_customerio.sandbox import SandboxServer
    from tests.integration_tests.console.visit import Visit
    from tests.integration_tests.console.workspace import Sender

VIEWS = {
    "calls": "#/calls",
    "a call": "#/calls?call=82.0",
    "nothing found": "#/calls?q=nothing&type=alias",
    "swallowed": "#/swallowed",
    "people": "#/people",
    "a person": "#/people/ada",
    "a person who is gone": "#/people/alan",
    "objects": "#/objects",
    "an object": "#/objects/1/acme",
    "identifiers": "#/identifiers",
}
PHONE = {"width": 390, "height": 844}
NASTY = "<img src=x onerror=alert(1)>\"'&<script>alert(2)</script>\u202eevil\x00\x1b[31m{{7*7}}${7*7}"


def settle(page: Page) -> None:
    """Wait until the page has its data."""
    expect(page.locator(".live")).to_have_text("Live")
    expect(page.locator(".place-count").first).not_to_have_text("")


def test_whatever_arrives_is_shown_as_text(visit: Visit, sender: Sender) -> None:
    traits = {NASTY: NASTY, "email": NASTY, "cio_subscription_preferences": {NASTY: NASTY}}
    fields: dict[str, Any] = {NASTY: 1}
    sender.send("identify", userId=NASTY, anonymousId=f"v{NASTY}", traits=traits, **fields)
    membership = {"name": NASTY, NASTY: NASTY, "relationshipAttributes": {NASTY: NASTY}}
    sender.send("group", userId=NASTY, groupId=NASTY, traits=membership)
    device = {"device": {"token": NASTY, "type": "ios"}, "app": {"namespace": NASTY}}
    sender.track("Device Created or Updated", NASTY, context=device)
    sender.track(NASTY, NASTY, properties={NASTY: NASTY}, messageId=NASTY)
    sender.send("alias", previousId=f"old{NASTY}", userId=NASTY)
    sender.track("Object Deleted", NASTY, properties={"objectId": f"x{NASTY}"})
    sender.track("User Suppressed", f"gone{NASTY}")
    sender.send("track", userId=NASTY, event={NASTY: 1})
    sender.http.post("/nothing", content=b"<img src=x>", headers={"x-nasty": "<img src=x onerror=alert(3)>"})
    with visit.page() as page:
        for view in ("Calls", "Swallowed", "People", "Objects", "Identifiers"):
            page.get_by_role("link", name=view).first.click()
            expect(page.locator("main")).to_contain_text("<img src=x onerror=alert(1)>")
            expect(page.locator("main img, main script, main a[href^='javascript']")).to_have_count(0)
        for number in range(1, 10):
            page.goto(f"{visit.url}/#/calls?call={number}.0")
            expect(page.locator("call-detail .facts")).to_be_visible()
            page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
            expect(page.locator("main img, main script")).to_have_count(0)
        page.get_by_role("link", name="People").click()
        page.locator(".line").first.click()
        expect(page.locator(".record")).to_contain_text("onerror")
        page.get_by_role("link", name="Objects").click()
        page.locator(".line").first.click()
        expect(page.locator(".record")).to_contain_text("onerror")
        expect(page.locator("main img, main script")).to_have_count(0)
        page.get_by_role("searchbox").fill("<img src=x onerror=alert(1)>")
        expect(page.locator("main img")).to_have_count(0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "views"),
    [
        ({"color_scheme": "light"}, list(VIEWS)),
        ({"color_scheme": "dark"}, ["calls", "a call", "swallowed", "a person", "identifiers"]),
        ({"color_scheme": "light", "viewport": PHONE}, ["calls", "a call", "swallowed", "people", "a person"]),
    ],
    ids=["light", "dark", "phone"],
)
def test_axe_finds_nothing(
    visit: Visit, server: SandboxServer, sender: Sender, options: dict[str, Any], views: list[str]
) -> None:
    fill(server.sandbox, sender)
    server.sandbox.fail(status=500)
    found = []
    with visit.page(**options) as page:
        for name in views:
            page.goto("about:blank")
            page.goto(f"{visit.url}/{VIEWS[name]}")
            settle(page)
            found += violations(page, name)
        for name in ("Faults", "Clear"):
            page.get_by_role("button", name=name, exact=name == "Clear").click()
            found += violations(page, f"dialog {name}")
            page.keyboard.press("Escape")
    assert found == []


def violations(page: Page, name: str) -> list[str]:
    """Return what axe finds wrong, a line each."""
    response = Axe().run(page).response
    return [
        f"{name}: {each['id']}: {node['html'][:200]}: {node['failureSummary']}"
        for each in response["violations"]
        for node in each["nodes"]
    ]


def test_everything_can_be_done_with_the_keyboard(page: Page, sender: Sender) -> None:
    sender.send("batch", batch=[{"type": "track", "userId": "ada", "event": f"E{number:02}"} for number in range(100)])
    grid = page.get_by_role("grid")
    expect(grid).to_have_attribute("aria-rowcount", "101")
    grid.focus()

    def active() -> str:
        row = page.locator(f"#{grid.get_attribute('aria-activedescendant')}")
        expect(row).to_be_in_viewport()
        return row.locator(".what").inner_text()

    assert active() == "E99"
    steps = {"ArrowDown": "E98", "j": "E97", "k": "E98", "ArrowUp": "E99", "End": "E00", "Home": "E99"}
    for key, event in steps.items():
        page.keyboard.press(key)
        assert active() == event, key
    page.keyboard.press("PageDown")
    assert active() < "E90"
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    detail = page.locator("call-detail")
    expect(detail).to_contain_text("E99")
    page.keyboard.press("Escape")
    expect(detail).to_be_hidden()
    page.keyboard.press("/")
    page.keyboard.type("E42")
    expect(rows(page)).to_have_count(1)
    page.keyboard.press("Escape")
    expect(grid).to_have_attribute("aria-rowcount", "101")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_have_count(0)


def test_the_keyboard_begins_with_a_way_past_the_navigation(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_closing_a_call_gives_the_focus_back_to_the_list(page: Page, sender: Sender) -> None:
    sender.track("E")
    rows(page).click()
    page.get_by_role("button", name="Close the call").click()
    expect(page.get_by_role("grid")).to_be_focused()


def test_a_phone_shows_everything_without_scrolling_sideways(
    visit: Visit, server: SandboxServer, sender: Sender
) -> None:
    fill(server.sandbox, sender)
    with visit.page(viewport=PHONE, has_touch=True, is_mobile=True) as page:
        for path in VIEWS.values():
            page.goto("about:blank")
            page.goto(f"{visit.url}/{path}")
            settle(page)
            for element in ("document.documentElement", "document.querySelector('main')"):
                assert page.evaluate(f"{element}.scrollWidth <= {element}.clientWidth"), (path, element)
        page.goto(f"{visit.url}/#/calls")
        rows(page).first.tap()
        box = page.locator("call-detail").bounding_box()
        assert box is not None
        assert (box["width"], box["height"]) == (PHONE["width"], PHONE["height"])
        page.get_by_role("button", name="Close the call").tap()
        page.get_by_role("link", name="People").tap()
        page.get_by_role("link", name="ada ada@example.com").tap()
        expect(page.get_by_role("heading", name="Timeline")).to_be_visible()
        page.get_by_role("link", name="People").first.tap()
        expect(page.get_by_role("heading", name="4 people")).to_be_visible()
