"""One row for each endpoint: its call, its tool, its route, and bodies that it takes.

A new endpoint is a call, a tool, a row here and a route in the sandbox; `test_cases.py` fails until all four exist.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from langchain_customerio.api.calls import Alias, Batch, Call, Group, Identify, Page, Screen, Track
from langchain_customerio.tools.two_mode import (
    AddToGroup,
    AliasUserIdentity,
    IdentifyPersonAndAssignTraits,
    PipelinesTool,
    SendBatchRequests,
    SendPageViewEvent,
    SendScreenViewEvent,
    TrackUserEvent,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One endpoint.

    Attributes:
        call: The model.
        tool: The tool.
        strict_flag: How the tool calls its strict argument.
        endpoint: The route under `/v1`.
        minimal: The shortest body that the endpoint takes.
        complete: A body with every documented field, as it stands on the wire.
    """

    call: type[Call]
    tool: type[PipelinesTool]
    strict_flag: str
    endpoint: str
    minimal: Json = field(repr=False)
    complete: Json = field(repr=False)

    @property
    def bodies(self) -> Iterator[Json]:
        """The bodies of this row, the call's own example among them."""
        yield from (self.minimal, self.complete, self.call.example)

    def make_tool(self, **fields: Any) -> PipelinesTool:
        """Make the tool with these fields, such as `client`."""
        return self.tool(**fields)


CONTEXT: Json = {
    "active": True,
    "ip": "8.8.8.8",
    "locale": "en-GB",
    "userAgent": "Mozilla/5.0",
    "channel": "browser",
    "campaign": {"name": "spring", "source": "mail", "medium": "e-mail", "term": "tools", "content": "b", "id": 7},
    "page": {
        "name": "Home",
        "path": "/",
        "referrer": "https://example.org/",
        "search": "?q=1",
        "title": "Home",
        "url": "https://example.com/",
        "keywords": ["a", "b"],
    },
    "app": {"name": "Shop", "version": "1.2", "build": "34", "namespace": "com.example.shop"},
    "device": {
        "id": "d1",
        "advertisingId": "ad1",
        "manufacturer": "Fairphone",
        "model": "5",
        "name": "fp5",
        "type": "android",
        "version": "14",
        "token": "t0k3n",
    },
    "network": {"bluetooth": False, "carrier": "Acme", "cellular": True, "wifi": False},
    "os": {"name": "Android", "version": "14"},
    "library": {"name": "my-app", "version": "9"},
    "location": {"city": "Łódź", "latitude": 51.77},
    "timezone": "Europe/Warsaw",
    "anything": {"else": [1, None]},
}
"""A context with every documented part, and one more."""

COMMON: Json = {
    "context": CONTEXT,
    "integrations": {"All": False, "Mixpanel": True},
    "messageId": "01KAR3JF80ZW3B5W6T1Y2C4D8E",
    "timestamp": "2026-11-23T10:00:00Z",
    "originalTimestamp": "2026-11-23T09:59:59.123Z",
    "sentAt": "2026-11-23T11:00:01+01:00",
}
"""What every single call may carry."""

BOTH_IDS: Json = {"userId": "ada", "anonymousId": "visitor-7"}

IDENTIFY = Case(
    call=Identify,
    tool=IdentifyPersonAndAssignTraits,
    strict_flag="enable_strict_validation",
    endpoint="/identify",
    minimal={"userId": "ada"},
    complete=BOTH_IDS
    | {
        "traits": {
            "email": "ada@example.com",
            "createdAt": "2026-11-23T10:00:00Z",
            "unsubscribed": False,
            "cio_subscription_preferences": {"topics": {"topic_1": True}, "channels": {"email": True}},
            "nickname": None,
            "scores": [1, 2.5, {"of": "10"}],
        }
    }
    | COMMON,
)
TRACK = Case(
    call=Track,
    tool=TrackUserEvent,
    strict_flag="enable_strict_validation",
    endpoint="/track",
    minimal={"userId": "ada", "event": "Signed Up"},
    complete=BOTH_IDS
    | {
        "groupId": "acme",
        "event": "Order Completed",
        "properties": {"total": 20.5, "coupon": None, "items": [{"n": 1}]},
    }
    | COMMON,
)
PAGE = Case(
    call=Page,
    tool=SendPageViewEvent,
    strict_flag="enable_strict_mode",
    endpoint="/page",
    minimal={"anonymousId": "visitor-7"},
    complete=BOTH_IDS
    | {
        "name": "Pricing",
        "category": "Docs",
        "properties": {
            "category": "Docs",
            "url": "https://example.com/pricing",
            "title": "Pricing",
            "referrer": "https://example.org/",
            "path": "/pricing",
            "search": "?a=1",
            "variant": "b",
        },
    }
    | COMMON,
)
SCREEN = Case(
    call=Screen,
    tool=SendScreenViewEvent,
    strict_flag="enable_strict_validation",
    endpoint="/screen",
    minimal={"userId": "ada"},
    complete=BOTH_IDS | {"name": "Settings", "category": "Account", "properties": {"tab": "billing"}} | COMMON,
)
GROUP = Case(
    call=Group,
    tool=AddToGroup,
    strict_flag="enable_strict_validation",
    endpoint="/group",
    minimal={"groupId": "acme"},
    complete={"groupId": "acme"}
    | BOTH_IDS
    | {"traits": {"objectTypeId": "2", "relationshipAttributes": {"role": "admin"}, "name": "Acme"}}
    | COMMON,
)
ALIAS = Case(
    call=Alias,
    tool=AliasUserIdentity,
    strict_flag="enable_strict_validation",
    endpoint="/alias",
    minimal={"previousId": "visitor-7", "userId": "ada"},
    complete={"previousId": "visitor-7", "userId": "ada"} | COMMON,
)
SINGLE_CASES = (IDENTIFY, TRACK, PAGE, SCREEN, GROUP, ALIAS)


def as_item(case: Case, body: Json) -> Json:
    """Return the body of a single call as an item of a batch."""
    return {"type": case.call.kind, **body}


BATCH = Case(
    call=Batch,
    tool=SendBatchRequests,
    strict_flag="enable_strict_mode",
    endpoint="/batch",
    minimal={"batch": [{"type": "identify", "userId": "ada"}]},
    complete={
        "batch": [
            as_item(case, case.complete | {"messageId": f"01KAR3JF80ZW3B5W6T1Y2C4D8{number}"})
            for number, case in enumerate(SINGLE_CASES)
        ],
        "context": CONTEXT,
    },
)
CASES = (*SINGLE_CASES, BATCH)

each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.call.kind)
each_single_case = pytest.mark.parametrize("case", SINGLE_CASES, ids=lambda case: case.call.kind)
