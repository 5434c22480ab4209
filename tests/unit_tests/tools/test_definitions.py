"""Every definition that a model sees, word for word: a changed prompt is a visible change here.

`pytest --inline-snapshot=fix` writes the new wording down.
"""

# ruff: noqa: E501 - what a model reads stands here as it is

from __future__ import annotations

from typing import Any

from inline_snapshot import snapshot
from langchain_core.utils.function_calling import convert_to_openai_tool

from langchain_customerio import CustomerioPipelinesToolkit, Policy
from tests.cases import ALIAS, BATCH, GROUP, IDENTIFY, PAGE, SCREEN, TRACK, Case


def definition(case: Case) -> dict[str, Any]:
    """Return the definition of a tool as OpenAI's function JSON has it, which is the model's whole view of it."""
    found = convert_to_openai_tool(case.make_tool())
    assert found["type"] == "function"
    function: dict[str, Any] = found["function"]
    return function


def test_identify() -> None:
    assert definition(IDENTIFY) == snapshot(
        {
            "name": "customerio_identify_person_and_assign_traits",
            "description": 'Create or update a person; null clears a trait. Consent traits: all "unsubscribed": true; one topic "cio_subscription_preferences.topics.topic_1": false; one channel ".channels.email": false. Both ids make a visitor known.',
            "parameters": {
                "properties": {
                    "mode": {
                        "enum": ["get_request_schema", "execute"],
                        "type": "string",
                    },
                    "enable_strict_validation": {
                        "description": 'Use "1": validated. Otherwise unproven',
                        "type": "string",
                    },
                    "request_body": {
                        "description": 'JSON such as {"userId":"ada","traits":{"email":"ada@example.com","plan":"pro"}}. Also anonymousId, timestamp, context, integrations {"All":false}; max 32 kB',
                        "type": "string",
                    },
                },
                "required": ["mode"],
                "type": "object",
            },
        }
    )


def test_track() -> None:
    assert definition(TRACK) == snapshot(
        {
            "name": "customerio_track_user_event",
            "description": 'Record what a person did. Some event names act instead: schema mode with request_body "event" lists them.',
            "parameters": {
                "properties": {
                    "mode": {
                        "enum": ["get_request_schema", "execute"],
                        "type": "string",
                    },
                    "enable_strict_validation": {
                        "description": 'Use "1": validated. Otherwise unproven',
                        "type": "string",
                    },
                    "request_body": {
                        "description": 'JSON such as {"userId":"ada","event":"Order Completed","properties":{"total":20}}. Also anonymousId, timestamp, context, integrations {"All":false}; max 32 kB',
                        "type": "string",
                    },
                },
                "required": ["mode"],
                "type": "object",
            },
        }
    )


def test_page() -> None:
    assert definition(PAGE) == snapshot(
        {
            "name": "customerio_send_page_view_event",
            "description": "Record that a person or visitor viewed a web page.",
            "parameters": {
                "properties": {
                    "mode": {
                        "enum": ["get_request_schema", "execute"],
                        "type": "string",
                    },
                    "enable_strict_mode": {
                        "description": 'Use "1": validated. Otherwise unproven',
                        "type": "string",
                    },
                    "request_body": {
                        "description": 'JSON such as {"userId":"ada","name":"Pricing","properties":{"url":"https://example.com/pricing","title":"Pricing"}}. Also anonymousId, timestamp, context, integrations {"All":false}; max 32 kB',
                        "type": "string",
                    },
                },
                "required": ["mode"],
                "type": "object",
            },
        }
    )


def test_screen() -> None:
    assert definition(SCREEN) == snapshot(
        {
            "name": "customerio_send_screen_view_event",
            "description": "Record that a person or visitor viewed an app screen.",
            "parameters": {
                "properties": {
                    "mode": {
                        "enum": ["get_request_schema", "execute"],
                        "type": "string",
                    },
                    "enable_strict_validation": {
                        "description": 'Use "1": validated. Otherwise unproven',
                        "type": "string",
                    },
                    "request_body": {
                        "description": 'JSON such as {"userId":"ada","name":"Settings","properties":{"tab":"billing"}}. Also anonymousId, timestamp, context, integrations {"All":false}; max 32 kB',
                        "type": "string",
                    },
                },
                "required": ["mode"],
                "type": "object",
            },
        }
    )


def test_group() -> None:
    assert definition(GROUP) == snapshot(
        {
            "name": "customerio_add_to_group",
            "description": 'Create or update a group (company, course, …); userId is optional and joins it. To remove a person, track "Relationship Deleted" with properties.objectId.',
            "parameters": {
                "properties": {
                    "mode": {
                        "enum": ["get_request_schema", "execute"],
                        "type": "string",
                    },
                    "enable_strict_validation": {
                        "description": 'Use "1": validated. Otherwise unproven',
                        "type": "string",
                    },
                    "request_body": {
                        "description": 'JSON such as {"groupId":"acme","userId":"ada","traits":{"objectTypeId":"1","name":"Acme","relationshipAttributes":{"role":"admin"}}}. Also anonymousId, timestamp, context, integrations {"All":false}; max 32 kB',
                        "type": "string",
                    },
                },
                "required": ["mode"],
                "type": "object",
            },
        }
    )


def test_alias() -> None:
    assert definition(ALIAS) == snapshot(
        {
            "name": "customerio_alias_user_identity",
            "description": "Merge two ids of a person; treat it as irreversible. A visitor becomes known by identify with both ids instead.",
            "parameters": {
                "properties": {
                    "mode": {
                        "enum": ["get_request_schema", "execute"],
                        "type": "string",
                    },
                    "enable_strict_validation": {
                        "description": 'Use "1": validated. Otherwise unproven',
                        "type": "string",
                    },
                    "request_body": {
                        "description": 'JSON such as {"previousId":"visitor-7","userId":"ada"}. Max 32 kB',
                        "type": "string",
                    },
                },
                "required": ["mode"],
                "type": "object",
            },
        }
    )


def test_batch() -> None:
    assert definition(BATCH) == snapshot(
        {
            "name": "customerio_send_batch_requests",
            "description": 'Send several calls in order. Each is a single tool\'s body plus "type": identify, track, page, screen, group, alias.',
            "parameters": {
                "properties": {
                    "mode": {
                        "enum": ["get_request_schema", "execute"],
                        "type": "string",
                    },
                    "enable_strict_mode": {
                        "description": 'Use "1": validated. Otherwise unproven',
                        "type": "string",
                    },
                    "request_body": {
                        "description": 'JSON such as {"batch":[{"type":"identify","userId":"ada","traits":{"plan":"pro"}},{"type":"track","userId":"ada","event":"Signed Up"}]}. Max 32 kB each',
                        "type": "string",
                    },
                },
                "required": ["mode"],
                "type": "object",
            },
        }
    )


def test_instructions() -> None:
    assert CustomerioPipelinesToolkit().instructions() == snapshot(
        'The customerio tools write to Customer.io. They read nothing and send no messages. Use identify for who a person is, track for what they did, page for web views, screen for app views, group for companies, alias for merging ids, batch for several calls. Mode "execute" sends request_body; "get_request_schema" shows its fields. Set the strict flag to "1", or success is unproven. Not allowed unless an operator changes it: deleting people or groups. Results: accepted = validated and taken; received = not validated, so unproven; an error says whether anything was stored. Claim no more.'
    )


def test_instructions_of_a_toolkit_that_is_strict_bound_to_a_person_and_dry() -> None:
    kit = CustomerioPipelinesToolkit(strict=True, tools=("track",), policy=Policy(person="ada", dry_run=True))
    assert kit.instructions() == snapshot(
        'The customerio tools write to Customer.io. They read nothing and send no messages. Mode "execute" sends request_body; "get_request_schema" shows its fields. Not allowed unless an operator changes it: deleting people or groups, merging ids. Trial set-up: nothing is sent, and you cannot change that. Acts for "ada" alone: leave out user ids. Claim nothing as done.'
    )
