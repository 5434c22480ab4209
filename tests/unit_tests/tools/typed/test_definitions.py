"""Every definition of a typed tool that a model sees, word for word: a changed prompt is a visible change here.

`pytest --inline-snapshot=fix` writes the new wording down.
"""

# ruff: noqa: E501 - what a model reads stands here as it is

from __future__ import annotations

from typing import Any

from inline_snapshot import snapshot
from langchain_core.utils.function_calling import convert_to_openai_tool

from langchain_customerio import CustomerioPipelinesToolkit, Policy


def definition(name: str, policy: Policy | None = None) -> dict[str, Any]:
    """Return the definition of a tool as OpenAI's function JSON has it, without the name."""
    policy = policy or Policy(allow_destructive=True)
    kit = CustomerioPipelinesToolkit(style="typed", policy=policy)
    [tool] = [found for found in kit.get_tools() if found.name == f"customerio_{name}"]
    function: dict[str, Any] = convert_to_openai_tool(tool)["function"]
    assert function.pop("name") == tool.name
    return function


def test_identify() -> None:
    assert definition("identify") == snapshot(
        {
            "description": "Create or update a person. With both ids, a visitor becomes known.",
            "parameters": {
                "properties": {
                    "user_id": {"description": "Id or e-mail", "type": "string"},
                    "anonymous_id": {"description": "Of a visitor", "type": "string"},
                    "traits": {
                        "description": 'JSON: {"email":"ada@example.com","plan":"pro"}; null clears one',
                        "type": "string",
                    },
                    "timestamp": {"description": "ISO 8601; default now", "type": "string"},
                    "other_fields": {
                        "description": 'JSON: context, messageId, integrations {"All":false}',
                        "type": "string",
                    },
                },
                "type": "object",
            },
        }
    )


def test_track() -> None:
    assert definition("track") == snapshot(
        {
            "description": "Record what a person did. Max 32 kB.",
            "parameters": {
                "properties": {
                    "user_id": {"description": "Id or e-mail", "type": "string"},
                    "anonymous_id": {"description": "Of a visitor", "type": "string"},
                    "event": {"description": "Such as Order Completed", "type": "string"},
                    "properties": {"type": "string", "description": 'JSON: {"total":20}'},
                    "timestamp": {"description": "ISO 8601; default now", "type": "string"},
                    "other_fields": {
                        "description": 'JSON: context, messageId, integrations {"All":false}',
                        "type": "string",
                    },
                },
                "required": ["event"],
                "type": "object",
            },
        }
    )


def test_page() -> None:
    assert definition("page") == snapshot(
        {
            "description": "Record that a person or visitor viewed a web page.",
            "parameters": {
                "properties": {
                    "user_id": {"type": "string"},
                    "anonymous_id": {"type": "string"},
                    "name": {"type": "string"},
                    "url": {"type": "string"},
                    "title": {"description": "Its title", "type": "string"},
                    "properties": {"type": "string", "description": "JSON of other details"},
                    "timestamp": {"description": "ISO 8601; default now", "type": "string"},
                    "other_fields": {"description": "JSON: context, integrations, messageId", "type": "string"},
                },
                "type": "object",
            },
        }
    )


def test_screen() -> None:
    assert definition("screen") == snapshot(
        {
            "description": "Record that a person or visitor viewed an app screen.",
            "parameters": {
                "properties": {
                    "user_id": {"type": "string"},
                    "anonymous_id": {"type": "string"},
                    "name": {"type": "string"},
                    "properties": {"type": "string", "description": "JSON of details"},
                    "timestamp": {"description": "ISO 8601; default now", "type": "string"},
                    "other_fields": {"description": "JSON: context, integrations, messageId", "type": "string"},
                },
                "required": ["name"],
                "type": "object",
            },
        }
    )


def test_group() -> None:
    assert definition("group") == snapshot(
        {
            "description": "Create or update a group (company, course, …); user_id, if given, joins it.",
            "parameters": {
                "properties": {
                    "group_id": {"description": "Your id", "type": "string"},
                    "object_type_id": {
                        "description": 'Digits; default "1"',
                        "type": "string",
                    },
                    "traits": {"description": 'JSON: {"name":"Acme"}', "type": "string"},
                    "user_id": {"description": "Id or e-mail", "type": "string"},
                    "anonymous_id": {"type": "string"},
                    "relationship": {
                        "description": 'JSON about person and group: {"role":"admin"}',
                        "type": "string",
                    },
                    "timestamp": {"description": "ISO 8601; default now", "type": "string"},
                    "other_fields": {"description": "JSON: context, integrations, messageId", "type": "string"},
                },
                "required": ["group_id"],
                "type": "object",
            },
        }
    )


def test_alias() -> None:
    assert definition("alias") == snapshot(
        {
            "description": "Merge two ids of a person; treat it as irreversible. A visitor becomes known by identify with both ids instead.",
            "parameters": {
                "properties": {
                    "previous_id": {"description": "Given up", "type": "string"},
                    "user_id": {"description": "Kept", "type": "string"},
                },
                "required": ["previous_id", "user_id"],
                "type": "object",
            },
        }
    )


def test_batch() -> None:
    assert definition("batch") == snapshot(
        {
            "description": "Send several calls in order. Types: identify, track, page, screen, group, alias.",
            "parameters": {
                "properties": {
                    "calls": {
                        "description": 'JSON list; an item takes the arguments of its tool: [{"type":"track","user_id":"ada","event":"Signed Up","timestamp":"…"},{"type":"group","group_id":"acme","user_id":"ada"}]',
                        "type": "string",
                    }
                },
                "required": ["calls"],
                "type": "object",
            },
        }
    )


def test_set_subscription() -> None:
    assert definition("set_subscription") == snapshot(
        {
            "description": "Subscribe or unsubscribe a person; their other preferences stay.",
            "parameters": {
                "properties": {
                    "user_id": {"type": "string"},
                    "what": {"enum": ["topic", "channel", "everything"], "type": "string"},
                    "name": {
                        "description": "topic_<id>, or email, sms, push, in_app, whatsapp, slack, line, inbox; empty for everything",
                        "type": "string",
                    },
                    "subscribed": {"type": "boolean"},
                },
                "required": ["user_id", "what", "subscribed"],
                "type": "object",
            },
        }
    )


def test_add_device() -> None:
    assert definition("add_device") == snapshot(
        {
            "description": "Add or update a person's device for push messages.",
            "parameters": {
                "properties": {
                    "user_id": {"type": "string"},
                    "token": {"type": "string"},
                    "platform": {"enum": ["ios", "android"], "type": "string"},
                    "attributes": {"description": "JSON", "type": "string"},
                },
                "required": ["user_id", "token", "platform"],
                "type": "object",
            },
        }
    )


def test_remove_device() -> None:
    assert definition("remove_device") == snapshot(
        {
            "description": "Remove a device from a person.",
            "parameters": {
                "properties": {
                    "user_id": {"type": "string"},
                    "token": {"type": "string"},
                    "platform": {"enum": ["ios", "android"], "type": "string"},
                },
                "required": ["user_id", "token", "platform"],
                "type": "object",
            },
        }
    )


def test_remove_from_object() -> None:
    assert definition("remove_from_object") == snapshot(
        {
            "description": "Take a person out of a group (object); both stay.",
            "parameters": {
                "properties": {
                    "user_id": {"type": "string"},
                    "object_id": {"description": "Id of the group", "type": "string"},
                    "object_type_id": {
                        "description": 'Digits; default "1"',
                        "type": "string",
                    },
                },
                "required": ["user_id", "object_id"],
                "type": "object",
            },
        }
    )


def test_unsuppress_person() -> None:
    assert definition("unsuppress_person") == snapshot(
        {
            "description": "Free a suppressed id or e-mail; it restores nothing.",
            "parameters": {
                "properties": {"user_id": {"type": "string"}},
                "required": ["user_id"],
                "type": "object",
            },
        }
    )


def test_delete_person() -> None:
    assert definition("delete_person") == snapshot(
        {
            "description": "Delete a person for good; irreversible. The id can be added again.",
            "parameters": {
                "properties": {"user_id": {"type": "string"}},
                "required": ["user_id"],
                "type": "object",
            },
        }
    )


def test_suppress_person() -> None:
    assert definition("suppress_person") == snapshot(
        {
            "description": "Delete a person for good and keep the id from being added again, as a lasting erasure request wants; irreversible.",
            "parameters": {
                "properties": {"user_id": {"type": "string"}},
                "required": ["user_id"],
                "type": "object",
            },
        }
    )


def test_delete_object() -> None:
    assert definition("delete_object") == snapshot(
        {
            "description": "Delete a group (object) for good; irreversible.",
            "parameters": {
                "properties": {
                    "object_id": {"description": "Id of the group", "type": "string"},
                    "object_type_id": {
                        "description": 'Digits; default "1"',
                        "type": "string",
                    },
                },
                "required": ["object_id"],
                "type": "object",
            },
        }
    )


def test_identify_for_one_person() -> None:
    assert definition("identify", Policy(person="ada")) == snapshot(
        {
            "description": 'Create or update a person. Acts for "ada" alone: leave out user ids.',
            "parameters": {
                "properties": {
                    "traits": {
                        "description": 'JSON: {"email":"ada@example.com","plan":"pro"}; null clears one',
                        "type": "string",
                    },
                    "timestamp": {"description": "ISO 8601; default now", "type": "string"},
                    "other_fields": {
                        "description": 'JSON: context, messageId, integrations {"All":false}',
                        "type": "string",
                    },
                },
                "type": "object",
            },
        }
    )


def test_instructions() -> None:
    assert CustomerioPipelinesToolkit(style="typed").instructions() == snapshot(
        "The customerio tools write to Customer.io. They read nothing and send no messages. Use identify for who a person is, track for what they did, page for web views, screen for app views, group for companies, alias for merging ids, batch for several calls. Where a thing has a tool of its own, use that one. Not allowed unless an operator changes it: deleting people or groups. Results: accepted = validated and taken; an error says whether anything was stored. Claim no more."
    )
