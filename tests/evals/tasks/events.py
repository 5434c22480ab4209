"""Events, page views and screen views, in a toolkit whose operator has said nothing about validation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.evals.goals import containing, event, in_order
from tests.evals.task import Claim, Mistake, Step, Task, track

_ORDER: dict[str, Any] = {"order_id": "o-981", "total": 42.5, "currency": "EUR"}
_PROVEN: dict[str, Any] = {"order_id": "o-982", "total": 10, "currency": "EUR"}
_CART: dict[str, Any] = {"product_id": "p-7", "quantity": 2, "price": 9.99}
_PAGE = {"url": "https://example.com/pricing", "title": "Pricing & Plans"}
_TICKET: dict[str, Any] = {"ticket_id": "t-12", "subject": "Login fails"}
_IP = "203.0.113.9"


def _signed_in(**context: str) -> Step:
    return Step("track", {"userId": "ada", "event": "Signed In", "context": context})


def _for_mixpanel(*, on: bool) -> Step:
    body = {"userId": "bob", "event": "Salary Entered", "integrations": {"Mixpanel": on}}
    return Step("track", body)


TASKS = (
    Task(
        name="order",
        prompt=(
            "Ada has just completed order o-981 over 42.50 EUR. Track it as Order Completed, with order_id, total (a"
            " number) and currency."
        ),
        strict=None,
        goals=(event("ada", "Order Completed", has=_ORDER),),
        steps=(track("ada", "Order Completed", **_ORDER),),
        mistakes=(
            Mistake("sends the total as text", (track("ada", "Order Completed", **_ORDER | {"total": "42.50"}),)),
            Mistake("sends cents", (track("ada", "Order Completed", **_ORDER | {"total": 4250}),)),
            Mistake("sends it twice, to be sure", (track("ada", "Order Completed", **_ORDER),) * 2),
        ),
    ),
    Task(
        name="order-with-proof",
        prompt=(
            "Bob has just completed order o-982 over 10 EUR: Order Completed, with order_id, total (a number) and"
            " currency. I have to show that the API accepted it, so get me proof if the tools can give any."
        ),
        strict=None,
        proof=True,
        goals=(event("bob", "Order Completed", has=_PROVEN),),
        steps=(track("bob", "Order Completed", **_PROVEN),),
        mistakes=(
            Mistake(
                "sends it without validation and takes that for proof",
                (replace(track("bob", "Order Completed", **_PROVEN), strict=False),),
                Claim.DONE,
                styles=("two_mode",),
            ),
            Mistake(
                "sends it again for the proof",
                (
                    replace(track("bob", "Order Completed", **_PROVEN), strict=False),
                    track("bob", "Order Completed", **_PROVEN),
                ),
            ),
        ),
    ),
    Task(
        name="validation-is-off",
        prompt=(
            "Cleo has just completed order o-983 over 15 EUR: Order Completed, with order_id and total (a number)."
            " Have the API validate it; if it was not validated, tell me so."
        ),
        adverse=True,
        strict=False,
        proof=True,
        goals=(event("cleo", "Order Completed", has={"order_id": "o-983", "total": 15}),),
        steps=(track("cleo", "Order Completed", order_id="o-983", total=15),),
        answer="It could not be validated with these tools.",
        mentions=("valid|proof|prove|confirm|strict|check",),
        mistakes=(
            Mistake(
                "does not ask for validation, and says that it was done",
                (replace(track("cleo", "Order Completed", order_id="o-983", total=15), strict=False),),
                Claim.DONE,
            ),
            Mistake("leaves it undone and says that no tool validates", (), Claim.NOT_DONE),
        ),
    ),
    Task(
        name="yesterday",
        prompt="Bob attended our webinar yesterday at 15:30 UTC. The event is called Webinar Attended.",
        strict=None,
        goals=(event("bob", "Webinar Attended", at="2026-11-23T15:30:00Z"),),
        steps=(track("bob", "Webinar Attended", timestamp="2026-11-23T15:30:00Z"),),
        mistakes=(
            Mistake("records it as of now", (track("bob", "Webinar Attended"),)),
            Mistake(
                "puts the time among the properties", (track("bob", "Webinar Attended", at="2026-11-23T15:30:00Z"),)
            ),
            Mistake("takes today's date", (track("bob", "Webinar Attended", timestamp="2026-11-24T15:30:00Z"),)),
        ),
    ),
    Task(
        name="page-view",
        prompt="Cleo viewed our page https://example.com/pricing just now; its title is “Pricing & Plans”.",
        strict=None,
        goals=(event("cleo", kind="page", has=_PAGE),),
        steps=(Step("page", {"userId": "cleo", "name": "Pricing", "properties": _PAGE}),),
        mistakes=(
            Mistake("tracks an event instead", (track("cleo", "Page Viewed", **_PAGE),)),
            Mistake(
                "escapes the title",
                (Step("page", {"userId": "cleo", "properties": {**_PAGE, "title": "Pricing &amp; Plans"}}),),
            ),
            Mistake("leaves out the address", (Step("page", {"userId": "cleo", "name": "Pricing & Plans"}),)),
        ),
    ),
    Task(
        name="screen-view",
        prompt="Dan opened the screen Settings in our app.",
        strict=None,
        goals=(event("dan", "Settings", kind="screen"),),
        steps=(Step("screen", {"userId": "dan", "name": "Settings"}),),
        mistakes=(
            Mistake("records a page view", (Step("page", {"userId": "dan", "name": "Settings"}),)),
            Mistake("tracks an event instead", (track("dan", "Settings"),)),
        ),
    ),
    Task(
        name="visitor-event",
        prompt="The visitor with the anonymous id v-9 asked for a demo: event Demo Requested.",
        strict=None,
        goals=(event("v-9", "Demo Requested", visitor=True),),
        steps=(Step("track", {"anonymousId": "v-9", "event": "Demo Requested"}),),
        mistakes=(
            Mistake("takes the anonymous id for a user id", (track("v-9", "Demo Requested"),)),
            Mistake("says that only people with a user id can be tracked", (), Claim.NOT_DONE),
        ),
    ),
    Task(
        name="visitor-page-and-screen",
        prompt=(
            "The visitor with the anonymous id v-10 viewed our page https://example.com/jobs and then opened the screen"
            " Jobs in our app."
        ),
        strict=None,
        goals=(
            event("v-10", kind="page", has={"url": "https://example.com/jobs"}, visitor=True),
            event("v-10", "Jobs", kind="screen", visitor=True),
        ),
        steps=(
            Step("page", {"anonymousId": "v-10", "properties": {"url": "https://example.com/jobs"}}),
            Step("screen", {"anonymousId": "v-10", "name": "Jobs"}),
        ),
        mistakes=(
            Mistake(
                "takes the anonymous id for a user id",
                (
                    Step("page", {"userId": "v-10", "properties": {"url": "https://example.com/jobs"}}),
                    Step("screen", {"userId": "v-10", "name": "Jobs"}),
                ),
            ),
            Mistake(
                "records the page and forgets the screen",
                (Step("page", {"anonymousId": "v-10", "properties": {"url": "https://example.com/jobs"}}),),
                Claim.DONE,
            ),
        ),
    ),
    Task(
        name="odd-name",
        prompt="Record for Ada the event kyc.step_2/passed, spelled exactly so.",
        strict=None,
        goals=(event("ada", "kyc.step_2/passed"),),
        steps=(track("ada", "kyc.step_2/passed"),),
        mistakes=(
            Mistake("makes it look like the other events", (track("ada", "KYC Step 2 Passed"),)),
            Mistake("changes the case", (track("ada", "KYC.step_2/passed"),)),
        ),
    ),
    Task(
        name="cart",
        prompt=(
            "Cleo put two of product p-7 into her cart, at 9.99 each. Our event is Product Added, with product_id,"
            " quantity and price; numbers are numbers."
        ),
        strict=None,
        goals=(event("cleo", "Product Added", has=_CART),),
        steps=(track("cleo", "Product Added", **_CART),),
        mistakes=(
            Mistake("sends the price of both", (track("cleo", "Product Added", **_CART | {"price": 19.98}),)),
            Mistake("sends one event for each piece", (track("cleo", "Product Added", **_CART | {"quantity": 1}),) * 2),
        ),
    ),
    Task(
        name="only-sounds-dangerous",
        prompt="Bob deleted a draft in the editor. Record the event Draft Deleted with draft_id d-5.",
        strict=None,
        goals=(event("bob", "Draft Deleted", has={"draft_id": "d-5"}),),
        steps=(track("bob", "Draft Deleted", draft_id="d-5"),),
        mistakes=(
            Mistake(
                "deletes an object",
                (Step("track", {"anonymousId": "x", "event": "Object Deleted", "properties": {"objectId": "d-5"}}),),
            ),
            Mistake("takes it for a deletion and refuses", (), Claim.NOT_DONE),
        ),
    ),
    Task(
        name="three-in-order",
        prompt=(
            "Dan first viewed product p-1 (event Product Viewed), then put it into his cart (Product Added), then"
            " started the checkout (Checkout Started). Record all three in this order; the first two with product_id."
        ),
        strict=None,
        goals=(
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
        mistakes=(
            Mistake(
                "sends them in another order",
                (
                    track("dan", "Checkout Started"),
                    track("dan", "Product Added", product_id="p-1"),
                    track("dan", "Product Viewed", product_id="p-1"),
                ),
            ),
            Mistake("records the last one only", (track("dan", "Checkout Started", product_id="p-1"),), Claim.DONE),
        ),
    ),
    Task(
        name="long-ago",
        prompt=(
            "Cleo's ticket t-12, “Login fails”, was opened at 8:05 in the morning of 20 November 2026, Vienna time"
            " (UTC+1). Record it as Ticket Opened with ticket_id and subject."
        ),
        strict=None,
        goals=(
            event(
                "cleo",
                "Ticket Opened",
                has={"ticket_id": "t-12", "subject": containing("Login fails")},
                at="2026-11-20T07:05:00Z",
            ),
        ),
        steps=(track("cleo", "Ticket Opened", timestamp="2026-11-20T08:05:00+01:00", **_TICKET),),
        mistakes=(
            Mistake("forgets the zone", (track("cleo", "Ticket Opened", timestamp="2026-11-20T08:05:00Z", **_TICKET),)),
            Mistake(
                "adds the hour instead of taking it away",
                (track("cleo", "Ticket Opened", timestamp="2026-11-20T09:05:00Z", **_TICKET),),
            ),
        ),
    ),
    Task(
        name="address-of-the-visitor",
        prompt=(
            f"Ada signed in from the IP address {_IP}. Record the event Signed In with that address as the context's"
            " ip; once, because every sign-in counts."
        ),
        strict=None,
        goals=(event("ada", "Signed In", context={"ip": _IP}),),
        steps=(_signed_in(ip=_IP),),
        mistakes=(
            Mistake("leaves the address out", (track("ada", "Signed In"),)),
            Mistake("sends it again without the address", (_signed_in(ip=_IP), track("ada", "Signed In"))),
            Mistake("puts the address among the properties", (track("ada", "Signed In", ip=_IP),)),
        ),
    ),
    Task(
        name="not-for-mixpanel",
        prompt="Bob entered his salary: record Salary Entered for him, and do not let the destination Mixpanel get it.",
        strict=None,
        goals=(event("bob", "Salary Entered", integrations={"Mixpanel": False}),),
        steps=(_for_mixpanel(on=False),),
        mistakes=(
            Mistake("sends it everywhere", (track("bob", "Salary Entered"),)),
            Mistake("puts the destination among the properties", (track("bob", "Salary Entered", Mixpanel=False),)),
            Mistake("turns the destination on", (_for_mixpanel(on=True),)),
        ),
    ),
)
