"""What the argument schemas of all tools have in common.

To the provider every argument is a string, a boolean or one of several words, flat and without null, which is the one
shape that all of them pass on unchanged. Behind it, whatever a model sent is taken as it came.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema, model_validator

from langchain_customerio.api.fields import refuse
from langchain_customerio.errors import Problem, not_sent
from langchain_customerio.messages import MESSAGES
from langchain_customerio.text import shown, type_name

Text = Annotated[Any, WithJsonSchema({"type": "string"})]
"""A string to the provider; here also a number, an object or a list, which the body's parser judges."""


def optional(description: str | None) -> Any:  # noqa: ANN401 - what pydantic's own `Field` returns
    """Return a text field that may be left out; the schema shows no default, since OpenAI's strict mode takes none."""
    return Field(default_factory=str, description=description)


class Arguments(BaseModel):
    """Arguments of a tool; an unknown one is refused, because it would be dropped in silence."""

    model_config = ConfigDict(hide_input_in_errors=True, defer_build=True)

    hint: ClassVar[str] = "leave it out"
    """What to do with an unknown argument."""

    @classmethod
    def renamed(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments under the names that this tool has for them."""
        return data

    @model_validator(mode="before")
    @classmethod
    def _known_only(cls, data: Any) -> Any:  # noqa: ANN401 - whatever a model sent
        data = cls.renamed(data)
        for key in data:
            if key not in cls.model_fields:
                near = get_close_matches(str(key).lower(), cls.model_fields, n=1, cutoff=0.8)
                advice = f"use {near[0]}" if near else cls.hint
                raise refuse("unknown_argument", name=shown(str(key)), advice=advice)
        return data


def explain_arguments(error: ValidationError) -> str:
    """Tell a model which arguments are wrong, without repeating any."""
    return not_sent([_problem(detail) for detail in error.errors(include_url=False, include_input=True)])


def _problem(detail: Any) -> Problem:  # noqa: ANN401 - pydantic's ErrorDetails
    values = dict(detail.get("ctx", {}))
    path = (*detail["loc"], *values.pop("path", ()))
    if detail["type"] in MESSAGES:
        return Problem(detail["type"], path, values)
    needed = detail["msg"].removeprefix("Input should be ")
    return Problem("needs", path, {"needed": needed, "found": type_name(detail["input"])})
