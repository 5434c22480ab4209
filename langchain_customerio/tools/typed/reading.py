"""Reading the arguments of a typed tool call.

It is done here and not by pydantic, so that a model hears at once of everything that is wrong, and so that a slip with
one meaning is no mistake.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from pydantic.alias_generators import to_camel, to_snake

from langchain_customerio.api.validation import ELSEWHERE
from langchain_customerio.errors import Problem
from langchain_customerio.text import shown
from langchain_customerio.tools.typed.arguments import WrongValueError, put

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from langchain_customerio.api.calls import Call
    from langchain_customerio.tools.typed.arguments import Argument


class Reading:
    """What the arguments of a tool call came to.

    Attributes:
        body: The body, in wire names.
        values: What each argument means.
        notes: What was corrected.
        problems: What is wrong, what is missing first.
    """

    def __init__(
        self, given: Mapping[str, Any], arguments: Iterable[Argument], call: type[Call], exempt: Container[str] = ()
    ) -> None:
        """Read a tool call.

        Args:
            given: What a model sent. Null and empty strings count as left out, since strict providers demand every
                argument.
            arguments: The arguments that there are.
            call: The call that they become; a field of it is also taken where it is given as an argument.
            exempt: Names of required arguments that may be left out.
        """
        self.body: dict[str, Any] = {}
        self.values: dict[str, Any] = {}
        self.notes: list[Problem] = []
        self.problems: list[Problem] = []
        self._arguments = {argument.name: argument for argument in arguments}
        self._fields = {"type": "type"} | {
            name: wire for pair in call.wire_names() for name, wire in (pair, pair[1:] * 2)
        }
        sent = self._sent(given)
        # The whole before its parts: all other fields, then `properties`, then `properties.url`.
        for argument in sorted(self._arguments.values(), key=lambda each: each.path.count(".") if each.path else -1):
            if argument.name in sent:
                self._take(argument, sent[argument.name])
        required = (argument for argument in self._arguments.values() if argument.required)
        missing = [argument for argument in required if argument.name not in sent and argument.name not in exempt]
        self.problems[:0] = (argument.missing() for argument in missing)

    def refuse(self, problem: Problem) -> None:
        """Note what is wrong with an argument."""
        self.problems.append(problem)

    def _sent(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return what was sent by the names of arguments; a field of the call that is none goes to the body at once."""
        sent: dict[str, Any] = {}
        for key, value in given.items():
            if value is None or (isinstance(value, str) and not value.strip()):
                continue
            name = key if key in self._arguments else to_snake(key)
            try:
                if name in self._arguments:
                    put(sent, [name], value)
                    self.notes += [Problem("given_as", (name,), {"given": shown(key)})] * (name != key)
                elif key in self._fields:
                    put(self.body, [self._fields[key]], value)
                    self.notes.append(Problem("as_field", (self._fields[key],)))
                else:
                    values = {"name": shown(key), "advice": self._advice(name)}
                    self.refuse(Problem("unknown_argument", (), values))
            except WrongValueError as error:
                self.refuse(error.at(shown(key)))
        return sent

    def _advice(self, name: str) -> str:
        """Say what to do with an unknown argument."""
        near = get_close_matches(name.lower(), self._arguments, n=1, cutoff=0.8)
        parts = [known for known in self._arguments if f"_{known}_" in f"_{name.lower()}_"]
        if meant := [*near, *parts]:
            return f"use {meant[0]}"
        if (wire := to_camel(name)) in ELSEWHERE:
            return f"it belongs to {ELSEWHERE[wire]} calls"
        holder = next((name for name in ("traits", "properties", "attributes") if name in self._arguments), "")
        about_both = ", or in relationship if about the person there" if "relationship" in self._arguments else ""
        return f"put it in {holder}{about_both}" if holder else "leave it out"

    def _take(self, argument: Argument, value: Any) -> None:  # noqa: ANN401 - whatever a model sent
        try:
            meant = argument.read(value, self.notes)
            if meant != {}:
                argument.place(self.body, meant)
                self.values[argument.name] = meant
        except WrongValueError as error:
            self.refuse(error.at(argument.name))
            if argument.path and "." not in argument.path:
                self.body.setdefault(argument.path, value)  # so that the call does not miss it too
