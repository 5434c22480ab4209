"""What a typed tool does with its arguments, and under which policy there is one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from langchain_customerio.api.calls import Batch, Identify
from langchain_customerio.api.consent import CHANNELS, preference_key
from langchain_customerio.api.semantic_events import ACTING_EVENTS, ActingEvent, resembles
from langchain_customerio.errors import InvalidRequestError, Problem
from langchain_customerio.policy.patterns import allowed
from langchain_customerio.tools.base import CustomerioTool
from langchain_customerio.tools.definitions import calls_in_a_batch, forbidden_of, hints, limits, limits_of_all
from langchain_customerio.tools.prepare import ToolRequest
from langchain_customerio.tools.typed.arguments import REST, Argument, WrongValueError, schema_of
from langchain_customerio.tools.typed.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Iterable

    from langchain_customerio.policy.policy import Policy

_WHOM = frozenset({"user_id", "anonymous_id"})


class TypedTool(CustomerioTool):
    """A tool that does one thing."""

    arguments: ClassVar[tuple[Argument, ...]] = ()
    """Its arguments, and where they go in the body."""

    event: ClassVar[str] = ""
    """Name of the acting event that it sends, if it does."""

    example: ClassVar[dict[str, Any]] = {}
    """Arguments of a typical call."""

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

    @override
    def describe(self, policy: Policy) -> tuple[str, Any]:
        """Ask for nobody where the policy names the person, and say what it limits."""
        said, arguments = self.description, self.args_schema
        if said == type(self).model_fields["description"].default:
            known = limits_of_all(policy) if self.event else limits(self.call_type.kind, policy)
            said = " ".join([*self._first(policy), said, *self._then(policy), *known])
        if arguments is type(self).model_fields["args_schema"].default:
            asked = (each for each in self.arguments if policy.person is None or each.name not in _WHOM)
            arguments = schema_of(type(self).__name__, tuple(each.under(policy) for each in asked))
        return said, arguments

    def _first(self, policy: Policy) -> Iterable[str]:
        return () if self.event else forbidden_of(self.call_type.kind, policy)

    def _then(self, policy: Policy) -> Iterable[str]:
        if self.call_type is Identify and policy.allows_merging:
            yield "With both ids, a visitor becomes known."
        if self.call_type is Batch:
            yield f"Types: {', '.join(calls_in_a_batch(policy))}."

    @override
    def hints(self, policy: Policy) -> dict[str, Any]:
        return hints(self.call_type.kind, policy, event=self.event)

    @override
    def examples(self, policy: Policy) -> list[dict[str, Any]]:
        shown = self.example
        return [shown if policy.person is None else {key: shown[key] for key in shown if key not in _WHOM}]

    @classmethod
    @override
    def offered(cls, policy: Policy) -> bool:
        may_act = not cls.event or _may_act(policy, ACTING_EVENTS[cls.event])
        return may_act and super().offered(policy)


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

    @override
    def _first(self, policy: Policy) -> Iterable[str]:
        return ()

    @override
    def _then(self, policy: Policy) -> Iterable[str]:
        return ()

    @classmethod
    @override
    def offered(cls, policy: Policy) -> bool:
        return policy.allow_consent and super().offered(policy)


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
