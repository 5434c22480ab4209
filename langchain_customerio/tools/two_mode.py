"""The seven two-mode tools: each shows the schema of its endpoint's body, or sends one."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import orjson
from langchain_core.tools import ArgsSchema  # noqa: TC002 - pydantic reads it
from pydantic import BeforeValidator, Field, WithJsonSchema, create_model
from typing_extensions import override

from langchain_customerio.api.calls import Alias, Batch, Call, Group, Identify, Page, Screen, Track
from langchain_customerio.api.fields import refuse, type_name
from langchain_customerio.api.schemas import describe
from langchain_customerio.api.semantic_events import ACTING_EVENTS
from langchain_customerio.errors import InvalidRequestError, Problem
from langchain_customerio.tools.arguments import Arguments, Text, optional
from langchain_customerio.tools.base import CustomerioTool, Request
from langchain_customerio.tools.json_repair import read_body

if TYPE_CHECKING:
    from langchain_customerio.api.semantic_events import ActingEvent
    from langchain_customerio.tools.results import Answer


class ToolMode(StrEnum):
    """What a two-mode tool is asked to do."""

    GET_REQUEST_SCHEMA = "get_request_schema"
    """Show what the body looks like; needs no key and sends nothing."""

    EXECUTE = "execute"
    """Validate the body, ask the policy, and send it."""


STRICT_FLAGS = ("enable_strict_validation", "enable_strict_mode")
"""The two spellings of the strict argument; each tool declares one and accepts both."""

_PART = re.compile(r"[\w./]{1,60}")
_ON = frozenset({"1", "true"})
_OFF = frozenset({"", "0", "false", "none", "null", "no", "off"})


def _mode(value: object) -> object:
    folded = value.strip().lower().replace("-", "_").replace(" ", "_") if isinstance(value, str) else value
    if folded not in list(ToolMode):  # a list, because a model may send what has no hash
        found = "other text" if isinstance(value, str) else type_name(value)
        raise refuse(f"needs {' or '.join(ToolMode)}, found {found}")
    return folded


_MODES = {"type": "string", "enum": [mode.value for mode in ToolMode]}
_Mode = Annotated[ToolMode, BeforeValidator(_mode), WithJsonSchema(_MODES)]


class TwoModeArguments(Arguments):
    """What all two-mode tools take, but for the name of the strict flag."""

    hint: ClassVar[str] = "fields of the call go inside request_body"

    @classmethod
    @override
    def renamed(cls, data: dict[str, Any]) -> dict[str, Any]:
        own, other = sorted(STRICT_FLAGS, key=lambda flag: flag not in cls.model_fields)
        if other not in data:
            return data
        return {own: data[other], **{key: value for key, value in data.items() if key != other}}


def two_mode_arguments(call: type[Call], flag: str) -> type[TwoModeArguments]:
    """Build the argument schema of a tool: flat and of strings only, which every provider passes on unchanged."""
    example = orjson.dumps(call.example).decode()
    fields: dict[str, Any] = {
        "mode": (_Mode, Field(description="Show the body's schema, or send it")),
        flag: (Text, optional('Send "1": the API checks the call. Else 200 proves nothing')),
        "request_body": (Text, optional(f"To execute: JSON such as {example}")),
    }
    return create_model(f"{call.__name__}Arguments", __base__=TwoModeArguments, **fields)


class PipelinesTool(CustomerioTool):
    """A tool over one endpoint, with two modes."""

    def request(self, arguments: dict[str, Any]) -> Request | Answer:
        """Show the schema, or read the body to be sent."""
        body = arguments["request_body"]
        if arguments["mode"] is ToolMode.GET_REQUEST_SCHEMA:
            return self._schema(body)
        if body is None or body in ("", {}):
            message = 'is required to execute; mode "get_request_schema" shows its fields'
            raise InvalidRequestError(problems=(Problem("request_body", message),))
        corrections: list[str] = []
        flag = next(name for name in STRICT_FLAGS if name in arguments)
        word = str(arguments[flag]).strip().lower()
        ignored = () if word in _ON | _OFF else (f'{flag}: not recognised, so it was not strict; send "1"',)
        return Request(self._body(body, corrections), word in _ON, corrections, ignored)

    def _body(self, given: object, corrections: list[str]) -> object:
        """Read the body; a bare list can only mean the calls of a batch, and may be long to write again."""
        body = read_body(given, corrections)
        if not isinstance(body, list) or self.call_type is not Batch:
            return body
        corrections.append('request_body: list put under "batch"')
        return {"batch": body}

    def _schema(self, body: object) -> Answer:
        """Answer `get_request_schema`; a body names a part to show, and is otherwise not used."""
        part = str(body or "").strip().strip("\"'")
        try:
            answer = describe(self.call_type, part)
        except InvalidRequestError as error:
            note = 'request_body was not sent and names no part; mode "execute" sends it'
            if _PART.fullmatch(part):
                note = error.problems[0].message
            answer = {**describe(self.call_type), "note": note}
        if "part" in answer and part.rpartition(".")[2] == "event":
            answer["acting_events"] = self._acting_events()
        return answer, answer

    def _acting_events(self) -> dict[str, str]:
        """Return what each acting event does and needs, and whether the policy allows it."""
        return {
            event.name: f"{event.effect}; needs {_needs_of(event)}"
            + (' (and properties.objectTypeId unless "1")' if "properties.objectId" in event.payload else "")
            + (". Not allowed here" if event.irreversible and not self.policy.allows_event(event.name) else "")
            for event in ACTING_EVENTS.values()
        }


def _needs_of(event: ActingEvent) -> str:
    who = "anonymousId (any text will do)" if event.identity == "anonymousId" else event.identity
    return ", ".join(filter(None, (who, *event.payload)))


class IdentifyPersonAndAssignTraits(PipelinesTool):
    """Create or update a person and set their traits."""

    name: str = "customerio_identify_person_and_assign_traits"
    description: str = (
        "Create or update a person in Customer.io and set traits, such as e-mail and plan. Get the schema before"
        " changing subscriptions."
    )
    args_schema: ArgsSchema = two_mode_arguments(Identify, "enable_strict_validation")
    call_type: ClassVar[type[Call]] = Identify


class TrackUserEvent(PipelinesTool):
    """Record what a person did."""

    name: str = "customerio_track_user_event"
    description: str = (
        "Record in Customer.io what a person did. Some event names act: they delete, add devices or end relationships;"
        ' get_request_schema with request_body "event" lists them.'
    )
    args_schema: ArgsSchema = two_mode_arguments(Track, "enable_strict_validation")
    call_type: ClassVar[type[Call]] = Track


class SendPageViewEvent(PipelinesTool):
    """Record that a person viewed a web page."""

    name: str = "customerio_send_page_view_event"
    description: str = "Record in Customer.io that a person viewed a web page."
    args_schema: ArgsSchema = two_mode_arguments(Page, "enable_strict_mode")
    call_type: ClassVar[type[Call]] = Page


class SendScreenViewEvent(PipelinesTool):
    """Record that a person viewed a screen of an app."""

    name: str = "customerio_send_screen_view_event"
    description: str = "Record in Customer.io that a person viewed a screen of a mobile app."
    args_schema: ArgsSchema = two_mode_arguments(Screen, "enable_strict_validation")
    call_type: ClassVar[type[Call]] = Screen


class AddToGroup(PipelinesTool):
    """Create or update a group, such as a company, and add a person to it."""

    name: str = "customerio_add_to_group"
    description: str = (
        "Create or update a group (company, course, …) in Customer.io and add a person to it. To remove one, track"
        " Relationship Deleted."
    )
    args_schema: ArgsSchema = two_mode_arguments(Group, "enable_strict_validation")
    call_type: ClassVar[type[Call]] = Group


class AliasUserIdentity(PipelinesTool):
    """Merge one id of a person into another; treat it as irreversible."""

    name: str = "customerio_alias_user_identity"
    description: str = "Merge a person's previous id into another in Customer.io. Treat it as irreversible."
    args_schema: ArgsSchema = two_mode_arguments(Alias, "enable_strict_validation")
    call_type: ClassVar[type[Call]] = Alias


class SendBatchRequests(PipelinesTool):
    """Send several calls at once, in order."""

    name: str = "customerio_send_batch_requests"
    description: str = "Send several Customer.io calls at once, in order: identify, track, page, screen, group, alias."
    args_schema: ArgsSchema = two_mode_arguments(Batch, "enable_strict_mode")
    call_type: ClassVar[type[Call]] = Batch


TWO_MODE_TOOLS: tuple[type[PipelinesTool], ...] = (
    IdentifyPersonAndAssignTraits,
    TrackUserEvent,
    SendPageViewEvent,
    SendScreenViewEvent,
    AddToGroup,
    AliasUserIdentity,
    SendBatchRequests,
)

_DOCUMENTATION = """{summary}

    Sends `POST /{kind}` of the Pipelines API.

    Setup:
        Install `langchain-customerio`, and set `CUSTOMERIO_API_KEY` to the key of a source.

    Instantiation:
        >>> from langchain_customerio import {tool}
        >>> from langchain_customerio.sandbox import Sandbox
        >>> tool = {tool}(client=Sandbox().client())

        Without `client`, the first call builds one from the environment.

    Invocation with args:
        >>> tool.invoke({{"mode": "get_request_schema"}})["example"]
        {example}
        >>> body = {body!r}
        >>> tool.invoke({{"mode": "execute", "request_body": body, "{flag}": "1"}})["status"]
        'accepted'

    Invocation with ToolCall:
        >>> args = {{"mode": "execute", "request_body": body}}
        >>> message = tool.invoke({{"type": "tool_call", "id": "call-1", "name": tool.name, "args": args}})
        >>> message.status, message.artifact.status
        ('success', 'received')
    """


def _documentation(tool: type[PipelinesTool]) -> str:
    """Return a tool's first line followed by what the tools have in common, with its own names and example."""
    arguments = tool.model_fields["args_schema"].default.model_fields
    return _DOCUMENTATION.format(
        summary=tool.__doc__,
        tool=tool.__name__,
        kind=tool.call_type.kind,
        flag=next(flag for flag in STRICT_FLAGS if flag in arguments),
        example=tool.call_type.example,
        body=orjson.dumps(tool.call_type.example).decode(),
    )


for _tool in TWO_MODE_TOOLS:
    _tool.__doc__ = _documentation(_tool)
