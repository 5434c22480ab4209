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
            "description": "Create or update a person and set traits.",
            "parameters": {
                "properties": {
                    "user_id": {"description": "Id or e-mail of the person", "type": "string"},
                    "anonymous_id": {"description": "Id of an unknown visitor", "type": "string"},
                    "traits": {
                        "description": 'JSON object: {"email":"ada@example.com","plan":"pro"}',
                        "type": "string",
                    },
                    "timestamp": {"description": "When, ISO 8601; empty for now", "type": "string"},
                    "other_fields": {"description": "JSON object: context, integrations, messageId", "type": "string"},
                },
                "type": "object",
            },
        }
    )


def test_track() -> None:
    assert definition("track") == snapshot(
        {
            "description": "Record what a person did.",
            "parameters": {
                "properties": {
                    "user_id": {"description": "Id or e-mail of the person", "type": "string"},
                    "anonymous_id": {"description": "Id of an unknown visitor", "type": "string"},
                    "event": {"description": "Name of what happened, such as Order Completed", "type": "string"},
                    "properties": {"type": "string", "description": 'JSON object: {"total":20}'},
                    "timestamp": {"description": "When, ISO 8601; empty for now", "type": "string"},
                    "other_fields": {"description": "JSON object: context, integrations, messageId", "type": "string"},
                },
                "required": ["event"],
                "type": "object",
            },
        }
    )


def test_page() -> None:
    assert definition("page") == snapshot(
        {
            "description": "Record that a person viewed a web page.",
            "parameters": {
                "properties": {
                    "user_id": {"description": "Id or e-mail of the person", "type": "string"},
                    "anonymous_id": {"description": "Id of an unknown visitor", "type": "string"},
                    "name": {"description": "Name of the page", "type": "string"},
                    "url": {"description": "Full address", "type": "string"},
                    "title": {"description": "Its title", "type": "string"},
                    "properties": {"type": "string", "description": "JSON object of other details"},
                    "timestamp": {"description": "When, ISO 8601; empty for now", "type": "string"},
                    "other_fields": {"description": "JSON object: context, integrations, messageId", "type": "string"},
                },
                "type": "object",
            },
        }
    )


def test_screen() -> None:
    assert definition("screen") == snapshot(
        {
            "description": "Record that a person viewed a screen of an app.",
            "parameters": {
                "properties": {
                    "user_id": {"description": "Id or e-mail of the person", "type": "string"},
                    "anonymous_id": {"description": "Id of an unknown visitor", "type": "string"},
                    "name": {"description": "Name of the screen", "type": "string"},
                    "properties": {"type": "string", "description": "JSON object of details"},
                    "timestamp": {"description": "When, ISO 8601; empty for now", "type": "string"},
                    "other_fields": {"description": "JSON object: context, integrations, messageId", "type": "string"},
                },
                "required": ["name"],
                "type": "object",
            },
        }
    )


def test_group() -> None:
    assert definition("group") == snapshot(
        {
            "description": "Create or update a group (company, course, …); with a person, add them to it.",
            "parameters": {
                "properties": {
                    "group_id": {"description": "Your id of the group", "type": "string"},
                    "object_type_id": {
                        "description": 'Digits; default "1"',
                        "type": "string",
                    },
                    "traits": {"description": 'JSON object: {"name":"Acme"}', "type": "string"},
                    "user_id": {"description": "Id or e-mail of the person", "type": "string"},
                    "anonymous_id": {"description": "Id of an unknown visitor", "type": "string"},
                    "relationship": {
                        "description": 'JSON object about person and group: {"role":"admin"}',
                        "type": "string",
                    },
                    "timestamp": {"description": "When, ISO 8601; empty for now", "type": "string"},
                    "other_fields": {"description": "JSON object: context, integrations, messageId", "type": "string"},
                },
                "required": ["group_id"],
                "type": "object",
            },
        }
    )


def test_alias() -> None:
    assert definition("alias") == snapshot(
        {
            "description": "Merge a person's previous id into another; treat it as irreversible.",
            "parameters": {
                "properties": {
                    "previous_id": {"description": "Id to give up", "type": "string"},
                    "user_id": {"description": "Id to keep", "type": "string"},
                    "other_fields": {"description": "JSON object: context, integrations, messageId", "type": "string"},
                },
                "required": ["previous_id", "user_id"],
                "type": "object",
            },
        }
    )


def test_batch() -> None:
    assert definition("batch") == snapshot(
        {
            "description": "Send several calls at once, in order: identify, track, page, screen, group, alias.",
            "parameters": {
                "properties": {
                    "calls": {
                        "description": 'JSON list: [{"type":"identify","userId":"ada","traits":{"plan":"pro"}},{"type":"track","userId":"ada","event":"Signed Up","timestamp":"…"}]',
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
            "description": "Subscribe a person to, or unsubscribe them from, one topic, one channel or everything; the rest stays.",
            "parameters": {
                "properties": {
                    "user_id": {"description": "Id or e-mail of the person", "type": "string"},
                    "what": {"enum": ["topic", "channel", "everything"], "type": "string"},
                    "name": {
                        "description": "Topic id such as topic_1, or channel: email, sms, push, in_app, whatsapp, slack, line, inbox",
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
                    "user_id": {"description": "Id or e-mail of the person", "type": "string"},
                    "token": {"description": "Its push token", "type": "string"},
                    "platform": {"enum": ["ios", "android"], "type": "string"},
                    "attributes": {"description": "JSON object about the device", "type": "string"},
                    "other_fields": {"description": "JSON object: context, integrations, messageId", "type": "string"},
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
                    "user_id": {"description": "Id or e-mail of the person", "type": "string"},
                    "token": {"description": "Its push token", "type": "string"},
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
                    "user_id": {"description": "Id or e-mail of the person", "type": "string"},
                    "object_id": {"description": "Id of the object (group)", "type": "string"},
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
                "properties": {"user_id": {"description": "Id or e-mail of the person", "type": "string"}},
                "required": ["user_id"],
                "type": "object",
            },
        }
    )


def test_delete_person() -> None:
    assert definition("delete_person") == snapshot(
        {
            "description": "Delete a person for good; irreversible.",
            "parameters": {
                "properties": {"user_id": {"description": "Id or e-mail of the person", "type": "string"}},
                "required": ["user_id"],
                "type": "object",
            },
        }
    )


def test_suppress_person() -> None:
    assert definition("suppress_person") == snapshot(
        {
            "description": "Delete a person for good and block the id; irreversible.",
            "parameters": {
                "properties": {"user_id": {"description": "Id or e-mail of the person", "type": "string"}},
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
                    "object_id": {"description": "Id of the object (group)", "type": "string"},
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
            "description": "Create or update a person and set traits.",
            "parameters": {
                "properties": {
                    "traits": {
                        "description": 'JSON object: {"email":"ada@example.com","plan":"pro"}',
                        "type": "string",
                    },
                    "timestamp": {"description": "When, ISO 8601; empty for now", "type": "string"},
                    "other_fields": {"description": "JSON object: context, integrations, messageId", "type": "string"},
                },
                "type": "object",
            },
        }
    )


def test_instructions() -> None:
    assert CustomerioPipelinesToolkit(style="typed").instructions() == snapshot(
        "The customerio tools write to Customer.io. They read nothing and send no messages. Use identify for who a person is, track for what they did, page for web views, screen for app views, group for companies, alias to merge ids, batch for several calls. Where a thing has a tool of its own, use that one instead. They delete nobody. Results: accepted = the API took it; received = no proof that it was kept; an error = not stored, unless it says that it may have been. Claim no more than that."
    )
