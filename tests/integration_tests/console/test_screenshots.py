"""Pictures of the console for the documentation: `make screenshots`."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from playwright.sync_api import expect

from langchain_customerio.sandbox import Sandbox
from tests.integration_tests.console.visit import Visit, rows
from tests.integration_tests.console.workspace import Sender, fill

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FOLDER = os.environ.get("SCREENSHOTS")
SHOTS: dict[str, dict[str, Any]] = {
    "live": {"path": "#/calls"},
    "call": {"path": "#/calls?call={dropped}.0"},
    "person": {"path": "#/people/ada"},
    "swallowed": {"path": "#/swallowed"},
    "dark": {"path": "#/calls?call={dropped}.0", "color_scheme": "dark"},
    "phone": {"path": "#/calls", "viewport": {"width": 390, "height": 780}},
}


def two_minutes(sandbox: Sandbox, sender: Sender) -> int:
    """Fill a workspace, let two minutes pass, and return the number of a call that was dropped at their end."""
    start = datetime.now(UTC) - timedelta(seconds=118)
    chance, now = random.Random(7), start - timedelta(seconds=30)  # noqa: S311 - the same every time
    sandbox.clock = lambda: now
    fill(sandbox, sender)
    for second in range(106):
        now = start + timedelta(seconds=second, milliseconds=chance.randint(0, 999))
        for _ in range(int(4 + 4 * chance.random() + (12 if 40 < second < 55 else 0))):
            user_id = chance.choice(["ada", "grace", "linus", "margaret"])
            event = chance.choice(["Order Completed", "Product Viewed", "Trial Started", "Invoice Paid"])
            body: dict[str, Any] = {"userId": user_id, "properties": {"total": chance.randint(5, 300)}}
            body |= {} if chance.random() < 0.05 else {"event": event}
            body |= {"messageId": f"m{chance.randint(1, 60)}"} if chance.random() < 0.03 else {}
            sender.send("track", strict=chance.random() < 0.5, **body)
    steps: list[dict[str, Any]] = [
        {"kind": "identify", "userId": "grace", "traits": {"plan": "team", "seats": 12}, "strict": True},
        {
            "kind": "group",
            "userId": "grace",
            "groupId": "acme",
            "traits": {"relationshipAttributes": {"role": "admin"}},
        },
        {"kind": "track", "userId": "alan", "event": "Order Completed", "properties": {"total": 12}},
        {"kind": "page", "anonymousId": "visitor-9", "name": "Pricing"},
        {"kind": "track", "userId": "ada", "event": "Order Completed", "properties": {"total": 20}, "messageId": "m1"},
        {"kind": "track", "strict": True, "userId": "grace", "properties": {"total": 20}},
        {"kind": "identify", "userId": "linus", "email": "linus@example.com"},
        {"kind": "track", "userId": "margaret", "event": "Trial Started", "strict": True},
        {"kind": "track", "userId": "ada", "evnt": "Order Completed", "properties": {"total": 20, "currency": "EUR"}},
        {"kind": "track", "userId": "ada", "event": "Order Completed", "properties": {"total": 20}, "strict": True},
        {"kind": "screen", "userId": "margaret", "name": "Home", "strict": True},
    ]
    for step in steps:
        now += timedelta(milliseconds=chance.randint(300, 1400))
        if step["kind"] == "screen":
            sandbox.fail(status=503)
            sender.track("Invoice Paid", "margaret")
        sender.send(**step)
    return next(entry.number for entry in sandbox.ledger[::-1] if entry.outcome == "dropped")


@pytest.mark.skipif(FOLDER is None, reason="SCREENSHOTS does not name a folder to write to")
@pytest.mark.parametrize("name", SHOTS)
def test_the_documentation_has_a_picture(browser: Browser, name: str) -> None:
    sandbox, options = Sandbox(), dict(SHOTS[name])
    with sandbox.serve() as server, httpx.Client(base_url=server.base_url, auth=("key", "")) as http:
        dropped = two_minutes(sandbox, Sender(http))
        path = options.pop("path").format(dropped=dropped)
        settings = {"viewport": {"width": 1280, "height": 800}, "device_scale_factor": 1.5} | options
        with Visit(browser, server.url).page(path, **settings) as page:
            expect(page.locator(".live")).to_have_text("Live")
            expect(rows(page).or_(page.locator(".moment")).first).to_be_visible()
            if "call=" in path:
                expect(page.locator("call-detail .facts")).to_be_visible()
            page.screenshot(path=Path(str(FOLDER)) / f"console-{name}.png")
