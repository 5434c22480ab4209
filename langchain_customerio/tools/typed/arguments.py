"""The kinds of arguments that typed tools have: what a model reads, what is taken for it, where it goes on the wire.

To the provider an argument is a string, a boolean or one of several words, the shapes that all of them pass on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final

import orjson
from pydantic import Field, WithJsonSchema, create_model
from pydantic.alias_generators import to_camel
from typing_extensions import override

from langchain_customerio.errors import InvalidRequestError, Problem
from langchain_customerio.messages import Field as FieldName
from langchain_customerio.text import type_name
from langchain_customerio.tools.arguments import Arguments, optional
from langchain_customerio.tools.definitions import calls_in_a_batch
from langchain_customerio.tools.json_repair import read_body

if TYPE_CHECKING:
    from langchain_customerio.policy.policy import Policy

_EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "group": {"group_id": "acme", "user_id": "ada"},
    "track": {"user_id": "ada", "event": "Signed Up", "timestamp": "…"},
}

REST = "other_fields"
"""Name of the argument for the fields that have none of their own."""


class WrongValueError(Exception):
    """What is wrong with the value of an argument.

    Attributes:
        code: A key of `langchain_customerio.messages.MESSAGES`.
        path: Where in the value.
        values: What the words need.
    """

    def __init__(self, code: str, path: tuple[str | int, ...] = (), **values: object) -> None:
        """Keep the code; the words are made later."""
        super().__init__(code)
        self.code = code
        self.path = path
        self.values = values

    def at(self, name: str) -> Problem:
        """Return the problem of an argument."""
        return Problem(self.code, (name, *self.path), self.values)


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument that is a string.

    Attributes:
        name: Its name.
        description: What a model reads about it; empty where the name says it all.
        at: Where it goes in the body, as a path in wire names; by default its own name on the wire. Empty where it
            stands for nothing in the body by itself.
        required: Whether the tool can do nothing without it.
        declared: Whether a provider is told of it; what is rarely needed is taken all the same.
    """

    name: str
    description: str = ""
    at: str | None = None
    required: bool = False
    declared: bool = True

    @property
    def path(self) -> str:
        """Where it goes in the body."""
        return to_camel(self.name) if self.at is None else self.at

    def under(self, policy: Policy) -> Argument:  # noqa: ARG002 - what others look at
        """Return the argument as a policy wants it described."""
        return self

    def missing(self) -> Problem:
        """Return the problem of a call that lacks it."""
        return Problem("missing", (self.name,))

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of its type."""
        return {"type": "string"}

    def read(self, value: Any, notes: list[Problem]) -> Any:  # noqa: ANN401 - whatever a model sent
        """Return what is meant, with a note for what was corrected.

        Raises:
            WrongValueError: If nothing can be meant by it.
        """
        if isinstance(value, int) and not isinstance(value, bool):
            notes.append(Problem("number_as_text", (self.name,)))
            return str(value)
        if not isinstance(value, str):
            raise WrongValueError("needs", needed="a string", found=type_name(value))
        return value

    def place(self, body: dict[str, Any], value: Any) -> None:  # noqa: ANN401 - what `read` returned
        """Put the value into the body.

        Raises:
            WrongValueError: If something else is there already.
        """
        if self.path:
            put(body, self.path.split("."), value)


def put(body: dict[str, Any], path: list[str], value: Any) -> None:  # noqa: ANN401 - any JSON
    """Put a value at a path, copying each object on the way: they may be those that the model sent."""
    head, *rest = path
    there = body.get(head)
    if rest:
        inner = {} if there is None else there
        if not isinstance(inner, dict):
            raise WrongValueError("cannot_go_into", holder=FieldName(head), found=type_name(inner))
        body[head] = {**inner}
        put(body[head], rest, value)
    elif there not in (None, value):
        raise WrongValueError("two_values")
    else:
        body[head] = value


class Json(Argument):
    """An argument that is a JSON object, to the provider in a string."""

    __slots__ = ()

    @override
    def read(self, value: Any, notes: list[Problem]) -> Any:
        found = self.parsed(value, notes)
        if not isinstance(found, dict):
            raise WrongValueError("needs", needed="a JSON object", found=type_name(found))
        return found

    def parsed(self, value: Any, notes: list[Problem]) -> object:  # noqa: ANN401 - whatever a model sent
        """Return the JSON of a value; notes and refusals are about this argument."""
        try:
            return read_body(value, notes, self.name)
        except InvalidRequestError as error:
            problem = error.problems[0]
            raise WrongValueError(problem.code, problem.path[1:], **problem.values) from None


class Rest(Json):
    """The argument for the fields that have none of their own: they go to the top of the body."""

    __slots__ = ()

    @override
    def place(self, body: dict[str, Any], value: Any) -> None:
        for name, field in value.items():
            put(body, [name], field)


@dataclass(frozen=True, slots=True)
class Calls(Json):
    """The argument of a batch: a list of calls, or the whole body of a batch.

    Attributes:
        items: The arguments of the tool for each kind of call: an item may have them in place of the fields that they
            stand for.
    """

    items: tuple[tuple[str, tuple[Argument, ...]], ...] = ()

    @override
    def under(self, policy: Policy) -> Argument:
        examples = [{"type": kind, **_EXAMPLES[kind]} for kind in calls_in_a_batch(policy) if kind in _EXAMPLES]
        shown = [{key: item[key] for key in item if key != "user_id" or policy.person is None} for item in examples]
        return replace(self, description=self.description + orjson.dumps(shown).decode()) if shown else self

    @override
    def read(self, value: Any, notes: list[Problem]) -> Any:
        found = self.parsed(value, notes)
        batch = found if isinstance(found, dict) and "batch" in found else {"batch": found}
        if isinstance(batch["batch"], list):
            items = [self._item(item, index, notes) for index, item in enumerate(batch["batch"])]
            batch = {**batch, "batch": items}
        return batch

    def _item(self, item: object, index: int, notes: list[Problem]) -> object:
        """Put the arguments of an item where they go on the wire; whatever else is in it is judged by the call."""
        kind = item.get("type") if isinstance(item, dict) else None
        known = {each.name: each for each in dict(self.items).get(kind, ())} if isinstance(kind, str) else {}
        if not isinstance(item, dict) or not known.keys() & item.keys():
            return item
        given = [known[name] for name in item if name in known]
        body = {key: value for key, value in item.items() if key not in known}
        for argument in sorted(given, key=lambda each: each.path.count(".") if each.path else -1):
            if item[argument.name] in (None, ""):
                continue
            found: list[Problem] = []
            try:
                argument.place(body, argument.read(item[argument.name], found))
            except WrongValueError as error:
                raise WrongValueError(error.code, (index, argument.name, *error.path), **error.values) from None
            notes += [note.at(self.name, index) for note in found]
        return body

    @override
    def place(self, body: dict[str, Any], value: Any) -> None:
        body.update(value)


@dataclass(frozen=True, slots=True)
class Choice(Argument):
    """An argument that is one of several words."""

    words: tuple[str, ...] = ()

    @property
    def choices(self) -> str:
        """What there is to choose from."""
        return f"{', '.join(self.words[:-1])} or {self.words[-1]}"

    @override
    def missing(self) -> Problem:
        return Problem("missing_choice", (self.name,), {"choices": self.choices})

    @override
    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.words)}

    @override
    def read(self, value: Any, notes: list[Problem]) -> Any:
        word = value.strip().lower() if isinstance(value, str) else value
        if word not in self.words:
            found = "other text" if isinstance(value, str) else type_name(value)
            raise WrongValueError("needs", needed=self.choices, found=found)
        if word != value:
            notes.append(Problem("lower_case", (self.name,)))
        return word


_YES_OR_NO = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


class Flag(Argument):
    """An argument that is true or false, also in words."""

    __slots__ = ()

    @override
    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}

    @override
    def read(self, value: Any, notes: list[Problem]) -> Any:
        if isinstance(value, bool):
            return value
        found = _YES_OR_NO.get(str(value).strip().lower())
        if found is None:
            kind = "other text" if isinstance(value, str) else type_name(value)
            raise WrongValueError("needs", needed="true or false", found=kind)
        notes.append(Problem("read_as", (self.name,), {"found": type_name(value), "read": str(found).lower()}))
        return found


@cache
def schema_of(title: str, arguments: tuple[Argument, ...]) -> type[Arguments]:
    """Return the arguments as the model class that LangChain hands to a provider."""
    fields: dict[str, Any] = {}
    for argument in filter(lambda each: each.declared, arguments):
        about = argument.description or None
        declared = Field(description=about) if argument.required else optional(about)
        fields[argument.name] = (Annotated[Any, WithJsonSchema(argument.schema())], declared)
    return create_model(title, __base__=Arguments, **fields)
