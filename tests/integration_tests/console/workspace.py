"""Calls for the console to show."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from langchain_customerio.sandbox import Sandbox


@dataclass
class Sender:
    """Sends calls over a socket."""

    http: httpx.Client

    def send(self, kind: str, *, strict: bool = False, **body: Any) -> int:
        """Post a call and return the status."""
        headers = {"X-Strict-Mode": "1"} if strict else {}
        return self.http.post(f"/{kind}", json=body, headers=headers).status_code

    def track(self, event: str, user_id: str = "ada", **fields: Any) -> int:
        return self.send("track", userId=user_id, event=event, **fields)


def one_of_each(sandbox: Sandbox, sender: Sender) -> None:
    """Send a call for every outcome."""
    sender.track("Order Completed", properties={"total": 20, "city": "Łódź"}, messageId="m1")
    sender.track("Order Completed", messageId="m1")
    sender.send("track", userId="ada", evnt="Order Completed")
    sender.send("track", strict=True, userId="bob")
    sandbox.fail(status=503)
    sender.track("Lost")


def fill(sandbox: Sandbox, sender: Sender) -> None:
    """Fill a workspace: people with a past, objects, devices, merges, and what goes wrong."""
    chance = random.Random(3)  # noqa: S311 - the same every time
    people = {"ada": "pro", "grace": "team", "linus": "free", "margaret": "pro", "alan": "free"}
    for number, (user_id, plan) in enumerate(people.items()):
        sender.send("page", anonymousId=f"visitor-{number}", name="Pricing")
        traits = {
            "email": f"{user_id}@example.com",
            "plan": plan,
            "first_name": user_id.capitalize(),
            "address": {"city": "London", "zip": "N1"},
            "cio_subscription_preferences": {"topics": {"topic_1": True, "topic_2": number % 2 == 0}},
        }
        sender.send("identify", strict=True, userId=user_id, anonymousId=f"visitor-{number}", traits=traits)
        company = ("acme", "Acme Inc.") if number < 3 else ("globex", "Globex")
        membership = {"name": company[1], "industry": "Robots", "relationshipAttributes": {"role": "owner"}}
        sender.send("group", userId=user_id, groupId=company[0], traits=membership)
        device = {"device": {"token": f"token-{user_id}", "type": "ios"}, "app": {"namespace": "com.example.app"}}
        sender.track("Device Created or Updated", user_id, context=device)
    for number in range(60):
        event = chance.choice(["Order Completed", "Product Viewed", "Trial Started", "Invoice Paid", "Cart Updated"])
        properties = {"total": chance.randint(5, 300), "currency": "EUR", "items": [{"sku": "A1", "qty": 2}]}
        who = chance.choice(list(people))
        sender.send("track", strict=True, userId=who, event=event, properties=properties, messageId=f"m{number}")
    sender.track("Order Completed", messageId="m1")
    sender.send("track", userId="ada", evnt="Order Completed", properties={"total": 20})
    sender.send("identify", userId="linus", email="new@example.com", traits={"unsubscribed": True})
    sender.send("track", event="Signed Up", properties={"source": "ad"})
    sender.send("track", strict=True, userId="grace", properties={"total": 20})
    sender.send("alias", previousId="old-ada", userId="ada")
    sender.track("User Suppressed", "alan")
    sender.track("Order Completed", "alan")
    items = [
        {"type": "identify", "userId": "ada", "traits": {"vip": True}},
        {"type": "track", "userId": "ada", "event": "VIP Joined"},
        {"type": "trak", "userId": "ada"},
    ]
    sender.send("batch", batch=items)
    sandbox.fail(status=503)
    sender.track("Order Completed", "grace")
    sandbox.fail(reset="after")
    with suppress(httpx.TransportError):
        sender.track("Order Completed", "margaret", properties={"total": 99})
    sender.send("screen", userId="margaret", name="Home")
