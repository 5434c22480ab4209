"""Shared by the examples: one task, the turns of the scripted model, and what the workspace holds at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scripted_model import call, turn

if TYPE_CHECKING:
    from langchain_customerio.sandbox import Sandbox

TASK = (
    "Ada (ada@example.com) joined today on the pro plan and ordered the handbook for 20 euros. She is an engineer"
    " at Acme. Grace and Alan joined on the free plan and read the pricing page."
)

PRICING = {"url": "https://example.com/pricing"}

TURNS = [
    turn(
        "Ada comes first. I look up what such a call takes.",
        call("customerio_identify_person_and_assign_traits"),
    ),
    turn(
        "Now I create her.",  # and get it wrong: what is known about a person goes inside traits
        call(
            "customerio_identify_person_and_assign_traits",
            {"userId": "ada", "email": "ada@example.com", "plan": "pro"},
        ),
    ),
    turn(
        "Both belong inside traits.",
        call(
            "customerio_identify_person_and_assign_traits",
            {"userId": "ada", "traits": {"email": "ada@example.com", "plan": "pro"}},
        ),
    ),
    turn(
        "Ada is there. Next, her order.",
        call(
            "customerio_track_user_event",
            {
                "userId": "ada",
                "event": "Order Completed",
                "properties": {"product": "handbook", "total": 20, "currency": "EUR"},
            },
        ),
    ),
    turn(
        "Then her place at Acme.",
        call(
            "customerio_add_to_group",
            {
                "groupId": "acme",
                "userId": "ada",
                "traits": {"name": "Acme", "relationshipAttributes": {"role": "engineer"}},
            },
        ),
    ),
    turn(
        "Grace and Alan go in one batch.",
        call(
            "customerio_send_batch_requests",
            {
                "batch": [
                    {"type": "identify", "userId": "grace", "traits": {"plan": "free"}},
                    {"type": "page", "userId": "grace", "name": "Pricing", "properties": PRICING},
                    {"type": "identify", "userId": "alan", "traits": {"plan": "free"}},
                    {"type": "page", "userId": "alan", "name": "Pricing", "properties": PRICING},
                ]
            },
        ),
    ),
    turn(
        "The API accepted three people, Ada's order, her place at Acme and two page views. One call was refused"
        " before it was sent; I corrected it."
    ),
]

HELD: dict[str, Any] = {
    "people": {
        "ada": {"email": "ada@example.com", "plan": "pro"},
        "grace": {"plan": "free"},
        "alan": {"plan": "free"},
    },
    "groups": {"acme": {"name": "Acme"}},
    "members": [["ada", "acme", {"role": "engineer"}]],
    "events": [
        ["ada", "track", "Order Completed", {"product": "handbook", "total": 20, "currency": "EUR"}],
        ["grace", "page", "Pricing", PRICING],
        ["alan", "page", "Pricing", PRICING],
    ],
}
"""What the workspace should hold when the task is done, and nothing else."""


def held(sandbox: Sandbox) -> dict[str, Any]:
    """Return what a sandbox holds, in the form of `HELD`: what was said, without times and ids made on the way."""
    return {
        "people": {person.id: person.traits for person in sandbox.people.values()},
        "groups": {group.id: group.traits for group in sandbox.objects.values()},
        "members": [[each.user_id, each.object_id, each.attributes] for each in sandbox.relationships.values()],
        "events": [[each.user_id, each.kind, each.name, each.properties] for each in sandbox.events],
    }
