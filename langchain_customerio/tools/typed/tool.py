"""What a typed tool does with its arguments, and under which policy there is one."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Self

from typing_extensions import override

from langchain_customerio.api.calls import CALLS, Alias, Batch
from langchain_customerio.api.consent import CHANNELS, preference_key
from langchain_customerio.api.semantic_events import ACTING_EVENTS, ActingEvent, resembles
from langchain_customerio.errors import InvalidRequestError, Problem
from langchain_customerio.policy.patterns import allowed
from langchain_customerio.policy.policy import Policy
from langchain_customerio.tools.base import CustomerioTool
from langchain_customerio.tools.prepare import ToolRequest
from langchain_customerio.tools.typed.arguments import REST, Argument, WrongValueError, schema_of
from langchain_customerio.tools.typed.reading import Reading

_WHOM = frozenset({"user_id", "anonymous_id"})


class TypedTool(CustomerioTool):
    """A tool that does one thing."""

    arguments: ClassVar[tuple[Argument, ...]] = ()
    """Its arguments, and where they go in the body."""

    event: ClassVar[str] = ""
    """Name of the acting event that it sends, if it does."""

    @override
    def request(self, arguments: dict[str, Any], policy: Policy) -> ToolRequest:
        """Turn the arguments into a body, or say everything that is wrong with them."""
        exempt = _WHOM if policy.person is not None else ()
        reading = Reading(arguments["given"], self.arguments, self.call_type, exempt)
        for name, value in self._fixed().items():
            if reading.body.setdefault(name, value) != value:
                reading.refuse(Problem("set_by_the_tool", (REST, name)))
        self.finish(reading)
        if reading.problems:
            raise InvalidRequestError(problems=(*reading.problems, *self._more_problems(reading, policy)))
        if not self.event:
            _point_to_the_right_tool(reading.body.get("event"), policy)
        return ToolRequest(reading.body, corrections=reading.notes)

    def finish(self, reading: Reading) -> None:
        """Complete the body with what no argument stands for alone."""

    def _fixed(self) -> dict[str, str]:
        """Return the fields that are the same whatever is asked for; an object is deleted in the name of nobody."""
        nobody = {"anonymousId": "unused"} if self.event == "Object Deleted" else {}
        return {"event": self.event, **nobody} if self.event else {}

    def _more_problems(self, reading: Reading, policy: Policy) -> list[Problem]:
        """Return what else the call would be refused for."""
        known = {problem.field for problem in reading.problems}
        try:
            self.call_type.parse(policy.fill_in(reading.body))
        except InvalidRequestError as error:
            known |= {""} if known & _WHOM else set()  # whom it is about has been asked for
            return [problem for problem in error.problems if self.field_names(problem.field) not in known]
        return []

    @override
    def validates(self, wanted: bool) -> bool:
        return self.strict is not False

    @override
    def _to_args_and_kwargs(
        self, tool_input: str | dict[str, Any], tool_call_id: str | None
    ) -> tuple[tuple[str, ...], dict[str, Any]]:
        """Hand on what the model sent, as it is: `request` reads it."""
        if isinstance(tool_input, str):
            return super()._to_args_and_kwargs(tool_input, tool_call_id)
        return (), {"given": tool_input, "tool_call_id": tool_call_id}

    @classmethod
    @override
    def under(cls, policy: Any, **settings: Any) -> Self | None:
        """Leave out what the policy could never allow, and ask for nobody where it names the person."""
        if not isinstance(policy, Policy):  # it is known only in a run
            return super().under(policy, **settings)
        if not cls._may_be_allowed(policy):
            return None
        if policy.person is not None:
            asked = tuple(argument for argument in cls.arguments if argument.name not in _WHOM)
            settings["args_schema"] = schema_of(cls.__name__, asked)
        return super().under(policy, **settings)

    @classmethod
    def _may_be_allowed(cls, policy: Policy) -> bool:
        """Return whether the policy could allow any call of this tool."""
        made = set(CALLS) - {"batch"} if cls.call_type is Batch else {cls.call_type.kind}
        if not (policy.allows_call(cls.call_type.kind) and any(map(policy.allows_call, made))):
            return False
        if cls.event:
            return _may_act(policy, ACTING_EVENTS[cls.event])
        return cls.call_type is not Alias or policy.allows_merging


def _may_act(policy: Policy, acting: ActingEvent) -> bool:
    """Return whether the policy could allow an acting event."""
    beyond_the_person = policy.person is not None and acting.identity != "userId"
    irreversible = acting.irreversible and not policy.allows_event(acting.name)
    return not beyond_the_person and not irreversible and allowed(policy.events, acting.name)


def _point_to_the_right_tool(name: object, policy: Policy) -> None:
    acting = resembles(name) if isinstance(name, str) and name not in policy.plain_events else None
    if acting and acting.tool and _may_act(policy, acting):
        values = {"effect": acting.effect, "tool": acting.tool}
        raise InvalidRequestError(problems=(Problem("use_tool", ("event",), values),))


class SubscriptionTool(TypedTool):
    """A tool that sets one preference by its dotted key, because the whole object would replace the others."""

    @override
    def finish(self, reading: Reading) -> None:
        what, subscribed = reading.values.get("what"), reading.values.get("subscribed")
        try:
            name = _preference(what, reading.values.get("name", ""))
        except WrongValueError as error:
            reading.refuse(error.at("name"))
            return
        if isinstance(subscribed, bool):
            value = not subscribed if what == "everything" else subscribed
            reading.body["traits"] = {name: value}

    @classmethod
    @override
    def _may_be_allowed(cls, policy: Policy) -> bool:
        return policy.allow_consent and super()._may_be_allowed(policy)


def _preference(what: str | None, name: str) -> str:
    """Return the trait that holds a preference."""
    name = re.sub(r"[\s-]+", "_", name.strip().lower())
    if what == "everything":
        if name:
            raise WrongValueError("name_not_needed")
        return "unsubscribed"
    if what == "channel":
        name = name.replace("e_mail", "email")
        if name not in CHANNELS:
            raise WrongValueError("needs_channel", choices=", ".join(CHANNELS))
    if what == "topic":
        name = f"topic_{name}" if name.isdigit() else name
        if not re.fullmatch(r"topic_\w+", name):
            raise WrongValueError("needs_topic")
    return preference_key(f"{what}s", name)
