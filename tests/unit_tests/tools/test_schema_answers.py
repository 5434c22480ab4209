"""Every schema that a model is shown, word for word: a changed one is a visible change here.

`pytest --inline-snapshot=fix` writes the new wording down.
"""

# ruff: noqa: E501 - what a model reads stands here as it is

from __future__ import annotations

from typing import Any

from inline_snapshot import snapshot

from tests.cases import ALIAS, BATCH, GROUP, IDENTIFY, PAGE, SCREEN, TRACK, Case
from tests.conftest import Run
from tests.tool_calls import answer, message

COMMON: dict[str, Any] = {
    "context": {
        "type": "object",
        "description": "Parts: active, ip, locale, userAgent, channel, campaign, page, app, device, network, os, library, location, timezone",
    },
    "integrations": {
        "additionalProperties": {"type": "boolean"},
        "description": "Destination to on/off; All: false turns off the rest",
        "type": "object",
    },
    "messageId": {"description": "Made for you", "type": "string"},
    "timestamp": {"description": "When it happened, ISO 8601; omit for now", "format": "date-time", "type": "string"},
    "originalTimestamp": {"format": "date-time", "type": "string"},
    "sentAt": {"format": "date-time", "type": "string"},
}


def shown(case: Case, part: str = "") -> Any:
    """Return the answer to `get_request_schema`, without the fields that all single calls have in common."""
    found = answer(message(Run("sync"), case.make_tool(), mode="get_request_schema", request_body=part))
    properties = found.get("request_body_schema", {}).get("properties", {})
    for name in COMMON.keys() & properties.keys() if case not in (ALIAS, BATCH) else ():
        assert properties.pop(name) == COMMON[name]
    return found


def test_what_all_single_calls_have_in_common() -> None:
    found = answer(message(Run("sync"), SCREEN.make_tool(), mode="get_request_schema"))["request_body_schema"]
    assert {name: found["properties"][name] for name in COMMON} == COMMON


def test_identify() -> None:
    assert shown(IDENTIFY) == snapshot(
        {
            "request_body_schema": {
                "type": "object",
                "properties": {
                    "userId": {"description": "Your id of the person, or their e-mail", "type": "string"},
                    "anonymousId": {"description": "Id of a visitor not known yet", "type": "string"},
                    "traits": {
                        "description": "What to know about the person; any JSON",
                        "properties": {
                            "email": {"type": "string"},
                            "createdAt": {"format": "date-time", "type": "string"},
                            "unsubscribed": {"type": "boolean"},
                            "cio_subscription_preferences": {
                                "description": '{topics: {topic_<id>: bool}, channels: {email: bool}} replaces all; for one, use the key "cio_subscription_preferences.topics.topic_1"',
                                "type": "object",
                            },
                        },
                        "type": "object",
                    },
                },
                "additionalProperties": False,
                "anyOf": [{"required": ["userId"]}, {"required": ["anonymousId"]}],
            },
            "example": {"userId": "ada", "traits": {"email": "ada@example.com", "plan": "pro"}},
            "instructions": 'Send with mode execute. More on a part: get_request_schema with request_body "context.device".',
        }
    )


def test_track() -> None:
    assert shown(TRACK) == snapshot(
        {
            "request_body_schema": {
                "type": "object",
                "properties": {
                    "userId": {"description": "Your id of the person, or their e-mail", "type": "string"},
                    "anonymousId": {"description": "Id of a visitor not known yet", "type": "string"},
                    "groupId": {"description": "Id of the group that it is about", "type": "string"},
                    "event": {"description": "Name of what happened", "type": "string"},
                    "properties": {"type": "object", "description": "Details of the event; any JSON"},
                },
                "additionalProperties": False,
                "required": ["event"],
                "anyOf": [{"required": ["userId"]}, {"required": ["anonymousId"]}, {"required": ["groupId"]}],
            },
            "example": {"userId": "ada", "event": "Order Completed", "properties": {"total": 20}},
            "instructions": 'Send with mode execute. More on a part: get_request_schema with request_body "event" or "context.device".',
        }
    )


def test_page() -> None:
    assert shown(PAGE) == snapshot(
        {
            "request_body_schema": {
                "type": "object",
                "properties": {
                    "userId": {"description": "Your id of the person, or their e-mail", "type": "string"},
                    "anonymousId": {"description": "Id of a visitor not known yet", "type": "string"},
                    "name": {"description": "Name of the page", "type": "string"},
                    "category": {"description": "Kind of page", "type": "string"},
                    "properties": {
                        "type": "object",
                        "description": "Details; any JSON. Give url and title",
                        "properties": {
                            "category": {"type": "string"},
                            "url": {"type": "string"},
                            "title": {"type": "string"},
                            "referrer": {"type": "string"},
                            "path": {"type": "string"},
                            "search": {"type": "string"},
                        },
                    },
                },
                "additionalProperties": False,
                "anyOf": [{"required": ["userId"]}, {"required": ["anonymousId"]}],
            },
            "example": {
                "userId": "ada",
                "name": "Pricing",
                "properties": {"url": "https://example.com/pricing", "title": "Pricing"},
            },
            "instructions": 'Send with mode execute. More on a part: get_request_schema with request_body "context.device".',
        }
    )


def test_screen() -> None:
    assert shown(SCREEN) == snapshot(
        {
            "request_body_schema": {
                "type": "object",
                "properties": {
                    "userId": {"description": "Your id of the person, or their e-mail", "type": "string"},
                    "anonymousId": {"description": "Id of a visitor not known yet", "type": "string"},
                    "name": {"description": "Name of the screen; give it", "type": "string"},
                    "category": {"description": "Kind of screen", "type": "string"},
                    "properties": {"type": "object", "description": "Details; any JSON"},
                },
                "additionalProperties": False,
                "anyOf": [{"required": ["userId"]}, {"required": ["anonymousId"]}],
            },
            "example": {"userId": "ada", "name": "Settings", "properties": {"tab": "billing"}},
            "instructions": 'Send with mode execute. More on a part: get_request_schema with request_body "context.device".',
        }
    )


def test_group() -> None:
    assert shown(GROUP) == snapshot(
        {
            "request_body_schema": {
                "type": "object",
                "properties": {
                    "groupId": {"description": "Your id of the group", "type": "string"},
                    "userId": {"description": "Person to relate to it: your id or e-mail", "type": "string"},
                    "anonymousId": {"description": "Id of a visitor not known yet", "type": "string"},
                    "traits": {
                        "description": "What to know about the group; any JSON",
                        "properties": {
                            "objectTypeId": {"description": 'Digits; default "1"', "type": "string"},
                            "relationshipAttributes": {
                                "description": "About person and group; needs a person",
                                "type": "object",
                            },
                        },
                        "type": "object",
                    },
                },
                "additionalProperties": False,
                "required": ["groupId"],
            },
            "example": {
                "groupId": "acme",
                "userId": "ada",
                "traits": {"objectTypeId": "1", "name": "Acme", "relationshipAttributes": {"role": "admin"}},
            },
            "instructions": 'Send with mode execute. More on a part: get_request_schema with request_body "context.device".',
        }
    )


def test_alias() -> None:
    assert shown(ALIAS) == snapshot(
        {
            "request_body_schema": {
                "type": "object",
                "properties": {
                    "previousId": {"description": "Id to give up", "type": "string"},
                    "userId": {"description": "Id to keep", "type": "string"},
                },
                "required": ["previousId", "userId"],
            },
            "example": {"previousId": "visitor-7", "userId": "ada"},
            "instructions": 'Send with mode execute. Also: context, integrations, messageId, timestamp, originalTimestamp, sentAt; request_body "context" shows that part.',
        }
    )


def test_batch() -> None:
    assert shown(BATCH) == snapshot(
        {
            "request_body_schema": {
                "type": "object",
                "properties": {
                    "batch": {
                        "type": "array",
                        "minItems": 1,
                        "items": {
                            "type": "object",
                            "properties": {
                                "context": {
                                    "type": "object",
                                    "description": "Parts: active, ip, locale, userAgent, channel, campaign, page, app, device, network, os, library, location, timezone",
                                },
                                "integrations": {"additionalProperties": {"type": "boolean"}, "type": "object"},
                                "messageId": {"type": "string"},
                                "timestamp": {"format": "date-time", "type": "string"},
                                "originalTimestamp": {"format": "date-time", "type": "string"},
                                "sentAt": {"format": "date-time", "type": "string"},
                            },
                            "anyOf": [
                                {
                                    "properties": {
                                        "type": {"const": "identify"},
                                        "userId": {"type": "string"},
                                        "anonymousId": {"type": "string"},
                                        "traits": {"type": "object"},
                                    },
                                    "required": ["type"],
                                    "anyOf": [{"required": ["userId"]}, {"required": ["anonymousId"]}],
                                },
                                {
                                    "properties": {
                                        "type": {"const": "track"},
                                        "userId": {"type": "string"},
                                        "anonymousId": {"type": "string"},
                                        "groupId": {"type": "string"},
                                        "event": {"type": "string"},
                                        "properties": {"type": "object"},
                                    },
                                    "required": ["type", "event"],
                                    "anyOf": [
                                        {"required": ["userId"]},
                                        {"required": ["anonymousId"]},
                                        {"required": ["groupId"]},
                                    ],
                                },
                                {
                                    "properties": {
                                        "type": {"const": "page"},
                                        "userId": {"type": "string"},
                                        "anonymousId": {"type": "string"},
                                        "name": {"type": "string"},
                                        "category": {"type": "string"},
                                        "properties": {"type": "object"},
                                    },
                                    "required": ["type"],
                                    "anyOf": [{"required": ["userId"]}, {"required": ["anonymousId"]}],
                                },
                                {
                                    "properties": {
                                        "type": {"const": "screen"},
                                        "userId": {"type": "string"},
                                        "anonymousId": {"type": "string"},
                                        "name": {"type": "string"},
                                        "category": {"type": "string"},
                                        "properties": {"type": "object"},
                                    },
                                    "required": ["type"],
                                    "anyOf": [{"required": ["userId"]}, {"required": ["anonymousId"]}],
                                },
                                {
                                    "properties": {
                                        "type": {"const": "group"},
                                        "groupId": {"type": "string"},
                                        "userId": {"type": "string"},
                                        "anonymousId": {"type": "string"},
                                        "traits": {"type": "object"},
                                    },
                                    "required": ["type", "groupId"],
                                },
                                {
                                    "properties": {
                                        "type": {"const": "alias"},
                                        "previousId": {"type": "string"},
                                        "userId": {"type": "string"},
                                    },
                                    "required": ["type", "previousId", "userId"],
                                },
                            ],
                            "unevaluatedProperties": False,
                        },
                    },
                    "context": {
                        "type": "object",
                        "description": "Default for the items without a context of their own",
                    },
                },
                "required": ["batch"],
                "additionalProperties": False,
            },
            "example": {
                "batch": [
                    {"type": "identify", "userId": "ada", "traits": {"plan": "pro"}},
                    {"type": "track", "userId": "ada", "event": "Signed Up"},
                ]
            },
            "instructions": 'Send with mode execute. More on a part: get_request_schema with request_body "track.event" or "track.context".',
        }
    )


def test_the_part_event() -> None:
    assert shown(TRACK, "event") == snapshot(
        {
            "part": "event",
            "part_schema": {"description": "Name of what happened", "type": "string"},
            "not_allowed_here": "User Deleted, User Suppressed, Object Deleted; only an operator can allow them",
            "acting_events": {
                "User Unsuppressed": "frees a blocked identifier; restores nothing; needs userId",
                "Relationship Deleted": 'removes the person from the object; both stay; needs userId, properties.objectId (and properties.objectTypeId unless "1")',
                "Device Created or Updated": 'adds or updates a device of the person; needs userId, context.device.token, context.device.type ("ios" or "android")',
                "Device Deleted": 'removes a device of the person; needs userId, context.device.token, context.device.type ("ios" or "android")',
                "Report Delivery Event": 'counts towards the metrics of a message; needs properties.deliveryId, properties.metric ("delivered" or "opened" or "clicked" or "converted")',
                "Report Content Event": 'counts towards the metrics of in-app content; needs properties.actionType ("viewed_content" or "clicked_content")',
            },
        }
    )


def test_the_part_context() -> None:
    assert shown(TRACK, "context") == snapshot(
        {
            "part": "context",
            "part_schema": {
                "description": "What surrounded the call.",
                "properties": {
                    "active": {"type": "boolean"},
                    "ip": {"description": "The person's address; locates them", "type": "string"},
                    "locale": {"description": "Such as en-US", "type": "string"},
                    "userAgent": {"type": "string"},
                    "channel": {"enum": ["browser", "server", "mobile"], "type": "string"},
                    "campaign": {
                        "description": "The campaign that brought the person.",
                        "properties": {
                            "name": {"type": "string"},
                            "source": {"type": "string"},
                            "medium": {"type": "string"},
                            "term": {"type": "string"},
                            "content": {"type": "string"},
                        },
                        "type": "object",
                    },
                    "page": {
                        "description": "The page that was open.",
                        "properties": {
                            "name": {"type": "string"},
                            "path": {"type": "string"},
                            "referrer": {"type": "string"},
                            "search": {"type": "string"},
                            "title": {"type": "string"},
                            "url": {"type": "string"},
                            "keywords": {"items": {"type": "string"}, "type": "array"},
                        },
                        "type": "object",
                    },
                    "app": {
                        "description": "The app in use.",
                        "properties": {
                            "name": {"type": "string"},
                            "version": {"type": "string"},
                            "build": {"type": "string"},
                            "namespace": {"type": "string"},
                        },
                        "type": "object",
                    },
                    "device": {
                        "description": "The device in use.",
                        "properties": {
                            "id": {"type": "string"},
                            "advertisingId": {"type": "string"},
                            "manufacturer": {"type": "string"},
                            "model": {"type": "string"},
                            "name": {"type": "string"},
                            "type": {"enum": ["android", "ios"], "type": "string"},
                            "version": {"type": "string"},
                            "token": {"type": "string"},
                        },
                        "type": "object",
                    },
                    "network": {
                        "description": "The network in use.",
                        "properties": {
                            "bluetooth": {"type": "boolean"},
                            "carrier": {"type": "string"},
                            "cellular": {"type": "boolean"},
                            "wifi": {"type": "boolean"},
                        },
                        "type": "object",
                    },
                    "os": {
                        "description": "The operating system.",
                        "properties": {"name": {"type": "string"}, "version": {"type": "string"}},
                        "type": "object",
                    },
                    "library": {
                        "description": "The software that made the call; filled in when it is left out.",
                        "properties": {"name": {"type": "string"}, "version": {"type": "string"}},
                        "type": "object",
                    },
                    "location": {},
                    "timezone": {"description": "IANA name", "type": "string"},
                },
                "type": "object",
            },
        }
    )
