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
            "description": "Create or update a person in Customer.io and set traits, such as e-mail and plan. Get the schema before changing subscriptions.",
            "parameters": {
                "properties": {
                    "mode": {
                        "description": "Show the body's schema, or send it",
                        "enum": ["get_request_schema", "execute"],
                        "type": "string",
                    },
                    "enable_strict_validation": {
                        "description": 'Send "1": the API checks the call. Else 200 proves nothing',
                        "type": "string",
                    },
                    "request_body": {
                        "description": 'To execute: JSON such as {"userId":"ada","traits":{"email":"ada@example.com","plan":"pro"}}',
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
            "description": 'Record in Customer.io what a person did. Some event names act: they delete, add devices or end relationships; get_request_schema with request_body "event" lists them.',
            "parameters": {
                "properties": {
                    "mode": {
                        "description": "Show the body's schema, or send it",
                        "enum": ["get_request_schema", "execute"],
                        "type": "string",
                    },
                    "enable_strict_validation": {
                        "description": 'Send "1": the API checks the call. Else 200 proves nothing',
                        "type": "string",
                    },
                    "request_body": {
                        "description": 'To execute: JSON such as {"userId":"ada","event":"Order Completed","properties":{"total":20}}',
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
            "description": "Record in Customer.io that a person viewed a web page.",
            "parameters": {
                "properties": {
                    "mode": {
                        "description": "Show the body's schema, or send it",
                        "enum": ["get_request_schema", "execute"],
                        "type": "string",
                    },
                    "enable_strict_mode": {
                        "description": 'Send "1": the API checks the call. Else 200 proves nothing',
                        "type": "string",
                    },
                    "request_body": {
                        "description": 'To execute: JSON such as {"userId":"ada","name":"Pricing","properties":{"url":"https://example.com/pricing","title":"Pricing"}}',
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
            "description": "Record in Customer.io that a person viewed a screen of a mobile app.",
            "parameters": {
                "properties": {
                    "mode": {
                        "description": "Show the body's schema, or send it",
                        "enum": ["get_request_schema", "execute"],
                        "type": "string",
                    },
                    "enable_strict_validation": {
                        "description": 'Send "1": the API checks the call. Else 200 proves nothing',
                        "type": "string",
                    },
                    "request_body": {
                        "description": 'To execute: JSON such as {"userId":"ada","name":"Settings","properties":{"tab":"billing"}}',
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
            "description": "Create or update a group (company, course, …) in Customer.io and add a person to it. To remove one, track Relationship Deleted.",
            "parameters": {
                "properties": {
                    "mode": {
                        "description": "Show the body's schema, or send it",
                        "enum": ["get_request_schema", "execute"],
                        "type": "string",
                    },
                    "enable_strict_validation": {
                        "description": 'Send "1": the API checks the call. Else 200 proves nothing',
                        "type": "string",
                    },
                    "request_body": {
                        "description": 'To execute: JSON such as {"groupId":"acme","userId":"ada","traits":{"objectTypeId":"1","name":"Acme","relationshipAttributes":{"role":"admin"}}}',
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
            "description": "Merge a person's previous id into another in Customer.io. Treat it as irreversible.",
            "parameters": {
                "properties": {
                    "mode": {
                        "description": "Show the body's schema, or send it",
                        "enum": ["get_request_schema", "execute"],
                        "type": "string",
                    },
                    "enable_strict_validation": {
                        "description": 'Send "1": the API checks the call. Else 200 proves nothing',
                        "type": "string",
                    },
                    "request_body": {
                        "description": 'To execute: JSON such as {"previousId":"visitor-7","userId":"ada"}',
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
            "description": "Send several Customer.io calls at once, in order: identify, track, page, screen, group, alias.",
            "parameters": {
                "properties": {
                    "mode": {
                        "description": "Show the body's schema, or send it",
                        "enum": ["get_request_schema", "execute"],
                        "type": "string",
                    },
                    "enable_strict_mode": {
                        "description": 'Send "1": the API checks the call. Else 200 proves nothing',
                        "type": "string",
                    },
                    "request_body": {
                        "description": 'To execute: JSON such as {"batch":[{"type":"identify","userId":"ada","traits":{"plan":"pro"}},{"type":"track","userId":"ada","event":"Signed Up"}]}',
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
        'The customerio tools write to Customer.io. They read nothing and send no messages. Use identify for who a person is, track for what they did, page for web views, screen for app views, group for companies, alias to merge ids, batch for several calls. Call them with mode "execute" and a JSON request_body; mode "get_request_schema" shows its fields. For proof, set the strict flag to "1". They delete nobody. Results: accepted = the API took it; received = no proof that it was kept; an error = not stored, unless it says that it may have been. Claim no more than that.'
    )


def test_instructions_of_a_toolkit_that_is_strict_bound_to_a_person_and_dry() -> None:
    kit = CustomerioPipelinesToolkit(strict=True, tools=("track",), policy=Policy(person="ada", dry_run=True))
    assert kit.instructions() == snapshot(
        'The customerio tools write to Customer.io. They read nothing and send no messages. Call them with mode "execute" and a JSON request_body; mode "get_request_schema" shows its fields. They act for one person: leave out user ids. They delete nobody. This is a dry run: nothing is sent, so claim nothing as done.'
    )
