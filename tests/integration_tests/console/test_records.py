"""People, objects, identifiers, and what was swallowed, as a browser shows them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.integration_tests.console.visit import rows
from tests.integration_tests.console.workspace import fill, one_of_each

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from langchain_customerio.sandbox import SandboxServer
    from tests.integration_tests.console.visit import Visit
    from tests.integration_tests.console.workspace import Sender


def card(page: Page, title: str) -> Locator:
    return page.locator(".record-card", has=page.get_by_role("heading", name=title))


def test_a_person_is_shown_with_all_that_belongs_to_them(visit: Visit, server: SandboxServer, sender: Sender) -> None:
    fill(server.sandbox, sender)
    with visit.page("#/people") as page:
        expect(page.get_by_role("heading", name="4 people")).to_be_visible()
        page.get_by_role("link", name="ada ada@example.com").click()
        expect(page.get_by_role("article", name="Person ada")).to_be_visible()
        expect(page.get_by_text("ada@example.com · first seen")).to_be_visible()
        expect(card(page, "Traits")).to_contain_text(re.compile("plan.*pro.*address.city.*London.*vip.*true"))
        expect(card(page, "Consent")).to_contain_text(re.compile("subscribed.*topics.topic_1.*true"))
        expect(card(page, "Devices")).to_contain_text("ios token-ada in com.example.app")
        expect(card(page, "Groups")).to_contain_text(re.compile("Acme Inc. type 1.*role.*owner"))
        expect(card(page, "Identity")).to_contain_text("Was the anonymous visitor visitor-0")
        expect(card(page, "Identity")).to_contain_text("old-ada → ada")
        timeline = page.locator(".timeline")
        expect(timeline).to_contain_text("Pricing")
        expect(timeline).to_contain_text("VIP Joined")
        expect(timeline.locator("li", has_text="Dropped").first).to_contain_text("type is not one of")
        card(page, "Groups").get_by_role("link", name="Acme Inc.").click()
        expect(card(page, "3 members").get_by_role("link", name="grace")).to_be_visible()


def test_what_happens_to_a_person_is_followed_live_and_a_merge_brings_their_past(visit: Visit, sender: Sender) -> None:
    sender.send("page", anonymousId="visitor", name="Pricing")
    sender.send("identify", userId="ada", traits={"plan": "free"})
    with visit.page("#/people/ada") as page:
        expect(page.locator(".moment")).to_have_count(1)
        sender.send("identify", userId="ada", anonymousId="visitor", traits={"plan": "pro", "unsubscribed": True})
        expect(card(page, "Traits")).to_contain_text("pro")
        expect(card(page, "Consent")).to_contain_text("unsubscribed from everything")
        expect(page.locator(".moment")).to_have_count(3)
        expect(page.locator(".moment").last).to_contain_text("Pricing")
        page.locator(".moment").last.get_by_role("link").click()
        expect(page.locator("call-detail")).to_contain_text("Pricing")


def test_the_calls_of_a_person_can_be_picked(visit: Visit, server: SandboxServer, sender: Sender) -> None:
    sender.send("page", anonymousId="visitor", name="Pricing")
    sender.send("identify", userId="ada", anonymousId="visitor", traits={"email": "ada@example.com"})
    sender.track("Paid", "bob")
    with visit.page() as page:
        expect(rows(page)).to_have_count(3)
        page.get_by_role("textbox", name="Only the calls of a person").fill("ada@example.com")
        page.keyboard.press("Enter")
        expect(rows(page)).to_have_count(2)
        page.get_by_role("button", name="Remove the filter person: ada@example.com").click()
        expect(rows(page)).to_have_count(3)
        page.goto(f"{visit.url}/#/people/bob")
        page.get_by_role("link", name="Show in calls").click()
        expect(rows(page)).to_have_count(1)
        assert page.url == f"{server.url}/#/calls?person=bob"


def test_a_long_timeline_is_shown_in_steps(visit: Visit, sender: Sender) -> None:
    sender.send("batch", batch=[{"type": "track", "userId": "ada", "event": f"E{number}"} for number in range(150)])
    with visit.page("#/people/ada") as page:
        expect(page.get_by_role("heading", name="Timeline: 150 calls")).to_be_visible()
        expect(page.locator(".moment")).to_have_count(100)
        page.get_by_role("button", name="Show more").click()
        expect(page.locator(".moment")).to_have_count(150)
        expect(page.get_by_role("button", name="Show more")).to_be_hidden()


def test_somebody_who_is_gone_keeps_a_page_that_says_why(visit: Visit, server: SandboxServer, sender: Sender) -> None:
    fill(server.sandbox, sender)
    with visit.page("#/people/alan") as page:
        expect(page.get_by_text("Not in the workspace")).to_be_visible()
        expect(page.locator(".record-badges")).to_contain_text("suppressed")
        expect(card(page, "Identity")).to_contain_text("User Suppressed: person alan")
        expect(page.locator(".moment").first).to_contain_text("the identifier is suppressed")


def test_a_search_narrows_people_and_objects(visit: Visit, server: SandboxServer, sender: Sender) -> None:
    fill(server.sandbox, sender)
    with visit.page("#/people?q=team") as page:
        expect(page.get_by_role("heading", name="1 person")).to_be_visible()
        expect(page.get_by_role("link", name="grace")).to_be_visible()
        page.get_by_role("searchbox").fill("globex")
        expect(page.get_by_text("Nobody matches the search.")).to_be_visible()
        page.get_by_role("link", name="Objects").click()
        expect(page.get_by_role("heading", name="1 object")).to_be_visible()
        page.get_by_role("link", name="Globex").click()
        expect(page.get_by_role("heading", name="Globex", level=1)).to_be_visible()
        expect(card(page, "Traits")).to_contain_text("Robots")


def test_an_object_that_is_not_there_is_said_to_be_so(visit: Visit) -> None:
    with visit.page("#/objects/1/nothing") as page:
        expect(page.get_by_text("The sandbox does not hold this.")).to_be_visible()


def test_identifiers_that_are_suppressed_deleted_or_merged_are_listed(
    visit: Visit, server: SandboxServer, sender: Sender
) -> None:
    fill(server.sandbox, sender)
    sender.track("Relationship Deleted", "ada", properties={"objectId": "nowhere"})
    with visit.page("#/identifiers") as page:
        expect(card(page, "Suppressed")).to_contain_text("alan")
        expect(card(page, "Deleted")).to_contain_text("person alan User Suppressed")
        expect(card(page, "Deleted")).to_contain_text("relationship nowhere of ada Relationship Deleted, not there")
        expect(card(page, "Aliases")).to_contain_text("old-ada → ada")
        expect(card(page, "Merged")).to_contain_text("visitor-1 → grace")
        card(page, "Suppressed").get_by_role("link", name="alan").click()
        expect(page.get_by_role("article", name="Person alan")).to_be_visible()


def test_what_a_200_hides_is_in_plain_sight(visit: Visit, server: SandboxServer, sender: Sender) -> None:
    with visit.page("#/swallowed") as page:
        expect(page.get_by_role("heading", name="No call was lost behind a 200")).to_be_visible()
        one_of_each(server.sandbox, sender)
        sender.send("identify", userId="ada", email="ada@example.com")
        expect(page.get_by_role("heading", name="1 call was answered 200 and not stored")).to_be_visible()
        expect(page.locator(".reasons").first).to_contain_text("event is required")
        expect(page.locator(".reasons").last).to_contain_text("email is not a field of identify")
        expect(rows(page)).to_have_count(2)
        page.get_by_role("link", name="email is not a field of identify").click()
        expect(rows(page)).to_have_count(1)
        expect(rows(page)).to_contain_text("1 field ignored: email")
        expect(page.get_by_role("link", name="Swallowed 1")).to_be_visible()
