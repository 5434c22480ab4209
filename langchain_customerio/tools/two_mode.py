"""The seven two-mode tools: each shows the schema of its endpoint's body, or sends one."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final

import orjson
from langchain_core.tools import ArgsSchema  # noqa: TC002 - pydantic reads it
from pydantic import BeforeValidator, Field, WithJsonSchema, create_model
from typing_extensions import override

from langchain_customerio.api.calls import Alias, Batch, Call, Group, Identify, Page, Screen, Track
from langchain_customerio.api.endpoints import ENDPOINTS, STRICT_FLAGS
from langchain_customerio.api.fields import refuse
from langchain_customerio.api.schemas import describe
from langchain_customerio.errors import InvalidRequestError, Problem
from langchain_customerio.policy.policy import Policy
from langchain_customerio.text import type_name
from langchain_customerio.tools.arguments import Arguments, Text, optional
from langchain_customerio.tools.base import CustomerioTool
from langchain_customerio.tools.definitions import (
    acting_event,
    acting_events,
    body_description,
    example_of,
    flag_description,
    schema_under,
    summary_of,
)
from langchain_customerio.tools.json_repair import read_body
from langchain_customerio.tools.prepare import ToolRequest

if TYPE_CHECKING:
    from langchain_customerio.tools.results import ToolOutput


class ToolMode(StrEnum):
    """What a two-mode tool is asked to do."""

    GET_REQUEST_SCHEMA = "get_request_schema"
    """Show what the body looks like; needs no key and sends nothing."""

    EXECUTE = "execute"
    """Validate the body, ask the policy, and send it."""


_PART: Final = re.compile(r"[\w./ ]{1,60}")
_WITH_EVENTS: Final = {"": "track", "track.": "batch"}
"""Which call shows an event under which beginning of a path."""
_ON: Final = frozenset({"1", "true"})
_OFF: Final = frozenset({"", "0", "false", "none", "null", "no", "off"})


def _mode(value: object) -> object:
    folded = value.strip().lower().replace("-", "_").replace(" ", "_") if isinstance(value, str) else value
    if folded not in list(ToolMode):  # a list, because a model may send what has no hash
        found = "other text" if isinstance(value, str) else type_name(value)
        raise refuse("needs", needed=" or ".join(ToolMode), found=found)
    return folded


_MODES: Final = {"type": "string", "enum": [mode.value for mode in ToolMode]}
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


@cache
def two_mode_arguments(call: type[Call], flag: str, body: str) -> type[TwoModeArguments]:
    """Build the argument schema of a tool: flat and of strings only, which every provider passes on unchanged.

    Args:
        call: The call that the tool makes.
        flag: What is said of its strict flag.
        body: What is said of its body.
    """
    fields: dict[str, Any] = {
        "mode": (_Mode, Field()),
        ENDPOINTS[call.kind].flag: (Text, optional(flag)),
        "request_body": (Text, optional(body)),
    }
    return create_model(f"{call.__name__}Arguments", __base__=TwoModeArguments, **fields)


def _by_default(call: type[Call]) -> type[TwoModeArguments]:
    return two_mode_arguments(call, flag_description(None), body_description(call, Policy()))


class PipelinesTool(CustomerioTool):
    """A tool over one endpoint, with two modes."""

    same_id: ClassVar[str] = '"messageId": "{id}" in request_body'
    shows_http: ClassVar[bool] = True

    @override
    def describe(self, policy: Policy) -> tuple[str, Any]:
        call, said, arguments = self.call_type, self.description, self.args_schema
        if said == ENDPOINTS[call.kind].summary:
            said = summary_of(call, said, policy)
        if arguments is _by_default(call):
            arguments = two_mode_arguments(call, flag_description(self.strict), body_description(call, policy))
        return said, arguments

    @override
    def examples(self, policy: Policy) -> list[dict[str, Any]]:
        body = orjson.dumps(example_of(self.call_type, policy)).decode()
        flag = {} if self.strict is not None else {ENDPOINTS[self.call_type.kind].flag: "1"}
        return [{"mode": ToolMode.EXECUTE.value, **flag, "request_body": body}]

    @override
    def request(self, arguments: dict[str, Any], policy: Policy) -> ToolRequest | ToolOutput:
        """Show the schema, or read the body to be sent."""
        body = arguments["request_body"]
        if arguments["mode"] is ToolMode.GET_REQUEST_SCHEMA:
            return self._schema(body, policy)
        if body is None or body in ("", {}):
            raise InvalidRequestError(problems=(Problem("empty_body", ("request_body",)),))
        corrections: list[Problem] = []
        flag = next(name for name in STRICT_FLAGS if name in arguments)
        word = str(arguments[flag]).strip().lower()
        ignored = () if word in _ON | _OFF else (Problem("strict_unknown", (flag,)),)
        return ToolRequest(self._body(body, corrections), word in _ON, corrections, ignored)

    def _body(self, given: object, corrections: list[Problem]) -> object:
        """Read the body; a bare list can only mean the calls of a batch, and may be long to write again."""
        most = _MOST_BATCH if self.call_type is Batch else _MOST_CALL
        body = read_body(given, corrections, most=most)
        if not isinstance(body, list) or self.call_type is not Batch:
            return body
        corrections.append(Problem("list_in_batch", ("request_body",)))
        return {"batch": body}

    def _schema(self, body: object, policy: Policy) -> ToolOutput:
        """Answer `get_request_schema`; a body names a part to show, and is otherwise not used."""
        part = str(body or "").strip().strip("\"'")
        prefix, _, event = part.partition("event.")
        try:
            if event and _WITH_EVENTS.get(prefix) == self.call_type.kind:
                answer: dict[str, Any] = {"part": part, "event": acting_event(event.strip(), policy)}
            else:
                answer = describe(self.call_type, part)
                if "request_body_schema" in answer and not part:
                    answer = schema_under(answer, self.call_type, policy)
        except InvalidRequestError as error:
            if _PART.fullmatch(part):
                answer = {"note": f"{error.problems[0]}. Without request_body, you get the whole schema"}
            else:
                note = 'request_body was not sent and does not name a part; mode "execute" sends it'
                answer = {**schema_under(describe(self.call_type), self.call_type, policy), "note": note}
        if "part_schema" in answer and part.rpartition(".")[2] == "event":
            answer |= acting_events(policy)
        return answer, answer


_MOST_CALL: Final = 250_000
_MOST_BATCH: Final = 5_000_000
"""Characters of a body that are read: more than the API's limits with every character escaped and indented."""


class IdentifyPersonAndAssignTraits(PipelinesTool):
    """Create or update a person and set their traits: `POST /identify`.

    Setup:
        Install `langchain-customerio`, and set `CUSTOMERIO_API_KEY` to the key of a source.

    Instantiation:
        >>> from langchain_customerio import IdentifyPersonAndAssignTraits
        >>> from langchain_customerio.sandbox import Sandbox
        >>> tool = IdentifyPersonAndAssignTraits(client=Sandbox().client())

        Without `client`, the first call builds one from the environment.

    Invocation with args:
        >>> tool.invoke({"mode": "get_request_schema"})["example"]
        {'userId': 'ada', 'traits': {'email': 'ada@example.com', 'plan': 'pro'}}
        >>> body = '{"userId": "ada", "traits": {"plan": "pro"}}'
        >>> tool.invoke({"mode": "execute", "request_body": body, "enable_strict_validation": "1"})["status"]
        'accepted'

    Invocation with ToolCall:
        >>> args = {"mode": "execute", "request_body": body}
        >>> message = tool.invoke({"type": "tool_call", "id": "call-1", "name": tool.name, "args": args})
        >>> message.status, message.artifact.status
        ('success', 'received')
    """

    name: str = ENDPOINTS["identify"].tool
    description: str = ENDPOINTS["identify"].summary
    args_schema: ArgsSchema = _by_default(Identify)
    call_type: ClassVar[type[Call]] = Identify


class TrackUserEvent(PipelinesTool):
    """Record what a person did: `POST /track`.

    Setup:
        Install `langchain-customerio`, and set `CUSTOMERIO_API_KEY` to the key of a source.

    Instantiation:
        >>> from langchain_customerio import TrackUserEvent
        >>> from langchain_customerio.sandbox import Sandbox
        >>> tool = TrackUserEvent(client=Sandbox().client())

        Without `client`, the first call builds one from the environment.

    Invocation with args:
        >>> tool.invoke({"mode": "get_request_schema"})["example"]
        {'userId': 'ada', 'event': 'Order Completed', 'properties': {'total': 20}}
        >>> body = '{"userId": "ada", "event": "Signed Up"}'
        >>> tool.invoke({"mode": "execute", "request_body": body, "enable_strict_validation": "1"})["status"]
        'accepted'

    Invocation with ToolCall:
        >>> args = {"mode": "execute", "request_body": body}
        >>> message = tool.invoke({"type": "tool_call", "id": "call-1", "name": tool.name, "args": args})
        >>> message.status, message.artifact.status
        ('success', 'received')
    """

    name: str = ENDPOINTS["track"].tool
    description: str = ENDPOINTS["track"].summary
    args_schema: ArgsSchema = _by_default(Track)
    call_type: ClassVar[type[Call]] = Track


class SendPageViewEvent(PipelinesTool):
    """Record that a person viewed a web page: `POST /page`.

    Setup:
        Install `langchain-customerio`, and set `CUSTOMERIO_API_KEY` to the key of a source.

    Instantiation:
        >>> from langchain_customerio import SendPageViewEvent
        >>> from langchain_customerio.sandbox import Sandbox
        >>> tool = SendPageViewEvent(client=Sandbox().client())

        Without `client`, the first call builds one from the environment.

    Invocation with args:
        >>> tool.invoke({"mode": "get_request_schema"})["example"]
        {'userId': 'ada', 'name': 'Pricing', 'properties': {'url': 'https://example.com/pricing', ...
        >>> body = '{"userId": "ada", "name": "Pricing"}'
        >>> tool.invoke({"mode": "execute", "request_body": body, "enable_strict_mode": "1"})["status"]
        'accepted'

    Invocation with ToolCall:
        >>> args = {"mode": "execute", "request_body": body}
        >>> message = tool.invoke({"type": "tool_call", "id": "call-1", "name": tool.name, "args": args})
        >>> message.status, message.artifact.status
        ('success', 'received')
    """

    name: str = ENDPOINTS["page"].tool
    description: str = ENDPOINTS["page"].summary
    args_schema: ArgsSchema = _by_default(Page)
    call_type: ClassVar[type[Call]] = Page


class SendScreenViewEvent(PipelinesTool):
    """Record that a person viewed a screen of an app: `POST /screen`.

    Setup:
        Install `langchain-customerio`, and set `CUSTOMERIO_API_KEY` to the key of a source.

    Instantiation:
        >>> from langchain_customerio import SendScreenViewEvent
        >>> from langchain_customerio.sandbox import Sandbox
        >>> tool = SendScreenViewEvent(client=Sandbox().client())

        Without `client`, the first call builds one from the environment.

    Invocation with args:
        >>> tool.invoke({"mode": "get_request_schema"})["example"]
        {'userId': 'ada', 'name': 'Settings', 'properties': {'tab': 'billing'}}
        >>> body = '{"userId": "ada", "name": "Settings"}'
        >>> tool.invoke({"mode": "execute", "request_body": body, "enable_strict_validation": "1"})["status"]
        'accepted'

    Invocation with ToolCall:
        >>> args = {"mode": "execute", "request_body": body}
        >>> message = tool.invoke({"type": "tool_call", "id": "call-1", "name": tool.name, "args": args})
        >>> message.status, message.artifact.status
        ('success', 'received')
    """

    name: str = ENDPOINTS["screen"].tool
    description: str = ENDPOINTS["screen"].summary
    args_schema: ArgsSchema = _by_default(Screen)
    call_type: ClassVar[type[Call]] = Screen


class AddToGroup(PipelinesTool):
    """Create or update a group, such as a company, and add a person to it: `POST /group`.

    Setup:
        Install `langchain-customerio`, and set `CUSTOMERIO_API_KEY` to the key of a source.

    Instantiation:
        >>> from langchain_customerio import AddToGroup
        >>> from langchain_customerio.sandbox import Sandbox
        >>> tool = AddToGroup(client=Sandbox().client())

        Without `client`, the first call builds one from the environment.

    Invocation with args:
        >>> tool.invoke({"mode": "get_request_schema"})["example"]
        {'groupId': 'acme', 'userId': 'ada', 'traits': {'objectTypeId': '1', 'name': 'Acme', 'rela...
        >>> body = '{"groupId": "acme", "userId": "ada"}'
        >>> tool.invoke({"mode": "execute", "request_body": body, "enable_strict_validation": "1"})["status"]
        'accepted'

    Invocation with ToolCall:
        >>> args = {"mode": "execute", "request_body": body}
        >>> message = tool.invoke({"type": "tool_call", "id": "call-1", "name": tool.name, "args": args})
        >>> message.status, message.artifact.status
        ('success', 'received')
    """

    name: str = ENDPOINTS["group"].tool
    description: str = ENDPOINTS["group"].summary
    args_schema: ArgsSchema = _by_default(Group)
    call_type: ClassVar[type[Call]] = Group


class AliasUserIdentity(PipelinesTool):
    """Merge one id of a person into another; treat it as irreversible: `POST /alias`.

    Setup:
        Install `langchain-customerio`, and set `CUSTOMERIO_API_KEY` to the key of a source.

    Instantiation:
        >>> from langchain_customerio import AliasUserIdentity
        >>> from langchain_customerio.sandbox import Sandbox
        >>> tool = AliasUserIdentity(client=Sandbox().client())

        Without `client`, the first call builds one from the environment.

    Invocation with args:
        >>> tool.invoke({"mode": "get_request_schema"})["example"]
        {'previousId': 'visitor-7', 'userId': 'ada'}
        >>> body = '{"previousId": "visitor-7", "userId": "ada"}'
        >>> tool.invoke({"mode": "execute", "request_body": body, "enable_strict_validation": "1"})["status"]
        'accepted'

    Invocation with ToolCall:
        >>> args = {"mode": "execute", "request_body": body}
        >>> message = tool.invoke({"type": "tool_call", "id": "call-1", "name": tool.name, "args": args})
        >>> message.status, message.artifact.status
        ('success', 'received')
    """

    name: str = ENDPOINTS["alias"].tool
    description: str = ENDPOINTS["alias"].summary
    args_schema: ArgsSchema = _by_default(Alias)
    call_type: ClassVar[type[Call]] = Alias


class SendBatchRequests(PipelinesTool):
    """Send several calls at once, in order: `POST /batch`.

    Setup:
        Install `langchain-customerio`, and set `CUSTOMERIO_API_KEY` to the key of a source.

    Instantiation:
        >>> from langchain_customerio import SendBatchRequests
        >>> from langchain_customerio.sandbox import Sandbox
        >>> tool = SendBatchRequests(client=Sandbox().client())

        Without `client`, the first call builds one from the environment.

    Invocation with args:
        >>> tool.invoke({"mode": "get_request_schema"})["example"]
        {'batch': [{'type': 'identify', 'userId': 'ada', 'traits': {'plan': 'pro'}}, {'type': 'tra...
        >>> body = '{"batch": [{"type": "identify", "userId": "ada"}]}'
        >>> tool.invoke({"mode": "execute", "request_body": body, "enable_strict_mode": "1"})["status"]
        'accepted'

    Invocation with ToolCall:
        >>> args = {"mode": "execute", "request_body": body}
        >>> message = tool.invoke({"type": "tool_call", "id": "call-1", "name": tool.name, "args": args})
        >>> message.status, message.artifact.status
        ('success', 'received')
    """

    same_id: ClassVar[str] = '"messageId": "{id}" in that item'

    name: str = ENDPOINTS["batch"].tool
    description: str = ENDPOINTS["batch"].summary
    args_schema: ArgsSchema = _by_default(Batch)
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
"""The seven, in the order in which a model best meets them."""
