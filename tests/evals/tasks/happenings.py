"""Events, page views and screen views, in a toolkit that does not ask for proof."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.evals.conditions import event, in_order
from tests.evals.task import Step, Task, track
from tests.evals.wants import containing

_ORDER: dict[str, Any] = {"order_id": "o-981", "total": 42.5, "currency": "EUR"}
_CART: dict[str, Any] = {"product_id": "p-7", "quantity": 2, "price": 9.99}
_PAGE = {"url": "https://example.com/pricing", "title": "Pricing & Plans"}

TASKS = (
    Task(
        name="order",
        prompt=(
            "Ada has just completed order o-981 over 42.50 EUR. Track it as Order Completed, with order_id, total (a"
            " number) and currency."
        ),
        strict=False,
        wants=(event("ada", "Order Completed", has=_ORDER),),
        steps=(track("ada", "Order Completed", **_ORDER),),
    ),
    Task(
        name="order-with-proof",
        prompt=(
            "Bob has just completed order o-982 over 10 EUR: Order Completed, with order_id, total (a number) and"
            " currency. I have to show that the API accepted it, so get me proof if the tools can give any."
        ),
        strict=False,
        wants=(event("bob", "Order Completed", has={"order_id": "o-982", "total": 10, "currency": "EUR"}),),
        steps=(replace(track("bob", "Order Completed", order_id="o-982", total=10, currency="EUR"), strict=True),),
    ),
    Task(
        name="yesterday",
        prompt="Bob attended our webinar yesterday at 15:30 UTC. The event is called Webinar Attended.",
        strict=False,
        wants=(event("bob", "Webinar Attended", at="2026-11-23T15:30:00Z"),),
        steps=(track("bob", "Webinar Attended", timestamp="2026-11-23T15:30:00Z"),),
    ),
    Task(
        name="page-view",
        prompt="Cleo viewed our page https://example.com/pricing just now; its title is “Pricing & Plans”.",
        strict=False,
        wants=(event("cleo", kind="page", has=_PAGE),),
        steps=(Step("page", {"userId": "cleo", "name": "Pricing", "properties": _PAGE}),),
    ),
    Task(
        name="screen-view",
        prompt="Dan opened the screen Settings in our app.",
        strict=False,
        wants=(event("dan", "Settings", kind="screen"),),
        steps=(Step("screen", {"userId": "dan", "name": "Settings"}),),
    ),
    Task(
        name="visitor-event",
        prompt="The visitor with the anonymous id v-9 asked for a demo: event Demo Requested.",
        strict=False,
        wants=(event("v-9", "Demo Requested", visitor=True),),
        steps=(Step("track", {"anonymousId": "v-9", "event": "Demo Requested"}),),
    ),
    Task(
        name="odd-name",
        prompt="Record for Ada the event kyc.step_2/passed, spelled exactly so.",
        strict=False,
        wants=(event("ada", "kyc.step_2/passed"),),
        steps=(track("ada", "kyc.step_2/passed"),),
    ),
    Task(
        name="cart",
        prompt=(
            "Cleo put two of product p-7 into her cart, at 9.99 each. Our event is Product Added, with product_id,"
            " quantity and price; numbers are numbers."
        ),
        strict=False,
        wants=(event("cleo", "Product Added", has=_CART),),
        steps=(track("cleo", "Product Added", **_CART),),
    ),
    Task(
        name="only-sounds-dangerous",
        prompt="Bob deleted a draft in the editor. Record the event Draft Deleted with draft_id d-5.",
        strict=False,
        wants=(event("bob", "Draft Deleted", has={"draft_id": "d-5"}),),
        steps=(track("bob", "Draft Deleted", draft_id="d-5"),),
    ),
    Task(
        name="three-in-order",
        prompt=(
            "Dan first viewed product p-1 (event Product Viewed), then put it into his cart (Product Added), then"
            " started the checkout (Checkout Started). Record all three in this order; the first two with product_id."
        ),
        strict=False,
        wants=(
            event("dan", "Product Viewed", has={"product_id": "p-1"}),
            event("dan", "Product Added", has={"product_id": "p-1"}),
            event("dan", "Checkout Started"),
            in_order("Product Viewed", "Product Added", "Checkout Started"),
        ),
        steps=(
            track("dan", "Product Viewed", product_id="p-1"),
            track("dan", "Product Added", product_id="p-1"),
            track("dan", "Checkout Started"),
        ),
    ),
    Task(
        name="long-ago",
        prompt=(
            "Cleo's ticket t-12, “Login fails”, was opened at 8:05 in the morning of 20 November 2026, Vienna time"
            " (UTC+1). Record it as Ticket Opened with ticket_id and subject."
        ),
        strict=False,
        wants=(
            event(
                "cleo",
                "Ticket Opened",
                has={"ticket_id": "t-12", "subject": containing("Login fails")},
                at="2026-11-20T07:05:00Z",
            ),
        ),
        steps=(
            track(
                "cleo",
                "Ticket Opened",
                timestamp="2026-11-20T08:05:00+01:00",
                ticket_id="t-12",
                subject="Login fails",
            ),
        ),
    ),
)
